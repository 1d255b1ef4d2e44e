"""
From any readable file to canonical JSON, and from documents to any format that is written.

Message by message: a faulty one is reported, the others are converted. What a document does not
hold of its message, and what the target does not hold of the document, is told value by value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec import structs

from edi_gateway.documents import (
    DOCUMENTS,
    Document,
    DocumentType,
    Invoice,
    Party,
    from_json,
    to_json,
)
from edi_gateway.errors import ConfigError, HeldError, UnreadableFile
from edi_gateway.formats import HEAD_BYTES, Format, recognise
from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.edifact.charsets import decode
from edi_gateway.formats.edifact.places import compile_mapping
from edi_gateway.formats.edifact.segments import characters_of
from edi_gateway.formats.edifact.uncarried import Carried
from edi_gateway.formats.edifact.writer import Envelope, write_interchange
from edi_gateway.formats.faults import error_of, in_its_characters
from edi_gateway.formats.interchange import Fault, Limits, OpenedInterchange, OpenedMessage
from edi_gateway.formats.mapping import MappingFile, MappingLibrary
from edi_gateway.formats.targets import JSON, TARGETS, UBL, kind_of, mapping_for, mappings_of
from edi_gateway.formats.uncarried import Uncarried
from edi_gateway.formats.unwritten import Unwritten, find_unwritten
from edi_gateway.formats.xml import XmlFormat
from edi_gateway.formats.xml.uncarried import find_uncarried
from edi_gateway.formats.xml.writer import write_document

#: 3055 in every directory.
_LONGEST_SCHEME = 3
_GENERAL = "AAI"


@dataclass(slots=True, kw_only=True)
class Converted:
    """One message of the file, and what became of it."""

    reference: str
    type: str
    release: str
    document: DocumentType | None = None
    #: Why it was not converted; empty when it was.
    faults: tuple[Fault, ...] = ()
    reason: str = ""
    uncarried: list[Uncarried] = field(default_factory=list)
    unwritten: list[Unwritten] = field(default_factory=list)

    @property
    def converted(self) -> bool:
        """Whether the target holds the message."""
        return not self.faults and not self.reason

    @property
    def whole(self) -> bool:
        """Whether the target holds all of it."""
        return self.converted and not self.uncarried and not self.unwritten


@dataclass(slots=True, kw_only=True)
class Conversion:
    """A file converted as far as it could be."""

    target: str
    messages: list[Converted] = field(default_factory=list)
    #: Faults of the file and of its interchanges.
    faults: list[Fault] = field(default_factory=list)
    #: What was written: number of the document (where each has a file of its own), and the bytes.
    files: list[Written] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing was lost."""
        return not self.faults and all(message.whole for message in self.messages)


#: A file: the number of its one document (or nothing), and its content in pieces.
Written = tuple[str, list[bytes]]


@dataclass(slots=True)
class _Item:
    """A document on its way from the file to the target."""

    told: Converted
    document: Document
    opened: OpenedInterchange | None


def convert_file(
    file: Path, target: str, library: MappingLibrary, limits: Limits, now: datetime
) -> Conversion:
    """
    Read a file (canonical JSON with a `document` key, EDIFACT or UBL) and write it as `target`.

    `json` gives one object for a message, or a list of them; EDIFACT an interchange for each that
    was read; UBL a file for each document. Raises `ConfigError` where the file or the target is
    none at all.
    """
    if target != JSON and target not in TARGETS:
        raise ConfigError(f"--to {target}: there are {', '.join((JSON, *TARGETS))}")
    conversion = Conversion(target=target)
    items = _read(file, conversion, library, limits)
    if target == JSON:
        _write_json(conversion, items)
    elif target == UBL:
        _write_ubl(conversion, items, mappings_of(target, library), library)
    else:
        _write_edifact(conversion, items, mappings_of(target, library), library, now)
    if not conversion.messages and not conversion.faults:
        raise ConfigError(f"{file}: holds no message; `edi-gateway inspect` says what it is")
    return conversion


# --- reading --------------------------------------------------------------------------------------


def _read(
    file: Path, conversion: Conversion, library: MappingLibrary, limits: Limits
) -> Iterator[_Item]:
    """Yield the documents of a file one by one; what is known of each goes to `conversion`."""
    with file.open("rb") as stream, file.open("rb") as again:
        head = stream.read(HEAD_BYTES)
        if head.lstrip()[:1] in {b"{", b"["}:
            stream.seek(0)
            documents = _canonical(file, stream.read())
            if documents is not None:
                yield from (_from_json(conversion, *found) for found in documents)
                return
        try:
            format_ = recognise(head)
        except UnreadableFile as error:
            raise ConfigError(f"{file}: {error.advice}") from error
        stream.seek(0)
        source = _Source(format_, again, library)
        for opened in format_.open(
            stream, limits=limits, library=library, partner_of=lambda _s, _q: None
        ):
            codec = opened.details.get("codec", "utf-8")
            conversion.faults += (in_its_characters(fault, codec) for fault in opened.faults)
            yield from source.read(opened, conversion)


def _from_json(conversion: Conversion, kind: DocumentType, document: Document) -> _Item:
    number = str(getattr(document, "number", ""))
    told = Converted(reference=number, type=kind.value, release="", document=kind)
    conversion.messages.append(told)
    return _Item(told, document, None)


def _canonical(file: Path, data: bytes) -> list[tuple[DocumentType, Document]] | None:
    """Documents of a canonical JSON file: objects with `document` beside the document's fields."""
    try:
        value = msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise ConfigError(f"{file}: not valid JSON: {error}") from error
    documents = []
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict) or "document" not in item:
            return None
        kind = item.pop("document")
        if kind not in DOCUMENTS:
            raise ConfigError(f"{file}: document {kind!r} is none of {', '.join(DOCUMENTS)}")
        try:
            document = from_json(DocumentType(kind), msgspec.json.encode(item))
        except msgspec.ValidationError as error:
            raise ConfigError(f"{file}: {kind}: {error}") from error
        documents.append((DocumentType(kind), document))
    return documents


class _Source:
    """Reads the messages of a file, and tells what their documents do not hold."""

    def __init__(self, format_: Format, file: BinaryIO, library: MappingLibrary) -> None:
        self._format = format_
        self._file = file
        self._library = library
        self._carried: dict[str, Carried] = {}

    def read(self, opened: OpenedInterchange, conversion: Conversion) -> Iterator[_Item]:
        """Yield the documents of an interchange; every message is entered in `conversion`."""
        for message in opened.messages:
            told = Converted(
                reference=message.reference, type=message.type, release=message.release
            )
            conversion.messages.append(told)
            if message.faults:
                codec = opened.details.get("codec", "utf-8")
                told.faults = tuple(in_its_characters(fault, codec) for fault in message.faults)
                continue
            self._file.seek(message.offset)
            data = self._file.read(message.length)
            read = self._format.read(data, opened, message, library=self._library, partner=None)
            if read.document is None:
                lacking = f"it lacks {', '.join(read.missing)}"
                told.reason = lacking if read.missing else "such messages are not read"
                continue
            told.document = kind_of(read.document)
            told.uncarried = self._uncarried(data, opened, message, read.document)
            yield _Item(told, read.document, opened)

    def _uncarried(
        self, data: bytes, opened: OpenedInterchange, message: OpenedMessage, document: Document
    ) -> list[Uncarried]:
        if isinstance(self._format, EdifactFormat):
            name = self._format.mapping_name(message.type, message.release) or ""
            mapping = self._library.find(name)
            if mapping is None:
                return []
            if name not in self._carried:
                self._carried[name] = Carried(compile_mapping(mapping))
            text = decode(data, opened.details.get("codec", "latin-1"))
            return self._carried[name].find(text, characters_of(opened), document)
        if isinstance(self._format, XmlFormat):
            mapping = self._library.find(self._format.mapping_name(message.type))
            return find_uncarried(mapping, data, document) if mapping is not None else []
        return []  # JSON of the ERP: unknown keys are faults


# --- writing --------------------------------------------------------------------------------------

Mappings = dict[DocumentType, MappingFile]


def _write_json(conversion: Conversion, items: Iterator[_Item]) -> None:
    pieces: list[bytes] = []
    for item in items:
        pieces += (b",\n" if pieces else b"", _json_of(item.document))
    if pieces:
        listed = len(conversion.messages) > 1
        around = (b"[\n", b"\n]\n") if listed else (b"", b"\n")
        conversion.files.append(("", [around[0], *pieces, around[1]]))


def _json_of(document: Document) -> bytes:
    kind = msgspec.json.encode(kind_of(document).value)
    return msgspec.json.format(b'{"document":' + kind + b"," + to_json(document)[1:], indent=2)


def _write_ubl(
    conversion: Conversion, items: Iterator[_Item], mappings: Mappings, library: MappingLibrary
) -> None:
    for item in items:
        mapping = _mapping_for(item, conversion.target, mappings, library)
        if mapping is not None:
            data = write_document(mapping, item.document)
            if _reads_back(item, data, XmlFormat(), library):
                conversion.files.append((item.told.reference, [data]))


def _write_edifact(
    conversion: Conversion,
    items: Iterator[_Item],
    mappings: Mappings,
    library: MappingLibrary,
    now: datetime,
) -> None:
    """Write an interchange for each that was read, so that sender and recipient stay together."""
    by_interchange: dict[int, list[tuple[MappingFile, Document]]] = {}
    envelopes: dict[int, Envelope] = {}
    for item in items:
        mapping = _mapping_for(item, conversion.target, mappings, library)
        if mapping is None:
            continue
        key = item.opened.index if item.opened is not None else 0
        envelope = envelopes.setdefault(key, _envelope(item, now))
        try:
            document = _for_edifact(item.document)
            alone = write_interchange(envelope, [(mapping, document)])
        except HeldError as error:
            item.told.reason = error.advice
            continue
        if _reads_back(item, alone, EdifactFormat(), library):
            by_interchange.setdefault(key, []).append((mapping, document))
    data = [write_interchange(envelopes[key], held) for key, held in by_interchange.items()]
    if data:
        conversion.files.append(("", data))


def _for_edifact(document: Document) -> Document:
    """
    Leave out what makes no EDIFACT, and name what it wants named.

    3055 names the keeper of an identifier in three characters; the codes of ISO 6523 that UBL uses
    have four. What was left out is told like all else. A note without a subject becomes general
    information (4451 AAI).
    """
    changes: dict[str, Any] = {}
    for spec in structs.fields(document):
        party = getattr(document, spec.name)
        if isinstance(party, Party) and len(party.identifier_scheme or "") > _LONGEST_SCHEME:
            changes[spec.name] = structs.replace(party, identifier_scheme=None)
    if isinstance(document, Invoice):
        changes["notes"] = tuple(
            structs.replace(note, subject=note.subject or _GENERAL) for note in document.notes
        )
    return structs.replace(document, **changes) if changes else document


def _mapping_for(
    item: _Item, target: str, mappings: Mappings, library: MappingLibrary
) -> MappingFile | None:
    mapping = mapping_for(item.document, mappings, library)
    if mapping is None:
        kind, known = kind_of(item.document), ", ".join(sorted(mappings))
        item.told.reason = f"no {kind.value} is written as {target}, only {known}"
    return mapping


def _reads_back(item: _Item, data: bytes, format_: Format, library: MappingLibrary) -> bool:
    """
    Read what was written, and note what it does not hold; False when it is not in order.

    The mapping's own word for it is not enough: texts are cut and letters replaced on the way.
    """
    found = format_.open(
        BytesIO(data), limits=Limits(), library=library, partner_of=lambda _s, _q: None
    )
    (opened,) = found
    (message,) = opened.messages
    faults = [*opened.faults, *message.faults]
    if faults:
        item.told.reason = f"what was written of it is not in order: {faults[0].text}"
        return False
    part = data[message.offset : message.offset + message.length]
    read = format_.read(part, opened, message, library=library, partner=None)
    if read.document is None:
        return True  # such documents are written only
    item.told.unwritten = find_unwritten(item.document, read.document)
    return True


def _envelope(item: _Item, now: datetime) -> Envelope:
    """The envelope of the interchange that was read, or one made from the document's parties."""
    opened, document = item.opened, item.document
    if opened is not None and opened.sender and opened.format != "erp":
        return Envelope(
            sender=opened.sender,
            sender_qualifier=opened.sender_qualifier,
            recipient=opened.recipient,
            recipient_qualifier=opened.recipient_qualifier,
            reference=opened.reference[:14],
            created=now,
            test=opened.test,
        )
    buyer, supplier = (
        (getattr(getattr(document, role, None), "gln", None) or role.upper())
        for role in ("buyer", "supplier")
    )
    from_buyer = kind_of(document) in {DocumentType.ORDER, DocumentType.ORDER_CHANGE}
    return Envelope(
        sender=buyer if from_buyer else supplier,
        sender_qualifier="14",
        recipient=supplier if from_buyer else buyer,
        recipient_qualifier="14",
        reference="1",
        created=now,
    )


# --- for programs ---------------------------------------------------------------------------------


def report_of(conversion: Conversion, file: Path) -> dict[str, object]:
    """The report of a conversion for programs; its keys are those of `docs/inspect.md`."""
    return {
        "file": str(file),
        "to": conversion.target,
        "whole": conversion.whole,
        "errors": [error_of(fault) for fault in conversion.faults],
        "messages": [_report_of(message) for message in conversion.messages],
    }


def _report_of(message: Converted) -> dict[str, object]:
    return {
        "reference": message.reference,
        "type": message.type,
        "release": message.release,
        "document": message.document,
        "converted": message.converted,
        "reason": message.reason or None,
        "errors": [error_of(fault) for fault in message.faults],
        "not_carried": [asdict(lost) for lost in message.uncarried],
        "not_written": [asdict(lost) for lost in message.unwritten],
    }


def names_of(files: Sequence[Written], target: str) -> Iterator[Written]:
    """Name files for a folder by the numbers of their documents, each name once."""
    suffix = {JSON: "json", UBL: "xml"}.get(target, "edi")
    used: set[str] = set()
    for number, (reference, data) in enumerate(files, 1):
        safe = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in reference)[:60]
        name = safe if safe and safe not in used else f"{safe or 'converted'}-{number}"
        used.add(name)
        yield f"{name}.{suffix}", data
