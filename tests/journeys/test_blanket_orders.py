"""Framework agreements: a blanket order is placed, and orders call it off until nothing is left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edi_gateway.exchange.operator import release
from edi_gateway.exchange.packages.onboarding import import_package
from edi_gateway.store.blanket_views import list_blankets
from tests.conftest import SAMPLES, Installation
from tests.journeys.answers import (
    edifact_invoices,
    edifact_responses,
    erp_orders,
    ubl_responses,
)
from tests.orders import PAIL, SOIL, Line, enclosed, order_of

PARTNER = "maisonvert"


def pails(quantity: int, price: str = "8.90") -> Line:
    return (*PAIL[:2], str(quantity), price, *PAIL[4:])


def package(*, contract: str = 'blanket_orders = "accept"', **policies: str) -> dict[str, bytes]:
    folder = SAMPLES / "partners" / PARTNER
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    text = files["partner.toml"].decode("utf-8")
    text = text.replace("[contract]\n", f"[contract]\n{contract}\n")
    text += "".join(f'{name} = "{value}"\n' for name, value in policies.items())
    return {**files, "partner.toml": text.encode("utf-8")}


def agree(installation: Installation, files: dict[str, bytes]) -> None:
    with installation.open() as gateway:
        import_package(gateway.place, files, origin="test", who="test")


@pytest.fixture
def framework(installation: Installation) -> Installation:
    """A customer that places blanket orders."""
    agree(installation, package())
    return installation


def blanket(number: str, lines: Sequence[Line], until: str = "20261231") -> list[str]:
    segments = order_of(1, number, lines)
    place = segments.index("DTM+2:20261123:102")
    segments[place : place + 1] = ["DTM+157:20261101:102", f"DTM+36:{until}:102"]
    return counted([s.replace("BGM+220", "BGM+221") for s in segments])


def call_off(
    number: str,
    lines: Sequence[Line],
    *,
    of: str = "BO-1",
    line: str = "",
    code: str = "226",
    on: str = "20261116",
) -> list[str]:
    segments = order_of(1, number, lines)
    segments = [s.replace("BGM+220", f"BGM+{code}") for s in segments]
    segments = [s.replace("137:20261116", f"137:{on}") for s in segments]
    if line:
        at = next(n for n, s in enumerate(segments) if s.startswith("UNS"))
        segments.insert(at, f"RFF+BO:{of}:{line}")
    else:
        segments.insert(segments.index("RFF+CT:MV-2026") + 1, f"RFF+BO:{of}")
    return counted(segments)


def counted(segments: list[str]) -> list[str]:
    return [*segments[:-1], f"UNT+{len(segments)}+1"]


def send(installation: Installation, *orders: list[str], name: str, test: bool = False) -> None:
    for place, segments in enumerate(orders):
        data = enclosed(f"{name}{place}", [segments], test=test)
        installation.drop(PARTNER, f"{name}{place}.edi", data)
    installation.work()


def left(installation: Installation, number: str = "BO-1") -> list[tuple[str, str | None, str]]:
    """Line, remaining quantity and consumed value of a blanket order."""
    with installation.open() as gateway:
        (found,) = [b for b in list_blankets(gateway.place.store) if b["number"] == number]
    return [
        (line["line"], line["remaining_quantity"], line["consumed_value"])
        for line in found["lines"]
    ]


def answers(installation: Installation) -> dict[str, tuple[str, dict[str, Any]]]:
    found = edifact_responses(installation.base / "outbound" / PARTNER)
    return {response.order: (response.header, response.lines) for response in found}


def to_erp(installation: Installation) -> dict[str, dict[str, Any]]:
    return {str(o["number"]): o for o in erp_orders(installation.base / "outbound" / "erp")}


def test_a_blanket_order_is_answered_and_handed_over_and_nothing_is_invoiced(
    framework: Installation,
) -> None:
    send(framework, blanket("BO-1", [pails(100, "7.95"), SOIL]), name="b")

    header, lines = answers(framework)["BO-1"]
    assert header == "29"
    assert lines["1"] == ("5", Decimal(100), Decimal("7.95"), Decimal(1))
    order = to_erp(framework)["BO-1"]
    assert (order["type_code"], order["valid_from"], order["valid_until"]) == (
        "221",
        "2026-11-01",
        "2026-12-31",
    )
    assert not edifact_invoices(framework.base / "outbound" / PARTNER)
    assert left(framework) == [("1", "100", "0.00"), ("2", "75", "0.00")]


def test_call_offs_consume_it_at_its_price(framework: Installation) -> None:
    send(framework, blanket("BO-1", [pails(100, "7.95")]), name="b")

    send(
        framework,
        call_off("C-1", [pails(30, "7.95")]),
        call_off("C-2", [pails(20, "7.95")], line="1"),
        call_off("C-3", [pails(10, "7.95")], code="220"),
        name="c",
    )

    # On its own an order of 30 pails costs 8.90 each.
    assert [answers(framework)[n][0] for n in ("C-1", "C-2", "C-3")] == ["29", "29", "29"]
    assert left(framework) == [("1", "40", "477.00")]
    order = to_erp(framework)["C-2"]
    assert order["type_code"] == "226"
    assert (order["lines"][0]["blanket_order"], order["lines"][0]["blanket_line"]) == ("BO-1", "1")
    assert [str(bill.net) for bill in edifact_invoices(framework.base / "outbound" / PARTNER)] == [
        "238.50",
        "159.00",
        "79.50",
    ]


@pytest.mark.parametrize(
    ("policy", "header", "confirmed", "remaining"),
    [
        pytest.param("reject", "27", Decimal(0), "10", id="reject: nothing is confirmed"),
        pytest.param("lower", "4", Decimal(10), "0", id="lower: what is left is confirmed"),
        pytest.param("accept", "29", Decimal(25), "0", id="accept: all is confirmed"),
    ],
)
def test_a_call_off_of_more_than_is_left(
    framework: Installation, policy: str, header: str, confirmed: Decimal, remaining: str
) -> None:
    agree(framework, package(over_consumption=policy))
    send(framework, blanket("BO-1", [pails(60, "7.95")]), name="b")
    send(framework, call_off("C-1", [pails(50, "7.95")]), name="c")

    send(framework, call_off("C-2", [pails(25, "7.95")]), name="d")

    said, lines = answers(framework)["C-2"]
    assert said == header
    assert policy == "reject" or lines["1"][1] == confirmed
    assert left(framework)[0][1] == remaining


def test_a_call_off_of_more_than_is_left_is_held_unless_the_contract_says_more(
    framework: Installation,
) -> None:
    send(framework, blanket("BO-1", [pails(60, "7.95")]), name="b")

    send(framework, call_off("C-1", [pails(70, "7.95")]), name="c")

    message = framework.messages()[-1]
    assert (message["state"], message["code"]) == ("held", "over-consumption")
    assert message["reason"] == (
        "over-consumption: 70 called off, 60 of 60 left of blanket order BO-1 line 1"
    )
    assert left(framework) == [("1", "60", "0.00")]


def test_two_lines_of_one_call_off_share_what_is_left(framework: Installation) -> None:
    agree(framework, package(over_consumption="lower"))
    send(framework, blanket("BO-1", [pails(60, "7.95")]), name="b")

    send(framework, call_off("C-1", [pails(50, "7.95"), pails(50, "7.95")]), name="c")

    lines = answers(framework)["C-1"][1]
    assert [line[:2] for line in lines.values()] == [("5", Decimal(50)), ("3", Decimal(10))]
    assert left(framework)[0][1] == "0"


def test_call_offs_of_one_file_share_what_is_left(framework: Installation) -> None:
    agree(framework, package(over_consumption="reject"))
    send(framework, blanket("BO-1", [pails(60, "7.95")]), name="b")
    orders = [call_off(f"C-{n}", [pails(25, "7.95")]) for n in range(3)]
    orders = [
        [s.replace("UNH+1+", f"UNH+{n}+") for s in order[:-1]] + [f"UNT+{len(order)}+{n}"]
        for n, order in enumerate(orders, start=1)
    ]

    framework.drop(PARTNER, "all.edi", enclosed("all", orders))
    framework.work()

    assert [answers(framework)[f"C-{n}"][0] for n in range(3)] == ["29", "29", "27"]
    assert left(framework)[0][1] == "10"


@pytest.mark.parametrize(
    ("policy", "header", "price"),
    [("reject", "27", None), ("contract_price", "4", Decimal("8.90"))],
)
def test_a_call_off_after_the_end(
    framework: Installation, policy: str, header: str, price: Decimal | None
) -> None:
    agree(framework, package(blanket_expired=policy))
    send(framework, blanket("BO-1", [pails(60, "7.95")], until="20261120"), name="b")

    send(
        framework,
        call_off("LAST", [pails(6, "7.95")], on="20261120"),
        call_off("LATE", [pails(6, "7.95")], on="20261121"),
        name="c",
    )

    said, lines = answers(framework)["LATE"]
    assert answers(framework)["LAST"][0] == "29"
    assert said == header
    assert price is None or lines["1"][2] == price
    assert left(framework)[0][1] == "54"


def test_a_late_call_off_is_held_unless_the_contract_says_more(framework: Installation) -> None:
    send(framework, blanket("BO-1", [pails(60, "7.95")], until="20261115"), name="b")

    send(framework, call_off("C-1", [pails(6, "7.95")]), name="c")

    message = framework.messages()[-1]
    assert (message["state"], message["code"]) == ("held", "blanket-expired")
    assert left(framework)[0][1] == "60"


@pytest.mark.parametrize(
    ("policy", "state"),
    [("hold", "held"), ("reject", "answered")],
)
def test_a_call_off_of_an_unknown_blanket_order(
    framework: Installation, policy: str, state: str
) -> None:
    agree(framework, package(unknown_blanket=policy))

    send(framework, call_off("C-1", [pails(6)], of="BO-9"), name="c")

    message = framework.messages()[-1]
    assert (message["state"], message["code"]) == (state, "unknown-blanket")


def test_a_call_off_that_comes_again_consumes_nothing(framework: Installation) -> None:
    send(framework, blanket("BO-1", [pails(60, "7.95")]), name="b")
    again = call_off("C-1", [pails(6, "7.95")])

    send(framework, again, again, name="c")

    assert [m["state"] for m in framework.messages()] == ["answered", "answered", "duplicate"]
    assert left(framework)[0][1] == "54"


def test_a_test_call_off_is_answered_and_consumes_nothing(framework: Installation) -> None:
    send(framework, blanket("BO-1", [pails(60, "7.95")]), name="b")

    send(framework, call_off("C-1", [pails(6, "7.95")]), name="c", test=True)

    assert answers(framework)["C-1"][0] == "29"
    assert left(framework)[0][1] == "60"


def test_a_test_blanket_order_is_answered_and_cannot_be_called_off(
    framework: Installation,
) -> None:
    send(framework, blanket("BO-1", [pails(60, "7.95")]), name="b", test=True)

    send(framework, call_off("C-1", [pails(6, "7.95")]), name="c")

    assert answers(framework)["BO-1"][0] == "29"
    assert framework.messages()[-1]["code"] == "unknown-blanket"


def test_a_call_off_that_came_too_early_is_released_once_the_blanket_order_is_there(
    framework: Installation,
) -> None:
    send(framework, call_off("C-1", [pails(6, "7.95")]), name="c")
    send(framework, blanket("BO-1", [pails(60, "7.95")]), name="b")

    with framework.open() as gateway:
        release(gateway.place, "m1", "the blanket order is here", "test")
    framework.work()

    assert answers(framework)["C-1"][0] == "29"
    assert left(framework)[0][1] == "54"


def test_a_second_blanket_order_of_the_same_number_as_the_package_states_is_held(
    framework: Installation,
) -> None:
    stated = (
        'blanket_orders = "accept"\n'
        'blankets = [{number = "BO-1", valid_from = 2026-01-01, value = "500.00"}]'
    )
    agree(framework, package(contract=stated))

    send(framework, blanket("BO-1", [pails(60, "7.95")]), name="b")

    message = framework.messages()[-1]
    assert (message["state"], message["code"]) == ("held", "blanket-exists")


def test_a_value_that_the_package_states_is_called_off_with_any_article(
    framework: Installation,
) -> None:
    stated = 'blankets = [{number = "F-7", valid_from = 2026-01-01, value = "500.00"}]'
    agree(framework, package(contract=stated, over_consumption="lower"))

    send(
        framework,
        call_off("C-1", [pails(20), SOIL], of="F-7"),
        call_off("C-2", [pails(50, "7.95")], of="F-7"),
        name="c",
    )

    # 20 x 8.90 + 75 x 0.185 = 191.88; for the rest of 308.12 there are 38 pails at 7.95.
    assert answers(framework)["C-1"][0] == "29"
    assert answers(framework)["C-2"][1]["1"][1] == Decimal(38)
    assert left(framework, "F-7") == [("*", None, "493.98")]


def test_lines_that_the_package_states_are_called_off_at_their_price(
    framework: Installation,
) -> None:
    files = package(contract="")
    files["partner.toml"] += b'\n[[contract.blankets]]\nnumber = "F-7"\nvalid_from = 2026-01-01\n'
    files["blankets.csv"] = (
        b"blanket,line,article,quantity,price\nF-7,10,SEAU-10,100,7.50\nF-7,20,TERREAU,500,\n"
    )
    agree(framework, files)

    send(framework, call_off("C-1", [pails(30, "7.50"), SOIL], of="F-7"), name="c")

    assert answers(framework)["C-1"][0] == "29"
    assert left(framework, "F-7") == [("10", "70", "225.00"), ("20", "425", "13.88")]


def test_a_line_may_commit_to_an_amount_alone(framework: Installation) -> None:
    agree(framework, package(over_consumption="lower"))
    placed = blanket("BO-1", [pails(0, "")])
    placed.insert(placed.index("QTY+21:0") + 1, "MOA+203:100.00")

    send(framework, counted(placed), call_off("C-1", [pails(9)]), name="b")
    send(framework, call_off("C-2", [pails(9)]), name="c")

    said, lines = answers(framework)["BO-1"]
    assert (said, lines["1"][:2]) == ("29", ("5", Decimal(0)))
    assert answers(framework)["C-1"][0] == "29"
    assert answers(framework)["C-2"][1]["1"][:2] == ("3", Decimal(2))
    assert left(framework) == [("1", None, "97.90")]


def test_a_contract_without_the_key_holds_blanket_orders_and_call_offs(
    framework: Installation,
) -> None:
    agree(framework, package(contract=""))

    send(framework, blanket("BO-1", [PAIL]), call_off("C-1", [PAIL]), name="b")

    assert [m["code"] for m in framework.messages()] == ["order-type-not-handled"] * 2


def test_what_the_erp_reports_about_a_blanket_order_is_held(framework: Installation) -> None:
    send(framework, blanket("BO-1", [pails(60, "7.95")]), name="b")
    report = {
        "type": "despatch-advice",
        "number": "BL-1",
        "issue_date": "2026-11-20",
        "partner": PARTNER,
        "order_number": "BO-1",
        "lines": [{"order_line": "1", "quantity": "60"}],
    }

    framework.drop("erp", "despatch.json", json.dumps(report).encode())
    framework.work()

    message = framework.messages()[-1]
    assert (message["state"], message["code"]) == ("held", "blanket-order-reported")


def test_the_files_lie_where_they_should(framework: Installation) -> None:
    send(framework, blanket("BO-1", [pails(60, "7.95")]), name="b")

    names = [Path(file).name.split("_")[0] for file in framework.out(PARTNER)]
    assert sorted(names) == ["CONTRL", "ORDRSP"]


# --- UBL ------------------------------------------------------------------------------------------


def ubl(number: str, type_code: str, contract: str, quantity: int) -> bytes:
    """The sample order as a blanket order or a call-off of it, which names it as its contract."""
    text = (SAMPLES / "orders" / "7-ubl.xml").read_text(encoding="utf-8")
    text = text.replace("<cbc:ID>NL-77001<", f"<cbc:ID>{number}<")
    text = text.replace(">220</cbc:OrderTypeCode>", f">{type_code}</cbc:OrderTypeCode>")
    text = text.replace("<cbc:ID>NL-7<", f"<cbc:ID>{contract}<")
    return text.replace('"H87">20<', f'"H87">{quantity}<').encode("utf-8")


def nordlys(*, price: str) -> dict[str, bytes]:
    folder = SAMPLES / "partners" / "nordlys"
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    text = files["partner.toml"].decode("utf-8").replace("[contract]\n", "[contract]\nKEY\n")
    files["partner.toml"] = text.replace("KEY", 'blanket_orders = "accept"').encode("utf-8")
    files["prices.csv"] = files["prices.csv"].replace(b"9.40", price.encode())
    return files


def test_a_call_off_in_ubl_keeps_the_price_of_its_blanket_order(installation: Installation) -> None:
    agree(installation, nordlys(price="9.40"))
    installation.drop("nordlys", "1.xml", ubl("NB-1", "221", "NL-7", 500))
    installation.work()
    agree(installation, nordlys(price="9.90"))

    installation.drop("nordlys", "2.xml", ubl("NC-1", "226", "NB-1", 20))
    installation.work()

    responses = {r.order: r for r in ubl_responses(installation.base / "outbound" / "nordlys")}
    assert [responses[number].header for number in ("NB-1", "NC-1")] == ["AP", "AP"]
    assert responses["NC-1"].lines["10"][2] == Decimal("9.40")
    assert to_erp(installation)["NC-1"]["lines"][0]["blanket_order"] == "NB-1"
    assert left(installation, "NB-1")[0] == ("10", "480", "188.00")


@pytest.mark.parametrize(
    ("policy", "action", "confirmed"),
    [
        pytest.param("reject", "7", Decimal(0), id="reject: the line is not confirmed"),
        pytest.param("lower", "3", Decimal(5), id="lower: what is left is confirmed"),
    ],
)
def test_a_call_off_in_ubl_of_more_than_is_left(
    installation: Installation, policy: str, action: str, confirmed: Decimal
) -> None:
    files = nordlys(price="9.40")
    text = files["partner.toml"].decode("utf-8") + f'over_consumption = "{policy}"\n'
    agree(installation, {**files, "partner.toml": text.encode("utf-8")})
    bag, bags = b'"KGM">75<', b'"KGM">500<'
    blanket_order = ubl("NB-1", "221", "NL-7", 25).replace(bag, b'"KGM">1000<')
    installation.drop("nordlys", "1.xml", blanket_order)
    installation.drop("nordlys", "2.xml", ubl("NC-1", "226", "NB-1", 20).replace(bag, bags))
    installation.drop("nordlys", "3.xml", ubl("NC-2", "226", "NB-1", 20).replace(bag, bags))

    installation.work()

    responses = {r.order: r for r in ubl_responses(installation.base / "outbound" / "nordlys")}
    assert (responses["NC-1"].header, responses["NC-2"].header) == ("AP", "CA")
    assert responses["NC-2"].lines["10"][:2] == (action, confirmed)


_PERIOD = (
    "<cac:ValidityPeriod><cbc:StartDate>2026-11-01</cbc:StartDate>"
    "<cbc:EndDate>2026-11-20</cbc:EndDate></cac:ValidityPeriod>"
)
_LINE = (
    "</cac:LineItem><cac:OrderLineReference><cbc:LineID>{line}</cbc:LineID>"
    "<cac:OrderReference><cbc:ID>NB-1</cbc:ID></cac:OrderReference></cac:OrderLineReference>"
)
_DOCUMENT = (
    "<cac:OrderDocumentReference><cbc:ID>NB-1</cbc:ID>"
    "<cbc:DocumentTypeCode>221</cbc:DocumentTypeCode></cac:OrderDocumentReference>"
)


def referring(data: bytes, header: str = "", *lines: str) -> bytes:
    """An order with this before its contract, and these behind its lines."""
    text = data.decode("utf-8").replace("<cac:Contract>", f"{header}<cac:Contract>")
    parts = text.split("</cac:LineItem>")
    ends = [*lines, *["</cac:LineItem>"] * (len(parts) - 1 - len(lines))]
    return "".join(part + end for part, end in zip(parts, [*ends, ""], strict=True)).encode("utf-8")


@pytest.mark.parametrize(
    "call_off_of_it",
    [
        pytest.param(referring(ubl("NC-1", "226", "NL-7", 20), _DOCUMENT), id="by the order"),
        pytest.param(
            referring(
                ubl("NC-1", "220", "NL-7", 20), "", _LINE.format(line=10), _LINE.format(line=20)
            ),
            id="by its lines",
        ),
    ],
)
def test_a_call_off_in_ubl_names_the_blanket_order(
    installation: Installation, call_off_of_it: bytes
) -> None:
    agree(installation, nordlys(price="9.40"))
    placed = referring(ubl("NB-1", "221", "NL-7", 500), _PERIOD)
    installation.drop("nordlys", "1.xml", placed)
    installation.drop("nordlys", "2.xml", call_off_of_it)

    installation.work()

    order = to_erp(installation)
    assert order["NB-1"]["valid_until"] == "2026-11-20"
    assert [line["blanket_line"] for line in order["NC-1"]["lines"]] == ["10", "20"]
    assert [line[1] for line in left(installation, "NB-1")] == ["480", "0"]
