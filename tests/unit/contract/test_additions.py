"""What a contract adds to an order stands in response, ERP order and invoice, with its VAT."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from edi_gateway.contract.answers.billing import bill
from edi_gateway.contract.answers.response import hand_over, respond
from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.package import read_package
from edi_gateway.contract.rules import decide
from edi_gateway.contract.stock import StockFigure
from edi_gateway.documents import LineAction, ResponseStatus
from tests.unit.contract.builders import (
    ACME_TOML,
    COMPANY,
    ISSUED,
    codes,
    decided,
    line_of,
    order_of,
    package_of,
)

ADDED = """
[[contract.charges]]
kind = "small-order"
amount = "15.00"
below = "100.00"

[[contract.charges]]
kind = "freight"
amount = "9.90"
reason = "delivery"

[[contract.free_goods]]
article = "COLLE-50"
for_every = "6"
free = "1"
free_article = "EAU-6"
"""


def agreement_of(more=ADDED, explain="never"):
    text = ACME_TOML.replace("[partner]\n", f'[partner]\nexplain_prices = "{explain}"\n', 1)
    return read_package(package_of(partner=text + more), "acme")


def responded(order, agreement):
    decision = decided(order, agreement)
    return respond(
        order,
        decision,
        agreement,
        company=COMPANY,
        number="R1",
        today=date(2026, 11, 17),
        test=False,
    )


def handed(order, agreement):
    return hand_over(order, decided(order, agreement), agreement, company=COMPANY, revision=1)


def invoiced(order, agreement, **more):
    given = handed(order, agreement)
    return bill(
        given,
        {line.number: line.confirmed_quantity for line in given.lines},
        agreement=agreement,
        company=COMPANY,
        number="INV-1",
        issue_date=date(2026, 11, 17),
        **more,
    )


GLUE = order_of(line_of("COLLE-50", 12, "6.80"))


def test_charges_stand_in_the_header_of_the_response():
    response = responded(GLUE, agreement_of())

    assert [(a.is_charge, a.line, a.amount, a.code, a.reason) for a in response.allowances] == [
        (True, None, Decimal("15.00"), "AEL", "small order charge"),
        (True, None, Decimal("9.90"), "FC", "delivery"),
    ]
    assert response.status is ResponseStatus.CHANGED


def test_free_goods_are_an_added_line_of_the_line_they_come_with():
    line, free = responded(GLUE, agreement_of()).lines

    assert (line.action, line.free) == (LineAction.ACCEPTED, None)
    assert (free.action, free.order_line, free.free) == (LineAction.ADDED, "1", 2)
    assert (free.supplier_article, free.price.amount, free.ordered) == ("EAU-6", 0, 0)


def test_free_goods_have_a_number_of_their_own_in_the_erps_order():
    order = order_of(
        line_of("COLLE-50", 12, number="1"), line_of("BACHE-4X5", 1, number="1F"), as_numbered=True
    )

    lines = handed(order, agreement_of()).lines

    assert [(line.number, line.free_with) for line in lines] == [
        ("1", None),
        ("1FF", "1"),
        ("1F", None),
    ]


def test_the_erps_order_amounts_to_lines_and_charges():
    order = handed(GLUE, agreement_of())

    assert order.net_amount == Decimal("81.60") + Decimal("15.00") + Decimal("9.90")
    assert [each.amount for each in order.allowances] == [Decimal("15.00"), Decimal("9.90")]


def test_charges_fall_under_the_vat_most_of_the_invoice_falls_under():
    order = order_of(line_of("COLLE-50", 6, "6.80"), line_of("EAU-6", 60, "0.62"))

    invoice = invoiced(order, agreement_of())

    # 40.80 at 20 %, 37.20 at 5.5 %; 24.90 of charges go with the former
    assert {(a.vat_rate, a.vat_category) for a in invoice.allowances} == {(Decimal("20.0"), "S")}
    assert [(v.rate, v.taxable, v.tax) for v in invoice.vat] == [
        (Decimal("5.5"), Decimal("37.20"), Decimal("2.05")),
        (Decimal("20.0"), Decimal("65.70"), Decimal("13.14")),
    ]


def test_the_totals_of_an_invoice_with_charges_agree():
    invoice = invoiced(GLUE, agreement_of())

    assert sum(line.amount for line in invoice.lines) == Decimal("81.60")
    assert invoice.net_amount == Decimal("106.50")
    assert invoice.vat_amount == Decimal("21.30")
    assert invoice.payable_amount == Decimal("127.80")


def test_only_the_first_invoice_of_an_order_has_the_charges():
    invoice = invoiced(GLUE, agreement_of(), is_first=False)

    assert (invoice.allowances, invoice.net_amount) == ((), Decimal("81.60"))


def test_free_goods_are_invoiced_at_nothing_under_the_customers_line():
    _, free = invoiced(GLUE, agreement_of()).lines

    assert (free.order_line, free.quantity, free.amount) == ("1", 2, Decimal("0.00"))


def test_a_rejected_line_brings_no_free_goods():
    order = order_of(line_of("COLLE-50", 0, "6.80"), line_of("BACHE-4X5", 5, "24.00"))

    assert [line.action for line in responded(order, agreement_of()).lines] == [
        LineAction.REJECTED,
        LineAction.ACCEPTED,
    ]


def test_an_order_of_which_nothing_is_confirmed_is_charged_nothing():
    decision = decided(order_of(line_of("COLLE-50", 0)), agreement_of())

    assert (decision.charges, decision.net_amount) == ((), 0)


def test_a_held_order_is_given_and_charged_nothing():
    decision = decided(order_of(line_of("COLLE-50", 12, unit="KGM")), agreement_of())

    assert codes(decision) == ["unit-differs"]
    assert len(decision.lines) == 1


@pytest.mark.parametrize(
    ("explain", "notes"),
    [
        pytest.param("never", ["", ""], id="never"),
        pytest.param("changes", ["", "129.90 per contract C-2026-017, price list PL2026, from 1 PCE"],
                     id="changes"),
        pytest.param("always", ["2.29 per contract C-2026-017, price list PL2026, from 48 PCE",
                                "129.90 per contract C-2026-017, price list PL2026, from 1 PCE"],
                     id="always"),
    ],
)  # fmt: skip
def test_the_customer_reads_how_its_price_came_about(explain, notes):
    order = order_of(line_of("RUBAN-12", 60, "2.29"), line_of("PERCEUSE-18", 4, "119.90"))

    response = responded(order, agreement_of("", explain))

    said = ["".join(line.notes).removeprefix("Price ") for line in response.lines]
    assert said == notes


def test_the_customer_reads_that_its_own_price_stands():
    order = order_of(line_of("RUBAN-12", 60, "2.30"))

    (line,) = responded(order, agreement_of("", "always")).lines

    assert line.notes == (
        "Price 2.30 as ordered, within the tolerance of contract C-2026-017, price list PL2026, "
        "from 48 PCE",
    )


def test_the_customer_reads_no_more_that_its_own_price_stands_where_the_order_strays_too_far():
    order = order_of(line_of("RUBAN-12", 60, "2.30"))
    more = ACME_TOML.replace("[contract]\n", '[contract]\norder_tolerance_amount = "0.10"\n')
    text = more.replace("[partner]\n", '[partner]\nexplain_prices = "always"\n', 1)

    (line,) = responded(order, read_package(package_of(partner=text), "acme")).lines

    assert line.notes == ("Price 2.29 per contract C-2026-017, price list PL2026, from 48 PCE",)


def test_the_customer_reads_of_each_bracket():
    more = ACME_TOML.replace("[contract]\n", '[contract]\nquantity_breaks = "tiered"\n')
    text = more.replace("[partner]\n", '[partner]\nexplain_prices = "always"\n', 1)
    agreement = read_package(package_of(partner=text), "acme")

    (line,) = responded(order_of(line_of("RUBAN-12", 60)), agreement).lines

    assert line.notes == (
        "Price 146.80 / 60 per contract C-2026-017, price list PL2026: 47 at 2.49 + 13 at 2.29",
    )


# --- free goods and stock -------------------------------------------------------------------------


NOW = datetime(2026, 11, 16, 8, 15, tzinfo=UTC)


def in_stock(policy, *, water=None, glue=100, free="EAU-6", later=None):
    """An order of 12 glue, which comes with 2 free, held against what there is of both."""
    more = ADDED.replace('"EAU-6"', f'"{free}"')
    more += f'\n[contract.policies]\nstock_short = "{policy}"\nstock_unknown = "accept"\n'
    text = ACME_TOML.split("[contract.policies]")[0].replace(
        "[contract]\n", '[contract]\nstock = "check"\n'
    )
    agreement = read_package(package_of(partner=text + more), "acme")
    figures = {"COLLE-50": glue, "EAU-6": water}
    stock = {
        article: StockFigure(at=NOW, available=Decimal(figure), next_date=later)
        for article, figure in figures.items()
        if figure is not None
    }
    return decide(
        GLUE, agreement, company=COMPANY, circumstances=Circumstances(now=NOW, stock=stock)
    )


@pytest.mark.parametrize(
    ("policy", "water", "confirmed", "backordered", "outcome"),
    [
        pytest.param("hold", 2, ["12", "2"], ["0", "0"], "answered", id="enough"),
        pytest.param("hold", None, ["12", "2"], ["0", "0"], "answered", id="no figure"),
        pytest.param("backorder", 0, ["12", "0"], ["0", "2"], "answered", id="backorder"),
        pytest.param("cancel_rest", 0, ["12"], ["0"], "answered", id="cancel_rest"),
        pytest.param("reject", 0, ["12"], ["0"], "answered", id="reject"),
        pytest.param("hold", 0, ["12", "2"], ["0", "0"], "held", id="hold"),
    ],
)
def test_free_goods_that_are_not_there_fall_under_the_policy(
    policy, water, confirmed, backordered, outcome
):
    decision = in_stock(policy, water=water)

    assert [str(line.confirmed) for line in decision.lines] == confirmed
    assert [str(line.backordered) for line in decision.lines] == backordered
    assert decision.outcome == outcome


def test_free_goods_that_are_left_out_are_noted():
    (note,) = [each for each in in_stock("reject", water=1).findings if each.code == "stock-short"]

    assert (note.line, note.effect) == ("1F", "note")
    assert note.text == "free goods left out: stock short: 2 wanted, 1 there in time"


def test_free_goods_take_what_the_bought_ones_left():
    decision = in_stock("cancel_rest", glue=13, free="COLLE-50")

    assert [line.confirmed for line in decision.lines] == [12, 1]


def test_free_goods_are_free_in_each_of_their_parts():
    decision = in_stock("backorder", water=0, later=date(2026, 12, 1))

    response = respond(
        GLUE, decision, agreement_of(), company=COMPANY, number="R1", today=ISSUED, test=False
    )
    _, free = response.lines
    assert (free.confirmed, free.free, free.promised_delivery) == (2, 2, date(2026, 12, 1))
