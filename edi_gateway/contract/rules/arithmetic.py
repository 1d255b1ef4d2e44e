"""
The clause about the arithmetic of an ordered price: net is gross, less allowances, plus charges.

Only an order that states both is judged. Where it states the gross price and the allowances alone,
the net price they lead to is the ordered one.
"""

from __future__ import annotations

from decimal import Decimal

from edi_gateway.contract.decision import Effect
from edi_gateway.contract.pricing.cascade import AllowanceTerm, Rounding, cascade
from edi_gateway.contract.pricing.figures import first_unusable, plain, price_text
from edi_gateway.contract.rules.line import Worksheet
from edi_gateway.documents import AllowanceCharge, Price

_ZERO = Decimal(0)
_HALF = Decimal("0.5")

#: More than any order states.
_DECIMALS = 9


def price_adds_up(sheet: Worksheet) -> None:
    """A stated net price is the gross price less the line's allowances, plus its charges."""
    gross, net = sheet.line.gross_price, sheet.line.price
    if gross is None or (net is not None and net.unit != gross.unit):
        return
    stated = [each for each in sheet.order.allowances if each.line == sheet.line.number]
    if net is None and not stated:
        return
    terms = [_term(each, sheet.line.quantity.value) for each in stated]
    figures = [gross.amount, gross.per, *(f for t in terms for f in (t.percent, t.amount) if f)]
    if first_unusable(*figures) is not None or gross.per <= _ZERO:
        sheet.find("figure-not-usable", "figure not usable: in the gross price", Effect.HOLD)
        sheet.is_closed = True
        return
    per = gross.per if net is None else net.per
    base = plain(gross.amount * per / gross.per)
    left, steps = cascade(base, per, terms, rounding=Rounding.END, decimals=_DECIMALS)
    sheet.trace += steps
    if net is None:
        sheet.asked = Price(amount=left, per=per, unit=gross.unit)
        sheet.trace.append(f"the order states no net price; its gross price leads to {left}")
    elif abs(left - net.amount) > _half_a_digit(net.amount):
        _disagrees(sheet, gross, net, left)


def _disagrees(sheet: Worksheet, gross: Price, net: Price, left: Decimal) -> None:
    policy = sheet.agreement.contract.policies.price_arithmetic
    text = (
        f"price does not add up: {price_text(gross.amount, gross.per)} gross leads to "
        f"{price_text(left, net.per)}, the order states {price_text(net.amount, net.per)}"
    )
    sheet.trace.append(f"{text}; policy price_arithmetic = {policy}")
    sheet.find("price-arithmetic", text, Effect(policy.value))


def _term(stated: AllowanceCharge, quantity: Decimal) -> AllowanceTerm:
    """An allowance as the order states it; an amount is one on the whole line."""
    amount = None
    if stated.percent is None:
        amount = round(_of_one(stated.amount or _ZERO, quantity), _DECIMALS)
    return AllowanceTerm(
        sequence=stated.sequence or 1,
        percent=stated.percent,
        amount=amount,
        charge=stated.is_charge,
        code=stated.code,
        reason=stated.reason,
    )


def _of_one(amount: Decimal, quantity: Decimal) -> Decimal:
    return amount / quantity if amount.is_finite() else amount


def _half_a_digit(figure: Decimal) -> Decimal:
    """How far rounding may have taken a figure: half of its last digit, at most half a cent."""
    exponent = figure.as_tuple().exponent
    return _HALF.scaleb(min(exponent, -2)) if isinstance(exponent, int) else _ZERO
