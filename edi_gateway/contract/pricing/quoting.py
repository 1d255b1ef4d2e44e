"""
One price: the row that applies, what allowances leave of it, and the unit it is stated in.

Nothing is converted but by a factor of the package, and nothing is rounded but where the contract
says so: what `Quote.price` says times the quantity is the line's amount, to the cent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from edi_gateway.contract.pricing.book import Chain, Link
from edi_gateway.contract.pricing.breaks import QuantityBreaks, tiers
from edi_gateway.contract.pricing.cascade import applicable, cascade
from edi_gateway.contract.pricing.figures import money, plain, rounded, to_cents
from edi_gateway.contract.pricing.rows import PriceKind, PriceRow
from edi_gateway.contract.pricing.steps import NoPriceStep, RestatedStep, RowStep, Step, TierStep
from edi_gateway.documents import Price

if TYPE_CHECKING:
    from edi_gateway.contract.articles import Article
    from edi_gateway.contract.terms import Agreement

_ONE = Decimal(1)
_ZERO = Decimal(0)


class Question(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a price is asked for; quantities are in the article's unit."""

    agreement: Agreement
    article: Article
    chain: Chain
    on: date
    #: What reaches a break.
    quantity: Decimal
    #: What is priced, in tiered breaks: after `before` other units.
    confirmed: Decimal
    before: Decimal
    #: How many of the article's unit one unit of the line holds.
    factor: Decimal = _ONE
    unit: str


class Quote(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The contract price in the line's unit, or why there is none, and how it came about."""

    price: Price | None
    row: PriceRow | None
    #: What the price cannot be stated for; None: there is none, or there is a price.
    fault: str | None
    steps: list[Step]


def quote(asked: Question) -> Quote:
    """Return the contract price."""
    article, chain = asked.article, asked.chain
    for link in chain:
        row = link.prices.find(article.code, asked.quantity, asked.on)
        if row is not None:
            return _priced(asked, link, row)
    agreement = asked.agreement
    missing = tuple(name for name in agreement.shared_lists() if name not in agreement.shared)
    step = NoPriceStep(
        article=article.code,
        chain=chain,
        agreement=agreement,
        on=asked.on,
        quantity=asked.quantity,
        missing=missing,
    )
    return Quote(price=None, row=None, fault=None, steps=[step])


def _priced(asked: Question, link: Link, row: PriceRow) -> Quote:
    step = RowStep(
        row=row,
        link=link,
        chain=asked.chain,
        agreement=asked.agreement,
        on=asked.on,
        quantity=asked.quantity,
    )
    if asked.agreement.contract.quantity_breaks is QuantityBreaks.TIERED:
        return _tiered(asked, link, row, [step])
    net, units, steps = _net(asked, link, row)
    if net <= _ZERO or units <= _ZERO:
        return _unusable(row, net, units, asked, [step, *steps])
    price = stated(net, row.per_quantity, units, asked.factor, asked.unit)
    said = [step, *steps]
    if units != asked.factor:
        said.append(restated(net, row.per_quantity, row.unit or asked.article.unit, price))
    return Quote(price=price, row=row, fault=None, steps=said)


def restated(amount: Decimal, per: Decimal, unit: str, price: Price) -> Step:
    """The step from a price for one unit to the same for another."""
    return RestatedStep(
        price=amount,
        per=per,
        unit=unit,
        result=price.amount,
        result_per=price.per,
        result_unit=price.unit or unit,
    )


def stated(amount: Decimal, per: Decimal, units: Decimal, factor: Decimal, unit: str) -> Price:
    """
    State a price for `per` x `units` of the article's unit for one that holds `factor` of them.

    Exactly: a division that might not end becomes a price for more units.
    """
    if units != factor:
        if factor % units == _ZERO:
            amount = money(amount * (factor / units))
        elif units % factor == _ZERO:
            per = plain(per * (units / factor))
        else:
            amount, per = money(amount * factor), plain(per * units)
    return Price(amount=amount, per=per, unit=unit)


def _net(asked: Question, link: Link, row: PriceRow) -> tuple[Decimal, Decimal, Sequence[Step]]:
    """The net price of a row, and how many of the article's unit one unit of it holds (0: unknown)."""
    units = _ONE
    if row.unit is not None:
        units = asked.agreement.units.factor(asked.article, row.unit) or _ZERO
    if row.kind is PriceKind.NET:
        return row.price, units, ()
    contract = asked.agreement.contract
    terms = applicable(contract.allowances, row.article, link.scope.name, asked.on)
    if not terms:
        return row.price, units, ()
    net, steps = cascade(
        row.price,
        row.per_quantity * units,
        terms,
        rounding=contract.rounding,
        decimals=contract.price_decimals,
    )
    return net, units, steps


def _tiered(asked: Question, link: Link, row: PriceRow, steps: list[Step]) -> Quote:
    """
    Price each bracket at its own price; the line's price is its amount for its quantity.

    So quantity x price / per is the amount again wherever somebody works it out.
    """
    brackets = link.prices.brackets(row.article, asked.on)
    shares = tiers(brackets, asked.before, asked.confirmed)
    if not shares:
        fault = (
            f"the brackets of {row.article} begin at {brackets[0][0]}: the first units have none"
        )
        return Quote(price=None, row=row, fault=fault, steps=steps)
    total = _ZERO
    for begin, one, share in shares:
        net, units, cascaded = _net(asked, link, one)
        if net <= _ZERO or units <= _ZERO:
            return _unusable(one, net, units, asked, steps)
        per = plain(one.per_quantity * units)
        amount = rounded(plain(share * net / per), 9)
        total += amount
        tier = TierStep(begin=begin, quantity=share, price=net, per=per, amount=amount)
        steps += [*cascaded, tier]
    quantity = plain(asked.confirmed / asked.factor)
    price = Price(amount=to_cents(total), per=quantity, unit=asked.unit)
    return Quote(price=price, row=row, fault=None, steps=steps)


def _unusable(
    row: PriceRow, net: Decimal, units: Decimal, asked: Question, steps: list[Step]
) -> Quote:
    if units <= _ZERO:
        fault = f"the price is per {row.unit}, and units.csv has no factor of it for {row.article}"
    else:
        fault = f"the allowances leave {net} of {row.price}"
    return Quote(price=None, row=row, fault=fault, steps=steps)
