"""One price, with its explanation."""

from datetime import date
from decimal import Decimal

import pytest

from edi_gateway.contract.pricing import PriceList, PriceRow, explain_price, price_for
from tests.unit.contract.builders import ACME, ISSUED

RUBAN = ACME.articles.by_code["RUBAN-12"]


def row_of(quantity, price, start="2026-01-01", end=None):
    return PriceRow(
        article="A",
        from_quantity=Decimal(quantity),
        price=Decimal(price),
        valid_from=date.fromisoformat(start),
        valid_until=date.fromisoformat(end) if end else None,
    )


def test_a_price_is_found():
    assert price_for(ACME, RUBAN, Decimal(60), ISSUED).price == Decimal("2.29")


def test_the_explanation_names_break_validity_and_line():
    trace = explain_price(ACME, RUBAN, Decimal(60), ISSUED)

    for piece in ("2.29", "from quantity 48", "2026-12-31", "line 11", "60 ordered"):
        assert piece in trace.why


@pytest.mark.parametrize(
    ("article", "quantity", "on", "why"),
    [
        ("LAMPE-AV", 1, ISSUED, "no price row of LAMPE-AV covers 2026-11-16"),
        ("RUBAN-12", "0.5", ISSUED, "begin at quantity 1, not 0.5"),
    ],
)
def test_a_missing_price_is_explained(article, quantity, on, why):
    trace = explain_price(ACME, ACME.articles.by_code[article], Decimal(quantity), on)

    assert trace.row is None
    assert why in trace.why


def test_a_gap_between_two_validities_has_no_price():
    prices = PriceList([row_of(1, 5, end="2026-03-31"), row_of(1, 6, start="2026-05-01")])

    assert prices.find("A", Decimal(1), date(2026, 4, 15)) is None


def test_a_break_that_is_not_valid_falls_back_to_the_next_below():
    prices = PriceList([row_of(1, 5), row_of(10, 4, end="2026-03-31"), row_of(20, 3)])

    assert prices.find("A", Decimal(15), date(2026, 4, 1)).price == 5


def test_an_article_without_rows_says_so():
    prices = PriceList([])

    assert prices.find("A", Decimal(1), ISSUED) is None
