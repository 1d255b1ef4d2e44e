"""
The clauses about a line's price: the contract price, and how far an ordered one may stray from it.

Prices are compared in one unit by cross-multiplication: nothing is rounded on the way.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from edi_gateway.contract.articles import Article
from edi_gateway.contract.blankets import BLANKET_ORDER, Blanket, BlanketLine
from edi_gateway.contract.decision import Effect
from edi_gateway.contract.policies import (
    AboveMaximumValue,
    PriceBeyondTolerance,
    PriceWithinTolerance,
)
from edi_gateway.contract.pricing.figures import ONE, line_amount, plain, price_text
from edi_gateway.contract.pricing.quoting import Question, Quote, quote, restated, stated
from edi_gateway.contract.pricing.rows import PriceKind
from edi_gateway.contract.pricing.steps import (
    BlanketPriceStep,
    RowStep,
    StandingStep,
    asked_on,
    provisional,
)
from edi_gateway.contract.rules.line import Worksheet
from edi_gateway.contract.rules.whole import above_line_maximum
from edi_gateway.contract.terms import InvoiceOn, ToleranceDirection
from edi_gateway.documents import Price

_ZERO = Decimal(0)
_HUNDRED = Decimal(100)
_STOPPING = (Effect.HOLD, Effect.REJECT)


def price_agreed(sheet: Worksheet) -> None:
    """The ordered price is the contract price of the price date, give or take the tolerance."""
    day = sheet.inquiry.day
    on = day or sheet.price_date()
    if (
        sheet.article is None
        or on is None
        or (day is None and not sheet.agreement.contract.is_valid_on(on))
    ):
        return  # `contract_valid` reports a missing date and one outside the contract
    if sheet.price is not None:
        return  # a sample is free
    if sheet.factor is not ONE:
        sheet.fit_unit()
    if sheet.blanket is not None and sheet.blanket[1].price is not None:
        _priced_by_blanket(sheet, *sheet.blanket, sheet.article, on)
    elif _priced_plainly(sheet, sheet.article, on) or _priced_by_lists(sheet, sheet.article, on):
        if day is None:
            _note_provisional(sheet)
    else:
        return
    asked = sheet.asked
    if asked is not None and not (
        asked.unit in (None, sheet.article.unit) and sheet.ordered_factor is ONE
    ):
        asked = _asked(sheet, sheet.article, asked)
    if asked is None:
        sheet.price = sheet.contract_price
        sheet.trace.append("the order states no price: the contract price applies")
    elif sheet.contract_price is not None:
        _compare(sheet, asked, sheet.contract_price)


def _priced_plainly(sheet: Worksheet, article: Article, on: date) -> bool:
    """
    Price a line whose row says all there is to say, as most do; False where it does not.

    It leads where `_priced_by_lists` leads; only sooner.
    """
    inquiry, ordered = sheet.inquiry, sheet.ordered
    if not inquiry.is_plain or sheet.factor is not ONE:
        return False
    chain = inquiry.common
    for link in chain:
        row = link.prices.find(article.code, ordered, on)
        if row is not None:
            break
    else:
        return False
    if row.kind is not PriceKind.NET or row.unit is not None:
        return False
    sheet.trace.append(
        RowStep(row=row, link=link, chain=chain, agreement=sheet.agreement, on=on, quantity=ordered)
    )
    sheet.contract_price = Price(amount=row.price, per=row.per_quantity, unit=article.unit)
    return True


def _priced_by_lists(sheet: Worksheet, article: Article, on: date) -> bool:
    """Price a line by whatever its row and the contract say; False where there is no price."""
    found = _quoted(sheet, article, on)
    sheet.trace += found.steps
    if found.price is None:
        _no_price(sheet, found)
        return False
    sheet.contract_price = found.price
    return True


def _priced_by_blanket(
    sheet: Worksheet, blanket: Blanket, line: BlanketLine, article: Article, on: date
) -> None:
    """The blanket order a line calls off has a price of its own, for the article's unit."""
    if line.price is None:
        return
    unit = article.unit if sheet.factor is ONE else sheet.unit or article.unit
    price = stated(line.price, line.per, ONE, sheet.factor, unit)
    sheet.contract_price = price
    sheet.trace.append(
        BlanketPriceStep(
            blanket=blanket.number,
            price=line.price,
            per=line.per,
            asked_on=asked_on(sheet.agreement, on),
        )
    )
    if sheet.factor is not ONE:
        sheet.trace.append(restated(line.price, line.per, article.unit, price))


def _quoted(sheet: Worksheet, article: Article, on: date) -> Quote:
    agreement, inquiry, line = sheet.agreement, sheet.inquiry, sheet.line
    contract = agreement.contract
    step = inquiry.for_break(line, article, sheet.ordered, contract)
    if step is not None:
        sheet.trace.append(step)
    return quote(
        Question(
            agreement=agreement,
            article=article,
            chain=inquiry.chain(line, contract),
            on=on,
            quantity=sheet.ordered if step is None else step.result,
            confirmed=sheet.confirmed,
            before=_ZERO if step is None else inquiry.before(line, article, contract),
            factor=sheet.factor,
            unit=article.unit if sheet.factor is ONE else sheet.unit or article.unit,
        )
    )


def _note_provisional(sheet: Worksheet) -> None:
    """Prices of lists may be those of a day to come; a blanket order's own, and free ones, are not."""
    policy = sheet.agreement.contract.price_date
    if not policy.comes_later:
        return
    sheet.provisional_until = policy
    sheet.trace.append(provisional(policy))
    header = sheet.case.agreement.contract
    if header.invoice_on is InvoiceOn.ACCEPTANCE:
        text = (
            f"price not final: contract {sheet.agreement.contract.number} of the line prices by the "
            f"day of the {policy}, and {header.number} of the order invoices on acceptance"
        )
        sheet.find("price-not-final", text, Effect.HOLD)


def _no_price(sheet: Worksheet, found: Quote) -> None:
    if found.fault is not None:
        sheet.trace.append(found.fault)
        sheet.find("price-not-usable", f"price not usable: {found.fault}", Effect.HOLD)
        return
    policy = sheet.agreement.contract.policies.no_price
    step = found.steps[-1]
    sheet.trace.append(f"policy no_price = {policy}")
    sheet.find(
        "no-valid-price",
        f"no valid price: {step.sentences()[0]}",
        Effect(policy.value),
    )


def _asked(sheet: Worksheet, article: Article, asked: Price) -> Price:
    """The ordered price in the line's unit; it may be stated for another."""
    units: Decimal | None = sheet.ordered_factor
    if asked.unit is not None:
        units = sheet.agreement.units.factor(article, asked.unit)
    if units is None or units == sheet.factor:
        return asked  # `unit_agreed` holds a unit nobody knows
    return stated(asked.amount, asked.per, units, sheet.factor, sheet.unit or article.unit)


def _compare(sheet: Worksheet, asked: Price, price: Price) -> None:
    ordered, agreed = asked.amount * price.per, price.amount * asked.per
    contract = sheet.agreement.contract
    stands = contract.policies.price_within_tolerance is PriceWithinTolerance.ORDERED
    if ordered == agreed:
        sheet.price = asked if stands else price
        sheet.trace.append("the ordered price equals the contract price")
        return
    difference = abs(ordered - agreed)
    is_within = _is_within(sheet, difference, agreed, asked.per * price.per)
    if contract.price_tolerance_direction is ToleranceDirection.IN_OUR_FAVOUR:
        is_within = is_within and ordered > agreed
    asked_text, agreed_text = (
        price_text(asked.amount, asked.per),
        price_text(price.amount, price.per),
    )
    shown = f"{asked_text} ordered, {agreed_text} in the contract"
    relation = "within" if is_within else "beyond"
    percent = f"{difference * _HUNDRED / agreed:.2f}" if agreed else "infinite"
    sheet.trace.append(f"{shown}: {percent} % apart, {relation} the {_tolerance(sheet)}")
    details = {"ordered": asked_text, "contract": agreed_text, "percent": percent}
    if is_within and stands:
        sheet.price = asked
        said = "policy price_within_tolerance = ordered: the ordered price stands"
        sheet.trace.append(StandingStep(is_ordered=True, sentence=said))
        sheet.find(
            "price-within-tolerance", f"price within tolerance: {shown}", Effect.NOTE, **details
        )
    elif is_within:
        sheet.price = price
        sheet.trace.append("policy price_within_tolerance = contract: the contract price applies")
        sheet.find(
            "price-within-tolerance", f"price within tolerance: {shown}", Effect.CHANGE, **details
        )
    else:
        policy = contract.policies.price_beyond_tolerance
        sheet.price = price
        sheet.trace.append(f"policy price_beyond_tolerance = {policy}")
        effect = BEYOND[policy]
        sheet.find("price-beyond-tolerance", f"price beyond tolerance: {shown}", effect, **details)


def _is_within(sheet: Worksheet, difference: Decimal, agreed: Decimal, per: Decimal) -> bool:
    """Whether one of the limits allows a difference; both, and `agreed`, are for `per` units."""
    contract = sheet.agreement.contract
    if difference * _HUNDRED <= contract.price_tolerance_percent * agreed:
        return True
    amount = contract.price_tolerance_amount
    return amount > _ZERO and difference <= amount * per * sheet.factor


def _tolerance(sheet: Worksheet) -> str:
    """The limits, in words."""
    contract = sheet.agreement.contract
    text = f"tolerance of {contract.price_tolerance_percent} %"
    if contract.price_tolerance_amount:
        unit = sheet.article.unit if sheet.article else ""
        text += f" or {plain(contract.price_tolerance_amount)} for one {unit}"
    if contract.price_tolerance_direction is ToleranceDirection.IN_OUR_FAVOUR:
        text += ", above the contract price only"
    return text


def line_value_allowed(sheet: Worksheet) -> None:
    """
    A line that amounts to too much is rejected before anything is promised for it.

    So what it does not get the next line may have. Under another policy nothing is taken away:
    `line_maximum_kept` says so once all lines are decided.
    """
    contract, price = sheet.agreement.contract, sheet.price
    maximum = contract.maximum_line_value
    if maximum is None or price is None or sheet.order.type_code == BLANKET_ORDER:
        return
    if contract.policies.above_maximum_value is not AboveMaximumValue.REJECT:
        return
    value = line_amount(sheet.in_unit(sheet.confirmed), price.amount, price.per)
    if value > maximum and not any(finding.effect in _STOPPING for finding in sheet.findings):
        found = above_line_maximum(sheet.case, sheet.line.number, value)
        sheet.findings.append(found)
        sheet.trace.append(f"{found.text}; policy {found.details['policy']}")


#: What the policy makes of a price that strays too far.
BEYOND = {
    PriceBeyondTolerance.CORRECT: Effect.CHANGE,
    PriceBeyondTolerance.REJECT: Effect.REJECT,
    PriceBeyondTolerance.HOLD: Effect.HOLD,
}
