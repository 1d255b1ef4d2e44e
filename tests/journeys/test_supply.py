"""The ERP says what it has; customers are promised that, and get it: files in, answers out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydifact.segments import Segment

from edi_gateway.config import load_settings
from edi_gateway.documents import DocumentType, OrderResponse, from_json
from edi_gateway.exchange.operator import release
from edi_gateway.gateway import open_gateway
from tests.conftest import SAMPLES, Installation
from tests.journeys.answers import (
    edifact_invoices,
    edifact_responses,
    element,
    erp_orders,
    segments_of,
    ubl_responses,
)
from tests.orders import Line, enclosed, order_of

PAIL: Line = ("3769999000114", "MV-501", "40", "8.90", "", "1")
GLOVES: Line = ("3769999000121", "MV-502", "60", "3.20", "", "1")

#: What Maison Vert's package says besides: terms, policies and columns of articles.csv.
TERMS = """
stock = "check"
substitution = "approved"
"""
POLICIES = """
stock_short = "backorder"
stock_unknown = "accept"
replaced_article = "replace"
delisted_article = "substitute"
above_maximum_quantity = "lower"
"""


@dataclass
class Day:
    """A day of the gateway, hour by hour."""

    installation: Installation
    now: datetime = datetime(2026, 11, 17, 7, 0, tzinfo=UTC)
    _files: int = field(default=0)

    def work(self) -> None:
        settings = load_settings(self.installation.config)
        with open_gateway(settings, now=lambda: self.now) as gateway:
            gateway.runner.run_until_idle(0)

    def drop(self, partner: str, name: str, data: bytes) -> dict[str, Any]:
        """Drop a file, work, and return its last message; an hour goes by."""
        self._files += 1
        self.installation.drop(partner, name, data)
        moment = self.now.timestamp() - 60 + self._files
        os.utime(self.installation.base / "inbound" / partner / name, (moment, moment))
        self.work()
        self.now += timedelta(hours=1)
        return next(m for m in reversed(self.installation.messages()) if m["file"] == name)

    def stock(self, at: datetime | None = None, **items: Any) -> dict[str, Any]:
        """The ERP's report of these articles, `_` for `-`: a quantity, or what is said of it."""
        said = [
            {"article": code.replace("_", "-")}
            | (facts if isinstance(facts, dict) else {"available": str(facts)})
            for code, facts in items.items()
        ]
        moment = (at or self.now).isoformat()
        return self.report({"type": "stock", "at": moment, "items": said})

    def report(self, document: dict[str, Any]) -> dict[str, Any]:
        name = f"report{self._files}.json"
        return self.drop("erp", name, json.dumps(document).encode())

    def despatch(self, number: str, quantity: str, order: str = "S-1") -> dict[str, Any]:
        return self.report(
            {
                "type": "despatch-advice",
                "number": number,
                "issue_date": "2026-11-20",
                "partner": "maisonvert",
                "order_number": order,
                "lines": [{"order_line": "1", "quantity": quantity}],
            }
        )

    def order(self, number: str, *lines: Line, more: tuple[str, ...] = ()) -> dict[str, Any]:
        segments = order_of(1, number, lines)
        segments[4:4] = more
        segments[-1] = f"UNT+{len(segments)}+1"
        return self.drop("maisonvert", f"{number}.edi", enclosed(number, [segments]))

    @property
    def answers(self) -> Path:
        return self.installation.base / "outbound" / "maisonvert"

    def answer(self, message: dict[str, Any]) -> OrderResponse:
        with self.installation.open() as gateway:
            stored = gateway.place.store.document(
                int(message["item"].removeprefix("m")), DocumentType.ORDER_RESPONSE
            )
        response = from_json(DocumentType.ORDER_RESPONSE, stored.content)
        assert isinstance(response, OrderResponse)
        return response

    def lines(self) -> list[list[Segment]]:
        """The lines of the last ORDRSP, segment by segment."""
        (*_, file) = sorted(self.answers.glob("ORDRSP*"))
        found: list[list[Segment]] = []
        for segment in segments_of(file):
            if segment.tag == "UNS":
                break
            if segment.tag == "LIN":
                found.append([])
            if found:
                found[-1].append(segment)
        return found


def said(line: list[Segment], tag: str, qualifier: str, index: int = 1) -> str | None:
    """What the segment with this qualifier says in a line of an answer."""
    return next(
        (element(s, 0, index) for s in line if s.tag == tag and element(s, 0) == qualifier), None
    )


def parts(lines: list[list[Segment]]) -> list[tuple[str, ...]]:
    """Of each line: the order's line, action, quantity, day and backorder; `-` for none."""
    return [
        (
            said(line, "RFF", "ON", 2) or "-",
            element(line[0], 1),
            said(line, "QTY", "113") or "-",
            said(line, "DTM", "69") or "-",
            said(line, "QTY", "83") or "-",
        )
        for line in lines
    ]


def package(base: Path, articles: dict[str, str] | None = None, policies: str = POLICIES) -> Path:
    """Maison Vert's package with stock checked, and with values in the new columns by article."""
    folder = base / "package"
    folder.mkdir(exist_ok=True)
    source = SAMPLES / "partners" / "maisonvert"
    toml = (source / "partner.toml").read_text("utf-8")
    toml = toml.replace("\n[contract.policies]", f"{TERMS}\n[contract.policies]{policies}")
    (folder / "partner.toml").write_text(toml, "utf-8")
    head, *rows = (source / "articles.csv").read_text("utf-8").splitlines()
    text = [f"{head},maximum_quantity,delisted_from,replaced_by,substitutes"]
    text += [f"{row},{(articles or {}).get(row.split(',')[0], ',,,')}" for row in rows]
    (folder / "articles.csv").write_text("\n".join(text) + "\n", "utf-8")
    prices = (source / "prices.csv").read_text("utf-8").replace("2026-03-31", "2030-12-31")
    (folder / "prices.csv").write_text(prices, "utf-8")
    return folder


@pytest.fixture
def day(sample_installation: Installation) -> Day:
    sample_installation.import_partner(package(sample_installation.base))
    return Day(sample_installation)


@pytest.fixture
def day_of(sample_installation: Installation) -> Callable[..., Day]:
    def of(**articles: str) -> Day:
        named = {code.replace("_", "-"): said for code, said in articles.items()}
        sample_installation.import_partner(package(sample_installation.base, named))
        return Day(sample_installation)

    return of


# --- what is promised -----------------------------------------------------------------------------


def test_a_partial_acceptance_leaves_a_backorder_without_a_day(day):
    day.stock(SEAU_10=25)

    day.order("S-1", PAIL)

    assert parts(day.lines()) == [("1", "3", "25", "-", "15")]


def test_a_split_delivery_is_a_further_line_with_the_day_of_the_erp(day):
    day.stock(SEAU_10={"available": "25", "next_date": "2026-12-03"})

    day.order("S-1", PAIL)

    assert parts(day.lines()) == [
        ("1", "3", "25", "-", "-"),
        ("1", "1", "15", "20261203", "-"),
    ]


def test_a_line_that_comes_later_as_a_whole_gets_the_day(day):
    day.stock(SEAU_10={"available": "0", "next_date": "2026-12-03", "next_quantity": "100"})

    day.order("S-1", PAIL)

    assert parts(day.lines()) == [("1", "3", "40", "20261203", "-")]


def test_parts_are_whole_packs_and_the_order_is_rounded_before(day):
    day.stock(GANT_J={"available": "40", "next_date": "2026-12-03", "next_quantity": "20"})

    day.order("S-1", ("3769999000121", "MV-502", "65", "3.20", "", "1"))

    # 65 are rounded up to 72. 40 hold three packs of 12, the 20 that come hold one.
    assert parts(day.lines()) == [
        ("1", "3", "36", "-", "24"),
        ("1", "1", "12", "20261203", "-"),
    ]


def test_what_comes_after_the_customer_s_last_day_is_cancelled(day):
    day.stock(SEAU_10={"available": "25", "next_date": "2026-12-03"})

    message = day.order("S-1", PAIL, more=("DTM+61:20261202:102",))

    assert parts(day.lines()) == [("1", "3", "25", "-", "-")]
    assert message["code"] == "rest-cancelled"


def test_a_line_of_which_nothing_is_there_is_cancelled_by_policy(sample_installation):
    policies = POLICIES.replace('"backorder"', '"cancel_rest"')
    sample_installation.import_partner(package(sample_installation.base, policies=policies))
    day = Day(sample_installation)
    day.stock(SEAU_10=0, GANT_J=60)

    day.order("S-1", PAIL, GLOVES)

    assert parts(day.lines())[0][:3] == ("1", "7", "0")
    assert parts(day.lines())[1][:3] == ("2", "5", "60")


def test_an_order_that_is_short_waits_for_a_person_where_no_policy_says_more(sample_installation):
    policies = POLICIES.replace('stock_short = "backorder"', "")
    sample_installation.import_partner(package(sample_installation.base, policies=policies))
    day = Day(sample_installation)
    day.stock(SEAU_10=25)

    message = day.order("S-1", PAIL)

    assert (message["state"], message["code"]) == ("held", "stock-short")


# --- the articles ---------------------------------------------------------------------------------


def test_a_replaced_article_is_answered_with_its_successor(day_of):
    day = day_of(SEAU_10=",,ARROSOIR,")

    day.order("S-1", ("3769999000114", "MV-501", "4", "12.40", "", "1"))

    (line,) = day.lines()
    assert element(line[0], 2) == "3769999000152"
    assert [element(s, 1) for s in line if s.tag == "PIA" and element(s, 0) == "4"]
    (response,) = edifact_responses(day.answers)
    assert response.lines["1"][:3] == ("3", Decimal(4), Decimal("12.40"))


def test_an_approved_substitute_is_supplied_when_the_article_is_delisted(day_of):
    day = day_of(SEAU_10=",2026-11-01,,ARROSOIR")

    message = day.order("S-1", ("3769999000114", "MV-501", "4", "12.40", "", "1"))

    (line,) = day.answer(message).lines
    assert (line.supplier_article, line.replaced_supplier_article, line.confirmed) == (
        "ARROSOIR",
        "SEAU-10",
        4,
    )


def test_a_substitute_a_person_is_asked_about_is_supplied_when_they_release(sample_installation):
    folder = package(sample_installation.base, {"SEAU-10": ",2026-11-01,,ARROSOIR"})
    toml = (folder / "partner.toml").read_text("utf-8")
    (folder / "partner.toml").write_text(toml.replace('"approved"', '"ask"'), "utf-8")
    sample_installation.import_partner(folder)
    day = Day(sample_installation)
    held = day.order("S-1", PAIL)

    with sample_installation.open() as gateway:
        release(gateway.place, held["item"], "agreed by telephone", "test")
    day.work()

    assert (held["code"], held["reason"]) == (
        "substitute-offered",
        "ARROSOIR could be supplied instead of SEAU-10",
    )
    (line,) = day.answer(held).lines
    assert (line.supplier_article, line.replaced_supplier_article) == ("ARROSOIR", "SEAU-10")


def test_a_quantity_above_the_maximum_is_lowered_to_whole_packs(day_of):
    day = day_of(GANT_J="50,,,")

    day.order("S-1", GLOVES)

    assert parts(day.lines()) == [("1", "3", "48", "-", "-")]


def test_the_original_stands_in_erp_order_despatch_advice_and_invoice(sample_installation):
    folder = package(sample_installation.base, {"SEAU-10": ",,ARROSOIR,"})
    toml = (folder / "partner.toml").read_text("utf-8")
    toml = toml.replace("invoice =", 'despatch_advice = "EDIFACT D.96A"\ninvoice =')
    (folder / "partner.toml").write_text(toml, "utf-8")
    sample_installation.import_partner(folder)
    day = Day(sample_installation)
    day.order("S-1", ("3769999000114", "MV-501", "4", "12.40", "", "1"))

    day.despatch("D-1", "4")

    (handed,) = erp_orders(sample_installation.base / "outbound" / "erp")
    assert handed["lines"][0]["substituted_for"] == "SEAU-10"  # type: ignore[index]
    for kind in ("DESADV", "INVOIC"):
        (file,) = day.answers.glob(f"{kind}*")
        originals = [
            element(segment, at)
            for segment in segments_of(file)
            if segment.tag == "PIA" and element(segment, 0) == "4"
            for at in range(1, len(segment.elements))
        ]
        assert {"3769999000114", "SEAU-10", "MV-501"} <= set(originals)


# --- stock over the day ---------------------------------------------------------------------------


def test_what_one_order_took_the_next_no_longer_finds(day):
    day.stock(SEAU_10=60)
    day.order("S-1", PAIL)

    day.order("S-2", PAIL)

    assert parts(day.lines()) == [("1", "3", "20", "-", "20")]


def test_orders_of_one_interchange_take_one_after_the_other(day):
    day.stock(SEAU_10=60)
    orders = [order_of(n, f"S-{n}", [PAIL]) for n in (1, 2)]

    day.drop("maisonvert", "both.edi", enclosed("B", orders))

    confirmed = [r.lines["1"][1] for r in edifact_responses(day.answers)]
    assert confirmed == [Decimal(40), Decimal(20)]


def test_a_customer_whose_contract_does_not_check_stock_takes_its_part(day):
    day.stock(SEAU_10=50)
    day.drop("nordlys", "7-ubl.xml", (SAMPLES / "orders" / "7-ubl.xml").read_bytes())

    day.order("S-1", PAIL)

    # Nordlys was sold 20 of the 50.
    assert parts(day.lines()) == [("1", "3", "30", "-", "10")]


def test_a_new_figure_counts_in_what_the_erp_was_handed(day):
    day.stock(SEAU_10=60)
    day.order("S-1", PAIL)
    day.stock(SEAU_10=20)

    day.order("S-2", PAIL)

    assert parts(day.lines()) == [("1", "3", "20", "-", "20")]


def test_a_figure_from_before_an_order_does_not_count_it_in(day):
    day.stock(SEAU_10=60)
    before = day.now
    day.now += timedelta(minutes=5)
    day.order("S-1", PAIL)
    day.stock(before, SEAU_10=60)

    day.order("S-2", PAIL)

    assert parts(day.lines()) == [("1", "3", "20", "-", "20")]


def test_the_same_report_again_is_known(day):
    at = day.now
    day.stock(at, SEAU_10=60)

    again = day.stock(at, SEAU_10=60)

    assert (again["state"], again["reason"]) == ("duplicate", "reported before")


def test_a_report_that_comes_late_says_so(day):
    day.stock(SEAU_10=60)

    late = day.stock(day.now - timedelta(days=1), SEAU_10=99, GANT_J=5)

    assert (late["state"], late["reason"]) == (
        "answered",
        "stock of 1 articles recorded; of 1 a later figure is known",
    )


def test_a_report_of_a_moment_to_come_is_held(day):
    message = day.stock(day.now + timedelta(days=1), SEAU_10=60)

    assert (message["state"], message["code"]) == ("held", "stock-in-future")


def test_a_report_without_a_time_zone_is_refused(day):
    message = day.stock(datetime(2026, 11, 17, 6, 0), SEAU_10=60)  # noqa: DTZ001

    assert (message["state"], message["code"]) == ("held", "erp-value")


def test_an_order_that_is_held_or_a_test_takes_nothing(day):
    day.stock(SEAU_10=60)
    test = enclosed("T", [order_of(1, "T-1", [PAIL])], test=True)
    day.drop("maisonvert", "test.edi", test)
    day.order("S-1", PAIL, more=("RFF+PL:OTHER",))

    day.order("S-2", PAIL)

    assert parts(day.lines()) == [("1", "5", "40", "-", "-")]


# --- what leaves, and what is invoiced ------------------------------------------------------------


def test_a_backorder_is_invoiced_when_it_leaves(day):
    day.stock(SEAU_10=25)
    day.order("S-1", PAIL)
    day.despatch("D-1", "25")

    last = day.despatch("D-2", "15")

    # 25 and 15 at 8.90.
    assert [(bill.number, bill.net) for bill in edifact_invoices(day.answers)] == [
        ("INV-000001", Decimal("222.50")),
        ("INV-000002", Decimal("133.50")),
    ]
    assert last["reason"] == "despatch recorded and invoiced as INV-000002"


def test_an_order_that_comes_later_as_a_whole_is_not_invoiced_before(day):
    day.stock(SEAU_10=0)

    message = day.order("S-1", PAIL)

    assert message["state"] == "answered"
    assert edifact_invoices(day.answers) == []


def test_one_despatch_of_both_parts_is_invoiced_for_the_backorder_alone(day):
    day.stock(SEAU_10=25)
    day.order("S-1", PAIL)

    day.despatch("D-1", "40")

    assert [bill.net for bill in edifact_invoices(day.answers)] == [
        Decimal("222.50"),
        Decimal("133.50"),
    ]


def test_more_than_confirmed_and_backordered_does_not_leave(day):
    day.stock(SEAU_10=25)
    day.order("S-1", PAIL)

    message = day.despatch("D-1", "41")

    assert (message["state"], message["code"]) == ("held", "more-than-confirmed")


# --- UBL ------------------------------------------------------------------------------------------


def test_a_split_delivery_is_told_in_ubl(sample_installation):
    folder = sample_installation.base / "nordlys"
    folder.mkdir()
    for file in (SAMPLES / "partners" / "nordlys").iterdir():
        text = file.read_text("utf-8").replace(
            "\n[contract.policies]",
            'stock = "check"\n[contract.policies]\nstock_short = "backorder"\nstock_unknown = "accept"',
        )
        (folder / file.name).write_text(text, "utf-8")
    sample_installation.import_partner(folder)
    day = Day(sample_installation)
    day.stock(SEAU_10={"available": "12", "next_date": "2026-12-03"})

    message = day.drop("nordlys", "7-ubl.xml", (SAMPLES / "orders" / "7-ubl.xml").read_bytes())

    assert [(line.order_line, line.confirmed) for line in day.answer(message).lines] == [
        ("10", 12),
        ("10", 8),
        ("20", 75),
    ]
    (response,) = ubl_responses(sample_installation.base / "outbound" / "nordlys")
    assert response.header == "CA"


# --- the three-way check --------------------------------------------------------------------------


@pytest.fixture
def invoiced_by_erp(sample_installation: Installation) -> Day:
    folder = package(
        sample_installation.base,
        policies=POLICIES + 'invoice_beyond_despatch = "hold"\ninvoice_price_differs = "hold"\n',
    )
    toml = (folder / "partner.toml").read_text("utf-8").replace('"acceptance"', '"erp"')
    (folder / "partner.toml").write_text(toml, "utf-8")
    sample_installation.import_partner(folder)
    day = Day(sample_installation)
    day.order("S-1", PAIL)
    day.despatch("D-1", "30")
    return day


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        pytest.param({"quantity": "30"}, ("answered", None), id="what was despatched"),
        pytest.param(
            {"quantity": "31"}, ("held", "invoice-beyond-despatch"), id="more than was despatched"
        ),
        pytest.param({"quantity": "41"}, ("held", "more-than-confirmed"), id="than was confirmed"),
        pytest.param(
            {"quantity": "30", "price": "8.95"},
            ("held", "invoice-price-differs"),
            id="at another price",
        ),
        pytest.param(
            {"quantity": "30", "price": "89.0", "price_per": "10"},
            ("answered", None),
            id="at the confirmed price in other words",
        ),
    ],
)
def test_an_invoice_of_the_erp_is_held_against_despatches_and_prices(
    invoiced_by_erp, line, outcome
):
    message = invoiced_by_erp.report(
        {
            "type": "invoice",
            "partner": "maisonvert",
            "order_number": "S-1",
            "issue_date": "2026-11-21",
            "lines": [{"order_line": "1", **line}],
        }
    )

    assert (message["state"], message["code"]) == outcome
