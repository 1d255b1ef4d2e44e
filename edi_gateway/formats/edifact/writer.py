"""
Documents to messages, messages to an interchange.

A mapping says where each value goes, the message table in which order the segments stand. Text is
brought into the agreed repertoire first, then to the element's length, then escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from edi_gateway.documents import Document
from edi_gateway.formats.edifact.charsets import CODECS, transliterate
from edi_gateway.formats.edifact.directory import Element, Node, Table, Value
from edi_gateway.formats.edifact.places import Compiled, Part, Place, compile_mapping
from edi_gateway.formats.edifact.tokens import DEFAULT, ServiceCharacters, escape
from edi_gateway.formats.mapping import MappingFile, getter

#: Values of one segment: (element, component) -> text.
Cells = dict[tuple[int, int], str]
Key = tuple[tuple[int, int], ...]


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


@dataclass(slots=True)
class _Draft:
    """A segment being filled."""

    node: Node
    cells: Cells = field(default_factory=dict)
    #: Whether a value of the document is in it, not just constants.
    filled: bool = False


def write_interchange(
    envelope: Envelope,
    messages: Sequence[tuple[MappingFile, Document]],
    *,
    first_reference: int = 1,
) -> bytes:
    """Write one interchange that holds `messages`, numbered from `first_reference`."""
    bodies = [
        _write_message(compile_mapping(mapping), document, str(reference), envelope)
        for reference, (mapping, document) in enumerate(messages, first_reference)
    ]
    return DEFAULT.to_una().encode("ascii") + wrap(envelope, bodies, len(messages))


def wrap(envelope: Envelope, bodies: Sequence[str], count: int) -> bytes:
    """Put UNB and UNZ around written messages, and encode."""
    text = "".join((_unb(envelope), *bodies, segment("UNZ", str(count), envelope.reference)))
    return text.encode(CODECS.get(envelope.syntax, "latin-1"), "replace")


def segment(tag: str, *elements: str | Sequence[str]) -> str:
    """Write one segment from elements (text, or a sequence of components), trailing empties cut."""
    marks = DEFAULT
    written = [_composite([part] if isinstance(part, str) else part, marks) for part in elements]
    while written and not written[-1]:
        written.pop()
    return marks.element.join((tag, *written)) + marks.terminator


def _composite(parts: Sequence[str], marks: ServiceCharacters) -> str:
    texts = [escape(part, marks) for part in parts]
    while texts and not texts[-1]:
        texts.pop()
    return marks.component.join(texts)


def _unb(envelope: Envelope) -> str:
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
    )


def _write_message(
    compiled: Compiled, document: Document, reference: str, envelope: Envelope
) -> str:
    drafts = _Drafts(compiled.table, envelope.syntax)
    for part in compiled.parts:
        if part.trigger is None:
            drafts.fill(part, document, ())
            continue
        for index, row in enumerate(getattr(document, part.section.name)):
            drafts.fill(part, row, ((part.trigger.number, index),))
    settings = compiled.mapping.settings
    version, _, release = compiled.table.release.rpartition(".")
    identity = (compiled.table.type, version, release, "UN", str(settings.get("association", "")))
    lines = drafts.written()
    return "".join(
        (
            segment("UNH", reference, identity),
            *lines,
            segment("UNT", str(len(lines) + 2), reference),
        )
    )


class _Drafts:
    """The segments of one message, collected in any order, written in that of the table."""

    def __init__(self, table: Table, syntax: str) -> None:
        self._table = table
        self._syntax = syntax
        self._drafts: dict[Key, _Draft] = {}
        self._known: dict[tuple[Key, int, str], int] = {}

    def fill(self, part: Part, row: Any, base: Key) -> None:
        """Put the values of one part of the document into their segments."""
        for place in part.places:
            entry = place.entry
            if not entry.writes:
                continue
            if entry.field is None:
                self._put(place, entry.constant or "", base, filled=False)
                continue
            value = getter(entry.field)(row)
            if value is None:
                continue
            several = isinstance(value, tuple) and entry.converter.name == "texts"
            for number, one in enumerate(value if several else [value]):
                text = one if several else entry.converter.write(value)
                self._put(place, text, base, filled=bool(text), number=number)

    def _put(self, place: Place, text: str, base: Key, *, filled: bool, number: int = 0) -> None:
        draft = self._draft(place, base, number)
        text = text if place.entry.converter.numeric else transliterate(text, self._syntax)
        element = _free(place, draft)
        if element is None:
            return
        values = [value for value in element.values if value.id == place.values[0].id]
        if (values[0].element, values[0].component) in draft.cells and filled:
            return  # the first that has a value wins
        for value, piece in zip(values, _pieces(text, values), strict=False):
            draft.cells[value.element, value.component] = piece
        draft.filled = draft.filled or filled
        at = values[0].element
        if place.condition is not None and not place.condition.negated:
            draft.cells[at, place.condition.component] = place.condition.values[0]
        if place.format is not None:
            draft.cells[at, place.format] = "102"

    def _draft(self, place: Place, base: Key, number: int) -> _Draft:
        key = base
        for hop in place.path:
            if key and hop.node.number == key[-1][0] and key == base:
                self._ensure(key, hop.node, hop.qualifiers)
                continue
            qualifier = f"{hop.qualifiers[0] if hop.qualifiers else ''}#{number}"
            index = self._known.setdefault((key, hop.node.number, qualifier), len(self._known))
            key = (*key, (hop.node.number, index))
            self._ensure(key, hop.node, hop.qualifiers)
        return self._drafts[key]

    def _ensure(self, key: Key, node: Node, qualifiers: tuple[str, ...]) -> None:
        if key in self._drafts:
            return
        draft = self._drafts[key] = _Draft(node)
        if qualifiers:
            first = self._table.segments[node.tag][0].values[0]
            draft.cells[first.element, first.component] = qualifiers[0]

    def written(self) -> list[str]:
        """Return the segments in order; those of constants alone only where they are mandatory."""
        needed = {
            key[:depth]
            for key, draft in self._drafts.items()
            if draft.filled or (draft.node.mandatory and draft.node.parent is None)
            for depth in range(1, len(key) + 1)
        }
        kept = {key: draft for key, draft in sorted(self._drafts.items()) if key in needed}
        self._complete(kept)
        return [_write(draft, self._table) for draft in kept.values()]

    def _complete(self, kept: dict[Key, _Draft]) -> None:
        """
        Two things a mapping cannot say, for they depend on what else is in the message.

        PIA+5 carries the main identification of a line without GTIN; a line's reference to the
        order's line repeats the order's number.
        """
        order = next((d.cells.get((1, 1)) for d in kept.values() if _is(d, "RFF", "ON")), None)
        for key, draft in kept.items():
            if len(key) < 2:
                continue
            line = kept.get(key[:1])
            if line is None or line.node.tag != "LIN":
                continue
            if _is(draft, "PIA", "1") and (3, 0) not in line.cells:
                draft.cells[1, 0] = "5"
            if _is(draft, "RFF", "ON") and (1, 1) not in draft.cells and order:
                draft.cells[1, 1] = order


def _is(draft: _Draft, tag: str, qualifier: str) -> bool:
    return draft.node.tag == tag and draft.cells.get((1, 0)) == qualifier


def _free(place: Place, draft: _Draft) -> Element | None:
    """The composite to write into: the first repetition that is free, or already this one's."""
    if place.condition is None or place.condition.negated:
        return place.elements[0]
    for element in place.elements:
        at = element.values[0].element
        if not any((at, value.component) in draft.cells for value in element.values):
            return element
    return None


def _pieces(text: str, values: Sequence[Value]) -> list[str]:
    """Cut text to the components' lengths, between words where that is possible."""
    pieces: list[str] = []
    for value in values:
        if not text:
            break
        length = value.length or len(text)
        if len(text) <= length:
            pieces.append(text)
            return pieces
        cut = text.rfind(" ", 0, length + 1) if len(values) > 1 else -1
        cut = cut if cut > 0 else length
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return pieces


def _write(draft: _Draft, table: Table) -> str:
    elements: list[list[str]] = []
    for element in table.segments[draft.node.tag]:
        at = element.values[0].element
        elements.append([draft.cells.get((at, value.component), "") for value in element.values])
    return segment(draft.node.tag, *elements)
