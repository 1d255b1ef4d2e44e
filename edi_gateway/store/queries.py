"""Read-only views of the ledger for people and programs: lists, and the story of one item."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from edi_gateway.store import Store, tables
from edi_gateway.store.blanket_views import blanket_of_message, called_off_by
from edi_gateway.store.records import Story

_transmission = tables.Transmission.__table__
_interchange = tables.Interchange.__table__
_message = tables.Message.__table__
_finding = tables.Finding.__table__
_document = tables.Document.__table__
_delivery = tables.Delivery.__table__
_link = tables.DeliveryMessage.__table__
_carried = tables.DeliveryDocument.__table__
_acknowledgement = tables.Acknowledgement.__table__
_order = tables.CustomerOrder.__table__
_approval = tables.Approval.__table__
_event = tables.Event.__table__

Row = dict[str, Any]


def list_messages(
    store: Store,
    *,
    state: str | None = None,
    partner: str | None = None,
    number: str | None = None,
    role: str | None = None,
    limit: int = 200,
) -> list[Row]:
    """
    The newest messages first, and files that were held before they had messages.

    With `role` only the messages that wait for its approval. Each row: item, file, partner, type, number, state, code, reason, received, test, and
    `attention`: which of its deliveries a person must look at.
    """
    with store.engine.connect() as connection:
        rows = _message_rows(connection, state, partner, number, role, limit)
        if number is None and role is None and state in {None, "held", "received", "discarded"}:
            rows += _file_rows(connection, state, partner, limit)
        if number is None and role is None:
            rows += _empty_interchange_rows(connection, state, partner, limit)
        rows.sort(key=lambda row: (row["received"], int(row["item"][1:])), reverse=True)
        del rows[limit:]
        _add_attention(connection, rows)
    return rows


def _add_attention(connection: Connection, rows: list[Row]) -> None:
    """Name with each message its deliveries that are refused, overdue or held."""
    messages = {int(row["item"][1:]): row for row in rows if row["item"][0] == "m"}
    found: dict[int, list[str]] = {}
    statement = (
        select(_link.c.message_id, _delivery.c.id, _delivery.c.state)
        .join(_delivery, _delivery.c.id == _link.c.delivery_id)
        .where(_delivery.c.state.in_(["refused", "overdue", "held"]))
        .order_by(_delivery.c.id)
    )
    for link in connection.execute(statement):
        found.setdefault(link.message_id, []).append(f"d{link.id} {link.state}")
    for row in rows:
        row["attention"] = None
    for key, message in messages.items():
        message["attention"] = ", ".join(found.get(key, ())) or None


def _message_rows(
    connection: Connection,
    state: str | None,
    partner: str | None,
    number: str | None,
    role: str | None,
    limit: int,
) -> list[Row]:
    statement = (
        select(
            _message,
            _transmission.c.name.label("file"),
            _transmission.c.received_at,
            _transmission.c.partner.label("place"),
        )
        .join(_transmission, _transmission.c.id == _message.c.transmission_id)
        .order_by(_message.c.id.desc())
        .limit(limit)
    )
    for column, value in (
        (_message.c.state, state),
        (_message.c.partner, partner),
        (_message.c.number, number),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if role is not None:
        waiting = select(_approval.c.message_id).where(
            _approval.c.role == role, _approval.c.approved_at.is_(None)
        )
        statement = statement.where(_message.c.state == "held", _message.c.id.in_(waiting))
    return [
        {
            "item": f"m{row.id}",
            "transmission": f"t{row.transmission_id}",
            "file": row.file,
            "partner": row.partner or row.place,
            "type": row.type,
            "number": row.number,
            "state": row.state,
            "code": row.code,
            "reason": row.reason,
            "test": row.test,
            "received": _utc(row.received_at),
        }
        for row in connection.execute(statement)
    ]


def _file_rows(
    connection: Connection, state: str | None, partner: str | None, limit: int
) -> list[Row]:
    statement = (
        select(_transmission)
        .where(_transmission.c.state.in_([state] if state else ["held", "received", "discarded"]))
        .order_by(_transmission.c.id.desc())
        .limit(limit)
    )
    if partner is not None:
        statement = statement.where(_transmission.c.partner == partner)
    return [
        _row_without_message(row, row.id, row.name, test=False)
        for row in connection.execute(statement)
    ]


def _empty_interchange_rows(
    connection: Connection, state: str | None, partner: str | None, limit: int
) -> list[Row]:
    """Interchanges without any message: nothing else would show them."""
    has_message = select(_message.c.id).where(_message.c.interchange_id == _interchange.c.id)
    statement = (
        select(_interchange, _transmission.c.name.label("file"), _transmission.c.received_at)
        .join(_transmission, _transmission.c.id == _interchange.c.transmission_id)
        .where(~has_message.exists())
        .order_by(_interchange.c.id.desc())
        .limit(limit)
    )
    if state is not None:
        statement = statement.where(_interchange.c.state == state)
    if partner is not None:
        statement = statement.where(_interchange.c.partner == partner)
    return [
        _row_without_message(row, row.transmission_id, row.file, test=row.test)
        for row in connection.execute(statement)
    ]


def _row_without_message(row: Any, transmission: int, file: str, *, test: bool) -> Row:
    return {
        "item": f"t{transmission}",
        "transmission": f"t{transmission}",
        "file": file,
        "partner": row.partner,
        "type": None,
        "number": None,
        "state": row.state,
        "code": row.code,
        "reason": row.reason,
        "test": test,
        "received": _utc(row.received_at),
    }


def list_deliveries(
    store: Store,
    *,
    states: tuple[str, ...] = (),
    partner: str | None = None,
    limit: int = 200,
) -> list[Row]:
    """The newest deliveries first, in the given states (none: in any), without their bytes."""
    statement = select(_delivery).order_by(_delivery.c.id.desc()).limit(limit)
    if states:
        statement = statement.where(_delivery.c.state.in_(states))
    if partner is not None:
        statement = statement.where(_delivery.c.partner == partner)
    with store.engine.connect() as connection:
        rows = [_delivery_row(row) for row in connection.execute(statement)]
        _add_documents(connection, rows)
    return rows


def _add_documents(connection: Connection, deliveries: list[Row]) -> None:
    """Name with each delivery its document that answers no message, such as a catalogue."""
    found: dict[str, list[str]] = {}
    items = [int(row["item"][1:]) for row in deliveries]
    for start in range(0, len(items), 500):
        some = items[start : start + 500]
        statement = select(_carried).where(_carried.c.delivery_id.in_(some))
        for row in connection.execute(statement.order_by(_carried.c.number)):
            found.setdefault(f"d{row.delivery_id}", []).append(f"{row.kind} {row.number}")
    for delivery in deliveries:
        delivery["document"] = ", ".join(found.get(delivery["item"], ())) or None


def count_states(store: Store) -> dict[str, dict[str, int]]:
    """How many messages, files and deliveries are in each state."""
    counts: dict[str, dict[str, int]] = {}
    with store.engine.connect() as connection:
        for name, table in (
            ("files", _transmission),
            ("messages", _message),
            ("deliveries", _delivery),
        ):
            states = connection.execute(select(table.c.state)).scalars()
            tally: dict[str, int] = {}
            for state in states:
                tally[state] = tally.get(state, 0) + 1
            counts[name] = tally
    return counts


def story(store: Store, kind: str, key: int) -> Story | None:
    """Everything the ledger knows of `t`ransmission, `m`essage or `d`elivery `key`."""
    teller = {"t": _story_of_file, "m": _story_of_message, "d": _story_of_delivery}[kind]
    with store.engine.connect() as connection:
        return teller(connection, key)


def _story_of_file(connection: Connection, key: int) -> Story | None:
    row = _one(connection, _transmission, key)
    if row is None:
        return None
    interchanges = connection.execute(
        select(_interchange).where(_interchange.c.transmission_id == key)
    )
    messages = connection.execute(select(_message).where(_message.c.transmission_id == key))
    return Story(
        item=f"t{key}",
        fields=_fields(row, "name", "connector", "partner", "size", "sha256", "state", "code")
        | _fields(row, "reason", "received_at", "settled"),
        parts={
            "interchanges": [_interchange_row(item) for item in interchanges],
            "messages": [
                {"item": f"m{item.id}"} | _fields(item, "type", "number", "state", "code", "reason")
                for item in messages
            ],
            "events": _events(connection, transmission_id=key),
        },
    )


def _story_of_message(connection: Connection, key: int) -> Story | None:
    row = _one(connection, _message, key)
    if row is None:
        return None
    file = _one(connection, _transmission, row.transmission_id)
    interchange = _one(connection, _interchange, row.interchange_id)
    findings = connection.execute(select(_finding).where(_finding.c.message_id == key))
    documents = connection.execute(select(_document).where(_document.c.message_id == key))
    deliveries = connection.execute(
        select(_delivery)
        .join(_link, _link.c.delivery_id == _delivery.c.id)
        .where(_link.c.message_id == key)
        .order_by(_delivery.c.id)
    )
    blanket = blanket_of_message(connection, key) or {"lines": [], "call_offs": []}
    fields = _fields(row, "type", "release", "number", "partner", "test", "state", "code", "reason")
    fields |= _fields(row, "terms") | {"order": _standing(connection, key)}
    return Story(
        item=f"m{key}",
        fields=fields | {"decided": _utc(row.decided_at)},
        parts={
            "file": [
                {"item": f"t{file.id}"}
                | _fields(file, "name", "connector", "size", "sha256", "received_at")
            ],
            "interchange": [_interchange_row(interchange)],
            "faults": json.loads(row.faults),
            "lines": json.loads(row.decision) if row.decision else [],
            "blanket": blanket["lines"],
            "call_offs": blanket["call_offs"],
            "called_off": called_off_by(connection, key),
            "findings": [_fields(item, "line", "code", "effect", "text") for item in findings],
            "approvals": _approvals(connection, key),
            "documents": [
                _fields(item, "kind", "number", "order_number")
                | {"content": json.loads(item.content)}
                for item in documents
            ],
            "deliveries": [_delivery_row(item) for item in deliveries],
            "settles": _acknowledgements(connection, _acknowledgement.c.message_id == key),
            "events": _events(
                connection, message_id=key, interchange_id=interchange.id, transmission_id=file.id
            ),
        },
    )


def _story_of_delivery(connection: Connection, key: int) -> Story | None:
    row = _one(connection, _delivery, key)
    if row is None:
        return None
    links = connection.execute(select(_link.c.message_id).where(_link.c.delivery_id == key))
    said = _acknowledgements(connection, _acknowledgement.c.delivery_id == key)
    fields = _delivery_row(row)
    _add_documents(connection, [fields])
    return Story(
        item=f"d{key}",
        fields=fields,
        parts={
            "messages": [{"item": f"m{link.message_id}"} for link in links],
            "acknowledgements": said,
            "events": _events(connection, delivery_id=key),
        },
    )


def _standing(connection: Connection, key: int) -> str | None:
    """Where the order stands that this message decided last; None: another did, or none."""
    order = connection.execute(select(_order).where(_order.c.message_id == key)).first()
    if order is None:
        return None
    until = f", silent until {_utc(order.silent_at)}" if order.silent_at else ""
    return f"{order.state}, our response {order.response}{until}"


def _approvals(connection: Connection, key: int) -> list[Row]:
    """Whose approval the message waits for, and who gave which."""
    statement = select(_approval).where(_approval.c.message_id == key).order_by(_approval.c.id)
    names = ("role", "reason", "asked_at", "approved_at", "who", "why")
    return [_fields(row, *names) for row in connection.execute(statement)]


def _acknowledgements(connection: Connection, term: Any) -> list[Row]:
    """What partners said about deliveries, with every complaint."""
    statement = select(_acknowledgement).where(term).order_by(_acknowledgement.c.id)
    return [
        {
            "delivery": f"d{row.delivery_id}",
            "message": f"m{row.message_id}",
            **_fields(row, "type", "said", "accepted", "received_at"),
            "complaints": json.loads(row.complaints),
        }
        for row in connection.execute(statement)
    ]


def _one(connection: Connection, table: Any, key: int) -> Any:
    return connection.execute(select(table).where(table.c.id == key)).first()


def _fields(row: Any, *names: str) -> Row:
    values = {name: getattr(row, name) for name in names}
    return {
        name: _utc(value) if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _interchange_row(row: Any) -> Row:
    return {
        **_fields(row, "format", "sender", "sender_qualifier", "recipient", "reference"),
        **_fields(row, "syntax", "version", "test", "state", "code", "reason"),
        "faults": json.loads(row.faults),
    }


def _delivery_row(row: Any) -> Row:
    return {
        "item": f"d{row.id}",
        **_fields(row, "partner", "connector", "type", "name", "size", "sha256", "reference"),
        **_fields(row, "test", "state", "attempts", "next_attempt_at", "code", "reason"),
        **_fields(row, "created_at", "sent_at", "acknowledgement_hours"),
        "resend_of": f"d{row.resend_of}" if row.resend_of is not None else None,
    }


def _events(connection: Connection, **keys: int) -> list[Row]:
    terms = [_event.c[name] == key for name, key in keys.items()]
    rows = connection.execute(select(_event).where(or_(*terms)).order_by(_event.c.id))
    return [_fields(row, "at", "who", "what", "why") for row in rows]


def _utc(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
