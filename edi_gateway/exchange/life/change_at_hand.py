"""
One change of an order on its way through: what it needs at hand, and how it is answered and concluded.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from edi_gateway.contract.decision import Decision, Effect, Finding
from edi_gateway.contract.life.states import OrderEvent, OrderState
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import DocumentType, ErpOrder, Order, OrderChange, OrderResponse
from edi_gateway.errors import HeldError
from edi_gateway.exchange.deciding.answers import Answers, add_response, bare_response
from edi_gateway.exchange.deciding.handing_over import hand_to_erp
from edi_gateway.exchange.life.orders import move, order_as_it_stands, silent_at
from edi_gateway.exchange.recording import add_document, record_findings
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Ledger, Message, MessageState, StandingOrder

#: What the customer wants with the whole order (1225).
_FUNCTIONS = {
    "1": "cancels",
    "5": "replaces",
    "6": "accepts our changes of",
    "17": "cancels, to issue it again,",
    "27": "refuses our changes of",
    "29": "accepts our changes of",
}
#: What it wants with a line (1229).
_ACTIONS = {"1": "added", "2": "deleted", "3": "changed", "4": "left alone", "11": "left alone"}
REMEDY = (
    "Settle it with the customer and in the ERP, then refuse this message with a reason for the "
    "customer, who is told that the order stands, or discard it. No answer has been sent but the "
    "acknowledgement."
)


class ChangeHeld(HeldError):
    """The changed order was decided, and must be held; nothing of the change may stand."""

    def __init__(self, decision: Decision) -> None:
        holding = [finding for finding in decision.findings if finding.effect is Effect.HOLD]
        # Whose approval it waits for is what a person needs to know first.
        holding.sort(key=lambda finding: finding.code != "approval-needed")
        text = "; ".join(dict.fromkeys(finding.text for finding in holding))
        super().__init__(text, code=holding[0].code)
        self.decision = decision


@dataclass(slots=True)
class ChangeAtHand:
    """One change, and the transaction it is taken in."""

    place: Workplace
    ledger: Ledger
    agreement: Agreement
    message: Message
    change: OrderChange
    #: Whether it came as an ORDERS message (1225: 1, 5), which has no number of its own.
    is_order: bool
    answers: Answers = field(default_factory=Answers)

    def own_number(self) -> str | None:
        """The number of the change, for the answer to name it."""
        return None if self.is_order else self.change.number

    def head(self, order: Order) -> OrderResponse:
        """A response with the next number that says nothing of the lines yet."""
        return bare_response(self.place, self.ledger, self.agreement, order)

    def say(self, order: StandingOrder, response: OrderResponse) -> None:
        """Record a response and let it go out with the others."""
        partner = self.agreement.partner.id
        add_response(self.ledger, self.answers, self.message, partner, response, order.key)

    def keep_order(self, order: Order) -> None:
        """Record the order as it now stands, beside the change that made it so."""
        partner = self.agreement.partner.id
        add_document(self.ledger, self.message, DocumentType.ORDER, partner, order)

    def hand_over(
        self, order: StandingOrder, handed: ErpOrder, state: OrderState, *, invoices: bool = True
    ) -> None:
        """Hand a revision of the order over; invoice it where its confirmation does that."""
        hand_to_erp(
            self.place,
            self.ledger,
            self.agreement,
            self.message,
            order.key,
            handed,
            state,
            self.answers,
            invoices=invoices,
        )

    def move(
        self,
        order: StandingOrder,
        event: OrderEvent,
        after: OrderState,
        response: OrderResponse,
        **changes: Any,
    ) -> None:
        """Take the order one step, by this change."""
        waits = after is OrderState.AWAITING
        move(
            self.ledger,
            order,
            event,
            after,
            self.message,
            f"change {self.change.number}: order {order.number} is {after}",
            message_id=self.message.id,
            response=response.number,
            changed_on=self.change.issue_date,
            change=self.change.number,
            silent_at=silent_at(self.ledger, self.agreement) if waits else None,
            **changes,
        )

    def find(self, findings: tuple[Finding, ...]) -> None:
        """Record what was found."""
        record_findings(self.ledger, self.message, findings)

    def hold_for(self, findings: tuple[Finding, ...], decision: str | None = None) -> None:
        """Hold the message for what was found."""
        self.find(findings)
        holding = [finding for finding in findings if finding.effect is Effect.HOLD]
        text = "; ".join(dict.fromkeys(finding.text for finding in holding))
        self.hold(holding[0].code, text, decision)

    def answered(self, code: str | None, reason: str | None, decision: str | None = None) -> None:
        """Conclude the message as answered."""
        conclude(
            self.ledger,
            self.message,
            self.change,
            MessageState.ANSWERED,
            code=code,
            reason=reason,
            decision=decision,
            terms=self.agreement.title,
        )

    def hold(self, code: str, reason: str, decision: str | None = None) -> None:
        """Conclude the message as held."""
        conclude(
            self.ledger,
            self.message,
            self.change,
            MessageState.HELD,
            code=code,
            reason=reason,
            decision=decision,
            terms=self.agreement.title,
        )

    def order_before(self, order: StandingOrder) -> Order:
        """The order as it stands, as an original."""
        before = order_as_it_stands(self.ledger, order)
        if before is None:
            raise unsettled("change-late", f"order {order.number} is no longer on record")
        return replace(before, function="9")


def unsettled(code: str, text: str) -> HeldError:
    """What a person must settle with the customer."""
    return HeldError(text, code=code, remedy=REMEDY)


def record(ledger: Ledger, message: Message, change: OrderChange) -> None:
    """Record a change, once."""
    kind = DocumentType.ORDER_CHANGE
    if ledger.documents.of_message(message.id, kind) is None:
        add_document(ledger, message, kind, message.partner or "", change, change.order_number)


def wish(ledger: Ledger, message: Message, change: OrderChange) -> str:
    """What a change wants of its order, in a sentence without its stop."""
    verb = _FUNCTIONS.get(change.function, "changes")
    lines = Counter(_ACTIONS.get(line.action, f"1229 = {line.action}") for line in change.lines)
    counted = ", ".join(f"{count} {action}" for action, count in lines.items())
    wish = f"Change {change.number} {verb} order {change.order_number}"
    if counted:
        wish += f" (lines: {counted})"
    return f"{wish}, {_standing(ledger, message, change)}"


def _standing(ledger: Ledger, message: Message, change: OrderChange) -> str:
    """What was said to the order so far."""
    answers = ledger.documents.of_order_number(
        DocumentType.ORDER_RESPONSE, message.partner or "", change.order_number
    )
    if not answers:
        return "which we have not answered"
    return f"which we answered with {answers[-1].number} (m{answers[-1].message_id})"


def conclude(
    ledger: Ledger,
    message: Message,
    change: OrderChange,
    state: MessageState,
    *,
    code: str | None,
    reason: str | None,
    decision: str | None = None,
    terms: str | None = None,
    duplicate_of: int | None = None,
) -> None:
    """Conclude the message of a change."""
    ledger.messages.conclude(
        message.id,
        state,
        code=code,
        reason=reason,
        number=change.number,
        decision=decision,
        terms=terms,
        duplicate_of=duplicate_of,
    )
