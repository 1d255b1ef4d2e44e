"""The columns of a package's CSV files: how each value is read, and what may be blank."""

from __future__ import annotations

from edi_gateway.contract.package.csv_file import Column
from edi_gateway.contract.package.values import (
    any_text,
    codes,
    day,
    gs1_number,
    matching,
    not_negative,
    percentage,
    positive,
    working_days,
)

ARTICLES, PRICES, BLANKETS = "articles.csv", "prices.csv", "blankets.csv"

ARTICLE_COLUMNS = {
    "article": Column(read=any_text),
    "gtin": Column(read=gs1_number(8, 12, 13, 14), optional=True),
    "buyer_code": Column(read=any_text, optional=True),
    "description": Column(read=any_text),
    "unit": Column(read=matching(r"[A-Z0-9]{1,8}", "write a UN/ECE code such as PCE or KGM")),
    "pack_multiple": Column(read=positive, optional=True),
    "minimum_quantity": Column(read=positive, optional=True),
    "vat_rate": Column(read=percentage),
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
