"""The price of a later day is the one an order for that day would have been given."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edi_gateway.contract.answers.late_prices import is_provisional, priced_for, with_prices
from edi_gateway.contract.answers.response import hand_over
from edi_gateway.contract.package import read_package
from edi_gateway.errors import HeldError
from tests.unit.contract.builders import ACME_TOML, COMPANY, decided, line_of, order_of, package_of

ARTICLES = """\
article,gtin,buyer_code,description,unit,pack_multiple,minimum_quantity,vat_rate
BACHE-4X5,3760123450119,778811,"Bâche",PCE,,,20.0
EAU-6,3760123450126,778812,"Eau",PCE,,,5.5
"""
HEAD = "article,from_quantity,price,per_quantity,valid_from,valid_until,kind"
LAST = date(2026, 12, 31)

prices = st.decimals("0.01", "9999", places=4)
dates = st.dates(date(2026, 1, 1), LAST)


def agreement_of(rows, price_date, keys="", more="", units=None):
    text = ACME_TOML.replace('price_date = "order"\n', f'price_date = "{price_date}"\n{keys}\n')
    text = text.replace('invoice_on = "acceptance"', 'invoice_on = "despatch"') + more
    text = text.replace('minimum_order_value = "50.00"\n', "")
    files = package_of(partner=text, articles=ARTICLES, prices="\n".join([HEAD, *rows, ""]))
    if units:
        files["units.csv"] = units.encode()
    return read_package(files, "acme")


def row(quantity, price, start="2026-01-01", end="2026-12-31", kind="net"):
    return f"BACHE-4X5,{quantity},{price},1,{start},{end},{kind}"


def late(order, agreement, day, bought=None):
    """The order as it is handed over, and its lines at the prices of a day."""
    handed = hand_over(order, decided(order, agreement), agreement, company=COMPANY, revision=1)
    days = {line.number: day for line in handed.lines}
    return handed, priced_for(days, handed, order, agreement, bought=bought or {})


@given(
    st.data(),
    st.lists(prices, min_size=4, max_size=4),
    st.integers(2, 50),
    st.sampled_from(["", 'quantity_breaks = "tiered"', 'breaks_by = "order"']),
    st.sampled_from(["net", "gross"]),
    st.sampled_from([None, "CT"]),
)
def test_it_is_that_of_an_order_for_the_day(drawn, found, boundary, keys, kind, unit):
    change = drawn.draw(st.dates(date(2026, 1, 2), LAST))
    day, quantity = drawn.draw(dates), drawn.draw(st.integers(2, 100))
    before = str(change - timedelta(days=1))
    rows = [
        row(1, found[0], end=before, kind=kind),
        row(boundary, found[1], end=before, kind=kind),
        row(1, found[2], start=str(change), kind=kind),
        row(boundary, found[3], start=str(change), kind=kind),
    ]
    more = '\n[[contract.allowances]]\nsequence = 1\npercent = "12.5"\n'
    units = "article,unit,factor,gtin\nBACHE-4X5,CT,12,\n"
    lines = [line_of("BACHE-4X5", quantity, unit=unit), line_of("BACHE-4X5", 7)]
    on_despatch = agreement_of(rows, "despatch", keys, more, units)
    on_delivery = agreement_of(rows, "delivery", keys, more, units)

    _, priced = late(order_of(*lines), on_despatch, day)

    wanted = decided(order_of(*lines, requested_delivery=day), on_delivery).lines
    assert [(each.line.price, each.line.price_per) for each in priced] == [
        (line.price.amount, line.price.per) for line in wanted
    ]


def test_each_line_without_a_price_is_named():
    agreement = agreement_of([row(1, "24.00", end="2026-11-30")], "despatch")
    order = order_of(line_of("BACHE-4X5", 1), line_of("BACHE-4X5", 2))

    with pytest.raises(HeldError) as held:
        late(order, agreement, date(2026, 12, 1))

    assert held.value.code == "no-price-to-invoice"
    assert str(held.value) == (
        "line 1: no price row of BACHE-4X5 covers 2026-12-01; "
        "line 2: no price row of BACHE-4X5 covers 2026-12-01"
    )


def test_a_contract_that_ended_has_no_price_of_the_day():
    agreement = agreement_of([row(1, "24.00", end="")], "despatch")

    with pytest.raises(HeldError, match="C-2026-017 is valid 2026-01-01 to 2026-12-31, not 2027"):
        late(order_of(line_of("BACHE-4X5", 1)), agreement, date(2027, 1, 2))


def test_a_contract_that_is_gone_is_not_replaced_by_another():
    agreement = agreement_of([row(1, "24.00")], "despatch")
    order = order_of(line_of("BACHE-4X5", 1))
    handed, _ = late(order, agreement, LAST)

    with pytest.raises(HeldError, match="contract C-2025 is no longer in the package"):
        priced_for({"1": LAST}, replace(handed, contract="C-2025"), order, agreement, bought={})


def test_an_article_that_is_gone_has_no_price():
    agreement = agreement_of([row(1, "24.00")], "despatch")
    order = order_of(line_of("BACHE-4X5", 1))
    handed, _ = late(order, agreement, LAST)
    other = replace(handed, lines=(replace(handed.lines[0], article="TENTE"),))

    with pytest.raises(HeldError, match="article TENTE is no longer in the package"):
        priced_for({"1": LAST}, other, order, agreement, bought={})


def test_what_was_bought_before_the_order_counts():
    rows = [row(1, "24.00"), row(100, "20.00")]
    agreement = agreement_of(rows, "despatch", 'breaks_by = "cumulative"')

    _, (priced,) = late(
        order_of(line_of("BACHE-4X5", 5)), agreement, LAST, {"BACHE-4X5": Decimal(95)}
    )

    assert priced.line.price == Decimal("20.00")
    assert "quantity for the break: 5 on this line + 95 bought in the year before = 100" in (
        priced.trace
    )


def test_a_priced_line_is_no_longer_provisional():
    agreement = agreement_of([row(1, "24.00")], "despatch")

    handed, priced = late(order_of(line_of("BACHE-4X5", 1)), agreement, LAST)

    assert is_provisional(handed.lines[0])
    assert not is_provisional(with_prices(handed, priced).lines[0])


def test_a_line_may_name_a_contract_whose_prices_stand():
    further = (
        '\n[[contracts]]\nnumber = "C-FIX"\nprice_date = "order"\n'
        'delivery_parties = ["5412345000037"]\n'
    )
    agreement = agreement_of([row(1, "24.00")], "despatch", more=further)
    lines = line_of("BACHE-4X5", 1), line_of("BACHE-4X5", 1, contract_number="C-FIX")

    found = decided(order_of(*lines), agreement).lines

    assert [line.provisional_until for line in found] == ["despatch", None]


def test_a_line_with_a_later_price_is_held_where_the_order_is_invoiced_on_acceptance():
    further = (
        '\n[[contracts]]\nnumber = "C-LATE"\nprice_date = "despatch"\ninvoice_on = "despatch"\n'
        'delivery_parties = ["5412345000037"]\n'
    )
    files = package_of(partner=ACME_TOML + further)
    line = line_of("BACHE-4X5", 3, contract_number="C-LATE")

    decision = decided(order_of(line), read_package(files, "acme"))

    assert [(each.code, each.effect) for each in decision.findings] == [("price-not-final", "hold")]


def test_samples_and_rejected_lines_are_not_provisional():
    agreement = agreement_of([row(1, "24.00")], "despatch", 'order_types = ["220", "228"]')

    sample = decided(order_of(line_of("BACHE-4X5", 1), type_code="228"), agreement).lines[0]
    unknown = decided(order_of(line_of(None, 1, gtin="3760123450003")), agreement).lines[0]

    assert (sample.price.amount, sample.provisional_until) == (0, None)
    assert unknown.provisional_until is None
