"""What came in: files, their interchanges and messages, and what was read and found in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from edi_gateway.store.tables.row import Row

#: Which documents are ours, to be found by the number we gave them.
OURS = text("kind IN ('order-response', 'invoice', 'despatch-advice')")


class Transmission(Row, table=True):
    """One file taken in."""

    id: int | None = Field(default=None, primary_key=True)
    connector: str
    #: The partner whose place the file lay in; None if nobody's.
    partner: str | None = None
    #: The name for people; `raw_name` holds the bytes as the partner's side has them.
    name: str
    raw_name: bytes = Field(sa_type=LargeBinary)
    size: int
    modified: datetime
    sha256: str = Field(index=True)
    state: str = Field(index=True)
    code: str | None = None
    reason: str | None = None
    #: Whether the file was moved or deleted at the partner's side.
    settled: bool = Field(default=False)
    received_at: datetime

    __table_args__ = (
        Index(
            "ix_transmission_unsettled",
            "connector",
            "sha256",
            sqlite_where=text("NOT settled"),
            postgresql_where=text("NOT settled"),
        ),
    )


class Interchange(Row, table=True):
    """One interchange of a transmission, with the verdict on its envelope."""

    id: int | None = Field(default=None, primary_key=True)
    transmission_id: int = Field(foreign_key="transmission.id", index=True)
    position: int
    format: str
    sender: str
    sender_qualifier: str
    recipient: str
    recipient_qualifier: str
    reference: str
    syntax: str
    version: str
    test: bool
    partner: str | None = None
    state: str
    code: str | None = None
    reason: str | None = None
    content_hash: str
    #: JSON list of faults of the envelope.
    faults: str = "[]"
    duplicate_of: int | None = None
    opened_at: datetime

    __table_args__ = (
        UniqueConstraint("transmission_id", "position"),
        Index("ix_interchange_key", "sender", "reference"),
    )


class Message(Row, table=True):
    """One message of an interchange."""

    id: int | None = Field(default=None, primary_key=True)
    transmission_id: int = Field(foreign_key="transmission.id")
    interchange_id: int = Field(foreign_key="interchange.id", index=True)
    position: int
    reference: str
    type: str
    release: str
    #: Where its bytes lie in the transmission.
    offset: int
    length: int
    segments: int
    partner: str | None = None
    #: The document's own number, e.g. the order number.
    number: str | None = Field(default=None, index=True)
    test: bool = False
    state: str = Field(index=True)
    code: str | None = None
    reason: str | None = None
    #: JSON list of faults of syntax.
    faults: str = "[]"
    #: JSON list: per line the action, prices and the trace that explains them.
    decision: str | None = None
    #: Contract and version of the package it was decided by.
    terms: str | None = None
    duplicate_of: int | None = None
    decided_at: datetime | None = None


class Finding(Row, table=True):
    """One departure from the contract, on its line."""

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id", index=True)
    line: str | None = None
    code: str
    effect: str
    text: str


class Document(Row, table=True):
    """A canonical document: read from a message, or made in answer to it."""

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id", index=True)
    kind: str
    partner: str
    number: str
    #: The order it belongs to, for despatch advices and invoices.
    order_number: str | None = None
    #: Which of the customer's orders of that number, where its numbers begin anew each year.
    order_key: str | None = None
    content: bytes = Field(sa_type=LargeBinary)

    __table_args__ = (
        Index("ix_document_order", "kind", "partner", "order_number"),
        Index("ix_document_ours", "number", sqlite_where=OURS, postgresql_where=OURS),
        Index(
            "uq_invoice_number",
            "number",
            unique=True,
            sqlite_where=text("kind = 'invoice'"),
            postgresql_where=text("kind = 'invoice'"),
        ),
    )
