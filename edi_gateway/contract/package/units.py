"""Read units.csv: further units of the articles, and the packaging levels with a GTIN."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from edi_gateway.contract.articles import Article
from edi_gateway.contract.package.columns import ARTICLES, UNIT_COLUMNS, UNITS
from edi_gateway.contract.package.csv_file import CsvRow, Source, csv_rows
from edi_gateway.contract.package.faults import Faults
from edi_gateway.contract.pricing.units import PIECES, UnitRow, Units, same_unit
from edi_gateway.documents import gtin_key


def read_units(
    source: Source | None,
    codes: frozenset[str] | None,
    articles: Mapping[str, Article],
    faults: Faults,
    *,
    refuses_twins: bool = True,
) -> Units:
    """
    Return the right rows of units.csv; without the file there are none.

    `codes` are all articles there are, None if unknown; `articles` those that are right. Unless it
    `refuses_twins`, that a unit or a GTIN stands twice is no fault: an excerpt may lack the first.
    """
    rows = csv_rows(UNITS, source, UNIT_COLUMNS, faults) if source is not None else None
    units: list[UnitRow] = []
    taken: dict[str, str] = {
        gtin_key(article.gtin): f"{ARTICLES} of {article.code}"
        for article in articles.values()
        if article.gtin is not None
    }
    seen: dict[tuple[str, str], int] = {}
    for row in rows or ():
        values: dict[str, Any] = row.values
        if not row.is_right:
            if "article" not in values or "unit" not in values:
                continue
            values = {"factor": Decimal(1), **values}  # What can be read is checked all the same.
        unit = UnitRow(source_line=row.line, **values)
        _check_unit(row, unit, codes, articles, faults)
        if refuses_twins:
            _refuse_twins(row, unit, seen, taken, faults)
        if row.is_right:
            units.append(unit)
    return Units(units)


def _check_unit(
    row: CsvRow,
    unit: UnitRow,
    codes: frozenset[str] | None,
    articles: Mapping[str, Article],
    faults: Faults,
) -> None:
    article = articles.get(unit.article)
    if codes is not None and unit.article not in codes:
        text = f"article {unit.article!r} is not in {ARTICLES}; add it there or remove the unit"
        faults.add(UNITS, row.line, row.column_of("article"), text)
    elif article is not None and same_unit(unit.unit, article.unit) and unit.factor != 1:
        text = (
            f"{unit.unit} is the article's own unit, of which it holds 1, not {unit.factor}; "
            "correct one of them"
        )
        faults.add(UNITS, row.line, row.column_of("factor"), text)


def _refuse_twins(
    row: CsvRow,
    unit: UnitRow,
    seen: dict[tuple[str, str], int],
    taken: dict[str, str],
    faults: Faults,
) -> None:
    """A unit of an article has one factor, and a GTIN names one level of one article."""
    key = unit.article, "PCE" if unit.unit in PIECES else unit.unit
    first = seen.setdefault(key, row.line)
    if first != row.line:
        text = f"unit {unit.unit} of {unit.article} stands in line {first} already; remove one"
        faults.add(UNITS, row.line, row.column_of("unit"), text)
    if unit.gtin is None:
        return
    here = f"line {row.line}"
    other = taken.setdefault(gtin_key(unit.gtin), here)
    if other != here:
        text = f"gtin {unit.gtin!r} stands in {other} already; remove one"
        faults.add(UNITS, row.line, row.column_of("gtin"), text)
