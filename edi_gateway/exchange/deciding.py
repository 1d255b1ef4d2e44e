"""
Decide orders: each is read, checked against the contract, answered, invoiced and handed over.

All of it is written in one transaction: document, findings, numbers, and the bytes of every
answer. A held order leaves its findings and its document, and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from operator import attrgetter

import msgspec
import structlog
from msgspec.structs import replace

from edi_gateway.contract.answers.billing import bill
from edi_gateway.contract.answers.response import hand_over, respond
from edi_gateway.contract.blankets import BLANKET_ORDER
from edi_gateway.contract.decision import Decision, Finding, Outcome
from edi_gateway.contract.life.states import OrderState
from edi_gateway.contract.resolution import agreement_for
from edi_gateway.contract.rules import decide
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import (
    Document,
    DocumentType,
    ErpOrder,
    LineAction,
    Order,
    OrderLine,
    from_json,
    to_json,
)
from edi_gateway.exchange.application_errors import (
    Report,
    put_reports_in_outbox,
    report_changed_number,
    report_decision,
)
from edi_gateway.exchange.approving import ask_for_approval
from edi_gateway.exchange.life.orders import (
    AWAITING,
    begin_order,
    order_key,
    release_parked,
)
from edi_gateway.exchange.outgoing import Answer, put_in_outbox
from edi_gateway.exchange.standing import Standing
from edi_gateway.exchange.workplace import ERP, Workplace
from edi_gateway.formats.erp import write_erp
from edi_gateway.store import (
    Conclusion,
    Key,
    Ledger,
    Message,
    MessageState,
    NewDelivery,
    StoredDocument,
)

log = structlog.get_logger()

#: UNCL 1225 of orders that bind nobody: proposals and provisional orders.
PROPOSING = frozenset({"16", "46"})

#: What a line says, without where it says it.
_ORDERED = attrgetter(*(name for name in OrderLine.__struct_fields__ if name != "position"))


@dataclass(slots=True)
class Answers:
    """The answers of one chunk, which travel together."""

    responses: list[Answer] = field(default_factory=list)
    invoices: list[Answer] = field(default_factory=list)
    #: What could not be taken, for partners who want to hear of it by APERAK.
    errors: list[Report] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOrder:
    """A message and the order it holds."""

    message: Message
    order: Order


def decide_orders(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    orders: Sequence[ReadOrder],
    *,
    interchange_id: int,
) -> None:
    """Decide the orders of one chunk and put every answer into the outbox."""
    partner = agreement.partner.id
    numbers = {item.order.number for item in orders}
    numbers |= {order_key(agreement, item.order) for item in orders}
    ledger.keys.load(partner, DocumentType.ORDER, numbers)
    standing = Standing(
        ledger,
        agreement,
        [item.order for item in orders],
        messages=[item.message for item in orders],
        zone=place.zone,
    )
    answers = Answers()
    for item in orders:
        _decide_one(place, ledger, agreement, item, standing, answers)
    known = (item.order for item in orders)
    answered = [order.number for order in known if _stands(ledger, agreement, order)]
    release_parked(ledger, agreement, answered)
    test = any(item.message.test for item in orders)
    put_answers_in_outbox(
        place, ledger, agreement, answers, interchange_id=interchange_id, test=test
    )


def _stands(ledger: Ledger, agreement: Agreement, order: Order) -> bool:
    """Whether an order was answered in this transaction."""
    return ledger.orders.seen(agreement.partner.id, order_key(agreement, order)) is not None


def put_answers_in_outbox(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    answers: Answers,
    *,
    interchange_id: int | None,
    test: bool,
) -> None:
    """Write the collected answers in the partner's formats and put them into the outbox."""
    for kind, documents in (
        (DocumentType.ORDER_RESPONSE, answers.responses),
        (DocumentType.INVOICE, answers.invoices),
    ):
        put_in_outbox(
            place, ledger, agreement, kind, documents, interchange_id=interchange_id, test=test
        )
    put_reports_in_outbox(
        place, ledger, agreement, answers.errors, interchange_id=interchange_id, test=test
    )


def _decide_one(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    item: ReadOrder,
    standing: Standing,
    answers: Answers,
) -> None:
    message, order = item.message, item.order
    add_document(ledger, message, DocumentType.ORDER, agreement.partner.id, order)
    if not message.test and concludes_repeated(place, ledger, agreement, item, answers):
        return
    circumstances = standing.circumstances(order, message)
    agreement = agreement_for(order, agreement, circumstances)
    decision = decide(order, agreement, company=place.company, circumstances=circumstances)
    record_findings(ledger, message, decision.findings)
    answers.errors += report_decision(place, ledger, agreement, message, order, decision)
    if decision.outcome is Outcome.HELD:
        hold_decided(ledger, item, decision, agreement)
        if agreement.contract.approvals:
            ask_for_approval(ledger, message.id, decision)
    else:
        _answer(place, ledger, agreement, item, decision, answers)
        if not message.test:
            standing.settle(message, order, decision)


def record_findings(ledger: Ledger, message: Message, findings: Iterable[Finding]) -> None:
    """Put on record what was found in a message."""
    for finding in findings:
        ledger.messages.add_finding(
            message.id,
            line=finding.line,
            code=finding.code,
            effect=finding.effect,
            text=finding.text,
        )


def concludes_repeated(
    place: Workplace, ledger: Ledger, agreement: Agreement, item: ReadOrder, answers: Answers
) -> bool:
    """Whether the order number was used before; then the message is concluded here."""
    message, order = item.message, item.order
    fingerprint = order_fingerprint(order)
    partner = agreement.partner.id
    number = order_key(agreement, order)
    earlier = _earlier(ledger, agreement, order, fingerprint)
    if earlier is None or earlier.message_id == message.id:
        if earlier is None:
            key = Key(message_id=message.id, fingerprint=fingerprint)
            ledger.keys.use(partner, DocumentType.ORDER, number, key)
        return False
    if _makes_proposal_firm(ledger, agreement, order):
        return False
    if earlier.fingerprint == fingerprint:
        stored = ledger.documents.of_message(earlier.message_id, DocumentType.ORDER_RESPONSE)
        if stored is not None:
            again = from_json(DocumentType.ORDER_RESPONSE, stored.content)
            answers.responses.append((message.id, again))
        ledger.messages.conclude(
            Conclusion(
                message_id=message.id,
                before=MessageState.RECEIVED,
                after=MessageState.DUPLICATE,
                code="duplicate-order",
                reason="order received before; the earlier answer stands",
                number=order.number,
                duplicate_of=earlier.message_id,
            )
        )
        return True
    answers.errors += report_changed_number(place, ledger, agreement, message, order)
    ledger.messages.conclude(
        Conclusion(
            message_id=message.id,
            before=MessageState.RECEIVED,
            after=MessageState.HELD,
            code="changed-order-number",
            reason="order number used before with other content",
            number=order.number,
            duplicate_of=earlier.message_id,
        )
    )
    return True


def _makes_proposal_firm(ledger: Ledger, agreement: Agreement, order: Order) -> bool:
    """Whether the number was used for a proposal alone, which the order takes up."""
    if order.function in PROPOSING:
        return False
    found = ledger.orders.find(agreement.partner.id, order_key(agreement, order))
    return found is not None and found.state is OrderState.PROPOSED


def _earlier(ledger: Ledger, agreement: Agreement, order: Order, fingerprint: str) -> Key | None:
    """Who used the order's number before."""
    partner = agreement.partner.id
    number = order_key(agreement, order)
    earlier = ledger.keys.find(partner, DocumentType.ORDER, number)
    if earlier is None and number != order.number:
        # Used before its numbers began anew each year: the same order only if all of it is.
        bare = ledger.keys.find(partner, DocumentType.ORDER, order.number)
        return bare if bare is not None and bare.fingerprint == fingerprint else None
    return earlier


def hold_decided(ledger: Ledger, item: ReadOrder, decision: Decision, agreement: Agreement) -> None:
    """Conclude an order that its decision holds."""
    holding = [finding for finding in decision.findings if finding.effect == "hold"]
    # Whose approval it waits for is what a person needs to know first.
    holding.sort(key=lambda finding: finding.code != "approval-needed")
    ledger.messages.conclude(
        Conclusion(
            message_id=item.message.id,
            before=MessageState.RECEIVED,
            after=MessageState.HELD,
            code=holding[0].code,
            reason=_summary([finding.text for finding in holding]),
            number=item.order.number,
            decision=explained(decision),
            terms=agreement.title,
        )
    )


def _answer(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    item: ReadOrder,
    decision: Decision,
    answers: Answers,
) -> None:
    message, order = item.message, item.order
    response = respond(
        order,
        decision,
        agreement,
        company=place.company,
        number=response_number(ledger, test=message.test),
        today=today(place, ledger),
        test=message.test,
    )
    partner = agreement.partner.id
    key = order_key(agreement, order)
    kind = DocumentType.ORDER_RESPONSE
    add_document(ledger, message, kind, partner, response, order.number, key)
    answers.responses.append((message.id, response))
    if not message.test:
        _use_number(ledger, agreement, message, order)
        state = begin_order(ledger, agreement, message, order, response)
        if state is not OrderState.REJECTED:
            handed = hand_over(order, decision, agreement, company=place.company, revision=1)
            hand_to_erp(place, ledger, agreement, message, key, handed, state, answers)
    ledger.messages.conclude(
        Conclusion(
            message_id=message.id,
            before=MessageState.RECEIVED,
            after=MessageState.ANSWERED,
            code=_answer_code(decision),
            reason=_answer_reason(decision, message),
            number=order.number,
            decision=explained(decision),
            terms=agreement.title,
        )
    )


def _use_number(ledger: Ledger, agreement: Agreement, message: Message, order: Order) -> None:
    """Let the number of a proposal stand for the order that takes it up."""
    partner, number = agreement.partner.id, order_key(agreement, order)
    used = ledger.keys.find(partner, DocumentType.ORDER, number)
    if used is not None and used.message_id != message.id:
        mine = Key(message_id=message.id, fingerprint=order_fingerprint(order))
        ledger.keys.reuse(partner, DocumentType.ORDER, number, used, mine)


def hand_to_erp(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    key: str,
    handed: ErpOrder,
    state: OrderState,
    answers: Answers,
    *,
    invoices: bool = True,
) -> None:
    """Hand over an order as it stands now; invoice it where its confirmation does that."""
    if state is OrderState.AWAITING:
        handed = replace(handed, status=AWAITING)
    partner, kind = agreement.partner.id, DocumentType.ERP_ORDER
    content = add_document(ledger, message, kind, partner, handed, handed.number, key)
    _hand_over(place, ledger, message, handed, content)
    is_due = any(line.confirmed_quantity for line in handed.lines)
    is_due = is_due and handed.type_code != BLANKET_ORDER
    is_due = is_due and invoices and handed.invoice_on == "acceptance"
    if is_due and state is OrderState.OPEN:
        invoice_whole(place, ledger, agreement, message, handed, answers, key)


def invoice_whole(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    handed: ErpOrder,
    answers: Answers,
    key: str | None = None,
) -> None:
    """Invoice everything that was confirmed, but no backorder, with the next number."""
    invoice = bill(
        handed,
        {line.number: line.confirmed_quantity for line in handed.lines},
        agreement=agreement,
        company=place.company,
        number=invoice_number(ledger, agreement),
        issue_date=today(place, ledger),
    )
    partner = agreement.partner.id
    add_document(ledger, message, DocumentType.INVOICE, partner, invoice, handed.number, key)
    answers.invoices.append((message.id, invoice))


def _hand_over(
    place: Workplace, ledger: Ledger, message: Message, handed: ErpOrder, content: bytes
) -> None:
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in handed.number)
    ledger.deliveries.add(
        NewDelivery(
            partner=ERP,
            connector=place.route(ERP),
            type="order",
            name=f"order_{handed.partner}_{safe}_{message.id}_r{handed.revision}.json",
            content=write_erp(content),
            interchange_id=message.interchange_id,
            message_ids=(message.id,),
        )
    )


def add_document(
    ledger: Ledger,
    message: Message,
    kind: DocumentType,
    partner: str,
    document: Document,
    order_number: str | None = None,
    order_key: str | None = None,
) -> bytes:
    """Record a document that was read from a message, or made in answer to it; return its JSON."""
    number = getattr(document, "number", None) or order_number or ""
    content = to_json(document)
    ledger.documents.add(
        StoredDocument(
            message_id=message.id,
            kind=kind,
            partner=partner,
            number=number,
            order_number=order_number,
            order_key=order_key,
            content=content,
        )
    )
    return content


def today(place: Workplace, ledger: Ledger) -> date:
    """The date of what we write now, in the company's time zone."""
    return ledger.now.astimezone(place.zone).date()


def response_number(ledger: Ledger, *, test: bool) -> str:
    """The next number of our order responses; test orders have a series of their own."""
    if test:
        return f"T{ledger.series.next('order-response:test'):08d}"
    return f"R{ledger.series.next('order-response'):08d}"


def invoice_number(ledger: Ledger, agreement: Agreement) -> str:
    """The next invoice number of the contract's series, without gaps (CGI ann. II 242 nonies A)."""
    series = agreement.contract.invoice_series
    return f"{series}-{ledger.series.next(f'invoice:{series}'):06d}"


def order_fingerprint(order: Order) -> str:
    """A hash of what was ordered: equal for the same order in another file."""
    header = to_json(replace(order, lines=()))
    lines = msgspec.json.encode([_ORDERED(line) for line in order.lines])
    return hashlib.sha256(header + lines).hexdigest()


class _Explanation(msgspec.Struct, kw_only=True, gc=False):
    """What `show` tells about a line."""

    line: str
    action: LineAction | None
    article: str | None
    ordered: Decimal
    confirmed: Decimal
    price: Decimal | None
    per: Decimal | None
    reason: str | None
    trace: tuple[str, ...]


def explained(decision: Decision) -> str:
    """Each line's action and the sentences that explain it, as JSON for `show`."""
    explanations = [
        _Explanation(
            line=decided.line.number,
            action=decided.action,
            article=decided.article.code if decided.article else None,
            ordered=decided.ordered,
            confirmed=decided.confirmed,
            price=decided.price.amount if decided.price else None,
            per=decided.price.per if decided.price else None,
            reason=decided.reason,
            trace=decided.trace,
        )
        for decided in decision.lines
    ]
    return msgspec.json.encode(explanations).decode()


def _answer_code(decision: Decision) -> str | None:
    for line in decision.lines:
        if line.action is not LineAction.ACCEPTED:
            return line.reason_code
    return None


def _answer_reason(decision: Decision, message: Message) -> str | None:
    reasons = [
        line.reason
        for line in decision.lines
        if line.reason and line.action is not LineAction.ACCEPTED
    ]
    if message.test:
        reasons.insert(0, "test interchange: answered, neither invoiced nor handed over")
    return _summary(reasons)


def _summary(sentences: Sequence[str]) -> str | None:
    unique = list(dict.fromkeys(sentences))
    if not unique:
        return None
    shown = "; ".join(unique[:5])
    return shown if len(unique) <= 5 else f"{shown}; and {len(unique) - 5} more"
