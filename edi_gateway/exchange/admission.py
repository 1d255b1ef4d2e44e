"""
Admit an interchange: who sent it, may they, did we have it before, and what do we acknowledge.

The verdict on envelope and structure is recorded in one commit together with the acknowledgement,
before any message is decided; so the two can never contradict each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec
import structlog

from edi_gateway.contract.partner import Acknowledge
from edi_gateway.contract.terms import Agreement
from edi_gateway.errors import UnknownPartner
from edi_gateway.exchange.outgoing import control_reference, envelope_to, file_name
from edi_gateway.exchange.workplace import ERP, Workplace
from edi_gateway.formats.edifact.contrl import write_contrl
from edi_gateway.formats.interchange import Fault, OpenedInterchange, OpenedMessage
from edi_gateway.formats.xml.receipt import write_receipt
from edi_gateway.store import (
    Conclusion,
    Interchange,
    InterchangeState,
    Ledger,
    Message,
    MessageState,
    NewDelivery,
    NewInterchange,
    NewMessage,
    Transmission,
)

log = structlog.get_logger()

#: Formats whose messages can be read.
_READABLE = {"edifact", "ubl", "erp"}

#: Message types that are never acknowledged, or it would never end.
_FINAL = {"CONTRL", "ApplicationResponse"}

NumberOf = Callable[[OpenedMessage], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of an interchange, and which acknowledgement it gets."""

    state: InterchangeState
    code: str | None = None
    reason: str | None = None
    agreement: Agreement | None = None
    partner: str | None = None
    #: An 0085 code with service segment and position that rejects the whole interchange.
    refusal: tuple[str, str, str] | None = None
    duplicate_of: Interchange | None = None


def admit(
    place: Workplace,
    ledger: Ledger,
    transmission: Transmission,
    opened: OpenedInterchange,
    number_of: NumberOf,
) -> list[int]:
    """
    Record an interchange with its messages and acknowledge it; return its id and theirs.

    `number_of` reads the document number of a message that ends here, for whoever looks for it.
    """
    verdict = judge(place, ledger, transmission, opened)
    new = _new_interchange(transmission, opened, verdict)
    messages = [_new_message(opened, message, verdict, number_of) for message in opened.messages]
    ids = ledger.add_interchange(new, messages)
    acknowledge(place, ledger, opened, verdict, ids[0], ids[1:])
    log.info(
        f"interchange.{verdict.state}",
        partner=verdict.partner,
        interchange=opened.reference,
        messages=len(messages),
        code=verdict.code,
    )
    return ids


def readmit(
    place: Workplace,
    ledger: Ledger,
    transmission: Transmission,
    opened: OpenedInterchange,
    known: Interchange,
) -> bool:
    """Judge a held interchange again after its release; return whether it is open now."""
    verdict = judge(place, ledger, transmission, opened)
    waiting = ledger.messages_of(known.id, MessageState.RECEIVED)
    _conclude_again(ledger, opened, verdict, waiting)
    if verdict.state is InterchangeState.HELD:
        return False
    ledger.move_interchange(
        known.id,
        InterchangeState.HELD,
        verdict.state,
        partner=verdict.partner,
        code=verdict.code,
        reason=verdict.reason,
    )
    acknowledge(place, ledger, opened, verdict, known.id, [message.id for message in waiting])
    return verdict.state is InterchangeState.OPENED


def _conclude_again(
    ledger: Ledger, opened: OpenedInterchange, verdict: Verdict, waiting: Sequence[Message]
) -> None:
    """End the messages that the new verdict does not let through."""
    found = {message.index: message for message in opened.messages}
    for message in waiting:
        state, code, reason = _message_state(opened, found[message.position], verdict)
        if state is not MessageState.RECEIVED:
            ledger.conclude(
                Conclusion(
                    message_id=message.id,
                    before=MessageState.RECEIVED,
                    after=state,
                    code=code,
                    reason=reason,
                    number=message.number,
                )
            )


def judge(
    place: Workplace, ledger: Ledger, transmission: Transmission, opened: OpenedInterchange
) -> Verdict:
    """Decide what becomes of an interchange; writes nothing."""
    held = _reason_to_hold(place, transmission, opened)
    if held is not None:
        return held
    agreement = place.partners.of_sender(opened.sender, opened.sender_qualifier)
    partner = agreement.partner.id if agreement else ERP
    verdict = Verdict(state=InterchangeState.OPENED, agreement=agreement, partner=partner)
    if opened.faults:
        first = opened.faults[0]
        return replace(verdict, state=InterchangeState.REJECTED, code=first.code, reason=first.text)
    return _check_repetition(place, ledger, transmission, opened, verdict)


def _reason_to_hold(
    place: Workplace, transmission: Transmission, opened: OpenedInterchange
) -> Verdict | None:
    if opened.format not in _READABLE or not opened.answerable:
        fault = _first_fault(opened)
        code, text = (fault.code, _advice(fault)) if fault else ("unreadable-file", "Not readable.")
        return _held(code, text, transmission.partner)
    if opened.format == "erp" or transmission.partner == ERP:
        return _check_erp(transmission, opened)
    agreement = place.partners.of_sender(opened.sender, opened.sender_qualifier)
    if agreement is None:
        unknown = UnknownPartner(
            f"unknown sender: {opened.sender}:{opened.sender_qualifier} is no imported partner"
        )
        return _held(unknown.code, unknown.advice, None)
    if transmission.partner != agreement.partner.id:
        return _held(
            "sender-not-allowed",
            f"sender not allowed: {agreement.partner.id} may not send where this file lay "
            f"({transmission.partner or 'nobody’s folder'}). Find out who put it there; discard "
            "it, or move the file to the partner's own folder.",
            None,
        )
    ours = {
        (place.company.interchange_id, place.company.interchange_qualifier),
        (place.company.gln, "14"),
    }
    if opened.recipient and (opened.recipient, opened.recipient_qualifier) not in ours:
        return _held(
            "not-for-us",
            f"addressed to {opened.recipient}:{opened.recipient_qualifier}, which is not us. "
            "Correct [company] in config.toml, or tell the partner and discard it.",
            agreement.partner.id,
        )
    return None


def _check_erp(transmission: Transmission, opened: OpenedInterchange) -> Verdict | None:
    if opened.format == "erp" and transmission.partner == ERP:
        if opened.faults or any(message.faults for message in opened.messages):
            fault = _first_fault(opened)
            assert fault is not None  # noqa: S101  (one of the two lists is not empty)
            return _held(fault.code, _advice(fault), ERP)
        return None
    return _held(
        "sender-not-allowed",
        "the ERP's JSON comes through the folder of the partner `erp`, and nothing else does",
        None,
    )


def _held(code: str, reason: str, partner: str | None) -> Verdict:
    return Verdict(state=InterchangeState.HELD, code=code, reason=reason, partner=partner)


def _advice(fault: Fault) -> str:
    return f"{fault.text}. {fault.remedy}"


def _first_fault(opened: OpenedInterchange) -> Fault | None:
    faults = [*opened.faults, *(fault for message in opened.messages for fault in message.faults)]
    return faults[0] if faults else None


def _check_repetition(
    place: Workplace,
    ledger: Ledger,
    transmission: Transmission,
    opened: OpenedInterchange,
    verdict: Verdict,
) -> Verdict:
    """ISO 9735 duplicate key: sender, recipient, reference. XML orders are told by their number."""
    if opened.format != "edifact":
        return verdict
    since = ledger.now - timedelta(days=31 * place.reference_months)
    found = ledger.earlier_interchange(_new_interchange(transmission, opened, verdict), since)
    if found is None:
        return verdict
    earlier, content_hash = found
    if content_hash == opened.content_hash:
        reject = (
            verdict.agreement is not None
            and verdict.agreement.partner.duplicate_interchange == "reject"
        )
        return replace(
            verdict,
            state=InterchangeState.DUPLICATE,
            code="duplicate-interchange",
            reason="interchange received before",
            duplicate_of=earlier,
            refusal=("26", "UNB", "6") if reject else None,
        )
    return replace(
        verdict,
        state=InterchangeState.REJECTED,
        code="reference-used-again",
        reason=f"control reference {opened.reference} was used before with other content",
        duplicate_of=earlier,
        refusal=("26", "UNB", "6"),
    )


def _new_interchange(
    transmission: Transmission, opened: OpenedInterchange, verdict: Verdict
) -> NewInterchange:
    return NewInterchange(
        transmission_id=transmission.id,
        position=opened.index,
        format=opened.format,
        sender=opened.sender,
        sender_qualifier=opened.sender_qualifier,
        recipient=opened.recipient,
        recipient_qualifier=opened.recipient_qualifier,
        reference=opened.reference,
        syntax=opened.syntax,
        version=opened.version,
        test=opened.test,
        partner=verdict.partner,
        state=verdict.state,
        code=verdict.code,
        reason=verdict.reason,
        content_hash=opened.content_hash,
        faults=msgspec.json.encode(
            [*opened.faults, *(fault for group in opened.groups for fault in group.faults)]
        ).decode(),
        duplicate_of=verdict.duplicate_of.id if verdict.duplicate_of else None,
    )


def _new_message(
    opened: OpenedInterchange, message: OpenedMessage, verdict: Verdict, number_of: NumberOf
) -> NewMessage:
    state, code, reason = _message_state(opened, message, verdict)
    return NewMessage(
        position=message.index,
        reference=message.reference,
        type=message.type,
        release=message.release,
        offset=message.offset,
        length=message.length,
        segments=message.segments,
        state=state,
        code=code,
        reason=reason,
        number=None if state is MessageState.RECEIVED else number_of(message),
        faults=msgspec.json.encode(message.faults).decode(),
    )


def _message_state(
    opened: OpenedInterchange, message: OpenedMessage, verdict: Verdict
) -> tuple[MessageState, str | None, str | None]:
    if verdict.state is not InterchangeState.OPENED:
        return MessageState(verdict.state.value), verdict.code, verdict.reason
    if faults := opened.rejecting(message):
        return MessageState.REJECTED, faults[0].code, faults[0].text
    return MessageState.RECEIVED, None, None


def acknowledge(
    place: Workplace,
    ledger: Ledger,
    opened: OpenedInterchange,
    verdict: Verdict,
    interchange_id: int,
    message_ids: Sequence[int],
) -> None:
    """Put the acknowledgement of an interchange into the outbox, if one is owed."""
    agreement = verdict.agreement
    if agreement is None or not _is_owed(opened, verdict, agreement):
        return
    if verdict.duplicate_of is not None and verdict.refusal is None:
        _acknowledge_again(place, ledger, agreement, verdict.duplicate_of, interchange_id)
        return
    reference = control_reference(ledger, agreement.partner.id)
    if opened.format == "ubl":
        type_, suffix = "ApplicationResponse", "xml"
        content = write_receipt(
            number=f"AR-{reference}",
            issued=ledger.now.astimezone(place.zone),
            subject=opened,
            sender=place.company.party(),
            receiver=agreement.partner.party(),
            accepted=not opened.is_faulty(),
            faults=[*opened.faults, *(f for m in opened.messages for f in m.faults)],
        )
    else:
        type_, suffix = "CONTRL", "edi"
        envelope = envelope_to(place, ledger, agreement, reference, type_, test=opened.test)
        content = write_contrl(
            opened,
            envelope,
            refusal=verdict.refusal,
            receipt=opened.receipt_requested
            or agreement.partner.acknowledge is Acknowledge.RECEIPT,
        )
    ledger.add_delivery(
        NewDelivery(
            partner=agreement.partner.id,
            connector=place.route(agreement.partner.id),
            type=type_,
            name=file_name(ledger, type_, reference, suffix),
            content=content,
            interchange_id=interchange_id,
            message_ids=tuple(message_ids),
            reference=reference,
            test=opened.test,
        )
    )


def is_final(opened: OpenedInterchange) -> bool:
    """Whether an interchange is an acknowledgement of syntax, which nobody acknowledges."""
    if opened.messages:
        return any(message.type in _FINAL for message in opened.messages)
    return opened.application_reference in _FINAL


def _is_owed(opened: OpenedInterchange, verdict: Verdict, agreement: Agreement) -> bool:
    wish = agreement.partner.acknowledge
    if verdict.state is InterchangeState.HELD or wish is Acknowledge.NEVER:
        return False
    if is_final(opened):
        return False
    negative = verdict.state is InterchangeState.REJECTED or opened.is_faulty()
    asked = opened.acknowledgement_requested or wish is not Acknowledge.REQUESTED
    return negative or asked


def _acknowledge_again(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    earlier: Interchange,
    interchange_id: int,
) -> None:
    """Send the earlier acknowledgement again, byte for byte: ours may have been lost."""
    found = ledger.acknowledgement_of(earlier.id)
    if found is None:
        return
    type_, name, content = found
    stem, _, suffix = name.rpartition(".")
    again = ledger.next_number(f"resend:{agreement.partner.id}")
    ledger.add_delivery(
        NewDelivery(
            partner=agreement.partner.id,
            connector=place.route(agreement.partner.id),
            type=type_,
            name=f"{stem}-again{again}.{suffix}",
            content=content,
            interchange_id=interchange_id,
        )
    )
