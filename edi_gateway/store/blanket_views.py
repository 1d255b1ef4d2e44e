"""Read-only views of blanket orders: what is committed, what was called off by whom, what is left."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from edi_gateway.contract.blankets import Blanket
from edi_gateway.store import Store, tables
from edi_gateway.store.blankets import terms_of

_blanket = tables.Blanket.__table__
_line = tables.BlanketLine.__table__
_consumption = tables.BlanketConsumption.__table__

Row = dict[str, Any]


def list_blankets(
    store: Store, *, partner: str | None = None, number: str | None = None
) -> list[Row]:
    """
    The blanket orders of the ledger, by partner and number, with their lines and call-offs.

    Figures are texts. Those a package states are there once one of them was called off.
    """
    statement = select(_blanket).order_by(_blanket.c.partner, _blanket.c.number)
    for column, value in ((_blanket.c.partner, partner), (_blanket.c.number, number)):
        if value is not None:
            statement = statement.where(column == value)
    with store.engine.connect() as connection:
        return [_view(connection, row) for row in connection.execute(statement).all()]


def blanket_view(partner: str, source: str, terms: Blanket) -> Row:
    """What is committed, used and left, without the call-offs."""
    return {
        "partner": partner,
        "number": terms.number,
        "source": source,
        "valid_from": terms.valid_from.isoformat(),
        "valid_until": terms.valid_until.isoformat() if terms.valid_until else None,
        "closed": terms.is_closed,
        "value": _text(terms.value),
        "consumed_value": _text(terms.used_value),
        "remaining_value": _text(terms.left_value),
        "lines": [
            {
                "line": line.number,
                "article": line.article,
                "unit": line.unit,
                "quantity": _text(line.quantity),
                "consumed_quantity": _text(line.used_quantity),
                "remaining_quantity": _text(line.left_quantity),
                "value": _text(line.value),
                "consumed_value": _text(line.used_value),
                "remaining_value": _text(line.left_value),
                "price": _text(line.price),
                "per": _text(line.per) if line.price is not None else None,
            }
            for line in terms.lines
        ],
        "call_offs": [],
    }


def blanket_of_message(connection: Connection, message_id: int) -> Row | None:
    """The blanket order that a message brought, with its call-offs."""
    row = connection.execute(select(_blanket).where(_blanket.c.message_id == message_id)).first()
    return _view(connection, row) if row else None


def called_off_by(connection: Connection, message_id: int) -> list[Row]:
    """What a message took of blanket orders, or gave back."""
    return _call_offs(connection, _consumption.c.message_id == message_id)


def _view(connection: Connection, row: Any) -> Row:
    lines = connection.execute(
        select(_line).where(_line.c.blanket_id == row.id).order_by(_line.c.id)
    )
    source = "package" if row.message_id is None else f"m{row.message_id}"
    view = blanket_view(row.partner, source, terms_of(row, lines))
    view["call_offs"] = _call_offs(connection, _line.c.blanket_id == row.id)
    return view


def _call_offs(connection: Connection, term: Any) -> list[Row]:
    rows: Iterable[Any] = connection.execute(
        select(_consumption, _line.c.line, _blanket.c.number)
        .join(_line, _line.c.id == _consumption.c.blanket_line_id)
        .join(_blanket, _blanket.c.id == _line.c.blanket_id)
        .where(term)
        .order_by(_consumption.c.id)
    )
    return [
        {
            "blanket": row.number,
            "line": row.line,
            "message": f"m{row.message_id}",
            "order": row.order_number,
            "order_line": row.order_line,
            "quantity": row.quantity,
            "value": row.value,
            "beyond": row.beyond if Decimal(row.beyond) else None,
            "at": row.at.isoformat(timespec="seconds"),
        }
        for row in rows
    ]


def _text(figure: Decimal | None) -> str | None:
    return None if figure is None else f"{figure:f}"
