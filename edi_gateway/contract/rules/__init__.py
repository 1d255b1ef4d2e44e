"""
Hold an order against its contract: one function per clause, and what follows from all of them.

All rules run, so that the partner can fix one order once. `RULES` look at the order as a whole,
`LINE_RULES` at one line, each on the worksheet the earlier ones left, `WHOLE_RULES` at the order
once its lines are decided. To add a clause, write its function and name it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace as changed
from decimal import Decimal, localcontext

from msgspec.structs import replace

from edi_gateway.contract.blankets import BLANKET_ORDER, CallOffs
from edi_gateway.contract.circumstances import UNKNOWN, Circumstances
from edi_gateway.contract.decision import (
    Decision,
    Effect,
    Finding,
    Later,
    LineDecision,
    Outcome,
    Taken,
)
from edi_gateway.contract.partner import Company
from edi_gateway.contract.pricing.figures import EXACT, ONE, line_amount
from edi_gateway.contract.pricing.steps import AmountStep, TermsStep
from edi_gateway.contract.resolution import agreement_for
from edi_gateway.contract.rules.additions import charges_on, judge_whole_order
from edi_gateway.contract.rules.approvals import approved
from edi_gateway.contract.rules.arithmetic import price_adds_up
from edi_gateway.contract.rules.blanket import (
    blanket_called_off,
    blanket_placed,
    blanket_sufficient,
    value_committed,
)
from edi_gateway.contract.rules.delivery import date_possible
from edi_gateway.contract.rules.free_goods import free_lines
from edi_gateway.contract.rules.guards import usual_pattern
from edi_gateway.contract.rules.line import (
    Worksheet,
    article_known,
    numbers_usable,
    quantity_packed,
    sample_free,
    unit_agreed,
)
from edi_gateway.contract.rules.order import (
    SAMPLE,
    Case,
    contract_valid,
    delivery_party_agreed,
    lines_complete,
    not_sent_twice,
    order_handled,
    parties_known,
    terms_named,
    total_agrees,
)
from edi_gateway.contract.rules.price import line_value_allowed, price_agreed
from edi_gateway.contract.rules.supply import (
    article_in_stock,
    article_offered,
    quantity_within_maximum,
    stock_promised,
)
from edi_gateway.contract.rules.whole import (
    confirmed_as_a_whole,
    line_maximum_kept,
    maximum_value_kept,
    minimum_value_reached,
    total_of,
)
from edi_gateway.contract.terms import Agreement, StockCheck
from edi_gateway.documents import AllowanceCharge, LineAction, Order, OrderLine, ResponseStatus

_ZERO = Decimal(0)
_NOTHING = Decimal("0.00")

#: Action, code and reason of a line.
Verdict = tuple[LineAction | None, str | None, str | None]

_ACCEPTED: Verdict = (LineAction.ACCEPTED, None, None)
_UNDECIDED: Verdict = (None, None, None)

#: What each effect does to a line, the weightiest first; the first two leave no price.
_STOPPING = ((Effect.HOLD, None), (Effect.REJECT, LineAction.REJECTED))
_WEIGHTS = (*_STOPPING, (Effect.CHANGE, LineAction.CHANGED))

#: UNCL 1001 of orders nothing is added to: nothing is delivered, or nothing charged.
_BARE = frozenset({BLANKET_ORDER, SAMPLE})

LineRule = Callable[[Worksheet], None]

#: Every rule about the order as a whole.
RULES: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    order_handled,
    parties_known,
    delivery_party_agreed,
    terms_named,
    contract_valid,
    lines_complete,
    total_agrees,
    not_sent_twice,
    blanket_placed,
)


#: Every rule about one line, in the order they run.
LINE_RULES: tuple[LineRule, ...] = (
    article_known,
    value_committed,
    article_offered,
    numbers_usable,
    unit_agreed,
    quantity_packed,
    quantity_within_maximum,
    article_in_stock,
    date_possible,
    sample_free,
    blanket_called_off,
    price_adds_up,
    price_agreed,
    blanket_sufficient,
    line_value_allowed,
    stock_promised,
)

#: Those that have nothing to say where nothing can be called off, and where stock is not checked.
_OF_BLANKETS = frozenset({value_committed, blanket_called_off, blanket_sufficient})
_OF_STOCK = frozenset({article_in_stock, stock_promised})

#: The rules that may have something to say: whether there are blanket orders, and stock.
_RULES_WITH = {
    (True, True): LINE_RULES,
    (True, False): tuple(rule for rule in LINE_RULES if rule not in _OF_STOCK),
    (False, True): tuple(rule for rule in LINE_RULES if rule not in _OF_BLANKETS),
    (False, False): tuple(rule for rule in LINE_RULES if rule not in _OF_BLANKETS | _OF_STOCK),
}

#: Every rule about an order whose lines are decided, in the order they run.
WHOLE_RULES: tuple[
    Callable[[Case, Sequence[LineDecision], Sequence[Finding]], Iterator[Finding]], ...
] = (
    minimum_value_reached,
    maximum_value_kept,
    line_maximum_kept,
    confirmed_as_a_whole,
    usual_pattern,
    approved,
)


def decide(
    order: Order,
    agreement: Agreement,
    *,
    company: Company,
    circumstances: Circumstances = UNKNOWN,
) -> Decision:
    """
    Decide an order: every line accepted, changed or rejected, or the whole of it held.

    Pure: the same order, agreement and circumstances always lead to the same decision. Whether the
    order number was used before is not looked at; the ledger knows that.
    """
    agreement = agreement_for(order, agreement, circumstances)
    blankets = circumstances.blankets
    if blankets is not None and not agreement.contract.has_blankets:
        blankets = None  # They are those of another contract.
    with localcontext(EXACT):
        return _decide(
            Case(
                order=order,
                agreement=agreement,
                company=company,
                circumstances=circumstances,
                call_offs=None if blankets is None else CallOffs(blankets),
            )
        )


def _decide(case: Case) -> Decision:
    order = case.order
    findings = [finding for rule in RULES for finding in rule(case)]
    sheets, lines = [], []
    is_checked = case.agreement.contract.stock is StockCheck.CHECK
    rules = _RULES_WITH[case.call_offs is not None, is_checked]
    for line in order.lines:
        sheet = _judged(line, case, rules)
        sheets.append(sheet)
        decided = _concluded(sheet)
        lines.append(decided if sheet.blanket is None else _called_off(sheet, decided))
    for place in judge_whole_order(case.agreement.contract, sheets):
        lines[place] = _concluded_again(sheets[place], lines[place])
    for sheet in sheets:
        findings += sheet.findings
    lines = _rejected(lines, [finding for finding in findings if finding.line is None])
    for whole_rule in WHOLE_RULES:
        found = list(whole_rule(case, lines, findings))
        if found:
            findings += found
            lines = _rejected(lines, found)
    if case.agreement.contract.adds and order.type_code not in _BARE and not _is_held(findings):
        return _with_additions(case, sheets, lines, findings)
    return _decided(lines, findings)


def _judged(line: OrderLine, case: Case, rules: Iterable[LineRule]) -> Worksheet:
    sheet = Worksheet(line, case)
    for line_rule in rules:
        line_rule(sheet)
        if sheet.is_closed:
            break
    if sheet.contract_price is None and not sheet.names_terms:
        sheet.trace.append(TermsStep.of(sheet.agreement))
    return sheet


def _with_additions(
    case: Case, sheets: list[Worksheet], lines: list[LineDecision], findings: list[Finding]
) -> Decision:
    """Add free goods after the lines they come with, and the charges on the whole."""
    charged = list(charges_on(case.agreement.contract, lines, total_of(lines)))
    findings += [finding for _, finding in charged]
    whole: list[LineDecision] = []
    for sheet, decided in zip(sheets, lines, strict=True):
        whole.append(decided)
        for free, found in free_lines(case, sheet, decided):
            whole += [] if free is None else [free]
            findings += found
    return _decided(whole, findings, tuple(charge for charge, _ in charged))


def _rejected(lines: list[LineDecision], findings: Iterable[Finding]) -> list[LineDecision]:
    """The lines once these findings reject them: one about the whole order rejects all."""
    for finding in findings:
        if finding.effect is Effect.REJECT:
            lines = [
                _rejected_with(line, finding)
                if finding.line is None or finding.line == line.line.number
                else line
                for line in lines
            ]
    return lines


def _concluded(sheet: Worksheet) -> LineDecision:
    """Turn a worksheet into the line's decision."""
    if sheet.committed is not None:
        return _committed(sheet, sheet.committed)
    price, confirmed, promised, amount = sheet.price, _ZERO, _ZERO, _NOTHING
    later: tuple[Later, ...] = ()
    taken: Taken | None = None
    action, code, reason = _verdict(sheet) if sheet.findings or price is None else _ACCEPTED
    if price is None or action is None or action is LineAction.REJECTED:
        price = None
    else:
        confirmed = promised = sheet.confirmed
        if sheet.factor is not ONE:
            sheet.fit_unit()
            price = sheet.price or price
            confirmed = promised = sheet.in_unit(sheet.confirmed)
        later, taken = sheet.later, sheet.taken
        if later:
            later = tuple(replace(part, quantity=sheet.in_unit(part.quantity)) for part in later)
            promised = sum([part.quantity for part in later], confirmed)
        amount = line_amount(promised, price.amount, price.per)
        sheet.trace.append(
            AmountStep(quantity=promised, price=price.amount, per=price.per, amount=amount)
        )
    quantity, article = sheet.line.quantity, sheet.article
    decided = LineDecision(
        line=sheet.line,
        action=action,
        ordered=quantity.value if sheet.factor == sheet.ordered_factor else sheet.ordered,
        confirmed=confirmed,
        unit=sheet.unit or (article.unit if article else None),
        price=price,
        article=article,
        amount=amount,
        reason_code=code,
        reason=reason,
        promised_delivery=sheet.promised if confirmed else None,
        steps=tuple(sheet.trace),
        factor=sheet.factor,
    )
    if taken is not None or sheet.replaced is not None:
        decided = replace(decided, later=later, taken=taken, replaced=sheet.replaced)
    if sheet.provisional_until is not None and price is not None:
        decided = replace(decided, provisional_until=sheet.provisional_until)
    return decided


def _called_off(sheet: Worksheet, decided: LineDecision) -> LineDecision:
    """Take what a confirmed line calls off, so that the next line no longer finds it."""
    price = sheet.article_price
    if decided.price is None or price is None or sheet.blanket is None or sheet.call_offs is None:
        return decided
    blanket, line = sheet.blanket
    called_off = sheet.call_offs.take(blanket.number, line.number, sheet.all_confirmed, price)
    return replace(decided, called_off=called_off)


def _concluded_again(sheet: Worksheet, before: LineDecision) -> LineDecision:
    """The decision at another price; what the line called off before, it has called off."""
    decided, taken, price = _concluded(sheet), before.called_off, sheet.article_price
    if taken is None or decided.price is None or price is None:
        return decided
    value = line_amount(taken.quantity, price.amount, price.per)
    return replace(decided, called_off=changed(taken, value=value))


def _committed(sheet: Worksheet, amount: Decimal) -> LineDecision:
    """What is committed is accepted as it is; what is delivered for it, call-offs say."""
    return LineDecision(
        line=sheet.line,
        action=LineAction.ACCEPTED,
        ordered=_ZERO,
        confirmed=_ZERO,
        unit=sheet.line.quantity.unit,
        price=None,
        article=sheet.article,
        amount=amount,
        steps=tuple(sheet.trace),
    )


def _verdict(sheet: Worksheet) -> Verdict:
    """Weigh the findings: hold before rejection before change. A line without price is held."""
    for effect, action in _STOPPING if sheet.price is None else _WEIGHTS:
        deciding = [finding for finding in sheet.findings if finding.effect is effect]
        if deciding:
            return action, deciding[0].code, "; ".join(finding.text for finding in deciding)
    return _UNDECIDED if sheet.price is None else _ACCEPTED


def _rejected_with(line: LineDecision, finding: Finding) -> LineDecision:
    """The line, rejected for this; a line that is held stays so."""
    if line.action in {None, LineAction.REJECTED}:
        return line
    return replace(
        line,
        action=LineAction.REJECTED,
        confirmed=_ZERO,
        later=(),
        taken=None,
        price=None,
        provisional_until=None,
        amount=_NOTHING,
        reason_code=finding.code,
        reason=finding.text,
        promised_delivery=None,
        called_off=None,
        steps=(*line.steps, f"{finding.text}; policy {finding.details['policy']}"),
    )


def _decided(
    lines: list[LineDecision],
    findings: list[Finding],
    charges: tuple[AllowanceCharge, ...] = (),
) -> Decision:
    is_held = _is_held(findings)
    return Decision(
        outcome=Outcome.HELD if is_held else Outcome.ANSWERED,
        status=None if is_held else _status(lines, charges),
        lines=tuple(lines),
        findings=tuple(findings),
        net_amount=sum([charge.amount or _ZERO for charge in charges], total_of(lines)),
        charges=charges,
    )


def _is_held(findings: Iterable[Finding]) -> bool:
    return any(finding.effect is Effect.HOLD for finding in findings)


def _status(lines: list[LineDecision], charges: tuple[AllowanceCharge, ...]) -> ResponseStatus:
    """What is said to the order as a whole; whatever is added changes it."""
    actions = {line.action for line in lines}
    if actions == {LineAction.REJECTED}:
        return ResponseStatus.REJECTED
    as_ordered = actions == {LineAction.ACCEPTED} and not charges
    return ResponseStatus.ACCEPTED if as_ordered else ResponseStatus.CHANGED
