"""Place and call off blanket orders in a ledger; run as a program, one of several at once."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import text

from edi_gateway.contract.decision import Decision, Outcome
from edi_gateway.contract.policies import BlanketOrders
from edi_gateway.contract.rules import decide
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Order
from edi_gateway.exchange.standing import Standing
from edi_gateway.store import Ledger, Message, NewInterchange, NewMessage, Store
from tests.unit.contract.builders import COMPANY, agreement_of, line_of, order_of

NOW = datetime(2026, 11, 16, 8, 15, tzinfo=UTC)


def framework(**changes: object) -> Agreement:
    """Acme, which places blanket orders."""
    return agreement_of(blanket_orders=BlanketOrders.ACCEPT, **changes)


def open_store(folder: Path) -> Store:
    return Store.open(folder, lambda: NOW)


def blanket_order(number: str, quantity: int) -> Order:
    return order_of(
        line_of("BACHE-4X5", quantity),
        number=number,
        type_code="221",
        valid_from=date(2026, 11, 1),
        valid_until=date(2026, 12, 31),
    )


def call_off(number: str, *quantities: int, of: str = "BO-1") -> Order:
    lines = [line_of("BACHE-4X5", quantity) for quantity in quantities]
    return order_of(*lines, number=number, type_code="226", blanket_order=of)


def message_in(ledger: Ledger, agreement: Agreement) -> Message:
    """A message in the ledger, as admission leaves it."""
    transmission = ledger.transmissions.add(
        connector="local",
        partner=agreement.partner.id,
        name="order.edi",
        raw_name=b"order.edi",
        size=1,
        modified=NOW,
        sha256="0",
    )
    values = {
        name: ""
        for name in NewInterchange.__slots__
        if name not in {"code", "reason", "partner", "duplicate_of"}
    }
    interchange = NewInterchange(
        **values
        | {
            "transmission_id": transmission,
            "position": 1,
            "test": False,
            "partner": agreement.partner.id,
            "state": "opened",
            "code": None,
            "reason": None,
        }
    )
    new = NewMessage(
        position=1,
        reference="1",
        type="ORDERS",
        release="D.96A",
        offset=0,
        length=1,
        segments=1,
        state="received",
        code=None,
        reason=None,
        number=None,
        faults="[]",
    )
    _, message_id = ledger.interchanges.add(interchange, [new])
    return Message(
        id=message_id,
        transmission_id=transmission,
        interchange_id=1,
        position=1,
        reference="1",
        type="ORDERS",
        release="D.96A",
        partner=agreement.partner.id,
        number=None,
        test=False,
        state="received",
    )


def take(
    store: Store, agreement: Agreement, order: Order, *, instead_of: int | None = None
) -> tuple[int, Decision]:
    """Decide an order and record what it takes, in one transaction; its message and decision."""
    with store.transaction() as ledger:
        message = message_in(ledger, agreement)
        standing = Standing(ledger, agreement, [order])
        if instead_of is not None:
            standing.reopen(instead_of)
        decision = decide(
            order, agreement, company=COMPANY, circumstances=standing.circumstances(order)
        )
        if decision.outcome is Outcome.ANSWERED:
            standing.settle(message, order, decision)
    return message.id, decision


def cancel(store: Store, agreement: Agreement, order_id: int) -> None:
    """Let an order give back what it took."""
    with store.transaction() as ledger:
        message = message_in(ledger, agreement)
        Standing(ledger, agreement, []).withdraw(order_id, message)


def used(store: Store) -> tuple[Decimal, Decimal]:
    """What the blanket lines say is used, and what their entries add up to."""
    with store.engine.connect() as connection:
        lines = connection.execute(text("SELECT used_quantity FROM blanket_line")).scalars()
        entries = connection.execute(text("SELECT quantity FROM blanket_consumption")).scalars()
        return sum(map(Decimal, lines), Decimal(0)), sum(map(Decimal, entries), Decimal(0))


def main(folder: str, name: str, count: str) -> None:
    store = open_store(Path(folder))
    agreement = framework(over_consumption="lower", below_minimum_value="accept")
    confirmed = Decimal(0)
    for n in range(int(count)):
        _, decision = take(store, agreement, call_off(f"{name}-{n}", 7))
        confirmed += sum(line.confirmed for line in decision.lines)
    store.close()
    sys.stdout.write(str(confirmed))


if __name__ == "__main__":
    main(*sys.argv[1:])
