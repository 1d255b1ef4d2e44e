"""The canonical documents: those read from messages, and those made in answer to them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, insert, select

from edi_gateway.store import tables
from edi_gateway.store.ledger.order_book import StandingOrder
from edi_gateway.store.records import StoredDocument, record_of

_document = tables.Document.__table__


class Documents:
    """The documents of messages, within one transaction of the ledger."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._new: list[dict[str, Any]] = []

    def add(self, document: StoredDocument) -> None:
        """Record a canonical document; it is written with the rest of the transaction."""
        self._new.append({name: getattr(document, name) for name in document.__slots__})

    def of_message(self, message_id: int, kind: str) -> StoredDocument | None:
        """The message's first document of this kind, if it has one."""
        row = self._connection.execute(
            select(_document)
            .where(_document.c.message_id == message_id, _document.c.kind == kind)
            .order_by(_document.c.id)
        ).first()
        return record_of(StoredDocument, row) if row else None

    def of_order(self, order: StandingOrder, kind: str) -> list[StoredDocument]:
        """The documents of this kind that belong to one order, oldest first."""
        found = self.of_order_number(kind, order.partner, order.number)
        # Those from before orders had keys belong to whatever order of the number there was.
        return [document for document in found if document.order_key in (None, order.key)]

    def of_order_number(self, kind: str, partner: str, number: str) -> list[StoredDocument]:
        """The documents of this kind that belong to orders of this number, oldest first."""
        table = _document.c
        rows = self._connection.execute(
            select(_document)
            .where(table.kind == kind, table.partner == partner, table.order_number == number)
            .order_by(table.id)
        )
        return [record_of(StoredDocument, row) for row in rows]

    def forget(self, message_id: int) -> None:
        """Forget a message's documents, before it is decided again."""
        self._connection.execute(delete(_document).where(_document.c.message_id == message_id))

    def invoice_exists(self, number: str) -> bool:
        """Whether an invoice carries this number already."""
        found = self._connection.execute(
            select(_document.c.id).where(
                _document.c.kind == "invoice", _document.c.number == number
            )
        ).first()
        return found is not None

    def flush(self) -> None:
        """Write what was collected."""
        if self._new:
            self._connection.execute(insert(_document), self._new)
            self._new.clear()
