"""
Blanket orders, and what was called off of them.

Figures are decimal texts, exact on every database.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from edi_gateway.store.tables.row import Row


class Blanket(Row, table=True):
    """A blanket order, and how long it is valid."""

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


class BlanketLine(Row, table=True):
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


class BlanketConsumption(Row, table=True):
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
    #: Whether it is given back because the order ended, which may be long after its message.
    ends_order: bool = False

    __table_args__ = (
        UniqueConstraint("blanket_line_id", "message_id", "order_line", "ends_order"),
    )
