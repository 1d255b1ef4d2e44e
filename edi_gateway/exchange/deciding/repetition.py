"""
An order number that was used before: the same order again, another one, or a proposal taken up.

What tells is a hash of what was ordered, so the same order in another file is known.
"""

from __future__ import annotations

import hashlib
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from edi_gateway.contract.life.states import OrderState
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import DocumentType, Order, OrderLine, from_json, to_json
from edi_gateway.exchange.deciding.answers import Answers
from edi_gateway.exchange.deciding.application_errors import report_changed_number
from edi_gateway.exchange.life.orders import order_key
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Key, Ledger, Message, MessageState

#: UNCL 1225 of orders that bind nobody: proposals and provisional orders.
PROPOSING = frozenset({"16", "46"})

#: What a line says, without where it says it.
_ORDERED = attrgetter(*(name for name in OrderLine.__struct_fields__ if name != "position"))


def concludes_repeated(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    order: Order,
    answers: Answers,
) -> bool:
    """Whether the order number was used before; then the message is concluded here."""
    fingerprint = _fingerprint(order)
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
        state = MessageState.DUPLICATE
        code = "duplicate-order"
        reason = "order received before; the earlier answer stands"
    else:
        answers.errors += report_changed_number(place, ledger, agreement, message, order)
        state = MessageState.HELD
        code = "changed-order-number"
        reason = "order number used before with other content"
    ledger.messages.conclude(
        message.id,
        state,
        code=code,
        reason=reason,
        number=order.number,
        duplicate_of=earlier.message_id,
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


def use_number(ledger: Ledger, agreement: Agreement, message: Message, order: Order) -> None:
    """Let the number of a proposal stand for the order that takes it up."""
    partner, number = agreement.partner.id, order_key(agreement, order)
    used = ledger.keys.find(partner, DocumentType.ORDER, number)
    if used is not None and used.message_id != message.id:
        mine = Key(message_id=message.id, fingerprint=_fingerprint(order))
        ledger.keys.reuse(partner, DocumentType.ORDER, number, used, mine)


def _fingerprint(order: Order) -> str:
    """A hash of what was ordered: equal for the same order in another file."""
    header = to_json(replace(order, lines=()))
    lines = msgspec.json.encode([_ORDERED(line) for line in order.lines])
    return hashlib.sha256(header + lines).hexdigest()
