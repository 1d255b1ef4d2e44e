"""
Decide orders: each is read, checked against the contract, answered, invoiced and handed over.

All of it is written in one transaction: document, findings, numbers, and the bytes of every
answer. A held order leaves its findings and its document, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edi_gateway.contract.answers.response import hand_over
from edi_gateway.contract.decision import Decision, Outcome
from edi_gateway.contract.life.states import OrderState
from edi_gateway.contract.resolution import agreement_for
from edi_gateway.contract.rules import decide
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import DocumentType, LineAction, Order
from edi_gateway.exchange.deciding.answers import (
    Answers,
    add_response,
    decided_response,
    put_answers_in_outbox,
)
from edi_gateway.exchange.deciding.application_errors import report_decision
from edi_gateway.exchange.deciding.approving import ask_for_approval
from edi_gateway.exchange.deciding.handing_over import hand_to_erp
from edi_gateway.exchange.deciding.repetition import concludes_repeated, use_number
from edi_gateway.exchange.life.orders import begin_order, order_key, release_parked
from edi_gateway.exchange.recording import add_document, explained, record_findings
from edi_gateway.exchange.standing import Standing
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Ledger, Message, MessageState


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
    if not message.test and concludes_repeated(place, ledger, agreement, message, order, answers):
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


def hold_decided(ledger: Ledger, item: ReadOrder, decision: Decision, agreement: Agreement) -> None:
    """Conclude an order that its decision holds."""
    holding = [finding for finding in decision.findings if finding.effect == "hold"]
    # Whose approval it waits for is what a person needs to know first.
    holding.sort(key=lambda finding: finding.code != "approval-needed")
    ledger.messages.conclude(
        item.message.id,
        MessageState.HELD,
        code=holding[0].code,
        reason=_summary([finding.text for finding in holding]),
        number=item.order.number,
        decision=explained(decision),
        terms=agreement.title,
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
    response = decided_response(place, ledger, agreement, order, decision, test=message.test)
    key = order_key(agreement, order)
    add_response(ledger, answers, message, agreement.partner.id, response, key)
    if not message.test:
        use_number(ledger, agreement, message, order)
        state = begin_order(ledger, agreement, message, order, response)
        if state is not OrderState.REJECTED:
            handed = hand_over(order, decision, agreement, company=place.company, revision=1)
            hand_to_erp(place, ledger, agreement, message, key, handed, state, answers)
    ledger.messages.conclude(
        message.id,
        MessageState.ANSWERED,
        code=_answer_code(decision),
        reason=_answer_reason(decision, message),
        number=order.number,
        decision=explained(decision),
        terms=agreement.title,
    )


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
