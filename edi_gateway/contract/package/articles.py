"""Read articles.csv: one row for each article, whose codes name no other."""

from __future__ import annotations

from typing import Any

from edi_gateway.contract.articles import Article
from edi_gateway.contract.package.columns import ARTICLE_COLUMNS, ARTICLES
from edi_gateway.contract.package.csv_file import CsvRow, Source, csv_rows
from edi_gateway.contract.package.faults import Faults
from edi_gateway.contract.package.supply import check_article, check_pointers
from edi_gateway.contract.pricing.units import same_unit
from edi_gateway.documents import gtin_key


def read_articles(
    source: Source | None, faults: Faults, *, refuses_twins: bool = True
) -> tuple[list[Article], frozenset[str] | None]:
    """
    Return the articles and every code named, faulty rows included; None if unreadable.

    Unless it `refuses_twins`, that a code stands twice is no fault: an excerpt may lack the first.
    """
    rows = csv_rows(ARTICLES, source, ARTICLE_COLUMNS, faults) if source is not None else None
    if rows is None:
        return [], None
    articles: list[Article] = []
    seen: dict[tuple[str, object], int] = {}
    units: dict[object, object] = {}
    for row in rows:
        check_article(row, faults)
    check_pointers(rows, faults)
    for row in rows:
        if refuses_twins:
            _refuse_twins(row, seen, faults)
        _refuse_mixed_group(row, units, faults)
        if row.is_right:
            values: dict[str, Any] = dict(row.values)
            values["substitutes"] = values.get("substitutes") or ()
            articles.append(Article(code=values.pop("article"), **values))
    return articles, frozenset(row.written("article") for row in rows)


def _refuse_mixed_group(row: CsvRow, units: dict[object, object], faults: Faults) -> None:
    """Quantities of a break group are added up, so they are in one unit."""
    group, unit = row.values.get("break_group"), row.values.get("unit")
    if group is None or unit is None:
        return
    first = units.setdefault(group, unit)
    if not same_unit(str(first), str(unit)):
        faults.add(
            ARTICLES,
            row.line,
            row.column_of("break_group"),
            f"break_group {group!r} holds articles in {first} and in {unit}, whose quantities "
            "cannot be added; give them groups of their own",
        )


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
