"""Two workers at one order: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest

from edi_gateway.contract.life.states import OrderEvent, OrderState
from edi_gateway.pipeline import process
from edi_gateway.runner import attempt
from edi_gateway.store import StepLost, Transmission
from tests.conftest import Installation
from tests.journeys.order_life import Desk, change, desk, order, pails
from tests.journeys.test_order_changes import DESPATCH


def at_once(*work: Callable[[], object]) -> None:
    """Begin all of it at the same moment, each in a thread of its own."""
    barrier = threading.Barrier(len(work))

    def run(one: Callable[[], object]) -> None:
        barrier.wait()
        attempt(one)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def waiting(at: Desk, count: int) -> list[Transmission]:
    """Take in what was put there: a file is taken at the second look."""
    found: list[Transmission] = []
    for _ in range(100):
        for connector in at.gateway.connectors:
            at.gateway.runner.poll(connector)
        found = at.gateway.place.store.unprocessed()
        if len(found) == count:
            break
    assert len(found) == count
    return found


def working(at: Desk, transmission: Transmission) -> Callable[[], object]:
    return lambda: process(at.gateway.place, transmission)


def test_two_changes_at_once_are_both_applied(installation: Installation) -> None:
    soil = "LIN+2+3+3769999000138:EN'QTY+21:100:KGM"
    with desk(installation) as at:
        at.send(order("MV-1"))
        # Numbers that say nothing of their order: else the later of one day would outdate the other.
        at.put(change("C-PAILS", "MV-1", pails(55)))
        at.put(change("C-SOIL", "MV-1", soil))

        at_once(*(working(at, each) for each in waiting(at, 2)))
        at.work()

        assert [each.revision for each in at.handed()] == [1, 2, 3]
        last = [str(line.confirmed_quantity) for line in at.handed()[-1].lines]
        assert last == ["55", "100"]
        assert len(at.responses()) == 3


def test_one_change_taken_by_two_workers_is_applied_once(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))
        at.put(change("C-1", "MV-1", pails(55)))
        (transmission,) = waiting(at, 1)

        at_once(working(at, transmission), working(at, transmission))
        at.work()

        assert [each.revision for each in at.handed()] == [1, 2]
        assert len(at.responses()) == 2


@pytest.mark.parametrize("turn", range(3))
def test_a_change_and_a_despatch_at_once_never_contradict_each_other(
    installation: Installation, turn: int
) -> None:
    with desk(installation, late_change="reject") as at:
        at.send(order("MV-1"))
        at.put(change("C-1", "MV-1", pails(30)))
        at.put(json.dumps({"partner": "maisonvert", **DESPATCH}).encode(), "erp")

        at_once(*(working(at, each) for each in waiting(at, 2)))
        at.work()

        confirmed = at.handed()[-1].lines[0].confirmed_quantity
        states = {m["type"]: m["state"] for m in at.messages()}
        # Whichever came first: 40 of 60 are despatched and the change is late, or 30 are confirmed
        # and a despatch of 40 is held.
        assert (confirmed, states["erp-despatch"]) in [
            (Decimal(60), "answered"),
            (Decimal(30), "held"),
        ]


def test_a_step_from_a_state_that_is_past_is_not_taken(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))
        store = at.gateway.place.store
        with store.transaction() as ledger:
            seen = ledger.orders.find("maisonvert", "MV-1")
            assert seen is not None
            ledger.orders.step(seen, OrderEvent.DESPATCHED, OrderState.PARTIAL)

        with pytest.raises(StepLost), store.transaction() as ledger:
            ledger.orders.step(seen, OrderEvent.CANCELLED, OrderState.CANCELLED)

        assert at.order("MV-1").state == "partial"


def test_orders_of_two_years_with_one_number_are_two_orders(installation: Installation) -> None:
    keys = "numbering_year = true"
    with desk(installation, partner_keys=keys, late_change="reject") as at:
        at.send(order("MV-1", issued="20261116"))
        at.erp({**DESPATCH, "lines": [{"order_line": "1", "quantity": "60"}]})
        at.clock.pass_by(days=60)
        at.send(order("MV-1", issued="20270115"))

        at.erp({**DESPATCH, "number": "D-2", "lines": [{"order_line": "1", "quantity": "60"}]})

        assert at.messages()[-1]["state"] == "answered"
        assert at.order("MV-1 of 2026").state == "partial"
        assert at.order("MV-1 of 2027").state == "partial"
