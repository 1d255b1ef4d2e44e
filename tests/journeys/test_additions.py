"""Charges and free goods, from the order file to the invoices."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from edi_gateway.store.stock_views import list_stock
from tests.conftest import SAMPLES, Installation
from tests.journeys.answers import edifact_invoices, edifact_responses
from tests.orders import GLOVES, PAIL, enclosed, order_of

ADDED = """
[[contract.charges]]
kind = "freight"
amount = "9.90"
below = "500.00"

[[contract.free_goods]]
article = "GANT-J"
for_every = "12"
free = "1"

[[contracts]]
number = "MV-SHOP"
delivery_parties = ["3019999001018"]
charges = []
"""

STOCK_POLICIES = """[contract.policies]
stock_short = "backorder"
stock_unknown = "accept"
"""


@pytest.fixture
def agreed(sample_installation: Installation) -> Installation:
    """The EDIFACT sample customer, invoiced on despatch, with additions."""
    folder = sample_installation.base / "package"
    folder.mkdir()
    for file in (SAMPLES / "partners" / "maisonvert").iterdir():
        text = file.read_text(encoding="utf-8").replace('"acceptance"', '"despatch"')
        if file.name == "partner.toml":
            text += ADDED
        (folder / file.name).write_text(text, encoding="utf-8")
    sample_installation.import_partner(folder)
    return sample_installation


def drop_order(installation: Installation, *rewritten: tuple[str, str]) -> None:
    segments = order_of(1, "A-1", [PAIL, GLOVES])
    for said, instead in rewritten:
        segments = [instead if segment == said else segment for segment in segments]
    installation.drop("maisonvert", "order.edi", enclosed("1", [segments]))
    installation.work()


def handed(installation: Installation) -> dict[str, Any]:
    (file,) = installation.out("erp", "order_maisonvert_A-1*")
    document: dict[str, Any] = json.loads(file.read_bytes())
    return document


def report(installation: Installation, number: str, **quantities: str) -> None:
    lines = [
        {"order_line": line.removeprefix("line"), "quantity": quantity}
        for line, quantity in quantities.items()
    ]
    document = {
        "type": "despatch-advice",
        "number": number,
        "issue_date": "2026-11-20",
        "partner": "maisonvert",
        "order_number": "A-1",
        "lines": lines,
    }
    installation.drop("erp", f"{number}.json", json.dumps(document).encode())
    installation.work()


def test_the_erp_gets_the_free_goods_and_the_charge(agreed: Installation) -> None:
    drop_order(agreed)

    order = handed(agreed)
    assert [(line["number"], line["free_with"]) for line in order["lines"]] == [
        ("1", None),
        ("2", None),
        ("2F", "2"),
    ]
    assert [charge["amount"] for charge in order["allowances"]] == ["9.90"]
    # 6 x 8.90 + 24 x 3.20 + 9.90
    assert order["net_amount"] == "140.10"


def test_the_response_says_that_something_was_added(agreed: Installation) -> None:
    drop_order(agreed)

    (response,) = edifact_responses(agreed.base / "outbound" / "maisonvert")
    assert response.header == "4"
    assert [action for action, *_ in response.lines.values()] == ["5", "5", "1"]


def test_the_charge_is_invoiced_once(agreed: Installation) -> None:
    drop_order(agreed)

    report(agreed, "BL-1", line1="6")
    report(agreed, "BL-2", line2="24", line2F="2")

    first, second = edifact_invoices(agreed.base / "outbound" / "maisonvert")
    assert (first.payable, second.payable) == (
        Decimal("75.96"),  # (6 x 8.90 + 9.90) x 1.20
        Decimal("92.16"),  # 24 x 3.20 x 1.20, and two pairs for nothing
    )


def test_another_contract_for_the_delivery_party_charges_nothing(agreed: Installation) -> None:
    drop_order(agreed, ("RFF+CT:MV-2026", "RFF+CT:MV-SHOP"))

    order = handed(agreed)
    assert (order["contract"], order["allowances"], order["net_amount"]) == (
        "MV-SHOP",
        [],
        "130.20",
    )


def test_free_goods_of_another_article_take_of_its_stock(agreed: Installation) -> None:
    file = agreed.base / "package" / "partner.toml"
    text = file.read_text(encoding="utf-8").replace("[contract]\n", '[contract]\nstock = "check"\n')
    text = text.replace("[contract.policies]", STOCK_POLICIES)
    text = text.replace('free = "1"', 'free = "1"\nfree_article = "GRAINE-R"')
    file.write_text(text, encoding="utf-8")
    agreed.import_partner(file.parent)
    items = [{"article": "GRAINE-R", "available": "3"}]
    stock = {"type": "stock", "at": "2026-11-16T06:00:00Z", "items": items}
    agreed.drop("erp", "stock.json", json.dumps(stock).encode())
    agreed.work()

    drop_order(agreed, ("QTY+21:24", "QTY+21:48"))

    free = next(line for line in handed(agreed)["lines"] if line["free_with"])
    # Four are free for 48 pairs; three seeds are there.
    assert (free["article"], free["confirmed_quantity"], free["backordered"]) == (
        "GRAINE-R",
        "3",
        "1",
    )
    with agreed.open() as gateway:
        (row,) = list_stock(gateway.place.store, article="GRAINE-R")
    assert row["promised"] == "3"
