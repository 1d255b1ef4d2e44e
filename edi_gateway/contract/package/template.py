"""
A partner package to begin with: what must be filled in, and every policy at its cautious value.

Written from the tables the package is read by, so that no key is missing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from textwrap import wrap

from edi_gateway.contract.package.columns import ARTICLE_COLUMNS, ARTICLES, PRICE_COLUMNS, PRICES
from edi_gateway.contract.package.csv_file import Column
from edi_gateway.contract.package.keys import (
    CONTRACT_KEYS,
    GUARD_KEYS,
    PARTNER_KEYS,
    POLICY_KEYS,
)
from edi_gateway.contract.policies import (
    ChangeConfirmation,
    Policies,
    policy_kinds,
    policy_meaning,
)

_HEAD = """\
# The partner, and how documents are exchanged with it. docs/configuration.md explains every key.
[partner]
id = {id}
name = {name}
gln = {gln}
# Sender in UNB, or endpoint in UBL.
interchange_id = {gln}
# Further keys:
{partner_keys}

[partner.formats]
order_response = "EDIFACT D.96A"
invoice = "EDIFACT D.96A"
acknowledgement = "EDIFACT D.96A"

# The negotiated terms.
[contract]
number = {number}
valid_from = {valid_from}
currency = {currency}
# Prices must be valid on the date of the order; or on that of the "delivery", "receipt", "despatch"
# or "invoice".
price_date = "order"
# How far an ordered price may stray, in per cent.
price_tolerance_percent = "0"
minimum_order_value = "0"
payment_days = 30
# Nothing is invoiced unless the ERP asks for it; or on "acceptance" or "despatch".
invoice_on = "erp"
# Further keys:
{contract_keys}

# What becomes of an order that departs from the contract: everything that can be held is held.
[contract.policies]
"""

_TAIL = """
# An order far outside what this customer usually orders is held, once there are enough to tell.
[contract.guards]
# More than so many times the usual quantity of an article, or value of an order.
quantity_factor = "5"
quantity_policy = "hold"  # "hold" | "flag"
value_factor = "5"
value_policy = "hold"  # "hold" | "flag"
# A delivery party none of the earlier orders was for.
new_delivery_address = "hold"  # "hold" | "flag"
# Further keys:
{guard_keys}

# Orders that wait for somebody; the roles are those of [roles] in config.toml.
# [[contract.approvals]]
# role = "sales"
# above_value = "20000"
"""

#: Cautious where nothing can be held, and not the default: without its key a policy does nothing.
_CAUTIOUS: dict[str, str] = {"change_confirmation": ChangeConfirmation.REQUIRED.value}

_GUARDS_WRITTEN = {
    "quantity_factor",
    "quantity_policy",
    "value_factor",
    "value_policy",
    "new_delivery_address",
}


def template(
    *, id: str, name: str, gln: str, contract: str, currency: str, valid_from: date
) -> dict[str, str]:
    """The files of a package that can be imported as they are, without any article yet."""
    head = _HEAD.format(
        id=_quoted(id),
        name=_quoted(name),
        gln=_quoted(gln),
        number=_quoted(contract),
        currency=_quoted(currency),
        valid_from=valid_from.isoformat(),
        partner_keys=_remaining(PARTNER_KEYS, {"id", "name", "gln", "interchange_id"}),
        contract_keys=_remaining(
            CONTRACT_KEYS,
            {
                "number",
                "valid_from",
                "currency",
                "price_date",
                "price_tolerance_percent",
                "minimum_order_value",
                "payment_days",
                "invoice_on",
            },
        ),
    )
    policies = "\n".join(_policy(policy) for policy in POLICY_KEYS)
    tail = _TAIL.format(guard_keys=_remaining(GUARD_KEYS, _GUARDS_WRITTEN))
    return {
        "partner.toml": head + policies + tail,
        ARTICLES: _header(ARTICLE_COLUMNS),
        PRICES: _header(PRICE_COLUMNS),
    }


def cautious(policy: str) -> str | None:
    """The cautious value of a policy: hold where that is possible, else mostly its default."""
    if policy in _CAUTIOUS:
        return _CAUTIOUS[policy]
    kind = policy_kinds().get(policy)
    if kind is not None and "hold" in {word.value for word in kind}:
        return "hold"
    default = getattr(Policies(), policy)
    return default.value if isinstance(default, StrEnum) else None


def _policy(policy: str) -> str:
    kind, value = policy_kinds().get(policy), cautious(policy)
    if kind is None or value is None:
        return f"# {policy}: see docs/configuration.md\n"
    words = " | ".join(f'"{word.value}"' for word in kind)
    return f'# {policy_meaning(policy)}\n{policy} = "{value}"  # {words}\n'


def _remaining(keys: Mapping[str, object], written: set[str]) -> str:
    names = ", ".join(name for name in keys if name not in written)
    return "\n".join(f"# {line}" for line in wrap(names, 90))


def _header(columns: dict[str, Column]) -> str:
    return ",".join(name for name, column in columns.items() if not column.absent) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
