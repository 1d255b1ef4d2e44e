"""A change gives back what its order took, and takes what it then needs; in UBL as in EDIFACT."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from edi_gateway.documents import OrderChange, OrderChangeLine, Party, Quantity
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.formats.xml.writer import write_document
from tests.conftest import SAMPLES, Installation
from tests.journeys.answers import ubl_responses
from tests.journeys.order_life import Desk, change, desk, order, pails, said

STOCK = {"stock": '"check"', "stock_short": "hold", "stock_unknown": "accept"}


def stock_of_pails(at: Desk, available: str) -> None:
    at.erp_says(
        {
            "type": "stock",
            "at": "2026-11-16T08:00:00Z",
            "items": [{"article": "SEAU-10", "available": available}],
        }
    )


def taken(at: Desk) -> Decimal:
    with at.gateway.place.store.transaction() as ledger:
        return ledger.stock.items(["SEAU-10"])["SEAU-10"].taken


def test_a_changed_order_takes_what_it_then_needs(installation: Installation) -> None:
    with desk(installation, **STOCK) as at:
        stock_of_pails(at, "100")
        at.send(order("MV-1"))
        before = taken(at)

        at.send(change("C-1", "MV-1", pails(90)))

        assert (before, taken(at)) == (60, 90)
        assert said(at.responses()[-1])[0] == ("1", "accepted", "90")


def test_a_change_that_is_held_leaves_what_the_order_took(installation: Installation) -> None:
    with desk(installation, **STOCK) as at:
        stock_of_pails(at, "100")
        at.send(order("MV-1"))

        held = at.send(change("C-1", "MV-1", pails(101)))

        assert held["state"] == "held"
        assert taken(at) == 60
        assert at.order("MV-1").state == "open"


def test_a_cancelled_order_takes_nothing(installation: Installation) -> None:
    with desk(installation, **STOCK) as at:
        stock_of_pails(at, "100")
        at.send(order("MV-1"))

        at.send(change("C-1", "MV-1", function="1"))

        assert taken(at) == 0


def test_the_answer_names_the_change(installation: Installation) -> None:
    with desk(installation) as at:
        at.send(order("MV-1"))

        at.send(change("C-1", "MV-1", pails(30)))

        assert b"RFF+PP:C-1'" in at.out("ORDRSP*")[-1].read_bytes()


def ubl(change: OrderChange, name: str) -> bytes:
    mapping = MappingLibrary().find(name)
    assert mapping is not None
    return write_document(mapping, change)


@pytest.mark.parametrize(
    ("mapping", "function", "lines", "answered", "state"),
    [
        (
            "ubl/order-change-2.1",
            "4",
            (OrderChangeLine(number="10", quantity=Quantity(value=Decimal(12), unit="PCE")),),
            "12",
            "open",
        ),
        ("ubl/order-cancellation-2.1", "1", (), None, "cancelled"),
    ],
    ids=["change", "cancellation"],
)
def test_an_order_in_ubl_is_changed_and_cancelled(
    installation: Installation,
    mapping: str,
    function: str,
    lines: tuple[OrderChangeLine, ...],
    answered: str | None,
    state: str,
) -> None:
    wanted = OrderChange(
        number="CH-1",
        issue_date=date(2026, 11, 17),
        order_number="NL-77001",
        function=function,
        lines=lines,
        reason="no longer wanted",
        buyer=Party(gln="7390000099999", name="Nordlys"),
        supplier=Party(gln="4012345500004", name="Us"),
        currency="EUR",
    )
    with desk(installation, "nordlys") as at:
        at.send((SAMPLES / "orders" / "7-ubl.xml").read_bytes())
        known = at.documents_of_order()
        data = ubl(OrderChange(**{**_fields(wanted), "buyer": known.buyer}), mapping)

        message = at.send(data)

        assert message["state"] == "answered", message["reason"]
        assert at.order("NL-77001").state == state
        told = ubl_responses(installation.base / "outbound" / "nordlys")[-1]
        assert told.order == "NL-77001"
        if answered is not None:
            confirmed = {line.number: line.confirmed_quantity for line in at.handed()[-1].lines}
            assert confirmed["10"] == Decimal(answered)


def _fields(change: OrderChange) -> dict[str, object]:
    return {name: getattr(change, name) for name in change.__struct_fields__}
