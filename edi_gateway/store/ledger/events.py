"""Who did what, when and why: the ledger's own history, written with what it tells of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from edi_gateway.store import tables

_event = tables.Event.__table__


class Events:
    """The events of one transaction, all of one moment and by one hand."""

    def __init__(self, connection: Connection, now: datetime, who: str) -> None:
        self._connection = connection
        self._now = now
        self._who = who
        self._new: list[dict[str, Any]] = []

    def add(
        self,
        what: str,
        why: str | None = None,
        *,
        transmission_id: int | None = None,
        interchange_id: int | None = None,
        message_id: int | None = None,
        delivery_id: int | None = None,
    ) -> None:
        """Record what was done, to which item, and why."""
        self._new.append(
            {
                "at": self._now,
                "who": self._who,
                "what": what,
                "why": why,
                "transmission_id": transmission_id,
                "interchange_id": interchange_id,
                "message_id": message_id,
                "delivery_id": delivery_id,
            }
        )

    def flush(self) -> None:
        """Write what was collected."""
        if self._new:
            self._connection.execute(insert(_event), self._new)
            self._new.clear()
