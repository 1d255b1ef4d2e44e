"""What the ERP has, and what orders take of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from edi_gateway.store.tables.row import Row


class Stock(Row, table=True):
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


class StockReservation(Row, table=True):
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
