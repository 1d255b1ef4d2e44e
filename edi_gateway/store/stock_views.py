"""Read-only views of stock: the ERP's figures, what was promised since, and to whom."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from edi_gateway.store import Store, tables
from edi_gateway.store.ledger.stock import COMPLETE

_stock = tables.Stock.__table__
_reservation = tables.StockReservation.__table__
_message = tables.Message.__table__

Row = dict[str, Any]


def list_stock(store: Store, *, article: str | None = None) -> list[Row]:
    """The articles that have a figure, by their codes; quantities are texts."""
    statement = (
        select(_stock)
        .where(_stock.c.article != COMPLETE, _stock.c.available.is_not(None))
        .order_by(_stock.c.article)
    )
    if article is not None:
        statement = statement.where(_stock.c.article == article)
    with store.engine.connect() as connection:
        return [_view(row) for row in connection.execute(statement)]


def list_reservations(store: Store, article: str) -> list[Row]:
    """What orders take of an article that its figure does not count yet, oldest first."""
    statement = (
        select(_reservation, _message.c.partner, _message.c.number)
        .join(_message, _message.c.id == _reservation.c.message_id)
        .where(_reservation.c.article == article, ~_reservation.c.counted)
        .order_by(_reservation.c.id)
    )
    with store.engine.connect() as connection:
        return [
            {
                "message": f"m{row.message_id}",
                "partner": row.partner,
                "order": row.number,
                "promised": row.taken,
                "promised_next": row.taken_next,
            }
            for row in connection.execute(statement)
        ]


def _view(row: Any) -> Row:
    return {
        "article": row.article,
        "at": row.at.isoformat(),
        "available": row.available,
        "promised": row.taken,
        "left": str(max(Decimal(row.available) - Decimal(row.taken), Decimal(0))),
        "next_date": row.next_date.isoformat() if row.next_date else None,
        "next_quantity": row.next_quantity,
        "promised_next": row.taken_next,
    }
