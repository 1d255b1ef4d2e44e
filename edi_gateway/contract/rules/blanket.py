"""
The clauses about framework agreements: blanket orders as they are placed, and lines that call off.

A call-off is decided like any order; these rules say whether the blanket order covers it, at which
price, and whether enough of it is left. What is taken is recorded once the order is answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from edi_gateway.contract.articles import Article
from edi_gateway.contract.blankets import (
    BLANKET_ORDER,
    CALL_OFF,
    Blanket,
    BlanketLine,
    number_called_off,
    quantity_for,
)
from edi_gateway.contract.decision import Effect, Finding
from edi_gateway.contract.policies import BlanketExpired, OverConsumption
from edi_gateway.contract.pricing.figures import is_usable, line_amount, to_cents
from edi_gateway.contract.rules.line import Worksheet
from edi_gateway.contract.rules.order import Case
from edi_gateway.documents import Order, Price

_ZERO = Decimal(0)


def blanket_placed(case: Case) -> Iterator[Finding]:
    """A blanket order has a number of its own and ends after it begins."""
    order, blankets = case.order, case.circumstances.blankets
    if order.type_code != BLANKET_ORDER or blankets is None:
        return
    if order.valid_from and order.valid_until and order.valid_until < order.valid_from:
        yield Finding(
            code="blanket-validity",
            text=f"blanket order ends before it begins: {order.valid_from} to {order.valid_until}",
            effect=Effect.HOLD,
        )
    known = blankets.get(order.number)
    if known is None:
        return
    if case.circumstances.changed_blanket == order.number:
        yield from _below_consumed(order, known)
    else:
        yield Finding(
            code="blanket-exists",
            text=f"blanket order {order.number} exists: another message brought it, or the "
            "partner's package states it",
            effect=Effect.HOLD,
        )


def value_committed(sheet: Worksheet) -> None:
    """A line of a blanket order may commit to an amount alone: it orders nothing yet, for so much."""
    line, order = sheet.line, sheet.order
    if order.type_code != BLANKET_ORDER or line.quantity.value != _ZERO or not line.line_amount:
        return
    if is_usable(line.line_amount) and line.line_amount > _ZERO:
        sheet.committed = to_cents(line.line_amount)
        sheet.trace.append(f"commits to {sheet.committed}, in any quantity")
        sheet.is_closed = True


def blanket_called_off(sheet: Worksheet) -> None:
    """A line that calls off names a blanket order that is known, valid, and covers its article."""
    offs, order = sheet.call_offs, sheet.order
    if offs is None or order.type_code == BLANKET_ORDER:
        return
    contract_of, known = sheet.agreement.named, sheet.circumstances.blankets or {}
    number = number_called_off(order, sheet.line, contract_of, known)
    if number is None:
        if order.type_code == CALL_OFF:
            _unknown(sheet, "a call-off that names no blanket order", None)
        return
    blanket, on = offs.get(number), sheet.price_date()
    if blanket is None:
        _unknown(sheet, f"{number!r} is no blanket order of this customer", number)
    elif on is not None and (blanket.is_closed or not blanket.is_valid_on(on)):
        _expired(sheet, blanket, on)
    elif sheet.article is not None and (line := _line_called_off(sheet, blanket, sheet.article)):
        sheet.blanket = (blanket, line)
        until = blanket.valid_until or "further notice"
        sheet.trace.append(
            f"calls off blanket order {blanket.named(line)}, valid {blanket.valid_from} to {until}"
        )


def blanket_sufficient(sheet: Worksheet) -> None:
    """What is left of the blanket order, in quantity and in value, covers the line."""
    price = sheet.article_price
    if sheet.blanket is None or sheet.call_offs is None or price is None:
        return
    blanket, line = sheet.blanket
    quantity, value = blanket.left_of(line)
    amount = line_amount(sheet.confirmed, price.amount, price.per)
    currency = sheet.agreement.contract.currency
    left = " and ".join(
        part
        for part in (
            f"{quantity} of {line.quantity}" if quantity is not None else "",
            f"{value} {currency}" if value is not None else "",
        )
        if part
    )
    sheet.trace.append(f"left of it before this line: {left or 'not limited'}")
    over_quantity = quantity is not None and sheet.confirmed > quantity
    if over_quantity or (value is not None and amount > value):
        asked = f"{sheet.confirmed}" if over_quantity else f"{amount} {currency}"
        text = f"over-consumption: {asked} called off, {left} left of blanket order"
        _over_consumed(sheet, price, f"{text} {blanket.named(line)}")


def _below_consumed(order: Order, known: Blanket) -> Iterator[Finding]:
    """A change leaves of each line at least what was called off."""
    changed = {line.number: line for line in order.lines}
    for line in known.lines:
        now = changed.get(line.number)
        left, used = (now.quantity.value if now else _ZERO), line.used_quantity
        if line.quantity is None:
            left, used = (now.line_amount if now else None) or _ZERO, line.used_value
        if left < used:
            yield Finding(
                code="blanket-below-consumed",
                text=f"blanket order below what was called off: {left} of line {line.number}, "
                f"{used} were",
                effect=Effect.HOLD,
                line=line.number if now else None,
            )


def _unknown(sheet: Worksheet, text: str, number: str | None) -> None:
    policy = sheet.agreement.contract.policies.unknown_blanket
    sheet.trace.append(f"{text}; policy unknown_blanket = {policy}")
    details = {"blanket": number} if number else {}
    sheet.find("unknown-blanket", f"unknown blanket order: {text}", Effect(policy.value), **details)


def _expired(sheet: Worksheet, blanket: Blanket, on: date) -> None:
    policy = sheet.agreement.contract.policies.blanket_expired
    until = blanket.valid_until or "further notice"
    text = (
        f"blanket order {blanket.number} was cancelled or withdrawn"
        if blanket.is_closed
        else f"blanket order {blanket.number} not valid on {on}: it runs from "
        f"{blanket.valid_from} to {until}"
    )
    sheet.trace.append(f"{text}; policy blanket_expired = {policy}")
    sheet.find("blanket-expired", text, _EXPIRED[policy], blanket=blanket.number, date=on)


def _line_called_off(sheet: Worksheet, blanket: Blanket, article: Article) -> BlanketLine | None:
    """The line by its number, else the only one of the article; else one for any article."""
    named = sheet.line.blanket_line
    if named:
        line = blanket.line(named)
        if line is None:
            _unknown(sheet, f"{blanket.number} has no line {named!r}", blanket.number)
        elif line.article not in (None, article.code):
            sheet.find(
                "blanket-line-differs",
                f"line {named} of blanket order {blanket.number} is for {line.article}, "
                f"not for {article.code}",
                Effect.HOLD,
            )
            return None
        return line
    lines = [line for line in blanket.lines if line.article == article.code]
    lines = lines or [line for line in blanket.lines if line.article is None]
    if not lines:
        _unknown(sheet, f"{blanket.number} does not cover {article.code}", blanket.number)
        return None
    if len(lines) > 1:
        numbers = ", ".join(line.number for line in lines)
        sheet.find(
            "blanket-line-unclear",
            f"blanket order {blanket.number} has {article.code} in lines {numbers}, and the "
            "call-off names none of them",
            Effect.HOLD,
        )
        return None
    return lines[0]


def _over_consumed(sheet: Worksheet, price: Price, text: str) -> None:
    policy = sheet.agreement.contract.policies.over_consumption
    sheet.trace.append(f"policy over_consumption = {policy}")
    if policy is not OverConsumption.LOWER:
        sheet.find("over-consumption", text, _OVER[policy])
        return
    assert sheet.blanket is not None  # noqa: S101  (the caller looked)
    blanket, line = sheet.blanket
    quantity, value = blanket.left_of(line)
    pack = sheet.article.pack_multiple if sheet.article else None
    lowered = quantity_for(quantity, value, price=price, asked=sheet.confirmed, pack=pack)
    if lowered > _ZERO:
        sheet.confirmed = lowered
        sheet.find("over-consumption", f"{text}, {lowered} confirmed", Effect.CHANGE)
    else:
        sheet.find("over-consumption", f"{text}, too little to confirm any", Effect.REJECT)


_EXPIRED = {
    BlanketExpired.REJECT: Effect.REJECT,
    BlanketExpired.HOLD: Effect.HOLD,
    BlanketExpired.CONTRACT_PRICE: Effect.NOTE,
}
_OVER = {
    OverConsumption.REJECT: Effect.REJECT,
    OverConsumption.HOLD: Effect.HOLD,
    OverConsumption.ACCEPT: Effect.NOTE,
}
