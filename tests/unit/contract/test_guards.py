"""Guards and approvals, decided: what is far outside the usual, and whose approval it takes."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.clauses import ApprovalClause, GuardPolicy, Guards
from edi_gateway.contract.decision import Effect, Outcome
from edi_gateway.contract.history import Earlier, Pattern
from edi_gateway.contract.rules import decide
from edi_gateway.documents import LineAction
from tests.unit.contract.builders import COMPANY, agreement_of, codes, line_of, order_of

SINCE = date(2026, 3, 2)


def earlier(*figures):
    return Earlier(figures=tuple(map(Decimal, figures)), since=SINCE)


def pattern_of(*quantities, values=(), places=()):
    return Pattern(
        quantities={"BACHE-4X5": earlier(*quantities)},
        values=earlier(*(values or [24] * len(quantities))),
        delivery_parties=frozenset(places),
    )


def guarded(order, guards, pattern, *, seen=(), **terms):
    return decide(
        order,
        agreement_of(guards=guards, **terms),
        company=COMPANY,
        circumstances=Circumstances(pattern=pattern, seen=frozenset(seen)),
    )


TIMES_TEN = Guards(quantity_factor=Decimal(10))


# --- quantity ---


@pytest.mark.parametrize(
    ("ordered", "found"), [(30, []), (31, ["unusual-quantity"])], ids=["ten times", "one more"]
)
def test_a_quantity_above_the_factor_is_unusual(ordered, found):
    decision = guarded(order_of(line_of(quantity=ordered)), TIMES_TEN, pattern_of(3, 3, 3, 3, 3))

    assert codes(decision) == found


def test_the_finding_tells_the_figures():
    decision = guarded(order_of(line_of(quantity=31)), TIMES_TEN, pattern_of(1, 3, 3, 3, 12))

    (finding,) = decision.findings
    assert finding.text == (
        "unusual quantity: 31 of BACHE-4X5 ordered; usually 3, most 12 in 5 orders since "
        "2026-03-02; more than 10 times the usual"
    )
    assert finding.details == {"ordered": "31", "usual": "3"}


def test_one_earlier_order_out_of_the_ordinary_does_not_shift_the_usual():
    decision = guarded(order_of(line_of(quantity=31)), TIMES_TEN, pattern_of(3, 3, 3, 3, 9000))

    assert codes(decision) == ["unusual-quantity"]


@pytest.mark.parametrize(("policy", "outcome"), [("flag", "answered"), ("hold", "held")])
def test_what_is_unusual_is_flagged_or_held(policy, outcome):
    guards = Guards(quantity_factor=Decimal(2), quantity_policy=GuardPolicy(policy))

    decision = guarded(order_of(line_of(quantity=31)), guards, pattern_of(3, 3, 3, 3, 3))

    assert decision.outcome == outcome


@pytest.mark.parametrize("pattern", [None, pattern_of(3, 3, 3, 3), Pattern()])
def test_with_too_few_earlier_orders_nothing_is_unusual(pattern):
    decision = guarded(order_of(line_of(quantity=3000)), TIMES_TEN, pattern)

    assert codes(decision) == []


def test_a_line_that_is_rejected_is_not_looked_at():
    decision = guarded(
        order_of(line_of(quantity=3000, price="1.00")),
        TIMES_TEN,
        pattern_of(3, 3, 3, 3, 3),
        price_beyond_tolerance="reject",
    )

    assert codes(decision) == ["price-beyond-tolerance"]


def test_an_unusual_line_keeps_its_answer_while_the_order_is_held():
    decision = guarded(order_of(line_of(quantity=31)), TIMES_TEN, pattern_of(3, 3, 3, 3, 3))

    (line,) = decision.lines
    assert (line.action, line.confirmed) == (LineAction.ACCEPTED, 31)


# --- value and place ---


@pytest.mark.parametrize(("quantity", "found"), [(5, []), (6, ["unusual-value"])])
def test_a_value_above_the_factor_is_unusual(quantity, found):
    pattern = pattern_of(1, 1, 1, 1, 1, values=[24, 24, 24, 24, 24])

    decision = guarded(
        order_of(line_of(quantity=quantity)), Guards(value_factor=Decimal(5)), pattern
    )

    assert codes(decision) == found


def test_the_finding_tells_values_as_money():
    pattern = pattern_of(1, 1, 1, 1, 1, values=["23.9", "24.2", "24", "24.2", "25"])

    decision = guarded(order_of(line_of(quantity=6)), Guards(value_factor=Decimal(5)), pattern)

    (finding,) = decision.findings
    assert finding.text == (
        "unusual value: 144.00 EUR ordered; usually 24.20, most 25.00 in 5 orders since "
        "2026-03-02; more than 5 times the usual"
    )


@pytest.mark.parametrize(
    ("places", "found"), [(["5412345000020"], []), ([], ["new-delivery-address"])]
)
def test_a_delivery_party_no_earlier_order_was_for_is_new(places, found):
    guards = Guards(new_delivery_address=GuardPolicy.FLAG)

    decision = guarded(order_of(line_of()), guards, pattern_of(3, 3, 3, 3, 3, places=places))

    assert codes(decision) == found


def test_what_an_operator_released_is_noted_and_answered():
    decision = guarded(
        order_of(line_of(quantity=31)),
        TIMES_TEN,
        pattern_of(3, 3, 3, 3, 3),
        seen=[("unusual-quantity", "1")],
    )

    assert decision.outcome is Outcome.ANSWERED
    assert decision.findings[0].effect is Effect.NOTE


@given(st.lists(st.decimals(1, 10**6, places=2), min_size=1, max_size=40))
def test_the_usual_lies_between_the_least_and_the_most(figures):
    usual = Earlier(figures=tuple(figures), since=SINCE).usual()

    assert min(figures) <= usual <= max(figures)
    assert sum(figure <= usual for figure in figures) * 2 >= len(figures)


# --- approvals ---

SALES = ApprovalClause(role="sales", above_value=Decimal(100))


def asked(decision):
    return {
        finding.details["role"]: finding.details["decision"]
        for finding in decision.findings
        if finding.code == "approval-needed"
    }


@pytest.mark.parametrize(("quantity", "roles"), [(4, set()), (5, {"sales"})])
def test_an_order_above_the_value_waits_for_its_role(quantity, roles):
    decision = decide(
        order_of(line_of(quantity=quantity)), agreement_of(approvals=(SALES,)), company=COMPANY
    )

    assert set(asked(decision)) == roles


def test_the_value_itself_needs_no_approval():
    clause = ApprovalClause(role="sales", above_value=Decimal("72.00"))

    decision = decide(order_of(line_of()), agreement_of(approvals=(clause,)), company=COMPANY)

    assert asked(decision) == {}


def approved_by(roles, order, **terms):
    """Decide an order once to learn what is asked, and again with the approval of these roles."""
    agreement = agreement_of(**terms)
    first = asked(decide(order, agreement, company=COMPANY))
    given_now = frozenset((role, first[role]) for role in roles)
    return decide(
        order, agreement, company=COMPANY, circumstances=Circumstances(approvals=given_now)
    )


def test_an_order_is_answered_once_it_is_approved():
    decision = approved_by(["sales"], order_of(line_of(quantity=5)), approvals=(SALES,))

    assert decision.outcome is Outcome.ANSWERED


def test_each_role_is_asked_for_itself():
    clauses = (SALES, ApprovalClause(role="management", above_value=Decimal(110)))

    decision = approved_by(["sales"], order_of(line_of(quantity=5)), approvals=clauses)

    assert set(asked(decision)) == {"management"}


def test_the_approval_of_one_decision_is_none_of_another():
    key = asked(
        decide(order_of(line_of(quantity=5)), agreement_of(approvals=(SALES,)), company=COMPANY)
    )["sales"]

    decision = decide(
        order_of(line_of(quantity=6)),
        agreement_of(approvals=(SALES,)),
        company=COMPANY,
        circumstances=Circumstances(approvals=frozenset({("sales", key)})),
    )

    assert set(asked(decision)) == {"sales"}


@pytest.mark.parametrize(
    ("price", "roles"), [("24.00", set()), ("30.00", {"sales"})], ids=["as agreed", "beyond"]
)
def test_findings_of_a_chosen_kind_need_approval(price, roles):
    clause = ApprovalClause(role="sales", findings=("price-beyond-tolerance",))

    decision = decide(
        order_of(line_of(price=price)), agreement_of(approvals=(clause,)), company=COMPANY
    )

    assert set(asked(decision)) == roles


def test_what_one_clause_states_must_all_be_so():
    clause = ApprovalClause(
        role="sales", above_value=Decimal(100), findings=("price-beyond-tolerance",)
    )

    decision = decide(
        order_of(line_of(quantity=5)), agreement_of(approvals=(clause,)), company=COMPANY
    )

    assert asked(decision) == {}


def test_no_approval_is_asked_for_an_order_that_is_held_for_another_reason():
    decision = decide(
        order_of(line_of(quantity=5), contract_number="C-1"),
        agreement_of(approvals=(SALES,)),
        company=COMPANY,
    )

    assert codes(decision) == ["unknown-contract"]


def test_an_approval_is_asked_beside_what_only_wants_a_look():
    decision = decide(
        order_of(line_of(quantity=31)),
        agreement_of(guards=TIMES_TEN, approvals=(SALES,)),
        company=COMPANY,
        circumstances=Circumstances(pattern=pattern_of(3, 3, 3, 3, 3)),
    )

    assert codes(decision) == ["unusual-quantity", "approval-needed"]
