"""What holds for every price, whatever the figures: hypothesis looks for the exception."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_gateway.contract.answers.billing import bill
from edi_gateway.contract.answers.response import hand_over, respond
from edi_gateway.contract.decision import Outcome
from edi_gateway.contract.package import read_package
from edi_gateway.contract.pricing.cascade import CascadeStep
from edi_gateway.contract.pricing.figures import EXACT
from edi_gateway.contract.pricing.steps import TierStep, data
from edi_gateway.documents import to_json
from tests.unit.contract.builders import (
    ACME_TOML,
    COMPANY,
    ISSUED,
    decided,
    line_of,
    order_of,
    package_of,
)

ARTICLES = """\
article,gtin,buyer_code,description,unit,pack_multiple,minimum_quantity,vat_rate
BACHE-4X5,3760123450119,778811,"Bâche",PCE,,,20.0
EAU-6,3760123450126,778812,"Eau",PCE,,,5.5
"""
HEAD = "article,from_quantity,price,per_quantity,valid_from,valid_until,kind"
CENT = Decimal("0.01")

prices = st.decimals("0.01", "9999", places=4)
quantities = st.decimals("0.001", "99999", places=3)
percents = st.decimals("0", "60", places=2)
dates = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def agreement_of(rows, keys="", more="", units=None):
    text = ACME_TOML.replace('price_date = "order"\n', f'price_date = "order"\n{keys}\n') + more
    text = text.replace('minimum_order_value = "50.00"\n', "")
    files = package_of(partner=text, articles=ARTICLES, prices="\n".join([HEAD, *rows, ""]))
    if units:
        files["units.csv"] = units.encode()
    return read_package(files, "acme")


def row(quantity, price, per=1, start="2026-01-01", end="2026-12-31", kind="net"):
    return f"BACHE-4X5,{quantity},{price},{per},{start},{end},{kind}"


def only(decision):
    (line,) = decision.lines
    return line


@given(
    st.lists(st.tuples(st.integers(1, 3), percents, st.booleans()), min_size=1, max_size=5),
    prices,
    st.integers(2, 9),
    st.sampled_from(["end", "step"]),
)
def test_the_explained_allowances_lead_from_the_gross_price_to_the_net_one(
    terms, gross, decimals, rounding
):
    more = "".join(
        f'\n[[contract.allowances]]\nsequence = {n}\npercent = "{p}"\ncharge = {str(c).lower()}\n'
        for n, p, c in terms
    )
    keys = f'rounding = "{rounding}"\nprice_decimals = {decimals}'
    agreement = agreement_of([row(0, gross, kind="gross")], keys, more)

    line = only(decided(order_of(line_of("BACHE-4X5", 1)), agreement))

    steps = [step for step in line.steps if isinstance(step, CascadeStep)]
    left = gross
    for step in steps:
        with localcontext(EXACT):
            assert step.part == step.base * step.percent / 100
            exact = left + step.part if step.charge else left - step.part
        left = step.left
        assert exact == (step.left if step.unrounded is None else step.unrounded)
    if line.price is None:  # they took all of it, or more
        assert left <= 0
    else:
        assert (len(steps), left) == (len(terms), line.price.amount)


@given(
    st.lists(st.integers(2, 500), min_size=0, max_size=4, unique=True),
    st.lists(prices, min_size=5, max_size=5),
    st.sampled_from([1, 10, 1000]),
    st.integers(1, 1000),
    st.sampled_from([0, 1]),
)
def test_the_brackets_of_a_tiered_price_add_up_to_quantity_and_amount(
    breaks, tier_prices, per, quantity, first
):
    begins = [first, *sorted(breaks)]
    rows = [row(b, p, per) for b, p in zip(begins, tier_prices, strict=False)]
    agreement = agreement_of(rows, 'quantity_breaks = "tiered"')

    line = only(decided(order_of(line_of("BACHE-4X5", quantity)), agreement))

    tiers = [step for step in line.steps if isinstance(step, TierStep)]
    assert sum(step.quantity for step in tiers) == quantity
    assert all(step.amount == step.quantity * step.price / step.per for step in tiers)
    assert line.amount == sum(step.amount for step in tiers).quantize(CENT, ROUND_HALF_UP)


@given(st.integers(2, 10_000), prices, prices)
def test_the_boundary_belongs_to_the_higher_bracket(boundary, low, high):
    agreement = agreement_of([row(0, low), row(boundary, high)])

    below = only(decided(order_of(line_of("BACHE-4X5", boundary - 1)), agreement))
    at = only(decided(order_of(line_of("BACHE-4X5", boundary)), agreement))

    assert (below.price.amount, at.price.amount) == (low, high)


@given(st.data(), prices)
def test_a_validity_holds_from_its_first_to_its_last_day_and_no_longer(drawn, price):
    start = drawn.draw(st.dates(date(2026, 1, 2), date(2026, 12, 30)))
    end = drawn.draw(st.dates(start, date(2026, 12, 30)))
    agreement = agreement_of([row(0, price, start=start, end=end)])
    day = timedelta(days=1)

    held = [
        decided(order_of(line_of("BACHE-4X5", 1), issue_date=on), agreement).outcome is Outcome.HELD
        for on in (start - day, start, end, end + day)
    ]

    assert held == [True, False, False, True]


def example_agreement(quantity, price, factor):
    more = (
        '\n[[contract.charges]]\nkind = "freight"\namount = "9.90"\n'
        '\n[[contract.free_goods]]\narticle = "BACHE-4X5"\nfor_every = "10"\nfree = "1"\n'
    )
    return agreement_of(
        [row(0, price), f"EAU-6,0,{price},3,2026-01-01,,net"],
        more=more,
        units=f"article,unit,factor\nBACHE-4X5,CT,{factor}\n",
    )


@given(quantities, prices, st.integers(2, 48))
def test_lines_and_charges_add_up_in_response_erp_order_and_invoice(quantity, price, factor):
    agreement = example_agreement(quantity, price, factor)
    order = order_of(line_of("BACHE-4X5", quantity, unit="CT"), line_of("EAU-6", quantity))

    decision = decided(order, agreement)
    handed = hand_over(order, decision, agreement, company=COMPANY, revision=1)
    invoice = bill(
        handed,
        {line.number: line.confirmed_quantity for line in handed.lines},
        agreement=agreement,
        company=COMPANY,
        number="INV-1",
        issue_date=ISSUED,
    )

    lines = sum(line.amount for line in invoice.lines)
    charges = sum(each.amount for each in invoice.allowances)
    assert lines == sum(line.amount for line in decision.lines)
    assert invoice.net_amount == lines + charges == decision.net_amount == handed.net_amount
    assert invoice.net_amount == sum(total.taxable for total in invoice.vat)
    assert invoice.vat_amount == sum(total.tax for total in invoice.vat)


@given(quantities, prices, st.integers(2, 48), dates)
def test_deciding_again_gives_the_same_bytes(quantity, price, factor, on):
    order = order_of(
        line_of("BACHE-4X5", quantity, "12.34", unit="CT"), line_of("EAU-6", 3), issue_date=on
    )

    first = _bytes(order, example_agreement(quantity, price, factor))
    second = _bytes(order, example_agreement(quantity, price, factor))

    assert first == second


def _bytes(order, agreement) -> bytes:
    decision = decided(order, agreement)
    told = [[data(step) for step in line.steps] for line in decision.lines]
    explained = msgspec.json.encode([told, decision.findings, [d.trace for d in decision.lines]])
    if decision.outcome is Outcome.HELD:
        return explained
    response = respond(
        order, decision, agreement, company=COMPANY, number="R1", today=ISSUED, test=False
    )
    return explained + to_json(response)


@pytest.mark.parametrize("unit", ["CT", None])
def test_the_price_of_a_unit_is_the_factor_times_that_of_a_piece(unit):
    agreement = example_agreement(1, "2.35", 12)

    line, *_ = decided(order_of(line_of("BACHE-4X5", 1, unit=unit)), agreement).lines

    assert line.price.amount == Decimal("28.20" if unit else "2.35")


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        pytest.param("CT", ("2.35 per PCE is 28.20 per CT (units.csv)",), id="carton"),
        pytest.param(None, (), id="piece"),
    ],
)
def test_the_explanation_says_how_the_price_is_stated_for_the_ordered_unit(unit, said):
    agreement = example_agreement(1, "2.35", 12)

    line, *_ = decided(order_of(line_of("BACHE-4X5", 1, unit=unit)), agreement).lines

    assert tuple(each for each in line.trace if " per CT" in each) == said
