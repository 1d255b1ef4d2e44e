"""Every sample order leads to the figures agreed for it: decision, response, invoice."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from edi_gateway.contract.answers.billing import bill
from edi_gateway.contract.answers.response import Outcome, hand_over, respond
from edi_gateway.documents import Invoice, LineAction, Order, ResponseStatus
from tests.unit.contract.builders import (
    ACME,
    COMPANY,
    NORDMARKT,
    decided,
    line_of,
    nordmarkt_order,
    order_of,
)

ACTION = {LineAction.CHANGED: "3", LineAction.ACCEPTED: "5", LineAction.REJECTED: "7"}
HEADER = {
    ResponseStatus.ACCEPTED: "29",
    ResponseStatus.CHANGED: "4",
    ResponseStatus.REJECTED: "27",
}


@dataclass(frozen=True)
class Sample:
    order: Order
    header: str
    lines: list[str]
    vat: list[str]
    payable: str
    state: str = ""


SAMPLES = {
    "01-plain": Sample(
        order_of(
            line_of("PERCEUSE-18", 2, "129.90"),
            line_of("COLLE-50", 12, "6.80"),
            line_of("LIVRE-SEC", 5, "18.00"),
        ),
        "29",
        ["5, 2, 129.90", "5, 12, 6.80", "5, 5, 18.00"],
        ["5.5: 90.00: 4.95", "20.0: 341.40: 68.28"],
        "431.40 + 73.23 = 504.63",
    ),
    "02-quantity-break": Sample(
        order_of(
            line_of("RUBAN-12", 144, "1.99"),
            line_of("VIS-M6X20", 5000, "34.90/1000", price_unit="PCE"),
            line_of("GANT-T9", 49, "4.35"),
        ),
        "29",
        ["5, 144, 1.99", "5, 5000, 34.90/1000", "5, 49, 4.35"],
        ["20.0: 674.21: 134.84"],
        "674.21 + 134.84 = 809.05",
    ),
    "03-price-within-tolerance": Sample(
        order_of(line_of("PERCEUSE-18", 4, "131.00")),
        "29",
        ["5, 4, 131.00"],
        ["20.0: 524.00: 104.80"],
        "524.00 + 104.80 = 628.80",
    ),
    "04-price-beyond-tolerance": Sample(
        order_of(line_of("PERCEUSE-18", 4, "119.90"), line_of("BACHE-4X5", 3, "24.00")),
        "4",
        ["3, 4, 129.90", "5, 3, 24.00"],
        ["20.0: 591.60: 118.32"],
        "591.60 + 118.32 = 709.92",
        "price beyond tolerance",
    ),
    "05-no-price-in-order": Sample(
        order_of(line_of("CABLE-3G", 55), line_of("CAFE-VR", 7, unit="KGM")),
        "29",
        ["5, 55, 1.355", "5, 7, 9.75"],
        ["5.5: 68.25: 3.75", "20.0: 74.53: 14.91"],
        "142.78 + 18.66 = 161.44",
    ),
    "06-unknown-article": Sample(
        order_of(
            line_of("CASQUE-EN", 15, "11.40"),
            line_of("3760123459990", 2, "17.50"),
            line_of("EAU-6", 600, "0.57"),
        ),
        "4",
        ["5, 15, 11.40", "7", "5, 600, 0.57"],
        ["5.5: 342.00: 18.81", "20.0: 171.00: 34.20"],
        "513.00 + 53.01 = 566.01",
        "unknown article",
    ),
    "07-not-a-pack-multiple": Sample(
        order_of(
            line_of("COLLE-50", 10, "6.80"), line_of("MASTIC-VR", "12.5", "3.1250", unit="KGM")
        ),
        "4",
        ["3, 12, 6.80", "5, 12.5, 3.1250"],
        ["20.0: 120.66: 24.13"],
        "120.66 + 24.13 = 144.79",
        "not a pack multiple",
    ),
    "09-buyer-codes-only": Sample(
        order_of(
            line_of(None, 50, "4.05", buyer_article="778803"),
            line_of(None, 48, "0.62", buyer_article="778812"),
        ),
        "29",
        ["5, 50, 4.05", "5, 48, 0.62"],
        ["5.5: 29.76: 1.64", "20.0: 202.50: 40.50"],
        "232.26 + 42.14 = 274.40",
    ),
    "10-first-message": Sample(
        order_of(line_of("BACHE-4X5", 3, "24.00")),
        "29",
        ["5, 3, 24.00"],
        ["20.0: 72.00: 14.40"],
        "72.00 + 14.40 = 86.40",
    ),
    "13-test-indicator": Sample(
        order_of(line_of("BACHE-4X5", 10, "24.00")),
        "29",
        ["5, 10, 24.00"],
        ["20.0: 240.00: 48.00"],
        "240.00 + 48.00 = 288.00",
    ),
    "16-latin1": Sample(
        order_of(line_of("GANT-T9", 5, "4.35"), line_of("CAFE-VR", 4, "9.75", unit="KGM")),
        "29",
        ["5, 5, 4.35", "5, 4, 9.75"],
        ["5.5: 39.00: 2.15", "20.0: 21.75: 4.35"],
        "60.75 + 6.50 = 67.25",
    ),
    "17-d01b": Sample(
        order_of(
            line_of("ECROU-M6", 800, "2.15/100", price_unit="PCE"), line_of("RUBAN-12", 60, "2.29")
        ),
        "29",
        ["5, 800, 2.15/100", "5, 60, 2.29"],
        ["20.0: 154.60: 30.92"],
        "154.60 + 30.92 = 185.52",
    ),
}

EACH = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)


def shown(line) -> str:
    action = ACTION[line.action]
    if line.action is LineAction.REJECTED:
        return action
    price = str(line.price.amount) + (f"/{line.price.per}" if line.price.per != 1 else "")
    return f"{action}, {line.confirmed}, {price}"


def invoice_of(order: Order) -> Invoice:
    handed = hand_over(order, decided(order), ACME, company=COMPANY, revision=1)
    return bill(
        handed,
        {line.number: line.confirmed_quantity for line in handed.lines},
        agreement=ACME,
        company=COMPANY,
        number="INV-1",
        issue_date=date(2026, 11, 17),
    )


@EACH
def test_every_line_is_answered_as_agreed(sample):
    decision = decided(sample.order)

    assert [shown(line) for line in decision.lines] == sample.lines


@EACH
def test_the_response_says_so_in_its_header(sample):
    response = respond(
        sample.order,
        decided(sample.order),
        ACME,
        company=COMPANY,
        number="R1",
        today=date(2026, 11, 16),
        test=False,
    )

    assert HEADER[response.status] == sample.header


@EACH
def test_the_response_carries_every_line(sample):
    response = respond(
        sample.order,
        decided(sample.order),
        ACME,
        company=COMPANY,
        number="R1",
        today=date(2026, 11, 16),
        test=False,
    )

    assert [shown(line) for line in response.lines] == sample.lines


@EACH
def test_the_invoice_has_the_vat_agreed(sample):
    invoice = invoice_of(sample.order)

    assert [f"{v.rate}: {v.taxable}: {v.tax}" for v in invoice.vat] == sample.vat


@EACH
def test_the_invoice_has_the_total_agreed(sample):
    invoice = invoice_of(sample.order)

    total = f"{invoice.net_amount} + {invoice.vat_amount} = {invoice.payable_amount}"
    assert total == sample.payable


@EACH
def test_reasons_are_given_in_the_agreed_words(sample):
    decision = decided(sample.order)

    reasons = "; ".join(line.reason for line in decision.lines if line.reason)
    assert sample.state in reasons
    assert bool(sample.state) == bool(reasons)


def test_an_expired_price_holds_the_whole_order():
    order = order_of(line_of("LAMPE-AV", 3, "14.90"), line_of("LIVRE-SEC", 2, "18.00"))

    decision = decided(order)

    assert decision.outcome is Outcome.HELD
    assert "no valid price" in decision.findings[0].text


def test_the_ubl_order_of_nordmarkt_is_accepted_as_a_whole():
    order = nordmarkt_order(
        line_of("COLLE-50", 60, "5.95", unit="H87", price_unit="H87"),
        line_of("PERCEUSE-18", 2, "121.50", unit="H87", price_unit="H87"),
        line_of("CAFE-VR", 10, "9.20", unit="KGM", price_unit="KGM"),
        line_count=None,
    )

    decision = decided(order, NORDMARKT)

    assert decision.status is ResponseStatus.ACCEPTED
    assert [shown(line) for line in decision.lines] == [
        "5, 60, 5.95",
        "5, 2, 121.50",
        "5, 10, 9.20",
    ]
    assert decision.net_amount == Decimal("692.00")
