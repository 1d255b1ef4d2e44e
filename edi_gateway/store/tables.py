"""
The ledger's tables. Nobody outside `store` imports them.

Bytes of files taken in live in the archive; bytes of files going out live here, because they must
be written in the same transaction as the decision they follow from.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

#: Which documents are ours, to be found by the number we gave them.
OURS = text("kind IN ('order-response', 'invoice', 'despatch-advice')")


class Transmission(SQLModel, table=True):
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


class Interchange(SQLModel, table=True):
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


class Message(SQLModel, table=True):
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
    duplicate_of: int | None = None
    decided_at: datetime | None = None


class Finding(SQLModel, table=True):
    """One departure from the contract, on its line."""

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id", index=True)
    line: str | None = None
    code: str
    effect: str
    text: str


class Document(SQLModel, table=True):
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


class Delivery(SQLModel, table=True):
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


class DeliveryContent(SQLModel, table=True):
    """The bytes of a delivery; apart, so that a new state does not write them again."""

    __tablename__ = "delivery_content"

    delivery_id: int = Field(foreign_key="delivery.id", primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)


class DeliveryMessage(SQLModel, table=True):
    """Which messages a delivery answers."""

    __tablename__ = "delivery_message"

    delivery_id: int = Field(foreign_key="delivery.id", primary_key=True)
    message_id: int = Field(foreign_key="message.id", primary_key=True, index=True)


class Acknowledgement(SQLModel, table=True):
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


class BusinessKey(SQLModel, table=True):
    """A document number in use by a partner: one decision for each, ever."""

    __tablename__ = "business_key"

    partner: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    fingerprint: str
    message_id: int


class CustomerOrder(SQLModel, table=True):
    """One order of a customer after its first answer: where it stands."""

    __tablename__ = "customer_order"

    partner: str = Field(primary_key=True)
    #: What tells it from all others of the partner: its number, with the year where that wraps.
    key: str = Field(primary_key=True)
    number: str
    state: str
    #: Of the newest order handed over to the ERP; 0: none was.
    revision: int
    #: How many steps were taken. Each step names the count it saw, so that it is taken once.
    steps: int
    #: The message whose decision stands.
    message_id: int
    #: Our newest order response.
    response: str | None = None
    #: The newest change of the customer that was applied.
    changed_on: date | None = None
    change: str | None = None
    #: The newest report of the ERP on it.
    report: int = 0
    #: Whether the ERP said that it is too late for changes.
    fixed: bool = False
    #: When the customer's silence counts.
    silent_at: datetime | None = None

    __table_args__ = (
        Index("ix_customer_order_number", "partner", "number"),
        Index(
            "ix_customer_order_silent",
            "silent_at",
            sqlite_where=text("silent_at IS NOT NULL"),
            postgresql_where=text("silent_at IS NOT NULL"),
        ),
    )


class Sequence(SQLModel, table=True):
    """A gapless counter; its next value is taken inside the transaction that uses it."""

    name: str = Field(primary_key=True)
    value: int


class Stock(SQLModel, table=True):
    """The ERP's last figure of an article, and what was taken of it since. Quantities are texts."""

    #: Our own code; empty: when the ERP last named every article that has a figure.
    article: str = Field(primary_key=True)
    at: datetime
    #: None: the ERP says nothing of it any more.
    available: str | None = None
    next_date: date | None = None
    next_quantity: str | None = None
    #: The sums of the reservations.
    taken: str = "0"
    taken_next: str = "0"


class StockReservation(SQLModel, table=True):
    """
    What an order takes of an article; of one that was changed, what the change takes besides.

    Nothing is taken away from it, so that what an order takes in all is known when it is changed.
    """

    __tablename__ = "stock_reservation"

    id: int | None = Field(default=None, primary_key=True)
    article: str
    #: The message of the order as it came first, and the one whose hand-over tells the ERP.
    order_id: int = Field(foreign_key="message.id", index=True)
    message_id: int = Field(foreign_key="message.id")
    taken: str
    taken_next: str
    #: Whether the article's figure counts it in already.
    counted: bool = False

    __table_args__ = (
        Index(
            "ix_stock_reservation_open",
            "article",
            sqlite_where=text("NOT counted"),
            postgresql_where=text("NOT counted"),
        ),
    )


class PartnerPackage(SQLModel, table=True):
    """One version of a partner's package, as imported. The highest applied version is in force."""

    __tablename__ = "partner_package"

    id: int | None = Field(default=None, primary_key=True)
    partner: str = Field(index=True)
    version: int
    sha256: str
    partner_toml: bytes = Field(sa_type=LargeBinary)
    articles_csv: bytes = Field(sa_type=LargeBinary)
    prices_csv: bytes = Field(sa_type=LargeBinary)
    imported_at: datetime
    imported_by: str


class Sale(SQLModel, table=True):
    """What an answered order came to; kept only for partners whose contract asks for it."""

    #: The message of the order itself, whatever changed it since.
    message_id: int = Field(foreign_key="message.id", primary_key=True)
    partner: str
    number: str
    ordered_on: date
    value: str
    #: The GLN it was delivered to.
    delivery_party: str | None = None
    #: A hash of what was asked for, to find the same under another number.
    content: str | None = None

    __table_args__ = (
        Index("ix_sale_date", "partner", "ordered_on"),
        Index("ix_sale_place", "partner", "delivery_party"),
        Index("ix_sale_content", "partner", "content"),
    )


class SaleLine(SQLModel, table=True):
    """What was sold of one article in one order."""

    __tablename__ = "sale_line"

    message_id: int = Field(foreign_key="message.id", primary_key=True)
    article: str = Field(primary_key=True)
    partner: str
    ordered_on: date
    #: The quantity in millionths of the article's unit: exact, and the database can add it up.
    millionths: int = Field(sa_type=BigInteger)
    amount: str

    __table_args__ = (
        Index("ix_sale_line_article", "partner", "article", "ordered_on", "millionths"),
    )


class SaleHistory(SQLModel, table=True):
    """For which version of a partner's package the sales are complete."""

    __tablename__ = "sale_history"

    partner: str = Field(primary_key=True)
    version: int


class Approval(SQLModel, table=True):
    """An approval a held order waits for, or has."""

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id", index=True)
    role: str
    #: A hash of the decision it is for.
    decision: str
    reason: str
    asked_at: datetime
    approved_at: datetime | None = None
    who: str | None = None
    why: str | None = None


class SeenFinding(SQLModel, table=True):
    """A finding an operator had before them when they released the message."""

    __tablename__ = "seen_finding"

    message_id: int = Field(foreign_key="message.id", primary_key=True)
    code: str = Field(primary_key=True)
    #: Blank where it is about the whole order.
    line: str = Field(primary_key=True)


class Event(SQLModel, table=True):
    """Who did what, when, and why. Rows are only ever added."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    who: str
    what: str
    why: str | None = None
    transmission_id: int | None = Field(default=None, index=True)
    interchange_id: int | None = Field(default=None, index=True)
    message_id: int | None = Field(default=None, index=True)
    delivery_id: int | None = Field(default=None, index=True)


class Blanket(SQLModel, table=True):
    """A blanket order. Figures are decimal texts, exact on every database."""

    id: int | None = Field(default=None, primary_key=True)
    partner: str
    number: str
    #: The message that brought it; None: the partner's package states it.
    message_id: int | None = Field(default=None, foreign_key="message.id", index=True)
    valid_from: date
    valid_until: date | None = None
    value: str | None = None
    is_closed: bool = False
    #: Counts the changes of the blanket order and of what is left of it; each is conditional on it.
    version: int = 0
    created_at: datetime

    __table_args__ = (UniqueConstraint("partner", "number"),)


class BlanketLine(SQLModel, table=True):
    """One line of a blanket order; what was used of it is the sum of its consumption."""

    __tablename__ = "blanket_line"

    id: int | None = Field(default=None, primary_key=True)
    blanket_id: int = Field(foreign_key="blanket.id")
    line: str
    article: str | None = None
    unit: str | None = None
    quantity: str | None = None
    value: str | None = None
    price: str | None = None
    per: str = "1"
    used_quantity: str = "0"
    used_value: str = "0"

    __table_args__ = (UniqueConstraint("blanket_id", "line"),)


class BlanketConsumption(SQLModel, table=True):
    """What one line of one message took of a blanket line, or gave back. Rows are only ever added."""

    __tablename__ = "blanket_consumption"

    id: int | None = Field(default=None, primary_key=True)
    blanket_line_id: int = Field(foreign_key="blanket_line.id")
    #: The message of the order as it came first; changes of it have messages of their own.
    order_id: int = Field(foreign_key="message.id", index=True)
    message_id: int = Field(foreign_key="message.id", index=True)
    order_number: str
    order_line: str
    quantity: str
    value: str
    #: What was confirmed beyond what was left.
    beyond: str = "0"
    at: datetime

    __table_args__ = (UniqueConstraint("blanket_line_id", "message_id", "order_line"),)


class SentCatalogue(SQLModel, table=True):
    """The catalogue a partner was sent last."""

    __tablename__ = "sent_catalogue"

    partner: str = Field(primary_key=True)
    #: The version of its package, and the business day, that were last looked at.
    version: int
    day: date
    number: str
    sent_at: datetime
    #: Counts the changes of the row; each is conditional on it.
    revision: int
    #: The digest of each article, as compressed JSON.
    digests: bytes
