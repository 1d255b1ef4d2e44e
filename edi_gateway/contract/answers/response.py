"""Say what was decided: the order response to the partner, and the decided order to the ERP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import count

from msgspec.structs import replace

from edi_gateway.contract.decision import Decision, Finding, LineDecision, Outcome
from edi_gateway.contract.partner import Company, ExplainPrices
from edi_gateway.contract.pricing.short_form import short_form
from edi_gateway.contract.pricing.steps import provisional
from edi_gateway.contract.rules import decide
from edi_gateway.contract.rules.order import CONSIGNMENT, SAMPLE
from edi_gateway.contract.terms import Agreement, InvoiceOn
from edi_gateway.documents import (
    ErpOrder,
    ErpOrderLine,
    LineAction,
    Order,
    OrderLine,
    OrderResponse,
    Party,
    ResponseLine,
    ResponseStatus,
)

__all__ = [
    "Decision",
    "Finding",
    "LineDecision",
    "Outcome",
    "decide",
    "for_format",
    "hand_over",
    "refuse",
    "respond",
    "response_head",
]


_UBL_RESPONSE = "urn:fdc:peppol.eu:poacc:trns:order_response:3"
_UBL_PROCESS = "urn:fdc:peppol.eu:poacc:bis:ordering:3"
_PEPPOL = "Peppol BIS 3"


def respond(
    order: Order,
    decision: Decision,
    agreement: Agreement,
    *,
    company: Company,
    number: str,
    today: date,
    test: bool,
) -> OrderResponse:
    """
    Write the response to a decided order; `ValueError` for a held one, which gets none.

    Every line is answered, except that Peppol wants none under AP and RE (rules R008, R009 of
    order response 3).
    """
    if decision.status is None:
        raise ValueError(f"order {order.number} is held; nothing may be sent")
    lines = tuple(_response_lines(decision.lines, agreement))
    response = response_head(order, agreement, company, number, today, test)
    return for_format(
        replace(
            response,
            status=decision.status,
            lines=lines,
            reason=_reason(decision) if decision.status is ResponseStatus.REJECTED else None,
            allowances=decision.charges,
            promised_delivery=_promised(decision),
        ),
        agreement,
    )


def refuse(
    order: Order,
    agreement: Agreement,
    *,
    company: Company,
    number: str,
    today: date,
    reason: str,
    test: bool,
) -> OrderResponse:
    """Refuse an order as the operator decided: every line rejected, for the operator's reason."""
    lines = tuple(
        _refused_line(place, line, reason) for place, line in enumerate(order.lines, start=1)
    )
    response = response_head(order, agreement, company, number, today, test)
    return for_format(replace(response, lines=lines, reason=reason), agreement)


def hand_over(
    order: Order, decision: Decision, agreement: Agreement, *, company: Company, revision: int
) -> ErpOrder:
    """Write the decided order for the ERP; `ValueError` for a held one, which it must not get."""
    if decision.outcome is Outcome.HELD:
        raise ValueError(f"order {order.number} is held; the ERP must not get it")
    return ErpOrder(
        number=order.number,
        revision=revision,
        partner=agreement.partner.id,
        issue_date=order.issue_date,
        currency=order.currency or agreement.contract.currency,
        contract=agreement.contract.number,
        lines=tuple(_erp_line(decided) for decided in decision.lines),
        requested_delivery=order.requested_delivery,
        buyer=_buyer(order, agreement),
        supplier=company.party(),
        delivery_party=order.delivery_party,
        invoicee=order.invoicee,
        net_amount=decision.net_amount,
        notes=order.notes,
        invoice_on=_invoice_on(order, agreement),
        allowances=decision.charges,
        type_code="220" if order.type_code == "105" else order.type_code,
        cancel_after=order.cancel_after,
        valid_from=order.valid_from,
        valid_until=order.valid_until,
    )


def _invoice_on(order: Order, agreement: Agreement) -> str:
    """What makes the invoice; of consignments and samples only the ERP may, as they are used."""
    if order.type_code in {CONSIGNMENT, SAMPLE}:
        return InvoiceOn.ERP.value
    return agreement.contract.invoice_on.value


def completed(stated: Party, known: Party) -> Party:
    """Return the party as the document states it, with what we know filled into the gaps."""
    said = {
        name: value
        for name in Party.__struct_fields__
        if (value := getattr(stated, name)) is not None
    }
    return replace(known, **said)


def response_head(
    order: Order, agreement: Agreement, company: Company, number: str, today: date, test: bool
) -> OrderResponse:
    """A response that says nothing of the lines yet, and so refuses the order."""
    return OrderResponse(
        number=number,
        issue_date=today,
        order_number=order.number,
        order_date=order.issue_date,
        status=ResponseStatus.REJECTED,
        currency=order.currency or agreement.contract.currency,
        contract_number=agreement.contract.number,
        buyer=_buyer(order, agreement),
        supplier=company.party(),
        delivery_party=order.delivery_party,
        requested_delivery=order.requested_delivery,
        process=order.process,
        test=test,
    )


def for_format(response: OrderResponse, agreement: Agreement) -> OrderResponse:
    """Add what the agreed format wants: identifiers for UBL, no lines where Peppol forbids them."""
    wanted = agreement.partner.formats.order_response
    if wanted.startswith("EDIFACT"):
        return response
    bare = wanted == _PEPPOL and response.status is not ResponseStatus.CHANGED
    return replace(
        response,
        lines=() if bare else response.lines,
        process=response.process or _UBL_PROCESS,
        specification=_UBL_RESPONSE,
    )


def _promised(decision: Decision) -> date | None:
    """The day that is named for all that is confirmed."""
    days = {decided.promised_delivery for decided in decision.lines if decided.confirmed}
    is_one = len(days) == 1 and not any(decided.later for decided in decision.lines)
    return days.pop() if is_one else None


def _buyer(order: Order, agreement: Agreement) -> Party:
    return completed(order.buyer, agreement.partner.party())


def _response_lines(
    decisions: Iterable[LineDecision], agreement: Agreement
) -> Iterator[ResponseLine]:
    """Each line's answer, and one more for each further part of it that has a day of its own."""
    places = count(1)
    for decided in decisions:
        answer = _response_line(next(places), decided, agreement)
        if decided.replaced is not None:
            answer = _with_other_article(answer, decided)
        if not decided.later:
            yield answer
            continue
        first, *others = _parts(answer, decided)
        yield first
        for part in others:
            yield replace(part, number=str(next(places)))


def _parts(answer: ResponseLine, decided: LineDecision) -> list[ResponseLine]:
    """
    The parts of a line, so that each piece is told once.

    What has a day is a part of its own; what has none is the backorder of the first.
    """
    dated = [part for part in decided.later if part.on is not None]
    unknown = sum([part.quantity for part in decided.later if part.on is None], Decimal(0))
    first = replace(answer, backordered=unknown or None)
    if not decided.confirmed and dated:
        part, *dated = dated
        first = replace(first, confirmed=part.quantity, promised_delivery=part.on)
    if answer.free is not None:
        first = replace(first, free=first.confirmed)
    return [
        first,
        *(
            replace(
                answer,
                action=LineAction.ADDED,
                ordered=part.quantity,
                confirmed=part.quantity,
                promised_delivery=part.on,
                reason_code=None,
                reason=None,
                free=None if answer.free is None else part.quantity,
            )
            for part in dated
        ),
    ]


def _with_other_article(answer: ResponseLine, decided: LineDecision) -> ResponseLine:
    """The answer under the codes of the article that is supplied, and those that were ordered."""
    line, article, replaced = decided.line, decided.article, decided.replaced
    if article is None or replaced is None:
        return answer
    return replace(
        answer,
        gtin=article.gtin,
        supplier_article=article.code,
        buyer_article=article.buyer_code,
        replaced_gtin=line.gtin or replaced.gtin,
        replaced_supplier_article=replaced.code,
        replaced_buyer_article=line.buyer_article or replaced.buyer_code,
    )


def _response_line(place: int, decided: LineDecision, agreement: Agreement) -> ResponseLine:
    line, article = decided.line, decided.article
    if decided.action is None:
        raise ValueError(f"line {line.number} is held; nothing may be sent")
    answered = ResponseLine(
        number=str(place),
        order_line=line.number,
        action=decided.action,
        ordered=decided.ordered,
        confirmed=decided.confirmed,
        unit=decided.unit,
        price=decided.price,
        gtin=line.gtin or (article.gtin if article else None),
        supplier_article=article.code if article else line.supplier_article,
        buyer_article=line.buyer_article or (article.buyer_code if article else None),
        description=article.description if article else line.description,
        reason_code=decided.reason_code,
        reason=decided.reason,
        requested_delivery=line.requested_delivery,
        promised_delivery=decided.promised_delivery,
    )
    if decided.free_with is not None:
        return replace(answered, order_line=decided.free_with, free=decided.confirmed)
    note = _price_note(decided, agreement)
    return answered if note is None else replace(answered, notes=(note,))


def _price_note(decided: LineDecision, agreement: Agreement) -> str | None:
    """How the price came about, in the sentence the customer gets, where the package wants it."""
    wanted = agreement.partner.explain_prices
    if wanted is ExplainPrices.NEVER or decided.price is None or decided.article is None:
        return None
    if wanted is ExplainPrices.CHANGES and decided.action is not LineAction.CHANGED:
        return None
    said = short_form(decided.steps, decided.price, decided.article.unit)
    if said is None or decided.provisional_until is None:
        return said
    return f"{said}; {provisional(decided.provisional_until)}"


def _refused_line(place: int, line: OrderLine, reason: str) -> ResponseLine:
    return ResponseLine(
        number=str(place),
        order_line=line.number,
        action=LineAction.REJECTED,
        ordered=line.quantity.value,
        confirmed=Decimal(0),
        unit=line.quantity.unit,
        gtin=line.gtin,
        supplier_article=line.supplier_article,
        buyer_article=line.buyer_article,
        description=line.description,
        reason_code="refused",
        reason=reason,
        requested_delivery=line.requested_delivery,
    )


def _reason(decision: Decision) -> str | None:
    """One sentence where all lines share the reason, else each reason with its line."""
    reasons = {decided.reason for decided in decision.lines}
    if len(reasons) == 1:
        return decision.lines[0].reason
    return "; ".join(f"line {decided.line.number}: {decided.reason}" for decided in decision.lines)


def _erp_line(decided: LineDecision) -> ErpOrderLine:
    line, article, price = decided.line, decided.article, decided.price
    if decided.action is None:
        raise ValueError(f"line {line.number} is held; the ERP must not get it")
    handed = ErpOrderLine(
        number=line.number,
        action=decided.action,
        ordered_quantity=decided.ordered,
        confirmed_quantity=decided.confirmed,
        unit=decided.unit,
        price=price.amount if price else None,
        price_per=price.per if price else None,
        amount=decided.amount,
        vat_rate=article.vat_rate if article else None,
        article=article.code if article else None,
        gtin=(article.gtin if article else None) or line.gtin,
        buyer_article=line.buyer_article or (article.buyer_code if article else None),
        description=article.description if article else line.description,
        requested_delivery=line.requested_delivery,
    )
    if decided.free_with is not None:
        handed = replace(handed, free_with=decided.free_with)
    if decided.called_off is not None:
        taken = decided.called_off
        handed = replace(handed, blanket_order=taken.blanket, blanket_line=taken.line)
    if decided.provisional_until is not None:
        handed = replace(handed, provisional_until=decided.provisional_until.value)
    # Few lines have a reason, and Python passes more than fifteen names by way of a dictionary.
    if decided.reason_code is None and decided.promised_delivery is None:
        return handed
    handed = replace(
        handed,
        reason_code=decided.reason_code,
        reason=decided.reason,
        promised_delivery=decided.promised_delivery,
    )
    if decided.later:
        handed = replace(
            handed,
            backordered=decided.backordered,
            backorder_delivery=next((p.on for p in decided.later if p.on is not None), None),
        )
    return handed if decided.replaced is None else _with_original(handed, decided)


def _with_original(handed: ErpOrderLine, decided: LineDecision) -> ErpOrderLine:
    """The line under the codes of the article that is supplied, and those that were ordered."""
    line, article, replaced = decided.line, decided.article, decided.replaced
    if article is None or replaced is None:
        return handed
    return replace(
        handed,
        gtin=article.gtin,
        buyer_article=article.buyer_code,
        substituted_for=replaced.code,
        substituted_gtin=line.gtin or replaced.gtin,
        substituted_buyer_article=line.buyer_article or replaced.buyer_code,
    )
