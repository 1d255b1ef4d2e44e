"""
ORDERS messages that are no new order: proposals, copies, confirmations, replacements, cancellations.

What each is stands in 1225. Only where the contract has a policy for it does it come here; any other is
decided as an order is, and held for its function.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.decision import Effect, Outcome
from edi_gateway.contract.life.changing import as_change
from edi_gateway.contract.life.states import OrderEvent, OrderState
from edi_gateway.contract.policies import Copies, PhoneConfirmations, Proposals
from edi_gateway.contract.resolution import agreement_for
from edi_gateway.contract.rules import decide
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import DocumentType, Order, OrderChange, OrderLine, from_json
from edi_gateway.errors import HeldError
from edi_gateway.exchange.deciding import ReadOrder, decide_orders, hold_decided
from edi_gateway.exchange.deciding.answers import (
    Answers,
    add_response,
    decided_response,
    put_answers_in_outbox,
)
from edi_gateway.exchange.deciding.repetition import PROPOSING, concludes_repeated
from edi_gateway.exchange.life.changes import hold_change_instead, take_change
from edi_gateway.exchange.life.orders import (
    applies_changes,
    order_as_it_stands,
    order_key,
    order_named,
)
from edi_gateway.exchange.recording import add_document, explained, record_findings
from edi_gateway.exchange.standing import Standing
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Ledger, Message, MessageState, StandingOrder

#: UNCL 1225 of messages that create an order.
ORDINARY = frozenset({"", "9", "7"})

#: And of those that do not.
_CONFIRMS_PROPOSAL = "6"
_COPY = "31"
_CONFIRMS_TELEPHONE = "42"
_CANCELS, _REPLACES = "1", "5"

_NO_COMMITMENT = "Answer to a proposal, without commitment: nothing is ordered by it."


def is_special(agreement: Agreement, order: Order, now: datetime) -> bool:
    """Whether an ORDERS message is none that creates an order, and the contract has a policy for it."""
    function = order.function
    if function in {_CANCELS, _REPLACES}:
        return applies_changes(agreement)  # The contract of the order it is about decides.
    agreement = agreement_for(order, agreement, Circumstances(now=now))
    policies = agreement.contract.policies
    if function == _COPY:
        return policies.copies is Copies.RECORD
    if function == _CONFIRMS_TELEPHONE:
        return policies.phone_confirmations is PhoneConfirmations.MATCH
    proposes = function in PROPOSING or function == _CONFIRMS_PROPOSAL
    return proposes and policies.proposals is Proposals.ANSWER


def take_special(place: Workplace, ledger: Ledger, agreement: Agreement, item: ReadOrder) -> None:
    """Let an ORDERS message be what its function says."""
    function = item.order.function
    if function in {_CANCELS, _REPLACES}:
        take_change(place, ledger, item.message, as_change(item.order), is_order=True)
    elif function in {_COPY, _CONFIRMS_TELEPHONE}:
        _match(place, ledger, agreement, item)
    elif function == _CONFIRMS_PROPOSAL:
        _confirm_proposal(place, ledger, agreement, item)
    else:
        _answer_proposal(place, ledger, agreement, item)


def hold_about_order(
    place: Workplace,
    ledger: Ledger,
    message: Message,
    document: Order | OrderChange,
    held: HeldError,
) -> None:
    """Hold what `take_change` or `take_special` could not take, after their transaction failed."""
    if isinstance(document, OrderChange):
        hold_change_instead(place, ledger, message, document, held)
    elif document.function in {_CANCELS, _REPLACES}:
        change = as_change(document)
        hold_change_instead(place, ledger, message, change, held, is_order=True)
    else:
        item = ReadOrder(message=message, order=document)
        _conclude(ledger, item, MessageState.HELD, held.code, held.advice)


# --- copies, and what was taken by telephone -----------------------------------------------------


def _match(place: Workplace, ledger: Ledger, agreement: Agreement, item: ReadOrder) -> None:
    """Find the order that this one repeats; it creates none."""
    message, order = item.message, item.order
    add_document(ledger, message, DocumentType.ORDER, agreement.partner.id, order)
    found = order_named(ledger, agreement, order.number)
    what = "copy" if order.function == _COPY else "confirmation of an order taken by other means"
    if found is None:
        _conclude(
            ledger,
            item,
            MessageState.HELD,
            "original-unknown",
            f"a {what}: no order {order.number} is known, so nothing was executed. Find the order "
            "it belongs to in the ERP; refuse it, or discard it with a reason.",
        )
        return
    differing = _differing(ledger, found, order)
    for line in differing:
        text = f"line {line}: the {what} differs from the order"
        ledger.messages.add_finding(
            message.id, line=line, code="copy-differs", effect=Effect.NOTE, text=text
        )
    if order.function == _COPY:
        _record_copy(ledger, item, found, differing)
    elif differing:
        _conclude(
            ledger,
            item,
            MessageState.HELD,
            "confirmation-differs",
            f"a {what}: it differs from order {order.number} in lines {', '.join(differing)}. "
            "Ask the customer which is right; refuse it, or discard it with a reason.",
            found,
        )
    else:
        _answer_again(place, ledger, agreement, item, found)


def _record_copy(
    ledger: Ledger, item: ReadOrder, found: StandingOrder, differing: list[str]
) -> None:
    said = f"; it differs in lines {', '.join(differing)}" if differing else ""
    _conclude(
        ledger,
        item,
        MessageState.DUPLICATE,
        "copy-differs" if differing else "order-copy",
        f"copy of order {found.number}; nothing was executed{said}",
        found,
    )


def _answer_again(
    place: Workplace, ledger: Ledger, agreement: Agreement, item: ReadOrder, found: StandingOrder
) -> None:
    stored = ledger.documents.of_order(found, DocumentType.ORDER_RESPONSE)
    answers = Answers()
    if stored:
        again = from_json(DocumentType.ORDER_RESPONSE, stored[-1].content)
        answers.responses.append((item.message.id, again))
    _send(place, ledger, agreement, item.message, answers)
    _conclude(
        ledger,
        item,
        MessageState.DUPLICATE,
        "order-confirmed-in-writing",
        f"confirms order {found.number}, which was taken before; its answer stands",
        found,
    )


def _differing(ledger: Ledger, found: StandingOrder, order: Order) -> list[str]:
    """The lines, by number, in which an order differs from the one on record."""
    known = order_as_it_stands(ledger, found)
    if known is None:
        return []
    mine = {line.number: _ordered(line) for line in order.lines}
    theirs = {line.number: _ordered(line) for line in known.lines}
    return sorted(n for n in mine.keys() | theirs.keys() if mine.get(n) != theirs.get(n))


def _ordered(line: OrderLine) -> tuple[str | None, Decimal]:
    return line.gtin or line.supplier_article or line.buyer_article, line.quantity.value


# --- proposals -----------------------------------------------------------------------------------


def _answer_proposal(
    place: Workplace, ledger: Ledger, agreement: Agreement, item: ReadOrder
) -> None:
    """Answer what we would confirm; the number is kept for the order that takes it up."""
    message, order = item.message, item.order
    partner = agreement.partner.id
    add_document(ledger, message, DocumentType.ORDER, partner, order)
    answers = Answers()
    key = order_key(agreement, order)
    ledger.keys.load(partner, DocumentType.ORDER, {key, order.number})
    if not message.test and concludes_repeated(place, ledger, agreement, message, order, answers):
        _send(place, ledger, agreement, message, answers)
        return
    plain = replace(order, function="9")
    standing = Standing(ledger, agreement, [plain], messages=[message], zone=place.zone)
    circumstances = standing.circumstances(plain, message)
    agreement = agreement_for(plain, agreement, circumstances)
    decision = decide(plain, agreement, company=place.company, circumstances=circumstances)
    record_findings(ledger, message, decision.findings)
    if decision.outcome is Outcome.HELD:
        hold_decided(ledger, item, decision, agreement)
        return
    response = decided_response(place, ledger, agreement, plain, decision, test=message.test)
    response = replace(
        response, notes=(*response.notes, _NO_COMMITMENT), reason=response.reason or _NO_COMMITMENT
    )
    add_response(ledger, answers, message, partner, response, key)
    if not message.test:
        new = StandingOrder(
            partner=partner,
            key=key,
            number=order.number,
            state=OrderState.PROPOSED,
            revision=0,
            message_id=message.id,
            response=response.number,
        )
        ledger.orders.add(new, OrderEvent.PROPOSED)
    _send(place, ledger, agreement, message, answers)
    ledger.messages.conclude(
        message.id,
        MessageState.ANSWERED,
        code="proposal",
        reason="a proposal: answered without commitment, neither invoiced nor handed over",
        number=order.number,
        decision=explained(decision),
        terms=agreement.title,
    )


def _confirm_proposal(
    place: Workplace, ledger: Ledger, agreement: Agreement, item: ReadOrder
) -> None:
    """The order that takes up a proposal is decided as it is sent; without a proposal it is held."""
    order = item.order
    found = ledger.orders.find(agreement.partner.id, order_key(agreement, order))
    if found is not None or item.message.test:
        order = replace(order, function="9")
    firm = ReadOrder(message=item.message, order=order)
    interchange_id = item.message.interchange_id
    decide_orders(place, ledger, agreement, [firm], interchange_id=interchange_id)


# --- what all of them do -------------------------------------------------------------------------


def _send(
    place: Workplace, ledger: Ledger, agreement: Agreement, message: Message, answers: Answers
) -> None:
    put_answers_in_outbox(
        place,
        ledger,
        agreement,
        answers,
        interchange_id=message.interchange_id,
        test=message.test,
    )


def _conclude(
    ledger: Ledger,
    item: ReadOrder,
    state: MessageState,
    code: str,
    reason: str,
    found: StandingOrder | None = None,
) -> None:
    ledger.messages.conclude(
        item.message.id,
        state,
        code=code,
        reason=reason,
        number=item.order.number,
        duplicate_of=found.message_id if found is not None else None,
    )
