"""The durable record: nothing lost, nothing done twice. `Store` is the only door to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine, bindparam, func, or_, select

from edi_gateway.store import tables
from edi_gateway.store.archive import Archive, Archived, Incoming
from edi_gateway.store.database import database_errors, open_for_reading, open_for_writing
from edi_gateway.store.ledger import Ledger
from edi_gateway.store.ledger.order_book import StandingOrder
from edi_gateway.store.package_index import PackageIndex
from edi_gateway.store.packages import all_packages, applying, files_of, in_force
from edi_gateway.store.records import (
    Delivery,
    Interchange,
    Key,
    Message,
    NewAcknowledgement,
    NewDelivery,
    NewFile,
    NewInterchange,
    NewMessage,
    NewPackage,
    Package,
    PackageKind,
    PastOrder,
    Sale,
    SameContent,
    SoldArticle,
    StockItem,
    StoredDocument,
    Transmission,
    record_of,
)
from edi_gateway.store.staging import clear_staged, staging
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
    "NewFile",
    "NewInterchange",
    "NewMessage",
    "NewPackage",
    "Package",
    "PackageIndex",
    "PackageKind",
    "PastOrder",
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
    "applying",
    "in_force",
    "staging",
]

_transmission = tables.Transmission.__table__
_interchange = tables.Interchange.__table__
_message = tables.Message.__table__
_delivery = tables.Delivery.__table__
_delivery_content = tables.DeliveryContent.__table__
_document = tables.Document.__table__


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

    def __init__(self, engine: Engine, data: Path, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._archive = Archive(data / "archive")
        self.data = data
        self._now = now
        self._lock = threading.RLock()

    @classmethod
    def open(cls, data: Path, now: Callable[[], datetime]) -> Store:
        """Open the ledger in `data` for writing; it must be locked by the caller."""
        data.mkdir(parents=True, exist_ok=True)
        store = cls(open_for_writing(data / "ledger.sqlite"), data, now)
        store._archive.clear_incoming()
        clear_staged(data)
        store._clear_indexes()
        return store

    @classmethod
    def open_readonly(cls, data: Path, now: Callable[[], datetime]) -> Store:
        """Open the ledger beside a running service, to look only."""
        engine = open_for_reading(data / "ledger.sqlite")
        return cls(engine, data, now)

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
        return [record_of(Transmission, row) for row in rows]

    def transmission(self, transmission_id: int) -> Transmission | None:
        """One transmission."""
        row = self._first(select(_transmission).where(_transmission.c.id == transmission_id))
        return record_of(Transmission, row) if row else None

    def interchanges(self, transmission_id: int) -> list[Interchange]:
        """The interchanges of a transmission that are rows already."""
        rows = self._rows(_INTERCHANGES, {"key": transmission_id})
        return [record_of(Interchange, row) for row in rows]

    def interchange(self, interchange_id: int) -> Interchange | None:
        """One interchange."""
        row = self._first(select(_interchange).where(_interchange.c.id == interchange_id))
        return record_of(Interchange, row) if row else None

    def waiting_messages(self, interchange_id: int) -> list[Message]:
        """The messages of an interchange that wait for their decision, in their order."""
        rows = self._rows(_WAITING, {"key": interchange_id})
        return [record_of(Message, row) for row in rows]

    def message(self, message_id: int) -> Message | None:
        """One message."""
        row = self._first(select(_message).where(_message.c.id == message_id))
        return record_of(Message, row) if row else None

    def document(self, message_id: int, kind: str) -> StoredDocument | None:
        """The document of this kind that belongs to a message."""
        row = self._first(
            select(_document).where(_document.c.message_id == message_id, _document.c.kind == kind)
        )
        return record_of(StoredDocument, row) if row else None

    # --- orders of the past --------------------------------------------------------------------

    def past_orders(
        self, partner: str, since: datetime, *, after: PastOrder | None, limit: int
    ) -> list[PastOrder]:
        """Orders a partner sent that were decided since a moment, in that order, after one of them."""
        at, key = _message.c.decided_at, _document.c.id
        later: tuple[Any, ...] = ()
        if after is not None:
            same = (at == after.decided_at) & (key > after.id)
            later = (or_(at > after.decided_at, same),)
        rows = self._rows(
            select(
                _document.c.id, _document.c.message_id, _document.c.content, _message.c.decided_at
            )
            .join(_message, _message.c.id == _document.c.message_id)
            .where(*_decided_orders(partner, since), *later)
            .order_by(at, key)
            .limit(limit)
        )
        return [record_of(PastOrder, row) for row in rows]

    def count_orders(self, partner: str, since: datetime) -> int:
        """How many orders `past_orders` has in all."""
        statement = (
            select(func.count())
            .select_from(_document)
            .join(_message, _message.c.id == _document.c.message_id)
            .where(*_decided_orders(partner, since))
        )
        return int(self._rows(statement)[0][0])

    # --- hop 8 -------------------------------------------------------------------------------

    def due_deliveries(self, connector: str, limit: int) -> list[Delivery]:
        """Files to be sent now through this connector, oldest first."""
        values = {"connector": connector, "now": self._now(), "most": limit}
        rows = self._rows(_DUE, values)
        return [record_of(Delivery, row) for row in rows]

    def delivery(self, delivery_id: int) -> Delivery | None:
        """One delivery."""
        row = self._first(_DELIVERY.where(_delivery.c.id == delivery_id))
        return record_of(Delivery, row) if row else None

    # --- packages ----------------------------------------------------------------------------

    def packages(self, kind: PackageKind = PackageKind.PARTNER) -> list[Package]:
        """The version of every package that is in force now, by the id of its partner or list."""
        versions: dict[str, list[Package]] = {}
        for package in self.package_versions(kind):
            versions.setdefault(package.partner, []).append(package)
        now = self._now()
        found = [applying(each, now) for each in versions.values()]
        return [package for package in found if package is not None]

    def package_versions(self, kind: PackageKind | None = None) -> list[Package]:
        """Every version of every package, by the id of its partner or list, oldest first."""
        with self._lock, database_errors(), self._engine.connect() as connection:
            return all_packages(connection, kind)

    def package_files(self, package: Package) -> dict[str, bytes | Path]:
        """The files of a package as they were imported: their bytes, or where they lie."""
        with self._lock, database_errors(), self._engine.connect() as connection:
            files = files_of(connection, package.id)
        return {
            name: self._archive.path(sha256) if content is None else content
            for name, sha256, content in files
        }

    def open_index(self, sha256: str) -> PackageIndex | None:
        """The index of tables with this hash; None where it is missing, or of an older form."""
        file = self._index_file(sha256)
        if not file.exists():
            return None
        index = PackageIndex.open(file)
        if index.is_current():
            return index
        index.close()
        return None

    def adopt(self, incoming: Sequence[Incoming], index: Path, sha256: str) -> None:
        """Make the files of a package, and the index of its tables, durable and ours."""
        final = self._index_file(sha256)
        final.parent.mkdir(mode=0o700, exist_ok=True)
        index.rename(final)
        self._archive.place(incoming)

    def place_index(self, index: Path, sha256: str) -> None:
        """Put the index of tables that are ours already in its place; it can be made again."""
        final = self._index_file(sha256)
        final.parent.mkdir(mode=0o700, exist_ok=True)
        index.rename(final)

    def _index_file(self, sha256: str) -> Path:
        return self.data / "packages" / f"{sha256}.sqlite"

    def _clear_indexes(self) -> None:
        """Remove indexes of packages that never came into the ledger."""
        known = {package.index_sha256 for package in self.package_versions()}
        for file in (self.data / "packages").glob("*.sqlite"):
            if file.stem not in known:
                file.unlink()

    # --- mechanics ---------------------------------------------------------------------------

    def _rows(self, statement: Any, values: dict[str, Any] | None = None) -> list[Any]:
        with self._lock, database_errors(), self._engine.connect() as connection:
            return list(connection.execute(statement, values or {}))

    def _first(self, statement: Any) -> Any:
        rows = self._rows(statement.limit(1))
        return rows[0] if rows else None


def _decided_orders(partner: str, since: datetime) -> tuple[Any, ...]:
    """Neither tests, nor repetitions or cancellations: nothing was decided by those."""
    return (
        _document.c.kind == "order",
        _document.c.partner == partner,
        _message.c.state.in_([MessageState.ANSWERED, MessageState.HELD]),
        _message.c.test.is_(False),
        _message.c.decided_at >= since,
        _message.c.decision.is_not(None),
    )
