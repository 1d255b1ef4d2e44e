"""
What can be promised of an article: its stock, what comes when, and what was promised of both.

Figures come from the ERP and from nowhere else; a quantity without a figure is not promised, and a
date the ERP did not give is not either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from edi_gateway.contract.articles import Article, Catalogue
from edi_gateway.contract.decision import NOTHING_TAKEN, Later, Taken
from edi_gateway.contract.pricing.units import PIECES
from edi_gateway.documents import Order, OrderLine, gtin_key

if TYPE_CHECKING:
    from edi_gateway.contract.terms import Agreement

_ZERO = Decimal(0)
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockFigure:
    """
    The ERP's figure of one article at a moment, and what was promised of it since.

    `available` may be negative where the ERP has promised more than it has: what comes next makes
    up for that first.
    """

    at: datetime
    available: Decimal
    next_date: date | None = None
    #: None with a date: as much as is wanted comes then.
    next_quantity: Decimal | None = None
    taken: Taken = NOTHING_TAKEN

    def less(self, taken: Taken) -> StockFigure:
        """The figure after more was promised."""
        return replace(self, taken=self.taken.plus(taken))

    @property
    def now(self) -> Decimal:
        """What is there and not promised."""
        return max(self.available - self.taken.now, _ZERO)

    def coming(self, today: date | None) -> Decimal | None:
        """
        What comes on `next_date` and is not promised; None where that has no bound.

        Nothing, where the ERP gave no date, or one that has passed.
        """
        if self.next_date is None or (today is not None and self.next_date < today):
            return _ZERO
        if self.next_quantity is None:
            return None
        owed = min(self.available - self.taken.now, _ZERO)
        return max(self.next_quantity - self.taken.next + owed, _ZERO)

    def text(self, article: str) -> str:
        """The figure in words, for the trace."""
        said = f"stock of {article} at {self.at:%Y-%m-%d %H:%M} UTC: {self.available}"
        if self.next_date is not None:
            coming = "more" if self.next_quantity is None else self.next_quantity
            said += f", {coming} on {self.next_date}"
        if self.taken.now or self.taken.next:
            promised = f"{self.taken.now} and {self.taken.next} of what comes"
            said += f"; promised since: {promised if self.taken.next else self.taken.now}"
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What is promised of a wanted quantity: in time, later, and what that takes of the stock."""

    in_time: Decimal
    taken: Taken
    later: tuple[Later, ...] = ()

    @property
    def total(self) -> Decimal:
        """In time and later together."""
        return self.in_time + sum([part.quantity for part in self.later], _ZERO)


def promise_in_time(
    wanted: Decimal,
    figure: StockFigure,
    *,
    step: Decimal | None,
    today: date | None,
    requested: date | None,
) -> Promise:
    """
    Promise what is there when it is wanted: all, or as many whole steps as there are.

    What comes by the requested day is in time too; where none is requested, only what is there.
    """
    reach: Decimal | None = figure.now
    if requested is not None and figure.next_date is not None and figure.next_date <= requested:
        coming = figure.coming(today)
        reach = None if coming is None else figure.now + coming
    in_time = wanted if reach is None or reach >= wanted else whole(reach, step)
    from_now = min(in_time, figure.now)
    return Promise(in_time=in_time, taken=Taken(now=from_now, next=in_time - from_now))


def promise_rest(
    promised: Promise,
    wanted: Decimal,
    figure: StockFigure,
    *,
    step: Decimal | None,
    today: date | None,
    day: date | None,
    last: date | None,
) -> Promise:
    """
    Promise the rest for later: for a `day` what comes next, in whole steps; no date beyond.

    `day` is when what comes on `next_date` can be delivered, None where that is not known. Nothing
    is promised where it lies after the `last` day on which the customer takes any.
    """
    rest = wanted - promised.in_time
    if last is not None and day is not None and day > last:
        return promised
    coming = _ZERO if day is None else figure.less(promised.taken).coming(today)
    dated = rest if coming is None else whole(min(rest, coming), step)
    later = [Later(quantity=dated, on=day)] if dated else []
    if rest > dated:
        later.append(Later(quantity=rest - dated))
    taken = promised.taken.plus(Taken(next=dated))
    return replace(promised, later=tuple(later), taken=taken)


def step_of(article: Article) -> Decimal | None:
    """What an article is delivered in multiples of: its pack, else pieces; None: in any quantity."""
    if article.pack_multiple is None and article.unit in PIECES:
        return _ONE
    return article.pack_multiple


def whole(quantity: Decimal, step: Decimal | None) -> Decimal:
    """
    Return the largest multiple of `step` within a quantity.

    >>> whole(Decimal(40), Decimal(12))
    Decimal('36')
    """
    return quantity if step is None else quantity - quantity % step


def articles_concerned(orders: Iterable[Order], agreement: Agreement) -> set[str]:
    """
    Our codes of every article the orders may lead to.

    Successors and substitutes are among them, and free goods that come with any of these.
    """
    catalogue, found = agreement.articles, set[str]()
    for order in orders:
        for line in order.lines:
            for article in _named(line, catalogue):
                _add_with_others(article, catalogue, found)
    free = [term for contract in agreement.every_contract for term in contract.free_goods]
    return found | {
        term.free_article for term in free if term.free_article and term.article in found
    }


def _named(line: OrderLine, catalogue: Catalogue) -> Iterator[Article]:
    for code, index in (
        (gtin_key(line.gtin) if line.gtin else None, catalogue.by_gtin),
        (line.supplier_article and line.supplier_article.strip(), catalogue.by_code),
        (line.buyer_article and line.buyer_article.strip(), catalogue.by_buyer_code),
    ):
        article = index.get(code) if code else None
        if article is not None:
            yield article


def _add_with_others(article: Article, catalogue: Catalogue, found: set[str]) -> None:
    if article.code in found:
        return
    found.add(article.code)
    others = article.substitutes
    if article.replaced_by is not None:
        others = (article.replaced_by, *others)
    for code in others:
        other = catalogue.by_code.get(code)
        if other is not None:
            _add_with_others(other, catalogue, found)
