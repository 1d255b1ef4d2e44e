"""
What is fuzzed: one target for each entrance. A target takes any bytes and raises only for a bug.

Besides not raising, each keeps promises that hold whatever comes in: nothing is lost between the
segments, places lie in the file, what we answer is itself without a fault.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from datetime import UTC, datetime

from edi_gateway.errors import UnreadableFile
from edi_gateway.formats import recognise
from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.edifact.contrl import write_contrl
from edi_gateway.formats.edifact.tokens import (
    DEFAULT,
    ServiceCharacters,
    components,
    split_elements,
    split_segments,
)
from edi_gateway.formats.edifact.writer import Envelope
from edi_gateway.formats.interchange import Fault, Limits, OpenedInterchange
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.formats.xml import XmlFormat
from edi_gateway.inspection import error_of

LIBRARY = MappingLibrary()
LIMITS = Limits(interchange_bytes=10_000_000, messages=1000)
EDIFACT, XML = EdifactFormat(), XmlFormat()

_ENVELOPE = Envelope(
    sender="4012345500004",
    sender_qualifier="14",
    recipient="5412345000013",
    recipient_qualifier="14",
    reference="77",
    created=datetime(2026, 11, 16, 8, 30, tzinfo=UTC),
)


def tokens(data: bytes) -> None:
    """The splitter: what it cuts, put together again, is what came in."""
    text = data.decode("latin-1")
    declared = text[:9] if text.startswith("UNA") and len(text) >= 9 else DEFAULT.to_una()
    chars = ServiceCharacters.from_una(declared) or DEFAULT
    segments, rest = split_segments(text, chars)
    assert "".join(f"{raw}{chars.terminator}" for raw in segments) + rest == text
    for raw in segments:
        elements = [components(element, chars) for element in split_elements(raw, chars)]
        if not chars.release or chars.release not in raw:
            assert chars.element.join(map(chars.component.join, elements)) == raw
        assert all(part is not None for element in elements for part in element)


def envelope(data: bytes) -> None:
    """Opening: verdicts whose places lie in the file, and a CONTRL without a fault of its own."""
    for opened in _open(data):
        _check_places(opened, len(data))
        if opened.answerable:
            _answer(opened)


def reading(data: bytes) -> None:
    """Validation and reading: a message without a fault is read, or says what it lacks."""
    for opened in _open(data):
        for message in opened.messages:
            if message.faults or opened.faults:
                continue
            part = data[message.offset : message.offset + message.length]
            read = EDIFACT.read(part, opened, message, library=LIBRARY, partner=None)
            assert read.document is None or not read.missing


def xml(data: bytes) -> None:
    """An XML file, opened and read; the inspection's view of every fault."""
    for opened in XML.open(
        io.BytesIO(data), limits=LIMITS, library=LIBRARY, partner_of=lambda *_: None
    ):
        _check_faults(opened.faults, len(data))
        for message in opened.messages:
            _check_faults(message.faults, len(data))
            if not opened.faults and not message.faults:
                XML.read(data, opened, message, library=LIBRARY, partner=None)


def any_file(data: bytes) -> None:
    """A file of no known kind, as `inspect` takes it: recognised, then opened."""
    try:
        format_ = recognise(data[:4096])
    except UnreadableFile:
        return
    for opened in format_.open(
        io.BytesIO(data), limits=LIMITS, library=LIBRARY, partner_of=lambda *_: None
    ):
        for fault in opened.faults:
            error_of(fault)


#: Each target, and the kind of its seeds.
TARGETS: dict[str, tuple[Callable[[bytes], None], str]] = {
    "tokens": (tokens, "edifact"),
    "envelope": (envelope, "edifact"),
    "reading": (reading, "edifact"),
    "xml": (xml, "xml"),
    "any-file": (any_file, "xml"),
}


def _open(data: bytes) -> list[OpenedInterchange]:
    return list(
        EDIFACT.open(io.BytesIO(data), limits=LIMITS, library=LIBRARY, partner_of=lambda *_: None)
    )


def _check_places(opened: OpenedInterchange, size: int) -> None:
    assert 0 <= opened.offset <= opened.offset + opened.length <= size
    _check_faults(opened.faults, size)
    for message in opened.messages:
        assert opened.offset <= message.offset <= message.offset + message.length <= size
        assert message.segments >= 1
        _check_faults(message.faults, size)
    for one, next_ in itertools.pairwise(opened.messages):
        assert one.offset < next_.offset


def _check_faults(faults: tuple[Fault, ...] | list[Fault], size: int) -> None:
    for fault in faults:
        assert fault.code and fault.edifact_code and fault.text and fault.remedy
        assert fault.offset is None or 0 <= fault.offset <= size, fault
        assert fault.segment is None or fault.segment >= 1
        assert fault.element is None or fault.element >= 1
        assert fault.component is None or fault.component >= 1


def _answer(opened: OpenedInterchange) -> None:
    answer = write_contrl(opened, _ENVELOPE)
    (own,) = _open(answer)
    assert own.faults == []
    assert [message.type for message in own.messages] == ["CONTRL"]
