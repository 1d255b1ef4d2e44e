"""
The life of a customer's order after its first answer: its states, and the legal steps.

The table is drawn in `docs/order-life.md`. Any step that is not here is a bug and raises
`IllegalOrderStep`.
"""

from __future__ import annotations

from enum import StrEnum


class OrderState(StrEnum):
    """Where an order stands between the customer, the ERP and us."""

    #: A proposal was answered; nobody is bound, and the ERP knows nothing of it.
    PROPOSED = "proposed"
    #: Confirmed, handed over to the ERP, nothing despatched.
    OPEN = "open"
    #: Our changes wait for the customer's confirmation; the ERP must not ship.
    AWAITING = "awaiting"
    #: Part of what was confirmed is despatched.
    PARTIAL = "partial"
    #: All that was confirmed is despatched.
    DESPATCHED = "despatched"
    #: Nothing is supplied: the customer, its silence or the ERP ended it.
    CANCELLED = "cancelled"
    #: Nothing is supplied: we confirmed no line of it.
    REJECTED = "rejected"


class OrderEvent(StrEnum):
    """What happens to an order."""

    #: It came as a proposal (1225: 16, 46).
    PROPOSED = "proposed"
    #: It came as an order, or the proposal was made firm.
    ORDERED = "ordered"
    #: The customer changed or replaced it.
    CHANGED = "changed"
    #: The customer cancelled it.
    CANCELLED = "cancelled"
    #: The customer accepted our changes, or its silence counts as acceptance.
    CONFIRMED = "confirmed"
    #: The customer refused our changes, or its silence counts as refusal.
    REFUSED = "refused"
    #: The ERP reported a despatch.
    DESPATCHED = "despatched"
    #: The ERP reported dates, parts, substitutes, or what is not supplied.
    REPORTED = "reported"


_S, _E = OrderState, OrderEvent

#: Every legal step: the state before (None: the order is new), what happens, the states after.
ORDER_STEPS: dict[tuple[OrderState | None, OrderEvent], tuple[OrderState, ...]] = {
    (None, _E.PROPOSED): (_S.PROPOSED,),
    (None, _E.ORDERED): (_S.OPEN, _S.AWAITING, _S.REJECTED),
    (_S.PROPOSED, _E.ORDERED): (_S.OPEN, _S.AWAITING, _S.REJECTED),
    (_S.PROPOSED, _E.CHANGED): (_S.PROPOSED,),
    (_S.PROPOSED, _E.CANCELLED): (_S.CANCELLED,),
    (_S.OPEN, _E.CHANGED): (_S.OPEN, _S.AWAITING, _S.CANCELLED),
    (_S.OPEN, _E.CANCELLED): (_S.CANCELLED,),
    (_S.OPEN, _E.DESPATCHED): (_S.PARTIAL, _S.DESPATCHED),
    (_S.OPEN, _E.REPORTED): (_S.OPEN, _S.AWAITING, _S.CANCELLED),
    (_S.AWAITING, _E.CHANGED): (
        _S.OPEN,
        _S.AWAITING,
        _S.PARTIAL,
        _S.DESPATCHED,
        _S.CANCELLED,
    ),
    (_S.AWAITING, _E.CANCELLED): (_S.CANCELLED,),
    (_S.AWAITING, _E.CONFIRMED): (_S.OPEN, _S.PARTIAL, _S.DESPATCHED),
    (_S.AWAITING, _E.REFUSED): (_S.CANCELLED,),
    (_S.AWAITING, _E.REPORTED): (_S.AWAITING, _S.CANCELLED),
    (_S.PARTIAL, _E.CHANGED): (_S.PARTIAL, _S.AWAITING, _S.DESPATCHED),
    (_S.PARTIAL, _E.DESPATCHED): (_S.PARTIAL, _S.DESPATCHED),
    (_S.PARTIAL, _E.REPORTED): (_S.PARTIAL, _S.AWAITING, _S.DESPATCHED),
    (_S.DESPATCHED, _E.CHANGED): (_S.PARTIAL, _S.AWAITING, _S.DESPATCHED),
}

#: Nothing more is supplied on these, so there is nothing left to change.
ENDED = frozenset({OrderState.CANCELLED, OrderState.REJECTED})


class IllegalOrderStep(Exception):
    """A step that the table does not know: a bug of ours."""


def check_order_step(before: OrderState | None, event: OrderEvent, after: OrderState) -> None:
    """Raise `IllegalOrderStep` unless the table allows the step."""
    if after not in ORDER_STEPS.get((before, event), ()):
        raise IllegalOrderStep(f"an order that is {before or 'new'}: {event} -> {after}")
