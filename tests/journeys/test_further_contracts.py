"""Orders under a further contract of the customer: its own stock, blanket orders, guards and invoice."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from edi_gateway.store.blanket_views import list_blankets
from tests.conftest import Installation
from tests.journeys.answers import edifact_invoices
from tests.journeys.order_life import PAIL, Desk, change, desk, pails, said
from tests.orders import Line, enclosed, order_of

#: All that `[contract]` does not do: it ignores stock, knows no blanket orders, and holds changes.
SHOP = """
[[contracts]]
number = "MV-SHOP"
delivery_parties = ["3019999001018"]
invoice_on = "despatch"
payment_days = 60
stock = "check"
blanket_orders = "accept"

[contracts.policies]
order_changes = "apply"
stock_short = "backorder"
stock_unknown = "accept"
over_consumption = "lower"
proposals = "answer"

[contracts.guards]
quantity_factor = "5"
minimum_orders = 1
"""

#: Guards of `[contract]` that look at something else.
OTHER_GUARDS = """
[contract.guards]
value_factor = "100"
"""


@pytest.fixture
def at(installation: Installation) -> Iterator[Desk]:
    """The sample customer, with a contract of its own for its shop."""
    advices = 'despatch_advice = "EDIFACT D.96A"'
    with desk(installation, order_changes="hold", formats=advices) as at:
        folder = installation.base / "package"
        toml = (folder / "partner.toml").read_text("utf-8")
        toml = toml.replace('invoice_on = "despatch"', 'invoice_on = "acceptance"')
        (folder / "partner.toml").write_text(toml + OTHER_GUARDS + SHOP, "utf-8")
        at.take_package(folder)
        yield at


def of_pails(quantity: int, price: str = "8.90") -> Line:
    return (*PAIL[:2], str(quantity), price, *PAIL[4:])


def shop_order(
    number: str, line: Line, *, code: str = "220", function: str = "9", more: tuple[str, ...] = ()
) -> bytes:
    """An order for the shop, which names no contract."""
    segments = [segment for segment in order_of(1, number, [line]) if segment != "RFF+CT:MV-2026"]
    segments = [segment.replace("BGM+220", f"BGM+{code}") for segment in segments]
    segments = [segment.replace(f"{number}+9", f"{number}+{function}") for segment in segments]
    segments[4:4] = more
    segments[-1] = f"UNT+{len(segments)}+1"
    return enclosed(number, [segments])


def stock_of_pails(at: Desk, available: str) -> None:
    items = [{"article": "SEAU-10", "available": available}]
    at.erp_says({"type": "stock", "at": at.clock.now.isoformat(), "items": items})


def despatch(at: Desk, order: str, quantity: str) -> dict[str, Any]:
    return at.erp(
        {
            "type": "despatch-advice",
            "number": f"D-{order}",
            "issue_date": "2026-11-20",
            "order_number": order,
            "lines": [{"order_line": "1", "quantity": quantity}],
        }
    )


def test_its_orders_are_held_against_stock(at: Desk) -> None:
    stock_of_pails(at, "25")

    at.send(shop_order("S-1", of_pails(40)))

    (line,) = at.responses()[-1].lines
    assert (line.confirmed, line.backordered) == (25, 15)


def test_orders_under_the_other_contract_are_not(at: Desk) -> None:
    stock_of_pails(at, "25")

    at.send(enclosed("1", [order_of(1, "M-1", [of_pails(40)])]))

    assert said(at.responses()[-1]) == [("1", "accepted", "40")]


def test_its_blanket_orders_are_placed_and_called_off(at: Desk) -> None:
    ends = ("DTM+157:20261101:102", "DTM+36:20261231:102")
    at.send(shop_order("BO-1", of_pails(100, "7.95"), code="221", more=ends))

    at.send(shop_order("S-1", of_pails(80, "7.95"), more=("RFF+BO:BO-1",)))
    at.send(shop_order("S-2", of_pails(30, "7.95"), more=("RFF+BO:BO-1",)))

    assert said(at.responses()[-1]) == [("1", "changed", "20")]
    (blanket,) = list_blankets(at.gateway.place.store)
    assert [line["remaining_quantity"] for line in blanket["lines"]] == ["0"]


def test_its_guards_know_what_was_ordered(at: Desk) -> None:
    at.send(shop_order("S-1", of_pails(10)))

    message = at.send(shop_order("S-2", of_pails(60, "7.95")))

    assert (message["state"], message["code"]) == ("held", "unusual-quantity")


def test_a_change_is_applied_as_it_says_and_answered_under_it(at: Desk) -> None:
    stock_of_pails(at, "25")
    at.send(shop_order("S-1", of_pails(20)))

    message = at.send(change("C-1", "S-1", pails(30)))

    answer = at.responses()[-1]
    assert (message["state"], answer.contract_number) == ("answered", "MV-SHOP")
    assert (answer.lines[0].confirmed, answer.lines[0].backordered) == (25, 5)
    assert at.handed()[-1].contract == "MV-SHOP"


def test_a_change_of_an_order_under_the_other_contract_is_held(at: Desk) -> None:
    at.send(enclosed("1", [order_of(1, "M-1", [of_pails(40)])]))

    message = at.send(change("C-1", "M-1", pails(30)))

    assert (message["state"], message["code"]) == ("held", "order-change")


def test_a_change_that_comes_before_its_order_waits_for_it(at: Desk) -> None:
    heading = ("RFF+CT:MV-SHOP",)
    early = at.send(change("C-1", "S-1", pails(30), heading=heading))

    at.send(shop_order("S-1", of_pails(20)))

    assert early["code"] == "change-before-order"
    assert said(at.responses()[-1]) == [("1", "accepted", "30")]


def test_a_proposal_is_answered_as_it_says(at: Desk) -> None:
    stock_of_pails(at, "25")

    message = at.send(shop_order("S-1", of_pails(40), function="16"))

    answer = at.responses()[-1]
    assert (message["state"], answer.contract_number) == ("answered", "MV-SHOP")
    assert (answer.lines[0].confirmed, answer.lines[0].backordered) == (25, 15)


def test_what_is_despatched_is_invoiced_under_it(at: Desk) -> None:
    at.send(shop_order("S-1", of_pails(20)))
    before = at.out("INVOIC*")

    at.send(change("C-1", "S-1", pails(12)))
    despatch(at, "S-1", "12")

    (invoice,) = edifact_invoices(at.installation.base / "outbound" / at.partner)
    assert before == []
    assert invoice.net == Decimal("106.80")
    assert b"RFF+CT:MV-SHOP'" in at.out("DESADV*")[-1].read_bytes()
