"""The ERP's stock at a moment of the past: its figures of then, and what orders had taken since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from heapq import merge
from operator import attrgetter

from edi_gateway.contract.decision import NOTHING_TAKEN, Taken
from edi_gateway.contract.stock import StockFigure, articles_concerned
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import DocumentType, ErpStock, Order, from_json
from edi_gateway.exchange.past.ahead import Ahead
from edi_gateway.exchange.workplace import ERP
from edi_gateway.store import Store
from edi_gateway.store.past import (
    Moment,
    PastDocument,
    PastReservation,
    reservations,
    stock_reports,
)


class PastStock:
    """The stock the ERP reported and orders took of, moment by moment."""

    def __init__(self, store: Store) -> None:
        happened: Iterator[PastDocument | PastReservation] = merge(
            stock_reports(store, ERP), reservations(store), key=attrgetter("decided")
        )
        self._happened = Ahead(happened)
        #: The moment of the last report that named every article.
        self._complete: datetime | None = None
        self._figures: dict[str, StockFigure] = {}
        #: What no figure counts in yet, by article.
        self._open: dict[str, list[PastReservation]] = {}
        #: What each order took in all.
        self._of_order: dict[int, dict[str, Taken]] = {}

    def figures(
        self, moment: Moment, order: Order, agreement: Agreement, *, besides: int | None
    ) -> Mapping[str, StockFigure]:
        """
        What was left of the articles an order concerns.

        `besides` is the order it is a change of: what that took is there again.
        """
        self._go_to(moment)
        own = self._of_order.get(besides, {}) if besides is not None else {}
        found = {}
        for article in articles_concerned([order], agreement):
            figure = self._figures.get(article)
            if figure is not None:
                taken = self._taken(article)
                back = own.get(article, NOTHING_TAKEN).negated()
                found[article] = figure.less(taken.plus(back))
        return found

    def _go_to(self, moment: Moment) -> None:
        for each in self._happened.before(moment):
            if isinstance(each, PastDocument):
                content = from_json(DocumentType.ERP_STOCK, each.content)
                assert isinstance(content, ErpStock)  # noqa: S101  (its kind says so)
                self._report(content)
            else:
                self._reserve(each)

    def _reserve(self, each: PastReservation) -> None:
        self._open.setdefault(each.article, []).append(each)
        of_order = self._of_order.setdefault(each.order_id, {})
        before = of_order.get(each.article, NOTHING_TAKEN)
        of_order[each.article] = before.plus(Taken(now=each.now, next=each.next))

    def _report(self, report: ErpStock) -> None:
        """Put the figures in the place of older ones; newer ones stay."""
        at = report.at.astimezone(UTC)
        if self._complete is not None and self._complete > at:
            return
        if report.complete:
            self._complete = at
            named = {item.article for item in report.items}
            self._figures = {
                article: figure
                for article, figure in self._figures.items()
                if figure.at > at or article in named
            }
            self._count_in(list(self._open), at)
        for item in report.items:
            known = self._figures.get(item.article)
            if known is None or known.at <= at:
                self._figures[item.article] = StockFigure(
                    at=at,
                    available=item.available,
                    next_date=item.next_date,
                    next_quantity=item.next_quantity,
                )
                self._count_in([item.article], at)

    def _count_in(self, articles: Iterable[str], at: datetime) -> None:
        """Of what orders took, a figure leaves open only what the ERP had not heard of."""
        for article in articles:
            self._open[article] = [
                each
                for each in self._open.get(article, ())
                if each.told_at is None or each.told_at > at
            ]

    def _taken(self, article: str) -> Taken:
        """What orders take that the figure does not count in."""
        taken = NOTHING_TAKEN
        for each in self._open.get(article, ()):
            taken = taken.plus(Taken(now=each.now, next=each.next))
        return taken
