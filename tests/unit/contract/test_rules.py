"""The clauses: each policy with each of its values, and the limits themselves."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.contract.articles import Catalogue
from edi_gateway.contract.decision import Effect, Outcome
from edi_gateway.contract.package import read_package
from edi_gateway.contract.pricing.figures import to_cents
from edi_gateway.documents import LineAction, Party, ResponseStatus
from tests.unit.contract.builders import (
    ACME,
    GTIN,
    NORDMARKT,
    agreement_of,
    codes,
    decided,
    line_of,
    nordmarkt_order,
    order_of,
    package_of,
)


def only(decision):
    (line,) = decision.lines
    return line


# --- the article ---


@pytest.mark.parametrize(
    "codes_given",
    [
        pytest.param({"gtin": "3760123450119"}, id="by GTIN"),
        pytest.param({"gtin": "03760123450119"}, id="by GTIN padded to 14 digits"),
        pytest.param({"supplier_article": "BACHE-4X5"}, id="by our code"),
        pytest.param({"buyer_article": "778811"}, id="by the buyer's code"),
        pytest.param(
            {"gtin": "3760123459990", "buyer_article": "778811"}, id="by the one code we know"
        ),
    ],
)
def test_an_article_is_found(codes_given):
    decision = decided(order_of(line_of(None, 3, **codes_given)))

    assert only(decision).article.code == "BACHE-4X5"


@pytest.mark.parametrize(
    "codes_given",
    [
        pytest.param({"gtin": GTIN["EAU-6"], "supplier_article": "BACHE-4X5"}, id="GTIN and ours"),
        pytest.param({"gtin": GTIN["EAU-6"], "buyer_article": "778811"}, id="GTIN and buyer's"),
        pytest.param({"supplier_article": "EAU-6", "buyer_article": "778811"}, id="both others"),
    ],
)
def test_codes_that_name_different_articles_are_held(codes_given):
    decision = decided(order_of(line_of(None, 3, **codes_given)))

    assert decision.outcome is Outcome.HELD
    assert codes(decision) == ["codes-disagree"]


def test_an_unknown_article_is_held_where_the_policy_says_so():
    agreement = agreement_of(unknown_article="hold")

    decision = decided(order_of(line_of("3760123459990")), agreement)

    assert decision.outcome is Outcome.HELD
    assert "unknown article" in decision.findings[0].text


def test_a_line_without_any_code_is_an_unknown_article():
    decision = decided(order_of(line_of(None)))

    assert only(decision).reason_code == "unknown-article"


def test_an_order_of_unknown_articles_only_is_rejected_as_a_whole():
    decision = decided(order_of(line_of("3760123459990")))

    assert decision.status is ResponseStatus.REJECTED


# --- units ---


@pytest.mark.parametrize("unit", [None, "PCE", "H87", "EA", "C62"])
def test_pieces_have_several_names(unit):
    decision = decided(order_of(line_of("BACHE-4X5", 3, "24.00", unit=unit, price_unit=unit)))

    assert decision.status is ResponseStatus.ACCEPTED


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(line_of("BACHE-4X5", 3, unit="KGM"), id="quantity"),
        pytest.param(line_of("CAFE-VR", 3, unit="PCE"), id="pieces of a bulk article"),
        pytest.param(line_of("BACHE-4X5", 3, "24.00", price_unit="KGM"), id="price"),
    ],
)
def test_another_unit_is_held_and_never_converted(line):
    decision = decided(order_of(line))

    assert decision.outcome is Outcome.HELD
    assert codes(decision) == ["unit-differs"]


def test_the_unit_of_the_article_is_stated_where_the_order_has_none():
    assert only(decided(order_of(line_of("CAFE-VR", 6)))).unit == "KGM"


# --- quantities ---


@pytest.mark.parametrize(
    ("policies", "article", "ordered", "action", "confirmed"),
    [
        pytest.param({}, "COLLE-50", 12, "accepted", 12, id="a multiple"),
        pytest.param({}, "COLLE-50", 13, "changed", 18, id="rounded up"),
        pytest.param({}, "MASTIC-VR", "3.3", "changed", "3.5", id="rounded up to half a kilo"),
        pytest.param(
            {"quantity_not_multiple": "round_down"}, "COLLE-50", 13, "changed", 12, id="down"
        ),
        pytest.param(
            {"quantity_not_multiple": "reject"}, "COLLE-50", 13, "rejected", 0, id="rejected"
        ),
        pytest.param({}, "CABLE-3G", 25, "accepted", 25, id="the minimum itself"),
        pytest.param({}, "CABLE-3G", 3, "changed", 25, id="raised to the minimum"),
        pytest.param({}, "COLLE-50", 1, "changed", 6, id="raised to one pack"),
        pytest.param(
            {"below_minimum_quantity": "reject"}, "CABLE-3G", 24, "rejected", 0, id="below minimum"
        ),
        pytest.param(
            {"below_minimum_quantity": "reject"}, "CABLE-3G", 26, "changed", 30, id="above minimum"
        ),
        pytest.param({}, "BACHE-4X5", 0, "rejected", 0, id="nothing"),
        pytest.param({}, "BACHE-4X5", -5, "rejected", 0, id="less than nothing"),
    ],
)
def test_a_quantity_is_confirmed_by_its_policy(policies, article, ordered, action, confirmed):
    line = only(decided(order_of(line_of(article, ordered)), agreement_of(**policies)))

    assert (line.action, line.confirmed) == (LineAction(action), Decimal(confirmed))


def with_article(name, **changes):
    """The acme agreement with one article changed."""
    articles = [replace(a, **changes) if a.code == name else a for a in ACME.articles]
    return replace(ACME, articles=Catalogue(articles))


def test_the_minimum_is_raised_to_the_smallest_multiple_that_reaches_it():
    agreement = with_article("BACHE-4X5", pack_multiple=Decimal(6), minimum_quantity=Decimal(10))

    assert only(decided(order_of(line_of("BACHE-4X5", 1)), agreement)).confirmed == 12


def test_a_minimum_without_a_pack_is_raised_to_itself():
    agreement = with_article("BACHE-4X5", pack_multiple=None, minimum_quantity=Decimal(10))

    assert only(decided(order_of(line_of("BACHE-4X5", 1)), agreement)).confirmed == 10


@pytest.mark.parametrize(
    ("minimum", "ordered"),
    [
        pytest.param(Decimal(10), 11, id="below the minimum"),
        pytest.param(None, 5, id="to nothing"),
    ],
)
def test_rounding_down_to_what_cannot_be_supplied_is_a_rejection(minimum, ordered):
    agreement = with_article("BACHE-4X5", pack_multiple=Decimal(6), minimum_quantity=minimum)
    agreement = replace(
        agreement, contract=agreement_of(quantity_not_multiple="round_down").contract
    )

    line = only(decided(order_of(line_of("BACHE-4X5", ordered)), agreement))

    assert (line.action, line.reason_code) == (LineAction.REJECTED, "not-a-pack-multiple")


# --- prices ---


@pytest.mark.parametrize(
    ("ordered", "price"),
    [(47, "2.49"), (48, "2.29"), (143, "2.29"), (144, "1.99"), (100000, "1.99")],
)
def test_a_break_begins_at_its_quantity(ordered, price):
    line = only(decided(order_of(line_of("RUBAN-12", ordered))))

    assert line.price.amount == Decimal(price)


def test_the_break_is_that_of_the_ordered_quantity_not_of_the_confirmed():
    line = only(decided(order_of(line_of("RUBAN-12", 143))))

    assert (line.confirmed, line.price.amount) == (144, Decimal("2.29"))


@pytest.mark.parametrize(
    ("on", "price"),
    [
        pytest.param(date(2026, 1, 1), "125.00", id="first day of the contract"),
        pytest.param(date(2026, 6, 30), "125.00", id="last day of the old price"),
        pytest.param(date(2026, 7, 1), "129.90", id="first day of the new price"),
        pytest.param(date(2026, 12, 31), "129.90", id="last day of the contract"),
    ],
)
def test_both_ends_of_a_validity_count(on, price):
    line = only(decided(order_of(line_of("PERCEUSE-18", 2), issue_date=on)))

    assert line.price.amount == Decimal(price)


def test_a_larger_break_that_is_not_valid_yet_leaves_the_smaller_one():
    order = order_of(line_of("PERCEUSE-18", 10), issue_date=date(2026, 6, 30))

    assert only(decided(order)).price.amount == Decimal("125.00")


@pytest.mark.parametrize(
    ("price", "within"),
    [
        pytest.param("24.48", True, id="the upper limit itself"),
        pytest.param("24.4801", False, id="just above it"),
        pytest.param("23.52", True, id="the lower limit itself"),
        pytest.param("23.5199", False, id="just below it"),
        pytest.param("2448/100", True, id="the limit per hundred"),
        pytest.param("2448.01/100", False, id="just above it per hundred"),
        pytest.param("0", False, id="for nothing"),
    ],
)
def test_the_limit_of_the_tolerance_is_within(price, within):
    decision = decided(order_of(line_of("BACHE-4X5", 3, price)))

    assert codes(decision) == ["price-within-tolerance" if within else "price-beyond-tolerance"]


@pytest.mark.parametrize(
    ("policies", "price", "action", "stands"),
    [
        pytest.param({}, "24.40", "accepted", "24.40", id="within: ordered stands"),
        pytest.param(
            {"price_within_tolerance": "contract"}, "24.40", "changed", "24.00", id="within: ours"
        ),
        pytest.param(
            {"price_within_tolerance": "contract"}, "24.0", "accepted", "24.00", id="equal"
        ),
        pytest.param(
            {"price_within_tolerance": "contract"},
            "2400/100",
            "accepted",
            "24.00",
            id="equal per hundred",
        ),
        pytest.param({}, "30.00", "changed", "24.00", id="beyond: corrected"),
    ],
)
def test_the_price_that_stands_follows_the_policy(policies, price, action, stands):
    line = only(decided(order_of(line_of("BACHE-4X5", 3, price)), agreement_of(**policies)))

    assert (line.action, line.price.amount) == (LineAction(action), Decimal(stands))


def test_a_price_beyond_tolerance_is_rejected_where_the_policy_says_so():
    agreement = agreement_of(price_beyond_tolerance="reject")

    line = only(decided(order_of(line_of("BACHE-4X5", 3, "30.00")), agreement))

    assert (line.action, line.price, line.amount) == (LineAction.REJECTED, None, 0)


def test_a_price_beyond_tolerance_is_held_where_the_policy_says_so():
    agreement = agreement_of(price_beyond_tolerance="hold")

    decision = decided(order_of(line_of("BACHE-4X5", 3, "30.00")), agreement)

    assert decision.outcome is Outcome.HELD


def test_an_equal_price_is_no_departure_however_small_the_tolerance():
    agreement = agreement_of(price_tolerance_percent=Decimal(0))

    decision = decided(order_of(line_of("VIS-M6X20", 5000, "0.0349")), agreement)

    assert decision.findings == ()


def test_a_missing_price_is_rejected_where_the_policy_says_so():
    line = only(decided(order_of(line_of("LAMPE-AV", 3)), agreement_of(no_price="reject")))

    assert (line.action, line.reason_code) == (LineAction.REJECTED, "no-valid-price")


def test_a_line_with_two_changes_gives_both_reasons():
    line = only(decided(order_of(line_of("COLLE-50", 10, "9.00"))))

    assert "not a pack multiple" in line.reason
    assert "price beyond tolerance" in line.reason


def test_the_trace_tells_row_arithmetic_and_policy():
    trace = " ".join(only(decided(order_of(line_of("PERCEUSE-18", 4, "119.90")))).trace)

    for piece in ("GTIN 3760123450072", "2026-11-16", "7.70 %", "= correct", "4 x 129.90 = 519.60"):
        assert piece in trace


# --- price by requested delivery ---


@pytest.mark.parametrize(
    ("header", "line", "price"),
    [
        pytest.param(date(2026, 6, 30), None, "118.00", id="the order's date"),
        pytest.param(date(2026, 6, 30), date(2026, 7, 1), "121.50", id="the line's own date first"),
    ],
)
def test_a_delivery_price_follows_the_requested_date(header, line, price):
    order = nordmarkt_order(
        line_of("PERCEUSE-18", 2, requested_delivery=line), requested_delivery=header
    )

    assert only(decided(order, NORDMARKT)).price.amount == Decimal(price)


def test_a_delivery_price_without_a_requested_date_is_held():
    order = nordmarkt_order(line_of("PERCEUSE-18", 2), requested_delivery=None)

    assert codes(decided(order, NORDMARKT)) == ["no-price-date"]


def test_a_requested_date_outside_the_contract_is_held_on_its_line():
    order = nordmarkt_order(
        line_of("PERCEUSE-18", 2), line_of("COLLE-50", 6, requested_delivery=date(2027, 1, 1))
    )

    (finding,) = decided(order, NORDMARKT).findings

    assert (finding.code, finding.line) == ("outside-validity", "2")


def test_the_requested_date_is_not_judged_where_the_order_date_prices():
    order = order_of(line_of(), requested_delivery=date(2031, 1, 1))

    assert decided(order).status is ResponseStatus.ACCEPTED


# --- the order as a whole ---


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        pytest.param({"issue_date": date(2025, 12, 31)}, "outside-validity", id="too early"),
        pytest.param({"issue_date": date(2027, 1, 1)}, "outside-validity", id="too late"),
        pytest.param({"currency": "CHF"}, "wrong-currency", id="francs"),
        pytest.param({"contract_number": "C-2025-001"}, "unknown-contract", id="old contract"),
        pytest.param({"price_list": "PL2025"}, "unknown-price-list", id="old price list"),
        pytest.param({"buyer": Party(gln="5412345000020")}, "unknown-buyer", id="another buyer"),
        pytest.param(
            {"supplier": Party(gln="5412345000020")}, "unknown-supplier", id="another supplier"
        ),
        pytest.param({"type_code": "221"}, "order-type-not-handled", id="blanket order"),
        pytest.param({"function": "1"}, "order-function-not-handled", id="cancellation"),
        pytest.param({"function": "5"}, "order-function-not-handled", id="replacement"),
        pytest.param({"function": "31"}, "order-function-not-handled", id="copy"),
        pytest.param({"line_count": 2}, "line-count-differs", id="a line was lost"),
    ],
)
def test_an_order_that_departs_as_a_whole_is_held(facts, code):
    decision = decided(order_of(line_of(), **facts))

    assert (decision.outcome, codes(decision)) == (Outcome.HELD, [code])


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"currency": None}, id="no currency"),
        pytest.param({"contract_number": None}, id="no contract"),
        pytest.param({"price_list": "PL2026"}, id="the price list"),
        pytest.param({"buyer": Party(), "supplier": Party()}, id="no parties"),
        pytest.param({"type_code": "105"}, id="UBL purchase order"),
        pytest.param({"function": "7"}, id="retransmission"),
        pytest.param({"function": None}, id="no function"),
        pytest.param({"line_count": None}, id="not counted"),
    ],
)
def test_what_an_order_leaves_out_is_no_departure(facts):
    assert decided(order_of(line_of(), **facts)).findings == ()


def test_a_further_buyer_of_the_agreement_may_order():
    agreement = agreement_of(buyers=("5412345000020",))

    decision = decided(order_of(line_of(), buyer=Party(gln="5412345000020")), agreement)

    assert decision.status is ResponseStatus.ACCEPTED


def test_an_order_without_lines_is_held():
    assert codes(decided(order_of())) == ["no-lines"]


def test_a_line_number_that_stands_twice_is_held():
    order = order_of(line_of(), line_of("EAU-6", 6), as_numbered=True)

    assert codes(decided(order)) == ["duplicate-line-number"]


def test_a_total_that_differs_is_only_noted():
    decision = decided(order_of(line_of(price="24.00"), total_amount=Decimal("72.03")))

    assert (codes(decision), decision.status) == (["total-differs"], ResponseStatus.ACCEPTED)


def test_a_total_may_differ_by_two_cents_a_line():
    decision = decided(order_of(line_of(price="24.00"), total_amount=Decimal("72.02")))

    assert decision.findings == ()


def test_one_held_line_holds_the_whole_order():
    decision = decided(order_of(line_of(), line_of("LAMPE-AV", 3)))

    assert (decision.outcome, decision.status) == (Outcome.HELD, None)


def test_every_departure_is_found_at_once():
    decision = decided(order_of(line_of("LAMPE-AV", 3), line_of("EAU-6", 7), currency="CHF"))

    assert codes(decision) == ["wrong-currency", "no-valid-price", "not-a-pack-multiple"]


@pytest.mark.parametrize("figure", ["NaN", "Infinity", "1E+400", "1E-400", "9" * 40])
def test_a_figure_no_order_can_mean_is_held(figure):
    assert codes(decided(order_of(line_of("BACHE-4X5", figure)))) == ["figure-not-usable"]


def test_a_price_per_no_units_is_held():
    assert codes(decided(order_of(line_of("BACHE-4X5", 3, "24.00/0")))) == ["figure-not-usable"]


# --- the minimum order value ---


@pytest.mark.parametrize(
    ("policy", "outcome", "status"),
    [
        ("accept", Outcome.ANSWERED, ResponseStatus.ACCEPTED),
        ("reject", Outcome.ANSWERED, ResponseStatus.REJECTED),
        ("hold", Outcome.HELD, None),
    ],
)
def test_an_order_below_the_minimum_value_follows_the_policy(policy, outcome, status):
    agreement = agreement_of(below_minimum_value=policy)

    decision = decided(order_of(line_of("BACHE-4X5", 2)), agreement)

    assert (decision.outcome, decision.status) == (outcome, status)


def test_an_order_rejected_for_its_value_confirms_nothing():
    agreement = agreement_of(below_minimum_value="reject")

    decision = decided(order_of(line_of("BACHE-4X5", 2)), agreement)

    assert (decision.net_amount, decision.lines[0].confirmed) == (0, 0)


def test_every_line_of_an_order_rejected_for_its_value_is_rejected():
    agreement = agreement_of(below_minimum_value="reject")

    decision = decided(order_of(line_of("BACHE-4X5", 1), line_of("3760123459990")), agreement)

    assert [line.reason_code for line in decision.lines] == [
        "below-minimum-value",
        "unknown-article",
    ]


def test_the_minimum_value_itself_is_enough():
    agreement = agreement_of(below_minimum_value="hold", minimum_order_value=Decimal("72.00"))

    assert decided(order_of(line_of()), agreement).status is ResponseStatus.ACCEPTED


def test_the_minimum_value_is_compared_with_what_is_confirmed():
    agreement = agreement_of(below_minimum_value="hold")

    decision = decided(order_of(line_of("BACHE-4X5", 1), line_of("3760123459990", 9)), agreement)

    assert codes(decision) == ["unknown-article", "below-minimum-value"]


def test_an_order_that_is_rejected_anyway_is_not_compared_with_the_minimum_value():
    agreement = agreement_of(below_minimum_value="hold")

    decision = decided(order_of(line_of("3760123459990")), agreement)

    assert decision.status is ResponseStatus.REJECTED


# --- what always holds ---

LINES = st.builds(
    line_of,
    st.sampled_from([*GTIN, "3760123459990"]),
    st.decimals(min_value=-2, max_value=6000, places=2).map(str),
    st.none() | st.decimals(min_value=0, max_value=200, places=4).map(str),
)
ORDERS = st.lists(LINES, min_size=1, max_size=6).map(lambda lines: order_of(*lines))


@given(ORDERS)
def test_the_net_amount_is_the_sum_of_the_confirmed_lines(order):
    decision = decided(order)

    assert decision.net_amount == sum(line.amount for line in decision.lines)


@given(ORDERS)
def test_a_line_amount_is_quantity_times_price_in_cents(order):
    for line in decided(order).lines:
        if line.price is not None:
            exact = line.confirmed * line.price.amount / line.price.per
            assert line.amount == to_cents(exact)


@given(ORDERS)
def test_a_line_is_undecided_only_in_an_order_that_is_held(order):
    decision = decided(order)

    undecided = any(line.action is None for line in decision.lines)
    assert not undecided or decision.outcome is Outcome.HELD


@given(ORDERS)
def test_an_order_is_held_exactly_when_a_finding_says_so(order):
    decision = decided(order)

    holds = any(finding.effect is Effect.HOLD for finding in decision.findings)
    assert holds == (decision.outcome is Outcome.HELD)


@given(ORDERS)
def test_a_confirmed_quantity_can_be_supplied(order):
    for line in decided(order).lines:
        if line.confirmed:
            assert line.confirmed % line.article.pack_multiple == 0
            assert line.confirmed >= line.article.minimum_quantity


@given(ORDERS)
def test_only_an_accepted_line_goes_without_a_reason(order):
    for line in decided(order).lines:
        assert (line.reason is None) == (line.action is LineAction.ACCEPTED)


def test_the_agreement_of_the_tests_is_not_changed_by_them():
    assert agreement_of().contract == ACME.contract


THIRD = read_package(package_of(), "acme", version=3)


@pytest.mark.parametrize(
    ("line", "agreement", "more"),
    [
        pytest.param(line_of(None, gtin="3760123450003"), THIRD, {}, id="unknown article"),
        pytest.param(line_of(quantity=0), THIRD, {}, id="no quantity"),
        pytest.param(line_of(unit="KGM"), THIRD, {}, id="another unit"),
        pytest.param(line_of(supplier_article="EAU-6"), THIRD, {}, id="codes that disagree"),
        pytest.param(line_of(), THIRD, {"issue_date": date(2027, 1, 1)}, id="outside validity"),
        pytest.param(line_of("LAMPE-AV"), THIRD, {}, id="no price"),
        pytest.param(line_of(), THIRD, {}, id="priced"),
        pytest.param(
            line_of(),
            agreement_of(THIRD, order_types=("220", "228")),
            {"type_code": "228"},
            id="sample",
        ),
    ],
)
def test_the_trace_of_every_line_names_contract_and_version_once(line, agreement, more):
    (found,) = decided(order_of(line, **more), agreement).lines

    named = [sentence for sentence in found.trace if "contract C-2026-017, version 3" in sentence]
    assert len(named) == 1


def test_the_trace_says_which_codes_disagree():
    (found,) = decided(order_of(line_of(supplier_article="EAU-6"))).lines

    assert (
        "codes disagree about the article: GTIN 3760123450119 is BACHE-4X5; our code EAU-6 is EAU-6; "
        "none is weighed against another"
    ) in found.trace
