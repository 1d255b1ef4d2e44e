"""
Messages to an interchange: the envelope around what the mappings' layouts write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from edi_gateway.documents import Document
from edi_gateway.formats.edifact.charsets import CODECS
from edi_gateway.formats.edifact.layout import Layout
from edi_gateway.formats.edifact.places import compile_mapping
from edi_gateway.formats.edifact.tokens import DEFAULT, ServiceCharacters, escape
from edi_gateway.formats.mapping import MappingFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What UNB says; counts and references of the trailers follow from the messages."""

    sender: str
    sender_qualifier: str
    recipient: str
    recipient_qualifier: str
    reference: str
    created: datetime
    syntax: str = "UNOC"
    version: str = "3"
    test: bool = False
    application_reference: str = ""
    acknowledgement_request: bool = False
    agreement: str = ""


def write_interchange(
    envelope: Envelope,
    messages: Sequence[tuple[MappingFile, Document]],
    *,
    first_reference: int = 1,
) -> bytes:
    """Write one interchange that holds `messages`, numbered from `first_reference`."""
    bodies = [
        _layout(mapping, envelope.syntax).write(document, str(reference))
        for reference, (mapping, document) in enumerate(messages, first_reference)
    ]
    return DEFAULT.to_una().encode("ascii") + wrap(envelope, bodies, len(messages))


#: The layout of each mapping and repertoire; the mapping is kept, so that its id stays its own.
_layouts: dict[tuple[int, str], tuple[MappingFile, Layout]] = {}


def _layout(mapping: MappingFile, syntax: str) -> Layout:
    known = _layouts.get((id(mapping), syntax))
    if known is None:
        layout = Layout(compile_mapping(mapping), syntax)
        known = _layouts[id(mapping), syntax] = (mapping, layout)
    return known[1]


def marks_of(version: str) -> ServiceCharacters:
    """The service characters of an interchange without UNA: version 4 repeats with an asterisk."""
    return replace(DEFAULT, repetition="*") if version == "4" else DEFAULT


def wrap(envelope: Envelope, bodies: Sequence[str], count: int) -> bytes:
    """Put UNB and UNZ around written messages, and encode."""
    marks = marks_of(envelope.version)
    trailer = segment("UNZ", str(count), envelope.reference, marks=marks)
    text = "".join((_unb(envelope, marks), *bodies, trailer))
    return text.encode(CODECS.get(envelope.syntax, "latin-1"), "replace")


def segment(tag: str, *elements: str | Sequence[str], marks: ServiceCharacters = DEFAULT) -> str:
    """Write one segment from elements (text, or a sequence of components), trailing empties cut."""
    written = [_composite([part] if isinstance(part, str) else part, marks) for part in elements]
    while written and not written[-1]:
        written.pop()
    return marks.element.join((tag, *written)) + marks.terminator


def _composite(parts: Sequence[str], marks: ServiceCharacters) -> str:
    texts = [escape(part, marks) for part in parts]
    while texts and not texts[-1]:
        texts.pop()
    return marks.component.join(texts)


def _unb(envelope: Envelope, marks: ServiceCharacters) -> str:
    year = "%Y" if envelope.version == "4" else "%y"
    return segment(
        "UNB",
        (envelope.syntax, envelope.version),
        (envelope.sender, envelope.sender_qualifier),
        (envelope.recipient, envelope.recipient_qualifier),
        (envelope.created.strftime(f"{year}%m%d"), envelope.created.strftime("%H%M")),
        envelope.reference,
        "",
        envelope.application_reference,
        "",
        "1" if envelope.acknowledgement_request else "",
        envelope.agreement,
        "1" if envelope.test else "",
        marks=marks,
    )
