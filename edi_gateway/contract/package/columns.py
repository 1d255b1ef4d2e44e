"""The columns of a package's CSV files: how each value is read, and what may be blank."""

from __future__ import annotations

from edi_gateway.contract.package.csv_file import Column
from edi_gateway.contract.package.values import (
    Reader,
    any_text,
    codes,
    day,
    gs1_number,
    matching,
    not_negative,
    one_of,
    percentage,
    positive,
    working_days,
)
from edi_gateway.contract.pricing.rows import PriceKind

ARTICLES, PRICES, UNITS = "articles.csv", "prices.csv", "units.csv"
BLANKETS = "blankets.csv"

_UNIT = matching(r"[A-Z0-9]{1,8}", "write a UN/ECE code such as PCE or KGM")
CURRENCY = matching(r"[A-Z]{3}", "write three capital letters (ISO 4217), as in EUR")
_KINDS = one_of([kind.value for kind in PriceKind])


def _extra(read: Reader) -> Column:
    """A column a file may do without, and whose values may be blank."""
    return Column(read=read, optional=True, absent=True)


def _kind(text: str) -> PriceKind:
    return PriceKind(str(_KINDS(text)))


ARTICLE_COLUMNS = {
    "article": Column(read=any_text),
    "gtin": Column(read=gs1_number(8, 12, 13, 14), optional=True),
    "buyer_code": Column(read=any_text, optional=True),
    "description": Column(read=any_text),
    "unit": Column(read=_UNIT),
    "pack_multiple": Column(read=positive, optional=True),
    "minimum_quantity": Column(read=positive, optional=True),
    "vat_rate": Column(read=percentage),
    "break_group": _extra(any_text),
    "lead_time_days": Column(read=working_days, optional=True, absent=True),
    "maximum_quantity": Column(read=positive, optional=True, absent=True),
    "orderable_from": Column(read=day, optional=True, absent=True),
    "delisted_from": Column(read=day, optional=True, absent=True),
    "replaced_by": Column(read=any_text, optional=True, absent=True),
    "substitutes": Column(read=codes, optional=True, absent=True),
}

PRICE_COLUMNS = {
    "article": Column(read=any_text),
    "from_quantity": Column(read=not_negative),
    "price": Column(read=positive),
    "per_quantity": Column(read=positive),
    "valid_from": Column(read=day),
    "valid_until": Column(read=day, optional=True),
    "price_list": _extra(any_text),
    "contract": _extra(any_text),
    "promotion": _extra(any_text),
    "delivery_party": _extra(gs1_number(13)),
    "currency": _extra(CURRENCY),
    "unit": _extra(_UNIT),
    "kind": _extra(_kind),
    "guaranteed_until": _extra(day),
}

UNIT_COLUMNS = {
    "article": Column(read=any_text),
    "unit": Column(read=_UNIT),
    "factor": Column(read=positive),
    "gtin": Column(read=gs1_number(8, 12, 13, 14), optional=True, absent=True),
}

BLANKET_COLUMNS = {
    "blanket": Column(read=any_text),
    "line": Column(read=any_text),
    "article": Column(read=any_text),
    "quantity": Column(read=positive, optional=True, absent=True),
    "value": Column(read=positive, optional=True, absent=True),
    "price": Column(read=positive, optional=True, absent=True),
    "per_quantity": Column(read=positive, optional=True, absent=True),
}
