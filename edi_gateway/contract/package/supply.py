"""
What articles.csv says about supplying an article: successors, substitutes, dates, maximum.

An article may only point to others of the list, sold in the same unit, because a quantity is
carried over as it is; and no article is its own successor, by whatever way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import cast

from edi_gateway.contract.package.columns import ARTICLES
from edi_gateway.contract.package.csv_file import CsvRow
from edi_gateway.contract.package.faults import Faults, suggestion

#: The columns that point to other articles.
_POINTERS = ("replaced_by", "substitutes")


def check_article(row: CsvRow, faults: Faults) -> None:
    """Note everything about supply in which a row contradicts itself."""
    for name, text in _contradictions(row):
        _fault(row, name, text, faults)


def check_pointers(rows: Sequence[CsvRow], faults: Faults) -> None:
    """Note every row that points to an article it cannot point to."""
    if not rows or not any(rows[0].has(name) for name in _POINTERS):
        return
    by_code = {row.written("article"): row for row in rows}
    for row in rows:
        for name, text in _wrong_pointers(row, by_code):
            _fault(row, name, text, faults)


def _fault(row: CsvRow, name: str, text: str, faults: Faults) -> None:
    row.is_right = False
    faults.add(ARTICLES, row.line, row.column_of(name), f"{name}: {text}")


def _contradictions(row: CsvRow) -> Iterator[tuple[str, str]]:
    values = row.values
    start, end = values.get("orderable_from"), values.get("delisted_from")
    if start is not None and end is not None and end <= start:  # type: ignore[operator]
        yield "delisted_from", f"{end} is not after orderable_from {start}; correct one of them"
    maximum = cast("Decimal | None", values.get("maximum_quantity"))
    if maximum is None:
        return
    minimum = cast("Decimal | None", values.get("minimum_quantity"))
    pack = cast("Decimal | None", values.get("pack_multiple"))
    if minimum is not None and maximum < minimum:
        yield "maximum_quantity", f"{maximum} is below minimum_quantity {minimum}; raise it"
    elif pack is not None and maximum < pack:
        yield "maximum_quantity", f"{maximum} is below one pack of {pack}; raise it"


def _wrong_pointers(row: CsvRow, by_code: Mapping[str, CsvRow]) -> Iterator[tuple[str, str]]:
    successor = cast("str | None", row.values.get("replaced_by"))
    substitutes = cast("tuple[str, ...] | None", row.values.get("substitutes")) or ()
    for name, codes in (
        ("replaced_by", (successor,) if successor else ()),
        (_POINTERS[1], substitutes),
    ):
        for code in codes:
            text = _wrong_pointer(row, code, by_code)
            if text is not None:
                yield name, text
    if successor in by_code and _leads_back(row.written("article"), by_code):
        yield "replaced_by", "the successors lead back to this article; leave the last one blank"


def _wrong_pointer(row: CsvRow, code: str, by_code: Mapping[str, CsvRow]) -> str | None:
    other = by_code.get(code)
    if code == row.written("article"):
        return f"{code!r} is the article itself; name another, or leave it blank"
    if other is None:
        remedy = suggestion(code, by_code) or "write a code of the column article"
        return f"{code!r} is no article of this file; {remedy}"
    mine, theirs = row.values.get("unit"), other.values.get("unit")
    if mine is not None and theirs is not None and mine != theirs:
        return f"{code!r} is sold in {theirs}, this article in {mine}; a quantity means the same"
    return None


def _leads_back(code: str, by_code: Mapping[str, CsvRow]) -> bool:
    """Whether the successors of an article come to itself; other circles have their own row."""
    seen = {code}
    at = by_code[code].values.get("replaced_by")
    while isinstance(at, str) and at in by_code:
        if at in seen:
            return at == code and len(seen) > 1
        seen.add(at)
        at = by_code[at].values.get("replaced_by")
    return False
