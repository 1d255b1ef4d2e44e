"""The keys of partner.toml: how each value is read, and what is mandatory."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from edi_gateway.contract.package.toml_file import Key
from edi_gateway.contract.package.values import (
    any_text,
    figure,
    gs1_number,
    matching,
    not_negative,
    one_of,
    percentage,
    several,
    toml_day,
    whole,
    written,
    yes_or_no,
)
from edi_gateway.contract.partner import (
    EDIFACT_FORMATS,
    FORMAT_NAMES,
    TOLERABLE,
    WARNINGS,
    Acknowledge,
    ApplicationErrors,
    DuplicateInterchange,
)
from edi_gateway.contract.policies import (
    BelowMinimumQuantity,
    BelowMinimumValue,
    ChangeConfirmation,
    ChangedOrderNumber,
    Copies,
    ErpSubstitution,
    LateChange,
    NoPrice,
    OrderChanges,
    OutdatedChange,
    PhoneConfirmations,
    PriceBeyondTolerance,
    PriceWithinTolerance,
    Proposals,
    QuantityNotMultiple,
    Silence,
    UnknownArticle,
)
from edi_gateway.contract.terms import InvoiceNumberBy, InvoiceOn, PriceDate

_Choice = TypeVar("_Choice", bound=StrEnum)


def _choice(kind: type[_Choice]) -> Key:
    known = one_of([member.value for member in kind])
    return Key(read=written(lambda text: kind(str(known(text)))))


def _required(key: Key) -> Key:
    return Key(read=key.read, default=...)


_TEXT = Key(read=written(any_text))
_GLN = gs1_number(13)
_FORMAT = Key(read=written(one_of(FORMAT_NAMES)), default=...)

PARTNER_KEYS: dict[str, Key] = {
    "id": Key(
        read=written(
            matching(
                r"(?!erp$)[a-z0-9][a-z0-9_-]*",
                "write lower-case letters, digits, _ and -, and not `erp`",
            )
        ),
        default=...,
    ),
    "name": _required(_TEXT),
    "gln": Key(read=written(_GLN), default=...),
    "interchange_id": Key(
        read=written(matching(r".{1,35}", "write at most 35 characters")), default=...
    ),
    "interchange_qualifier": Key(
        read=written(matching(r"[0-9A-Z]{1,4}", "write a code of 0007 such as 14"))
    ),
    "vat_number": Key(
        read=written(matching(r"[A-Z]{2}[0-9A-Z+*]{2,13}", "write it as in FR25900000019"))
    ),
    "siren": Key(read=written(matching(r"\d{9}", "write 9 digits"))),
    "siret": Key(read=written(matching(r"\d{14}", "write 14 digits"))),
    "street": _TEXT,
    "city": _TEXT,
    "postcode": _TEXT,
    "country": Key(
        read=written(matching(r"[A-Z]{2}", "write two capital letters (ISO 3166-1), as in FR"))
    ),
    "buyers": Key(read=several(_GLN)),
    "acknowledge": _choice(Acknowledge),
    "duplicate_interchange": _choice(DuplicateInterchange),
    "application_errors": _choice(ApplicationErrors),
    "one_message_per_interchange": Key(read=yes_or_no),
    "acknowledgement_hours": Key(read=whole(1, 8760)),
    "reference_months": Key(read=whole(1, 120)),
    "references_in_sequence": Key(read=yes_or_no),
    "numbering_year": Key(read=yes_or_no),
    "tolerates": Key(read=several(one_of(TOLERABLE))),
    "insists": Key(read=several(one_of(WARNINGS))),
    "syntax": Key(read=written(one_of(("UNOA", "UNOB", "UNOC", "UNOY")))),
}

FORMAT_KEYS = {
    "order_response": _FORMAT,
    "invoice": _FORMAT,
    "acknowledgement": _FORMAT,
    "despatch_advice": Key(read=written(one_of(EDIFACT_FORMATS))),
}

CONTRACT_KEYS: dict[str, Key] = {
    "number": _required(_TEXT),
    "price_list": _TEXT,
    "valid_from": Key(read=toml_day, default=...),
    "valid_until": Key(read=toml_day),
    "currency": Key(
        read=written(matching(r"[A-Z]{3}", "write three capital letters (ISO 4217), as in EUR")),
        default=...,
    ),
    "price_date": _required(_choice(PriceDate)),
    "price_tolerance_percent": Key(read=figure(percentage)),
    "minimum_order_value": Key(read=figure(not_negative)),
    "payment_days": Key(read=whole(0, 365), default=...),
    "invoice_on": _required(_choice(InvoiceOn)),
    "invoice_series": Key(
        read=written(
            matching(r"[A-Za-z0-9+_/-]{1,20}", "write at most 20 letters, digits, + _ / -")
        )
    ),
    "invoice_number_by": _choice(InvoiceNumberBy),
    "change_until_days": Key(read=whole(0, 365)),
    "park_hours": Key(read=whole(1, 8760)),
    "silence_days": Key(read=whole(1, 365)),
}

POLICY_KEYS: dict[str, Key] = {
    "price_within_tolerance": _choice(PriceWithinTolerance),
    "price_beyond_tolerance": _choice(PriceBeyondTolerance),
    "no_price": _choice(NoPrice),
    "quantity_not_multiple": _choice(QuantityNotMultiple),
    "below_minimum_quantity": _choice(BelowMinimumQuantity),
    "unknown_article": _choice(UnknownArticle),
    "below_minimum_value": _choice(BelowMinimumValue),
    "changed_order_number": _choice(ChangedOrderNumber),
    "order_changes": _choice(OrderChanges),
    "late_change": _choice(LateChange),
    "outdated_change": _choice(OutdatedChange),
    "copies": _choice(Copies),
    "phone_confirmations": _choice(PhoneConfirmations),
    "proposals": _choice(Proposals),
    "change_confirmation": _choice(ChangeConfirmation),
    "silence": _choice(Silence),
    "erp_substitution": _choice(ErpSubstitution),
}
