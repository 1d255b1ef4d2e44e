"""
What is usual of a customer, as the guards of one contract look at it.

Looked up for the orders of one chunk, and kept up while they are decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from edi_gateway.contract.clauses import Guards
from edi_gateway.contract.history import NOTHING, Earlier, Pattern
from edi_gateway.contract.rules.line import article_of
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Order
from edi_gateway.store import Sale
from edi_gateway.store.ledger.sales import Sales


class SalesThen(Protocol):
    """What was sold, as it is known at a moment: a ledger, or a part of the past."""

    @property
    def sales(self) -> Sales: ...  # noqa: D102

    @property
    def now(self) -> datetime: ...  # noqa: D102


class Usual:
    """The last orders of a customer: as many, and as far back, as the guards say."""

    def __init__(
        self, ledger: SalesThen, agreement: Agreement, orders: Sequence[Order], guards: Guards
    ) -> None:
        self._ledger = ledger
        self._agreement = agreement
        self._orders = orders
        self._guards = guards
        self._quantities: dict[str, Earlier] = {}
        self._values = NOTHING
        self._places: set[str] = set()
        self.look_up()

    def look_up(self, besides: int | None = None) -> None:
        """Look at the earlier orders anew, besides the one that is decided anew."""
        guards, partner = self._guards, self._agreement.partner.id
        sales, last = self._ledger.sales, guards.last_orders
        since = months_before(self._ledger.now.date(), guards.within_months)
        if guards.quantity_factor is not None:
            for article in _articles_of(self._orders, self._agreement):
                rows = sales.last_quantities(
                    partner, article, since=since, last=last, besides=besides
                )
                self._quantities[article] = _earlier(rows)
        rows = sales.last_values(partner, since=since, last=last, besides=besides)
        self._values = _earlier(rows)
        if guards.new_delivery_address is not None:
            places = {order.delivery_party.gln for order in self._orders if order.delivery_party}
            self._places = sales.known_places(partner, filter(None, places))

    @property
    def pattern(self) -> Pattern:
        """What an order is held against."""
        return Pattern(
            quantities=self._quantities,
            values=self._values,
            delivery_parties=frozenset(self._places),
        )

    def add(self, sale: Sale) -> None:
        """Count an order that was just answered."""
        last = self._guards.last_orders
        self._values = _with(self._values, sale.value, sale.ordered_on, last)
        for article, sold in sale.articles.items():
            known = self._quantities.get(article, NOTHING)
            self._quantities[article] = _with(known, sold.quantity, sale.ordered_on, last)
        if sale.delivery_party is not None:
            self._places.add(sale.delivery_party)


def _articles_of(orders: Sequence[Order], agreement: Agreement) -> set[str]:
    """Our codes of the articles that are ordered."""
    return {
        article.code
        for order in orders
        for line in order.lines
        if (article := article_of(line, agreement.articles)) is not None
    }


def _earlier(rows: Sequence[tuple[date, Decimal]]) -> Earlier:
    if not rows:
        return NOTHING
    return Earlier(figures=tuple(figure for _, figure in rows), since=min(day for day, _ in rows))


def _with(known: Earlier, figure: Decimal, day: date, last: int) -> Earlier:
    """The figures with a new one, and without the oldest beyond the last ones."""
    since = day if known.since is None else min(known.since, day)
    return Earlier(figures=(figure, *known.figures)[:last], since=since)


def months_before(day: date, months: int) -> date:
    """
    Return the same day so many months earlier, or the last day of that month before it.

    >>> months_before(date(2026, 3, 31), 13)
    datetime.date(2025, 2, 28)
    """
    count = day.year * 12 + day.month - 1 - months
    first = date(count // 12, count % 12 + 1, 1)
    following = date((count + 1) // 12, (count + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))
