"""What goes out: the outbox, and what partners said about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, text
from sqlmodel import Field

from edi_gateway.store.tables.row import Row


class Delivery(Row, table=True):
    """One file going out. Its name and bytes never change."""

    id: int | None = Field(default=None, primary_key=True)
    partner: str
    connector: str
    #: CONTRL, ORDRSP, INVOIC, OrderResponse, order (to the ERP) ...
    type: str
    name: str
    size: int
    sha256: str
    #: Our control reference (0020), if the file is an interchange.
    reference: str | None = None
    test: bool = False
    state: str = Field(index=True)
    attempts: int = 0
    next_attempt_at: datetime
    code: str | None = None
    reason: str | None = None
    #: The interchange this answers.
    interchange_id: int | None = Field(default=None, foreign_key="interchange.id", index=True)
    resend_of: int | None = None
    #: Within how many hours of sending the partner must acknowledge it; None: not watched.
    acknowledgement_hours: int | None = None
    created_at: datetime
    sent_at: datetime | None = None

    __table_args__ = (
        Index(
            "ix_delivery_reference",
            "partner",
            "reference",
            sqlite_where=text("reference IS NOT NULL"),
            postgresql_where=text("reference IS NOT NULL"),
        ),
        Index(
            "ix_delivery_awaited",
            "sent_at",
            sqlite_where=text("state = 'sent' AND acknowledgement_hours IS NOT NULL"),
            postgresql_where=text("state = 'sent' AND acknowledgement_hours IS NOT NULL"),
        ),
    )


class DeliveryContent(Row, table=True):
    """The bytes of a delivery; apart, so that a new state does not write them again."""

    __tablename__ = "delivery_content"

    delivery_id: int = Field(foreign_key="delivery.id", primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)


class DeliveryMessage(Row, table=True):
    """Which messages a delivery answers."""

    __tablename__ = "delivery_message"

    delivery_id: int = Field(foreign_key="delivery.id", primary_key=True)
    message_id: int = Field(foreign_key="message.id", primary_key=True, index=True)


class DeliveryDocument(Row, table=True):
    """A document a delivery carries that answers no message, such as a catalogue."""

    __tablename__ = "delivery_document"

    delivery_id: int = Field(foreign_key="delivery.id", primary_key=True)
    kind: str = Field(primary_key=True)
    number: str = Field(primary_key=True)

    __table_args__ = (Index("ix_delivery_document_number", "number", "kind"),)


class Acknowledgement(Row, table=True):
    """What a partner said about a delivery, in one of its messages."""

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id", index=True)
    message_id: int = Field(foreign_key="message.id", index=True)
    #: CONTRL or APERAK.
    type: str
    #: The code that says so, such as `UCI 7`.
    said: str
    accepted: bool
    #: JSON list: each complaint with its place and the segment of ours it is about.
    complaints: str = "[]"
    received_at: datetime
