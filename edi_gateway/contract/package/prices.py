"""Read prices.csv: every row names a known article, and no two claim one price at one time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from edi_gateway.contract.package.columns import ARTICLES, PRICE_COLUMNS, PRICES
from edi_gateway.contract.package.csv_file import CsvRow, Source, csv_rows
from edi_gateway.contract.package.faults import Faults
from edi_gateway.contract.pricing import PriceRow


def read_prices(
    source: Source | None, codes: frozenset[str] | None, faults: Faults
) -> list[PriceRow]:
    """Return the right rows of prices.csv; `codes` are the articles there are, None if unknown."""
    rows = csv_rows(PRICES, source, PRICE_COLUMNS, faults) if source is not None else None
    prices: list[PriceRow] = []
    for row in rows or ():
        if not row.is_right:
            continue
        price = price_of(row, faults)
        if codes is not None and price.article not in codes:
            faults.add(
                PRICES,
                row.line,
                row.column_of("article"),
                f"article {price.article!r} is not in {ARTICLES}; add it there or remove the price",
            )
        prices.append(price)
    _refuse_ties(prices, {row.line: row for row in rows or ()}, faults)
    return prices


def price_of(row: CsvRow, faults: Faults) -> PriceRow:
    """The price of a right row, checked for what the row alone can tell."""
    values: dict[str, Any] = row.values
    price = PriceRow(source_line=row.line, **values)
    if price.valid_until is not None and price.valid_until < price.valid_from:
        faults.add(
            PRICES,
            row.line,
            row.column_of("valid_until"),
            f"valid_until {price.valid_until} lies before valid_from {price.valid_from}; "
            "correct one of them",
        )
    return price


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
