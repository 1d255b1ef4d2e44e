"""
Guards: an order far outside the customer's usual pattern is flagged or held, with the figures.

Each acts only where the package sets its key, and only once enough orders were answered to say
what is usual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from edi_gateway.contract.blankets import BLANKET_ORDER
from edi_gateway.contract.clauses import GuardPolicy, Guards
from edi_gateway.contract.decision import Effect, Finding, LineDecision
from edi_gateway.contract.history import Earlier
from edi_gateway.contract.pricing.figures import to_cents
from edi_gateway.contract.rules.looks import effect_after_look
from edi_gateway.contract.rules.order import Case
from edi_gateway.documents import LineAction

_EFFECTS = {GuardPolicy.FLAG: Effect.NOTE, GuardPolicy.HOLD: Effect.HOLD}


def usual_pattern(
    case: Case, lines: Sequence[LineDecision], found: Sequence[Finding]
) -> Iterator[Finding]:
    """Quantities, value and delivery party are like those of earlier orders; not of blanket ones."""
    guards, pattern = case.agreement.contract.guards, case.circumstances.pattern
    if guards is None or pattern is None or case.order.type_code == BLANKET_ORDER:
        return
    if guards.quantity_factor is not None:
        for line in lines:
            yield from _quantity(case, line, guards, guards.quantity_factor)
    if guards.value_factor is not None:
        yield from _value(case, lines, guards, guards.value_factor)
    if guards.new_delivery_address is not None:
        yield from _address(case, guards.new_delivery_address, guards.minimum_orders)


def _quantity(case: Case, line: LineDecision, guards: Guards, factor: Decimal) -> Iterator[Finding]:
    pattern = case.circumstances.pattern
    if pattern is None or line.article is None or line.action is LineAction.REJECTED:
        return
    earlier = pattern.quantities.get(line.article.code)
    if earlier is None or len(earlier.figures) < guards.minimum_orders:
        return
    usual = earlier.usual()
    ordered = line.in_article_unit or line.ordered * line.factor
    if ordered <= usual * factor:
        return
    yield _finding(
        case,
        "unusual-quantity",
        f"unusual quantity: {_plain(ordered)} of {line.article.code} ordered; {_said(earlier, _plain)}; "
        f"more than {_plain(factor)} times the usual",
        guards.quantity_policy,
        line=line.line.number,
        ordered=_plain(ordered),
        usual=_plain(usual),
    )


def _value(
    case: Case, lines: Sequence[LineDecision], guards: Guards, factor: Decimal
) -> Iterator[Finding]:
    pattern = case.circumstances.pattern
    if pattern is None or len(pattern.values.figures) < guards.minimum_orders:
        return
    value = sum((line.amount for line in lines), Decimal("0.00"))
    usual = pattern.values.usual()
    if value <= usual * factor:
        return
    currency = case.agreement.contract.currency
    yield _finding(
        case,
        "unusual-value",
        f"unusual value: {value} {currency} ordered; {_said(pattern.values, _money)}; "
        f"more than {_plain(factor)} times the usual",
        guards.value_policy,
        value=str(value),
        usual=_money(usual),
    )


def _address(case: Case, policy: GuardPolicy, minimum: int) -> Iterator[Finding]:
    pattern, place = case.circumstances.pattern, case.order.delivery_party
    if pattern is None or place is None or len(pattern.values.figures) < minimum:
        return
    if place.gln and place.gln not in pattern.delivery_parties:
        yield _finding(
            case,
            "new-delivery-address",
            f"new delivery address: no earlier order was for {place.gln}",
            policy,
            delivery_party=place.gln,
        )


def _finding(
    case: Case, code: str, text: str, policy: GuardPolicy, *, line: str | None = None, **facts: str
) -> Finding:
    effect = effect_after_look(_EFFECTS[policy], case.circumstances, code, line)
    return Finding(code=code, text=text, effect=effect, line=line, details=facts)


def _said(earlier: Earlier, figure: Callable[[Decimal], str]) -> str:
    return (
        f"usually {figure(earlier.usual())}, most {figure(max(earlier.figures))} "
        f"in {len(earlier.figures)} orders since {earlier.since}"
    )


def _money(value: Decimal) -> str:
    return str(to_cents(value))


def _plain(value: Decimal) -> str:
    """
    A figure without an exponent or trailing zeros.

    >>> _plain(Decimal("96.000")), _plain(Decimal("1E+3"))
    ('96', '1000')
    """
    return f"{value.normalize():f}"
