"""A call-off is changed, cancelled or not supplied: the blanket order gets back what it gave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from edi_gateway.store.blanket_views import list_blankets
from tests.conftest import Installation
from tests.journeys.order_life import Desk, change, desk, pails, said
from tests.journeys.test_blanket_orders import blanket, call_off
from tests.journeys.test_blanket_orders import pails as pail_line
from tests.orders import enclosed


@pytest.fixture
def called_off(installation: Installation) -> Iterator[Desk]:
    """Of 100 pails, 60 were called off."""
    with desk(installation, blanket_orders='"accept"', over_consumption="lower") as at:
        at.send(enclosed("b1", [blanket("BO-1", [pail_line(100, "7.95")])]))
        at.send(enclosed("c1", [call_off("C-1", [pail_line(60, "7.95")])]))
        yield at


def line_of(at: Desk) -> dict[str, Any]:
    (found,) = list_blankets(at.gateway.place.store)
    return found["lines"][0]


def left(at: Desk) -> str:
    return str(line_of(at)["remaining_quantity"])


@pytest.mark.parametrize(
    ("wanted", "confirmed", "remaining"),
    [
        pytest.param(25, "25", "75", id="lowered"),
        pytest.param(80, "80", "20", id="raised"),
        pytest.param(130, "100", "0", id="raised to more than there is"),
    ],
)
def test_a_changed_call_off_takes_what_it_says_now(
    called_off: Desk, wanted: int, confirmed: str, remaining: str
) -> None:
    called_off.send(change("CHG-1", "C-1", pails(wanted)))

    assert said(called_off.responses()[-1])[0][2] == confirmed
    assert left(called_off) == remaining


def test_a_change_that_comes_again_gives_nothing_back_twice(called_off: Desk) -> None:
    called_off.send(change("CHG-1", "C-1", pails(25)))

    called_off.send(change("CHG-1", "C-1", pails(25)))

    assert left(called_off) == "75"


def test_a_cancelled_call_off_gives_all_of_it_back(called_off: Desk) -> None:
    called_off.send(change("CHG-1", "C-1", function="1"))

    assert (left(called_off), line_of(called_off)["consumed_value"]) == ("100", "0.00")


def test_what_the_erp_does_not_supply_is_given_back(called_off: Desk) -> None:
    called_off.erp(
        {
            "type": "order-status",
            "order_number": "C-1",
            "number": 1,
            "lines": [{"order_line": "1", "quantity": "40"}],
        }
    )

    assert left(called_off) == "60"


def supplied(number: int, quantity: str, order: str = "C-1") -> dict[str, Any]:
    """The ERP supplies so many pails of a call-off."""
    return {
        "type": "order-status",
        "order_number": order,
        "number": number,
        "lines": [{"order_line": "1", "quantity": quantity}],
    }


def test_what_the_erp_supplies_after_all_is_taken_again(called_off: Desk) -> None:
    called_off.erp(supplied(1, "40"))

    called_off.erp(supplied(2, "55"))

    assert (left(called_off), line_of(called_off)["consumed_value"]) == ("45", "437.25")


def test_a_report_that_would_take_more_than_is_left_is_held(called_off: Desk) -> None:
    called_off.erp(supplied(1, "40"))
    called_off.send(enclosed("c2", [call_off("C-2", [pail_line(50, "7.95")])]))

    held = called_off.erp(supplied(2, "60"))

    assert (held["state"], held["code"]) == ("held", "over-consumption")
    assert "60 is supplied now, 50 is left of blanket order BO-1 line 1" in held["reason"]
    assert left(called_off) == "10"


def test_a_changed_blanket_order_keeps_what_was_called_off(called_off: Desk) -> None:
    called_off.send(change("CHG-1", "BO-1", pails(70)))

    assert left(called_off) == "10"


def test_a_blanket_order_is_not_changed_to_less_than_was_called_off(called_off: Desk) -> None:
    message = called_off.send(change("CHG-1", "BO-1", pails(50)))

    assert (message["state"], message["code"]) == ("held", "blanket-below-consumed")
    assert left(called_off) == "40"


def test_a_cancelled_blanket_order_can_be_called_off_no_more(called_off: Desk) -> None:
    called_off.send(change("CHG-1", "BO-1", function="1"))

    message = called_off.send(enclosed("c2", [call_off("C-2", [pail_line(6, "7.95")])]))

    assert (message["state"], message["code"]) == ("held", "blanket-expired")


def test_a_call_off_nobody_confirms_in_time_gives_all_of_it_back(
    installation: Installation,
) -> None:
    terms = {"change_confirmation": "required", "silence": "cancel", "silence_days": "3"}
    known = {"blanket_orders": '"accept"', "over_consumption": "lower", **terms}
    with desk(installation, **known) as at:
        at.send(enclosed("b1", [blanket("BO-1", [pail_line(100, "7.95")])]))
        at.send(enclosed("c1", [call_off("C-1", [pail_line(60, "6.00")])]))
        before = left(at)

        at.clock.pass_by(days=4)
        at.work()

        assert (before, left(at)) == ("40", "100")
        assert at.order("C-1").state == "cancelled"


def test_a_changed_call_off_nobody_confirms_gives_all_of_it_back(
    installation: Installation,
) -> None:
    terms = {"change_confirmation": "required", "silence": "cancel", "silence_days": "3"}
    known = {"blanket_orders": '"accept"', "over_consumption": "lower", **terms}
    with desk(installation, **known) as at:
        at.send(enclosed("b1", [blanket("BO-1", [pail_line(100, "7.95")])]))
        at.send(enclosed("c1", [call_off("C-1", [pail_line(60, "7.95")])]))
        dear = f"{pails(50)}'PRI+AAA:6.00:CT:NTP:1:PCE"
        at.send(change("CHG-1", "C-1", dear))
        before = left(at)

        at.clock.pass_by(days=4)
        at.work()

        assert (before, left(at)) == ("50", "100")
