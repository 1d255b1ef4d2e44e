"""Prices of the day of despatch, or of the invoice: answered provisionally, invoiced for their day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from edi_gateway.documents import DocumentType, Invoice
from edi_gateway.exchange.operator import release
from edi_gateway.store.queries import story
from tests.conftest import SAMPLES, Installation
from tests.journeys.answers import edifact_invoices, ubl_invoices
from tests.journeys.order_life import Desk, change, desk, order, pails

#: The pail costs less from December on, and nothing is known of it after January.
PRICES = """\
article,from_quantity,price,per_quantity,valid_from,valid_until
SEAU-10,1,8.90,1,2026-01-01,2026-11-30
SEAU-10,50,7.95,1,2026-01-01,2026-11-30
SEAU-10,1,8.50,1,2026-12-01,2027-01-31
SEAU-10,50,7.50,1,2026-12-01,2027-01-31
TERREAU,1,18.50,100,2026-01-01,2030-12-31
"""


@contextmanager
def priced_on(
    installation: Installation, price_date: str, *, prices: str = PRICES, **terms: str
) -> Iterator[Desk]:
    """The sample customer under prices of a later day, explained in every response."""
    with desk(installation, partner_keys='explain_prices = "always"', **terms) as at:
        folder = installation.base / "package"
        text = (folder / "partner.toml").read_text(encoding="utf-8")
        text = text.replace('price_date = "order"', f'price_date = "{price_date}"')
        (folder / "partner.toml").write_text(text, encoding="utf-8")
        (folder / "prices.csv").write_text(prices, encoding="utf-8")
        at.take_package(folder)
        yield at


def despatch(number: str, day: str, *, left: str | None = None, **pieces: str) -> dict[str, Any]:
    return {
        "type": "despatch-advice",
        "number": number,
        "issue_date": day,
        **({"despatch_date": left} if left else {}),
        "order_number": "MV-1",
        "lines": [
            {"order_line": line.removeprefix("line"), "quantity": quantity}
            for line, quantity in pieces.items()
        ],
    }


def invoice(day: str = "2026-12-05", **more: Any) -> dict[str, Any]:
    return {
        "type": "invoice",
        "order_number": "MV-1",
        "issue_date": day,
        "lines": [{"order_line": "1", "quantity": "60"}],
        **more,
    }


def invoices(at: Desk) -> list[Invoice]:
    return at.documents(DocumentType.INVOICE)


def prices(found: Invoice) -> list[tuple[str | None, Decimal, Decimal]]:
    return [(line.order_line, line.price.amount, line.amount) for line in found.lines]


def explained(at: Desk, message: dict[str, Any]) -> list[dict[str, Any]]:
    shown = story(at.gateway.place.store, "m", int(message["item"].removeprefix("m")))
    assert shown is not None
    return shown.parts["lines"]


def test_the_answer_says_that_its_price_is_provisional(installation: Installation) -> None:
    with priced_on(installation, "despatch") as at:
        message = at.send(order("MV-1"))

        (note,) = at.responses()[-1].lines[0].notes
        assert note == (
            "Price 7.95 per contract MV-2026, price list MV-PL-1, from 50 PCE; provisional: "
            "the price on the day of the despatch counts, and is invoiced"
        )
        assert (
            "provisional: the price on the day of the despatch counts, and is invoiced"
            in explained(at, message)[0]["trace"]
        )


def test_the_erp_is_told_which_prices_are_provisional(installation: Installation) -> None:
    with priced_on(installation, "despatch") as at:
        at.send(order("MV-1"))

        (file,) = installation.out("erp", "order_*")
        lines = json.loads(file.read_bytes())["lines"]
        assert [line["provisional_until"] for line in lines] == ["despatch", "despatch"]


def test_an_order_is_priced_for_the_day_it_asks_for(installation: Installation) -> None:
    november = order("MV-1").replace(b"DTM+2:20261123", b"DTM+2:20261208")
    with priced_on(installation, "despatch") as at:
        at.send(november)

        assert str(at.responses()[-1].lines[0].price.amount) == "7.50"  # 7.95 is beyond 1.5 %


def test_each_despatch_is_invoiced_at_the_price_of_its_day(installation: Installation) -> None:
    with priced_on(installation, "despatch") as at:
        at.send(order("MV-1"))

        at.erp(despatch("D-1", "2026-11-27", line1="40"))
        at.erp(despatch("D-2", "2026-12-02", line1="20", line2="75"))

        # The order reached the break at 50; 40 and 20 are parts of it. 75 x 18.50 / 100.
        assert [prices(each) for each in invoices(at)] == [
            [("1", Decimal("7.95"), Decimal("318.00"))],
            [("1", Decimal("7.50"), Decimal("150.00")), ("2", Decimal("18.50"), Decimal("13.88"))],
        ]
        bills = edifact_invoices(installation.base / "outbound" / "maisonvert")
        assert [bill.net for bill in bills] == [Decimal("318.00"), Decimal("163.88")]


def test_the_day_the_goods_left_counts_not_that_of_the_note(installation: Installation) -> None:
    with priced_on(installation, "despatch") as at:
        at.send(order("MV-1"))

        at.erp(despatch("D-1", "2026-11-30", left="2026-12-01", line1="60"))

        assert prices(invoices(at)[0]) == [("1", Decimal("7.50"), Decimal("450.00"))]


def test_show_tells_how_the_invoiced_price_came_about(installation: Installation) -> None:
    with priced_on(installation, "despatch") as at:
        at.send(order("MV-1"))

        report = at.erp(despatch("D-1", "2026-12-02", line1="60"))

        (line,) = explained(at, report)
        assert (line["action"], line["price"], line["confirmed"]) == ("invoiced", "7.50", "60")
        assert line["trace"][0] == "priced for the day of the despatch, 2026-12-02"
        assert "contract price 7.50 from quantity 50" in line["trace"][1]
        assert line["trace"][-1] == "the order was answered at 7.95, provisionally"


@pytest.mark.parametrize("price_date", ["despatch", "invoice"])
def test_a_price_that_no_longer_exists_holds_the_report(
    installation: Installation, price_date: str
) -> None:
    with priced_on(installation, price_date) as at:
        at.send(order("MV-1"))
        at.clock.pass_by(days=90)

        held = at.erp(despatch("D-1", "2027-02-14", line1="60"))

        assert (held["state"], held["code"]) == ("held", "no-price-to-invoice")
        assert "line 1: no price row of SEAU-10 covers 2027-02-14" in held["reason"]
        assert invoices(at) == []


def test_with_the_price_imported_the_released_report_is_invoiced(
    installation: Installation,
) -> None:
    with priced_on(installation, "despatch") as at:
        at.send(order("MV-1"))
        held = at.erp(despatch("D-1", "2027-02-14", line1="60"))
        folder = installation.base / "package"
        more = PRICES + "SEAU-10,1,9.00,1,2027-02-01,2027-12-31\n"
        (folder / "prices.csv").write_text(more, encoding="utf-8")
        at.take_package(folder)

        release(at.gateway.place, held["item"], "price imported", "anna")
        at.work()

        assert prices(invoices(at)[0]) == [("1", Decimal("9.00"), Decimal("540.00"))]


def test_the_price_of_the_invoices_day(installation: Installation) -> None:
    with priced_on(installation, "invoice") as at:
        at.send(order("MV-1"))
        at.clock.pass_by(days=16)

        at.erp(despatch("D-1", "2026-11-27", line1="60"))

        (bill,) = invoices(at)
        assert str(bill.issue_date) == "2026-12-02"
        assert prices(bill) == [("1", Decimal("7.50"), Decimal("450.00"))]


def test_the_erps_invoice_is_priced_by_the_despatch_it_reported(
    installation: Installation,
) -> None:
    with priced_on(installation, "despatch", invoice_on="erp") as at:
        at.send(order("MV-1"))
        at.erp(despatch("D-1", "2026-11-27", line1="60"))

        at.erp(invoice())

        assert prices(invoices(at)[0]) == [("1", Decimal("7.95"), Decimal("477.00"))]


@pytest.mark.parametrize(
    ("despatches", "reason"),
    [
        pytest.param([], "no despatch of it is known", id="none reported"),
        pytest.param(
            [("D-1", "2026-11-27"), ("D-2", "2026-12-02")],
            "it left on 2026-11-27 and 2026-12-02",
            id="two days",
        ),
    ],
)
def test_an_invoice_of_the_erp_that_could_be_of_several_days_is_held(
    installation: Installation, despatches: list[tuple[str, str]], reason: str
) -> None:
    with priced_on(installation, "despatch", invoice_on="erp") as at:
        at.send(order("MV-1"))
        for number, day in despatches:
            at.erp(despatch(number, day, line1="30"))

        held = at.erp(invoice())

        assert (held["state"], held["code"]) == ("held", "price-day-unknown")
        assert reason in held["reason"]


def test_an_invoice_that_names_its_despatch_is_priced_for_it(installation: Installation) -> None:
    with priced_on(installation, "despatch", invoice_on="erp") as at:
        at.send(order("MV-1"))
        at.erp(despatch("D-1", "2026-11-27", line1="30"))
        at.erp(despatch("D-2", "2026-12-02", line1="30"))

        lines = [{"order_line": "1", "quantity": "30"}]
        at.erp(invoice(despatch_number="D-2", lines=lines))

        assert prices(invoices(at)[0]) == [("1", Decimal("7.50"), Decimal("225.00"))]


def test_a_price_the_erp_states_needs_none_of_ours(installation: Installation) -> None:
    with priced_on(installation, "despatch", invoice_on="erp") as at:
        at.send(order("MV-1"))

        at.erp(invoice(lines=[{"order_line": "1", "quantity": "60", "price": "7.00"}]))

        assert prices(invoices(at)[0]) == [("1", Decimal("7.00"), Decimal("420.00"))]


def test_a_stated_price_is_compared_with_that_of_the_day(installation: Installation) -> None:
    terms = {"invoice_on": "erp", "invoice_price_differs": "hold"}
    with priced_on(installation, "despatch", **terms) as at:
        at.send(order("MV-1"))
        at.erp(despatch("D-1", "2026-12-02", line1="60"))

        held = at.erp(invoice(lines=[{"order_line": "1", "quantity": "60", "price": "7.95"}]))

        assert (held["state"], held["code"]) == ("held", "invoice-price-differs")
        assert "7.95 invoiced, 7.50 confirmed" in held["reason"]


def test_a_changed_order_reaches_the_bracket_of_what_it_orders_now(
    installation: Installation,
) -> None:
    with priced_on(installation, "despatch") as at:
        at.send(order("MV-1"))
        at.send(change("C-1", "MV-1", pails(40)))

        at.erp(despatch("D-1", "2026-12-02", line1="40"))

        assert prices(invoices(at)[0]) == [("1", Decimal("8.50"), Decimal("340.00"))]


def test_a_ubl_customer_reads_and_pays_it_alike(sample_installation: Installation) -> None:
    folder = sample_installation.base / "package"
    folder.mkdir()
    for file in (SAMPLES / "partners" / "nordlys").iterdir():
        text = file.read_text(encoding="utf-8")
        text = text.replace('price_date = "order"', 'price_date = "despatch"')
        text = text.replace("[partner]\n", '[partner]\nexplain_prices = "always"\n', 1)
        text = text.replace("SEAU-10,1,9.40,1,2026-01-01,2030", "SEAU-10,1,9.40,1,2026-01-01,2026")
        if file.name == "prices.csv":
            text += "SEAU-10,1,9.90,1,2027-01-01,2030-12-31\n"
        (folder / file.name).write_text(text, encoding="utf-8")
    sample_installation.import_partner(folder)
    sample = (SAMPLES / "orders" / "7-ubl.xml").read_bytes()
    sample_installation.drop("nordlys", "order.xml", sample)
    sample_installation.work()
    left = {**despatch("D-1", "2027-01-04", line10="20"), "partner": "nordlys"}
    left["order_number"] = "NL-77001"

    sample_installation.drop("erp", "d1.json", json.dumps(left).encode())
    sample_installation.work()

    outbound = sample_installation.base / "outbound" / "nordlys"
    told = "".join(file.read_text(encoding="utf-8") for file in outbound.glob("OrderResponse*"))
    assert "provisional: the price on the day of the despatch counts, and is invoiced" in told
    (bill,) = ubl_invoices(outbound)
    assert (bill.order, bill.net) == ("NL-77001", Decimal("198.00"))  # 20 x 9.90
