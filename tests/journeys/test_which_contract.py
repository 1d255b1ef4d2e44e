"""An order, and what follows it, is decided under its own contract, and says which that was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edi_gateway.store.queries import story
from tests.conftest import Installation
from tests.journeys.order_life import PAIL, Desk, change, desk, order, pails

SHOP = """
[[contracts]]
number = "MV-SHOP"
delivery_parties = ["3019999001018"]
stock = "check"
[contracts.policies]
unknown_article = "hold"
stock_short = "backorder"
stock_unknown = "accept"
"""
UNKNOWN = "LIN+9+1+3769999000107:EN'QTY+21:5"
DECIDED = "contract MV-SHOP, package version 2"


@pytest.fixture
def shop(installation: Installation) -> Iterator[Desk]:
    """A customer with two contracts, the second for its shop."""
    with desk(installation, proposals="answer") as at:
        package = installation.base / "package"
        with (package / "partner.toml").open("a", encoding="utf-8") as file:
            file.write(SHOP)
        at.take_package(package)
        yield at


def for_the_shop(number: str, function: str = "9") -> bytes:
    return order(number, function=function).replace(b"RFF+CT:MV-2026", b"RFF+CT:MV-SHOP")


def terms(at: Desk) -> str | None:
    """By which terms the newest message was decided."""
    told = story(at.gateway.place.store, "m", len(at.messages()))
    assert told is not None
    found: str | None = told.fields["terms"]
    return found


def test_an_order_is_held_against_stock_where_its_contract_asks_for_it(shop: Desk) -> None:
    item = {"article": "SEAU-10", "available": "50"}
    shop.erp_says({"type": "stock", "at": shop.clock().isoformat(), "items": [item]})

    shop.send(for_the_shop("A"))

    line = shop.handed()[-1].lines[0]
    assert (str(line.confirmed_quantity), str(line.backordered)) == ("50", "10")


def test_a_change_names_the_contract_of_its_order(shop: Desk) -> None:
    shop.send(for_the_shop("A"))

    message = shop.send(change("C-1", "A", pails(30)))

    assert (message["state"], terms(shop)) == ("answered", DECIDED)


def test_a_change_is_held_where_the_contract_of_its_order_holds(shop: Desk) -> None:
    shop.send(for_the_shop("A"))

    message = shop.send(change("C-1", "A", UNKNOWN))

    assert (message["state"], message["code"]) == ("held", "unknown-article")
    assert terms(shop) == DECIDED


def test_a_change_is_held_against_stock_where_the_contract_of_its_order_asks_for_it(
    shop: Desk,
) -> None:
    item = {"article": "SEAU-10", "available": "70"}
    shop.erp_says({"type": "stock", "at": shop.clock().isoformat(), "items": [item]})
    shop.send(for_the_shop("A"))

    shop.send(change("C-1", "A", pails(80)))

    line = shop.handed()[-1].lines[0]
    assert (str(line.confirmed_quantity), str(line.backordered)) == ("70", "10")


def test_a_cancellation_names_the_contract_of_its_order(shop: Desk) -> None:
    shop.send(for_the_shop("A"))

    message = shop.send(for_the_shop("A", function="1"))

    assert (message["code"], terms(shop)) == ("cancelled-by-customer", DECIDED)


def test_a_proposal_names_its_contract(shop: Desk) -> None:
    message = shop.send(for_the_shop("A", function="16"))

    assert (message["code"], terms(shop)) == ("proposal", DECIDED)


NEXT_YEAR = """
[[contracts]]
number = "MV-2027"
valid_from = 2027-01-01
valid_until = 2027-12-31
"""


@pytest.fixture
def two_years(installation: Installation) -> Iterator[Desk]:
    """A customer with a contract for each year; the pail costs more in the second."""
    with desk(installation) as at:
        package = installation.base / "package"
        text = (package / "partner.toml").read_text(encoding="utf-8")
        text = text.replace("valid_until = 2030-12-31", "valid_until = 2026-12-31")
        text = text.replace('price_date = "order"', 'price_date = "delivery"')
        (package / "partner.toml").write_text(text + NEXT_YEAR, encoding="utf-8")
        prices = (package / "prices.csv").read_text(encoding="utf-8").splitlines()
        rows = [f"{prices[0]},contract", *(f"{row}," for row in prices[1:])]
        rows += ["SEAU-10,1,9.50,1,2027-01-01,2027-12-31,MV-2027", ""]
        (package / "prices.csv").write_text("\n".join(rows), encoding="utf-8")
        at.take_package(package)
        yield at


def unnamed(number: str) -> bytes:
    """An order that names no contract."""
    return order(number, PAIL).replace(b"RFF+CT:MV-2026", b"RFF+CR:MV-2026")


def test_a_change_of_the_date_may_bring_the_order_under_another_contract(two_years: Desk) -> None:
    two_years.send(unnamed("A"))

    message = two_years.send(change("C-1", "A", heading=("DTM+2:20270115:102",)))

    told = story(two_years.gateway.place.store, "m", len(two_years.messages()))
    assert told is not None
    moved = "the change brings the order under contract MV-2027; it was under MV-2026"
    assert (message["state"], terms(two_years)) == (
        "answered",
        "contract MV-2027, package version 2",
    )
    assert [each["text"] for each in told.parts["findings"] if each["line"] is None] == [moved]
    assert told.parts["lines"][0]["trace"][0] == moved


def test_what_it_costs_then_is_what_the_other_contract_says(two_years: Desk) -> None:
    two_years.send(unnamed("A"))

    two_years.send(change("C-1", "A", heading=("DTM+2:20270115:102",)))

    first, second = two_years.handed()
    assert (first.contract, str(first.lines[0].price)) == ("MV-2026", "7.95")
    assert (second.contract, str(second.lines[0].price)) == ("MV-2027", "9.50")


def test_a_change_that_leaves_the_order_where_it_was_says_nothing(two_years: Desk) -> None:
    two_years.send(unnamed("A"))

    two_years.send(change("C-1", "A", heading=("DTM+2:20261215:102",)))

    told = story(two_years.gateway.place.store, "m", len(two_years.messages()))
    assert told is not None
    assert told.parts["findings"] == []
