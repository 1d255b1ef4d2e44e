"""Acknowledge interchanges: CONTRL for EDIFACT, ApplicationResponse for UBL, where one is owed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edi_gateway.contract.partner import Acknowledge
from edi_gateway.contract.terms import Agreement
from edi_gateway.exchange.outgoing import control_reference, envelope_to, file_name
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.formats.edifact.contrl import write_contrl
from edi_gateway.formats.interchange import OpenedInterchange
from edi_gateway.formats.xml.receipt import write_receipt
from edi_gateway.store import Interchange, InterchangeState, Ledger, NewDelivery

#: Message types that are never acknowledged, or it would never end.
_FINAL = {"CONTRL", "ApplicationResponse"}


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
    ledger.deliveries.add(
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
    """
    Whether an interchange holds acknowledgements of syntax alone, which nobody acknowledges.

    One that came beside an order takes nothing from it: the order is acknowledged.
    """
    if opened.messages:
        return all(message.type in _FINAL for message in opened.messages)
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
    found = ledger.deliveries.our_acknowledgement(earlier.id)
    if found is None:
        return
    type_, name, content = found
    stem, _, suffix = name.rpartition(".")
    again = ledger.series.next(f"resend:{agreement.partner.id}")
    ledger.deliveries.add(
        NewDelivery(
            partner=agreement.partner.id,
            connector=place.route(agreement.partner.id),
            type=type_,
            name=f"{stem}-again{again}.{suffix}",
            content=content,
            interchange_id=interchange_id,
        )
    )
