"""
Interchanges as they were admitted: each with its messages, and known again by its reference.

A reference tells an interchange from all others of its sender, so the same one again is a
repetition, and one that skips numbers tells of an interchange that never came.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update

from edi_gateway.store import tables
from edi_gateway.store.ledger.events import Events
from edi_gateway.store.ledger.steps import move
from edi_gateway.store.records import Interchange, NewInterchange, NewMessage, record_of
from edi_gateway.store.states import InterchangeState, MessageState

_interchange = tables.Interchange.__table__
_message = tables.Message.__table__

#: What two interchanges have in common that are the same one, sent twice.
_IDENTITY = (
    "sender",
    "sender_qualifier",
    "recipient",
    "recipient_qualifier",
    "reference",
    "test",
    "format",
)
#: Above every id.
_NEWEST = 2**31 - 1
_ADD = insert(_interchange).returning(_interchange.c.id)
_ADD_MESSAGES = insert(_message).returning(_message.c.id, sort_by_parameter_order=True)
_EARLIER = (
    select(_interchange)
    .where(
        *(_interchange.c[name] == bindparam(name) for name in _IDENTITY),
        or_(
            _interchange.c.state == InterchangeState.OPENED,
            and_(
                _interchange.c.state == InterchangeState.HELD,
                _interchange.c.id < bindparam("before"),
            ),
        ),
        _interchange.c.opened_at >= bindparam("since"),
    )
    .order_by(_interchange.c.id)
    .limit(1)
)


class Interchanges:
    """The interchanges of transmissions, within one transaction of the ledger."""

    def __init__(self, connection: Connection, now: datetime, events: Events) -> None:
        self._connection = connection
        self._now = now
        self._events = events

    def add(self, new: NewInterchange, messages: Sequence[NewMessage]) -> list[int]:
        """Record an interchange and its messages; return its id and then theirs."""
        row = {name: getattr(new, name) for name in new.__slots__} | {"opened_at": self._now}
        interchange_id = int(self._connection.execute(_ADD, row).scalar_one())
        self._events.add(
            f"interchange.{new.state}",
            new.reason,
            transmission_id=new.transmission_id,
            interchange_id=interchange_id,
        )
        return [interchange_id, *self._add_messages(new, interchange_id, messages)]

    def _add_messages(
        self, new: NewInterchange, interchange_id: int, messages: Sequence[NewMessage]
    ) -> list[int]:
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
            return []
        ids = [row.id for row in self._connection.execute(_ADD_MESSAGES, rows)]
        for message, message_id in zip(messages, ids, strict=True):
            if message.state != MessageState.RECEIVED:
                self._events.add(f"message.{message.state}", message.reason, message_id=message_id)
        return ids

    def move(
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
        move(
            self._connection,
            _interchange,
            interchange_id,
            before,
            after,
            code=code,
            reason=reason,
            partner=partner,
        )
        self._connection.execute(
            update(_message)
            .where(_message.c.interchange_id == interchange_id)
            .values(partner=partner)
        )
        self._events.add(f"interchange.{after}", reason, interchange_id=interchange_id)

    def earlier(
        self, new: NewInterchange, since: datetime, before: int | None = None
    ) -> tuple[Interchange, str] | None:
        """
        The first interchange with the same sender, recipient, reference and test indicator.

        Rejected ones do not count: their reference was never used. One that is held and judged
        again has the id `before`: neither itself nor a held one that came later is earlier than it.
        Returns the interchange with its content hash.
        """
        terms = {name: getattr(new, name) for name in _IDENTITY}
        terms |= {"since": since, "before": _NEWEST if before is None else before}
        row = self._connection.execute(_EARLIER, terms).first()
        return (record_of(Interchange, row), row.content_hash) if row else None

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


def _whole(reference: str | None) -> int | None:
    """A control reference as a number, where it is one."""
    if reference is None or not (reference.isascii() and reference.isdigit()):
        return None
    return int(reference)
