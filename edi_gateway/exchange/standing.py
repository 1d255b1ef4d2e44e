"""
What the ledger knows that the decisions of one chunk depend on, kept up while they are made.

Orders of a chunk are decided one after the other in one transaction; what the first takes, the
second no longer finds. Each topic looks up only what the agreement asks for, for all orders at
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.decision import Decision
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Order
from edi_gateway.store import Ledger, Message


class Standing:
    """The circumstances of the orders of one chunk; test orders see them and leave nothing."""

    def __init__(
        self, ledger: Ledger, agreement: Agreement, orders: Sequence[Order], zone: ZoneInfo
    ) -> None:
        self._ledger = ledger
        self._agreement = agreement
        self._common = Circumstances(now=ledger.now.astimezone(zone))

    def circumstances(self, order: Order) -> Circumstances:
        """What the order is decided in, with all that earlier orders of the chunk took."""
        return self._common

    def settle(self, message: Message, order: Order, decision: Decision) -> None:
        """Record what an answered order takes; not called for held orders, nor for tests."""
