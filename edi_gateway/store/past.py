"""
The ledger as it stood at a moment that is past: what had been handed over, taken and said by then.

Only read, and a page at a time, so that a service may run beside it. A moment is when a message was
decided, and among those that were decided together the message's id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, create_engine, exists, func, or_, select
from sqlalchemy.pool import StaticPool

from edi_gateway.contract.blankets import Blanket
from edi_gateway.store import Store, tables
from edi_gateway.store.blankets import terms_of
from edi_gateway.store.ledger.approvals import Approvals, Seen
from edi_gateway.store.ledger.numbers import Keys
from edi_gateway.store.ledger.sales import Sales

_message = tables.Message.__table__
_document = tables.Document.__table__
_reservation = tables.StockReservation.__table__
_delivery = tables.Delivery.__table__
_link = tables.DeliveryMessage.__table__
_blanket = tables.Blanket.__table__
_line = tables.BlanketLine.__table__
_consumption = tables.BlanketConsumption.__table__
_event = tables.Event.__table__

_PAGE = 1000
_ZERO = Decimal(0)


class Moment(NamedTuple):
    """When a message was decided; those of one transaction, one after the other."""

    at: datetime
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDocument:
    """A document that a message led to, as JSON."""

    #: When the message was decided, and when it led to this.
    decided: Moment
    moment: Moment
    #: Of which order it is.
    key: str
    content: bytes
    #: The order as the customer had asked for it by then, where the message brought it.
    asked: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastReservation:
    """What an order took of an article, and when the ERP heard of it."""

    decided: Moment
    moment: Moment
    article: str
    order_id: int
    now: Decimal
    next: Decimal
    #: None: it has not yet.
    told_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastBlanket:
    """A blanket order with what had been called off."""

    terms: Blanket
    #: The message that brought it; None: a package stated it.
    message_id: int | None
    #: Whether its terms were changed since, so that those of then are not known.
    was_other: bool


def handed_over(store: Store, partner: str) -> Iterator[PastDocument]:
    """Every revision of an order the ERP got, in the order of the decisions that led to it."""
    yield from _documents(store, "erp-order", partner)


def stock_reports(store: Store, erp: str) -> Iterator[PastDocument]:
    """Every report of the ERP's stock, in the order they were taken."""
    yield from _documents(store, "erp-stock", erp)


def reservations(store: Store) -> Iterator[PastReservation]:
    """What orders of all partners took of the stock, in the order of the decisions."""
    told_at = (
        select(func.min(_delivery.c.sent_at))
        .join(_link, _link.c.delivery_id == _delivery.c.id)
        .where(_link.c.message_id == _reservation.c.message_id, _delivery.c.type == "order")
        .scalar_subquery()
    )
    later = _reservation.alias("later")
    is_last = ~exists().where(
        later.c.order_id == _reservation.c.order_id,
        later.c.article == _reservation.c.article,
        later.c.id > _reservation.c.id,
    )
    statement = select(
        _reservation,
        _message.c.decided_at,
        told_at.label("told_at"),
        is_last.label("is_last"),
        _refused_at(_reservation.c.message_id),
    ).join(_message, _message.c.id == _reservation.c.message_id)
    for row in _in_time(store, statement, _reservation.c.id):
        yield PastReservation(
            decided=Moment(row.decided_at, row.message_id),
            moment=_moment_of(row, is_last=row.is_last),
            article=row.article,
            order_id=row.order_id,
            now=Decimal(row.taken),
            next=Decimal(row.taken_next),
            told_at=row.told_at,
        )


def blankets_before(
    store: Store, partner: str, numbers: Collection[str], moment: Moment, *, besides: int | None
) -> dict[str, PastBlanket]:
    """A partner's blanket orders of these numbers as a moment found them, besides one order's part."""
    if not numbers:
        return {}
    with store.engine.connect() as connection:
        rows = connection.execute(
            select(_blanket).where(
                _blanket.c.partner == partner,
                _blanket.c.number.in_(sorted(numbers)),
                or_(
                    _blanket.c.created_at < moment.at,
                    (_blanket.c.created_at == moment.at)
                    & (func.coalesce(_blanket.c.message_id, 0) < moment.message_id),
                ),
            )
        ).all()
        return {
            row.number: _blanket_then(connection, row, partner, moment, besides) for row in rows
        }


def first_messages(store: Store, partner: str, numbers: Iterable[str]) -> dict[str, int]:
    """The messages that first brought the orders of these numbers, by which is known what they took."""
    wanted = set(numbers)
    with store.engine.connect() as connection:
        keys = Keys(connection)
        keys.load(partner, "order", wanted)
        found = {number: keys.find(partner, "order", number) for number in wanted}
    return {number: key.message_id for number, key in found.items() if key is not None}


def said_to(
    store: Store, messages: Collection[int]
) -> tuple[dict[int, set[tuple[str, str]]], dict[int, set[Seen]]]:
    """The approvals people gave these messages, and the findings of each they saw."""
    with store.engine.connect() as connection:
        # It only reads, so that the hour does not matter.
        approvals = Approvals(connection, datetime.max.replace(tzinfo=UTC))
        return approvals.given(messages), approvals.seen(messages)


@contextmanager
def replayed_sales() -> Iterator[Sales]:
    """A record of sales of its own, empty and in memory, in which the past is played again."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    for table in (tables.Sale.__table__, tables.SaleLine.__table__):
        table.create(engine)
    with engine.connect() as connection:
        yield Sales(connection)
    engine.dispose()


def _documents(store: Store, kind: str, partner: str) -> Iterator[PastDocument]:
    order, earlier = _document.alias("ordered"), _document.alias("earlier")
    is_later = exists().where(
        earlier.c.message_id == _document.c.message_id,
        earlier.c.kind == _document.c.kind,
        earlier.c.id < _document.c.id,
    )
    asked = (
        select(order.c.content)
        .where(order.c.message_id == _document.c.message_id, order.c.kind == "order")
        .order_by(order.c.id)
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        select(
            _document,
            _message.c.decided_at,
            asked.label("asked"),
            is_later.label("is_later"),
            _refused_at(_document.c.message_id),
        )
        .join(_message, _message.c.id == _document.c.message_id)
        .where(_document.c.kind == kind, _document.c.partner == partner)
    )
    for row in _in_time(store, statement, _document.c.id):
        yield PastDocument(
            decided=Moment(row.decided_at, row.message_id),
            moment=_moment_of(row, is_last=row.is_later),
            key=row.order_key or row.order_number or row.number,
            content=row.content,
            asked=row.asked,
        )


def _refused_at(message_id: Any) -> Any:
    """When the order of a message was cancelled because our changes were not accepted, if it was."""
    return (
        select(func.max(_event.c.at))
        .where(_event.c.message_id == message_id, _event.c.what == "order.refused")
        .scalar_subquery()
        .label("refused_at")
    )


def _moment_of(row: Any, *, is_last: bool) -> Moment:
    """The moment of a row: of the decision, or of the end of an order that came later."""
    is_end = is_last and row.refused_at is not None and row.refused_at > row.decided_at
    return Moment(row.refused_at if is_end else row.decided_at, row.message_id)


def _in_time(store: Store, statement: Any, key: Any) -> Iterator[Any]:
    """The rows in the order their messages were decided, a page at a time."""
    at, last = _message.c.decided_at, None
    statement = statement.where(at.is_not(None)).order_by(at, key).limit(_PAGE)
    while True:
        page = statement
        if last is not None:
            page = page.where(or_(at > last.decided_at, (at == last.decided_at) & (key > last.id)))
        with store.engine.connect() as connection:
            rows = connection.execute(page).all()
        yield from rows
        if len(rows) < _PAGE:
            return
        last = rows[-1]


def _blanket_then(
    connection: Connection, row: Any, partner: str, moment: Moment, besides: int | None
) -> PastBlanket:
    lines = connection.execute(
        select(_line).where(_line.c.blanket_id == row.id).order_by(_line.c.id)
    ).all()
    used = _used_before(connection, row.id, moment, besides)
    terms = terms_of(row, lines)
    changes = _changes_since(connection, row.number, partner, moment) if row.message_id else 0
    was_closed = terms.is_closed and not changes
    nothing = (_ZERO, Decimal("0.00"))
    terms = replace(
        terms,
        is_closed=was_closed,
        lines=tuple(
            replace(
                line,
                used_quantity=used.get(line.number, nothing)[0],
                used_value=used.get(line.number, nothing)[1],
            )
            for line in terms.lines
        ),
    )
    # The last change of one that is closed now closed it, and left its terms alone.
    was_other = changes > (1 if row.is_closed else 0)
    return PastBlanket(terms=terms, message_id=row.message_id, was_other=was_other)


def _used_before(
    connection: Connection, blanket_id: int, moment: Moment, besides: int | None
) -> dict[str, tuple[Decimal, Decimal]]:
    """Quantity and value that had been called off from each line."""
    entry = _consumption.c
    rows = connection.execute(
        select(entry.quantity, entry.value, _line.c.line)
        .join(_line, _line.c.id == entry.blanket_line_id)
        .where(
            _line.c.blanket_id == blanket_id,
            entry.order_id != (besides or 0),
            or_(
                entry.at < moment.at,
                (entry.at == moment.at) & (entry.message_id < moment.message_id),
            ),
        )
    )
    used: dict[str, tuple[Decimal, Decimal]] = {}
    for row in rows:
        quantity, value = used.get(row.line, (_ZERO, Decimal("0.00")))
        used[row.line] = quantity + Decimal(row.quantity), value + Decimal(row.value)
    return used


def _changes_since(connection: Connection, number: str, partner: str, moment: Moment) -> int:
    """How often messages of the partner changed the blanket order of a number since."""
    return int(
        connection.execute(
            select(func.count())
            .select_from(_event)
            .join(_message, _message.c.id == _event.c.message_id)
            .where(
                _event.c.what == "blanket.changed",
                _event.c.why == number,
                _message.c.partner == partner,
                or_(
                    _event.c.at > moment.at,
                    (_event.c.at == moment.at) & (_event.c.message_id >= moment.message_id),
                ),
            )
        ).scalar_one()
    )
