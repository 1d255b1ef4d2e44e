"""What was bought in a period so far reaches the breaks of a cumulative price."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from edi_gateway.contract.pricing.breaks import BreaksBy, BreaksPeriod, period_of
from edi_gateway.contract.rules import decide
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Order
from edi_gateway.exchange.standing import Standing
from edi_gateway.store import Store
from tests.unit.contract.builders import COMPANY, agreement_of, line_of, order_of
from tests.unit.exchange.calling_off import cancel, message_in, open_store, take

YEARLY = agreement_of(breaks_by=BreaksBy.CUMULATIVE)
MONTHLY = agreement_of(breaks_by=BreaksBy.CUMULATIVE, breaks_period=BreaksPeriod.MONTH)

#: From 144 on RUBAN-12 costs 1.99, from 48 on 2.29, else 2.49.
BEFORE, AFTER = Decimal("2.29"), Decimal("1.99")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


def ribbon(number: str, quantity: int, on: date = date(2026, 11, 16)) -> Order:
    return order_of(line_of("RUBAN-12", quantity), number=number, issue_date=on)


def price(store: Store, order: Order, agreement: Agreement = YEARLY) -> Decimal:
    _, decision = take(store, agreement, order)
    (line,) = decision.lines
    assert line.price is not None
    return line.price.amount


def test_earlier_orders_of_the_period_reach_a_break_with_this_one(store):
    assert price(store, ribbon("1", 96)) == BEFORE

    assert price(store, ribbon("2", 48)) == AFTER


def test_orders_of_another_period_do_not_count(store):
    take(store, MONTHLY, ribbon("1", 96, date(2026, 10, 31)))

    assert price(store, ribbon("2", 48), MONTHLY) == BEFORE


def test_a_cancelled_order_does_not_count(store):
    order_id, _ = take(store, YEARLY, ribbon("1", 96))
    cancel(store, YEARLY, order_id)

    assert price(store, ribbon("2", 48)) == BEFORE


def test_an_order_that_is_changed_does_not_count_itself(store):
    order_id, _ = take(store, YEARLY, ribbon("1", 96))

    _, decision = take(store, YEARLY, ribbon("1", 108), instead_of=order_id)

    assert decision.lines[0].price.amount == BEFORE


@pytest.mark.parametrize(
    ("period", "since", "until"),
    [
        (BreaksPeriod.YEAR, date(2026, 1, 1), date(2027, 1, 1)),
        (BreaksPeriod.QUARTER, date(2026, 10, 1), date(2027, 1, 1)),
        (BreaksPeriod.MONTH, date(2026, 12, 1), date(2027, 1, 1)),
        (BreaksPeriod.CONTRACT, date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_a_period_has_a_first_day_and_a_day_after(period, since, until):
    assert period_of(period, date(2026, 12, 31), YEARLY.contract) == (since, until)


def test_orders_of_one_chunk_count_for_those_that_follow(store):
    with store.transaction() as ledger:
        standing = Standing(ledger, YEARLY, [ribbon("1", 96), ribbon("2", 48)])
        seen = []
        for order in (ribbon("1", 96), ribbon("2", 48), ribbon("3", 12)):
            circumstances = standing.circumstances(order)
            seen.append(circumstances.bought.get("RUBAN-12", Decimal(0)))
            decision = decide(order, YEARLY, company=COMPANY, circumstances=circumstances)
            standing.settle(message_in(ledger, YEARLY), order, decision)

    assert seen == [0, 96, 144]
