"""
The contract price of an article: quantity breaks, validity, and why this row and no other.

The row is the one valid on the price date (both ends included) with the largest `from_quantity`
not above the ordered quantity; it counts for all units of the line.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edi_gateway.contract.articles import Article
    from edi_gateway.contract.terms import Agreement

_CENT = Decimal("0.01")
_ONE = Decimal(1)

#: Wide enough that no product of figures that pass `is_usable` is ever rounded on the way.
EXACT = Context(prec=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """One row of prices.csv: `price` for `per_quantity` units, from a quantity on, for a time."""

    article: str
    from_quantity: Decimal
    price: Decimal
    per_quantity: Decimal = Decimal(1)
    valid_from: date
    #: Inclusive; None means open-ended.
    valid_until: date | None = None
    #: The line of prices.csv it was read from.
    source_line: int | None = None

    def is_valid_on(self, on: date) -> bool:
        """Whether the row covers a date; both ends count."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTrace:
    """The contract price that applies, if any, and the sentence that says why."""

    row: PriceRow | None
    why: str


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


class PriceList:
    """The price rows of a contract, by article and quantity break."""

    __slots__ = ("_breaks", "_count", "_quantities", "_sentences")

    def __init__(self, rows: Iterable[PriceRow]) -> None:
        grouped: dict[str, dict[Decimal, list[PriceRow]]] = {}
        self._count = 0
        self._sentences: dict[int, str] = {}
        for row in rows:
            breaks = grouped.setdefault(row.article, {})
            breaks.setdefault(row.from_quantity, []).append(row)
            self._count += 1
        self._breaks = {
            article: [_Break(quantity, breaks[quantity]) for quantity in sorted(breaks)]
            for article, breaks in grouped.items()
        }
        self._quantities = {
            article: [step.from_quantity for step in breaks]
            for article, breaks in self._breaks.items()
        }

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[PriceRow]:
        for breaks in self._breaks.values():
            for step in breaks:
                yield from step.rows

    def of(self, article: str) -> list[PriceRow]:
        """Every row of an article, by quantity, then by validity."""
        return [row for step in self._breaks.get(article, []) for row in step.rows]

    def describe(self, row: PriceRow) -> str:
        """Describe one of our rows; kept, because the same rows answer order after order."""
        sentence = self._sentences.get(id(row))
        if sentence is None:
            until = row.valid_until or "further notice"
            line = f" (prices.csv line {row.source_line})" if row.source_line else ""
            price = price_text(row.price, row.per_quantity)
            sentence = (
                f"contract price {price} from quantity {row.from_quantity}, "
                f"valid {row.valid_from} to {until}{line}"
            )
            self._sentences[id(row)] = sentence
        return sentence

    def find(self, article: str, quantity: Decimal, on: date) -> PriceRow | None:
        """The row with the largest break not above `quantity` that is valid on a date."""
        breaks = self._breaks.get(article)
        if breaks is None:
            return None
        place = bisect_right(self._quantities[article], quantity)
        while place:
            place -= 1
            row = breaks[place].on(on)
            if row is not None:
                return row
        return None


def price_for(
    agreement: Agreement, article: Article, quantity: Decimal, on: date
) -> PriceRow | None:
    """The contract price of an article for an ordered quantity on a price date, if there is one."""
    return agreement.prices.find(article.code, quantity, on)


def explain_price(
    agreement: Agreement, article: Article, quantity: Decimal, on: date
) -> PriceTrace:
    """The contract price with the sentence that explains it, or that says why there is none."""
    row = agreement.prices.find(article.code, quantity, on)
    return PriceTrace(row=row, why=why(agreement.prices, article.code, quantity, on, row))


def why(prices: PriceList, article: str, quantity: Decimal, on: date, row: PriceRow | None) -> str:
    """Say which row applies and why, or which rows there are and why none of them does."""
    if row is not None:
        return f"{prices.describe(row)}, for {quantity!s} ordered on price date {on.isoformat()}"
    rows = prices.of(article)
    if not rows:
        return f"the contract has no price for {article} at all"
    valid = [row for row in rows if row.is_valid_on(on)]
    if valid:
        return f"the prices of {article} begin at quantity {valid[0].from_quantity}, not {quantity}"
    return f"no price row of {article} covers {on}"


def price_text(amount: Decimal, per: Decimal) -> str:
    """
    Return a price as people write it.

    >>> price_text(Decimal("34.90"), Decimal(1000))
    '34.90 / 1000'
    """
    return str(amount) if per == _ONE else f"{amount!s} / {per!s}"


def is_usable(figure: Decimal) -> bool:
    """
    Whether a figure is one a document can mean: finite, of a sane size, at most 20 characters.

    >>> is_usable(Decimal("12.5")), is_usable(Decimal("1E+400")), is_usable(Decimal("NaN"))
    (True, False, False)
    """
    return first_unusable(figure) is None


def first_unusable(*figures: Decimal) -> Decimal | None:
    """The first of the figures that no document can mean, as in `is_usable`."""
    for figure in figures:
        if not (figure.is_finite() and -10 < figure.adjusted() < 16 and len(str(figure)) <= 20):
            return figure
    return None


def to_cents(amount: Decimal) -> Decimal:
    """
    Round half up to cents.

    >>> to_cents(Decimal("74.525"))
    Decimal('74.53')
    """
    return amount.quantize(_CENT, ROUND_HALF_UP)


def line_amount(quantity: Decimal, price: Decimal, per: Decimal) -> Decimal:
    """The net amount of a line: quantity x price / per, rounded half up to cents (BT-131)."""
    amount = quantity * price
    if per != _ONE:
        amount /= per
    return amount.quantize(_CENT, ROUND_HALF_UP)
