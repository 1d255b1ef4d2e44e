"""
The clauses about an order once each of its lines is decided: what it amounts to, and its parts.

Each rule sees the lines as decided and what was found so far. A finding without a line whose
effect is rejection rejects every line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from edi_gateway.contract.blankets import BLANKET_ORDER
from edi_gateway.contract.decision import Effect, Finding, LineDecision
from edi_gateway.contract.policies import (
    AboveMaximumValue,
    BelowMinimumValue,
    PartialAcceptance,
)
from edi_gateway.contract.rules.looks import effect_after_look
from edi_gateway.contract.rules.order import SAMPLE, Case
from edi_gateway.documents import LineAction

_NOTHING = Decimal("0.00")

_BELOW_VALUE = {
    BelowMinimumValue.ACCEPT: Effect.NOTE,
    BelowMinimumValue.REJECT: Effect.REJECT,
    BelowMinimumValue.HOLD: Effect.HOLD,
}

_ABOVE_VALUE = {
    AboveMaximumValue.ACCEPT: Effect.NOTE,
    AboveMaximumValue.REJECT: Effect.REJECT,
    AboveMaximumValue.HOLD: Effect.HOLD,
}


def minimum_value_reached(
    case: Case, lines: Sequence[LineDecision], found: Sequence[Finding]
) -> Iterator[Finding]:
    """Compare the confirmed amounts with the minimum order value, unless nothing is confirmed."""
    contract = case.agreement.contract
    minimum, value = contract.minimum_order_value, total_of(lines)
    if value >= minimum or case.order.type_code == SAMPLE or _is_held(found):
        return
    if all(line.action is LineAction.REJECTED for line in lines):
        return
    policy = contract.policies.below_minimum_value
    yield Finding(
        code="below-minimum-value",
        text=f"below minimum order value: {value} {contract.currency} confirmed, "
        f"at least {minimum}",
        effect=_BELOW_VALUE[policy],
        details={
            "value": str(value),
            "minimum": str(minimum),
            "policy": f"below_minimum_value = {policy}",
        },
    )


def maximum_value_kept(
    case: Case, lines: Sequence[LineDecision], found: Sequence[Finding]
) -> Iterator[Finding]:
    """The whole order amounts to no more than the contract allows."""
    del found
    maximum, value = case.agreement.contract.maximum_order_value, total_of(lines)
    if maximum is None or value <= maximum or case.order.type_code == BLANKET_ORDER:
        return
    contract = case.agreement.contract
    policy = contract.policies.above_maximum_value
    code = "above-maximum-value"
    yield Finding(
        code=code,
        text=f"above maximum order value: {value} {contract.currency} confirmed, at most {maximum}",
        effect=effect_after_look(_ABOVE_VALUE[policy], case.circumstances, code),
        details={
            "value": str(value),
            "maximum": str(maximum),
            "policy": f"above_maximum_value = {policy}",
        },
    )


def line_maximum_kept(
    case: Case, lines: Sequence[LineDecision], found: Sequence[Finding]
) -> Iterator[Finding]:
    """Each line amounts to no more than the contract allows; `line_value_allowed` rejects before."""
    del found
    contract = case.agreement.contract
    maximum = contract.maximum_line_value
    if maximum is None or case.order.type_code == BLANKET_ORDER:
        return
    for line in lines:
        if line.amount > maximum:
            yield above_line_maximum(case, line.line.number, line.amount)


def above_line_maximum(case: Case, line: str, value: Decimal) -> Finding:
    """What is found of a line that amounts to too much."""
    contract = case.agreement.contract
    code = "line-above-maximum-value"
    policy, maximum = contract.policies.above_maximum_value, contract.maximum_line_value
    return Finding(
        code=code,
        text=f"line above maximum value: {value} {contract.currency} confirmed, at most {maximum}",
        effect=effect_after_look(_ABOVE_VALUE[policy], case.circumstances, code, line),
        line=line,
        details={
            "value": str(value),
            "maximum": str(maximum),
            "policy": f"above_maximum_value = {policy}",
        },
    )


def confirmed_as_a_whole(
    case: Case, lines: Sequence[LineDecision], found: Sequence[Finding]
) -> Iterator[Finding]:
    """Every line is confirmed as it was ordered, where the contract takes orders only whole."""
    policy = case.agreement.contract.policies.partial_acceptance
    if policy is PartialAcceptance.PER_LINE or _is_held(found):
        return
    departing = [line for line in lines if line.action is not LineAction.ACCEPTED]
    if not departing or all(line.action is LineAction.REJECTED for line in lines):
        return
    effect = Effect.HOLD if policy is PartialAcceptance.HOLD else Effect.REJECT
    code = "not-as-a-whole"
    said = ", ".join(_departure(line) for line in departing[:5])
    more = f" and {len(departing) - 5} more" if len(departing) > 5 else ""
    yield Finding(
        code=code,
        text=f"not as a whole: the order is taken whole or not at all, and not as ordered "
        f"is line {said}{more}",
        effect=effect_after_look(effect, case.circumstances, code),
        details={"policy": f"partial_acceptance = {policy}"},
    )


def _departure(line: LineDecision) -> str:
    """A line, what becomes of it, and in the words of its reason's code why."""
    why = f": {line.reason_code.replace('-', ' ')}" if line.reason_code else ""
    return f"{line.line.number} ({line.action}{why})"


def total_of(lines: Sequence[LineDecision]) -> Decimal:
    """The sum of the confirmed amounts."""
    return sum([line.amount for line in lines], _NOTHING)


def _is_held(found: Sequence[Finding]) -> bool:
    return any(finding.effect is Effect.HOLD for finding in found)
