"""
Blanket orders in the ledger, and what call-offs take of them, exactly once.

A blanket order's row is locked while it is looked at (PostgreSQL; SQLite has one writer), and moves
on only from the version that was seen: whoever comes second has to decide again. Each entry of
consumption is the only one of its message and line, beside what is given back when the order ends,
so that none can ever be counted twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from edi_gateway.contract.blankets import Blanket, BlanketLine
from edi_gateway.store import tables
from edi_gateway.store.ledger import Ledger
from edi_gateway.store.portions import portions
from edi_gateway.store.states import StepLost

_blanket = tables.Blanket.__table__
_line = tables.BlanketLine.__table__
_consumption = tables.BlanketConsumption.__table__

_ZERO = Decimal(0)

_MOVE = (
    update(_blanket)
    .where(_blanket.c.id == bindparam("key"), _blanket.c.version == bindparam("seen"))
    .values(version=_blanket.c.version + 1)
)
_USE = (
    update(_line)
    .where(_line.c.id == bindparam("key"))
    .values(used_quantity=bindparam("new_quantity"), used_value=bindparam("new_value"))
)
_TERMS = ("article", "unit", "quantity", "value", "price", "per")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBlanket:
    """A blanket order in the ledger: its terms with what was used, its rows, its version."""

    id: int
    version: int
    #: The message that brought it; None: the partner's package states it.
    message_id: int | None
    terms: Blanket
    line_ids: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumption:
    """What an order line took of a blanket line; below zero: gave back."""

    blanket: str
    line: str
    order_line: str
    quantity: Decimal
    value: Decimal
    beyond: Decimal = _ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The order that takes or gives back, and the message that makes it do so."""

    order_id: int
    message_id: int
    order_number: str
    #: Whether the order ends, by a message of its own or because nothing more came.
    ends_order: bool = False


def load_blankets(
    ledger: Ledger, partner: str, numbers: Collection[str]
) -> dict[str, StoredBlanket]:
    """A partner's blanket orders of these numbers, locked until the transaction ends."""
    found: dict[str, StoredBlanket] = {}
    for some in portions(sorted(numbers)):
        found |= _load(ledger, _blanket.c.partner == partner, _blanket.c.number.in_(some))
    return found


def blankets_of_message(ledger: Ledger, message_id: int) -> dict[str, StoredBlanket]:
    """The blanket order that a message brought, if it brought one, locked."""
    return _load(ledger, _blanket.c.message_id == message_id)


def add_blanket(
    ledger: Ledger, partner: str, terms: Blanket, *, message_id: int | None
) -> StoredBlanket:
    """Record a blanket order of which nothing was called off yet."""
    result = ledger.connection.execute(
        insert(_blanket).returning(_blanket.c.id),
        {
            "partner": partner,
            "number": terms.number,
            "message_id": message_id,
            "version": 0,
            "created_at": ledger.now,
            **_head(terms),
        },
    )
    blanket_id = int(result.scalar_one())
    line_ids = _add_lines(ledger, blanket_id, terms.lines)
    ledger.events.add("blanket.placed", f"{partner} {terms.number}", message_id=message_id)
    return StoredBlanket(
        id=blanket_id, version=0, message_id=message_id, terms=terms, line_ids=line_ids
    )


def change_blanket(
    ledger: Ledger, before: StoredBlanket, terms: Blanket, *, message_id: int | None
) -> StoredBlanket:
    """Give a blanket order other terms; what was used of its lines stays as `terms` says."""
    _move(ledger, before)
    ledger.connection.execute(
        update(_blanket).where(_blanket.c.id == before.id).values(**_head(terms))
    )
    for line in terms.lines:
        if line.number in before.line_ids:
            ledger.connection.execute(
                update(_line)
                .where(_line.c.id == before.line_ids[line.number])
                .values(**_line_terms(line))
            )
    new = [line for line in terms.lines if line.number not in before.line_ids]
    line_ids = before.line_ids | _add_lines(ledger, before.id, new)
    ledger.events.add("blanket.changed", terms.number, message_id=message_id)
    return replace(before, version=before.version + 1, terms=terms, line_ids=line_ids)


def consume(
    ledger: Ledger, before: StoredBlanket, entries: Sequence[Consumption], cause: Cause
) -> StoredBlanket:
    """
    Record what an order takes of a blanket order; `StepLost` if somebody took of it meanwhile.

    What is used of each line becomes what it was and the entries together.
    """
    _move(ledger, before)
    used = {line.number: line for line in before.terms.lines}
    for entry in entries:
        line = used[entry.line]
        used[entry.line] = replace(
            line,
            used_quantity=line.used_quantity + entry.quantity,
            used_value=line.used_value + entry.value,
        )
    ledger.connection.execute(
        _USE,
        [
            {
                "key": before.line_ids[number],
                "new_quantity": _written(used[number].used_quantity),
                "new_value": _written(used[number].used_value),
            }
            for number in dict.fromkeys(entry.line for entry in entries)
        ],
    )
    ledger.connection.execute(
        insert(_consumption),
        [
            {
                "blanket_line_id": before.line_ids[entry.line],
                "order_id": cause.order_id,
                "message_id": cause.message_id,
                "order_number": cause.order_number,
                "order_line": entry.order_line,
                "quantity": _written(entry.quantity),
                "value": _written(entry.value),
                "beyond": _written(entry.beyond),
                "at": ledger.now,
                "ends_order": cause.ends_order,
            }
            for entry in entries
        ],
    )
    terms = replace(before.terms, lines=tuple(used.values()))
    return replace(before, version=before.version + 1, terms=terms)


def consumed_by(ledger: Ledger, order_id: int) -> tuple[str | None, list[Consumption]]:
    """
    What an order has taken by now, all its changes together; lines without any are left out.

    Returns its number too, where it ever took anything.
    """
    sums: dict[tuple[str, str, str], Consumption] = {}
    order_number: str | None = None
    for number, sum_ in _sums_of(ledger, order_id):
        order_number = number
        sums[sum_.blanket, sum_.line, sum_.order_line] = sum_
    return order_number, [sum_ for sum_ in sums.values() if _is_any(sum_)]


def last_consumed_by(ledger: Ledger, order_id: int) -> dict[str, Consumption]:
    """What each line of an order took last, by the order's line; also where it gave it back since."""
    return {sum_.order_line: sum_ for _, sum_ in _sums_of(ledger, order_id) if _is_any(sum_)}


def _sums_of(ledger: Ledger, order_id: int) -> Iterator[tuple[str, Consumption]]:
    """The order's number and what a line of it has taken, after each entry in turn."""
    rows = ledger.connection.execute(
        select(_consumption, _line.c.line, _blanket.c.number)
        .join(_line, _line.c.id == _consumption.c.blanket_line_id)
        .join(_blanket, _blanket.c.id == _line.c.blanket_id)
        .where(_consumption.c.order_id == order_id)
        .order_by(_consumption.c.id)
    )
    sums: dict[tuple[str, str, str], Consumption] = {}
    for row in rows:
        key = (row.number, row.line, row.order_line)
        so_far = sums.get(key)
        sums[key] = Consumption(
            blanket=row.number,
            line=row.line,
            order_line=row.order_line,
            quantity=Decimal(row.quantity) + (so_far.quantity if so_far else _ZERO),
            value=Decimal(row.value) + (so_far.value if so_far else _ZERO),
            beyond=Decimal(row.beyond) + (so_far.beyond if so_far else _ZERO),
        )
        yield row.order_number, sums[key]


def _is_any(entry: Consumption) -> bool:
    return bool(entry.quantity or entry.value or entry.beyond)


def terms_of(blanket: Any, lines: Iterable[Any]) -> Blanket:
    """Rows as the blanket order they hold."""
    return Blanket(
        number=blanket.number,
        valid_from=blanket.valid_from,
        valid_until=blanket.valid_until,
        value=_read(blanket.value),
        is_closed=blanket.is_closed,
        lines=tuple(
            BlanketLine(
                number=line.line,
                article=line.article,
                unit=line.unit,
                quantity=_read(line.quantity),
                value=_read(line.value),
                price=_read(line.price),
                per=Decimal(line.per),
                used_quantity=Decimal(line.used_quantity),
                used_value=Decimal(line.used_value),
            )
            for line in lines
        ),
    )


def _load(ledger: Ledger, *terms: Any) -> dict[str, StoredBlanket]:
    statement = select(_blanket).where(*terms).order_by(_blanket.c.id).with_for_update()
    blankets = ledger.connection.execute(statement).all()
    if not blankets:
        return {}
    lines: dict[int, list[Any]] = {blanket.id: [] for blanket in blankets}
    for line in ledger.connection.execute(
        select(_line).where(_line.c.blanket_id.in_(list(lines))).order_by(_line.c.id)
    ):
        lines[line.blanket_id].append(line)
    return {
        blanket.number: StoredBlanket(
            id=blanket.id,
            version=blanket.version,
            message_id=blanket.message_id,
            terms=terms_of(blanket, lines[blanket.id]),
            line_ids={line.line: line.id for line in lines[blanket.id]},
        )
        for blanket in blankets
    }


def _move(ledger: Ledger, before: StoredBlanket) -> None:
    result = ledger.connection.execute(_MOVE, {"key": before.id, "seen": before.version})
    if result.rowcount != 1:
        raise StepLost(f"blanket order {before.terms.number} is no longer as it was seen")


def _add_lines(ledger: Ledger, blanket_id: int, lines: Sequence[BlanketLine]) -> dict[str, int]:
    if not lines:
        return {}
    rows = [{"blanket_id": blanket_id, "line": line.number, **_line_terms(line)} for line in lines]
    result = ledger.connection.execute(
        insert(_line).returning(_line.c.id, sort_by_parameter_order=True), rows
    )
    return {line.number: int(row.id) for line, row in zip(lines, result, strict=True)}


def _head(terms: Blanket) -> dict[str, Any]:
    return {
        "valid_from": terms.valid_from,
        "valid_until": terms.valid_until,
        "value": _written(terms.value),
        "is_closed": terms.is_closed,
    }


def _line_terms(line: BlanketLine) -> dict[str, Any]:
    values = {name: getattr(line, name) for name in (*_TERMS, "used_quantity", "used_value")}
    return {
        name: _written(value) if isinstance(value, Decimal) else value
        for name, value in values.items()
    }


def _written(figure: Decimal | None) -> str | None:
    return None if figure is None else f"{figure:f}"


def _read(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
