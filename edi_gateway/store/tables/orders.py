"""Orders of customers beyond their messages: where each stands, who approved it, what was sold."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from edi_gateway.store.tables.row import Row


class CustomerOrder(Row, table=True):
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


class Approval(Row, table=True):
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


class SeenFinding(Row, table=True):
    """A finding an operator had before them when they released the message."""

    __tablename__ = "seen_finding"

    message_id: int = Field(foreign_key="message.id", primary_key=True)
    code: str = Field(primary_key=True)
    #: Blank where it is about the whole order.
    line: str = Field(primary_key=True)


class Sale(Row, table=True):
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


class SaleLine(Row, table=True):
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


class SaleHistory(Row, table=True):
    """For which version of a partner's package the sales are complete."""

    __tablename__ = "sale_history"

    partner: str = Field(primary_key=True)
    version: int
