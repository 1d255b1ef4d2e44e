"""From documents to files for the outbox: format, envelope, control reference and name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Catalogue, Document, DocumentType
from edi_gateway.errors import ConfigError, NoAgreement
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.formats import mapping_name
from edi_gateway.formats.edifact.writer import Envelope, write_interchange
from edi_gateway.formats.mapping import MappingFile
from edi_gateway.formats.xml.writer import write_document
from edi_gateway.store import Ledger, NewDelivery

#: A document and the message it answers, if it answers any.
Answer = tuple[int | None, Document]


def put_in_outbox(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    kind: DocumentType,
    answers: Sequence[Answer],
    *,
    interchange_id: int | None,
    test: bool,
) -> None:
    """
    Write the documents in the partner's format and put the files into the outbox.

    EDIFACT: one interchange for all of them, or one each where the partner wants it so; UBL: one
    file for each document.
    """
    if not answers:
        return
    format_name = agreement.partner.formats.of(kind)
    if format_name is None:
        raise NoAgreement(f"{agreement.partner.id} has agreed no format of a {kind}")
    for part in _parcels(agreement, format_name, answers):
        name = mapping_name(format_name, kind, part[0][1])
        mapping = _mapping(place, name, kind, agreement.partner.id)
        reference, content, type_, suffix = _write(place, ledger, agreement, mapping, part, test)
        ledger.deliveries.add(
            NewDelivery(
                partner=agreement.partner.id,
                connector=place.route(agreement.partner.id),
                type=type_,
                name=file_name(ledger, type_, reference, suffix),
                content=content,
                interchange_id=interchange_id,
                message_ids=tuple(id_ for id_, _ in part if id_ is not None),
                documents=tuple(
                    (kind, document.number)
                    for id_, document in part
                    if id_ is None and isinstance(document, Catalogue)
                ),
                reference=reference,
                test=test,
                acknowledgement_hours=agreement.partner.acknowledgement_hours
                if suffix == "edi"
                else None,
            )
        )


def _mapping(place: Workplace, name: str, kind: DocumentType, partner: str) -> MappingFile:
    mapping = place.library.find(name, partner)
    if mapping is None:
        raise ConfigError(f"mappings/{name}.toml is missing; it writes the {kind} of {partner}")
    return mapping


def _parcels(
    agreement: Agreement, format_name: str, answers: Sequence[Answer]
) -> list[Sequence[Answer]]:
    together = format_name.startswith("EDIFACT") and not (
        agreement.partner.one_message_per_interchange
    )
    return [answers] if together else [[answer] for answer in answers]


def _write(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    mapping: MappingFile,
    part: Sequence[Answer],
    test: bool,
) -> tuple[str, bytes, str, str]:
    """Return control reference, bytes, type and suffix of one file."""
    reference = control_reference(ledger, agreement.partner.id)
    if "root" in mapping.settings:
        type_ = str(mapping.settings["root"])
        return reference, write_document(mapping, part[0][1]), type_, "xml"
    type_ = str(mapping.settings["message"])
    envelope = envelope_to(place, ledger, agreement, reference, type_, test=test)
    if agreement.partner.acknowledgement_hours is not None:
        envelope = replace(envelope, acknowledgement_request=True)
    messages = [(mapping, document) for _, document in part]
    return reference, write_interchange(envelope, messages), type_, "edi"


def envelope_to(
    place: Workplace,
    ledger: Ledger,
    agreement: Agreement,
    reference: str,
    type_: str,
    *,
    test: bool,
) -> Envelope:
    """The envelope of an interchange from us to the partner."""
    return Envelope(
        sender=place.company.interchange_id,
        sender_qualifier=place.company.interchange_qualifier,
        recipient=agreement.partner.interchange_id,
        recipient_qualifier=agreement.partner.interchange_qualifier,
        reference=reference,
        created=ledger.now.astimezone(place.zone),
        syntax=agreement.partner.syntax,
        test=test,
        application_reference=type_,
    )


def control_reference(ledger: Ledger, partner: str) -> str:
    """The next control reference (0020, at most 14 characters) of our durable series."""
    return str(ledger.series.next(f"control-reference:{partner}"))


def file_name(ledger: Ledger, type_: str, reference: str, suffix: str) -> str:
    """A name that is unique at the partner's side: type, time and reference."""
    return f"{type_}_{ledger.now:%Y%m%dT%H%M%SZ}_{reference.zfill(6)}.{suffix}"
