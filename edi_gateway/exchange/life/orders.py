"""
The steps of a customer's order after its first answer, in the words of the ledger.

Each is taken in the transaction that writes what follows from it, and only once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from edi_gateway.contract.life.states import OrderEvent, OrderState
from edi_gateway.contract.policies import ChangeConfirmation, OrderChanges
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import (
    Document,
    DocumentType,
    ErpDespatch,
    ErpInvoice,
    ErpOrder,
    Invoice,
    Order,
    OrderChange,
    OrderResponse,
    ResponseStatus,
    from_json,
)
from edi_gateway.store import Ledger, Message, StandingOrder, StoredDocument

_ZERO = Decimal(0)

#: Why a change is held until its order arrives; and that it waited too long.
PARKED = "change-before-order"
PARKED_TOO_LONG = "change-without-order"

#: What must be confirmed by the customer has this status in the ERP's order.
AWAITING = "awaiting-confirmation"


def order_key(agreement: Agreement, order: Order) -> str:
    """What tells an order from all others of its sender, for good."""
    if not agreement.partner.numbering_year:
        return order.number
    return f"{order.number} of {order.issue_date.year}"


def must_be_confirmed(agreement: Agreement, status: ResponseStatus | None) -> bool:
    """Whether an answer stands only when the customer accepts it."""
    required = agreement.contract.policies.change_confirmation is ChangeConfirmation.REQUIRED
    return required and status is ResponseStatus.CHANGED


def silent_at(ledger: Ledger, agreement: Agreement) -> datetime | None:
    """When the customer's silence about what we answer now will count."""
    days = agreement.contract.silence_days
    return None if days is None else ledger.now + timedelta(days=days)


def begin_order(
    ledger: Ledger,
    agreement: Agreement,
    message: Message,
    order: Order,
    response: OrderResponse,
) -> OrderState:
    """Record that an order was answered, and return where it stands now."""
    state = OrderState.OPEN
    if response.status is ResponseStatus.REJECTED:
        state = OrderState.REJECTED
    elif must_be_confirmed(agreement, response.status):
        state = OrderState.AWAITING
    key = order_key(agreement, order)
    changes: dict[str, Any] = {
        "message_id": message.id,
        "response": response.number,
        "revision": 0 if state is OrderState.REJECTED else 1,
        "silent_at": silent_at(ledger, agreement) if state is OrderState.AWAITING else None,
    }
    proposed = ledger.orders.seen(agreement.partner.id, key)
    if proposed is not None:
        move(ledger, proposed, OrderEvent.ORDERED, state, message, **changes)
        return state
    new = StandingOrder(
        partner=agreement.partner.id, key=key, number=order.number, state=state, **changes
    )
    ledger.orders.add(new, OrderEvent.ORDERED)
    return state


def move(
    ledger: Ledger,
    order: StandingOrder,
    event: OrderEvent,
    after: OrderState,
    message: Message,
    why: str | None = None,
    **changes: Any,
) -> StandingOrder:
    """Take an order one step and record it; `StepLost` if somebody else moved it meanwhile."""
    moved = ledger.orders.step(order, event, after, **changes)
    ledger.events.add(
        f"order.{event}", why or f"order {order.number} is {after}", message_id=message.id
    )
    return moved


def order_named(
    ledger: Ledger, agreement: Agreement, number: str, change: OrderChange | None = None
) -> StandingOrder | None:
    """The order of a number; by the year of its date where that is said, else the newest."""
    partner = agreement.partner.id
    if not agreement.partner.numbering_year:
        return ledger.orders.find(partner, number)
    if change is not None and change.order_date is not None:
        found = ledger.orders.find(partner, f"{number} of {change.order_date.year}")
        if found is not None:
            return found
    return ledger.orders.newest(partner, number)


def first_message(ledger: Ledger, order: StandingOrder) -> int:
    """The message of the order as it came first, by which is known what it took."""
    kind = DocumentType.ORDER
    ledger.keys.load(order.partner, kind, [order.key])
    used = ledger.keys.find(order.partner, kind, order.key)
    return order.message_id if used is None else used.message_id


def agreement_of(ledger: Ledger, agreement: Agreement, order: StandingOrder) -> Agreement:
    """The agreement as it applies to an order: under the contract it was answered by."""
    if len(agreement.contracts) < 2:
        return agreement
    last = last_response(ledger, order)
    return agreement.for_order(last.contract_number if last is not None else None)


def order_as_it_stands(ledger: Ledger, order: StandingOrder) -> Order | None:
    """The customer's order with all changes that were applied; None where it is not on record."""
    stored = ledger.documents.of_message(order.message_id, DocumentType.ORDER)
    if stored is None:
        return None
    found = from_json(DocumentType.ORDER, stored.content)
    assert isinstance(found, Order)  # noqa: S101  (its kind says so)
    return found


def last_handed_over(ledger: Ledger, order: StandingOrder) -> ErpOrder | None:
    """The newest revision the ERP got."""
    found = last_document(ledger.documents.of_order(order, DocumentType.ERP_ORDER))
    assert found is None or isinstance(found, ErpOrder)  # noqa: S101  (its kind says so)
    return found


def last_response(ledger: Ledger, order: StandingOrder) -> OrderResponse | None:
    """The newest response the customer got."""
    found = last_document(ledger.documents.of_order(order, DocumentType.ORDER_RESPONSE))
    assert found is None or isinstance(found, OrderResponse)  # noqa: S101  (its kind says so)
    return found


def last_document(stored: list[StoredDocument]) -> Document | None:
    """The newest of some documents."""
    if not stored:
        return None
    return from_json(DocumentType(stored[-1].kind), stored[-1].content)


def reported_quantities(
    ledger: Ledger, order: StandingOrder, kind: DocumentType
) -> dict[str, Decimal]:
    """What the ERP reported of an order, by the customer's line number: despatched, or invoiced."""
    total: dict[str, Decimal] = {}
    for stored in ledger.documents.of_order(order, kind):
        report = from_json(kind, stored.content)
        assert isinstance(report, ErpDespatch | ErpInvoice)  # noqa: S101  (its kind says so)
        for line in report.lines:
            total[line.order_line] = total.get(line.order_line, _ZERO) + line.quantity
    return total


def invoiced_quantities(ledger: Ledger, order: StandingOrder) -> dict[str, Decimal]:
    """What the customer was invoiced of an order, by its line number."""
    total: dict[str, Decimal] = {}
    for stored in ledger.documents.of_order(order, DocumentType.INVOICE):
        invoice = from_json(DocumentType.INVOICE, stored.content)
        assert isinstance(invoice, Invoice)  # noqa: S101  (its kind says so)
        for line in invoice.lines:
            # What is free of charge was not paid for, whatever came of it.
            if line.order_line is not None and line.price.amount:
                counts = -line.quantity if invoice.is_credit else line.quantity
                total[line.order_line] = total.get(line.order_line, _ZERO) + counts
    return total


def open_invoice(ledger: Ledger, order: StandingOrder) -> Invoice | None:
    """The newest invoice of an order, unless it was credited."""
    found = last_document(ledger.documents.of_order(order, DocumentType.INVOICE))
    assert found is None or isinstance(found, Invoice)  # noqa: S101  (its kind says so)
    return None if found is None or found.is_credit else found


def supplied_quantities(ledger: Ledger, order: StandingOrder) -> dict[str, Decimal]:
    """What can no longer be undone: despatched or, if that is more, invoiced by the ERP."""
    despatched = reported_quantities(ledger, order, DocumentType.ERP_DESPATCH)
    for line, quantity in reported_quantities(ledger, order, DocumentType.ERP_INVOICE).items():
        despatched[line] = max(quantity, despatched.get(line, _ZERO))
    return despatched


def state_by_quantity(handed: ErpOrder, despatched: dict[str, Decimal]) -> OrderState:
    """Where a confirmed order stands by what was despatched of it."""
    confirmed = {
        line.number: line.confirmed_quantity + (line.backordered or _ZERO) for line in handed.lines
    }
    if not any(confirmed.values()):
        return OrderState.CANCELLED
    if not any(despatched.values()):
        return OrderState.OPEN
    left = [line for line, quantity in confirmed.items() if quantity > despatched.get(line, _ZERO)]
    return OrderState.PARTIAL if left else OrderState.DESPATCHED


def applies_changes(agreement: Agreement) -> bool:
    """Whether some contract with the partner lets changes of its orders take effect."""
    known = agreement.every_contract
    return any(each.policies.order_changes is OrderChanges.APPLY for each in known)


def release_next(ledger: Ledger, agreement: Agreement, change: OrderChange) -> None:
    """After a person ended a held change: let the next one that waits for its order be decided."""
    if order_named(ledger, agreement, change.order_number, change) is not None:
        ledger.flush()  # Or the change that was ended would be found waiting itself.
        release_parked(ledger, agreement, [change.order_number])


def release_parked(ledger: Ledger, agreement: Agreement, numbers: Sequence[str]) -> None:
    """
    Let the oldest change that waits for each of these orders be decided now.

    One at a time, so that they are applied in the order they were issued, however they arrived.
    """
    if not numbers or not applies_changes(agreement):
        return
    waiting = ledger.orders.parked(agreement.partner.id, numbers, (PARKED, PARKED_TOO_LONG))
    oldest: dict[str, tuple[Any, int]] = {}
    for message_id, content in waiting:
        change = from_json(DocumentType.ORDER_CHANGE, content)
        assert isinstance(change, OrderChange)  # noqa: S101  (its kind says so)
        number = change.order_number
        age = (change.issue_date, len(change.number), change.number)
        if number not in oldest or age < oldest[number][0]:
            oldest[number] = (age, message_id)
    for _, message_id in oldest.values():
        ledger.clear_decision(message_id)
        ledger.messages.release(message_id, "its order was answered")
