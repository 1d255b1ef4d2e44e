"""One price list: the rows of one source and one scope, found by article, quantity and date."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from operator import attrgetter

from edi_gateway.contract.pricing.rows import PriceRow

_from_quantity: Callable[[PriceRow], Decimal] = attrgetter("from_quantity")


class _Break:
    """The rows of one article that begin at one quantity, in the order of their validity."""

    __slots__ = ("from_quantity", "rows", "starts")

    def __init__(self, from_quantity: Decimal, rows: list[PriceRow]) -> None:
        self.from_quantity = from_quantity
        self.rows = sorted(rows, key=attrgetter("valid_from"))
        self.starts = [row.valid_from for row in self.rows]

    def on(self, day: date) -> PriceRow | None:
        place = bisect_right(self.starts, day)
        if place == 0:
            return None
        row = self.rows[place - 1]
        return row if row.valid_until is None or day <= row.valid_until else None


#: The quantities at which an article's breaks begin, and the breaks.
_Breaks = tuple[list[Decimal], list[_Break]]


class PriceList:
    """
    Price rows by article and quantity break; an article's are sorted when it is first asked for.

    `threshold` says where a row's break begins, in the article's unit.
    """

    __slots__ = ("_breaks", "_rows", "_threshold")

    def __init__(
        self, rows: Iterable[PriceRow], threshold: Callable[[PriceRow], Decimal] = _from_quantity
    ) -> None:
        self._threshold = threshold
        self._rows: dict[str, list[PriceRow]] = {}
        self._breaks: dict[str, _Breaks] = {}
        for row in rows:
            self.add(row)

    def add(self, row: PriceRow) -> None:
        """Take in a row; only while the list is built."""
        rows = self._rows.get(row.article)
        if rows is None:
            self._rows[row.article] = [row]
        else:
            rows.append(row)

    def of(self, article: str) -> list[PriceRow]:
        """Every row of an article, by quantity, then by validity."""
        return [row for step in self._breaks_of(article)[1] for row in step.rows]

    def find(self, article: str, quantity: Decimal, on: date) -> PriceRow | None:
        """The row with the largest break not above `quantity` that is valid on a date."""
        quantities, breaks = self._breaks.get(article) or self._breaks_of(article)
        place = bisect_right(quantities, quantity)
        while place:
            place -= 1
            row = breaks[place].on(on)
            if row is not None:
                return row
        return None

    def brackets(self, article: str, on: date) -> list[tuple[Decimal, PriceRow]]:
        """Each break with the row that is valid on a date, from the lowest quantity up."""
        quantities, breaks = self._breaks_of(article)
        found = [(quantity, step.on(on)) for quantity, step in zip(quantities, breaks, strict=True)]
        return [(quantity, row) for quantity, row in found if row is not None]

    def _breaks_of(self, article: str) -> _Breaks:
        known = self._breaks.get(article)
        if known is not None:
            return known
        grouped: dict[Decimal, list[PriceRow]] = {}
        for row in self._rows.get(article, ()):
            grouped.setdefault(self._threshold(row), []).append(row)
        quantities = sorted(grouped)
        built = quantities, [_Break(quantity, grouped[quantity]) for quantity in quantities]
        if article in self._rows:  # whatever else is asked for is not remembered
            self._breaks[article] = built
        return built
