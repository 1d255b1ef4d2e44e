"""Whose approval a held order waits for, who gave it, and what an operator looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from edi_gateway.store import tables
from edi_gateway.store.portions import portions

_approval = tables.Approval.__table__
_seen = tables.SeenFinding.__table__

#: What was seen (a finding's code and, of a choice, which one), and its line; none: the whole order.
Seen = tuple[str, str | None]

_GIVEN = select(_approval.c.message_id, _approval.c.role, _approval.c.decision).where(
    _approval.c.message_id.in_(bindparam("messages", expanding=True)),
    _approval.c.approved_at.is_not(None),
)
_LOOKED_AT = select(_seen).where(_seen.c.message_id.in_(bindparam("messages", expanding=True)))


class Approvals:
    """The approvals of one transaction of the ledger."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def ask(self, message_id: int, wanted: Iterable[tuple[str, str, str]]) -> None:
        """Record which approvals a message waits for now: role, decision, and why."""
        rows = [
            {
                "message_id": message_id,
                "role": role,
                "decision": decision,
                "reason": reason,
                "asked_at": self._now,
            }
            for role, decision, reason in wanted
        ]
        self.withdraw(message_id)
        if rows:
            self._connection.execute(insert(_approval), rows)

    def withdraw(self, message_id: int) -> None:
        """A message waits for no approval any longer; what was given stays."""
        self._connection.execute(
            delete(_approval).where(
                _approval.c.message_id == message_id, _approval.c.approved_at.is_(None)
            )
        )

    def wanted(self, message_id: int) -> list[str]:
        """The roles whose approval a message waits for."""
        rows = self._connection.execute(
            select(_approval.c.role)
            .where(_approval.c.message_id == message_id, _approval.c.approved_at.is_(None))
            .order_by(_approval.c.id)
        )
        return list(rows.scalars())

    def give(self, message_id: int, roles: Sequence[str], *, who: str, why: str) -> None:
        """Record that a member of these roles approved what they were asked."""
        self._connection.execute(
            update(_approval)
            .where(
                _approval.c.message_id == message_id,
                _approval.c.role.in_(roles),
                _approval.c.approved_at.is_(None),
            )
            .values(approved_at=self._now, who=who, why=why)
        )

    def given(self, message_ids: Iterable[int]) -> dict[int, set[tuple[str, str]]]:
        """The approvals of each message: role, and the decision it is for."""
        found: dict[int, set[tuple[str, str]]] = {}
        for some in portions(sorted(set(message_ids))):
            for row in self._connection.execute(_GIVEN, {"messages": some}):
                found.setdefault(row.message_id, set()).add((row.role, row.decision))
        return found

    def see(self, message_id: int, findings: Iterable[Seen]) -> None:
        """Record that an operator saw these findings of a message."""
        known = self.seen([message_id]).get(message_id, set())
        rows = [
            {"message_id": message_id, "code": code, "line": line or ""}
            for code, line in set(findings) - known
        ]
        if rows:
            self._connection.execute(insert(_seen), rows)

    def seen(self, message_ids: Iterable[int]) -> dict[int, set[Seen]]:
        """The findings of each message that an operator saw."""
        found: dict[int, set[Seen]] = {}
        for some in portions(sorted(set(message_ids))):
            for row in self._connection.execute(_LOOKED_AT, {"messages": some}):
                found.setdefault(row.message_id, set()).add((row.code, row.line or None))
        return found
