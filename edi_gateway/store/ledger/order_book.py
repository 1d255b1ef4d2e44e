"""
Where each customer's order stands: one row for each, and conditional steps.

A step names the state it was seen in and how many steps had been taken. Whoever comes second with
the same sight of it finds nothing to move (`StepLost`), and decides anew.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from edi_gateway.contract.life.states import OrderEvent, OrderState, check_order_step
from edi_gateway.store import tables
from edi_gateway.store.states import MessageState, StepLost

_order = tables.CustomerOrder.__table__
_message = tables.Message.__table__
_document = tables.Document.__table__

_FIND = select(_order).where(
    _order.c.partner == bindparam("partner"), _order.c.key == bindparam("key")
)
_OF_NUMBER = (
    select(_order)
    .where(_order.c.partner == bindparam("partner"), _order.c.number == bindparam("number"))
    .order_by(_order.c.message_id.desc())
    .limit(1)
)
_SILENT = select(_order).where(_order.c.silent_at <= bindparam("now")).order_by(_order.c.silent_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOrder:
    """A customer's order as the ledger holds it."""

    partner: str
    key: str
    number: str
    state: OrderState
    #: Of the newest order handed over to the ERP; 0: none was.
    revision: int
    #: The message whose decision stands.
    message_id: int
    #: Our newest order response.
    response: str | None = None
    #: The newest change of the customer that was applied.
    changed_on: date | None = None
    change: str | None = None
    #: The newest report of the ERP on it.
    report: int = 0
    #: Whether the ERP said that it is too late for changes.
    fixed: bool = False
    #: When the customer's silence counts.
    silent_at: datetime | None = None
    steps: int = 1


class OrderBook:
    """The orders of customers, within one transaction of the ledger."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now
        #: Those of this transaction, so that later messages of a chunk see what earlier ones did.
        self._seen: dict[tuple[str, str], StandingOrder] = {}
        self._new: list[StandingOrder] = []

    def add(self, order: StandingOrder, event: OrderEvent) -> None:
        """Record a new order; it is written with the rest of the transaction."""
        check_order_step(None, event, order.state)
        self._seen[order.partner, order.key] = order
        self._new.append(order)

    def find(self, partner: str, key: str) -> StandingOrder | None:
        """The order with this key."""
        seen = self._seen.get((partner, key))
        if seen is not None:
            return seen
        row = self._connection.execute(_FIND, {"partner": partner, "key": key}).first()
        return self._remember(row)

    def seen(self, partner: str, key: str) -> StandingOrder | None:
        """The order with this key, if this transaction has met it; asks the database nothing."""
        return self._seen.get((partner, key))

    def newest(self, partner: str, number: str) -> StandingOrder | None:
        """The newest order of this number, of whatever year."""
        self.flush()
        row = self._connection.execute(_OF_NUMBER, {"partner": partner, "number": number}).first()
        return self._remember(row)

    def decided_by(self, message_id: int) -> StandingOrder | None:
        """The order that stands as this message decided it."""
        row = self._connection.execute(
            select(_order).where(_order.c.message_id == message_id)
        ).first()
        return self._remember(row)

    def silent(self) -> list[StandingOrder]:
        """The orders about which the customer was silent too long, the longest first."""
        rows = self._connection.execute(_SILENT, {"now": self._now})
        return [_order_of(row) for row in rows]

    def step(
        self, order: StandingOrder, event: OrderEvent, after: OrderState, **changes: Any
    ) -> StandingOrder:
        """Take an order one legal step; `StepLost` if somebody else moved it meanwhile."""
        check_order_step(order.state, event, after)
        return self.note(order, state=after, **changes)

    def note(self, order: StandingOrder, **changes: Any) -> StandingOrder:
        """Record what changes about an order; `StepLost` if somebody else moved it meanwhile."""
        self.flush()
        result = self._connection.execute(
            update(_order)
            .where(
                _order.c.partner == order.partner,
                _order.c.key == order.key,
                _order.c.steps == order.steps,
                _order.c.state == order.state,
            )
            .values(steps=order.steps + 1, **changes)
        )
        if result.rowcount != 1:
            raise StepLost(f"order {order.number} of {order.partner} moved meanwhile")
        moved = replace(order, steps=order.steps + 1, **changes)
        self._seen[order.partner, order.key] = moved
        return moved

    def parked(
        self, partner: str, numbers: Collection[str], codes: Collection[str]
    ) -> list[tuple[int, bytes]]:
        """Held changes of these orders, with one of these codes: message and content."""
        rows = self._connection.execute(
            select(_message.c.id, _document.c.content)
            .join(_document, _document.c.message_id == _message.c.id)
            .where(
                _document.c.kind == "order-change",
                _document.c.partner == partner,
                _document.c.order_number.in_(numbers),
                _message.c.state == MessageState.HELD,
                _message.c.code.in_(codes),
            )
            .order_by(_message.c.id)
        )
        return [(row.id, row.content) for row in rows]

    def flush(self) -> None:
        """Write the new orders; the ledger calls this before it commits."""
        if self._new:
            rows = [
                {name: getattr(order, name) for name in StandingOrder.__slots__}
                for order in self._new
            ]
            self._connection.execute(insert(_order), rows)
            self._new.clear()

    def _remember(self, row: Any) -> StandingOrder | None:
        if row is None:
            return None
        order = _order_of(row)
        return self._seen.setdefault((order.partner, order.key), order)


def _order_of(row: Any) -> StandingOrder:
    values = {name: getattr(row, name) for name in StandingOrder.__slots__}
    return StandingOrder(**values | {"state": OrderState(row.state)})
