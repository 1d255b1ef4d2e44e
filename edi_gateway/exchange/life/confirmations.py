"""
The customer's word on what we changed in its order: given, refused, or not given in time.

Where the contract requires it, a changed order reaches the ERP as awaiting confirmation, and is not
invoiced; here it becomes a confirmed order, or none.
"""

from __future__ import annotations

import structlog
from msgspec.structs import replace

from edi_gateway.contract.answers.response import for_format
from edi_gateway.contract.life.changed_answer import CONFIRMED, as_answered, cancelled, without
from edi_gateway.contract.life.states import OrderEvent, OrderState
from edi_gateway.contract.policies import Silence
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import (
    ErpOrder,
    OrderChange,
    OrderResponse,
    ResponseStatus,
)
from edi_gateway.errors import HeldError
from edi_gateway.exchange.deciding.answers import (
    Answers,
    add_response,
    bare_response,
    put_answers_in_outbox,
)
from edi_gateway.exchange.deciding.handing_over import hand_to_erp
from edi_gateway.exchange.life.orders import (
    agreement_of,
    first_message,
    last_handed_over,
    move,
    open_invoice,
    order_as_it_stands,
    state_by_quantity,
    supplied_quantities,
)
from edi_gateway.exchange.standing import Standing
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Ledger, Message, MessageState, StandingOrder, StepLost

log = structlog.get_logger()

_REMEDY = "Settle it with the customer and in the ERP, then discard this message with a reason."


def settle_confirmation(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    order: StandingOrder,
    change: OrderChange,
    answers: Answers,
    *,
    accepted: bool,
) -> str:
    """
    Take the customer's answer to our changes; return what came of it.

    `HeldError` where it answers something else than our newest response, or refuses what stands.
    """
    if change.response_number not in (None, order.response):
        raise HeldError(
            f"change {change.number} answers our response {change.response_number}; the newest "
            f"one to order {order.number} is {order.response}",
            code="confirmation-of-other-response",
            remedy=_REMEDY,
        )
    if order.state is not OrderState.AWAITING:
        if accepted:
            return f"accepts {order.response}; the order is {order.state} without it"
        raise HeldError(
            f"change {change.number} refuses our changes of order {order.number}, which is "
            f"{order.state} and does not wait for a confirmation",
            code="changes-refused",
            remedy=_REMEDY,
        )
    if accepted:
        accept_awaiting(place, ledger, agreement, message, order, answers)
        return f"accepts {order.response}: order {order.number} is confirmed"
    cancel_awaiting(
        place, ledger, agreement, message, order, answers, "you refused our changes", change.number
    )
    return f"refuses {order.response}: order {order.number} is cancelled"


def accept_awaiting(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    order: StandingOrder,
    answers: Answers,
) -> None:
    """Confirm an order whose changes the customer accepted; invoice it where that does."""
    handed = _awaiting(ledger, order)
    new = replace(handed, revision=order.revision + 1, status=CONFIRMED)
    state = state_by_quantity(new, supplied_quantities(ledger, order))
    move(ledger, order, OrderEvent.CONFIRMED, state, message, revision=new.revision, silent_at=None)
    # It may have been invoiced when it was accepted, before the ERP changed something.
    fresh = open_invoice(ledger, order) is None
    hand_to_erp(place, ledger, agreement, message, order.key, new, state, answers, invoices=fresh)


def cancel_awaiting(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    order: StandingOrder,
    answers: Answers,
    why: str,
    change_number: str | None,
) -> None:
    """Cancel an order whose changes were not accepted, and tell the customer that it is."""
    handed = _awaiting(ledger, order)
    if any(supplied_quantities(ledger, order).values()):
        raise HeldError(
            f"part of order {order.number} is supplied already; it cannot be cancelled as a whole",
            code="changes-refused",
            remedy=_REMEDY,
        )
    text = f"order {order.number} is cancelled: {why}"
    response = _cancellation(place, ledger, agreement, order, handed, text)
    response = replace(response, change_number=change_number)
    add_response(ledger, answers, message, agreement.partner.id, response, order.key)
    gone = cancelled(handed, code="changes-refused", reason=text)
    gone = replace(gone, revision=order.revision + 1)
    state = OrderState.CANCELLED
    move(
        ledger,
        order,
        OrderEvent.REFUSED,
        state,
        message,
        text,
        revision=gone.revision,
        response=response.number,
        silent_at=None,
    )
    hand_to_erp(place, ledger, agreement, message, order.key, gone, state, answers)
    standing = Standing(ledger, agreement, [])
    standing.withdraw(first_message(ledger, order), message)


def _cancellation(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    order: StandingOrder,
    handed: ErpOrder,
    text: str,
) -> OrderResponse:
    ordered = order_as_it_stands(ledger, order)
    assert ordered is not None  # noqa: S101  (nothing awaits confirmation without its order)
    head = bare_response(place, ledger, agreement, ordered)
    lines = tuple(
        replace(as_answered(without(line, "changes-refused", text)), number=str(at), price=None)
        for at, line in enumerate(handed.lines, 1)
    )
    full = replace(head, status=ResponseStatus.REJECTED, lines=lines, reason=text)
    return for_format(full, agreement)


def _awaiting(ledger: Ledger, order: StandingOrder) -> ErpOrder:
    handed = last_handed_over(ledger, order)
    assert handed is not None  # noqa: S101  (an order that awaits confirmation was handed over)
    return handed


# --- silence -------------------------------------------------------------------------------------


def settle_silence(place: Workplace) -> int:
    """
    Let the silence of customers about our changes count where its days are over.

    Each order in a commit of its own; returns how many there were.
    """
    with place.store.transaction() as ledger:
        silent = ledger.orders.silent()
    for order in silent:
        agreement = place.partners.get(order.partner)
        if agreement is not None:
            _settle_silence_of(place, agreement, order)
    return len(silent)


def _settle_silence_of(place: Workplace, agreement: Agreement, order: StandingOrder) -> None:
    with place.store.transaction() as ledger:
        agreement = agreement_of(ledger, agreement, order)
    rule = agreement.contract.policies.silence
    days = agreement.contract.silence_days
    why = f"no word on {order.response} within {days} days"
    said = f"{why} (silence = {rule})"
    try:
        if rule is not Silence.ASK:
            _end_silence(place, agreement, order, rule, why)
    except StepLost:
        return  # The customer's word came meanwhile.
    except HeldError as held:
        said = f"{said}; {held}"
        rule = Silence.ASK
    if rule is Silence.ASK:
        _ask(place, order, said)
    log.warning("order.silent", partner=order.partner, message=order.message_id, rule=rule.value)


def _end_silence(
    place: Workplace, agreement: Agreement, order: StandingOrder, rule: Silence, why: str
) -> None:
    """Accept or cancel an order; the event names the rule, the customer reads why alone."""
    with place.store.transaction() as ledger:
        message, answers = ledger.messages.one(order.message_id), Answers()
        ledger.events.add("order.silent", f"{why} (silence = {rule})", message_id=message.id)
        if rule is Silence.ACCEPT:
            accept_awaiting(place, ledger, agreement, message, order, answers)
        else:
            cancel_awaiting(place, ledger, agreement, message, order, answers, why, None)
        put_answers_in_outbox(place, ledger, agreement, answers, interchange_id=None, test=False)


def _ask(place: Workplace, order: StandingOrder, said: str) -> None:
    """Leave it to a person: the order goes on waiting."""
    try:
        with place.store.transaction() as ledger:
            ledger.orders.note(order, silent_at=None)
            message = ledger.messages.one(order.message_id)
            state = MessageState(message.state)
            ledger.messages.explain(message.id, state, message.code, "confirmation-overdue", said)
    except StepLost:
        return
