"""What can be supplied: articles no longer sold, successors, maximum, stock, and their answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.contract.answers.billing import bill, within_confirmed
from edi_gateway.contract.answers.despatching import advise
from edi_gateway.contract.answers.response import hand_over, respond
from edi_gateway.contract.articles import Catalogue
from edi_gateway.contract.blankets import Blanket, BlanketLine
from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.decision import Effect, Outcome, Taken
from edi_gateway.contract.package import read_package
from edi_gateway.contract.policies import BlanketOrders
from edi_gateway.contract.rules import decide
from edi_gateway.contract.stock import (
    StockFigure,
    articles_concerned,
    promise_in_time,
    promise_rest,
)
from edi_gateway.contract.terms import StockCheck, Substitution
from edi_gateway.documents import ErpDespatch, ErpDespatchLine, LineAction, ResponseStatus
from edi_gateway.errors import ConfigError
from tests.unit.contract.builders import (
    ACME,
    ACME_ARTICLES,
    ACME_TOML,
    COMPANY,
    ISSUED,
    WANTED,
    agreement_of,
    codes,
    line_of,
    order_of,
    package_of,
)

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
LATER = date(2026, 12, 3)


def supplied(*, terms=None, **articles):
    """Acme's agreement with more said about single articles, by their codes with `_` for `-`."""
    changed = {code.replace("_", "-"): facts for code, facts in articles.items()}
    catalogue = Catalogue(
        replace(article, **changed.get(article.code, {})) for article in ACME.articles
    )
    terms = dict(terms or {})
    if "substitution" in terms:
        terms["substitution"] = Substitution(terms["substitution"])
    return agreement_of(replace(ACME, articles=catalogue), **terms)


def figure(available, next_date=None, next_quantity=None):
    return StockFigure(
        at=NOW,
        available=Decimal(available),
        next_date=next_date,
        next_quantity=None if next_quantity is None else Decimal(next_quantity),
    )


def stocked(order, agreement=ACME, **figures):
    """Decide under `stock = "check"` with these figures, by article codes with `_` for `-`."""
    agreement = agreement_of(agreement, stock=StockCheck.CHECK)
    stock = {code.replace("_", "-"): given for code, given in figures.items()}
    return decide(
        order, agreement, company=COMPANY, circumstances=Circumstances(now=NOW, stock=stock)
    )


def decided(order, agreement):
    return decide(order, agreement, company=COMPANY)


def answered(order, decision, agreement=ACME):
    return respond(
        order, decision, agreement, company=COMPANY, number="R1", today=ISSUED, test=False
    )


def handed(order, decision, agreement=ACME):
    return hand_over(order, decision, agreement, company=COMPANY, revision=1)


def told(response):
    """What the response tells of each piece: its line, action, quantity, day and undated rest."""
    return [
        (
            line.order_line,
            line.action.value,
            line.confirmed,
            line.promised_delivery,
            line.backordered,
        )
        for line in response.lines
    ]


BACKORDER = {"stock_short": "backorder"}


# --- articles that are no longer sold, or not yet ---


@pytest.mark.parametrize(
    ("policy", "action"),
    [("reject", LineAction.REJECTED), ("hold", None), ("substitute", LineAction.REJECTED)],
)
def test_an_article_no_longer_sold_is_settled_by_policy(policy, action):
    agreement = supplied(terms={"delisted_article": policy}, BACHE_4X5={"delisted_from": ISSUED})

    decision = decided(order_of(line_of("BACHE-4X5")), agreement)

    assert (decision.lines[0].action, codes(decision)) == (action, ["article-not-offered"])


@pytest.mark.parametrize(
    ("facts", "is_sold"),
    [
        pytest.param({"delisted_from": date(2026, 11, 17)}, True, id="the last day"),
        pytest.param({"delisted_from": date(2026, 11, 16)}, False, id="the first day after"),
        pytest.param({"orderable_from": date(2026, 11, 16)}, True, id="the first day"),
        pytest.param({"orderable_from": date(2026, 11, 17)}, False, id="the day before"),
    ],
)
def test_an_article_is_sold_from_its_first_day_to_the_day_before_it_is_delisted(facts, is_sold):
    decision = decided(order_of(line_of("BACHE-4X5")), supplied(BACHE_4X5=facts))

    assert (decision.outcome is Outcome.ANSWERED) is is_sold


def test_an_approved_substitute_takes_the_place_of_an_article_no_longer_sold():
    agreement = supplied(
        terms={"delisted_article": "substitute", "substitution": "approved"},
        BACHE_4X5={"delisted_from": ISSUED, "substitutes": ("LAMPE-AV", "GANT-T9")},
        LAMPE_AV={"delisted_from": ISSUED},
    )
    order = order_of(line_of("BACHE-4X5", 3))

    decision = decided(order, agreement)

    line = decision.lines[0]
    assert (line.action, line.article.code, line.replaced.code) == (
        LineAction.CHANGED,
        "GANT-T9",
        "BACHE-4X5",
    )
    assert "substitute LAMPE-AV is not sold on 2026-11-16" in line.trace


@pytest.mark.parametrize(
    ("substitution", "action"),
    [("same_article", LineAction.REJECTED), ("approved", LineAction.CHANGED), ("ask", None)],
)
def test_the_contract_says_which_articles_may_be_supplied_instead(substitution, action):
    agreement = supplied(
        terms={"delisted_article": "substitute", "substitution": substitution},
        BACHE_4X5={"delisted_from": ISSUED, "substitutes": ("GANT-T9",)},
    )

    decision = decided(order_of(line_of("BACHE-4X5")), agreement)

    assert decision.lines[0].action is action


def test_a_person_who_is_asked_learns_what_could_be_supplied():
    agreement = supplied(
        terms={"delisted_article": "substitute", "substitution": "ask"},
        BACHE_4X5={"delisted_from": ISSUED, "substitutes": ("GANT-T9",)},
    )

    why, offered = decided(order_of(line_of("BACHE-4X5")), agreement).findings

    assert (why.code, why.effect) == ("article-not-offered", Effect.NOTE)
    assert (offered.code, offered.effect) == ("substitute-offered", Effect.HOLD)
    assert offered.text == "GANT-T9 could be supplied instead of BACHE-4X5"


def test_a_released_order_gets_the_substitute_a_person_saw():
    agreement = supplied(
        terms={"delisted_article": "substitute", "substitution": "ask"},
        BACHE_4X5={"delisted_from": ISSUED, "substitutes": ("GANT-T9",)},
    )
    sight = "substitute-offered: GANT-T9 could be supplied instead of BACHE-4X5"
    seen = Circumstances(seen=frozenset({(sight, "1")}))

    (line,) = decide(
        order_of(line_of("BACHE-4X5")), agreement, company=COMPANY, circumstances=seen
    ).lines

    assert (line.action, line.article.code) == (LineAction.CHANGED, "GANT-T9")


def test_a_person_who_saw_another_substitute_is_asked_again():
    agreement = supplied(
        terms={"delisted_article": "substitute", "substitution": "ask"},
        BACHE_4X5={"delisted_from": ISSUED, "substitutes": ("GANT-T9",)},
    )
    sight = "substitute-offered: LAMPE-AV could be supplied instead of BACHE-4X5"
    seen = Circumstances(seen=frozenset({(sight, "1")}))

    decision = decide(
        order_of(line_of("BACHE-4X5")), agreement, company=COMPANY, circumstances=seen
    )

    assert "substitute-offered" in codes(decision)
    assert decision.lines[0].action is None


# --- successors ---


@pytest.mark.parametrize(
    ("policy", "action"),
    [("replace", LineAction.CHANGED), ("hold", None), ("reject", LineAction.REJECTED)],
)
def test_a_replaced_article_is_settled_by_policy(policy, action):
    agreement = supplied(
        terms={"replaced_article": policy}, BACHE_4X5={"replaced_by": "PERCEUSE-18"}
    )

    decision = decided(order_of(line_of("BACHE-4X5", 3)), agreement)

    assert (decision.lines[0].action, codes(decision)) == (action, ["article-replaced"])


def test_a_successor_comes_with_its_own_pack_price_and_codes():
    agreement = supplied(
        terms={"replaced_article": "replace"}, BACHE_4X5={"replaced_by": "COLLE-50"}
    )
    order = order_of(line_of("BACHE-4X5", 3))

    decision = decided(order, agreement)

    (line,) = answered(order, decision, agreement).lines
    # COLLE-50 is sold in packs of 6, at least 6, at 6.80.
    assert (line.confirmed, line.price.amount, decision.net_amount) == (
        6,
        Decimal("6.80"),
        Decimal("40.80"),
    )
    assert (line.gtin, line.supplier_article, line.buyer_article) == (
        "3760123450041",
        "COLLE-50",
        "778804",
    )
    assert (line.replaced_gtin, line.replaced_supplier_article, line.replaced_buyer_article) == (
        "3760123450119",
        "BACHE-4X5",
        "778811",
    )


def test_the_first_successor_that_is_sold_takes_the_place():
    agreement = supplied(
        terms={"replaced_article": "replace"},
        BACHE_4X5={"replaced_by": "LAMPE-AV"},
        LAMPE_AV={"replaced_by": "GANT-T9", "delisted_from": date(2026, 7, 1)},
    )

    decision = decided(order_of(line_of("BACHE-4X5", 3)), agreement)

    assert decision.lines[0].article.code == "GANT-T9"


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(
            {"BACHE_4X5": {"replaced_by": "GANT-T9", "delisted_from": date(2026, 11, 17)}},
            id="before it is delisted",
        ),
        pytest.param(
            {
                "BACHE_4X5": {"replaced_by": "GANT-T9"},
                "GANT_T9": {"orderable_from": date(2026, 11, 17)},
            },
            id="before its successor is sold",
        ),
    ],
)
def test_an_article_is_supplied_until_its_successor_takes_over(facts):
    agreement = supplied(terms={"replaced_article": "replace"}, **facts)

    decision = decided(order_of(line_of("BACHE-4X5", 3)), agreement)

    assert (decision.lines[0].article.code, codes(decision)) == ("BACHE-4X5", [])


def test_the_original_is_traced_to_erp_despatch_advice_and_invoice():
    agreement = supplied(
        terms={"replaced_article": "replace"}, BACHE_4X5={"replaced_by": "COLLE-50"}
    )
    order = order_of(line_of("BACHE-4X5", 6))
    given = handed(order, decided(order, agreement), agreement)
    report = ErpDespatch(
        number="D1",
        issue_date=ISSUED,
        partner="acme",
        order_number=order.number,
        lines=(ErpDespatchLine(order_line="1", quantity=Decimal(6)),),
    )

    advice = advise(report, given, company=COMPANY)
    invoice = bill(
        given,
        {"1": Decimal(6)},
        agreement=agreement,
        company=COMPANY,
        number="I1",
        issue_date=ISSUED,
    )

    (line,) = given.lines
    assert (line.article, line.substituted_for, line.substituted_gtin) == (
        "COLLE-50",
        "BACHE-4X5",
        "3760123450119",
    )
    for traced in (advice.lines[0], invoice.lines[0]):
        assert (traced.supplier_article, traced.replaced_supplier_article) == (
            "COLLE-50",
            "BACHE-4X5",
        )
        assert (traced.replaced_gtin, traced.replaced_buyer_article) == ("3760123450119", "778811")


# --- the maximum ---


@pytest.mark.parametrize(
    ("policy", "action", "confirmed"),
    [
        pytest.param("lower", LineAction.CHANGED, 48, id="lowered to whole packs of 6"),
        pytest.param("reject", LineAction.REJECTED, 0, id="rejected"),
        pytest.param("hold", None, 0, id="held"),
    ],
)
def test_a_quantity_above_the_maximum_is_settled_by_policy(policy, action, confirmed):
    agreement = supplied(
        terms={"above_maximum_quantity": policy}, COLLE_50={"maximum_quantity": Decimal(50)}
    )

    decision = decided(order_of(line_of("COLLE-50", 60)), agreement)

    assert (decision.lines[0].action, decision.lines[0].confirmed) == (action, confirmed)


def test_the_maximum_itself_is_no_departure():
    agreement = supplied(COLLE_50={"maximum_quantity": Decimal(60)})

    decision = decided(order_of(line_of("COLLE-50", 60)), agreement)

    assert codes(decision) == []


def test_a_quantity_rounded_up_beyond_the_maximum_is_lowered_again():
    agreement = supplied(
        terms={"above_maximum_quantity": "lower"}, COLLE_50={"maximum_quantity": Decimal(50)}
    )

    decision = decided(order_of(line_of("COLLE-50", 49)), agreement)

    assert (decision.lines[0].confirmed, codes(decision)) == (
        48,
        ["not-a-pack-multiple", "above-maximum-quantity"],
    )


# --- stock ---


def test_stock_is_not_looked_at_unless_the_contract_says_so():
    circumstances = Circumstances(now=NOW, stock={"BACHE-4X5": figure(0)})

    decision = decide(
        order_of(line_of("BACHE-4X5")), ACME, company=COMPANY, circumstances=circumstances
    )

    assert codes(decision) == []


def test_what_is_there_is_accepted_and_taken():
    decision = stocked(order_of(line_of("BACHE-4X5", 3)), BACHE_4X5=figure(3))

    assert (decision.lines[0].action, decision.lines[0].taken) == (
        LineAction.ACCEPTED,
        Taken(now=Decimal(3)),
    )


@pytest.mark.parametrize(("policy", "held"), [("accept", False), ("hold", True)])
def test_an_article_without_a_figure_is_settled_by_policy(policy, held):
    decision = stocked(order_of(line_of("BACHE-4X5")), agreement_of(stock_unknown=policy))

    assert (decision.outcome is Outcome.HELD) is held


@pytest.mark.parametrize(
    ("policy", "action", "confirmed", "later", "code"),
    [
        ("backorder", LineAction.CHANGED, 2, 1, "stock-short"),
        ("cancel_rest", LineAction.CHANGED, 2, 0, "rest-cancelled"),
        ("reject", LineAction.REJECTED, 0, 0, "stock-short"),
        ("hold", None, 0, 0, "stock-short"),
        pytest.param(
            "substitute", None, 0, 0, "stock-short", id="substitute, with nothing to take instead"
        ),
    ],
)
def test_short_stock_is_settled_by_policy(policy, action, confirmed, later, code):
    agreement = agreement_of(stock_short=policy)

    decision = stocked(order_of(line_of("BACHE-4X5", 3)), agreement, BACHE_4X5=figure(2))

    line = decision.lines[0]
    assert (line.action, line.confirmed, line.backordered) == (action, confirmed, later)
    assert codes(decision)[0] == code


@pytest.mark.parametrize(
    ("stock", "parts"),
    [
        pytest.param(
            figure(2), [("1", "changed", 2, None, 3)], id="partial, and no date is invented"
        ),
        pytest.param(
            figure(2, LATER),
            [("1", "changed", 2, None, None), ("1", "added", 3, LATER, None)],
            id="split: the rest on the ERP's date",
        ),
        pytest.param(
            figure(2, LATER, 1),
            [("1", "changed", 2, None, 2), ("1", "added", 1, LATER, None)],
            id="split: as much on that date as comes then",
        ),
        pytest.param(
            figure(0, LATER), [("1", "changed", 5, LATER, None)], id="all on the ERP's date"
        ),
        pytest.param(figure(0), [("1", "changed", 0, None, 5)], id="all later"),
        pytest.param(
            figure(0, LATER, 2), [("1", "changed", 2, LATER, 3)], id="some on a date, some later"
        ),
        pytest.param(
            figure(2, date(2026, 11, 15)),
            [("1", "changed", 2, None, 3)],
            id="a date that has passed is none",
        ),
        pytest.param(
            figure(2, WANTED), [("1", "accepted", 5, None, None)], id="what comes in time is there"
        ),
        pytest.param(
            figure(2, WANTED, 1), [("1", "changed", 3, None, 2)], id="as much as comes in time"
        ),
        pytest.param(
            figure(-2, LATER, 4),
            [("1", "changed", 2, LATER, 3)],
            id="what is owed is taken from what comes",
        ),
    ],
)
def test_each_piece_is_told_once(stock, parts):
    order = order_of(line_of("BACHE-4X5", 5))

    decision = stocked(order, agreement_of(**BACKORDER), BACHE_4X5=stock)

    assert told(answered(order, decision)) == parts


@pytest.mark.parametrize(
    ("policy", "stock", "said"),
    [
        pytest.param("backorder", figure(2), ("BP", "AV", -3), id="the rest follows"),
        pytest.param(
            "backorder", figure(2, LATER), ("BP", "AV", -3), id="the rest follows on a day"
        ),
        pytest.param("backorder", figure(0, LATER), (None, "DC", 0), id="all follows on a day"),
        pytest.param("cancel_rest", figure(2), ("CP", "AV", -3), id="the rest does not follow"),
    ],
)
def test_the_answer_says_why_less_comes(policy, stock, said):
    order = order_of(line_of("BACHE-4X5", 5))
    decision = stocked(order, agreement_of(stock_short=policy), BACHE_4X5=stock)

    line = answered(order, decision).lines[0]

    assert (line.discrepancy, line.change_reason, line.variance) == said


@given(
    wanted=st.integers(1, 60).map(lambda packs: Decimal(packs * 6)),
    available=st.integers(-50, 400).map(Decimal),
    coming=st.none() | st.integers(0, 400).map(Decimal),
    day=st.none() | st.sampled_from([date(2026, 11, 1), WANTED, LATER]),
    last=st.none() | st.sampled_from([WANTED, LATER]),
)
def test_no_more_is_promised_than_there_is(wanted, available, coming, day, last):
    stock = StockFigure(
        at=NOW, available=available, next_date=day, next_quantity=coming if day else None
    )
    step = Decimal(6)

    promised = promise_rest(
        promise_in_time(wanted, stock, step=step, today=ISSUED, requested=WANTED),
        wanted,
        stock,
        step=step,
        today=ISSUED,
        day=day,
        last=last,
    )

    bound = stock.coming(ISSUED)
    dated = sum((part.quantity for part in promised.later if part.on), Decimal(0))
    assert promised.total in {wanted, promised.in_time}
    assert promised.taken.now <= stock.now
    assert bound is None or promised.taken.next <= bound
    assert promised.taken.now + promised.taken.next == promised.in_time + dated
    assert all(part.quantity > 0 and part.quantity % step == 0 for part in promised.later)


def test_what_comes_later_is_promised_for_a_day_of_delivery():
    order = order_of(line_of("BACHE-4X5", 5))
    agreement = agreement_of(**BACKORDER, holidays=frozenset({LATER}))

    decision = stocked(order, agreement, BACHE_4X5=figure(2, LATER))

    (part,) = decision.lines[0].later
    assert part.on == date(2026, 12, 4)


def test_what_comes_by_the_day_that_is_possible_is_in_time():
    order = order_of(line_of("BACHE-4X5", 5))
    agreement = agreement_of(**BACKORDER, lead_time_days=20, date_not_possible="propose")

    decision = stocked(order, agreement, BACHE_4X5=figure(2, LATER))

    line = decision.lines[0]
    assert (line.confirmed, line.later, codes(decision)) == (5, (), ["date-not-possible"])


def test_parts_are_whole_packs():
    order = order_of(line_of("COLLE-50", 30))

    decision = stocked(order, agreement_of(**BACKORDER), COLLE_50=figure(17, LATER, 10))

    assert told(answered(order, decision)) == [
        ("1", "changed", 12, None, 12),
        ("1", "added", 6, LATER, None),
    ]


def test_further_parts_are_counted_among_the_lines():
    order = order_of(line_of("BACHE-4X5", 5), line_of("GANT-T9", 1))

    decision = stocked(
        order, agreement_of(**BACKORDER), BACHE_4X5=figure(2, LATER), GANT_T9=figure(9)
    )

    assert [(line.number, line.order_line) for line in answered(order, decision).lines] == [
        ("1", "1"),
        ("2", "1"),
        ("3", "2"),
    ]


def test_a_second_line_of_an_article_no_longer_finds_what_the_first_took():
    order = order_of(line_of("BACHE-4X5", 3), line_of("BACHE-4X5", 3))

    decision = stocked(order, agreement_of(**BACKORDER), BACHE_4X5=figure(4, LATER, 1))

    assert [(line.confirmed, line.backordered) for line in decision.lines] == [(3, 0), (1, 2)]


def test_a_line_that_is_rejected_takes_nothing():
    agreement = agreement_of(**BACKORDER, price_beyond_tolerance="reject")
    order = order_of(line_of("BACHE-4X5", 3, "9.00"), line_of("BACHE-4X5", 3))

    decision = stocked(order, agreement, BACHE_4X5=figure(3))

    assert [(line.action, line.taken) for line in decision.lines] == [
        (LineAction.REJECTED, None),
        (LineAction.ACCEPTED, Taken(now=Decimal(3))),
    ]


@pytest.mark.parametrize(
    ("cancel_after", "later"),
    [
        pytest.param(date(2026, 12, 2), 0, id="the day before: cancelled"),
        pytest.param(date(2026, 12, 3), 3, id="the day itself: kept"),
    ],
)
def test_what_comes_after_the_customer_cancels_is_cancelled(cancel_after, later):
    order = order_of(line_of("BACHE-4X5", 5), cancel_after=cancel_after)

    decision = stocked(order, agreement_of(**BACKORDER), BACHE_4X5=figure(2, LATER))

    line = decision.lines[0]
    assert (line.confirmed, line.backordered) == (2, later)
    assert line.taken == Taken(now=Decimal(2), next=Decimal(later))


def test_a_line_of_which_nothing_can_be_promised_is_rejected():
    order = order_of(line_of("BACHE-4X5", 5), line_of("GANT-T9", 1))

    decision = stocked(
        order, agreement_of(stock_short="cancel_rest"), BACHE_4X5=figure(0), GANT_T9=figure(9)
    )

    assert (decision.status, decision.lines[0].action) == (
        ResponseStatus.CHANGED,
        LineAction.REJECTED,
    )


def test_less_than_the_minimum_is_not_supplied():
    order = order_of(line_of("CASQUE-EN", 20))

    decision = stocked(order, agreement_of(stock_short="cancel_rest"), CASQUE_EN=figure(9))

    assert decision.lines[0].action is LineAction.REJECTED


def test_a_substitute_of_which_all_is_there_is_supplied_at_its_own_price():
    agreement = supplied(
        terms={"stock_short": "substitute", "substitution": "approved"},
        BACHE_4X5={"substitutes": ("CASQUE-EN", "COLLE-50", "GANT-T9")},
    )

    decision = stocked(
        order_of(line_of("BACHE-4X5", 4)),
        agreement,
        BACHE_4X5=figure(3),
        CASQUE_EN=figure(99),
        COLLE_50=figure(99),
        GANT_T9=figure(4),
    )

    # 4 are below the minimum of CASQUE-EN, and no pack of COLLE-50.
    line = decision.lines[0]
    assert (line.article.code, line.replaced.code, line.confirmed, line.price.amount) == (
        "GANT-T9",
        "BACHE-4X5",
        4,
        Decimal("4.35"),
    )
    assert line.taken == Taken(now=Decimal(4))


def test_stock_is_taken_of_the_successor():
    agreement = supplied(
        terms={"replaced_article": "replace"}, BACHE_4X5={"replaced_by": "GANT-T9"}
    )

    decision = stocked(
        order_of(line_of("BACHE-4X5", 40)), agreement, BACHE_4X5=figure(0), GANT_T9=figure(40)
    )

    assert (decision.lines[0].confirmed, codes(decision)) == (40, ["article-replaced"])


def test_the_minimum_order_value_counts_what_follows_later():
    agreement = agreement_of(**BACKORDER, below_minimum_value="reject")

    decision = stocked(order_of(line_of("BACHE-4X5", 5)), agreement, BACHE_4X5=figure(1, LATER))

    # One is 24.00, all five are 120.00; at least 50.00.
    assert (decision.status, decision.net_amount) == (ResponseStatus.CHANGED, Decimal("120.00"))


@pytest.mark.parametrize(
    ("stock", "parts"),
    [
        pytest.param(figure(24, LATER), [(2, None), (3, LATER)], id="whole cartons of 12"),
        pytest.param(
            figure(30, LATER),
            [(Decimal("2.5"), None), (Decimal("2.5"), LATER)],
            id="five packs of 6",
        ),
    ],
)
def test_parts_of_a_line_in_cartons_are_told_in_cartons(stock, parts):
    files = package_of() | {"units.csv": b"article,unit,factor\nCOLLE-50,CT,12\n"}
    agreement = agreement_of(read_package(files, origin=""), **BACKORDER)
    order = order_of(line_of("COLLE-50", 5, unit="CT"))

    decision = stocked(order, agreement, COLLE_50=stock)

    lines = answered(order, decision, agreement).lines
    assert [(line.confirmed, line.promised_delivery) for line in lines] == parts
    assert {line.unit for line in lines} == {"CT"}
    # 60 at 6.80, however it is told.
    assert decision.net_amount == Decimal("408.00")
    assert decision.lines[0].taken == Taken(now=stock.available, next=Decimal(60) - stock.available)


def test_the_erp_learns_both_quantities_and_the_day():
    order = order_of(line_of("BACHE-4X5", 5), cancel_after=LATER)

    (line,) = handed(
        order, stocked(order, agreement_of(**BACKORDER), BACHE_4X5=figure(2, LATER))
    ).lines

    assert (line.confirmed_quantity, line.backordered, line.backorder_delivery, line.amount) == (
        2,
        3,
        LATER,
        Decimal("120.00"),
    )


def test_a_backorder_may_be_despatched_but_no_more():
    order = order_of(line_of("BACHE-4X5", 5))
    given = handed(order, stocked(order, agreement_of(**BACKORDER), BACHE_4X5=figure(2)))

    whole = within_confirmed(given, {"1": Decimal(2)}, {"1": Decimal(3)})
    excess = within_confirmed(given, {"1": Decimal(2)}, {"1": Decimal(4)})

    assert (whole, excess) == ([], ["line 1: 4 with 2 before is more than the 5 confirmed"])


def test_a_line_cancelled_for_stock_cannot_be_despatched():
    order = order_of(line_of("BACHE-4X5", 5), line_of("GANT-T9", 1))
    agreement = agreement_of(stock_short="reject")
    given = handed(order, stocked(order, agreement, BACHE_4X5=figure(2), GANT_T9=figure(1)))

    excess = within_confirmed(given, {}, {"1": Decimal(1)})

    assert excess == ["line 1: 1 with 0 before is more than the 0 confirmed"]


def test_the_trace_tells_figure_and_policy():
    decision = stocked(
        order_of(line_of("BACHE-4X5", 5)), agreement_of(**BACKORDER), BACHE_4X5=figure(2, LATER, 9)
    )

    trace = decision.lines[0].trace
    assert "stock of BACHE-4X5 at 2026-11-16 09:00 UTC: 2, 9 on 2026-12-03" in trace
    assert "2 of 5 in time; policy stock_short = backorder" in trace


def test_a_call_off_takes_what_follows_later_too():
    blanket = Blanket(
        number="BO-1",
        valid_from=date(2026, 1, 1),
        lines=(BlanketLine(number="10", article="BACHE-4X5", quantity=Decimal(100)),),
    )
    agreement = agreement_of(
        **BACKORDER, stock=StockCheck.CHECK, blanket_orders=BlanketOrders.ACCEPT
    )
    circumstances = Circumstances(
        now=NOW, stock={"BACHE-4X5": figure(2, LATER)}, blankets={"BO-1": blanket}
    )

    decision = decide(
        order_of(line_of("BACHE-4X5", 5), type_code="226", blanket_order="BO-1"),
        agreement,
        company=COMPANY,
        circumstances=circumstances,
    )

    assert decision.lines[0].called_off.quantity == 5


def test_stock_is_looked_at_for_what_a_blanket_order_leaves():
    blanket = Blanket(
        number="BO-1",
        valid_from=date(2026, 1, 1),
        lines=(BlanketLine(number="10", article="BACHE-4X5", quantity=Decimal(3)),),
    )
    agreement = agreement_of(
        over_consumption="lower", stock=StockCheck.CHECK, blanket_orders=BlanketOrders.ACCEPT
    )
    circumstances = Circumstances(
        now=NOW, stock={"BACHE-4X5": figure(3)}, blankets={"BO-1": blanket}
    )

    decision = decide(
        order_of(line_of("BACHE-4X5", 5), type_code="226", blanket_order="BO-1"),
        agreement,
        company=COMPANY,
        circumstances=circumstances,
    )

    assert (decision.lines[0].confirmed, decision.lines[0].taken) == (3, Taken(now=Decimal(3)))
    assert codes(decision) == ["over-consumption"]


def test_of_a_blanket_order_no_stock_is_promised():
    agreement = agreement_of(stock=StockCheck.CHECK, blanket_orders=BlanketOrders.ACCEPT)
    circumstances = Circumstances(now=NOW, stock={"BACHE-4X5": figure(0)}, blankets={})

    decision = decide(
        order_of(line_of("BACHE-4X5", 500), type_code="221"),
        agreement,
        company=COMPANY,
        circumstances=circumstances,
    )

    assert (decision.lines[0].confirmed, decision.lines[0].taken) == (500, None)


def test_the_articles_an_order_may_lead_to_are_known_beforehand():
    agreement = supplied(
        BACHE_4X5={"replaced_by": "LAMPE-AV", "substitutes": ("GANT-T9",)},
        LAMPE_AV={"replaced_by": "PERCEUSE-18"},
    )
    order = order_of(line_of(None, buyer_article="778811"), line_of("COLLE-50"))

    concerned = articles_concerned([order], agreement)

    assert concerned == {"BACHE-4X5", "LAMPE-AV", "GANT-T9", "PERCEUSE-18", "COLLE-50"}


# --- the package ---

_HEADER, *_ROWS = ACME_ARTICLES.splitlines()


def articles_with(columns, **values):
    """Acme's articles.csv with more columns; `values` by article codes with `_` for `-`."""
    given = {code.replace("_", "-"): text for code, text in values.items()}
    blank = "," * columns.count(",")
    rows = [f"{row},{given.get(row.split(',')[0], blank)}" for row in _ROWS]
    return "\n".join([f"{_HEADER},{columns}", *rows]) + "\n"


def test_a_package_says_what_can_be_supplied():
    articles = articles_with(
        "maximum_quantity,orderable_from,delisted_from,replaced_by,substitutes",
        GANT_T9="500,2026-01-01,2026-12-01,BACHE-4X5,PERCEUSE-18 | LAMPE-AV",
    )

    agreement = read_package(package_of(articles=articles), origin="")

    article = agreement.articles.by_code["GANT-T9"]
    assert (article.maximum_quantity, article.orderable_from, article.delisted_from) == (
        500,
        date(2026, 1, 1),
        date(2026, 12, 1),
    )
    assert (article.replaced_by, article.substitutes) == ("BACHE-4X5", ("PERCEUSE-18", "LAMPE-AV"))


@pytest.mark.parametrize(
    ("columns", "values", "fault"),
    [
        pytest.param(
            "replaced_by",
            {"GANT_T9": "BACHE-4X"},
            "articles.csv:4:61: replaced_by: 'BACHE-4X' is no article of this file; "
            "did you mean 'BACHE-4X5'?",
            id="an unknown successor",
        ),
        pytest.param(
            "replaced_by",
            {"GANT_T9": "GANT-T9"},
            "articles.csv:4:61: replaced_by: 'GANT-T9' is the article itself; "
            "name another, or leave it blank",
            id="itself",
        ),
        pytest.param(
            "substitutes",
            {"GANT_T9": "BACHE-4X5 CAFE-VR"},
            "articles.csv:4:61: substitutes: 'CAFE-VR' is sold in KGM, this article in PCE; "
            "a quantity means the same",
            id="another unit",
        ),
        pytest.param(
            "orderable_from,delisted_from",
            {"GANT_T9": "2026-12-01,2026-12-01"},
            "articles.csv:4:72: delisted_from: 2026-12-01 is not after orderable_from "
            "2026-12-01; correct one of them",
            id="delisted before it is sold",
        ),
        pytest.param(
            "maximum_quantity",
            {"COLLE_50": "5"},
            "articles.csv:5:52: maximum_quantity: 5 is below minimum_quantity 6; raise it",
            id="a maximum below the minimum",
        ),
    ],
)
def test_a_contradiction_about_supply_is_named_with_its_place(columns, values, fault):
    files = package_of(articles=articles_with(columns, **values))

    with pytest.raises(ConfigError) as refused:
        read_package(files, origin="")

    assert refused.value.faults == (fault,)


def test_successors_that_lead_in_a_circle_are_refused_on_each_line_of_it():
    articles = articles_with(
        "replaced_by", GANT_T9="LAMPE-AV", LAMPE_AV="BACHE-4X5", BACHE_4X5="LAMPE-AV"
    )

    with pytest.raises(ConfigError) as refused:
        read_package(package_of(articles=articles), origin="")

    assert [fault.split(":")[1] for fault in refused.value.faults] == ["9", "12"]


@pytest.mark.parametrize("policy", ["delisted_article", "stock_short"])
def test_a_policy_that_substitutes_needs_something_that_is_allowed(policy):
    toml = f'{ACME_TOML}{policy} = "substitute"\n'

    with pytest.raises(ConfigError) as refused:
        read_package(package_of(partner=toml), origin="")

    assert f"contract.policies.{policy}: substitutes" in refused.value.faults[0]
