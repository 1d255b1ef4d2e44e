"""The durable record: nothing lost, nothing done twice. `Store` is the only door to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine, bindparam, func, select

from edi_gateway.store import tables
from edi_gateway.store.archive import Archive, Archived, Incoming
from edi_gateway.store.database import database_errors, open_for_reading, open_for_writing
from edi_gateway.store.ledger import (
    Ledger,
    delivery_of,
    document_of,
    interchange_of,
    message_of,
)
from edi_gateway.store.order_book import StandingOrder
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
    Package,
    Sale,
    SameContent,
    SoldArticle,
    StockItem,
    StoredDocument,
    Transmission,
)
from edi_gateway.store.states import (
    DeliveryState,
    IllegalStep,
    InterchangeState,
    MessageState,
    StepLost,
    TransmissionState,
)

__all__ = [
    "Archived",
    "Conclusion",
    "Delivery",
    "DeliveryState",
    "IllegalStep",
    "Incoming",
    "Interchange",
    "InterchangeState",
    "Key",
    "Ledger",
    "Message",
    "MessageState",
    "NewAcknowledgement",
    "NewDelivery",
    "NewInterchange",
    "NewMessage",
    "Package",
    "Sale",
    "SameContent",
    "SoldArticle",
    "StandingOrder",
    "StepLost",
    "StockItem",
    "Store",
    "StoredDocument",
    "Transmission",
    "TransmissionState",
]

_transmission: Any = tables.Transmission.__table__  # type: ignore[attr-defined]
_interchange: Any = tables.Interchange.__table__  # type: ignore[attr-defined]
_message: Any = tables.Message.__table__  # type: ignore[attr-defined]
_delivery: Any = tables.Delivery.__table__  # type: ignore[attr-defined]
_delivery_content: Any = tables.DeliveryContent.__table__  # type: ignore[attr-defined]
_package: Any = tables.PartnerPackage.__table__  # type: ignore[attr-defined]
_document: Any = tables.Document.__table__  # type: ignore[attr-defined]


_INTERCHANGES = (
    select(_interchange)
    .where(_interchange.c.transmission_id == bindparam("key"))
    .order_by(_interchange.c.position)
)
_DELIVERY = select(_delivery, _delivery_content.c.content).join(
    _delivery_content, _delivery_content.c.delivery_id == _delivery.c.id
)
_DUE = (
    _DELIVERY.where(
        _delivery.c.state == DeliveryState.PENDING,
        _delivery.c.connector == bindparam("connector"),
        _delivery.c.next_attempt_at <= bindparam("now"),
    )
    .order_by(_delivery.c.id)
    .limit(bindparam("most"))
)
_WAITING = (
    select(_message)
    .where(
        _message.c.interchange_id == bindparam("key"),
        _message.c.state == MessageState.RECEIVED,
    )
    .order_by(_message.c.position)
)


class Store:
    """
    The ledger and the archive of one data directory.

    All work on the database is serialised by one lock, because there is one writing connection.
    """

    def __init__(self, engine: Engine, archive: Archive, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._archive = archive
        self._now = now
        self._lock = threading.RLock()

    @classmethod
    def open(cls, data: Path, now: Callable[[], datetime]) -> Store:
        """Open the ledger in `data` for writing; it must be locked by the caller."""
        data.mkdir(parents=True, exist_ok=True)
        archive = Archive(data / "archive")
        archive.clear_incoming()
        return cls(open_for_writing(data / "ledger.sqlite"), archive, now)

    @classmethod
    def open_readonly(cls, data: Path, now: Callable[[], datetime]) -> Store:
        """Open the ledger beside a running service, to look only."""
        engine = open_for_reading(data / "ledger.sqlite")
        return cls(engine, Archive(data / "archive"), now)

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    @property
    def engine(self) -> Engine:
        """For `store.queries`, which only reads."""
        return self._engine

    @contextmanager
    def transaction(self, who: str = "gateway") -> Iterator[Ledger]:
        """Write to the ledger: everything in the block becomes true together, or nothing does."""
        with self._lock, database_errors(), self._engine.begin() as connection:
            ledger = Ledger(connection, self._now(), who)
            yield ledger
            ledger.flush()

    # --- hop 3 -------------------------------------------------------------------------------

    def receive(self, stream: BinaryIO) -> Incoming:
        """Write bytes to the archive's threshold; `archive` makes them durable."""
        return self._archive.receive(stream)

    def archive(self, incoming: Sequence[Incoming]) -> None:
        """Make received bytes durable; only then may rows refer to them."""
        self._archive.place(incoming)

    def content(self, transmission: Transmission) -> BinaryIO:
        """Open the bytes of a transmission."""
        return self._archive.open(transmission.sha256)

    # --- hop 4 to 7 --------------------------------------------------------------------------

    def unprocessed(self) -> list[Transmission]:
        """
        Transmissions that still have something to do, in the order of their time, then name.

        Those never opened, and those with a message that waits for its decision.
        """
        waiting = select(_message.c.transmission_id).where(
            _message.c.state == MessageState.RECEIVED
        )
        rows = self._rows(
            select(_transmission)
            .where(
                (_transmission.c.state == TransmissionState.RECEIVED)
                | _transmission.c.id.in_(waiting)
            )
            .order_by(_transmission.c.modified, _transmission.c.name, _transmission.c.id)
        )
        return [_record(Transmission, row) for row in rows]

    def transmission(self, transmission_id: int) -> Transmission | None:
        """One transmission."""
        row = self._first(select(_transmission).where(_transmission.c.id == transmission_id))
        return _record(Transmission, row) if row else None

    def interchanges(self, transmission_id: int) -> list[Interchange]:
        """The interchanges of a transmission that are rows already."""
        rows = self._rows(_INTERCHANGES, {"key": transmission_id})
        return [interchange_of(row) for row in rows]

    def interchange(self, interchange_id: int) -> Interchange | None:
        """One interchange."""
        row = self._first(select(_interchange).where(_interchange.c.id == interchange_id))
        return interchange_of(row) if row else None

    def waiting_messages(self, interchange_id: int) -> list[Message]:
        """The messages of an interchange that wait for their decision, in their order."""
        rows = self._rows(_WAITING, {"key": interchange_id})
        return [message_of(row) for row in rows]

    def message(self, message_id: int) -> Message | None:
        """One message."""
        row = self._first(select(_message).where(_message.c.id == message_id))
        return message_of(row) if row else None

    def document(self, message_id: int, kind: str) -> StoredDocument | None:
        """The document of this kind that belongs to a message."""
        row = self._first(
            select(_document).where(_document.c.message_id == message_id, _document.c.kind == kind)
        )
        return document_of(row) if row else None

    # --- hop 8 -------------------------------------------------------------------------------

    def due_deliveries(self, connector: str, limit: int) -> list[Delivery]:
        """Files to be sent now through this connector, oldest first."""
        values = {"connector": connector, "now": self._now(), "most": limit}
        rows = self._rows(_DUE, values)
        return [delivery_of(row) for row in rows]

    def delivery(self, delivery_id: int) -> Delivery | None:
        """One delivery."""
        row = self._first(_DELIVERY.where(_delivery.c.id == delivery_id))
        return delivery_of(row) if row else None

    # --- partners ----------------------------------------------------------------------------

    def packages(self) -> list[Package]:
        """The newest version of every partner's package, by partner id."""
        newest = (
            select(_package.c.partner, func.max(_package.c.version).label("version"))
            .group_by(_package.c.partner)
            .subquery()
        )
        rows = self._rows(
            select(_package)
            .join(
                newest,
                (newest.c.partner == _package.c.partner) & (newest.c.version == _package.c.version),
            )
            .order_by(_package.c.partner)
        )
        return [
            Package(
                partner=row.partner,
                version=row.version,
                sha256=row.sha256,
                files={
                    "partner.toml": row.partner_toml,
                    "articles.csv": row.articles_csv,
                    "prices.csv": row.prices_csv,
                },
                imported_at=row.imported_at,
                imported_by=row.imported_by,
            )
            for row in rows
        ]

    # --- mechanics ---------------------------------------------------------------------------

    def _rows(self, statement: Any, values: dict[str, Any] | None = None) -> list[Any]:
        with self._lock, database_errors(), self._engine.connect() as connection:
            return list(connection.execute(statement, values or {}))

    def _first(self, statement: Any) -> Any:
        rows = self._rows(statement.limit(1))
        return rows[0] if rows else None


def _record(kind: Any, row: Any) -> Any:
    return kind(**{name: getattr(row, name) for name in kind.__slots__})
