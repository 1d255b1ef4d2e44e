"""Read-only views of orders that wait: held, without the customer's word, without the goods."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select

from edi_gateway.contract.life.states import OrderState
from edi_gateway.store import Store, tables
from edi_gateway.store.states import MessageState

_message = tables.Message.__table__
_document = tables.Document.__table__
_finding = tables.Finding.__table__
_approval = tables.Approval.__table__
_order = tables.CustomerOrder.__table__

#: The document of our newest response to an order.
_response: Any = _document.alias("response")

#: What a response says where part of a line is not there yet.
_BACKORDERED = b'"backordered":"'

#: States in which something of an order is still to be supplied.
_LIVING = (OrderState.OPEN, OrderState.AWAITING, OrderState.PARTIAL)

Row = dict[str, Any]


def held_orders(store: Store, partner: str | None = None) -> list[Row]:
    """
    Held orders, and held changes of orders, oldest first.

    Each row: message, partner, number, kind (`order`, `order-change`), order_number, code, reason,
    since, and `findings`: the codes of what holds it.
    """
    about = _document.c.kind.in_(["order", "order-change"])
    statement = (
        select(_message, _document.c.kind, _document.c.order_number)
        .join(_document, and_(_document.c.message_id == _message.c.id, about))
        .where(_message.c.state == MessageState.HELD)
        .order_by(_message.c.id)
    )
    holding = (
        select(_finding.c.message_id, _finding.c.code)
        .join(_message, _message.c.id == _finding.c.message_id)
        .where(_message.c.state == MessageState.HELD, _finding.c.effect == "hold")
    )
    with store.engine.connect() as connection:
        rows = list(connection.execute(_of(partner, _message, statement)))
        codes: dict[int, set[str]] = {}
        for found in connection.execute(holding):
            codes.setdefault(found.message_id, set()).add(found.code)
    return [
        {
            "message": row.id,
            "partner": row.partner,
            "number": row.number,
            "kind": row.kind,
            "order_number": row.order_number or row.number,
            "code": row.code,
            "reason": row.reason,
            "since": row.decided_at,
            "findings": codes.get(row.id, set()),
        }
        for row in rows
    ]


def approvals_asked(store: Store) -> dict[int, list[tuple[str, datetime]]]:
    """The roles whose approval each held message waits for, and since when."""
    statement = (
        select(_approval.c.message_id, _approval.c.role, _approval.c.asked_at)
        .join(_message, _message.c.id == _approval.c.message_id)
        .where(_approval.c.approved_at.is_(None), _message.c.state == MessageState.HELD)
        .order_by(_approval.c.id)
    )
    found: dict[int, list[tuple[str, datetime]]] = {}
    with store.engine.connect() as connection:
        for row in connection.execute(statement):
            found.setdefault(row.message_id, []).append((row.role, row.asked_at))
    return found


def orders_in(store: Store, state: OrderState, partner: str | None = None) -> list[Row]:
    """
    The orders that stand in a state, oldest first.

    Each row: message (that decided it last), partner, order_number, response, its content (None: it
    is not on record), silent_at, and since: when that response was written.
    """
    statement = _answered().where(_order.c.state == state)
    with store.engine.connect() as connection:
        return [_order_row(row) for row in connection.execute(_of(partner, _order, statement))]


def backordered_orders(store: Store, partner: str | None = None) -> list[Row]:
    """The orders of which a part is not there yet, as `orders_in`."""
    statement = _answered().where(
        _order.c.state.in_(_LIVING), func.instr(_response.c.content, _BACKORDERED) > 0
    )
    with store.engine.connect() as connection:
        rows = connection.execute(_of(partner, _order, statement))
        return [_order_row(row) for row in rows]


def _answered() -> Select[Any]:
    """Orders with our newest response to each, and its moment."""
    teller = _message.alias("teller")
    told = and_(
        _response.c.kind == "order-response",
        _response.c.partner == _order.c.partner,
        _response.c.order_number == _order.c.number,
        _response.c.number == _order.c.response,
    )
    return (
        select(_order, teller.c.decided_at, _response.c.content)
        .select_from(_order)
        .outerjoin(_response, told)
        .outerjoin(teller, teller.c.id == _response.c.message_id)
        .order_by(_order.c.message_id)
    )


def _of(partner: str | None, table: Any, statement: Select[Any]) -> Select[Any]:
    return statement if partner is None else statement.where(table.c.partner == partner)


def _order_row(row: Any) -> Row:
    return {
        "message": row.message_id,
        "partner": row.partner,
        "order_number": row.number,
        "response": row.response,
        "silent_at": row.silent_at,
        "since": row.decided_at,
        "content": row.content,
    }
