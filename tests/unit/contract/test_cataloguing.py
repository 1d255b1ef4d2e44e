"""The customer's own catalogue, from the agreement alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from edi_gateway.contract.answers.cataloguing import (
    CHANGE,
    Offer,
    Sizes,
    changed_since,
    gone_since,
    head_of,
    offers_of,
    parts_of,
)
from edi_gateway.contract.articles import Article
from edi_gateway.contract.pricing.rows import PriceRow
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Catalogue, CatalogueLine, CataloguePrice
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


def offers(terms: Agreement, today: date = TODAY) -> list[Offer]:
    return list(offers_of(terms, terms.articles.by_code, today))


def sizes(found: list[Offer], most: int = 10_000) -> Sizes:
    counted = Sizes(most)
    for offer in found:
        counted.count(offer)
    return counted


def catalogue(terms: Agreement, today: date = TODAY) -> Catalogue:
    found = offers(terms, today)
    head = head_of(terms, company=COMPANY, number="C1", today=today)
    (made,) = parts_of(head, found, sizes(found))
    return made


def digests(terms: Agreement) -> dict[str, str]:
    now: dict[str, str] = {}
    assert len(list(changed_since({}, offers(terms), now))) == len(now)
    return now


def changes(before: dict[str, str], terms: Agreement) -> Catalogue:
    now: dict[str, str] = {}
    found = [*changed_since(before, offers(terms), now), *gone_since(before, now, terms)]
    head = head_of(terms, company=COMPANY, number="C2", today=TODAY, function=CHANGE)
    (made,) = parts_of(head, found, sizes(found))
    return made


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

    found = changes(digests(before), now)

    assert found.function == "4"
    assert {(line.supplier_article, line.action) for line in found.lines} == {
        ("B", "3"),
        ("E", "1"),
        ("C", "2"),
        ("D", "2"),
    }
    assert [line.number for line in found.lines] == ["1", "2", "3", "4"]
    assert [(p.line, str(p.amount)) for p in found.prices] == [("1", "2"), ("2", "1")]
    gone = next(line for line in found.lines if line.supplier_article == "D")
    assert gone.replaced_by == "E"


def test_where_nothing_changed_there_are_no_changes():
    terms = agreement([article("A")], [price("A", "1")])

    assert changes(digests(terms), terms).lines == ()


def test_the_order_of_the_articles_is_no_change():
    one = agreement([article("A"), article("B")], [price("A", "1"), price("B", "1")])
    other = agreement([article("B"), article("A")], [price("B", "1"), price("A", "1")])

    assert digests(one) == digests(other)


def test_a_long_catalogue_goes_out_in_parts_that_add_up():
    codes = [str(number) for number in range(7)]
    terms = agreement([article(c) for c in codes], [price(c, "1") for c in codes])

    head = head_of(terms, company=COMPANY, number="C1", today=TODAY)
    parts = list(parts_of(head, offers(terms), sizes(offers(terms), most=3)))

    assert [(part.number, part.function, len(part.lines), part.notes) for part in parts] == [
        ("C1-1", "9", 3, ("part 1 of 3 of catalogue C1, 7 articles in all",)),
        ("C1-2", "4", 3, ("part 2 of 3 of catalogue C1, 7 articles in all",)),
        ("C1-3", "4", 1, ("part 3 of 3 of catalogue C1, 7 articles in all",)),
    ]
    assert all(
        {p.line for p in part.prices} == {line.number for line in part.lines} for part in parts
    )


def test_many_prices_go_out_in_parts_too_and_no_article_is_divided():
    codes = ["A", "B", "C"]
    prices = [
        price(code, str(10 - place), from_quantity=Decimal(10**place))
        for code, count in (("A", 2), ("B", 1), ("C", 4))
        for place in range(count)
    ]
    terms = agreement([article(code) for code in codes], prices)

    parts = list(
        parts_of(
            head_of(terms, company=COMPANY, number="C1", today=TODAY),
            offers(terms),
            sizes(offers(terms), most=3),
        )
    )

    assert [(len(part.lines), len(part.prices)) for part in parts] == [(2, 3), (1, 4)]


@given(some.lists(some.integers(0, 9), max_size=40), some.integers(1, 12))
def test_the_parts_hold_every_article_once_in_order_and_none_is_too_large(
    prices: list[int], most: int
) -> None:
    found = [
        Offer(
            line=CatalogueLine(number="", supplier_article=str(place)),
            prices=(CataloguePrice(line="", amount=Decimal(place)),) * count,
        )
        for place, count in enumerate(prices)
    ]
    head = head_of(agreement([], []), company=COMPANY, number="C1", today=TODAY)

    parts = list(parts_of(head, iter(found), sizes(found, most)))

    lines = [line for part in parts for line in part.lines]
    assert [line.supplier_article for line in lines] == [str(n) for n in range(len(prices))]
    assert [line.number for line in lines] == [str(n + 1) for n in range(len(prices))]
    assert all(len(part.lines) <= most for part in parts)
    assert all(len(part.prices) <= most or len(part.lines) == 1 for part in parts)
    assert [price.amount for part in parts for price in part.prices] == [
        price.amount for offer in found for price in offer.prices
    ]
    assert all(
        {price.line for price in part.prices} <= {line.number for line in part.lines}
        for part in parts
    )


def test_terms_that_begin_later_are_valid_from_then():
    known = agreement([article("A")], [])
    contract = replace(known.contract, valid_from=date(2027, 1, 1))

    made = catalogue(replace(known, contract=contract))

    assert made.valid_from == date(2027, 1, 1)
