"""
What the ERP reports: despatches and invoices, each for an order it was handed.

A despatch is advised to the customer who agreed on it, and invoiced at the confirmed prices where the
contract says so; an invoice of the ERP is written in the customer's format. The same file again
changes nothing; more than was confirmed is held, because only a person can know which side is
wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from edi_gateway.contract.answers.billing import bill, within_confirmed
from edi_gateway.contract.answers.despatching import advise
from edi_gateway.contract.answers.three_way import (
    asks_for_despatches,
    compares_prices,
    refuse_beyond_despatch,
    refuse_other_prices,
)
from edi_gateway.contract.blankets import BLANKET_ORDER
from edi_gateway.contract.life.states import OrderEvent, OrderState
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import (
    Document,
    DocumentType,
    ErpDespatch,
    ErpInvoice,
    ErpOrder,
    to_json,
)
from edi_gateway.errors import HeldError, NoContract, UnknownPartner
from edi_gateway.exchange.late_prices import priced_to_invoice
from edi_gateway.exchange.life.orders import (
    invoiced_quantities,
    last_handed_over,
    move,
    order_named,
    reported_quantities,
    state_by_quantity,
)
from edi_gateway.exchange.numbering import invoice_number, today
from edi_gateway.exchange.outgoing import put_in_outbox
from edi_gateway.exchange.recording import add_document
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Key, Ledger, Message, MessageState, StandingOrder

Reported = ErpDespatch | ErpInvoice


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of a report, and how prices that were found for it came about."""

    said: str
    decision: str | None = None


class AlreadyReported(Exception):
    """The ERP sent this before, with the same content."""


def take_report(place: Workplace, ledger: Ledger, message: Message, report: Reported) -> None:
    """Record a despatch or an invoice of the ERP; `HeldError` when it cannot be true."""
    agreement = place.partners.get(report.partner)
    if agreement is None:
        raise UnknownPartner(f"{report.partner!r} is no imported partner")
    standing, order = _order(ledger, agreement, report)
    agreement = agreement.for_order(order.contract)
    state = MessageState.ANSWERED
    try:
        if isinstance(report, ErpDespatch):
            done = _take_despatch(place, ledger, agreement, message, report, order, standing)
        else:
            done = _take_invoice(place, ledger, agreement, message, report, order, standing)
    except AlreadyReported:
        state, done = MessageState.DUPLICATE, _Done("reported before")
    ledger.messages.conclude(
        message.id,
        state,
        reason=done.said,
        number=getattr(report, "number", None) or report.order_number,
        decision=done.decision,
        terms=agreement.title if done.decision is not None else None,
    )


def _order(
    ledger: Ledger, agreement: Agreement, report: Reported
) -> tuple[StandingOrder, ErpOrder]:
    """Where the order stands, and its newest revision in the ERP."""
    standing = order_named(ledger, agreement, report.order_number)
    handed = last_handed_over(ledger, standing) if standing is not None else None
    if standing is None or handed is None:
        raise NoContract(
            f"order {report.order_number} of {report.partner} was never handed to the ERP",
            code="unknown-order",
            remedy="Correct partner and order_number in the ERP's file and send it again.",
        )
    if handed.type_code == BLANKET_ORDER:
        raise HeldError(
            f"order {handed.number} is a blanket order: nothing is shipped or invoiced for it, only "
            "for the orders that call it off",
            code="blanket-order-reported",
            remedy="Report on the call-off in the ERP, and discard this with a reason.",
        )
    return standing, handed


def _take_despatch(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    despatch: ErpDespatch,
    order: ErpOrder,
    standing: StandingOrder,
) -> _Done:
    kind = DocumentType.ERP_DESPATCH
    _claim(ledger, despatch.partner, kind, despatch.number, message, to_json(despatch))
    _refuse_unconfirmed(standing)
    quantities = _quantities(despatch.lines)
    already = reported_quantities(ledger, standing, kind)
    _refuse_excess(order, already, quantities)
    add_document(ledger, message, kind, despatch.partner, despatch, order.number, standing.key)
    _move_on(ledger, message, standing, order, already, quantities)
    said = "recorded"
    if agreement.partner.formats.despatch_advice is not None:
        advice = advise(despatch, order, company=place.company)
        _send(place, ledger, agreement, message, DocumentType.DESPATCH_ADVICE, advice, standing)
        said = "advised"
    due = _due_on_despatch(ledger, standing, order, already, quantities)
    if not due:
        return _Done(f"despatch {said}; the contract invoices on {order.invoice_on}")
    issued_on = today(place, ledger)
    priced = priced_to_invoice(
        place,
        ledger,
        standing,
        order,
        due,
        issued_on=issued_on,
        despatch=despatch,
    )
    invoice = bill(
        priced.order,
        due,
        agreement=agreement,
        company=place.company,
        number=invoice_number(ledger, agreement),
        issue_date=issued_on,
        delivery_date=despatch.issue_date,
        despatch_number=despatch.number,
        is_first=not already,
    )
    _send(place, ledger, agreement, message, DocumentType.INVOICE, invoice, standing)
    return _Done(f"despatch {said} and invoiced as {invoice.number}", priced.decision)


def _take_invoice(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    wanted: ErpInvoice,
    order: ErpOrder,
    standing: StandingOrder,
) -> _Done:
    if order.invoice_on != "erp":
        raise HeldError(
            f"the contract of {wanted.partner} invoices on {order.invoice_on}, not when the ERP "
            "says; this would invoice twice",
            code="invoice-not-expected",
            remedy="Discard the ERP's invoice, or change invoice_on in the partner's package.",
        )
    _check_numbering(agreement, wanted)
    identity = wanted.number or hashlib.sha256(to_json(wanted)).hexdigest()
    kind = DocumentType.ERP_INVOICE
    _claim(ledger, wanted.partner, kind, identity, message, to_json(wanted))
    if wanted.number is not None and ledger.documents.invoice_exists(wanted.number):
        raise HeldError(
            f"invoice number {wanted.number} was used before",
            code="invoice-number-used",
            remedy="Give the invoice a number of its own in the ERP and send it again.",
        )
    quantities = _quantities(wanted.lines)
    is_first = not reported_quantities(ledger, standing, DocumentType.ERP_INVOICE)
    _check_quantities(ledger, agreement, order, standing, quantities)
    priced = priced_to_invoice(
        place,
        ledger,
        standing,
        order,
        _without_price(wanted, quantities, agreement),
        issued_on=wanted.issue_date,
        despatch=wanted.despatch_number,
    )
    refuse_other_prices(priced.order, wanted, agreement.contract.policies)
    invoice = bill(
        priced.order,
        quantities,
        agreement=agreement,
        company=place.company,
        number=wanted.number or invoice_number(ledger, agreement),
        issue_date=wanted.issue_date,
        delivery_date=wanted.delivery_date,
        despatch_number=wanted.despatch_number,
        due_date=wanted.due_date,
        overrides={line.order_line: line for line in wanted.lines},
        is_first=is_first,
    )
    if wanted.payable_amount not in (None, invoice.payable_amount):
        raise HeldError(
            f"the ERP says {wanted.payable_amount} is payable, the lines give "
            f"{invoice.payable_amount}",
            code="invoice-total-differs",
            remedy="Correct the invoice in the ERP and send it again.",
        )
    add_document(ledger, message, kind, wanted.partner, wanted, order.number, standing.key)
    _send(place, ledger, agreement, message, DocumentType.INVOICE, invoice, standing)
    return _Done(f"invoiced as {invoice.number}", priced.decision)


def _without_price(
    wanted: ErpInvoice, quantities: Mapping[str, Decimal], agreement: Agreement
) -> Mapping[str, Decimal]:
    """The quantities whose prices we must know: the ERP states none, or one that is compared."""
    if compares_prices(agreement.contract.policies):
        return quantities
    stated = {line.order_line for line in wanted.lines if line.price is not None}
    return {number: each for number, each in quantities.items() if number not in stated}


def _due_on_despatch(
    ledger: Ledger,
    standing: StandingOrder,
    order: ErpOrder,
    already: Mapping[str, Decimal],
    quantities: Mapping[str, Decimal],
) -> Mapping[str, Decimal]:
    """
    What a despatch makes due: all of it or, where acceptance was invoiced, what is beyond that.

    Acceptance invoiced what was confirmed then; whatever leaves beyond it was backordered.
    """
    if order.invoice_on == "despatch":
        return quantities
    if order.invoice_on != "acceptance":
        return {}
    invoiced = invoiced_quantities(ledger, standing)
    due = {}
    for line, quantity in quantities.items():
        before = already.get(line, Decimal(0))
        due[line] = before + quantity - max(invoiced.get(line, Decimal(0)), before)
    return {number: quantity for number, quantity in due.items() if quantity > 0}


def _check_quantities(
    ledger: Ledger,
    agreement: Agreement,
    order: ErpOrder,
    standing: StandingOrder,
    quantities: Mapping[str, Decimal],
) -> None:
    """Whether the ERP invoices no more than is left and, by policy, than what was despatched."""
    already = reported_quantities(ledger, standing, DocumentType.ERP_INVOICE)
    _refuse_excess(order, already, quantities)
    if asks_for_despatches(agreement.contract.policies):
        despatched = reported_quantities(ledger, standing, DocumentType.ERP_DESPATCH)
        refuse_beyond_despatch(despatched, already, quantities)


def _check_numbering(agreement: Agreement, wanted: ErpInvoice) -> None:
    """Whether the ERP gives a number exactly when the contract says that it numbers invoices."""
    by = agreement.contract.invoice_number_by
    if by == "erp" and wanted.number is None:
        text = "the contract says the ERP numbers invoices, but this one has no number"
    elif by == "gateway" and wanted.number is not None:
        text = "the contract says we number invoices, but the ERP gave a number"
    else:
        return
    raise HeldError(
        text,
        code="invoice-numbering",
        remedy="Correct the ERP's file, or invoice_number_by in the partner's package.",
    )


def _send(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    kind: DocumentType,
    document: Document,
    order: StandingOrder,
) -> None:
    partner = agreement.partner.id
    add_document(ledger, message, kind, partner, document, order.number, order.key)
    put_in_outbox(
        place,
        ledger,
        agreement,
        kind,
        [(message.id, document)],
        interchange_id=message.interchange_id,
        test=False,
    )


def _claim(
    ledger: Ledger, partner: str, kind: DocumentType, number: str, message: Message, content: bytes
) -> None:
    """Use a report's number; `AlreadyReported` when it is the same again."""
    fingerprint = hashlib.sha256(content).hexdigest()
    ledger.keys.load(partner, kind, [number])
    earlier = ledger.keys.find(partner, kind, number)
    if earlier is None:
        ledger.keys.use(partner, kind, number, Key(message_id=message.id, fingerprint=fingerprint))
    elif earlier.fingerprint == fingerprint:
        raise AlreadyReported
    else:
        raise HeldError(
            f"{kind} {number} was reported before with other content",
            code="changed-report",
            remedy="Give the ERP's correction a number of its own, or discard it with a reason.",
        )


def _quantities(lines: tuple[object, ...]) -> dict[str, Decimal]:
    quantities: dict[str, Decimal] = {}
    for line in lines:
        key = line.order_line  # type: ignore[attr-defined]
        quantities[key] = quantities.get(key, Decimal(0)) + line.quantity  # type: ignore[attr-defined]
    return quantities


def _refuse_unconfirmed(standing: StandingOrder) -> None:
    if standing.state is OrderState.AWAITING:
        raise HeldError(
            f"order {standing.number} waits for the customer's confirmation of {standing.response}",
            code="order-not-confirmed",
            remedy="Settle it with the customer; release this report when the order is confirmed.",
        )


def _move_on(
    ledger: Ledger,
    message: Message,
    standing: StandingOrder,
    order: ErpOrder,
    already: Mapping[str, Decimal],
    quantities: Mapping[str, Decimal],
) -> None:
    """Note on the order how much of it is despatched now."""
    total = dict(already)
    for line, quantity in quantities.items():
        total[line] = total.get(line, Decimal(0)) + quantity
    state = state_by_quantity(order, total)
    if state is not standing.state:
        move(ledger, standing, OrderEvent.DESPATCHED, state, message)


def _refuse_excess(
    order: ErpOrder, already: Mapping[str, Decimal], quantities: Mapping[str, Decimal]
) -> None:
    excess = within_confirmed(order, already, quantities)
    if excess:
        raise HeldError(
            "; ".join(excess),
            code="more-than-confirmed",
            remedy="Correct the ERP's file and send it again, or discard it with a reason.",
        )
