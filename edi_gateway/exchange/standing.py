"""
What the ledger knows that the decisions of one chunk depend on, kept up while they are made.

Orders of a chunk are decided one after the other in one transaction; what the first takes, the
second no longer finds. Each topic looks up only what the agreement asks for, for all orders at
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.decision import Decision
from edi_gateway.contract.looks import holds_for_a_look
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Order
from edi_gateway.exchange.history import History, asks_for_history
from edi_gateway.store import Ledger, Message


class Standing:
    """The circumstances of the orders of one chunk; test orders see them and leave nothing."""

    def __init__(
        self,
        ledger: Ledger,
        agreement: Agreement,
        orders: Sequence[tuple[Message, Order]],
        *,
        zone: ZoneInfo,
    ) -> None:
        contract = agreement.contract
        self._common = Circumstances(now=ledger.now.astimezone(zone))
        messages = [message.id for message, _ in orders]
        self._approvals = ledger.approvals.given(messages) if contract.approvals else {}
        self._seen = ledger.approvals.seen(messages) if holds_for_a_look(contract) else {}
        self._history = None
        if asks_for_history(contract):
            self._history = History(ledger, agreement, [order for _, order in orders])

    def circumstances(self, message: Message, order: Order) -> Circumstances:
        """What the order is decided in, with all that earlier orders of the chunk took."""
        found = self._common
        if self._history is not None:
            history = self._history
            found = replace(found, pattern=history.pattern, twin=history.twin(order))
        if message.id in self._approvals or message.id in self._seen:
            found = replace(
                found,
                approvals=frozenset(self._approvals.get(message.id, ())),
                seen=frozenset(self._seen.get(message.id, ())),
            )
        return found

    def settle(self, message: Message, order: Order, decision: Decision) -> None:
        """Record what an answered order takes; not called for held orders, nor for tests."""
        if self._history is not None:
            self._history.settle(message.id, order, decision)
