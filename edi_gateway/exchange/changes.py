"""
Changes of orders: held for a person, or applied, as the contract says.

An applied change is decided like an order, answered by a new order response, and handed over to the ERP
as a higher revision, all in one transaction. One that comes before its order waits for it; one that is
repeated is answered again; one that is older than what was applied is never applied.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace as changed_copy

from edi_gateway.contract.answer import hand_over, respond, response_head
from edi_gateway.contract.changed_answer import (
    cancelled,
    merged_hand_over,
    merged_response,
)
from edi_gateway.contract.changing import (
    ACCEPTS,
    CANCELS,
    CHANGES,
    REFUSES,
    REPLACES,
    REPLACES_HEADING,
    REPLACES_LINES,
    ChangedOrder,
    Progress,
    change_order,
    is_older,
)
from edi_gateway.contract.decision import Decision, Effect, Finding, Outcome
from edi_gateway.contract.order_states import ENDED, OrderEvent, OrderState
from edi_gateway.contract.policies import (
    ChangeConfirmation,
    LateChange,
    OrderChanges,
    OutdatedChange,
)
from edi_gateway.contract.rules import decide
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import (
    DocumentType,
    ErpOrder,
    LineAction,
    Order,
    OrderChange,
    OrderResponse,
    ResponseStatus,
    from_json,
    to_json,
)
from edi_gateway.errors import HeldError
from edi_gateway.exchange.confirmations import settle_confirmation
from edi_gateway.exchange.deciding import (
    Answers,
    add_document,
    explained,
    hand_to_erp,
    put_answers_in_outbox,
    response_number,
    today,
)
from edi_gateway.exchange.order_life import (
    PARKED,
    last_handed_over,
    last_response,
    move,
    must_be_confirmed,
    order_as_it_stands,
    order_named,
    release_parked,
    silent_at,
    state_by_quantity,
    supplied_quantities,
)
from edi_gateway.exchange.standing import Standing
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Conclusion, Key, Ledger, Message, MessageState, StandingOrder

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
_REMEDY = (
    "Settle it with the customer and in the ERP, then discard this message with a reason; no answer "
    "has been sent but the acknowledgement."
)
_APPLIED = CANCELS | REPLACES | REPLACES_HEADING | REPLACES_LINES | CHANGES


def take_change(
    place: Workplace,
    ledger: Ledger,
    message: Message,
    change: OrderChange,
    *,
    is_order: bool = False,
) -> None:
    """
    Record a change of an order and let it take effect, or hold it, as the contract says.

    `HeldError` where it must be held after part of it was written: the transaction must not stand,
    and `hold_change_instead` follows in another.

    A test change is always held: it must not touch an order, and tests leave none to change.
    """
    agreement = place.partners.get(message.partner)
    if agreement is None or message.test or not _is_handled(agreement, change):
        hold_change(ledger, message, change)
        return
    _Change(place, ledger, agreement, message, change, is_order).take()


def hold_change_instead(
    place: Workplace,
    ledger: Ledger,
    message: Message,
    change: OrderChange,
    held: HeldError,
    *,
    is_order: bool = False,
) -> None:
    """Hold a change that `take_change` could not take, in a transaction after the failed one."""
    agreement = place.partners.get(message.partner)
    assert agreement is not None  # noqa: S101  (without one it is held at once)
    _Change(place, ledger, agreement, message, change, is_order).hold_instead(held)


def hold_change(ledger: Ledger, message: Message, change: OrderChange) -> None:
    """Record a change and hold its message, with what it wants in the reason."""
    _record(ledger, message, change)
    _conclude(
        ledger,
        message,
        change,
        MessageState.HELD,
        code="order-change",
        reason=f"{_wish(ledger, message, change)}. {_REMEDY}",
    )


def _is_handled(agreement: Agreement, change: OrderChange) -> bool:
    policies = agreement.contract.policies
    if change.function in ACCEPTS | REFUSES:
        required = policies.change_confirmation is ChangeConfirmation.REQUIRED
        return required or policies.order_changes is OrderChanges.APPLY
    return policies.order_changes is OrderChanges.APPLY and change.function in _APPLIED


@dataclass(slots=True)
class _Change:
    """One change on its way through."""

    place: Workplace
    ledger: Ledger
    agreement: Agreement
    message: Message
    change: OrderChange
    #: Whether it came as an ORDERS message (1225: 1, 5), which has no number of its own.
    is_order: bool
    answers: Answers = field(default_factory=Answers)

    def take(self) -> None:
        _record(self.ledger, self.message, self.change)
        number = self.change.order_number
        order = order_named(self.ledger, self.agreement, number, self.change)
        if order is None:
            self._park()
            return
        if not self._is_repeated(order):
            self._settle(order)
        release_parked(self.ledger, self.agreement, [number])
        put_answers_in_outbox(
            self.place,
            self.ledger,
            self.agreement,
            self.answers,
            interchange_id=self.message.interchange_id,
            test=False,
        )

    def hold_instead(self, held: HeldError) -> None:
        """Hold the change that could not be taken: nothing of it was written."""
        _record(self.ledger, self.message, self.change)
        order = order_named(self.ledger, self.agreement, self.change.order_number, self.change)
        if order is None or not self._is_repeated(order):
            self._hold(held.code, held.advice)

    def _settle(self, order: StandingOrder) -> None:
        """Let the change take effect on its order; `HeldError` where a person must look."""
        function, policies = self.change.function, self.agreement.contract.policies
        if function in ACCEPTS | REFUSES:
            reason = settle_confirmation(
                self.place,
                self.ledger,
                self.agreement,
                self.message,
                order,
                self.change,
                self.answers,
                accepted=function in ACCEPTS,
            )
            self._answered(None, reason)
        elif order.state in ENDED:
            self._refuse_late(order, f"order {order.number} is {order.state}; nothing is supplied")
        elif is_older(self.change, order.changed_on, order.change):
            text = f"change {self.change.number} is older than {order.change}, which was applied"
            if policies.outdated_change is OutdatedChange.HOLD:
                raise _unsettled("change-outdated", text)
            self._restate(order, "change-outdated", text)
        else:
            self._apply(order)

    def _refuse_late(self, order: StandingOrder, text: str) -> None:
        if self.agreement.contract.policies.late_change is LateChange.HOLD:
            raise _unsettled("change-late", text)
        self._restate(order, "change-late", text)

    # --- repeated, and before its order ------------------------------------------------------

    def _park(self) -> None:
        hours = self.agreement.contract.park_hours
        until = (self.ledger.now + timedelta(hours=hours)).isoformat(timespec="minutes")
        self._hold(
            PARKED,
            f"{_wish(self.ledger, self.message, self.change)}. It waits for that order until "
            f"{until}, and is decided as soon as the order is answered.",
        )

    def _is_repeated(self, order: StandingOrder) -> bool:
        """Whether the change came before; then the message is concluded here."""
        ledger, partner, kind = self.ledger, self.agreement.partner.id, DocumentType.ORDER_CHANGE
        fingerprint = change_fingerprint(self.change)
        number = f"{order.key}/{self.change.number}"
        if self.is_order:
            number = f"{order.key}/{self.change.function}/{fingerprint[:32]}"
        ledger.load_keys(partner, kind, [number])
        earlier = ledger.key(partner, kind, number)
        if earlier is None:
            key = Key(message_id=self.message.id, fingerprint=fingerprint)
            ledger.use_key(partner, kind, number, key)
            return False
        if earlier.fingerprint != fingerprint:
            text = (
                f"change number {self.change.number} was used before with other content "
                f"(m{earlier.message_id}). Ask the customer; discard it with a reason."
            )
            self._hold("changed-change-number", text)
            return True
        stored = ledger.document_of_message(earlier.message_id, DocumentType.ORDER_RESPONSE)
        if stored is not None:
            again = from_json(DocumentType.ORDER_RESPONSE, stored.content)
            self.answers.responses.append((self.message.id, again))
        _conclude(
            ledger,
            self.message,
            self.change,
            MessageState.DUPLICATE,
            code="duplicate-change",
            reason="change received before; the earlier answer stands",
            duplicate_of=earlier.message_id,
        )
        return True

    # --- applied -----------------------------------------------------------------------------

    def _apply(self, order: StandingOrder) -> None:
        before = self._order_before(order)
        self._refuse_invoiced(order)
        handed = last_handed_over(self.ledger, order)
        progress = self._progress(order)
        contract = self.agreement.contract
        changed = change_order(before, self.change, contract, progress)
        if changed.findings:
            self._hold_for(changed.findings)
            return
        if not changed.order.lines:
            self._cancel(order, handed, changed)
            return
        decision = self._decide(order, changed)
        unwanted = _rejected_changes(changed, decision, handed)
        if unwanted:
            changed = change_order(
                before,
                self.change,
                contract,
                progress,
                refused=unwanted,
                heading_refused=_rejected_heading(changed, unwanted),
            )
            decision = self._decide(order, changed)
        if decision.outcome is Outcome.HELD:
            self._hold_for(decision.findings, explained(decision))
        else:
            self._find(decision.findings)
            self._conclude_applied(order, handed, changed, decision)

    def _decide(self, order: StandingOrder, changed: ChangedOrder) -> Decision:
        standing = Standing(self.ledger, self.agreement, [changed.order])
        standing.withdraw(order.message_id)
        return decide(
            changed.order,
            self.agreement,
            company=self.place.company,
            circumstances=standing.circumstances(changed.order),
        )

    def _conclude_applied(
        self,
        order: StandingOrder,
        handed: ErpOrder | None,
        changed: ChangedOrder,
        decision: Decision,
    ) -> None:
        last = last_response(self.ledger, order)
        # With the status of a change the response keeps its lines, whatever the format wants.
        decided = respond(
            changed.order,
            replace(decision, status=ResponseStatus.CHANGED),
            self.agreement,
            company=self.place.company,
            number=response_number(self.ledger, test=False),
            today=today(self.place, self.ledger),
            test=False,
        )
        response = changed_copy(
            merged_response(decided, changed, last, handed, self.agreement),
            change_number=self._own_number(),
        )
        self._say(order, response)
        self._keep_order(changed.order)
        if order.state is OrderState.PROPOSED:
            self._move(order, OrderEvent.CHANGED, OrderState.PROPOSED, response)
        else:
            self._confirm(order, handed, changed, decision, response)
        codes = [line.reason_code for line in response.lines if line.reason_code]
        self._answered(codes[0] if codes else None, _told(response), explained(decision))

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
            self.agreement,
            company=self.place.company,
            revision=order.revision + 1,
        )
        new = merged_hand_over(new, changed, handed)
        supplied = supplied_quantities(self.ledger, order)
        state = state_by_quantity(new, supplied)
        if state is OrderState.CANCELLED:
            new = changed_copy(new, status="cancelled")
        elif self._waits(order, changed, decision, response):
            state = OrderState.AWAITING
        self._move(order, OrderEvent.CHANGED, state, response, revision=new.revision)
        self._hand_over(order, new, state)
        standing = Standing(self.ledger, self.agreement, [changed.order])
        standing.settle(self.message, changed.order, decision)

    def _waits(
        self,
        order: StandingOrder,
        changed: ChangedOrder,
        decision: Decision,
        response: OrderResponse,
    ) -> bool:
        """Whether the customer must confirm: what we changed now, or what it has not confirmed yet."""
        if not must_be_confirmed(self.agreement, response.status):
            return False
        ours = any(
            line.line.number in changed.touched and line.action is not LineAction.ACCEPTED
            for line in decision.lines
        )
        return ours or order.state is OrderState.AWAITING

    def _cancel(self, order: StandingOrder, handed: ErpOrder | None, changed: ChangedOrder) -> None:
        """The whole order is cancelled as the customer asks; the answer shows that nothing is left."""
        before = self._order_before(order)
        response = merged_response(self._head(before), changed, None, None, self.agreement)
        text = f"order {order.number} is cancelled as you asked; nothing is supplied"
        response = changed_copy(response, reason=text, change_number=self._own_number())
        self._say(order, response)
        self._keep_order(before)
        Standing(self.ledger, self.agreement, [before]).withdraw(order.message_id)
        revision, state = order.revision, OrderState.CANCELLED
        if handed is not None:
            revision += 1
            reason = "cancelled by the customer"
            gone = cancelled(handed, code="cancelled-by-customer", reason=reason)
            self._hand_over(order, changed_copy(gone, revision=revision), state)
        self._move(order, OrderEvent.CANCELLED, state, response, revision=revision)
        self._answered("cancelled-by-customer", f"order {order.number} cancelled")

    # --- not applied -------------------------------------------------------------------------

    def _restate(self, order: StandingOrder, code: str, text: str) -> None:
        """Answer a change that is not made with what stands of the order."""
        before = self._order_before(order)
        last, handed = last_response(self.ledger, order), last_handed_over(self.ledger, order)
        stands = ChangedOrder(order=before, touched=frozenset(), heading_refused=text)
        response = merged_response(self._head(before), stands, last, handed, self.agreement)
        response = changed_copy(response, change_number=self._own_number())
        self._say(order, response)
        self.ledger.orders.note(order, response=response.number)
        self._answered(code, text)

    # --- what all of them do -----------------------------------------------------------------

    def _order_before(self, order: StandingOrder) -> Order:
        before = order_as_it_stands(self.ledger, order)
        if before is None:
            raise _unsettled("change-late", f"order {order.number} is no longer on record")
        return changed_copy(before, function="9")

    def _refuse_invoiced(self, order: StandingOrder) -> None:
        invoices = self.ledger.documents_of(order, DocumentType.INVOICE)
        if self.agreement.contract.invoice_on == "acceptance" and invoices:
            raise _unsettled(
                "order-invoiced",
                f"order {order.number} was invoiced when it was accepted ({invoices[-1].number}); "
                "a change needs a credit note, which the gateway does not write",
            )

    def _progress(self, order: StandingOrder) -> Progress:
        last = last_response(self.ledger, order)
        promised: dict[str, date] = {}
        for line in last.lines if last is not None else ():
            if line.promised_delivery is not None:
                promised.setdefault(line.order_line, line.promised_delivery)
        return Progress(
            today=today(self.place, self.ledger),
            supplied=supplied_quantities(self.ledger, order),
            promised=promised,
            fixed=order.fixed,
        )

    def _own_number(self) -> str | None:
        """The number of the change, for the answer to name it."""
        return None if self.is_order else self.change.number

    def _head(self, order: Order) -> OrderResponse:
        number = response_number(self.ledger, test=False)
        day = today(self.place, self.ledger)
        return response_head(order, self.agreement, self.place.company, number, day, False)

    def _say(self, order: StandingOrder, response: OrderResponse) -> None:
        partner, kind = self.agreement.partner.id, DocumentType.ORDER_RESPONSE
        add_document(self.ledger, self.message, kind, partner, response, order.number, order.key)
        self.answers.responses.append((self.message.id, response))

    def _keep_order(self, order: Order) -> None:
        """Record the order as it now stands, beside the change that made it so."""
        partner = self.agreement.partner.id
        add_document(self.ledger, self.message, DocumentType.ORDER, partner, order)

    def _hand_over(self, order: StandingOrder, handed: ErpOrder, state: OrderState) -> None:
        hand_to_erp(
            self.place,
            self.ledger,
            self.agreement,
            self.message,
            order.key,
            handed,
            state,
            self.answers,
        )

    def _move(
        self,
        order: StandingOrder,
        event: OrderEvent,
        after: OrderState,
        response: OrderResponse,
        **changes: Any,
    ) -> None:
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

    def _find(self, findings: tuple[Finding, ...]) -> None:
        for finding in findings:
            self.ledger.add_finding(
                self.message.id,
                line=finding.line,
                code=finding.code,
                effect=finding.effect,
                text=finding.text,
            )

    def _hold_for(self, findings: tuple[Finding, ...], decision: str | None = None) -> None:
        self._find(findings)
        holding = [finding for finding in findings if finding.effect is Effect.HOLD]
        text = "; ".join(dict.fromkeys(finding.text for finding in holding))
        self._hold(holding[0].code, text, decision)

    def _answered(self, code: str | None, reason: str | None, decision: str | None = None) -> None:
        _conclude(
            self.ledger,
            self.message,
            self.change,
            MessageState.ANSWERED,
            code=code,
            reason=reason,
            decision=decision,
        )

    def _hold(self, code: str, reason: str, decision: str | None = None) -> None:
        _conclude(
            self.ledger,
            self.message,
            self.change,
            MessageState.HELD,
            code=code,
            reason=reason,
            decision=decision,
        )


def change_fingerprint(change: OrderChange) -> str:
    """A hash of what is changed: equal for the same change in another file."""
    lines = tuple(changed_copy(line, position=None) for line in change.lines)
    return hashlib.sha256(to_json(changed_copy(change, lines=lines))).hexdigest()


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


def _unsettled(code: str, text: str) -> HeldError:
    return HeldError(text, code=code, remedy=_REMEDY)


def _record(ledger: Ledger, message: Message, change: OrderChange) -> None:
    kind = DocumentType.ORDER_CHANGE
    if ledger.document_of_message(message.id, kind) is None:
        add_document(ledger, message, kind, message.partner or "", change, change.order_number)


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


def _conclude(
    ledger: Ledger,
    message: Message,
    change: OrderChange,
    state: MessageState,
    *,
    code: str | None,
    reason: str | None,
    decision: str | None = None,
    duplicate_of: int | None = None,
) -> None:
    ledger.conclude(
        Conclusion(
            message_id=message.id,
            before=MessageState.RECEIVED,
            after=state,
            code=code,
            reason=reason,
            number=change.number,
            decision=decision,
            duplicate_of=duplicate_of,
        )
    )
