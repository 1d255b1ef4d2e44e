"""
Files on their way out, from the outbox to what the partner said about them.

A delivery is found again by what a partner can name: our control reference, the number of a
document of ours, or its own order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from edi_gateway.store import tables
from edi_gateway.store.ledger.events import Events
from edi_gateway.store.ledger.steps import move
from edi_gateway.store.records import Delivery, NewAcknowledgement, NewDelivery, record_of
from edi_gateway.store.states import DeliveryState, check_step

_delivery = tables.Delivery.__table__
_content = tables.DeliveryContent.__table__
_link = tables.DeliveryMessage.__table__
_carried = tables.DeliveryDocument.__table__
_acknowledgement = tables.Acknowledgement.__table__
_document = tables.Document.__table__

_ADD = insert(_delivery).returning(_delivery.c.id, sort_by_parameter_order=True)
_STILL_PENDING = (
    select(_delivery.c.id)
    .where(
        _delivery.c.id.in_(bindparam("keys", expanding=True)),
        _delivery.c.state == DeliveryState.PENDING,
    )
    .order_by(_delivery.c.id)
)
_SENT = (
    update(_delivery)
    .where(_delivery.c.id == bindparam("key"), _delivery.c.state == DeliveryState.PENDING)
    .values(
        state=DeliveryState.SENT,
        sent_at=bindparam("new_sent_at"),
        attempts=_delivery.c.attempts + 1,
        code=None,
        reason=None,
    )
)


class Deliveries:
    """The files that go out, within one transaction of the ledger."""

    def __init__(self, connection: Connection, now: datetime, events: Events) -> None:
        self._connection = connection
        self._now = now
        self._events = events
        self._new: list[NewDelivery] = []

    # --- the outbox --------------------------------------------------------------------------

    def add(self, new: NewDelivery) -> None:
        """Put a file into the outbox; it is written with the rest of the transaction."""
        self._new.append(new)

    def move(
        self,
        delivery_id: int,
        before: DeliveryState,
        after: DeliveryState,
        *,
        code: str | None = None,
        reason: str | None = None,
        **changes: Any,
    ) -> None:
        """Take a delivery one legal step; `StepLost` if it is no longer in `before`."""
        move(
            self._connection,
            _delivery,
            delivery_id,
            before,
            after,
            code=code,
            reason=reason,
            **changes,
        )
        self._events.add(f"delivery.{after}", reason, delivery_id=delivery_id)

    def mark_sent(self, delivery_ids: Sequence[int]) -> None:
        """Take deliveries to SENT, all at once; those that are no longer pending are left alone."""
        check_step(DeliveryState.PENDING, DeliveryState.SENT)
        rows = self._connection.execute(_STILL_PENDING, {"keys": list(delivery_ids)})
        moving = [row.id for row in rows]
        if not moving:
            return
        self._connection.execute(_SENT, [{"key": key, "new_sent_at": self._now} for key in moving])
        for delivery_id in moving:
            self._events.add("delivery.sent", delivery_id=delivery_id)

    # --- finding them again ------------------------------------------------------------------

    def with_reference(self, partner: str, reference: str) -> list[Delivery]:
        """The deliveries to a partner that carry this control reference of ours, newest first."""
        table = _delivery.c
        return self._where(table.partner == partner, table.reference == reference)

    def of_document(self, partner: str, kind: str, number: str) -> list[Delivery]:
        """The deliveries to a partner with our document of this number, or about its message."""
        table = _document.c
        found = self._about(
            table.partner == partner, tables.OURS, table.kind == kind, table.number == number
        )
        return found or self._carrying(partner, kind, number)

    def for_order(self, partner: str, kind: str, number: str) -> list[Delivery]:
        """The deliveries to a partner about messages with a document for its order of this number."""
        table = _document.c
        return self._about(
            table.kind == kind, table.partner == partner, table.order_number == number
        )

    def _carrying(self, partner: str, kind: str, number: str) -> list[Delivery]:
        carrying = select(_carried.c.delivery_id).where(
            _carried.c.kind == kind, _carried.c.number == number
        )
        return self._where(_delivery.c.partner == partner, _delivery.c.id.in_(carrying))

    def documents_of(self, delivery_id: int) -> list[tuple[str, str]]:
        """Kind and number of the documents a delivery carries that answer no message."""
        rows = self._connection.execute(
            select(_carried.c.kind, _carried.c.number)
            .where(_carried.c.delivery_id == delivery_id)
            .order_by(_carried.c.number)
        )
        return [(row.kind, row.number) for row in rows]

    def _about(self, *terms: Any) -> list[Delivery]:
        linked = (
            select(_link.c.delivery_id)
            .join(_document, _document.c.message_id == _link.c.message_id)
            .where(*terms)
        )
        return self._where(_delivery.c.id.in_(linked))

    def _where(self, *terms: Any) -> list[Delivery]:
        rows = self._connection.execute(
            select(_delivery, _content.c.content)
            .join(_content, _content.c.delivery_id == _delivery.c.id)
            .where(*terms)
            .order_by(_delivery.c.id.desc())
        )
        return [record_of(Delivery, row) for row in rows]

    def tells_of(self, message_id: int, type_: str) -> bool:
        """Whether a delivery of this type tells about the message already."""
        found = self._connection.execute(
            select(_delivery.c.id)
            .join(_link, _link.c.delivery_id == _delivery.c.id)
            .where(_link.c.message_id == message_id, _delivery.c.type == type_)
            .limit(1)
        ).first()
        return found is not None

    def messages_answered_by(self, delivery_id: int) -> list[int]:
        """The messages a delivery answers."""
        table = _link.c
        rows = self._connection.execute(
            select(table.message_id)
            .where(table.delivery_id == delivery_id)
            .order_by(table.message_id)
        )
        return [int(row.message_id) for row in rows]

    # --- acknowledgements --------------------------------------------------------------------

    def overdue(self) -> list[tuple[int, str, int]]:
        """Sent deliveries whose acknowledgement is late: id, partner and hours allowed."""
        table = _delivery.c
        awaited = (table.state == DeliveryState.SENT, table.acknowledgement_hours.is_not(None))
        allowed = self._connection.execute(
            select(table.acknowledgement_hours).where(*awaited).distinct()
        ).scalars()
        late: list[tuple[int, str, int]] = []
        for hours in allowed.all():
            rows = self._connection.execute(
                select(table.id, table.partner).where(
                    *awaited,
                    table.acknowledgement_hours == hours,
                    table.sent_at <= self._now - timedelta(hours=hours),
                )
            )
            late += [(row.id, row.partner, hours) for row in rows]
        return sorted(late)

    def acknowledge(self, new: NewAcknowledgement) -> bool:
        """Record what a partner said about a delivery; False when it said just that last."""
        table = _acknowledgement.c
        last = self._connection.execute(
            select(table.type, table.said, table.complaints)
            .where(table.delivery_id == new.delivery_id)
            .order_by(table.id.desc())
            .limit(1)
        ).first()
        if last is not None and tuple(last) == (new.type, new.said, new.complaints):
            return False
        fields = {name: getattr(new, name) for name in new.__slots__}
        self._connection.execute(insert(_acknowledgement), fields | {"received_at": self._now})
        return True

    def our_acknowledgement(self, interchange_id: int) -> tuple[str, str, bytes] | None:
        """Type, name and bytes of the acknowledgement we wrote for an interchange."""
        table = _delivery.c
        row = self._connection.execute(
            select(table.type, table.name, _content.c.content)
            .join(_content, _content.c.delivery_id == table.id)
            .where(
                table.interchange_id == interchange_id,
                table.type.in_(["CONTRL", "ApplicationResponse"]),
            )
            .order_by(table.id)
        ).first()
        return (row.type, row.name, row.content) if row else None

    # --- mechanics ---------------------------------------------------------------------------

    def flush(self) -> None:
        """Write what was collected."""
        if not self._new:
            return
        ids = [row.id for row in self._connection.execute(_ADD, [*map(self._row, self._new)])]
        self._connection.execute(
            insert(_content),
            [
                {"delivery_id": key, "content": new.content}
                for key, new in zip(ids, self._new, strict=True)
            ],
        )
        links = [
            {"delivery_id": key, "message_id": message_id}
            for key, new in zip(ids, self._new, strict=True)
            for message_id in dict.fromkeys(new.message_ids)
        ]
        if links:
            self._connection.execute(insert(_link), links)
        documents = [
            {"delivery_id": key, "kind": kind, "number": number}
            for key, new in zip(ids, self._new, strict=True)
            for kind, number in new.documents
        ]
        if documents:
            self._connection.execute(insert(_carried), documents)
        self._new.clear()

    def _row(self, new: NewDelivery) -> dict[str, Any]:
        return {
            "partner": new.partner,
            "connector": new.connector,
            "type": new.type,
            "name": new.name,
            "size": len(new.content),
            "sha256": hashlib.sha256(new.content).hexdigest(),
            "reference": new.reference,
            "test": new.test,
            "state": DeliveryState.PENDING,
            "attempts": 0,
            "next_attempt_at": self._now,
            "interchange_id": new.interchange_id,
            "resend_of": new.resend_of,
            "acknowledgement_hours": new.acknowledgement_hours,
            "created_at": self._now,
        }
