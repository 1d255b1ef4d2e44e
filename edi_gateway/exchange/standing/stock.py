"""
What orders find of the stock the ERP reports, and what they take of it.

Orders of every contract take from an article that has a figure, also those that are not held
against it; otherwise one customer would be promised what another was sold.
"""

from __future__ import annotations

from collections.abc import Sequence

from edi_gateway.contract.blankets import BLANKET_ORDER
from edi_gateway.contract.decision import NOTHING_TAKEN, Decision, LineDecision, Taken
from edi_gateway.contract.stock import StockFigure, articles_concerned
from edi_gateway.contract.terms import Agreement, StockCheck
from edi_gateway.documents import Order
from edi_gateway.store import Ledger, Message, StockItem


class StockStanding:
    """The stock that the orders of one chunk concern, kept up while they are decided."""

    def __init__(self, ledger: Ledger, agreement: Agreement, orders: Sequence[Order]) -> None:
        self._ledger = ledger
        self._rows: set[str] = set()
        #: What a contract that checks stock is held against.
        self.figures: dict[str, StockFigure] = {}
        self._load(articles_concerned(orders, agreement))
        #: The order that is decided anew, and what it took so far.
        self._order_id: int | None = None
        self._before: dict[str, Taken] = {}

    def reopen(self, order_id: int) -> None:
        """
        Let an order that was answered be decided anew: what it took is there again for it.

        `order_id` is the message of the order as it came first; the next order that is settled takes
        its place, and only the difference is recorded.
        """
        self._order_id = order_id
        self._before = {
            article: Taken(now=now, next=next_)
            for article, (now, next_) in self._ledger.stock.taken_by(order_id).items()
        }
        self._load(set(self._before))
        for article, taken in self._before.items():
            self._see(article, taken.negated())

    def withdraw(self, by: Message) -> None:
        """Record that the reopened order takes nothing any more: a message cancelled it."""
        self._record(by, {})

    def settle(self, message: Message, order: Order, decision: Decision) -> None:
        """Take what an answered order takes; of a blanket order nothing is shipped."""
        taken: dict[str, Taken] = {}
        for line in decision.lines if order.type_code != BLANKET_ORDER else ():
            if line.article is not None and line.article.code in self._rows:
                code = line.article.code
                taken[code] = taken.get(code, NOTHING_TAKEN).plus(_taken_by(line))
        for article, amounts in taken.items():
            self._see(article, amounts)
        self._record(message, taken)

    def _record(self, message: Message, taken: dict[str, Taken]) -> None:
        order_id = self._order_id or message.id
        for article in sorted({*taken, *self._before}):
            before = self._before.get(article, NOTHING_TAKEN)
            more = taken.get(article, NOTHING_TAKEN).plus(before.negated())
            if more.now or more.next:
                amounts = (more.now, more.next)
                self._ledger.stock.take(message.id, article, amounts, order_id=order_id)
        self._order_id, self._before = None, {}

    def _load(self, articles: set[str]) -> None:
        items = self._ledger.stock.items(articles - self._rows)
        self._rows |= items.keys()
        for article, item in items.items():
            figure = _figure_of(item)
            if figure is not None:
                self.figures[article] = figure

    def _see(self, article: str, taken: Taken) -> None:
        if article in self.figures:
            self.figures[article] = self.figures[article].less(taken)


def stock_standing(
    ledger: Ledger, agreement: Agreement, orders: Sequence[Order]
) -> StockStanding | None:
    """The stock that these orders concern; None where the ERP reports none."""
    if not ledger.stock.is_kept():
        return None
    return StockStanding(ledger, agreement, orders)


def is_checked(agreement: Agreement) -> bool:
    """Whether some contract holds its orders against stock."""
    return any(each.stock is StockCheck.CHECK for each in agreement.every_contract)


def _figure_of(item: StockItem) -> StockFigure | None:
    if item.available is None:
        return None
    return StockFigure(
        at=item.at,
        available=item.available,
        next_date=item.next_date,
        next_quantity=item.next_quantity,
        taken=Taken(now=item.taken, next=item.taken_next),
    )


def _taken_by(line: LineDecision) -> Taken:
    """What a line takes; one that was not held against stock takes what it confirms."""
    return line.taken if line.taken is not None else Taken(now=line.in_article_unit)
