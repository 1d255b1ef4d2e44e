"""
Say what became of a change: a new order response, and a new revision for the ERP.

Lines that were decided anew are told as decided. All others stand as they were answered last, with the
dates and parts the ERP gave since; a refused change is told on its line with what stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from edi_gateway.contract.answers.response import for_format
from edi_gateway.contract.life.changing import ChangedOrder, Refusal
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import (
    ErpOrder,
    ErpOrderLine,
    LineAction,
    OrderLine,
    OrderResponse,
    Price,
    ResponseLine,
    ResponseStatus,
)

_ZERO = Decimal(0)
_NOTHING = Decimal("0.00")

CANCELLED = "cancelled"
CONFIRMED = "confirmed"
AWAITING = "awaiting-confirmation"


def merged_response(
    decided: OrderResponse,
    changed: ChangedOrder,
    last: OrderResponse | None,
    last_handed: ErpOrder | None,
    agreement: Agreement,
) -> OrderResponse:
    """The response to a changed order: `decided` where it was decided anew, else as it stood."""
    lines = [
        line
        for order_line in changed.order.lines
        for line in _lines(order_line.number, decided, changed, last, last_handed)
    ]
    lines += [_not_added(refusal) for refusal in changed.refused.values() if refusal.added]
    lines += [_deleted(line) for line in changed.deleted]
    numbered = tuple(replace(line, number=str(place)) for place, line in enumerate(lines, 1))
    status = status_of(numbered)
    if changed.heading_refused and status is ResponseStatus.ACCEPTED:
        status = ResponseStatus.CHANGED
    response = replace(
        decided,
        lines=numbered,
        status=status,
        reason=changed.heading_refused or decided.reason,
    )
    return for_format(response, agreement)


def merged_hand_over(decided: ErpOrder, changed: ChangedOrder, last: ErpOrder | None) -> ErpOrder:
    """The changed order for the ERP, a deleted line with nothing confirmed."""
    before = {line.number: line for line in last.lines} if last is not None else {}
    lines, net = [], decided.net_amount
    for line in decided.lines:
        stands = before.get(line.number)
        if line.number in changed.touched or stands is None:
            lines.append(line)
        else:
            lines.append(stands)
            net += (stands.amount or _NOTHING) - (line.amount or _NOTHING)
    for gone in changed.deleted:
        stands = before.get(gone.number)
        if stands is not None:
            lines.append(without(stands, "deleted-by-customer", "deleted by the customer"))
    return replace(decided, lines=tuple(lines), net_amount=net)


def cancelled(last: ErpOrder, *, code: str, reason: str) -> ErpOrder:
    """The order for the ERP when nothing of it is supplied any more."""
    return replace(
        last,
        lines=tuple(without(line, code, reason) for line in last.lines),
        net_amount=_NOTHING,
        allowances=(),
        status=CANCELLED,
    )


def without(line: ErpOrderLine, code: str, reason: str) -> ErpOrderLine:
    """A line of which nothing is supplied any more."""
    return replace(
        line,
        action=LineAction.REJECTED,
        confirmed_quantity=_ZERO,
        backordered=None,
        promised_delivery=None,
        amount=_NOTHING,
        reason_code=code,
        reason=reason,
    )


def status_of(lines: tuple[ResponseLine, ...]) -> ResponseStatus:
    """What the lines say about the order as a whole."""
    actions = {line.action for line in lines}
    if actions == {LineAction.REJECTED}:
        return ResponseStatus.REJECTED
    return ResponseStatus.ACCEPTED if actions == {LineAction.ACCEPTED} else ResponseStatus.CHANGED


def as_answered(line: ErpOrderLine) -> ResponseLine:
    """A line as it was confirmed last, where the response itself carried no lines."""
    price = None
    if line.price is not None:
        price = Price(amount=line.price, per=line.price_per or Decimal(1), unit=line.unit)
    return ResponseLine(
        number="1",
        order_line=line.number,
        action=line.action,
        ordered=line.ordered_quantity,
        confirmed=line.confirmed_quantity,
        unit=line.unit,
        price=price,
        gtin=line.gtin,
        supplier_article=line.article,
        buyer_article=line.buyer_article,
        description=line.description,
        reason_code=line.reason_code,
        reason=line.reason,
        requested_delivery=line.requested_delivery,
        promised_delivery=line.promised_delivery,
        backordered=line.backordered,
    )


def _lines(
    number: str,
    decided: OrderResponse,
    changed: ChangedOrder,
    last: OrderResponse | None,
    last_handed: ErpOrder | None,
) -> Iterator[ResponseLine]:
    stands = [] if number in changed.touched else as_it_stood(number, last, last_handed)
    lines = stands or [line for line in decided.lines if line.order_line == number]
    refusal = changed.refused.get(number)
    for place, line in enumerate(lines):
        yield _refused(line, refusal) if refusal is not None and place == 0 else line


def as_it_stood(
    number: str, last: OrderResponse | None, handed: ErpOrder | None
) -> list[ResponseLine]:
    """The lines that answered an order line last, all of its parts."""
    said = [line for line in last.lines if line.order_line == number] if last is not None else []
    if said or handed is None:
        return said
    return [as_answered(line) for line in handed.lines if line.number == number]


def _refused(line: ResponseLine, refusal: Refusal) -> ResponseLine:
    """What stands of a line whose change is refused: an answer with another quantity is a change."""
    action = LineAction.REJECTED if line.action is LineAction.REJECTED else LineAction.CHANGED
    return replace(
        line,
        action=action,
        ordered=refusal.asked,
        reason_code=refusal.code,
        reason=refusal.reason,
    )


def _not_added(refusal: Refusal) -> ResponseLine:
    line = refusal.added
    assert line is not None  # noqa: S101  (the caller looked)
    return _empty(line, LineAction.REJECTED, line.quantity.value, refusal.code, refusal.reason)


def _deleted(line: OrderLine) -> ResponseLine:
    reason = "deleted as you asked; nothing is supplied"
    return _empty(line, LineAction.ACCEPTED, _ZERO, "deleted-by-customer", reason)


def _empty(
    line: OrderLine, action: LineAction, ordered: Decimal, code: str, reason: str
) -> ResponseLine:
    return ResponseLine(
        number="1",
        order_line=line.number,
        action=action,
        ordered=ordered,
        confirmed=_ZERO,
        unit=line.quantity.unit,
        gtin=line.gtin,
        supplier_article=line.supplier_article,
        buyer_article=line.buyer_article,
        description=line.description,
        reason_code=code,
        reason=reason,
    )
