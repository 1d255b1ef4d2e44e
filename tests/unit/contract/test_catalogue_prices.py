"""The prices of a customer's catalogue are those an order would get."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from edi_gateway.contract.pricing.breaks import Promotions
from edi_gateway.contract.pricing.rows import PriceKind
from tests.unit.contract.builders import decided, line_of, order_of
from tests.unit.contract.test_cataloguing import TODAY, agreement, article, catalogue, price


def told(terms, today=TODAY):
    """From quantity, price, first and last day of each price."""
    return [
        (str(p.from_quantity), str(p.amount), p.valid_from, p.valid_until)
        for p in catalogue(terms, today).prices
    ]


def test_a_promotion_that_applies_by_itself_goes_before_the_list_for_its_time():
    end = date(2026, 12, 31)
    known = agreement(
        [article("A")],
        [price("A", "2.00"), price("A", "1.50", promotion="XMAS", valid_until=end)],
    )
    named = replace(known.contract, promotions=Promotions.NAMED)

    assert told(replace(known, contract=named)) == [("1", "2.00", TODAY, None)]
    assert told(known) == [
        ("1", "1.50", TODAY, end),
        ("1", "2.00", date(2027, 1, 1), None),
    ]


def test_rows_for_one_delivery_party_and_other_contracts_are_not_in_it():
    terms = agreement(
        [article("A")],
        [
            price("A", "2.00"),
            price("A", "1.00", delivery_party="4012345500004"),
            price("A", "0.50", contract="OTHER"),
        ],
    )

    assert told(terms) == [("1", "2.00", TODAY, None)]


def test_a_price_without_a_change_is_one_price():
    terms = agreement(
        [article("A")],
        [
            price("A", "2.00", valid_until=date(2026, 12, 31)),
            price("A", "2.00", valid_from=date(2027, 1, 1)),
            price("A", "1.90", from_quantity=Decimal(10), valid_from=date(2027, 1, 1)),
        ],
    )

    assert told(terms) == [
        ("1", "2.00", TODAY, None),
        ("10", "1.90", date(2027, 1, 1), None),
    ]


def test_a_gross_price_is_stated_net():
    terms = agreement([article("A")], [price("A", "2.00", kind=PriceKind.GROSS)])

    assert [p.kind for p in catalogue(terms).prices] == ["AAA"]


def test_each_price_is_the_one_an_order_gets():
    terms = agreement(
        [article("A", buyer_code=None)],
        [price("A", "2.00"), price("A", "1.80", from_quantity=Decimal(100))],
    )

    for each in catalogue(terms).prices:
        line = line_of("1", str(each.from_quantity), None, gtin=None, supplier_article="A")
        answered = decided(order_of(line), terms).lines[0].price

        assert answered is not None
        assert (answered.amount, answered.per) == (each.amount, each.per)
