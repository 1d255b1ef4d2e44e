"""
One transaction on the ledger: what is written through it becomes true together, or not at all.

Rows are collected and written in bulk through SQLAlchemy Core when the transaction ends, because
the ORM measured twelve times slower. Steps between states are conditional: a second caller that
comes late finds nothing to move.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from edi_gateway.store import tables
from edi_gateway.store.approvals import Approvals
from edi_gateway.store.order_book import OrderBook, StandingOrder
from edi_gateway.store.packages import add_package, all_packages
from edi_gateway.store.records import (
    Conclusion,
    Delivery,
    Interchange,
    Key,
    Message,
    NewAcknowledgement,
    NewDelivery,
    NewInterchange,
    NewMessage,
    NewPackage,
    Package,
    StoredDocument,
)
from edi_gateway.store.sales import Sales
from edi_gateway.store.states import (
    DeliveryState,
    InterchangeState,
    MessageState,
    StepLost,
    TransmissionState,
    check_step,
)
from edi_gateway.store.stock import StockLedger

_transmission: Any = tables.Transmission.__table__  # type: ignore[attr-defined]
_interchange: Any = tables.Interchange.__table__  # type: ignore[attr-defined]
_message: Any = tables.Message.__table__  # type: ignore[attr-defined]
_finding: Any = tables.Finding.__table__  # type: ignore[attr-defined]
_document: Any = tables.Document.__table__  # type: ignore[attr-defined]
_delivery: Any = tables.Delivery.__table__  # type: ignore[attr-defined]
_delivery_content: Any = tables.DeliveryContent.__table__  # type: ignore[attr-defined]
_delivery_message: Any = tables.DeliveryMessage.__table__  # type: ignore[attr-defined]
_acknowledgement: Any = tables.Acknowledgement.__table__  # type: ignore[attr-defined]
_key: Any = tables.BusinessKey.__table__  # type: ignore[attr-defined]
_sequence: Any = tables.Sequence.__table__  # type: ignore[attr-defined]
_event: Any = tables.Event.__table__  # type: ignore[attr-defined]


# Statements are built once: building one costs more than running it.
_SETTLE = update(_transmission).where(_transmission.c.id == bindparam("key")).values(settled=True)
_UNSETTLED = select(_transmission.c.id).where(
    _transmission.c.connector == bindparam("connector"),
    _transmission.c.sha256 == bindparam("sha256"),
    _transmission.c.raw_name == bindparam("raw_name"),
    _transmission.c.modified == bindparam("modified"),
    _transmission.c.settled.is_(False),
)
_EARLIER = (
    select(_interchange)
    .where(
        *(
            _interchange.c[name] == bindparam(name)
            for name in (
                "sender",
                "sender_qualifier",
                "recipient",
                "recipient_qualifier",
                "reference",
                "test",
                "format",
            )
        ),
        _interchange.c.state.in_([InterchangeState.OPENED, InterchangeState.HELD]),
        _interchange.c.opened_at >= bindparam("since"),
    )
    .order_by(_interchange.c.id)
    .limit(1)
)
_KEYS = select(_key).where(
    _key.c.partner == bindparam("partner"),
    _key.c.kind == bindparam("kind"),
    _key.c.number.in_(bindparam("numbers", expanding=True)),
)
_NEXT_NUMBER = select(_sequence.c.value).where(_sequence.c.name == bindparam("key"))
_NUMBERED = (
    update(_sequence).where(_sequence.c.name == bindparam("key")).values(value=bindparam("next"))
)

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


@cache
def _step(table: Any, names: tuple[str, ...]) -> Any:
    """The statement that moves a row on if it is still in the state it was seen in."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return (
        update(table)
        .where(table.c.id == bindparam("key"), table.c.state == bindparam("before"))
        .values(values)
    )


class Ledger:
    """The writing side of one transaction. `who` stands in every event."""

    def __init__(self, connection: Connection, now: datetime, who: str) -> None:
        self._connection = connection
        self.now = now
        self.orders = OrderBook(connection, now)
        self._who = who
        self._rows: dict[Any, list[dict[str, Any]]] = {}
        self._conclusions: list[dict[str, Any]] = []
        self._sequences: dict[str, int] = {}
        self._keys: dict[tuple[str, str, str], Key] = {}
        self._deliveries: list[NewDelivery] = []
        self.sales = Sales(connection)
        self.approvals = Approvals(connection, now)
        self._stock: StockLedger | None = None

    @property
    def connection(self) -> Connection:
        """For the other modules of this room, which write in the same transaction."""
        return self._connection

    # --- transmissions ---------------------------------------------------------------------

    def add_transmission(
        self,
        *,
        connector: str,
        partner: str | None,
        name: str,
        raw_name: bytes,
        size: int,
        modified: datetime,
        sha256: str,
    ) -> int:
        """Record a file whose bytes are durable in the archive."""
        transmission_id = self._insert_one(
            _transmission,
            connector=connector,
            partner=partner,
            name=name,
            raw_name=raw_name,
            size=size,
            modified=modified,
            sha256=sha256,
            state=TransmissionState.RECEIVED,
            settled=False,
            received_at=self.now,
        )
        self.event("transmission.received", transmission_id=transmission_id)
        return transmission_id

    def unsettled(
        self, *, connector: str, raw_name: bytes, modified: datetime, sha256: str
    ) -> int | None:
        """The transmission of a file we kept but did not yet remove at the partner's side."""
        row = self._connection.execute(
            _UNSETTLED,
            {
                "connector": connector,
                "raw_name": raw_name,
                "modified": modified,
                "sha256": sha256,
            },
        ).first()
        return int(row.id) if row else None

    def settle_transmission(self, transmission_id: int) -> None:
        """Note that the file is gone from the partner's side."""
        self._connection.execute(_SETTLE, {"key": transmission_id})
        self.event("transmission.settled", transmission_id=transmission_id)

    def move_transmission(
        self,
        transmission_id: int,
        before: TransmissionState,
        after: TransmissionState,
        *,
        code: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Take a transmission one legal step; `StepLost` if it is no longer in `before`."""
        check_step(before, after)
        self._move(_transmission, transmission_id, before, state=after, code=code, reason=reason)
        self.event(f"transmission.{after}", reason, transmission_id=transmission_id)

    # --- interchanges and messages ---------------------------------------------------------

    def add_interchange(self, new: NewInterchange, messages: Sequence[NewMessage]) -> list[int]:
        """Record an interchange and its messages; return its id and then theirs."""
        fields = {name: getattr(new, name) for name in new.__slots__}
        interchange_id = self._insert_one(_interchange, opened_at=self.now, **fields)
        self.event(
            f"interchange.{new.state}",
            new.reason,
            transmission_id=new.transmission_id,
            interchange_id=interchange_id,
        )
        rows = [
            {name: getattr(message, name) for name in message.__slots__}
            | {
                "transmission_id": new.transmission_id,
                "interchange_id": interchange_id,
                "partner": new.partner,
                "test": new.test,
            }
            for message in messages
        ]
        if not rows:
            return [interchange_id]
        result = self._connection.execute(
            insert(_message).returning(_message.c.id, sort_by_parameter_order=True), rows
        )
        ids = [row.id for row in result]
        for message, message_id in zip(messages, ids, strict=True):
            if message.state != MessageState.RECEIVED:
                self.event(f"message.{message.state}", message.reason, message_id=message_id)
        return [interchange_id, *ids]

    def move_interchange(
        self,
        interchange_id: int,
        before: InterchangeState,
        after: InterchangeState,
        *,
        partner: str | None,
        code: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Take an interchange one legal step, together with the partner it turned out to be from."""
        check_step(before, after)
        self._move(
            _interchange,
            interchange_id,
            before,
            state=after,
            code=code,
            reason=reason,
            partner=partner,
        )
        self._connection.execute(
            update(_message)
            .where(_message.c.interchange_id == interchange_id)
            .values(partner=partner)
        )
        self.event(f"interchange.{after}", reason, interchange_id=interchange_id)

    def earlier_interchange(
        self, new: NewInterchange, since: datetime
    ) -> tuple[Interchange, str] | None:
        """
        The first interchange with the same sender, recipient, reference and test indicator.

        Rejected ones do not count: their reference was never used. Returns it with its content
        hash.
        """
        key = {
            "sender": new.sender,
            "sender_qualifier": new.sender_qualifier,
            "recipient": new.recipient,
            "recipient_qualifier": new.recipient_qualifier,
            "reference": new.reference,
            "test": new.test,
            "format": new.format,
        }
        row = self._connection.execute(_EARLIER, key | {"since": since}).first()
        return (interchange_of(row), row.content_hash) if row else None

    def reference_skipped(self, new: NewInterchange, interchange_id: int) -> str | None:
        """
        The reference that came before a new one that skips numbers; None when it skips none.

        Numbers that begin anew are no gap, and one that comes late fills it.
        """
        table = _interchange.c
        same = (
            table.sender == new.sender,
            table.recipient == new.recipient,
            table.format == new.format,
            table.id < interchange_id,
        )
        last = self._connection.execute(
            select(table.reference)
            .where(*same, table.state != InterchangeState.DUPLICATE)
            .order_by(table.id.desc())
            .limit(1)
        ).scalar()
        number, before = _whole(new.reference), _whole(last)
        if number is None or before is None or number <= before + 1:
            return None
        expected = {str(number - 1), str(number - 1).zfill(len(new.reference))}
        came = self._connection.execute(
            select(table.id).where(*same, table.reference.in_(expected)).limit(1)
        ).first()
        return None if came else str(last)

    def conclude(self, conclusion: Conclusion) -> None:
        """Take a message one legal step, with its number, reason and decision."""
        check_step(conclusion.before, conclusion.after)
        self._conclusions.append(
            {
                "key": conclusion.message_id,
                "before": conclusion.before,
                "state": conclusion.after,
                "code": conclusion.code,
                "reason": conclusion.reason,
                "number": conclusion.number,
                "decision": conclusion.decision,
                "terms": conclusion.terms,
                "duplicate_of": conclusion.duplicate_of,
                "decided_at": self.now,
            }
        )
        self.event(
            f"message.{conclusion.after}", conclusion.reason, message_id=conclusion.message_id
        )

    def release_message(self, message_id: int, why: str | None) -> None:
        """Make a held message wait for its decision again."""
        check_step(MessageState.HELD, MessageState.RECEIVED)
        self._move(
            _message, message_id, MessageState.HELD, state=MessageState.RECEIVED, decided_at=None
        )
        self.event("message.released", why, message_id=message_id)

    def explain(
        self, message_id: int, state: MessageState, before: str | None, code: str, reason: str
    ) -> None:
        """Give a message another code and reason, if it is still as it was seen."""
        result = self._connection.execute(
            update(_message)
            .where(
                _message.c.id == message_id,
                _message.c.state == state,
                _message.c.code.is_not_distinct_from(before),
            )
            .values(code=code, reason=reason)
        )
        if result.rowcount != 1:
            raise StepLost(f"message {message_id} is no longer {state} as {before}")
        self.event(f"message.{code}", reason, message_id=message_id)

    def held_since(self, code: str, partner: str, moment: datetime) -> list[Message]:
        """A partner's messages that are held with a code since before a moment."""
        rows = self._connection.execute(
            select(_message)
            .where(
                _message.c.state == MessageState.HELD,
                _message.c.code == code,
                _message.c.partner == partner,
                _message.c.decided_at <= moment,
            )
            .order_by(_message.c.id)
        )
        return [message_of(row) for row in rows]

    def message(self, message_id: int) -> Message:
        """One message that is known to be there."""
        row = self._connection.execute(select(_message).where(_message.c.id == message_id)).one()
        return message_of(row)

    def messages_of(self, interchange_id: int, state: MessageState) -> list[Message]:
        """The interchange's messages in this state, in their order."""
        rows = self._connection.execute(
            select(_message)
            .where(_message.c.interchange_id == interchange_id, _message.c.state == state)
            .order_by(_message.c.position)
        )
        return [message_of(row) for row in rows]

    # --- what a decision leaves ------------------------------------------------------------

    def add_finding(
        self, message_id: int, *, line: str | None, code: str, effect: str, text: str
    ) -> None:
        """Record one departure from the contract."""
        self._add(_finding, message_id=message_id, line=line, code=code, effect=effect, text=text)

    def findings(self, message_id: int) -> list[tuple[str, str | None, str]]:
        """Code, line and text of each finding of a message."""
        rows = self._connection.execute(
            select(_finding.c.code, _finding.c.line, _finding.c.text).where(
                _finding.c.message_id == message_id
            )
        )
        return [(row.code, row.line, row.text) for row in rows]

    def clear_decision(self, message_id: int) -> None:
        """Forget findings and documents of an earlier decision, before it is taken again."""
        for table in (_finding, _document):
            self._connection.execute(table.delete().where(table.c.message_id == message_id))
        self._connection.execute(_key.delete().where(_key.c.message_id == message_id))

    def add_document(self, document: StoredDocument) -> None:
        """Record a canonical document."""
        self._add(
            _document,
            message_id=document.message_id,
            kind=document.kind,
            partner=document.partner,
            number=document.number,
            order_number=document.order_number,
            order_key=document.order_key,
            content=document.content,
        )

    def documents(self, kind: str, partner: str, order_number: str) -> list[StoredDocument]:
        """The documents of this kind that belong to orders of this number, oldest first."""
        table = _document.c
        rows = self._connection.execute(
            select(_document)
            .where(table.kind == kind, table.partner == partner, table.order_number == order_number)
            .order_by(table.id)
        )
        return [document_of(row) for row in rows]

    def documents_of(self, order: StandingOrder, kind: str) -> list[StoredDocument]:
        """The documents of this kind that belong to one order, oldest first."""
        found = self.documents(kind, order.partner, order.number)
        # Those from before orders had keys belong to whatever order of the number there was.
        return [document for document in found if document.order_key in (None, order.key)]

    def document_of_message(self, message_id: int, kind: str) -> StoredDocument | None:
        """The message's first document of this kind, if it has one."""
        row = self._connection.execute(
            select(_document)
            .where(_document.c.message_id == message_id, _document.c.kind == kind)
            .order_by(_document.c.id)
        ).first()
        return document_of(row) if row else None

    def invoice_exists(self, number: str) -> bool:
        """Whether an invoice carries this number already."""
        found = self._connection.execute(
            select(_document.c.id).where(
                _document.c.kind == "invoice", _document.c.number == number
            )
        ).first()
        return found is not None

    def load_keys(self, partner: str, kind: str, numbers: Iterable[str]) -> None:
        """Fetch many business keys at once, so that `key` need not ask for each."""
        wanted = sorted(set(numbers))
        for start in range(0, len(wanted), 500):
            rows = self._connection.execute(
                _KEYS,
                {"partner": partner, "kind": kind, "numbers": wanted[start : start + 500]},
            )
            for row in rows:
                self._keys[partner, kind, row.number] = Key(
                    message_id=row.message_id, fingerprint=row.fingerprint
                )

    def key(self, partner: str, kind: str, number: str) -> Key | None:
        """Who uses this number, as loaded by `load_keys` or used in this transaction."""
        return self._keys.get((partner, kind, number))

    def use_key(self, partner: str, kind: str, number: str, key: Key) -> None:
        """Mark a number as used."""
        self._keys[partner, kind, number] = key
        self._add(
            _key,
            partner=partner,
            kind=kind,
            number=number,
            fingerprint=key.fingerprint,
            message_id=key.message_id,
        )

    def reuse_key(self, partner: str, kind: str, number: str, before: Key, after: Key) -> None:
        """Let a used number stand for another message; `StepLost` if somebody else was first."""
        result = self._connection.execute(
            update(_key)
            .where(
                _key.c.partner == partner,
                _key.c.kind == kind,
                _key.c.number == number,
                _key.c.message_id == before.message_id,
            )
            .values(message_id=after.message_id, fingerprint=after.fingerprint)
        )
        if result.rowcount != 1:
            raise StepLost(f"{kind} {number} of {partner} was used by somebody else meanwhile")
        self._keys[partner, kind, number] = after

    def next_number(self, sequence: str) -> int:
        """Take the next number of a gapless series; it is given back if the transaction fails."""
        value = self._sequences.get(sequence)
        if value is None:
            value = self._connection.execute(_NEXT_NUMBER, {"key": sequence}).scalar()
            if value is None:
                self._connection.execute(insert(_sequence).values(name=sequence, value=0))
                value = 0
        self._sequences[sequence] = value + 1
        return int(value) + 1

    @property
    def stock(self) -> StockLedger:
        """What the ERP has, and what orders take of it."""
        if self._stock is None:
            self._stock = StockLedger(self._connection)
        return self._stock

    # --- deliveries ------------------------------------------------------------------------

    def add_delivery(self, new: NewDelivery) -> None:
        """Put a file into the outbox."""
        self._deliveries.append(new)

    def move_delivery(
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
        check_step(before, after)
        self._move(_delivery, delivery_id, before, state=after, code=code, reason=reason, **changes)
        self.event(f"delivery.{after}", reason, delivery_id=delivery_id)

    def mark_sent(self, delivery_ids: Sequence[int]) -> None:
        """Take deliveries to SENT, all at once; those that are no longer pending are left alone."""
        check_step(DeliveryState.PENDING, DeliveryState.SENT)
        rows = self._connection.execute(_STILL_PENDING, {"keys": list(delivery_ids)})
        moving = [row.id for row in rows]
        if not moving:
            return
        self._connection.execute(_SENT, [{"key": key, "new_sent_at": self.now} for key in moving])
        for delivery_id in moving:
            self.event("delivery.sent", delivery_id=delivery_id)

    def deliveries_with(self, partner: str, reference: str) -> list[Delivery]:
        """The deliveries to a partner that carry this control reference of ours, newest first."""
        table = _delivery.c
        return self._deliveries_where(table.partner == partner, table.reference == reference)

    def deliveries_of_document(self, partner: str, kind: str, number: str) -> list[Delivery]:
        """The deliveries to a partner about messages with our document of this number."""
        table = _document.c
        return self._deliveries_about(
            table.partner == partner, tables.OURS, table.kind == kind, table.number == number
        )

    def deliveries_for_order(self, partner: str, kind: str, number: str) -> list[Delivery]:
        """The deliveries to a partner about messages with a document for its order of this number."""
        table = _document.c
        return self._deliveries_about(
            table.kind == kind, table.partner == partner, table.order_number == number
        )

    def _deliveries_about(self, *terms: Any) -> list[Delivery]:
        linked = (
            select(_delivery_message.c.delivery_id)
            .join(_document, _document.c.message_id == _delivery_message.c.message_id)
            .where(*terms)
        )
        return self._deliveries_where(_delivery.c.id.in_(linked))

    def _deliveries_where(self, *terms: Any) -> list[Delivery]:
        rows = self._connection.execute(
            select(_delivery, _delivery_content.c.content)
            .join(_delivery_content, _delivery_content.c.delivery_id == _delivery.c.id)
            .where(*terms)
            .order_by(_delivery.c.id.desc())
        )
        return [delivery_of(row) for row in rows]

    def has_delivery(self, message_id: int, type_: str) -> bool:
        """Whether a delivery of this type tells about the message already."""
        found = self._connection.execute(
            select(_delivery.c.id)
            .join(_delivery_message, _delivery_message.c.delivery_id == _delivery.c.id)
            .where(_delivery_message.c.message_id == message_id, _delivery.c.type == type_)
            .limit(1)
        ).first()
        return found is not None

    def messages_answered_by(self, delivery_id: int) -> list[int]:
        """The messages a delivery answers."""
        table = _delivery_message.c
        rows = self._connection.execute(
            select(table.message_id)
            .where(table.delivery_id == delivery_id)
            .order_by(table.message_id)
        )
        return [int(row.message_id) for row in rows]

    def overdue_deliveries(self) -> list[tuple[int, str, int]]:
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
                    table.sent_at <= self.now - timedelta(hours=hours),
                )
            )
            late += [(row.id, row.partner, hours) for row in rows]
        return sorted(late)

    def add_acknowledgement(self, new: NewAcknowledgement) -> bool:
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
        self._insert_one(_acknowledgement, received_at=self.now, **fields)
        return True

    def acknowledgement_of(self, interchange_id: int) -> tuple[str, str, bytes] | None:
        """Type, name and bytes of the acknowledgement we wrote for an interchange."""
        table = _delivery.c
        row = self._connection.execute(
            select(table.type, table.name, _delivery_content.c.content)
            .join(_delivery_content, _delivery_content.c.delivery_id == table.id)
            .where(
                table.interchange_id == interchange_id,
                table.type.in_(["CONTRL", "ApplicationResponse"]),
            )
            .order_by(table.id)
        ).first()
        return (row.type, row.name, row.content) if row else None

    # --- partners --------------------------------------------------------------------------

    def add_package(self, new: NewPackage) -> int:
        """Record a new version of a package; return its id."""
        key = add_package(self._connection, new, now=self.now, who=self._who)
        since = new.effective_from.isoformat(timespec="seconds")
        self.event(f"{new.kind}.imported", f"{new.partner} version {new.version} from {since}")
        return key

    def packages(self) -> list[Package]:
        """Every version of every package."""
        return all_packages(self._connection)

    # --- events and mechanics ----------------------------------------------------------------

    def event(
        self,
        what: str,
        why: str | None = None,
        *,
        transmission_id: int | None = None,
        interchange_id: int | None = None,
        message_id: int | None = None,
        delivery_id: int | None = None,
    ) -> None:
        """Record who did what, when and why."""
        self._add(
            _event,
            at=self.now,
            who=self._who,
            what=what,
            why=why,
            transmission_id=transmission_id,
            interchange_id=interchange_id,
            message_id=message_id,
            delivery_id=delivery_id,
        )

    def flush(self) -> None:
        """Write what was collected; the store calls this before it commits."""
        if self._conclusions:
            self._write_conclusions()
        if self._deliveries:
            self._write_deliveries()
        self.orders.flush()
        if self._stock is not None:
            self._stock.flush()
        for table in (_key, _finding, _document, _delivery_content, _delivery_message, _event):
            if rows := self._rows.pop(table, None):
                self._connection.execute(insert(table), rows)
        self.sales.flush()
        if self._sequences:
            self._connection.execute(
                _NUMBERED,
                [{"key": name, "next": value} for name, value in self._sequences.items()],
            )
        self._sequences.clear()

    def _write_conclusions(self) -> None:
        names = (
            "state",
            "code",
            "reason",
            "number",
            "decision",
            "terms",
            "duplicate_of",
            "decided_at",
        )
        statement = _step(_message, names)
        rows = [
            {
                (name if name in {"key", "before"} else f"new_{name}"): value
                for name, value in conclusion.items()
            }
            for conclusion in self._conclusions
        ]
        result = self._connection.execute(statement, rows)
        if result.rowcount != len(rows):
            raise StepLost("a message was decided by somebody else meanwhile")
        self._conclusions.clear()

    def _write_deliveries(self) -> None:
        rows = [self._delivery_row(new) for new in self._deliveries]
        result = self._connection.execute(
            insert(_delivery).returning(_delivery.c.id, sort_by_parameter_order=True), rows
        )
        for new, row in zip(self._deliveries, result, strict=True):
            self._add(_delivery_content, delivery_id=row.id, content=new.content)
            for message_id in dict.fromkeys(new.message_ids):
                self._add(_delivery_message, delivery_id=row.id, message_id=message_id)
        self._deliveries.clear()

    def _delivery_row(self, new: NewDelivery) -> dict[str, Any]:
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
            "next_attempt_at": self.now,
            "interchange_id": new.interchange_id,
            "resend_of": new.resend_of,
            "acknowledgement_hours": new.acknowledgement_hours,
            "created_at": self.now,
        }

    def _add(self, table: Any, **row: Any) -> None:
        self._rows.setdefault(table, []).append(row)

    def _insert_one(self, table: Any, **row: Any) -> int:
        result = self._connection.execute(insert(table).returning(table.c.id), row)
        return int(result.scalar_one())

    def _move(self, table: Any, key: int, before: str, **values: Any) -> None:
        changes = {f"new_{name}": value for name, value in values.items()}
        result = self._connection.execute(
            _step(table, tuple(values)), {"key": key, "before": before, **changes}
        )
        if result.rowcount != 1:
            raise StepLost(f"{table.name} {key} is no longer {before}")


def _whole(reference: str | None) -> int | None:
    """A control reference as a number, where it is one."""
    if reference is None or not (reference.isascii() and reference.isdigit()):
        return None
    return int(reference)


def delivery_of(row: Any) -> Delivery:
    """A row as a record."""
    return Delivery(**{name: getattr(row, name) for name in Delivery.__slots__})


def interchange_of(row: Any) -> Interchange:
    """A row as a record."""
    return Interchange(**{name: getattr(row, name) for name in Interchange.__slots__})


def message_of(row: Any) -> Message:
    """A row as a record."""
    return Message(**{name: getattr(row, name) for name in Message.__slots__})


def document_of(row: Any) -> StoredDocument:
    """A row as a record."""
    return StoredDocument(**{name: getattr(row, name) for name in StoredDocument.__slots__})
