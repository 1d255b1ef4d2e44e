"""
Tell a partner by APERAK which of its orders our application cannot take, where that is agreed.

An order that is held, or has rejected lines, is told with every finding that stopped it, in the
commit that decides it. It is no answer: the order response is, whenever it follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from edi_gateway.contract.decision import Decision, Effect, Finding, Outcome
from edi_gateway.contract.partner import ApplicationErrors
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Order, ResponseStatus
from edi_gateway.exchange.numbering import error_number, today
from edi_gateway.exchange.outgoing import control_reference, envelope_to, file_name
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.formats.edifact.aperak import (
    ApplicationError,
    ApplicationReport,
    write_aperak,
)
from edi_gateway.formats.edifact.writer import wrap
from edi_gateway.store import Ledger, Message, NewDelivery

TYPE = "APERAK"

#: Our codes of 9321 by what was found; published to partners in docs/errors.md.
ERROR_CODES = {
    "unknown-buyer": "UNKBUY",
    "unknown-supplier": "UNKSUP",
    "unknown-contract": "CTRUNK",
    "outside-validity": "CTREXP",
    "unknown-price-list": "PRICELST",
    "wrong-currency": "CURR",
    "no-price-date": "DATEMISS",
    "order-type-not-handled": "ORDTYPE",
    "order-function-not-handled": "ORDFUNC",
    "changed-order-number": "DUPORD",
    "change-without-order": "UNKORD",
    "no-lines": "NOLINES",
    "duplicate-line-number": "DUPLINE",
    "line-count-differs": "LINECNT",
    "unknown-article": "UNKITEM",
    "codes-disagree": "ITEMDIFF",
    "figure-not-usable": "FIGURE",
    "quantity-not-positive": "QTYZERO",
    "unit-differs": "UOM",
    "below-minimum-quantity": "MINQTY",
    "not-a-pack-multiple": "MULT",
    "above-maximum-quantity": "MAXQTY",
    "article-not-offered": "NOTSOLD",
    "article-replaced": "REPLACED",
    "stock-short": "STOCK",
    "stock-unknown": "STOCKUNK",
    "price-beyond-tolerance": "PRICE",
    "no-valid-price": "NOPRICE",
    "price-arithmetic": "NETPRICE",
    "price-not-final": "PRICEUSE",
    "price-not-usable": "PRICEUSE",
    "unknown-promotion": "PROMUNK",
    "order-beyond-tolerance": "ORDTOL",
    "below-minimum-value": "MINORD",
    "above-maximum-value": "MAXORD",
    "line-above-maximum-value": "MAXLINE",
    "total-differs": "TOTAL",
    "unknown-delivery-party": "UNKDP",
    "suspected-duplicate": "DUPSUSP",
    "date-not-possible": "DATE",
    "date-past": "DATEPAST",
    "date-after-cancellation": "DATELATE",
    "not-as-a-whole": "WHOLE",
    "unusual-quantity": "REVIEW",
    "unusual-value": "REVIEW",
    "new-delivery-address": "REVIEW",
    "substitute-offered": "REVIEW",
    "approval-needed": "REVIEW",
    "over-consumption": "BLKOVER",
    "blanket-expired": "BLKEXP",
    "unknown-blanket": "BLKUNK",
    "blanket-line-differs": "BLKLINE",
    "blanket-line-unclear": "BLKWHICH",
    "blanket-exists": "BLKDUP",
    "blanket-validity": "BLKDATES",
    "blanket-below-consumed": "BLKLESS",
}

#: For a finding that has no code of its own.
_OTHER = "ERROR"

#: The report on an order, and the message that holds the order.
Report = tuple[int, ApplicationReport]


def report_decision(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    order: Order,
    decision: Decision,
) -> list[Report]:
    """The report on a decided order: none where nothing is wrong, or none is agreed."""
    if agreement.partner.application_errors is ApplicationErrors.NONE:
        return []
    stopping = [f for f in decision.findings if f.effect in {Effect.HOLD, Effect.REJECT}]
    taken = decision.outcome is Outcome.ANSWERED and decision.status is not ResponseStatus.REJECTED
    return _report(place, ledger, agreement, message, order, stopping, accepted=taken)


def report_changed_number(
    place: Workplace, ledger: Ledger, agreement: Agreement, message: Message, order: Order
) -> list[Report]:
    """The report on an order whose number was used before with other content."""
    text = f"order number {order.number} was used before with other content"
    return report_finding(place, ledger, agreement, message, order, "changed-order-number", text)


def report_finding(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    order: Order,
    code: str,
    text: str,
) -> list[Report]:
    """The report on one thing that stops a message about an order."""
    finding = Finding(code=code, text=text, effect=Effect.HOLD)
    return _report(place, ledger, agreement, message, order, [finding], accepted=False)


def _report(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    order: Order,
    findings: Iterable[Finding],
    *,
    accepted: bool,
) -> list[Report]:
    errors = tuple(
        ApplicationError(
            code=ERROR_CODES.get(finding.code, _OTHER), text=finding.text, line=finding.line
        )
        for finding in findings
    )
    if agreement.partner.application_errors is ApplicationErrors.NONE or not errors:
        return []
    if ledger.deliveries.tells_of(message.id, TYPE):
        return []  # It was told before, and released since.
    report = ApplicationReport(
        number=error_number(ledger, test=message.test),
        issued=today(place, ledger),
        accepted=accepted,
        order_number=order.number,
        order_date=order.issue_date,
        message_reference=message.reference,
        buyer=order.buyer or agreement.partner.party(),
        supplier=order.supplier or place.company.party(),
        errors=errors,
    )
    return [(message.id, report)]


def put_reports_in_outbox(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    reports: Sequence[Report],
    *,
    interchange_id: int | None,
    test: bool,
) -> None:
    """Write the reports of a chunk into one interchange, or one each where the partner wants it."""
    partner = agreement.partner
    parcels = [[report] for report in reports]
    if reports and not partner.one_message_per_interchange:
        parcels = [list(reports)]
    for parcel in parcels:
        reference = control_reference(ledger, partner.id)
        envelope = envelope_to(place, ledger, agreement, reference, TYPE, test=test)
        asked = partner.acknowledgement_hours is not None
        envelope = replace(envelope, acknowledgement_request=asked)
        written = [
            write_aperak(report, str(number), partner.formats.order_response, envelope.syntax)
            for number, (_, report) in enumerate(parcel, 1)
        ]
        ledger.deliveries.add(
            NewDelivery(
                partner=partner.id,
                connector=place.route(partner.id),
                type=TYPE,
                name=file_name(ledger, TYPE, reference, "edi"),
                content=wrap(envelope, written, len(written)),
                interchange_id=interchange_id,
                message_ids=tuple(message_id for message_id, _ in parcel),
                reference=reference,
                test=test,
                acknowledgement_hours=partner.acknowledgement_hours,
            )
        )
