"""The ERP reports despatches and invoices; the customer gets invoices."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import SAMPLES, Installation
from tests.journeys.answers import ubl_invoices

ORDER = (SAMPLES / "orders" / "7-ubl.xml").read_bytes()


@pytest.fixture
def ordered(sample_installation: Installation) -> Installation:
    """Nordlys, invoiced on despatch, has ordered 20 pieces (line 10) and 75 kg (line 20)."""
    sample_installation.drop("nordlys", "order.xml", ORDER)
    sample_installation.work()
    return sample_installation


@pytest.fixture
def erp_invoices(sample_installation: Installation) -> Installation:
    """The same customer under a contract that invoices when the ERP says so."""
    folder = sample_installation.base / "package"
    folder.mkdir()
    for file in (SAMPLES / "partners" / "nordlys").iterdir():
        text = file.read_text(encoding="utf-8").replace('"despatch"', '"erp"')
        (folder / file.name).write_text(text, encoding="utf-8")
    sample_installation.import_partner(folder)
    sample_installation.drop("nordlys", "order.xml", ORDER)
    sample_installation.work()
    return sample_installation


def despatch(number: str, **quantities: str) -> dict[str, Any]:
    return {
        "type": "despatch-advice",
        "number": number,
        "issue_date": "2026-11-25",
        "partner": "nordlys",
        "order_number": "NL-77001",
        "lines": [
            {"order_line": line.removeprefix("line"), "quantity": quantity}
            for line, quantity in quantities.items()
        ],
    }


def invoice(**more: Any) -> dict[str, Any]:
    return {
        "type": "invoice",
        "partner": "nordlys",
        "order_number": "NL-77001",
        "issue_date": "2026-11-25",
        "lines": [{"order_line": "10", "quantity": "20"}],
        **more,
    }


def report(installation: Installation, name: str, document: dict[str, Any]) -> dict[str, Any]:
    """Drop an ERP file, work, and return its message."""
    installation.drop("erp", name, json.dumps(document).encode())
    installation.work()
    return next(m for m in reversed(installation.messages()) if m["file"] == name)


def invoices(installation: Installation) -> list[Any]:
    return ubl_invoices(installation.base / "outbound" / "nordlys")


def test_the_order_alone_leads_to_no_invoice(ordered: Installation) -> None:
    assert invoices(ordered) == []


def test_a_despatch_is_invoiced_at_the_confirmed_prices(ordered: Installation) -> None:
    report(ordered, "d1.json", despatch("D-1", line10="12", line20="75"))

    (bill,) = invoices(ordered)
    # 12 x 9.40 = 112.80 at 20 %; 75 x 21.00 / 100 = 15.75 at 10 %.
    assert (bill.order, bill.net, bill.payable) == (
        "NL-77001",
        Decimal("128.55"),
        Decimal("152.69"),
    )


def test_the_same_despatch_again_changes_nothing(ordered: Installation) -> None:
    report(ordered, "d1.json", despatch("D-1", line10="12"))

    again = report(ordered, "d1-again.json", despatch("D-1", line10="12"))

    assert again["state"] == "duplicate"
    assert len(invoices(ordered)) == 1


def test_a_second_part_is_a_second_invoice(ordered: Installation) -> None:
    report(ordered, "d1.json", despatch("D-1", line10="12"))

    report(ordered, "d2.json", despatch("D-2", line10="8"))

    assert [(bill.number, bill.net) for bill in invoices(ordered)] == [
        ("INV-000001", Decimal("112.80")),
        ("INV-000002", Decimal("75.20")),
    ]


def test_more_than_confirmed_is_held_and_takes_no_number(ordered: Installation) -> None:
    report(ordered, "d1.json", despatch("D-1", line10="12"))

    held = report(ordered, "d2.json", despatch("D-2", line10="9"))
    report(ordered, "d3.json", despatch("D-3", line10="8"))

    assert (held["state"], held["code"]) == ("held", "more-than-confirmed")
    assert [bill.number for bill in invoices(ordered)] == ["INV-000001", "INV-000002"]


def test_a_despatch_number_with_other_content_is_held(ordered: Installation) -> None:
    report(ordered, "d1.json", despatch("D-1", line10="1"))

    held = report(ordered, "d2.json", despatch("D-1", line10="2"))

    assert (held["state"], held["code"]) == ("held", "changed-report")


def test_a_despatch_of_an_unknown_order_is_held(ordered: Installation) -> None:
    document = despatch("D-1", line10="1") | {"order_number": "NL-0"}

    held = report(ordered, "d1.json", document)

    assert (held["state"], held["code"]) == ("held", "unknown-order")


def test_the_erps_invoice_is_written_with_its_number(erp_invoices: Installation) -> None:
    report(erp_invoices, "i1.json", invoice(number="ERP-2026-7"))

    assert [(bill.number, bill.net) for bill in invoices(erp_invoices)] == [
        ("ERP-2026-7", Decimal("188.00"))
    ]


def test_without_a_number_the_gateway_takes_the_next_of_its_series(
    erp_invoices: Installation,
) -> None:
    report(erp_invoices, "i1.json", invoice())

    assert [bill.number for bill in invoices(erp_invoices)] == ["INV-000001"]


def test_an_invoice_number_of_the_erp_is_used_once(erp_invoices: Installation) -> None:
    report(erp_invoices, "i1.json", invoice(number="ERP-1"))

    again = report(erp_invoices, "i2.json", invoice(number="ERP-1"))

    assert again["state"] == "duplicate"
    assert len(invoices(erp_invoices)) == 1


def test_an_erp_invoice_is_held_where_the_contract_invoices_on_despatch(
    ordered: Installation,
) -> None:
    held = report(ordered, "i1.json", invoice(number="ERP-1"))

    assert (held["state"], held["code"]) == ("held", "invoice-not-expected")


def test_an_unknown_key_is_named_with_its_place(ordered: Installation) -> None:
    document = despatch("D-1", line10="1")
    document["lines"][0]["quantitty"] = "1"

    held = report(ordered, "d1.json", document)

    assert held["state"] == "held"
    assert "$.lines[0].quantitty" in held["reason"]


def package(price: str) -> dict[str, Any]:
    folder = SAMPLES / "partners" / "nordlys"
    files = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    files["prices.csv"] = files["prices.csv"].replace("9.40", price)
    return {"type": "partner-package", "files": files}


def test_a_package_of_the_erp_is_planned_and_held(ordered: Installation) -> None:
    held = report(ordered, "p.json", package("9.90"))

    assert (held["state"], held["code"]) == ("held", "package-held")
    assert "1 price new or changed" in held["reason"]


def test_a_released_package_is_in_force(ordered: Installation) -> None:
    from edi_gateway.operations import perform

    held = report(ordered, "p.json", package("9.90"))

    with ordered.open() as gateway:
        perform(gateway, {"action": "release", "item": held["item"], "reason": "agreed"})
        gateway.runner.process_all()
        versions = {p.partner: p.version for p in gateway.place.store.packages()}

    assert versions["nordlys"] == 2


def test_a_package_with_a_comma_for_a_point_is_refused_with_its_place(
    ordered: Installation,
) -> None:
    held = report(ordered, "p.json", package('"9,90"'))

    assert (held["state"], held["code"]) == ("held", "package-refused")
    assert "prices.csv:2:" in held["reason"]
