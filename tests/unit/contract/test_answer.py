"""What is said of a decision: to the partner and to the ERP."""

from datetime import date
from decimal import Decimal

import pytest

from edi_gateway.contract.answers.response import hand_over, refuse, respond
from edi_gateway.contract.partner import Formats
from edi_gateway.documents import LineAction, Party, ResponseStatus
from tests.unit.contract.builders import ACME, COMPANY, agreement_of, decided, line_of, order_of

TODAY = date(2026, 11, 17)
PEPPOL = agreement_of(
    formats=Formats(
        order_response="Peppol BIS 3", invoice="Peppol BIS 3", acknowledgement="Peppol BIS 3"
    )
)
UBL = agreement_of(
    formats=Formats(order_response="UBL 2.1", invoice="UBL 2.1", acknowledgement="UBL 2.1")
)

ACCEPTED = order_of(line_of())
CHANGED = order_of(line_of(price="30.00"), line_of("3760123459990"))
REJECTED = order_of(line_of("3760123459990"))


def answered(order, agreement=ACME, *, test=False):
    return respond(
        order,
        decided(order, agreement),
        agreement,
        company=COMPANY,
        number="R1",
        today=TODAY,
        test=test,
    )


def refused(order, agreement=ACME):
    return refuse(
        order,
        agreement,
        company=COMPANY,
        number="R2",
        today=TODAY,
        reason="We do not deliver there.",
        test=False,
    )


@pytest.mark.parametrize("agreement", [ACME, UBL], ids=["EDIFACT", "UBL"])
@pytest.mark.parametrize("order", [ACCEPTED, CHANGED, REJECTED], ids=["AP", "CA", "RE"])
def test_every_line_is_answered(order, agreement):
    assert len(answered(order, agreement).lines) == len(order.lines)


@pytest.mark.parametrize(
    ("order", "lines"), [(ACCEPTED, 0), (CHANGED, 2), (REJECTED, 0)], ids=["AP", "CA", "RE"]
)
def test_peppol_wants_lines_only_under_changes(order, lines):
    assert len(answered(order, PEPPOL).lines) == lines


def test_a_rejection_without_lines_says_why_in_its_header():
    assert "unknown article" in answered(REJECTED, PEPPOL).reason


def test_a_ubl_response_names_its_specification():
    response = answered(order_of(line_of(), process="urn:x"), UBL)

    assert response.specification == "urn:fdc:peppol.eu:poacc:trns:order_response:3"
    assert response.process == "urn:x"


def test_an_edifact_response_has_no_specification():
    assert answered(ACCEPTED).specification is None


def test_the_test_indicator_travels_with_the_answer():
    assert answered(ACCEPTED, test=True).test


def test_the_buyer_is_completed_with_what_we_know():
    buyer = answered(order_of(line_of(), buyer=Party(gln="5412345000013", name="Acme"))).buyer

    assert (buyer.name, buyer.vat_number) == ("Acme", "FR25900000019")


def test_a_rejected_line_confirms_nothing():
    (line,) = answered(REJECTED).lines

    assert (line.action, line.confirmed, line.price) == (LineAction.REJECTED, 0, None)


def test_lines_are_answered_under_the_customers_numbers():
    order = order_of(line_of(number="000010"), line_of("EAU-6", 6, number="000020"))

    response = answered(order)

    assert [(line.number, line.order_line) for line in response.lines] == [
        ("1", "000010"),
        ("2", "000020"),
    ]


def test_a_held_order_gets_no_response():
    with pytest.raises(ValueError, match="held"):
        answered(order_of(line_of("LAMPE-AV")))


def test_a_refused_order_is_rejected_for_the_operators_reason():
    response = refused(order_of(line_of("LAMPE-AV"), line_of()))

    assert response.status is ResponseStatus.REJECTED
    assert {line.reason for line in response.lines} == {"We do not deliver there."}


def test_a_refusal_under_peppol_has_no_lines():
    assert refused(ACCEPTED, PEPPOL).lines == ()


def test_the_erp_gets_what_was_decided():
    order = order_of(line_of("COLLE-50", 10), line_of("3760123459990"))

    handed = hand_over(order, decided(order), ACME, company=COMPANY, revision=2)

    assert [(line.confirmed_quantity, line.vat_rate) for line in handed.lines] == [
        (12, Decimal("20.0")),
        (0, None),
    ]


def test_the_erp_is_told_who_invoices():
    handed = hand_over(ACCEPTED, decided(ACCEPTED), ACME, company=COMPANY, revision=1)

    assert handed.invoice_on == "acceptance"


def test_the_erp_gets_no_held_order():
    order = order_of(line_of("LAMPE-AV"))

    with pytest.raises(ValueError, match="held"):
        hand_over(order, decided(order), ACME, company=COMPANY, revision=1)
