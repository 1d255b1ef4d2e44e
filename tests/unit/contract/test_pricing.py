"""One price list: which row applies, and why no other does."""

from datetime import date
from decimal import Decimal

import pytest

from edi_gateway.contract.package import read_package
from edi_gateway.contract.pricing.price_list import PriceList
from edi_gateway.contract.pricing.rows import PriceRow
from tests.unit.contract.builders import ISSUED, decided, line_of, order_of, package_of


def row_of(quantity, price, start="2026-01-01", end=None):
    return PriceRow(
        article="A",
        from_quantity=Decimal(quantity),
        price=Decimal(price),
        valid_from=date.fromisoformat(start),
        valid_until=date.fromisoformat(end) if end else None,
    )


def explained(article, quantity):
    (line,) = decided(order_of(line_of(article, quantity))).lines
    return " ".join(line.trace)


def test_the_explanation_names_break_validity_and_line():
    told = explained("RUBAN-12", 60)

    for piece in ("2.29", "from quantity 48", "2026-12-31", "line 11", "60 ordered"):
        assert piece in told


def test_the_explanation_names_the_rows_that_lost_and_why():
    told = explained("RUBAN-12", 60)

    assert "line 10 (2.49) is a lower break; line 12 (1.99) is a higher break" in told


def test_the_explanation_names_the_promotion_where_nobody_else_did():
    rows = "BACHE-4X5,1,24.00,1,2026-01-01,,\nBACHE-4X5,1,19.00,1,2026-11-01,2026-11-30,NOV\n"
    head = "article,from_quantity,price,per_quantity,valid_from,valid_until,promotion\n"
    agreement = read_package(package_of(prices=head + rows), "acme")

    (line,) = decided(order_of(line_of("BACHE-4X5", 1)), agreement).lines

    told = " ".join(line.trace)
    assert "promotion NOV price 19.00" in told
    assert "line 2 (24.00) yields to the promotion NOV" in told


def test_the_explanation_of_no_price_says_on_which_terms_there_is_one():
    head = "article,from_quantity,price,per_quantity,valid_from,valid_until,price_list,delivery_party,currency\n"
    rows = "BACHE-4X5,1,24.00,1,2026-01-01,,,,USD\nBACHE-4X5,1,19.00,1,2026-01-01,,PL-2,5412345000020,\n"
    agreement = read_package(package_of(prices=head + rows), "acme")

    (line,) = decided(order_of(line_of("BACHE-4X5", 1)), agreement).lines

    assert line.reason == (
        "no valid price: the contract has no price for BACHE-4X5 on these terms, only in EUR, price "
        "list PL-2, for 5412345000020; in USD, price list PL2026"
    )


@pytest.mark.parametrize(
    ("article", "quantity", "why"),
    [
        ("LAMPE-AV", 1, "no price row of LAMPE-AV covers 2026-11-16"),
        ("MASTIC-VR", "0.5", "begin at quantity 1, not 0.5"),
    ],
)
def test_a_missing_price_is_explained(article, quantity, why):
    assert why in explained(article, quantity)


def test_a_gap_between_two_validities_has_no_price():
    prices = PriceList([row_of(1, 5, end="2026-03-31"), row_of(1, 6, start="2026-05-01")])

    assert prices.find("A", Decimal(1), date(2026, 4, 15)) is None


def test_a_break_that_is_not_valid_falls_back_to_the_next_below():
    prices = PriceList([row_of(1, 5), row_of(10, 4, end="2026-03-31"), row_of(20, 3)])

    assert prices.find("A", Decimal(15), date(2026, 4, 1)).price == 5


def test_an_article_without_rows_has_no_price():
    assert PriceList([]).find("A", Decimal(1), ISSUED) is None
