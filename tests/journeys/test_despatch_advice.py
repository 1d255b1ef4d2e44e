"""The ERP reports a despatch; the customer who agreed on it gets a DESADV beside the invoice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edi_gateway.documents import gs1_check_digit
from edi_gateway.store.queries import story
from tests.conftest import SAMPLES, Installation
from tests.journeys.answers import edifact_invoices, element, messages_of, segments_of

ORDER = (SAMPLES / "orders" / "1-accepted.edi").read_bytes()
RELEASES = ["D.93A", "D.96A", "D.97A", "D.99B", "D.01B"]


def sscc(serial: int) -> str:
    digits = f"3401234{serial:010d}"
    return digits + gs1_check_digit(digits)


def import_agreed(installation: Installation, release: str, invoice_on: str = "despatch") -> None:
    """The EDIFACT sample customer, who wants despatch advices in `release`."""
    folder = installation.base / "package"
    folder.mkdir(exist_ok=True)
    for file in (SAMPLES / "partners" / "maisonvert").iterdir():
        text = file.read_text(encoding="utf-8")
        text = text.replace('invoice_on = "acceptance"', f'invoice_on = "{invoice_on}"')
        text = text.replace('"EDIFACT D.96A"', f'"EDIFACT {release}"')
        text = text.replace(
            "[partner.formats]", f'[partner.formats]\ndespatch_advice = "EDIFACT {release}"'
        )
        (folder / file.name).write_text(text, encoding="utf-8")
    installation.import_partner(folder)


@pytest.fixture
def ordered(sample_installation: Installation) -> Installation:
    import_agreed(sample_installation, "D.96A")
    sample_installation.drop("maisonvert", "order.edi", ORDER)
    sample_installation.work()
    return sample_installation


def despatch(**more: Any) -> dict[str, Any]:
    return {
        "type": "despatch-advice",
        "number": "BL-1",
        "issue_date": "2026-11-20",
        "partner": "maisonvert",
        "order_number": "MV-1001",
        "lines": [
            {"order_line": "1", "quantity": "60"},
            {"order_line": "2", "quantity": "75"},
        ],
        **more,
    }


def report(installation: Installation, document: dict[str, Any]) -> dict[str, Any]:
    """Drop an ERP file, work, and return its message."""
    installation.drop("erp", "despatch.json", json.dumps(document).encode())
    installation.work()
    return next(m for m in reversed(installation.messages()) if m["file"] == "despatch.json")


def advices(installation: Installation) -> list[Path]:
    return installation.out("maisonvert", "DESADV*")


def test_a_despatch_is_advised_and_invoiced(ordered: Installation) -> None:
    taken = report(ordered, despatch())

    (advice,) = [m for file in advices(ordered) for m in messages_of(segments_of(file))]
    assert [element(s, 1) for s in advice if s.tag == "BGM"] == ["BL-1"]
    assert [element(s, 0, 1) for s in advice if s.tag == "QTY" and element(s, 0) == "12"] == [
        "60",
        "75",
    ]
    assert [(element(s, 0, 1), element(s, 0, 2)) for s in advice if s.tag == "RFF"][-2:] == [
        ("MV-1001", "1"),
        ("MV-1001", "2"),
    ]
    assert len(edifact_invoices(ordered.base / "outbound" / "maisonvert")) == 1
    assert taken["state"] == "answered"
    assert taken["reason"] == "despatch advised and invoiced as INV-000001"


def test_pallets_and_cartons_are_advised_with_their_codes(ordered: Installation) -> None:
    pallet = {"number": "P1", "type_code": "201", "type_agency": "9", "sscc": sscc(1)}
    carton = {"number": "C1", "parent": "P1", "type_code": "CT", "sscc": sscc(2)}
    lines = [
        {"order_line": "1", "quantity": "20", "package": "C1", "batch": "L7"},
        {"order_line": "1", "quantity": "40"},
    ]

    report(ordered, despatch(packages=[pallet, carton], lines=lines, carrier="Petit"))

    text = advices(ordered)[0].read_text(encoding="latin-1")
    begin = text.index("CPS+1'")
    assert text[begin:].startswith("CPS+1'LIN+1++3769999000114:EN'")
    assert f"CPS+2+1'PAC+1++201::9'PCI+33E'GIN+BJ+{sscc(1)}'CPS+3+2'PAC+1++CT'" in text
    assert f"GIN+BJ+{sscc(2)}'LIN+2++3769999000114:EN'" in text
    assert "PCI+36E'GIN+BX+L7'" in text
    assert "TDT+20++++:::Petit'" in text


def test_a_customer_who_did_not_agree_gets_none(sample_installation: Installation) -> None:
    sample_installation.drop("maisonvert", "order.edi", ORDER)
    sample_installation.work()

    taken = report(sample_installation, despatch())

    assert advices(sample_installation) == []
    assert taken["reason"] == "despatch recorded; the contract invoices on acceptance"


@pytest.mark.parametrize("release", RELEASES)
def test_orders_and_all_answers_travel_in_any_release(
    sample_installation: Installation, release: str
) -> None:
    import_agreed(sample_installation, release)
    compact = release.replace(".", ":").encode()
    sample_installation.drop("maisonvert", "o.edi", ORDER.replace(b"D:96A", compact))
    sample_installation.work()

    report(sample_installation, despatch())

    files = {file.name.split("_")[0]: file for file in sample_installation.out("maisonvert")}
    assert set(files) == {"CONTRL", "ORDRSP", "DESADV", "INVOIC"}
    for type_ in ("ORDRSP", "DESADV", "INVOIC"):
        assert f"{type_}:{compact.decode()}:UN" in files[type_].read_text(encoding="latin-1")


@pytest.mark.parametrize(
    ("packages", "package", "fault"),
    [
        pytest.param([], "P9", "line 1 lies in package P9, which is not listed", id="not listed"),
        pytest.param(
            [{"number": "P1", "sscc": "340123450000000015"}],
            "P1",
            "package P1: 340123450000000015 is no SSCC",
            id="check digit",
        ),
        pytest.param(
            [{"number": "C1", "parent": "P1"}, {"number": "P1"}],
            "C1",
            "package C1 lies in P1, which is not listed before it",
            id="order",
        ),
        pytest.param(
            [{"number": "P1"}, {"number": "P1"}], "P1", "package P1 is listed twice", id="twice"
        ),
        pytest.param(
            [{"number": "P1", "count": 0}], "P1", "package P1 is there 0 times", id="none of it"
        ),
        pytest.param(
            [{"number": "P1", "sscc": sscc(1), "count": 2}],
            "P1",
            "package P1: an SSCC belongs to one package alone",
            id="shared",
        ),
    ],
)
def test_packing_that_cannot_be_true_is_held(
    ordered: Installation, packages: list[dict[str, Any]], package: str, fault: str
) -> None:
    lines = [{"order_line": "1", "quantity": "20", "package": package}]

    taken = report(ordered, despatch(packages=packages, lines=lines))

    assert (taken["state"], taken["code"]) == ("held", "packing-wrong")
    assert fault in taken["reason"]
    assert advices(ordered) == []


def test_advice_and_report_are_both_recorded(ordered: Installation) -> None:
    taken = report(ordered, despatch())

    with ordered.open() as gateway:
        told = story(gateway.place.store, "m", int(taken["item"][1:]))
    assert told is not None
    assert [(d["kind"], d["number"], d["order_number"]) for d in told.parts["documents"]] == [
        ("erp-despatch", "BL-1", "MV-1001"),
        ("despatch-advice", "BL-1", "MV-1001"),
        ("invoice", "INV-000001", "MV-1001"),
    ]
