"""
Changes of orders: held for a person, or applied, as the contract says.

An applied change is decided like an order, answered by a new order response, and handed over to the ERP
as a higher revision, all in one transaction. One that comes before its order waits for it; one that is
repeated is answered again; one that is older than what was applied is never applied.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from msgspec.structs import replace

from edi_gateway.contract.life.changing import (
    ACCEPTS,
    CANCELS,
    CHANGES,
    REFUSES,
    REPLACES,
    REPLACES_HEADING,
    REPLACES_LINES,
    is_older,
)
from edi_gateway.contract.life.states import ENDED
from edi_gateway.contract.policies import (
    ChangeConfirmation,
    LateChange,
    OrderChanges,
    OutdatedChange,
)
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import DocumentType, OrderChange, from_json, to_json
from edi_gateway.errors import HeldError
from edi_gateway.exchange.deciding.answers import put_answers_in_outbox
from edi_gateway.exchange.deciding.approving import ask_for_approval
from edi_gateway.exchange.life.applying import apply_change, restate
from edi_gateway.exchange.life.change_at_hand import (
    REMEDY,
    ChangeAtHand,
    ChangeHeld,
    conclude,
    record,
    unsettled,
    wish,
)
from edi_gateway.exchange.life.confirmations import settle_confirmation
from edi_gateway.exchange.life.orders import PARKED, agreement_of, order_named, release_parked
from edi_gateway.exchange.recording import explained
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Key, Ledger, Message, MessageState, StandingOrder

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
    if agreement is None or message.test or not _is_handled(ledger, agreement, change):
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
    record(ledger, message, change)
    conclude(
        ledger,
        message,
        change,
        MessageState.HELD,
        code="order-change",
        reason=f"{wish(ledger, message, change)}. {REMEDY}",
    )


def _is_handled(ledger: Ledger, agreement: Agreement, change: OrderChange) -> bool:
    """Whether the contract the order was answered by says what becomes of such a change."""
    if agreement.contracts:
        order = order_named(ledger, agreement, change.order_number, change)
        if order is None:
            agreement = agreement.for_order(change.contract_number)
        else:
            agreement = agreement_of(ledger, agreement, order)
    policies = agreement.contract.policies
    if change.function in ACCEPTS | REFUSES:
        required = policies.change_confirmation is ChangeConfirmation.REQUIRED
        return required or policies.order_changes is OrderChanges.APPLY
    return policies.order_changes is OrderChanges.APPLY and change.function in _APPLIED


class _Change(ChangeAtHand):
    """One change being taken."""

    def take(self) -> None:
        record(self.ledger, self.message, self.change)
        number = self.change.order_number
        order = order_named(self.ledger, self.agreement, number, self.change)
        if order is None:
            self._park()
            return
        self.agreement = agreement_of(self.ledger, self.agreement, order)
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
        record(self.ledger, self.message, self.change)
        order = order_named(self.ledger, self.agreement, self.change.order_number, self.change)
        if order is not None:
            self.agreement = agreement_of(self.ledger, self.agreement, order)
            if self._is_repeated(order):
                return
        if not isinstance(held, ChangeHeld):
            self.hold(held.code, held.advice)
            return
        self.find(held.decision.findings)
        self.hold(held.code, str(held), explained(held.decision))
        if self.agreement.contract.approvals:
            ask_for_approval(self.ledger, self.message.id, held.decision)

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
            self.answered(None, reason)
        elif order.state in ENDED:
            self._refuse_late(order, f"order {order.number} is {order.state}; nothing is supplied")
        elif is_older(self.change, order.changed_on, order.change):
            text = f"change {self.change.number} is older than {order.change}, which was applied"
            if policies.outdated_change is OutdatedChange.HOLD:
                raise unsettled("change-outdated", text)
            restate(self, order, "change-outdated", text)
        else:
            apply_change(self, order)

    def _refuse_late(self, order: StandingOrder, text: str) -> None:
        if self.agreement.contract.policies.late_change is LateChange.HOLD:
            raise unsettled("change-late", text)
        restate(self, order, "change-late", text)

    # --- repeated, and before its order ------------------------------------------------------

    def _park(self) -> None:
        hours = self.agreement.contract.park_hours
        until = (self.ledger.now + timedelta(hours=hours)).isoformat(timespec="minutes")
        self.hold(
            PARKED,
            f"{wish(self.ledger, self.message, self.change)}. It waits for that order until "
            f"{until}, and is decided as soon as the order is answered.",
        )

    def _is_repeated(self, order: StandingOrder) -> bool:
        """Whether the change came before; then the message is concluded here."""
        ledger, partner, kind = self.ledger, self.agreement.partner.id, DocumentType.ORDER_CHANGE
        fingerprint = _fingerprint(self.change)
        number = f"{order.key}/{self.change.number}"
        if self.is_order:
            number = f"{order.key}/{self.change.function}/{fingerprint[:32]}"
        ledger.keys.load(partner, kind, [number])
        earlier = ledger.keys.find(partner, kind, number)
        if earlier is None:
            key = Key(message_id=self.message.id, fingerprint=fingerprint)
            ledger.keys.use(partner, kind, number, key)
            return False
        if earlier.fingerprint != fingerprint:
            text = (
                f"change number {self.change.number} was used before with other content "
                f"(m{earlier.message_id}). Ask the customer; discard it with a reason."
            )
            self.hold("changed-change-number", text)
            return True
        stored = ledger.documents.of_message(earlier.message_id, DocumentType.ORDER_RESPONSE)
        if stored is not None:
            again = from_json(DocumentType.ORDER_RESPONSE, stored.content)
            self.answers.responses.append((self.message.id, again))
        conclude(
            ledger,
            self.message,
            self.change,
            MessageState.DUPLICATE,
            code="duplicate-change",
            reason="change received before; the earlier answer stands",
            duplicate_of=earlier.message_id,
        )
        return True


def _fingerprint(change: OrderChange) -> str:
    """A hash of what is changed: equal for the same change in another file."""
    lines = tuple(replace(line, position=None) for line in change.lines)
    return hashlib.sha256(to_json(replace(change, lines=lines))).hexdigest()
