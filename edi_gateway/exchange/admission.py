"""
Admit an interchange: who sent it, may they, and did we have it before.

The verdict on envelope and structure is recorded in one commit together with the acknowledgement,
before any message is decided; so the two can never contradict each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec
import structlog

from edi_gateway.errors import UnknownPartner
from edi_gateway.exchange.acknowledging import Verdict, acknowledge, is_final
from edi_gateway.exchange.settlement import is_acknowledgement
from edi_gateway.exchange.workplace import ERP, Workplace
from edi_gateway.formats.interchange import Fault, OpenedInterchange, OpenedMessage
from edi_gateway.store import (
    Interchange,
    InterchangeState,
    Ledger,
    Message,
    MessageState,
    NewInterchange,
    NewMessage,
    Transmission,
)

log = structlog.get_logger()

#: Formats whose messages can be read.
_READABLE = {"edifact", "ubl", "erp"}

#: How many warnings of a message, or an interchange, its history tells in words.
_WARNINGS_TOLD = 5
#: A sentence may repeat a value of 60 000 characters.
_LONGEST_WARNING = 300

NumberOf = Callable[[OpenedMessage], str | None]


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
    _take_leniently(opened)
    verdict = judge(place, ledger, transmission, opened)
    new = _new_interchange(transmission, opened, verdict)
    messages = [_new_message(opened, message, verdict, number_of) for message in opened.messages]
    ids = ledger.interchanges.add(new, messages)
    _record_warnings(ledger, ids[0], opened, zip(ids[1:], opened.messages, strict=True))
    _look_for_gap(ledger, new, verdict, ids[0])
    acknowledge(place, ledger, opened, verdict, ids[0], ids[1:])
    log.info(
        f"interchange.{verdict.state}",
        partner=verdict.partner,
        interchange=opened.reference,
        messages=len(messages),
        code=verdict.code,
    )
    return ids


def _record_warnings(
    ledger: Ledger,
    interchange_id: int,
    opened: OpenedInterchange,
    messages: Iterable[tuple[int, OpenedMessage]],
) -> None:
    """Leave what was let pass in the history of the interchange and of each message."""
    if opened.warnings:
        why = _few(opened.warnings)
        ledger.events.add("interchange.warned", why, interchange_id=interchange_id)
    for message_id, message in messages:
        if message.warnings:
            why = _few([f"{each.code}: {each.text}" for each in message.warnings])
            ledger.events.add("message.warned", why, message_id=message_id)


def _few(sentences: Sequence[str]) -> str:
    """The first sentences, and how many more there are: a message may have a hundred."""
    told = [each[:_LONGEST_WARNING] for each in sentences[:_WARNINGS_TOLD]]
    more = len(sentences) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more else "")


def _look_for_gap(
    ledger: Ledger, new: NewInterchange, verdict: Verdict, interchange_id: int
) -> None:
    """Warn where a partner that numbers without gaps skipped a control reference."""
    agreement = verdict.agreement
    if agreement is None or not agreement.partner.references_in_sequence:
        return
    last = ledger.interchanges.reference_skipped(new, interchange_id)
    if last is None:
        return
    ledger.events.add(
        "interchange.reference_skipped",
        f"control reference {new.reference} follows {last}: what lies between never came",
        transmission_id=new.transmission_id,
        interchange_id=interchange_id,
    )
    log.warning(
        "interchange.reference_skipped",
        partner=verdict.partner,
        interchange=new.reference,
        last=last,
    )


def readmit(
    place: Workplace,
    ledger: Ledger,
    transmission: Transmission,
    opened: OpenedInterchange,
    known: Interchange,
) -> bool:
    """Judge a held interchange again after its release; return whether it is open now."""
    _take_leniently(opened)
    verdict = judge(place, ledger, transmission, opened, known)
    held = {message.index: message for message in opened.messages}
    waiting = [
        (message, held[message.position])
        for message in ledger.messages.of_interchange(known.id, MessageState.RECEIVED)
    ]
    warned = [(message.id, found) for message, found in waiting]
    _record_warnings(ledger, known.id, opened, warned)
    _conclude_again(ledger, opened, verdict, waiting)
    if verdict.state is InterchangeState.HELD:
        return False
    ledger.interchanges.move(
        known.id,
        InterchangeState.HELD,
        verdict.state,
        partner=verdict.partner,
        code=verdict.code,
        reason=verdict.reason,
    )
    acknowledge(place, ledger, opened, verdict, known.id, [each.id for each, _ in waiting])
    return verdict.state is InterchangeState.OPENED


def _take_leniently(opened: OpenedInterchange) -> None:
    """What a partner says about our own messages is taken however it is written."""
    for message in opened.messages:
        if is_acknowledgement(message.type, opened.format):
            message.warnings = (*message.warnings, *message.faults)
            message.faults = ()


def _conclude_again(
    ledger: Ledger,
    opened: OpenedInterchange,
    verdict: Verdict,
    waiting: Sequence[tuple[Message, OpenedMessage]],
) -> None:
    """End the messages that the new verdict does not let through."""
    for message, found in waiting:
        state, code, reason = _message_state(opened, found, verdict)
        if state is not MessageState.RECEIVED:
            ledger.messages.conclude(
                message.id,
                state,
                code=code,
                reason=reason,
                number=message.number,
            )


def judge(
    place: Workplace,
    ledger: Ledger,
    transmission: Transmission,
    opened: OpenedInterchange,
    known: Interchange | None = None,
) -> Verdict:
    """Decide what becomes of an interchange, recorded already if it was held; writes nothing."""
    held = _reason_to_hold(place, transmission, opened)
    if held is not None:
        return held
    agreement = place.partners.of_sender(opened.sender, opened.sender_qualifier)
    partner = agreement.partner.id if agreement else ERP
    verdict = Verdict(state=InterchangeState.OPENED, agreement=agreement, partner=partner)
    if opened.faults:
        first = opened.faults[0]
        rejected = InterchangeState.REJECTED
        verdict = replace(verdict, state=rejected, code=first.code, reason=first.text)
    else:
        new = _new_interchange(transmission, opened, verdict)
        verdict = _check_repetition(place, ledger, new, verdict, known)
    if verdict.state is InterchangeState.REJECTED and is_final(opened):
        # Nobody would be told: a person must look.
        return replace(verdict, state=InterchangeState.HELD)
    return verdict


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
    new: NewInterchange,
    verdict: Verdict,
    known: Interchange | None,
) -> Verdict:
    """ISO 9735 duplicate key: sender, recipient, reference. XML orders are told by their number."""
    if new.format != "edifact":
        return verdict
    own = verdict.agreement.partner.reference_months if verdict.agreement is not None else None
    since = ledger.now - timedelta(days=31 * (own or place.reference_months))
    found = ledger.interchanges.earlier(new, since, known.id if known else None)
    if found is None:
        return verdict
    earlier, content_hash = found
    if content_hash == new.content_hash:
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
        reason=f"control reference {new.reference} was used before with other content",
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
