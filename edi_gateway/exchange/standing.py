"""
What the ledger knows that the decisions of one chunk depend on, kept up while they are made.

Orders of a chunk are decided one after the other in one transaction; what the first takes, the
second no longer finds. Each topic looks up only what the agreement asks for, for all orders at
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, tzinfo

from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.decision import Decision
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Order
from edi_gateway.exchange.blankets import Blankets
from edi_gateway.exchange.stock import is_checked, stock_standing
from edi_gateway.store import Ledger, Message


class Standing:
    """The circumstances of the orders of one chunk; test orders see them and leave nothing."""

    def __init__(
        self, ledger: Ledger, agreement: Agreement, orders: Sequence[Order], zone: tzinfo = UTC
    ) -> None:
        self._ledger = ledger
        self._agreement = agreement
        now = ledger.now.astimezone(zone)
        self._common = Circumstances(now=now)
        self._stock = stock_standing(ledger, agreement, orders)
        if self._stock is not None and is_checked(agreement):
            # The figures are kept up in place: what one order takes, the next no longer finds.
            self._common = Circumstances(now=now, stock=self._stock.figures)
        has_blankets = agreement.contract.has_blankets
        self._blankets = Blankets(ledger, agreement, orders) if has_blankets else None

    def circumstances(self, order: Order) -> Circumstances:
        """What the order is decided in, with all that earlier orders of the chunk took."""
        if self._blankets is None:
            return self._common
        known, changed = self._blankets.known, self._blankets.changed
        return replace(self._common, blankets=known, changed_blanket=changed)

    def reopen(self, order_id: int) -> None:
        """
        Let an answered order be decided anew: what it took is there again, in sight of the decision.

        `order_id` is the message of the order as it came first. Only what is settled next is
        recorded: the difference to what the order took before.
        """
        if self._blankets is not None:
            self._blankets.reopen(order_id)

    def withdraw(self, order_id: int, by: Message) -> None:
        """Record that an answered order takes nothing any more: a message cancelled it."""
        if self._blankets is not None:
            self._blankets.reopen(order_id)
            self._blankets.give_back(by)

    def settle(self, message: Message, order: Order, decision: Decision) -> None:
        """Record what an answered order takes; not called for held orders, nor for tests."""
        if self._stock is not None:
            self._stock.settle(message, order, decision)
        if self._blankets is not None:
            self._blankets.settle(message, order, decision)
