"""Refuse a held change of an order: the customer is told that it is not accepted, and what stands."""

from __future__ import annotations

from edi_gateway.contract.life.refusing import refuse_change as refused
from edi_gateway.contract.life.states import ENDED, OrderState
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import OrderChange
from edi_gateway.errors import HeldError
from edi_gateway.exchange.deciding.answers import put_answers_in_outbox
from edi_gateway.exchange.life.applying import tell_what_stands
from edi_gateway.exchange.life.change_at_hand import ChangeAtHand
from edi_gateway.exchange.life.orders import agreement_of, order_named
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Ledger, Message, StandingOrder

#: Messages that are orders, and change one by their function (1225).
_ORDERS = frozenset({"ORDERS", "Order"})

#: Why a change is held whose number stands for another one: an answer would be taken for that one's.
_NUMBER_TAKEN = "changed-change-number"


class NothingToRefuse(HeldError):
    """No order response can say what becomes of this change."""

    code = "not-possible"
    remedy = "Tell the customer, then discard the change with a reason."


def refuse_held_change(
    place: Workplace, ledger: Ledger, message: Message, change: OrderChange, reason: str
) -> tuple[Agreement, str]:
    """
    Answer a held change with an order response that says why it is not made, and what stands.

    The order takes no step: at the ERP, and for the rest of its life, nothing happened. Return the
    agreement it stands under and the number of the response. The message is for the caller to conclude.
    """
    order, hand = _about(place, ledger, message, change)
    text = f"{_named(hand)} is not accepted; {_stands(order)}: {reason}"
    stands = refused(
        hand.order_before(order),
        change,
        hand.agreement.contract,
        reason=text,
        line_reason=f"not changed: {reason}",
    )
    number = tell_what_stands(hand, order, stands)
    put_answers_in_outbox(
        place,
        ledger,
        hand.agreement,
        hand.answers,
        interchange_id=message.interchange_id,
        test=False,
    )
    return hand.agreement, number


def _about(
    place: Workplace, ledger: Ledger, message: Message, change: OrderChange
) -> tuple[StandingOrder, ChangeAtHand]:
    agreement = place.partners.get(message.partner)
    if agreement is None:
        raise NothingToRefuse(
            f"m{message.id} is of no known partner, so there is nobody to answer."
        )
    if message.test:
        raise NothingToRefuse(f"m{message.id} is a test; no order stands that it could change.")
    if message.code == _NUMBER_TAKEN:
        raise NothingToRefuse(
            f"Number {change.number} belongs to the change that came first; an answer to this one "
            "would be taken for an answer to that."
        )
    order = order_named(ledger, agreement, change.order_number, change)
    if order is None:
        raise NothingToRefuse(
            f"We have not answered order {change.order_number}, so nothing stands that could be told."
        )
    is_order = message.type in _ORDERS
    agreement = agreement_of(ledger, agreement, order)
    return order, ChangeAtHand(place, ledger, agreement, message, change, is_order)


def _named(hand: ChangeAtHand) -> str:
    number = hand.own_number()
    return f"your change of {hand.change.issue_date}" if number is None else f"change {number}"


def _stands(order: StandingOrder) -> str:
    if order.state in ENDED:
        return f"order {order.number} is {order.state}"
    if order.state in {OrderState.PROPOSED, OrderState.AWAITING}:
        return f"order {order.number} stands as answered"
    return f"order {order.number} stands as confirmed"
