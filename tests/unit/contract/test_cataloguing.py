"""The customer's own catalogue, from the agreement alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from edi_gateway.contract.answers.cataloguing import catalogue_of, changes_of, digests_of, parts_of
from edi_gateway.contract.articles import Article
from edi_gateway.contract.pricing.rows import PriceRow
from edi_gateway.contract.terms import Agreement
from tests.unit.contract.builders import COMPANY, agreement_of

TODAY = date(2026, 11, 16)


def article(code: str, **other: object) -> Article:
    fields: dict[str, object] = {
        "code": code,
        "gtin": None,
        "buyer_code": f"B-{code}",
        "description": f"Article {code}",
        "unit": "PCE",
        "vat_rate": Decimal(20),
    }
    return Article(**fields | other)  # type: ignore[arg-type]


def price(code: str, amount: str, **other: object) -> PriceRow:
    fields: dict[str, object] = {
        "article": code,
        "from_quantity": Decimal(1),
        "price": Decimal(amount),
        "valid_from": date(2026, 1, 1),
    }
    return PriceRow(**fields | other)  # type: ignore[arg-type]


def agreement(articles: list[Article], prices: list[PriceRow]) -> Agreement:
    known = agreement_of()
    return Agreement.of(known.partner, known.contract, articles=articles, prices=prices)


def catalogue(terms: Agreement, today: date = TODAY):
    return catalogue_of(terms, company=COMPANY, number="C1", today=today)


def test_an_article_stands_in_it_with_its_codes_limits_and_breaks():
    terms = agreement(
        [article("A", pack_multiple=Decimal(12), maximum_quantity=Decimal(480))],
        [price("A", "2.00"), price("A", "1.80", from_quantity=Decimal(100))],
    )

    made = catalogue(terms)

    (line,) = made.lines
    assert (line.supplier_article, line.buyer_article, line.unit) == ("A", "B-A", "PCE")
    assert (line.pack_multiple, line.maximum_quantity) == (Decimal(12), Decimal(480))
    assert [(p.line, p.from_quantity, p.amount) for p in made.prices] == [
        ("1", Decimal(1), Decimal("2.00")),
        ("1", Decimal(100), Decimal("1.80")),
    ]


def test_a_price_whose_time_is_over_is_left_out_and_one_to_come_is_in():
    terms = agreement(
        [article("A")],
        [
            price("A", "1.00", valid_until=date(2026, 11, 15)),
            price("A", "2.00", valid_from=TODAY, valid_until=TODAY),
            price("A", "3.00", valid_from=date(2027, 1, 1)),
        ],
    )

    made = catalogue(terms)

    assert [str(p.amount) for p in made.prices] == ["2.00", "3.00"]


@pytest.mark.parametrize(
    ("facts", "offered"),
    [
        pytest.param({}, True, id="as usual"),
        pytest.param({"delisted_from": date(2026, 11, 17)}, True, id="delisted tomorrow"),
        pytest.param({"delisted_from": TODAY}, False, id="delisted today"),
        pytest.param({"replaced_by": "B"}, False, id="replaced"),
        pytest.param(
            {"replaced_by": "B", "delisted_from": date(2027, 1, 1)}, True, id="replaced next year"
        ),
    ],
)
def test_what_may_no_longer_be_ordered_is_not_offered(facts, offered):
    terms = agreement([article("A", **facts), article("B")], [price("A", "1"), price("B", "1")])

    made = catalogue(terms)

    assert ("A" in {line.supplier_article for line in made.lines}) is offered


def test_the_last_day_of_an_article_is_the_one_before_it_is_delisted():
    terms = agreement(
        [article("A", delisted_from=date(2027, 1, 1), replaced_by="B"), article("B", gtin="4000")],
        [],
    )

    line = catalogue(terms).lines[0]

    assert line.valid_until == date(2026, 12, 31)
    assert (line.replaced_by, line.replaced_by_gtin) == ("B", "4000")


def test_changes_are_what_was_added_changed_and_deleted():
    before = agreement(
        [article("A"), article("B"), article("C"), article("D")],
        [price("A", "1"), price("B", "1"), price("C", "1"), price("D", "1")],
    )
    now = agreement(
        [article("A"), article("B"), article("D", replaced_by="E"), article("E")],
        [price("A", "1"), price("B", "2"), price("E", "1")],
    )

    changes = changes_of(catalogue(now), now, digests_of(catalogue(before)))

    assert changes is not None
    assert changes.function == "4"
    assert {(line.supplier_article, line.action) for line in changes.lines} == {
        ("B", "3"),
        ("E", "1"),
        ("C", "2"),
        ("D", "2"),
    }
    assert [line.number for line in changes.lines] == ["1", "2", "3", "4"]
    assert [(p.line, str(p.amount)) for p in changes.prices] == [("1", "2"), ("2", "1")]
    gone = next(line for line in changes.lines if line.supplier_article == "D")
    assert gone.replaced_by == "E"


def test_where_nothing_changed_there_are_no_changes():
    terms = agreement([article("A")], [price("A", "1")])

    assert changes_of(catalogue(terms), terms, digests_of(catalogue(terms))) is None


def test_the_order_of_the_articles_is_no_change():
    one = agreement([article("A"), article("B")], [price("A", "1"), price("B", "1")])
    other = agreement([article("B"), article("A")], [price("B", "1"), price("A", "1")])

    assert digests_of(catalogue(one)) == digests_of(catalogue(other))


def test_a_long_catalogue_goes_out_in_parts_that_add_up():
    codes = [str(number) for number in range(7)]
    terms = agreement([article(c) for c in codes], [price(c, "1") for c in codes])

    parts = list(parts_of(catalogue(terms), most=3))

    assert [(part.number, part.function, len(part.lines)) for part in parts] == [
        ("C1-1", "9", 3),
        ("C1-2", "4", 3),
        ("C1-3", "4", 1),
    ]
    assert all(
        {p.line for p in part.prices} == {line.number for line in part.lines} for part in parts
    )


def test_terms_that_begin_later_are_valid_from_then():
    known = agreement([article("A")], [])
    contract = replace(known.contract, valid_from=date(2027, 1, 1))

    made = catalogue(replace(known, contract=contract))

    assert made.valid_from == date(2027, 1, 1)
