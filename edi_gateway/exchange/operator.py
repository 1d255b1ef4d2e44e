"""
What operators may do with a held or sent item: each action needs a reason and leaves an event.

Items are written `t12` (transmission), `m12` or `12` (message), `d12` (delivery). An action that
makes no sense for the item raises `HeldError` with what to do instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from edi_gateway.contract.answers.response import refuse as refusal
from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.life.changing import CANCELS, REPLACES, as_change
from edi_gateway.contract.life.refusing import REFUSED as CHANGE_REFUSED
from edi_gateway.contract.life.states import OrderState
from edi_gateway.contract.resolution import agreement_for
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import DocumentType, Order, OrderChange, from_json
from edi_gateway.errors import HeldError
from edi_gateway.exchange.deciding.answers import Answers, put_answers_in_outbox
from edi_gateway.exchange.deciding.approving import approve as approve_message
from edi_gateway.exchange.deciding.approving import note_looked_at
from edi_gateway.exchange.life.confirmations import accept_awaiting, cancel_awaiting
from edi_gateway.exchange.life.orders import begin_order, order_key, release_next
from edi_gateway.exchange.life.refusing import refuse_held_change
from edi_gateway.exchange.numbering import response_number, today
from edi_gateway.exchange.outgoing import put_in_outbox
from edi_gateway.exchange.recording import add_document
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import (
    DeliveryState,
    InterchangeState,
    Ledger,
    Message,
    MessageState,
    NewDelivery,
    StandingOrder,
    StoredDocument,
    TransmissionState,
)

#: Why an order is held whose number belongs to another one, which was answered.
_ABOUT_ANOTHER = frozenset({"changed-order-number", "confirmation-differs"})

_ITEM = re.compile(r"(?P<kind>[tmd]?)(?P<id>\d+)\Z")


class NotPossible(HeldError):
    """The action does not fit the item's state."""

    code = "not-possible"


def parse_item(item: str) -> tuple[str, int]:
    """Split `m12` into its kind and id; a bare number is a message."""
    match = _ITEM.match(item)
    if match is None:
        raise NotPossible(
            f"{item!r} is no item.", remedy="Write t12 (file), m12 (message) or d12 (delivery)."
        )
    return match["kind"] or "m", int(match["id"])


def release(place: Workplace, item: str, reason: str, who: str) -> str:
    """Decide a held message, or open a held file, again."""
    kind, key = parse_item(item)
    if kind == "t":
        return _release_transmission(place, key, reason, who)
    message = _message(place, kind, key, MessageState.HELD, "release")
    interchange = place.store.interchange(message.interchange_id)
    with place.store.transaction(who) as ledger:
        together = [message]
        if interchange is not None and interchange.state == InterchangeState.HELD:
            together = ledger.messages.of_interchange(interchange.id, MessageState.HELD)
        for one in together:
            note_looked_at(ledger, one.id)
            ledger.clear_decision(one.id)
            ledger.messages.release(one.id, reason)
    return f"{len(together)} message(s) released; they are decided again now"


def _release_transmission(place: Workplace, key: int, reason: str, who: str) -> str:
    transmission = place.store.transmission(key)
    if transmission is None or transmission.state != TransmissionState.HELD:
        raise NotPossible(f"t{key} is not held as a file.", remedy="Release its messages instead.")
    with place.store.transaction(who) as ledger:
        ledger.transmissions.move(
            key, TransmissionState.HELD, TransmissionState.RECEIVED, reason=reason
        )
    return f"t{key} released; it is opened again now"


def approve(place: Workplace, item: str, reason: str, who: str) -> str:
    """Approve a held order for the roles it waits for that you are a member of."""
    kind, key = parse_item(item)
    if kind != "m":
        raise NotPossible(f"{item} is no message.", remedy="Write m12; `messages` lists them.")
    return approve_message(place, key, reason, who)


def refuse(place: Workplace, item: str, reason: str, who: str) -> str:
    """Answer a held order that nothing is accepted, or a held change that the order stands."""
    kind, key = parse_item(item)
    message = _message(place, kind, key, MessageState.HELD, "refuse")
    stored = place.store.document(message.id, DocumentType.ORDER)
    order = _order(stored) if stored is not None else None
    change = _change_in(place, message, order)
    if change is not None:
        return _refuse_change(place, message, change, reason, who)
    return _refuse_order(place, message, order, reason, who)


def _change_in(place: Workplace, message: Message, order: Order | None) -> OrderChange | None:
    """What the message wants of an order that was answered before, in whatever kind of message."""
    if order is not None:
        is_change = message.code in _ABOUT_ANOTHER and order.function in CANCELS | REPLACES
        return as_change(order) if is_change else None
    stored = place.store.document(message.id, DocumentType.ORDER_CHANGE)
    return None if stored is None else _change(stored)


def _refuse_order(
    place: Workplace, message: Message, order: Order | None, reason: str, who: str
) -> str:
    agreement = place.partners.get(message.partner)
    if agreement is None or order is None:
        raise NotPossible(
            f"m{message.id} holds no order of a known partner, so there is nobody to answer.",
            remedy="Discard it with a reason.",
        )
    if message.code in _ABOUT_ANOTHER:
        raise NotPossible(
            f"Order number {message.number} belongs to the order that was answered first; "
            "refusing this one would refuse that.",
            remedy="Settle it with the partner, then discard this message with a reason.",
        )
    now = Circumstances(now=place.now().astimezone(place.zone))
    agreement = agreement_for(order, agreement, now)
    with place.store.transaction(who) as ledger:
        response = refusal(
            order,
            agreement,
            company=place.company,
            number=response_number(ledger, test=message.test),
            today=today(place, ledger),
            reason=reason,
            test=message.test,
        )
        response_kind = DocumentType.ORDER_RESPONSE
        add_document(ledger, message, response_kind, agreement.partner.id, response, order.number)
        if _owns_number(ledger, agreement, message, order):
            begin_order(ledger, agreement, message, order, response)
        put_in_outbox(
            place,
            ledger,
            agreement,
            response_kind,
            [(message.id, response)],
            interchange_id=message.interchange_id,
            test=message.test,
        )
        _conclude(ledger, message, MessageState.ANSWERED, "refused", reason)
    return f"m{message.id} refused; the order response {response.number} is in the outbox"


def _refuse_change(
    place: Workplace, message: Message, change: OrderChange, reason: str, who: str
) -> str:
    with place.store.transaction(who) as ledger:
        agreement, number = refuse_held_change(place, ledger, message, change, reason)
        _conclude(ledger, message, MessageState.ANSWERED, CHANGE_REFUSED, reason)
        release_next(ledger, agreement, change)
    return (
        f"m{message.id} refused, order {change.order_number} stands; the order response {number} "
        "is in the outbox"
    )


def _order(stored: StoredDocument) -> Order:
    order = from_json(DocumentType.ORDER, stored.content)
    assert isinstance(order, Order)  # noqa: S101  (its kind says so)
    return order


def _change(stored: StoredDocument) -> OrderChange:
    change = from_json(DocumentType.ORDER_CHANGE, stored.content)
    assert isinstance(change, OrderChange)  # noqa: S101  (its kind says so)
    return change


def _owns_number(ledger: Ledger, agreement: Agreement, message: Message, order: Order) -> bool:
    """Whether the order number stands for this message, as that of a test or a copy does not."""
    partner, kind, number = agreement.partner.id, DocumentType.ORDER, order_key(agreement, order)
    ledger.keys.load(partner, kind, [number])
    used = ledger.keys.find(partner, kind, number)
    return used is not None and used.message_id == message.id


def discard(place: Workplace, item: str, reason: str, who: str) -> str:
    """Put a held item aside for good; not possible for an order that still is owed an answer."""
    kind, key = parse_item(item)
    if kind == "d":
        return _discard_delivery(place, key, reason, who)
    if kind == "t":
        return _discard_transmission(place, key, reason, who)
    message = _message(place, kind, key, MessageState.HELD, "discard")
    order = place.store.document(message.id, DocumentType.ORDER)
    if order is not None and message.code not in {*_ABOUT_ANOTHER, "original-unknown"}:
        raise NotPossible(
            f"m{key} is an order of {message.partner}, who is owed an answer.",
            remedy="Refuse it with a reason, or release it.",
        )
    stored = place.store.document(message.id, DocumentType.ORDER_CHANGE)
    agreement = place.partners.get(message.partner)
    with place.store.transaction(who) as ledger:
        _conclude(ledger, message, MessageState.DISCARDED, "discarded", reason)
        if stored is not None and agreement is not None:
            release_next(ledger, agreement, _change(stored))
    return f"m{key} discarded"


def _discard_transmission(place: Workplace, key: int, reason: str, who: str) -> str:
    with place.store.transaction(who) as ledger:
        ledger.transmissions.move(
            key, TransmissionState.HELD, TransmissionState.DISCARDED, reason=reason
        )
    return f"t{key} discarded; its bytes stay in the archive"


def _discard_delivery(place: Workplace, key: int, reason: str, who: str) -> str:
    with place.store.transaction(who) as ledger:
        ledger.deliveries.move(key, DeliveryState.HELD, DeliveryState.DISCARDED, reason=reason)
    return f"d{key} discarded; its bytes stay in the ledger"


def confirm(place: Workplace, item: str, reason: str, who: str) -> str:
    """Confirm an order whose changes the customer accepted by other means."""
    key, order, agreement = _awaiting(place, item, "confirm")
    with place.store.transaction(who) as ledger:
        answers, message = Answers(), ledger.messages.one(key)
        ledger.events.add("message.confirm", reason, message_id=key)
        accept_awaiting(place, ledger, agreement, message, order, answers)
        put_answers_in_outbox(place, ledger, agreement, answers, interchange_id=None, test=False)
    return f"order {order.number} is confirmed; the ERP gets it"


def cancel(place: Workplace, item: str, reason: str, who: str) -> str:
    """Cancel an order whose changes the customer refused by other means."""
    key, order, agreement = _awaiting(place, item, "cancel")
    with place.store.transaction(who) as ledger:
        answers, message = Answers(), ledger.messages.one(key)
        ledger.events.add("message.cancel", reason, message_id=key)
        cancel_awaiting(place, ledger, agreement, message, order, answers, reason, None)
        put_answers_in_outbox(place, ledger, agreement, answers, interchange_id=None, test=False)
    return f"order {order.number} is cancelled; the customer and the ERP are told"


def _awaiting(place: Workplace, item: str, action: str) -> tuple[int, StandingOrder, Agreement]:
    """The order that the message decided and that waits for the customer's word."""
    kind, key = parse_item(item)
    message = _message(place, kind, key, MessageState.ANSWERED, action)
    with place.store.transaction() as ledger:
        order = ledger.orders.decided_by(key)
    agreement = place.partners.get(message.partner)
    if order is None or agreement is None or order.state is not OrderState.AWAITING:
        raise NotPossible(
            f"m{key} decided no order that waits for the customer's confirmation.",
            remedy="Use `show` on it.",
        )
    return key, order, agreement


def retry(place: Workplace, item: str, reason: str, who: str) -> str:
    """Attempt a pending or held delivery now."""
    kind, key = parse_item(item)
    found = place.store.delivery(key) if kind == "d" else None
    if found is None or found.state not in {DeliveryState.PENDING, DeliveryState.HELD}:
        raise NotPossible(f"{item} is no pending or held delivery.", remedy="Use `show` on it.")
    with place.store.transaction(who) as ledger:
        ledger.deliveries.move(
            key,
            DeliveryState(found.state),
            DeliveryState.PENDING,
            reason=reason,
            next_attempt_at=ledger.now,
            attempts=0,
        )
    return f"d{key} is attempted again now"


def resend(place: Workplace, item: str, reason: str, who: str) -> str:
    """Send a sent delivery again: the same bytes under the same name; a refused one is closed."""
    kind, key = parse_item(item)
    delivery = place.store.delivery(key) if kind == "d" else None
    if delivery is None:
        raise NotPossible(f"{item} is no delivery.", remedy="Write d12; `show` lists them.")
    if delivery.state in {DeliveryState.PENDING, DeliveryState.HELD}:
        return retry(place, item, reason, who)
    with place.store.transaction(who) as ledger:
        ledger.deliveries.add(
            NewDelivery(
                partner=delivery.partner,
                connector=place.route(delivery.partner),
                type=delivery.type,
                name=delivery.name,
                content=delivery.content,
                interchange_id=None,
                message_ids=tuple(ledger.deliveries.messages_answered_by(key)),
                documents=tuple(ledger.deliveries.documents_of(key)),
                reference=delivery.reference,
                test=delivery.test,
                resend_of=delivery.id,
                acknowledgement_hours=delivery.acknowledgement_hours,
            )
        )
        ledger.events.add("delivery.resent", reason, delivery_id=delivery.id)
        if delivery.state == DeliveryState.REFUSED:
            ledger.deliveries.move(
                key, DeliveryState.REFUSED, DeliveryState.CLOSED, code="resent", reason=reason
            )
    return f"d{key} goes out again, the same bytes under the same name"


def close(place: Workplace, item: str, reason: str, who: str) -> str:
    """Put a refused delivery aside: corrected by another delivery, or settled with the partner."""
    kind, key = parse_item(item)
    delivery = place.store.delivery(key) if kind == "d" else None
    if delivery is None or delivery.state != DeliveryState.REFUSED:
        raise NotPossible(
            f"{item} is no refused delivery.", remedy="`deliveries --state refused` lists them."
        )
    with place.store.transaction(who) as ledger:
        ledger.deliveries.move(
            key, DeliveryState.REFUSED, DeliveryState.CLOSED, code="closed", reason=reason
        )
    return f"d{key} closed; what the partner said about it stays"


def _message(place: Workplace, kind: str, key: int, state: MessageState, action: str) -> Message:
    message = place.store.message(key) if kind == "m" else None
    if message is None:
        raise NotPossible(f"There is no message m{key}.", remedy="`messages` lists them.")
    if message.state != state:
        raise NotPossible(
            f"m{key} is {message.state}; {action} is for a message that is {state}.",
            remedy="Use `show` on it.",
        )
    return message


def _conclude(
    ledger: Ledger, message: Message, after: MessageState, code: str, reason: str
) -> None:
    ledger.messages.conclude(
        message.id,
        after,
        before=MessageState.HELD,
        code=code,
        reason=reason,
        number=message.number,
    )


#: Every action an operator may take on an item, by the name of its command.
ACTIONS: dict[str, Callable[[Workplace, str, str, str], str]] = {
    "release": release,
    "approve": approve,
    "refuse": refuse,
    "confirm": confirm,
    "cancel": cancel,
    "discard": discard,
    "retry": retry,
    "resend": resend,
    "close": close,
}


def utc_now() -> datetime:
    """The clock of the real world."""
    return datetime.now(UTC)
