"""The clauses about an order as a whole: its type, its parts, its value, its place, its twin."""

from datetime import date
from decimal import Decimal

import pytest

from edi_gateway.contract.answers.response import hand_over, respond
from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.decision import Effect, Outcome
from edi_gateway.contract.history import Twin, content_key
from edi_gateway.contract.rules import decide
from edi_gateway.documents import LineAction, Party, ResponseStatus
from tests.unit.contract.builders import (
    COMPANY,
    agreement_of,
    codes,
    decided,
    line_of,
    order_of,
)


def actions(decision):
    return [line.action for line in decision.lines]


# --- types of order ---


@pytest.mark.parametrize("type_code", ["224", "227", "228"])
def test_a_type_of_order_is_decided_where_the_contract_names_it(type_code):
    agreement = agreement_of(order_types=("220", type_code))

    decision = decided(order_of(line_of(), type_code=type_code), agreement)

    assert decision.status is ResponseStatus.ACCEPTED


def test_a_type_the_contract_does_not_name_is_held():
    decision = decided(order_of(line_of(), type_code="105"), agreement_of(order_types=("220",)))

    assert codes(decision) == ["order-type-not-handled"]


def test_a_sample_costs_nothing_and_reaches_any_minimum_value():
    agreement = agreement_of(order_types=("220", "228"), below_minimum_value="reject")

    decision = decided(order_of(line_of(price="24.00"), type_code="228"), agreement)

    assert codes(decision) == ["sample-free"]
    assert (decision.lines[0].price.amount, decision.net_amount) == (0, Decimal("0.00"))


@pytest.mark.parametrize(("type_code", "invoiced_by"), [("220", "acceptance"), ("227", "erp")])
def test_a_consignment_is_invoiced_only_when_the_erp_says_it_was_used(type_code, invoiced_by):
    order, agreement = (
        order_of(line_of(), type_code=type_code),
        agreement_of(order_types=("220", "227")),
    )

    handed = hand_over(order, decided(order, agreement), agreement, company=COMPANY, revision=1)

    assert (handed.type_code, handed.invoice_on) == (type_code, invoiced_by)


# --- whole or in part ---

TWO_LINES = (line_of(), line_of("COLLE-50", 7))


@pytest.mark.parametrize(
    ("policy", "outcome", "answers"),
    [
        ("per_line", Outcome.ANSWERED, [LineAction.ACCEPTED, LineAction.CHANGED]),
        ("whole_order", Outcome.ANSWERED, [LineAction.REJECTED, LineAction.REJECTED]),
        ("hold", Outcome.HELD, [LineAction.ACCEPTED, LineAction.CHANGED]),
    ],
)
def test_an_order_with_a_line_that_changes_is_taken_by_policy(policy, outcome, answers):
    decision = decided(order_of(*TWO_LINES), agreement_of(partial_acceptance=policy))

    assert decision.outcome is outcome
    assert actions(decision) == answers


def test_an_order_that_is_confirmed_as_ordered_is_taken_whole():
    agreement = agreement_of(partial_acceptance="whole_order")

    decision = decided(order_of(line_of(), line_of("COLLE-50", 6)), agreement)

    assert decision.status is ResponseStatus.ACCEPTED


def test_the_customer_is_told_which_line_keeps_the_whole_order_from_it():
    agreement = agreement_of(partial_acceptance="whole_order")
    order = order_of(*TWO_LINES)

    response = respond(
        order,
        decided(order, agreement),
        agreement,
        company=COMPANY,
        number="R1",
        today=date(2026, 11, 17),
        test=False,
    )

    assert response.status is ResponseStatus.REJECTED
    assert "not as ordered is line 2 (changed: not a pack multiple)" in response.reason


# --- values ---


@pytest.mark.parametrize(
    ("policy", "effect"),
    [("accept", Effect.NOTE), ("hold", Effect.HOLD), ("reject", Effect.REJECT)],
)
def test_an_order_above_the_maximum_value_goes_by_its_policy(policy, effect):
    agreement = agreement_of(maximum_order_value=Decimal("71.99"), above_maximum_value=policy)

    decision = decided(order_of(line_of(quantity=3)), agreement)

    (finding,) = decision.findings
    assert (finding.code, finding.effect) == ("above-maximum-value", effect)


def test_the_maximum_value_itself_is_allowed():
    agreement = agreement_of(
        maximum_order_value=Decimal("72.00"), maximum_line_value=Decimal("72.00")
    )

    decision = decided(order_of(line_of(quantity=3)), agreement)

    assert codes(decision) == []


def test_a_line_above_its_maximum_value_is_rejected_alone():
    agreement = agreement_of(maximum_line_value=Decimal(100), above_maximum_value="reject")

    decision = decided(order_of(line_of(quantity=3), line_of(quantity=5)), agreement)

    assert actions(decision) == [LineAction.ACCEPTED, LineAction.REJECTED]
    assert decision.net_amount == Decimal("72.00")


@pytest.mark.parametrize(
    ("policy", "effect"),
    [("note", Effect.NOTE), ("hold", Effect.HOLD), ("reject", Effect.REJECT)],
)
def test_a_total_that_differs_goes_by_its_policy(policy, effect):
    order = order_of(line_of(quantity=3, price="24.00"), total_amount=Decimal(75))

    decision = decided(order, agreement_of(total_differs=policy))

    (finding,) = decision.findings
    assert (finding.code, finding.effect) == ("total-differs", effect)
    assert (decision.status is ResponseStatus.REJECTED) == (policy == "reject")


# --- the delivery party ---


@pytest.mark.parametrize(
    ("policy", "effect"),
    [("accept", Effect.NOTE), ("hold", Effect.HOLD), ("reject", Effect.REJECT)],
)
def test_a_delivery_party_the_contract_does_not_name_goes_by_its_policy(policy, effect):
    agreement = agreement_of(delivery_parties=("5412345000099",), unknown_delivery_party=policy)

    decision = decided(order_of(line_of()), agreement)

    (finding,) = decision.findings
    assert (finding.code, finding.effect) == ("unknown-delivery-party", effect)


@pytest.mark.parametrize("party", [None, Party(gln="5412345000099")])
def test_a_delivery_party_that_is_named_or_left_out_is_right(party):
    agreement = agreement_of(delivery_parties=("5412345000099",))

    decision = decided(order_of(line_of(), delivery_party=party), agreement)

    assert codes(decision) == []


# --- the twin ---

TWIN = Twin(number="4500000", ordered_on=date(2026, 11, 15))


@pytest.mark.parametrize(
    ("policy", "found"),
    [("accept", []), ("note", [Effect.NOTE]), ("hold", [Effect.HOLD])],
)
def test_an_order_that_was_sent_before_under_another_number_goes_by_its_policy(policy, found):
    decision = decide(
        order_of(line_of()),
        agreement_of(duplicate_days=7, suspected_duplicate=policy),
        company=COMPANY,
        circumstances=Circumstances(twin=TWIN),
    )

    assert [finding.effect for finding in decision.findings] == found


def test_a_suspected_duplicate_that_an_operator_looked_at_is_answered():
    decision = decide(
        order_of(line_of()),
        agreement_of(duplicate_days=7),
        company=COMPANY,
        circumstances=Circumstances(twin=TWIN, seen=frozenset({("suspected-duplicate", None)})),
    )

    assert decision.status is ResponseStatus.ACCEPTED


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        pytest.param({"number": "4500002", "issue_date": date(2026, 11, 20)}, True, id="number"),
        pytest.param({"delivery_party": Party(gln="5412345000099")}, False, id="place"),
        pytest.param({"requested_delivery": date(2026, 11, 30)}, False, id="day"),
    ],
)
def test_an_order_asks_for_the_same_whatever_its_number(other, is_same):
    first, second = order_of(line_of()), order_of(line_of(), **other)

    assert (content_key(first) == content_key(second)) == is_same


def test_lines_in_another_order_ask_for_the_same():
    lines = [line_of(), line_of("COLLE-50", "6.0")]
    others = [line_of("COLLE-50", "6"), line_of()]

    assert content_key(order_of(*lines)) == content_key(order_of(*others))
