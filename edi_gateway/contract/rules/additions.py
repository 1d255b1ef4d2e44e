"""
What follows from all lines together: the whole order's tolerance, and charges.

Charges are agreed, as free goods are, so they are added; they change the order all the same, and the
response says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from edi_gateway.contract.decision import Effect, Finding, LineDecision
from edi_gateway.contract.pricing.extras import CHARGES, Charge, ChargePer, packs
from edi_gateway.contract.pricing.figures import line_amount, to_cents
from edi_gateway.contract.pricing.steps import StandingStep
from edi_gateway.contract.rules.line import Worksheet
from edi_gateway.contract.rules.price import BEYOND
from edi_gateway.contract.terms import Contract
from edi_gateway.documents import AllowanceCharge, Price

_ZERO = Decimal(0)
_NOTHING = Decimal("0.00")
_HUNDRED = Decimal(100)


def judge_whole_order(contract: Contract, sheets: Sequence[Worksheet]) -> list[int]:
    """
    Hold what the ordered prices amount to against the contract's, where the contract says how far.

    One limit that is kept suffices. Beyond both, each line whose ordered price was let stand falls
    under `price_beyond_tolerance`. Returns the places of those.
    """
    percent, amount = contract.order_tolerance_percent, contract.order_tolerance_amount
    if percent is None and amount is None:
        return []
    standing = [sheet for sheet in sheets if _confirms(sheet)]
    ordered = sum((_worth(sheet, sheet.price) for sheet in standing), _NOTHING)
    agreed = sum((_worth(sheet, sheet.contract_price) for sheet in standing), _NOTHING)
    apart = abs(ordered - agreed)
    by_percent = percent is not None and apart * _HUNDRED <= percent * agreed
    if by_percent or (amount is not None and apart <= amount):
        return []
    limits = [f"{percent} %"] if percent is not None else []
    limits += [f"{amount} {contract.currency}"] if amount is not None else []
    text = (
        f"order beyond tolerance: {ordered} ordered, {agreed} by the contract, {apart} apart; "
        f"tolerance of {' or '.join(limits)}"
    )
    policy = contract.policies.price_beyond_tolerance
    changed = []
    for place, sheet in enumerate(sheets):
        if _confirms(sheet) and _differ(sheet.price, sheet.contract_price):
            sheet.price = sheet.contract_price
            said = f"{text}; policy price_beyond_tolerance = {policy}"
            sheet.trace.append(StandingStep(is_ordered=False, sentence=said))
            sheet.find("order-beyond-tolerance", text, BEYOND[policy])
            changed.append(place)
    return changed


def charges_on(
    contract: Contract, lines: Iterable[LineDecision], value: Decimal
) -> Iterator[tuple[AllowanceCharge, Finding]]:
    """The contract's charges on an order whose confirmed amounts add up to `value`."""
    confirmed = [line for line in lines if line.in_article_unit > _ZERO]
    if not confirmed:
        return
    for term in contract.charges:
        if term.below is not None and value >= term.below:
            continue
        code, name = CHARGES[term.kind]
        counted, why = _counted(term, confirmed)
        amount = to_cents(term.amount * counted)
        if term.below is not None:
            why = f"{value} is below {term.below}{why}"
        text = f"{term.reason or name}: {amount} {contract.currency}"
        yield (
            AllowanceCharge(
                is_charge=True, amount=amount, code=term.code or code, reason=term.reason or name
            ),
            Finding(
                code="charge-added",
                text=f"{text}; {why}" if why else text,
                effect=Effect.NOTE,
                details={"kind": term.kind.value, "amount": str(amount)},
            ),
        )


def _counted(term: Charge, confirmed: Sequence[LineDecision]) -> tuple[Decimal, str]:
    if term.per is ChargePer.ORDER:
        return Decimal(1), ""
    count = _ZERO
    for line in confirmed:
        pack = line.article.pack_multiple if line.article else None
        count += packs(line.in_article_unit, pack)
    return count, f"{count} pack{'' if count == 1 else 's'} at {term.amount}"


def _confirms(sheet: Worksheet) -> bool:
    stopped = any(finding.effect in (Effect.HOLD, Effect.REJECT) for finding in sheet.findings)
    return sheet.price is not None and sheet.contract_price is not None and not stopped


def _differ(one: Price | None, other: Price | None) -> bool:
    return (
        one is not None and other is not None and one.amount * other.per != other.amount * one.per
    )


def _worth(sheet: Worksheet, price: Price | None) -> Decimal:
    if price is None:
        return _NOTHING
    return line_amount(sheet.in_unit(sheet.all_confirmed), price.amount, price.per)
