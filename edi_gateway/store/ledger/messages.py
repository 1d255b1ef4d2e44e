"""
Messages and what was decided about them: state and reason, and every finding.

Conclusions are collected and written in bulk when the transaction ends; one that somebody else
took meanwhile fails the whole transaction, and nothing of it is true.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from edi_gateway.store import tables
from edi_gateway.store.ledger.events import Events
from edi_gateway.store.ledger.steps import move, step
from edi_gateway.store.records import Message, record_of
from edi_gateway.store.states import MessageState, StepLost, check_step

_message = tables.Message.__table__
_finding = tables.Finding.__table__

_CONCLUDE = step(
    _message,
    (
        "state",
        "code",
        "reason",
        "number",
        "decision",
        "terms",
        "duplicate_of",
        "decided_at",
    ),
)


class Messages:
    """The messages of interchanges, within one transaction of the ledger."""

    def __init__(self, connection: Connection, now: datetime, events: Events) -> None:
        self._connection = connection
        self._now = now
        self._events = events
        self._conclusions: list[dict[str, Any]] = []
        self._findings: list[dict[str, Any]] = []

    # --- deciding ----------------------------------------------------------------------------

    def conclude(
        self,
        message_id: int,
        after: MessageState,
        *,
        before: MessageState = MessageState.RECEIVED,
        code: str | None = None,
        reason: str | None = None,
        number: str | None = None,
        decision: str | None = None,
        terms: str | None = None,
        duplicate_of: int | None = None,
    ) -> None:
        """
        Take a message one legal step, with what was decided and why in words.

        `terms` names contract and version of the package it was decided by.
        """
        check_step(before, after)
        self._conclusions.append(
            {
                "key": message_id,
                "before": before,
                "new_state": after,
                "new_code": code,
                "new_reason": reason,
                "new_number": number,
                "new_decision": decision,
                "new_terms": terms,
                "new_duplicate_of": duplicate_of,
                "new_decided_at": self._now,
            }
        )
        self._events.add(f"message.{after}", reason, message_id=message_id)

    def release(self, message_id: int, why: str | None) -> None:
        """Make a held message wait for its decision again."""
        move(
            self._connection,
            _message,
            message_id,
            MessageState.HELD,
            MessageState.RECEIVED,
            decided_at=None,
        )
        self._events.add("message.released", why, message_id=message_id)

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
        self._events.add(f"message.{code}", reason, message_id=message_id)

    def add_finding(
        self, message_id: int, *, line: str | None, code: str, effect: str, text: str
    ) -> None:
        """Record one departure from the contract."""
        self._findings.append(
            {"message_id": message_id, "line": line, "code": code, "effect": effect, "text": text}
        )

    def forget_findings(self, message_id: int) -> None:
        """Forget what was found, before the message is decided again."""
        self._connection.execute(delete(_finding).where(_finding.c.message_id == message_id))

    # --- asking ------------------------------------------------------------------------------

    def one(self, message_id: int) -> Message:
        """One message that is known to be there."""
        row = self._connection.execute(select(_message).where(_message.c.id == message_id)).one()
        return record_of(Message, row)

    def of_interchange(self, interchange_id: int, state: MessageState) -> list[Message]:
        """The interchange's messages in this state, in their order."""
        rows = self._connection.execute(
            select(_message)
            .where(_message.c.interchange_id == interchange_id, _message.c.state == state)
            .order_by(_message.c.position)
        )
        return [record_of(Message, row) for row in rows]

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
        return [record_of(Message, row) for row in rows]

    def findings(self, message_id: int) -> list[tuple[str, str | None, str]]:
        """Code, line and text of each finding of a message."""
        rows = self._connection.execute(
            select(_finding.c.code, _finding.c.line, _finding.c.text).where(
                _finding.c.message_id == message_id
            )
        )
        return [(row.code, row.line, row.text) for row in rows]

    # --- mechanics ---------------------------------------------------------------------------

    def flush(self) -> None:
        """Write what was collected."""
        if self._conclusions:
            result = self._connection.execute(_CONCLUDE, self._conclusions)
            if result.rowcount != len(self._conclusions):
                raise StepLost("a message was decided by somebody else meanwhile")
            self._conclusions.clear()
        if self._findings:
            self._connection.execute(insert(_finding), self._findings)
            self._findings.clear()
