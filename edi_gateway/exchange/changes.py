"""Changes of orders: read, recorded, and held for a person, who decides what becomes of the order."""

from __future__ import annotations

from collections import Counter

from edi_gateway.documents import DocumentType, OrderChange
from edi_gateway.exchange.deciding import add_document
from edi_gateway.store import Conclusion, Ledger, Message, MessageState

#: What the customer wants with the whole order (1225).
_FUNCTIONS = {
    "1": "cancels",
    "5": "replaces",
    "17": "cancels, to issue it again,",
}
#: What it wants with a line (1229).
_ACTIONS = {"1": "added", "2": "deleted", "3": "changed", "4": "left alone", "11": "left alone"}
_REMEDY = (
    "Settle it with the customer and in the ERP, then discard this message with a reason; no answer "
    "has been sent but the acknowledgement."
)


def hold_change(ledger: Ledger, message: Message, change: OrderChange) -> None:
    """Record a change and hold its message, with what it wants in the reason."""
    kind = DocumentType.ORDER_CHANGE
    if ledger.document_of_message(message.id, kind) is None:
        partner = message.partner or ""
        add_document(ledger, message, kind, partner, change, change.order_number)
    ledger.conclude(
        Conclusion(
            message_id=message.id,
            before=MessageState.RECEIVED,
            after=MessageState.HELD,
            code="order-change",
            reason=f"{_wish(ledger, message, change)}. {_REMEDY}",
            number=change.number,
        )
    )


def _wish(ledger: Ledger, message: Message, change: OrderChange) -> str:
    verb = _FUNCTIONS.get(change.function, "changes")
    lines = Counter(_ACTIONS.get(line.action, f"1229 = {line.action}") for line in change.lines)
    counted = ", ".join(f"{count} {action}" for action, count in lines.items())
    wish = f"Change {change.number} {verb} order {change.order_number}"
    if counted:
        wish += f" (lines: {counted})"
    return f"{wish}, {_standing(ledger, message, change)}"


def _standing(ledger: Ledger, message: Message, change: OrderChange) -> str:
    """What was said to the order so far."""
    answers = ledger.documents(
        DocumentType.ORDER_RESPONSE, message.partner or "", change.order_number
    )
    if not answers:
        return "which we have not answered"
    return f"which we answered with {answers[-1].number} (m{answers[-1].message_id})"
