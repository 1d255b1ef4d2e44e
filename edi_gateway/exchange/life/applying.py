"""
Apply a change to its order: decided, answered and handed over, or answered with what stands.

The order as it then stands is decided like any other. All of it is written in one transaction; where
that cannot be, `HeldError`, and nothing of it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from msgspec.structs import replace as changed_copy

from edi_gateway.contract.answers.response import hand_over
from edi_gateway.contract.decision import Decision, Outcome
from edi_gateway.contract.life.changed_answer import (
    CANCELLED,
    cancelled,
    merged_hand_over,
    merged_response,
)
from edi_gateway.contract.life.changing import ChangedOrder, Progress, change_order
from edi_gateway.contract.life.other_contract import under_other_contract
from edi_gateway.contract.life.states import OrderEvent, OrderState
from edi_gateway.contract.resolution import agreement_for
from edi_gateway.contract.rules import decide
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import (
    ErpOrder,
    LineAction,
    OrderResponse,
    ResponseStatus,
)
from edi_gateway.exchange.deciding.answers import decided_response
from edi_gateway.exchange.life.change_at_hand import ChangeAtHand, ChangeHeld
from edi_gateway.exchange.life.crediting import (
    credit_invoice,
    invoice_to_credit,
    must_be_invoiced_anew,
)
from edi_gateway.exchange.life.orders import (
    first_message,
    last_handed_over,
    last_response,
    must_be_confirmed,
    state_by_quantity,
    supplied_quantities,
)
from edi_gateway.exchange.numbering import today
from edi_gateway.exchange.recording import explained
from edi_gateway.exchange.standing import Standing
from edi_gateway.store import StandingOrder


def apply_change(hand: ChangeAtHand, order: StandingOrder) -> None:
    """Apply the change and conclude its message: answered, or held by what was found."""
    _Applying(hand, hand.agreement.contract.number).apply(order)


def restate(hand: ChangeAtHand, order: StandingOrder, code: str, text: str) -> None:
    """Answer a change that is not made with what stands of the order."""
    before = hand.order_before(order)
    stands = ChangedOrder(order=before, touched=frozenset(), heading_refused=text)
    tell_what_stands(hand, order, stands)
    hand.answered(code, text)


def tell_what_stands(hand: ChangeAtHand, order: StandingOrder, stands: ChangedOrder) -> str:
    """Let the customer know what stands of an order that is not changed; return the answer's number."""
    last, handed = last_response(hand.ledger, order), last_handed_over(hand.ledger, order)
    head = hand.head(stands.order)
    response = merged_response(head, stands, last, handed, hand.agreement)
    response = changed_copy(response, change_number=hand.own_number())
    hand.say(order, response)
    hand.ledger.orders.note(order, response=response.number)
    return response.number


@dataclass(frozen=True, slots=True)
class _Applying:
    """A change being applied."""

    hand: ChangeAtHand
    #: The contract the order was answered under.
    contract: str

    def apply(self, order: StandingOrder) -> None:
        before = self.hand.order_before(order)
        invoice_to_credit(self.hand, order)  # Or it is held at once.
        handed = last_handed_over(self.hand.ledger, order)
        progress = self._progress(order)
        contract = self.hand.agreement.contract
        changed = change_order(before, self.hand.change, contract, progress)
        if changed.findings:
            self.hand.hold_for(changed.findings)
            return
        if not changed.order.lines:
            self._cancel(order, handed, changed)
            return
        decision, standing = self._decide(order, changed)
        unwanted = _rejected_changes(changed, decision, handed)
        if unwanted:
            changed = change_order(
                before,
                self.hand.change,
                contract,
                progress,
                refused=unwanted,
                heading_refused=_rejected_heading(changed, unwanted),
            )
            decision, standing = self._decide(order, changed)
        if decision.outcome is Outcome.HELD:
            raise ChangeHeld(decision)
        self.hand.find(decision.findings)
        self._conclude_applied(order, handed, changed, decision)
        if order.state is not OrderState.PROPOSED:
            standing.settle(self.hand.message, changed.order, decision)

    def _decide(self, order: StandingOrder, changed: ChangedOrder) -> tuple[Decision, Standing]:
        """Decide the changed order, with what it took before at hand again."""
        hand = self.hand
        agreement = self._agreement(changed)
        standing = Standing(
            hand.ledger,
            agreement,
            [changed.order],
            messages=[hand.message],
            zone=hand.place.zone,
        )
        if order.state is not OrderState.PROPOSED:
            standing.reopen(first_message(hand.ledger, order))
        circumstances = standing.circumstances(changed.order, hand.message)
        # What the change says may bring the order under another contract.
        hand.agreement = agreement_for(changed.order, agreement, circumstances)
        decision = decide(
            changed.order,
            hand.agreement,
            company=hand.place.company,
            circumstances=circumstances,
        )
        return under_other_contract(decision, self.contract, hand.agreement), standing

    def _agreement(self, changed: ChangedOrder) -> Agreement:
        """The agreement under the order's contract, with every article that is ordered now."""
        under = self.hand.agreement
        known = self.hand.place.partners.for_orders(under.partner.id, [changed.order])
        return under if known is None else known.for_order(under.contract.number)

    def _conclude_applied(
        self,
        order: StandingOrder,
        handed: ErpOrder | None,
        changed: ChangedOrder,
        decision: Decision,
    ) -> None:
        last = last_response(self.hand.ledger, order)
        # With the status of a change the response keeps its lines, whatever the format wants.
        decided = decided_response(
            self.hand.place,
            self.hand.ledger,
            self.hand.agreement,
            changed.order,
            replace(decision, status=ResponseStatus.CHANGED),
        )
        response = changed_copy(
            merged_response(decided, changed, last, handed, self.hand.agreement),
            change_number=self.hand.own_number(),
        )
        self.hand.say(order, response)
        self.hand.keep_order(changed.order)
        if order.state is OrderState.PROPOSED:
            self.hand.move(order, OrderEvent.CHANGED, OrderState.PROPOSED, response)
        else:
            self._confirm(order, handed, changed, decision, response)
        codes = [line.reason_code for line in response.lines if line.reason_code]
        self.hand.answered(codes[0] if codes else None, _told(response), explained(decision))

    def _confirm(
        self,
        order: StandingOrder,
        handed: ErpOrder | None,
        changed: ChangedOrder,
        decision: Decision,
        response: OrderResponse,
    ) -> None:
        """Hand the changed order over as a new revision, and move it on."""
        new = hand_over(
            changed.order,
            decision,
            self.hand.agreement,
            company=self.hand.place.company,
            revision=order.revision + 1,
        )
        new = merged_hand_over(new, changed, handed)
        supplied = supplied_quantities(self.hand.ledger, order)
        state = state_by_quantity(new, supplied)
        if state is OrderState.CANCELLED:
            new = changed_copy(new, status=CANCELLED)
        elif self._waits(order, changed, decision, response):
            state = OrderState.AWAITING
        invoice = invoice_to_credit(self.hand, order)
        anew = invoice is None or must_be_invoiced_anew(self.hand, invoice, new, state)
        if invoice is not None and anew:
            credit_invoice(self.hand, order, invoice, "changed")
        self.hand.move(order, OrderEvent.CHANGED, state, response, revision=new.revision)
        self.hand.hand_over(order, new, state, invoices=anew)

    def _waits(
        self,
        order: StandingOrder,
        changed: ChangedOrder,
        decision: Decision,
        response: OrderResponse,
    ) -> bool:
        """Whether the customer must confirm: what we changed now, or what it has not confirmed yet."""
        if not must_be_confirmed(self.hand.agreement, response.status):
            return False
        ours = any(
            line.line.number in changed.touched and line.action is not LineAction.ACCEPTED
            for line in decision.lines
        )
        return ours or order.state is OrderState.AWAITING

    def _cancel(self, order: StandingOrder, handed: ErpOrder | None, changed: ChangedOrder) -> None:
        """The whole order is cancelled as the customer asks; the answer shows that nothing is left."""
        before = self.hand.order_before(order)
        response = merged_response(self.hand.head(before), changed, None, None, self.hand.agreement)
        text = f"order {order.number} is cancelled as you asked; nothing is supplied"
        response = changed_copy(response, reason=text, change_number=self.hand.own_number())
        self.hand.say(order, response)
        self.hand.keep_order(before)
        if order.state is not OrderState.PROPOSED:
            standing = Standing(self.hand.ledger, self.hand.agreement, [])
            first = first_message(self.hand.ledger, order)
            standing.withdraw(first, self.hand.message)
        invoice = invoice_to_credit(self.hand, order)
        if invoice is not None:
            credit_invoice(self.hand, order, invoice, "cancelled")
        revision, state = order.revision, OrderState.CANCELLED
        if handed is not None:
            revision += 1
            reason = "cancelled by the customer"
            gone = cancelled(handed, code="cancelled-by-customer", reason=reason)
            self.hand.hand_over(order, changed_copy(gone, revision=revision), state)
        self.hand.move(order, OrderEvent.CANCELLED, state, response, revision=revision)
        self.hand.answered("cancelled-by-customer", f"order {order.number} cancelled")

    def _progress(self, order: StandingOrder) -> Progress:
        last = last_response(self.hand.ledger, order)
        promised: dict[str, date] = {}
        for line in last.lines if last is not None else ():
            if line.promised_delivery is not None:
                promised.setdefault(line.order_line, line.promised_delivery)
        return Progress(
            today=today(self.hand.place, self.hand.ledger),
            supplied=supplied_quantities(self.hand.ledger, order),
            promised=promised,
            fixed=order.fixed,
        )


def _rejected_changes(
    changed: ChangedOrder, decision: Decision, handed: ErpOrder | None
) -> Mapping[str, tuple[str, str]]:
    """
    Changes of lines that the contract rejects, with code and reason.

    Such a line stands as it was confirmed: a change that cannot be taken takes nothing away.
    """
    if decision.outcome is Outcome.HELD or handed is None:
        return {}
    stands = {line.number for line in handed.lines if line.confirmed_quantity}
    return {
        decided.line.number: (
            decided.reason_code or "change-not-possible",
            f"the change is not possible ({decided.reason}); the line stands as confirmed before",
        )
        for decided in decision.lines
        if decided.action is LineAction.REJECTED and decided.line.number in changed.touched & stands
    }


def _rejected_heading(changed: ChangedOrder, unwanted: Mapping[str, tuple[str, str]]) -> str | None:
    """Why the heading must stay, where under a new one the contract rejects a line as it is."""
    return next((text for line, (_, text) in unwanted.items() if line in changed.by_heading), None)


def _told(response: OrderResponse) -> str | None:
    """What the response says beside yes, for the operator."""
    reasons = [response.reason] if response.reason else []
    reasons += [f"line {line.order_line}: {line.reason}" for line in response.lines if line.reason]
    return "; ".join(dict.fromkeys(reasons)) or None
