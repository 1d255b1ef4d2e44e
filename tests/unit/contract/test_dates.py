"""Requested dates against lead times, cut-off hours, days of delivery and holidays."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.contract.articles import Catalogue
from edi_gateway.contract.calendar import WorkCalendar
from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.decision import Effect, Outcome
from edi_gateway.contract.rules import decide
from edi_gateway.documents import LineAction
from tests.unit.contract.builders import (
    ACME,
    COMPANY,
    agreement_of,
    codes,
    decided,
    line_of,
    order_of,
)

#: Tuesday, half past ten in Paris.
TUESDAY = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)


def on(moment, order, *, seen=frozenset(), **terms):
    terms = {"time_zone": "Europe/Paris", "date_not_possible": "propose", **terms}
    return decide(
        order,
        agreement_of(**terms),
        company=COMPANY,
        circumstances=Circumstances(now=moment, seen=seen),
    )


def wanted(day, **others):
    return order_of(line_of(), requested_delivery=day, **others)


def promised(decision):
    (line,) = decision.lines
    return line.promised_delivery


def test_no_date_is_judged_where_the_contract_states_no_lead_time():
    decision = on(TUESDAY, wanted(date(2026, 11, 15)))

    assert codes(decision) == []


@pytest.mark.parametrize(
    ("terms", "first"),
    [
        pytest.param({"lead_time_days": 0}, date(2026, 11, 17), id="the same day"),
        pytest.param({"lead_time_days": 3}, date(2026, 11, 20), id="three working days"),
        pytest.param({"lead_time_days": 4}, date(2026, 11, 23), id="over a weekend"),
        pytest.param(
            {"lead_time_days": 1, "order_cutoff": time(10, 30)},
            date(2026, 11, 19),
            id="at the cut-off hour",
        ),
        pytest.param(
            {"lead_time_days": 1, "order_cutoff": time(10, 31)},
            date(2026, 11, 18),
            id="before the cut-off hour",
        ),
        pytest.param(
            {"lead_time_days": 1, "holidays": frozenset({date(2026, 11, 18)})},
            date(2026, 11, 19),
            id="over a holiday",
        ),
        pytest.param(
            {"lead_time_days": 1, "closing_periods": ((date(2026, 11, 18), date(2026, 11, 20)),)},
            date(2026, 11, 23),
            id="over a closing period",
        ),
        pytest.param(
            {"lead_time_days": 1, "delivery_days": frozenset({0, 3})},
            date(2026, 11, 19),
            id="on a day of delivery",
        ),
        pytest.param(
            {"lead_time_days": 1, "delivery_days": frozenset({5})},
            date(2026, 11, 21),
            id="on a Saturday, where that is agreed",
        ),
    ],
)
def test_the_first_possible_day_is_proposed(terms, first):
    today = date(2026, 11, 17)

    decision = on(TUESDAY, wanted(today), **terms)

    assert promised(decision) == (None if first == today else first)


@pytest.mark.parametrize(
    ("day", "action", "day_promised"),
    [
        (date(2026, 11, 19), LineAction.CHANGED, date(2026, 11, 20)),
        (date(2026, 11, 20), LineAction.ACCEPTED, None),
        (date(2026, 11, 21), LineAction.CHANGED, date(2026, 11, 23)),
        (date(2026, 12, 1), LineAction.ACCEPTED, None),
    ],
)
def test_a_day_is_confirmed_from_the_first_possible_one_on(day, action, day_promised):
    decision = on(TUESDAY, wanted(day), lead_time_days=3)

    assert decision.lines[0].action is action
    assert promised(decision) == day_promised


def test_public_holidays_of_a_named_calendar_are_days_off():
    monday = datetime(2026, 11, 9, 9, tzinfo=UTC)

    decision = on(monday, wanted(date(2026, 11, 11)), lead_time_days=2, holiday_calendar="FR")

    assert promised(decision) == date(2026, 11, 12)


def test_the_calendar_of_a_part_of_a_country_has_its_own_days():
    epiphany = date(2026, 1, 6)

    days = [WorkCalendar(holiday_calendar=name).is_closed(epiphany) for name in ("DE-BY", "DE-BE")]

    assert days == [True, False]


def test_an_order_that_comes_at_the_weekend_counts_as_of_monday():
    saturday = datetime(2026, 11, 21, 9, tzinfo=UTC)

    decision = on(saturday, wanted(date(2026, 11, 23)), lead_time_days=1)

    assert promised(decision) == date(2026, 11, 24)


def test_the_hour_is_that_of_the_contracts_time_zone():
    late = datetime(2026, 11, 17, 23, 30, tzinfo=UTC)

    decision = on(late, wanted(date(2026, 11, 18)), lead_time_days=1)

    assert promised(decision) == date(2026, 11, 19)


def test_an_article_may_take_longer_than_the_contract_says():
    articles = Catalogue(
        replace(a, lead_time_days=10) if a.code == "COLLE-50" else a for a in ACME.articles
    )
    agreement = replace(
        agreement_of(lead_time_days=1, date_not_possible="propose"), articles=articles
    )
    order = order_of(line_of(), line_of("COLLE-50", 6), requested_delivery=date(2026, 11, 20))

    decision = decide(order, agreement, company=COMPANY, circumstances=Circumstances(now=TUESDAY))

    assert [line.promised_delivery for line in decision.lines] == [None, date(2026, 12, 1)]


def test_a_rush_order_has_a_lead_time_of_its_own():
    order = wanted(date(2026, 11, 18), type_code="224")

    decision = on(
        TUESDAY, order, lead_time_days=5, rush_lead_time_days=1, order_types=("220", "224")
    )

    assert codes(decision) == []


def test_rush_terms_alone_judge_no_other_order():
    decision = on(TUESDAY, wanted(date(2026, 11, 21)), rush_lead_time_days=1)

    assert codes(decision) == []


@pytest.mark.parametrize(
    ("policy", "effect"),
    [
        ("accept", Effect.NOTE),
        ("propose", Effect.CHANGE),
        ("hold", Effect.HOLD),
        ("reject", Effect.REJECT),
    ],
)
def test_a_date_that_is_not_possible_goes_by_its_policy(policy, effect):
    decision = on(TUESDAY, wanted(date(2026, 11, 18)), lead_time_days=3, date_not_possible=policy)

    (finding,) = decision.findings
    assert (finding.code, finding.effect) == ("date-not-possible", effect)


@pytest.mark.parametrize(
    ("policy", "effect"),
    [
        ("accept", Effect.NOTE),
        ("propose", Effect.HOLD),
        ("hold", Effect.HOLD),
        ("reject", Effect.REJECT),
    ],
)
def test_no_other_day_is_proposed_for_one_that_is_past(policy, effect):
    decision = on(TUESDAY, wanted(date(2026, 11, 16)), lead_time_days=3, date_not_possible=policy)

    (finding,) = decision.findings
    assert (finding.code, finding.effect) == ("date-past", effect)


def test_nothing_is_proposed_after_the_day_the_order_lapses():
    order = wanted(date(2026, 11, 18), cancel_after=date(2026, 11, 19))

    decision = on(TUESDAY, order, lead_time_days=3)

    assert codes(decision) == ["date-after-cancellation"]
    assert decision.lines[0].action is LineAction.REJECTED


def test_a_line_has_its_own_date():
    lines = [line_of(), line_of("COLLE-50", 6, requested_delivery=date(2026, 11, 18))]

    decision = on(TUESDAY, order_of(*lines), lead_time_days=3)

    assert [line.action for line in decision.lines] == [LineAction.ACCEPTED, LineAction.CHANGED]


@pytest.mark.parametrize(
    ("window", "found"),
    [
        pytest.param({"latest_delivery": date(2026, 11, 20)}, [], id="until that day"),
        pytest.param(
            {"latest_delivery": date(2026, 11, 19)},
            ["date-not-possible"],
            id="until the day before",
        ),
        pytest.param({"earliest_delivery": date(2026, 11, 18)}, [], id="from a day on"),
        pytest.param(
            {"earliest_delivery": date(2026, 11, 21), "latest_delivery": date(2026, 11, 22)},
            ["date-not-possible"],
            id="at a weekend",
        ),
    ],
)
def test_a_window_is_met_where_one_day_of_it_is_possible(window, found):
    decision = on(TUESDAY, wanted(None, **window), lead_time_days=3)

    assert codes(decision) == found


def test_another_day_that_the_customer_allows_is_promised_and_accepted():
    order = wanted(date(2026, 11, 18), latest_delivery=date(2026, 11, 25))

    decision = on(TUESDAY, order, lead_time_days=3)

    assert decision.lines[0].action is LineAction.ACCEPTED
    assert promised(decision) == date(2026, 11, 20)


def test_a_date_an_operator_looked_at_is_confirmed_as_requested():
    decision = on(
        TUESDAY,
        wanted(date(2026, 11, 18)),
        lead_time_days=3,
        date_not_possible="hold",
        seen=frozenset({("date-not-possible", "1")}),
    )

    assert decision.outcome is Outcome.ANSWERED
    assert (decision.lines[0].action, promised(decision)) == (LineAction.ACCEPTED, None)


def test_the_trace_says_how_the_day_was_reckoned():
    decision = on(TUESDAY, wanted(date(2026, 11, 18)), lead_time_days=1, order_cutoff=time(8))

    assert (
        "2026-11-18 requested; ordered on 2026-11-17, after the cut-off hour 08:00, lead time of "
        "the contract 1 working day(s) from 2026-11-18: 2026-11-19" in decision.lines[0].trace
    )


def test_without_a_clock_the_order_counts_as_of_its_own_date():
    decision = decided(
        wanted(date(2026, 11, 17)), agreement_of(lead_time_days=2, date_not_possible="propose")
    )

    assert promised(decision) == date(2026, 11, 18)


def test_a_date_at_the_end_of_time_is_held_rather_than_reckoned_on():
    decision = on(
        TUESDAY, wanted(date(9999, 12, 31)), holiday_calendar="FR", delivery_days=frozenset({0})
    )

    assert codes(decision) == ["date-not-possible"]
    assert decision.outcome is Outcome.HELD


@given(
    start=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    later=st.integers(0, 60),
    off=st.frozensets(st.dates(date(2020, 1, 1), date(2030, 6, 1)), max_size=30),
)
def test_between_two_working_days_lie_as_many_as_were_counted(start, later, off):
    calendar = WorkCalendar(holidays=off)

    first, last = calendar.working_day(start), calendar.working_day(start, later=later)

    days = range(first.toordinal(), last.toordinal())
    assert sum(calendar.is_working(date.fromordinal(day)) for day in days) == later
