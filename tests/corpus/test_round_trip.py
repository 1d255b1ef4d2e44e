"""Through the document and back: what is read, written and read again is the same document."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from edi_gateway.demo.shipped import samples
from edi_gateway.documents import Document, to_json
from edi_gateway.errors import HeldError
from edi_gateway.formats import FORMATS, Format
from edi_gateway.formats.edifact.writer import Envelope, write_interchange
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingFile, MappingLibrary
from edi_gateway.formats.targets import kind_of
from edi_gateway.formats.xml.writer import write_document
from tests.conftest import SHARED

LIBRARY = MappingLibrary()
EDIFACT, UBL = FORMATS[0], FORMATS[1]
ENVELOPE = Envelope(
    sender="A",
    sender_qualifier="14",
    recipient="B",
    recipient_qualifier="14",
    reference="1",
    created=datetime(2026, 11, 16, tzinfo=UTC),
)


def documents(format_: Format, data: bytes) -> Iterator[tuple[str, Document]]:
    """Every document that can be read from a file, with the mapping that writes it."""
    for opened in format_.open(
        io.BytesIO(data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: None
    ):
        for message in opened.messages:
            if message.faults:
                continue
            part = data[message.offset : message.offset + message.length]
            read = format_.read(part, opened, message, library=LIBRARY, partner=None)
            if read.document is not None:
                name = (
                    EDIFACT.mapping_name(message.type, message.release)
                    if format_ is EDIFACT
                    else UBL.mapping_name(message.type)
                )
                yield name, read.document


def write(mapping: MappingFile, document: Document) -> bytes:
    if "root" in mapping.settings:
        return write_document(mapping, document)
    return write_interchange(ENVELOPE, [(mapping, document)])


def fields_of(document: Document) -> dict[str, object]:
    """Every field by its path; where a line begins in its file is no business of the document."""
    found: dict[str, object] = {}

    def collect(value: object, path: str) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key != "position":
                    collect(inner, f"{path}.{key}")
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                collect(inner, f"{path}[{number}]")
        elif value is not None:
            found[path] = value

    collect(msgspec.json.decode(to_json(document)), kind_of(document).value)
    return found


def without_second_identifiers(fields: dict[str, object]) -> dict[str, object]:
    """A party is written to UBL with one identifier; its GLN goes before any other."""
    return {
        path: value
        for path, value in fields.items()
        if ".identifier" not in path or f"{path.rpartition('.')[0]}.gln" not in fields
    }


def readable() -> list:
    """The own samples always, and every file of the corpus that holds a document."""
    found = [(EDIFACT, path) for path in sorted((samples() / "orders").glob("*.edi"))]
    found += [(UBL, path) for path in sorted((samples() / "orders").glob("*.xml"))]
    for format_, folder in ((EDIFACT, "edifact"), (UBL, "ubl")):
        for path in sorted((SHARED / "corpus" / folder).rglob("*")):
            if path.is_file() and any(documents(format_, path.read_bytes())):
                found.append((format_, path))
    return [pytest.param(format_, path, id=str(Path(*path.parts[-3:]))) for format_, path in found]


@pytest.mark.parametrize(("format_", "path"), readable())
def test_a_document_written_and_read_again_is_the_same(format_, path):
    for name, document in documents(format_, path.read_bytes()):
        mapping = LIBRARY.find(name)
        try:
            ((_, again),) = documents(format_, write(mapping, document))
        except HeldError as error:
            pytest.skip(f"the file departs from its own table: {error}")

        kept = without_second_identifiers if format_ is UBL else dict
        assert kept(fields_of(again)) == kept(fields_of(document))
