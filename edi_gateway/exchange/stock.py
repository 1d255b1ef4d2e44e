"""
What orders find of the stock the ERP reports, and what they take of it.

Orders of every contract take from an article that has a figure, also those that are not held
against it; otherwise one customer would be promised what another was sold.
"""

from __future__ import annotations

from collections.abc import Sequence

from edi_gateway.contract.blankets import BLANKET_ORDER
from edi_gateway.contract.decision import Decision, LineDecision, Taken
from edi_gateway.contract.stock import StockFigure, articles_concerned
from edi_gateway.contract.terms import Agreement, StockCheck
from edi_gateway.documents import Order
from edi_gateway.store import Ledger, Message, StockItem


class StockStanding:
    """The stock that the orders of one chunk concern, kept up while they are decided."""

    def __init__(self, ledger: Ledger, agreement: Agreement, orders: Sequence[Order]) -> None:
        self._ledger = ledger
        concerned = articles_concerned(orders, agreement.articles)
        items = ledger.stock.items(concerned)
        self._rows = frozenset(items)
        #: What a contract that checks stock is held against.
        self.figures = {
            code: figure for code, item in items.items() if (figure := _figure_of(item)) is not None
        }

    def settle(self, message: Message, order: Order, decision: Decision) -> None:
        """Take what an answered order takes, line by line; of a blanket order nothing is shipped."""
        if order.type_code == BLANKET_ORDER:
            return
        for line in decision.lines:
            if line.article is None or line.article.code not in self._rows:
                continue
            taken, code = _taken_by(line), line.article.code
            if not taken.now and not taken.next:
                continue
            self._ledger.stock.take(message.id, code, taken.now, taken.next)
            if code in self.figures:
                self.figures[code] = self.figures[code].less(taken)


def stock_standing(
    ledger: Ledger, agreement: Agreement, orders: Sequence[Order]
) -> StockStanding | None:
    """The stock that these orders concern; None where the ERP reports none."""
    if not ledger.stock.is_kept():
        return None
    return StockStanding(ledger, agreement, orders)


def is_checked(agreement: Agreement) -> bool:
    """Whether the contract holds its orders against stock."""
    return agreement.contract.stock is StockCheck.CHECK


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
