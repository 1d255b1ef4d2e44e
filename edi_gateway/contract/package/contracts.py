"""
Read the contracts of partner.toml: `[contract]`, and `[[contracts]]` beside it.

A further contract inherits from `[contract]` what it does not say; a list it has, even an empty
one, takes the place of the inherited one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from edi_gateway.contract.package.clauses import read_clauses
from edi_gateway.contract.package.keys import (
    ALLOWANCE_KEYS,
    CHARGE_KEYS,
    CONTRACT_KEYS,
    FREE_KEYS,
    FURTHER_KEYS,
    POLICY_KEYS,
)
from edi_gateway.contract.package.toml_file import Key, TomlFile, shown
from edi_gateway.contract.policies import Policies
from edi_gateway.contract.pricing.cascade import AllowanceTerm
from edi_gateway.contract.pricing.extras import Charge, ChargeKind, FreeGoods
from edi_gateway.contract.resolution import told_apart
from edi_gateway.contract.terms import Contract, InvoiceOn, PriceDate, Substitution

#: The lists of tables inside a contract: the keys of each, and what a table becomes.
LISTS: dict[str, tuple[dict[str, Key], Callable[..., object]]] = {
    "allowances": (ALLOWANCE_KEYS, AllowanceTerm),
    "free_goods": (FREE_KEYS, FreeGoods),
    "charges": (CHARGE_KEYS, Charge),
}

_INNER = ("policies", "guards", "approvals", *LISTS)


#: Keys that name articles.
_ARTICLES = ("article", "free_article", "articles")


def read_contracts(file: TomlFile, codes: frozenset[str] | None) -> list[Contract]:
    """
    Return the contracts, `[contract]` first; only those that are right.

    `codes` are the articles there are, None if unknown.
    """
    main = _read_contract(file, "contract", CONTRACT_KEYS, None, codes)
    contracts = [main] if main is not None else []
    paths = file.each("contracts") or []
    for path in paths:
        further = _read_contract(file, path, FURTHER_KEYS, main, codes)
        if further is not None:
            contracts.append(further)
    if main is not None and len(contracts) == 1 + len(paths):
        _refuse_twins(file, contracts)
    return contracts


def _read_contract(
    file: TomlFile,
    path: str,
    keys: Mapping[str, Key],
    main: Contract | None,
    codes: frozenset[str] | None,
) -> Contract | None:
    before = file.count
    inner = _INNER if main is not None else (*_INNER, "blankets")
    values: dict[str, Any] = file.read(path, keys, inner=inner)
    policies: dict[str, Any] = file.read(f"{path}.policies", POLICY_KEYS)
    values |= read_clauses(file, path)
    for name, (table_keys, build) in LISTS.items():
        paths = file.each(f"{path}.{name}")
        if paths is not None:
            values[name] = _read_list(file, paths, table_keys, build, codes)
    _check_terms(file, path, {**values, **policies}, main)
    if file.count > before:
        return None
    if main is None and path != "contract":
        return None  # what it inherits is not known
    if main is None:
        return Contract(policies=Policies(**policies), **values)
    return replace(main, policies=replace(main.policies, **policies), **values)


def _check_terms(
    file: TomlFile, path: str, values: Mapping[str, Any], main: Contract | None
) -> None:
    """Hold the readable ones of its values against each other, and those it inherits."""

    def value(name: str, inherited: object) -> Any:
        table = f"{path}.policies" if name in POLICY_KEYS else path
        return values.get(name, None if file.states(table, name) else inherited)

    check_validity(
        file,
        path,
        value("valid_from", main and main.valid_from),
        value("valid_until", main and main.valid_until),
    )
    if value("substitution", main.substitution if main else Substitution.NONE) is Substitution.NONE:
        for name in ("delisted_article", "stock_short"):
            if value(name, main and getattr(main.policies, name)) == "substitute":
                _note_no_substitute(file, path, name)
    price_date = value("price_date", main and main.price_date)
    invoice_on = value("invoice_on", main and main.invoice_on)
    if price_date and price_date.comes_later and invoice_on is InvoiceOn.ACCEPTANCE:
        _note_late_price(file, path, price_date)


def _read_list(
    file: TomlFile,
    paths: Iterable[str],
    keys: Mapping[str, Key],
    build: Callable[..., object],
    codes: frozenset[str] | None,
) -> tuple[object, ...]:
    found = []
    for path in paths:
        before = file.count
        values: dict[str, Any] = file.read(path, keys)
        _check_term(file, path, values, keys)
        _check_articles(file, path, values, codes)
        if file.count == before:
            found.append(build(**values))
    return tuple(found)


def _check_term(
    file: TomlFile, path: str, values: Mapping[str, Any], keys: Mapping[str, Key]
) -> None:
    check_validity(file, path, values.get("valid_from"), values.get("valid_until"))
    if "percent" in keys and file.states(path, "percent") == file.states(path, "amount"):
        file.fault(path, None, "an allowance has either a percent or an amount; write one of them")
    if values.get("kind") is ChargeKind.SMALL_ORDER and "below" not in values:
        file.fault(path, "kind", "a small-order charge needs a value; add `below`")


def _check_articles(
    file: TomlFile, path: str, values: Mapping[str, Any], codes: frozenset[str] | None
) -> None:
    for key in _ARTICLES:
        named = values.get(key, ())
        for code in (named,) if isinstance(named, str) else named:
            if codes is not None and code not in codes:
                text = f"article {code!r} is not in articles.csv; add it there, or correct the code"
                file.fault(path, key, text)


def check_validity(file: TomlFile, path: str, start: Any, end: Any, what: str = "") -> None:
    """A validity ends after it begins; `what` names its end, where the path does not."""
    if start is not None and end is not None and end < start:
        what = what or f"{shown(path)}.valid_until"
        text = f"{what}: {end} lies before valid_from {start}; correct one of them"
        file.fault(path, "valid_until", text)


def _note_no_substitute(file: TomlFile, path: str, policy: str) -> None:
    """A policy that substitutes needs to be told what may be taken instead."""
    file.fault(
        f"{path}.policies",
        policy,
        f"{shown(path)}.policies.{policy}: substitutes, but {shown(path)}.substitution "
        "allows none; write which are allowed there, or another policy",
    )


def _note_late_price(file: TomlFile, path: str, price_date: PriceDate) -> None:
    """An invoice that is made with the answer cannot wait for the price of a later day."""
    text = (
        f"{shown(path)}.price_date: the price of the day of the {price_date} is not known on "
        'acceptance, when the contract invoices; write "receipt", or another invoice_on'
    )
    file.fault(path, "price_date", text)


def _refuse_twins(file: TomlFile, contracts: list[Contract]) -> None:
    """No two contracts have one number, nor could one order be under either."""
    seen: set[str] = set()
    for place, contract in enumerate(contracts):
        if contract.number in seen:
            text = f"contract {contract.number} stands above already; give each its own number"
            file.fault(f"contracts#{place}", "number", text)
        seen.add(contract.number)
    twins = told_apart(contracts)
    if twins is not None:
        one, other = twins
        text = (
            f"contracts {one.number} and {other.number} are valid on the same days, in one currency "
            "and for the same delivery parties: end one before the other begins, or name the "
            "delivery_parties of one"
        )
        file.fault(f"contracts#{contracts.index(other)}", "number", text)
