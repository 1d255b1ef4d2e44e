"""
What the ledger knows that the decisions of one chunk depend on, kept up while they are made.

Orders of a chunk are decided one after the other in one transaction; what the first takes, the
second no longer finds. Each topic looks up only what the agreement asks for, for all orders at
once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo

from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.decision import Decision
from edi_gateway.contract.policies import OverConsumption
from edi_gateway.contract.resolution import agreement_for
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Order
from edi_gateway.exchange.standing.blankets import Blankets
from edi_gateway.exchange.standing.history import History, asks_for_history
from edi_gateway.exchange.standing.stock import is_checked, stock_standing
from edi_gateway.exchange.standing.supplying import Supplied
from edi_gateway.store import Ledger, Message


class Standing:
    """The circumstances of the orders of one chunk; test orders see them and leave nothing."""

    def __init__(
        self,
        ledger: Ledger,
        agreement: Agreement,
        orders: Sequence[Order],
        *,
        messages: Iterable[Message] = (),
        zone: tzinfo = UTC,
    ) -> None:
        self._agreement = agreement
        self._common = Circumstances(now=ledger.now.astimezone(zone))
        # Only a message that was held before has a code.
        released = [message.id for message in messages if message.code is not None]
        self._approvals = ledger.approvals.given(released)
        self._seen = ledger.approvals.seen(released)
        self._stock = stock_standing(ledger, agreement, orders)
        if self._stock is not None and is_checked(agreement):
            # The figures are kept up in place: what one order takes, the next no longer finds.
            self._common = replace(self._common, stock=self._stock.figures)
        has_blankets = any(each.has_blankets for each in agreement.every_contract)
        has_history = asks_for_history(agreement)
        self._blankets = Blankets(ledger, agreement, orders) if has_blankets else None
        self._history = History(ledger, agreement, orders) if has_history else None

    def circumstances(self, order: Order, message: Message | None = None) -> Circumstances:
        """
        What the order is decided in, with all that earlier orders of the chunk took.

        With its `message` also what people said to it before: approvals, and findings they saw.
        """
        found = self._common
        if self._blankets is not None:
            known, changed = self._blankets.known, self._blankets.changed
            found = replace(found, blankets=known, changed_blanket=changed)
        if self._history is not None:
            history = self._history
            contract = agreement_for(order, self._agreement, found).contract
            found = replace(
                found,
                bought=history.bought(order, contract),
                pattern=history.pattern(contract.guards),
                twin=history.twin(order, contract),
            )
        key = message.id if message is not None else None
        if key is not None and (key in self._approvals or key in self._seen):
            found = replace(
                found,
                approvals=frozenset(self._approvals.get(key, ())),
                seen=frozenset(self._seen.get(key, ())),
            )
        return found

    def reopen(self, order_id: int) -> None:
        """
        Let an answered order be decided anew: what it took is there again, in sight of the decision.

        `order_id` is the message of the order as it came first. What is settled next takes its place;
        only the difference is recorded.
        """
        if self._stock is not None:
            self._stock.reopen(order_id)
        if self._blankets is not None:
            self._blankets.reopen(order_id)
        if self._history is not None:
            self._history.reopen(order_id)

    def withdraw(self, order_id: int, by: Message) -> None:
        """Record that an answered order takes nothing any more: a message cancelled it."""
        if self._stock is not None:
            self._stock.reopen(order_id)
            self._stock.withdraw(by)
        if self._blankets is not None:
            self._blankets.reopen(order_id)
            self._blankets.give_back(by)
        if self._history is not None:
            self._history.reopen(order_id)
            self._history.give_back()

    def supply(
        self,
        order_id: int,
        by: Message,
        parts: Mapping[str, Supplied],
        policy: OverConsumption,
    ) -> None:
        """Record that of these lines of an answered order other quantities are supplied."""
        if self._blankets is not None:
            self._blankets.reopen(order_id)
            self._blankets.supply(by, parts, policy)

    def settle(self, message: Message, order: Order, decision: Decision) -> None:
        """Record what an answered order takes; not called for held orders, nor for tests."""
        if self._stock is not None:
            self._stock.settle(message, order, decision)
        if self._blankets is not None:
            self._blankets.settle(message, order, decision)
        if self._history is not None:
            self._history.settle(message.id, order, decision)
