"""
Read a partner package: partner.toml, articles.csv and prices.csv, or refuse it as a whole.

A package is refused with every fault at once, each with file, line, column and remedy, and then
nothing of it is used: half a price list is worse than the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from edi_gateway.contract.csv_file import Column, CsvRow, csv_rows, decoded
from edi_gateway.contract.faults import Faults
from edi_gateway.contract.partner import (
    EDIFACT_FORMATS,
    FORMAT_NAMES,
    TOLERABLE,
    WARNINGS,
    Acknowledge,
    DuplicateInterchange,
    Formats,
    Partner,
)
from edi_gateway.contract.pricing import PriceRow
from edi_gateway.contract.terms import (
    Agreement,
    Article,
    BelowMinimumQuantity,
    BelowMinimumValue,
    ChangedOrderNumber,
    Contract,
    InvoiceNumberBy,
    InvoiceOn,
    NoPrice,
    Policies,
    PriceBeyondTolerance,
    PriceDate,
    PriceWithinTolerance,
    QuantityNotMultiple,
    UnknownArticle,
)
from edi_gateway.contract.toml_file import Key, TomlFile
from edi_gateway.contract.values import (
    any_text,
    day,
    figure,
    gs1_number,
    matching,
    not_negative,
    one_of,
    percentage,
    positive,
    several,
    toml_day,
    whole,
    written,
    yes_or_no,
)
from edi_gateway.documents import gtin_key
from edi_gateway.errors import ConfigError

PARTNER, ARTICLES, PRICES = "partner.toml", "articles.csv", "prices.csv"

#: The files of a package; all are required.
FILES = (PARTNER, ARTICLES, PRICES)

_Choice = TypeVar("_Choice", bound=StrEnum)


def _choice(kind: type[_Choice]) -> Key:
    known = one_of([member.value for member in kind])
    return Key(read=written(lambda text: kind(str(known(text)))))


def _required(key: Key) -> Key:
    return Key(read=key.read, default=...)


_TEXT = Key(read=written(any_text))
_GLN = gs1_number(13)
_FORMAT = Key(read=written(one_of(FORMAT_NAMES)), default=...)

_PARTNER_KEYS: dict[str, Key] = {
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
    "one_message_per_interchange": Key(read=yes_or_no),
    "tolerates": Key(read=several(one_of(TOLERABLE))),
    "insists": Key(read=several(one_of(WARNINGS))),
    "syntax": Key(read=written(one_of(("UNOA", "UNOB", "UNOC", "UNOY")))),
}

_FORMAT_KEYS = {
    "order_response": _FORMAT,
    "invoice": _FORMAT,
    "acknowledgement": _FORMAT,
    "despatch_advice": Key(read=written(one_of(EDIFACT_FORMATS))),
}

_CONTRACT_KEYS: dict[str, Key] = {
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
}

_POLICY_KEYS: dict[str, Key] = {
    "price_within_tolerance": _choice(PriceWithinTolerance),
    "price_beyond_tolerance": _choice(PriceBeyondTolerance),
    "no_price": _choice(NoPrice),
    "quantity_not_multiple": _choice(QuantityNotMultiple),
    "below_minimum_quantity": _choice(BelowMinimumQuantity),
    "unknown_article": _choice(UnknownArticle),
    "below_minimum_value": _choice(BelowMinimumValue),
    "changed_order_number": _choice(ChangedOrderNumber),
}

_ARTICLE_COLUMNS = {
    "article": Column(read=any_text),
    "gtin": Column(read=gs1_number(8, 12, 13, 14), optional=True),
    "buyer_code": Column(read=any_text, optional=True),
    "description": Column(read=any_text),
    "unit": Column(read=matching(r"[A-Z0-9]{1,8}", "write a UN/ECE code such as PCE or KGM")),
    "pack_multiple": Column(read=positive, optional=True),
    "minimum_quantity": Column(read=positive, optional=True),
    "vat_rate": Column(read=percentage),
}

_PRICE_COLUMNS = {
    "article": Column(read=any_text),
    "from_quantity": Column(read=not_negative),
    "price": Column(read=positive),
    "per_quantity": Column(read=positive),
    "valid_from": Column(read=day),
    "valid_until": Column(read=day, optional=True),
}


def read_package(files: Mapping[str, bytes], origin: str) -> Agreement:
    """
    Read a partner package; `ConfigError` with every fault it has.

    `origin` stands before the file names in the faults: the folder, or who sent the package.
    """
    faults = Faults(origin, FILES)
    for name in FILES:
        if name not in files:
            faults.add(name, 1, 1, "the file is missing; a package is " + ", ".join(FILES))
    partner, contract = _read_partner(files.get(PARTNER), faults)
    articles, codes = _read_articles(files.get(ARTICLES), faults)
    prices = _read_prices(files.get(PRICES), codes, faults)
    if faults or partner is None or contract is None:
        raise ConfigError(*faults.sentences())
    return Agreement.of(partner, contract, articles=articles, prices=prices)


def _read_partner(data: bytes | None, faults: Faults) -> tuple[Partner | None, Contract | None]:
    text = decoded(PARTNER, data, faults) if data is not None else None
    if text is None:
        return None, None
    file = TomlFile(PARTNER, text, faults)
    if not file.is_readable:
        return None, None
    before = len(faults)
    file.read("", {}, inner=("partner", "contract"))
    partner = file.read("partner", _PARTNER_KEYS, inner=("formats",))
    formats = file.read("partner.formats", _FORMAT_KEYS)
    contract = file.read("contract", _CONTRACT_KEYS, inner=("policies",))
    policies = file.read("contract.policies", _POLICY_KEYS)
    _check_partner(file, partner)
    _check_contract(file, contract)
    if len(faults) > before:
        return None, None
    return _build(partner, formats, contract, policies)


def _build(
    partner: dict[str, Any],
    formats: dict[str, Any],
    contract: dict[str, Any],
    policies: dict[str, Any],
) -> tuple[Partner, Contract]:
    """Build both from values the key tables have read; the tables vouch for names and types."""
    return (
        Partner(formats=Formats(**formats), **partner),
        Contract(policies=Policies(**policies), **contract),
    )


def _check_partner(file: TomlFile, partner: Mapping[str, object]) -> None:
    siren, siret = partner.get("siren"), partner.get("siret")
    if isinstance(siren, str) and isinstance(siret, str) and not siret.startswith(siren):
        file.fault(
            "partner",
            "siret",
            f"partner.siret: {siret} does not begin with the SIREN {siren}; correct one of them",
        )


def _check_contract(file: TomlFile, contract: Mapping[str, Any]) -> None:
    start, end = contract.get("valid_from"), contract.get("valid_until")
    if start is not None and end is not None and end < start:
        file.fault(
            "contract",
            "valid_until",
            f"contract.valid_until: {end} lies before valid_from {start}; correct one of them",
        )


def _read_articles(
    data: bytes | None, faults: Faults
) -> tuple[list[Article], frozenset[str] | None]:
    """Return the articles and every code named, faulty rows included; None if unreadable."""
    rows = csv_rows(ARTICLES, data, _ARTICLE_COLUMNS, faults) if data is not None else None
    if rows is None:
        return [], None
    articles: list[Article] = []
    seen: dict[tuple[str, object], int] = {}
    for row in rows:
        _refuse_twins(row, seen, faults)
        if row.is_right:
            values: dict[str, Any] = dict(row.values)
            articles.append(Article(code=values.pop("article"), **values))
    return articles, frozenset(row.written("article") for row in rows)


def _refuse_twins(row: CsvRow, seen: dict[tuple[str, object], int], faults: Faults) -> None:
    """Article, GTIN and buyer's code each name one article only."""
    for name in ("article", "gtin", "buyer_code"):
        value = row.values.get(name)
        if value is None:
            continue
        key = gtin_key(str(value)) if name == "gtin" else value
        first = seen.setdefault((name, key), row.line)
        if first != row.line:
            faults.add(
                ARTICLES,
                row.line,
                row.column_of(name),
                f"{name} {value!r} stands in line {first} already; remove one",
            )


def _read_prices(
    data: bytes | None, codes: frozenset[str] | None, faults: Faults
) -> list[PriceRow]:
    rows = csv_rows(PRICES, data, _PRICE_COLUMNS, faults) if data is not None else None
    prices: list[PriceRow] = []
    for row in rows or ():
        if not row.is_right:
            continue
        values: dict[str, Any] = row.values
        price = PriceRow(source_line=row.line, **values)
        _check_price(row, price, codes, faults)
        prices.append(price)
    _refuse_ties(prices, {row.line: row for row in rows or ()}, faults)
    return prices


def _check_price(
    row: CsvRow, price: PriceRow, codes: frozenset[str] | None, faults: Faults
) -> None:
    if codes is not None and price.article not in codes:
        faults.add(
            PRICES,
            row.line,
            row.column_of("article"),
            f"article {price.article!r} is not in {ARTICLES}; add it there or remove the price",
        )
    if price.valid_until is not None and price.valid_until < price.valid_from:
        faults.add(
            PRICES,
            row.line,
            row.column_of("valid_until"),
            f"valid_until {price.valid_until} lies before valid_from {price.valid_from}; "
            "correct one of them",
        )


def _refuse_ties(prices: Iterable[PriceRow], rows: Mapping[int, CsvRow], faults: Faults) -> None:
    """Two prices of one article for one quantity on one day are a tie, which nobody may break."""
    ordered = sorted(prices, key=lambda row: (row.article, row.from_quantity, row.valid_from))
    last: PriceRow | None = None
    for row in ordered:
        same = last is not None and (last.article, last.from_quantity) == (
            row.article,
            row.from_quantity,
        )
        if not same or last is None:
            last = row
            continue
        if last.valid_until is None or row.valid_from <= last.valid_until:
            _note_tie(row, last, rows, faults)
        if last.valid_until is not None and (
            row.valid_until is None or row.valid_until > last.valid_until
        ):
            last = row


def _note_tie(row: PriceRow, other: PriceRow, rows: Mapping[int, CsvRow], faults: Faults) -> None:
    first, second = sorted((row, other), key=lambda one: one.source_line or 0)
    line = second.source_line or 1
    faults.add(
        PRICES,
        line,
        rows[line].column_of("valid_from"),
        f"two prices of {row.article} from quantity {row.from_quantity} on the same day: this row "
        f"and line {first.source_line}; end one before the other begins",
    )
