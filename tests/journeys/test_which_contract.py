"""An order, and what follows it, is decided under its own contract, and says which that was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edi_gateway.store.queries import story
from tests.conftest import Installation
from tests.journeys.order_life import Desk, change, desk, order, pails

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
