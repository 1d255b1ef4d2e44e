"""
The free goods that come with confirmed lines, each as a line of its own at price 0.

Where the contract holds lines against stock, free goods take what the bought ones left. Of what is
not there, `stock_short` says what becomes; where it would reject a line, free goods are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as changed
from decimal import Decimal

from msgspec.structs import replace

from edi_gateway.contract.articles import Article
from edi_gateway.contract.decision import Effect, Finding, LineDecision
from edi_gateway.contract.pricing.extras import FreeGoods
from edi_gateway.contract.pricing.figures import plain
from edi_gateway.contract.pricing.steps import TermsStep
from edi_gateway.contract.rules.line import Worksheet
from edi_gateway.contract.rules.order import Case
from edi_gateway.contract.rules.supply import stock_promised
from edi_gateway.contract.terms import StockCheck
from edi_gateway.documents import LineAction, OrderLine, Price, Quantity

_ZERO = Decimal(0)
_FREE = Decimal("0.00")


def free_lines(
    case: Case, sheet: Worksheet, decided: LineDecision
) -> Iterator[tuple[LineDecision | None, list[Finding]]]:
    """The free goods that come with a confirmed line, and what was found; None: they are left out."""
    article, contract = sheet.article, sheet.agreement.contract
    if not contract.free_goods or article is None or decided.in_article_unit <= _ZERO:
        return
    on = sheet.price_date()
    for term in contract.free_goods:
        if on is None or not term.covers(article.code, on):
            continue
        quantity = term.quantity(sheet.all_confirmed)
        given = sheet.agreement.articles.by_code.get(term.free_article or article.code)
        if quantity > _ZERO and given is not None:
            line = _free_line(case, sheet, term, given, quantity)
            is_checked = contract.stock is StockCheck.CHECK
            yield _in_stock(sheet, line, given) if is_checked else (line, [])


def _free_line(
    case: Case, sheet: Worksheet, term: FreeGoods, given: Article, quantity: Decimal
) -> LineDecision:
    bought = sheet.article.code if sheet.article else ""
    reason = (
        f"free goods: {term.free} {given.code} for every {term.for_every} {bought}, "
        f"{plain(sheet.all_confirmed)} confirmed"
    )
    number = _free_number(case, sheet.line.number)
    return LineDecision(
        line=OrderLine(number=number, quantity=Quantity(value=_ZERO, unit=given.unit)),
        action=LineAction.ADDED,
        ordered=_ZERO,
        confirmed=plain(quantity),
        unit=given.unit,
        price=Price(amount=_FREE, unit=given.unit),
        article=given,
        amount=_FREE,
        reason_code="free-goods",
        reason=reason,
        steps=(reason, TermsStep.of(sheet.agreement)),
        free_with=sheet.line.number,
    )


def _in_stock(
    sheet: Worksheet, line: LineDecision, given: Article
) -> tuple[LineDecision | None, list[Finding]]:
    """The line as far as the goods are there, by the clause that judges every other line."""
    free = Worksheet(line.line, sheet.case)
    # Neither minimum nor pack is meant for what is given away.
    free.article = changed(given, minimum_quantity=None, pack_multiple=None)
    free.agreement, free.unit = sheet.agreement, line.unit
    free.price, free.confirmed = line.price, line.confirmed
    free.promised = sheet.promised or sheet.line.requested_delivery
    stock_promised(free)
    steps = (*line.steps, *free.trace)
    if any(finding.effect is Effect.REJECT for finding in free.findings):
        return None, [
            changed(finding, text=f"free goods left out: {finding.text}", effect=Effect.NOTE)
            for finding in free.findings
        ]
    said = "; ".join([line.reason or "", *(finding.text for finding in free.findings)])
    line = replace(
        line,
        confirmed=plain(free.confirmed),
        later=free.later,
        taken=free.taken,
        reason=said,
        steps=steps,
    )
    return line, free.findings


def _free_number(case: Case, number: str) -> str:
    """A line number for free goods, which no line of the customer's has."""
    taken = {line.number for line in case.order.lines}
    number = f"{number}F"
    while number in taken:
        number = f"{number}F"
    return number
