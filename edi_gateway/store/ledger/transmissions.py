"""Files taken in: kept before they are settled, so that none is lost and none is kept twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from edi_gateway.store import tables
from edi_gateway.store.ledger.events import Events
from edi_gateway.store.ledger.steps import move
from edi_gateway.store.states import TransmissionState

_transmission = tables.Transmission.__table__

# Statements are built once: building one costs more than running it.
_ADD = insert(_transmission).returning(_transmission.c.id)
_SETTLE = update(_transmission).where(_transmission.c.id == bindparam("key")).values(settled=True)
_UNSETTLED = select(_transmission.c.id).where(
    _transmission.c.connector == bindparam("connector"),
    _transmission.c.sha256 == bindparam("sha256"),
    _transmission.c.raw_name == bindparam("raw_name"),
    _transmission.c.modified == bindparam("modified"),
    _transmission.c.settled.is_(False),
)


class Transmissions:
    """The files taken in, within one transaction of the ledger."""

    def __init__(self, connection: Connection, now: datetime, events: Events) -> None:
        self._connection = connection
        self._now = now
        self._events = events

    def add(
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
        row = {
            "connector": connector,
            "partner": partner,
            "name": name,
            "raw_name": raw_name,
            "size": size,
            "modified": modified,
            "sha256": sha256,
            "state": TransmissionState.RECEIVED,
            "settled": False,
            "received_at": self._now,
        }
        transmission_id = int(self._connection.execute(_ADD, row).scalar_one())
        self._events.add("transmission.received", transmission_id=transmission_id)
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

    def settle(self, transmission_id: int) -> None:
        """Note that the file is gone from the partner's side."""
        self._connection.execute(_SETTLE, {"key": transmission_id})
        self._events.add("transmission.settled", transmission_id=transmission_id)

    def move(
        self,
        transmission_id: int,
        before: TransmissionState,
        after: TransmissionState,
        *,
        code: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Take a transmission one legal step; `StepLost` if it is no longer in `before`."""
        move(
            self._connection,
            _transmission,
            transmission_id,
            before,
            after,
            code=code,
            reason=reason,
        )
        self._events.add(f"transmission.{after}", reason, transmission_id=transmission_id)
