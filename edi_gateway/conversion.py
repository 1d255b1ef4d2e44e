"""From any readable file to canonical JSON, and from documents to any format that is written."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from edi_gateway.documents import DOCUMENTS, Document, DocumentType, from_json, to_json
from edi_gateway.errors import ConfigError
from edi_gateway.formats import HEAD_BYTES, MAPPINGS_OF_FORMAT, recognise
from edi_gateway.formats.edifact.writer import Envelope, write_interchange
from edi_gateway.formats.interchange import Limits, OpenedInterchange
from edi_gateway.formats.mapping import MappingFile, MappingLibrary
from edi_gateway.formats.xml.writer import write_document

#: Mapping that writes each document type, by target format: `edifact-d96a` and so on, and `ubl`.
TARGETS: dict[str, dict[DocumentType, str]] = {
    name.lower().replace(" ", "-").replace(".", ""): mappings
    for name, mappings in MAPPINGS_OF_FORMAT.items()
    if name.startswith("EDIFACT")
} | {"ubl": MAPPINGS_OF_FORMAT["UBL 2.1"]}


def convert_file(
    file: Path, target: str, library: MappingLibrary, limits: Limits, now: datetime
) -> bytes:
    """
    Read a file (canonical JSON with a `document` key, EDIFACT or UBL) and write it as `target`.

    `json` gives one object for each message. Raises `ConfigError` naming what cannot be converted.
    """
    interchange, documents = _read(file, library, limits)
    if target == "json":
        return _as_json(documents)
    if target not in TARGETS:
        raise ConfigError(f"--to {target}: there are json, {', '.join(TARGETS)}")
    mappings = [_mapping(kind, target, library) for kind, _ in documents]
    if target == "ubl":
        if len(documents) != 1:
            raise ConfigError(
                f"{file}: holds {len(documents)} documents; a UBL file holds one, so convert "
                "to json and split it first"
            )
        return write_document(mappings[0], documents[0][1])
    envelope = _envelope(interchange, documents, now)
    return write_interchange(
        envelope, [(m, d) for m, (_, d) in zip(mappings, documents, strict=True)]
    )


def _read(
    file: Path, library: MappingLibrary, limits: Limits
) -> tuple[OpenedInterchange | None, list[tuple[DocumentType, Document]]]:
    canonical = _canonical(file)
    if canonical is not None:
        return None, canonical
    documents: list[tuple[DocumentType, Document]] = []
    first: OpenedInterchange | None = None
    with file.open("rb") as stream, file.open("rb") as again:
        format_ = recognise(stream.read(HEAD_BYTES))
        stream.seek(0)
        for opened in format_.open(
            stream, limits=limits, library=library, partner_of=lambda _s, _q: None
        ):
            first = first or opened
            for message in opened.messages:
                if message.faults:
                    raise ConfigError(f"{file}: {message.reference}: {message.faults[0].text}")
                again.seek(message.offset)
                data = again.read(message.length)
                read = format_.read(data, opened, message, library=library, partner=None)
                if read.document is None:
                    why = f"lacks {', '.join(read.missing)}" if read.missing else "is not read yet"
                    raise ConfigError(f"{file}: {message.type} {message.reference} {why}")
                documents.append((kind_of(read.document), read.document))
    if not documents:
        raise ConfigError(f"{file}: holds no message that can be converted; try `inspect`")
    return first, documents


def _canonical(file: Path) -> list[tuple[DocumentType, Document]] | None:
    """Documents of a canonical JSON file: objects with `document` beside the document's fields."""
    data = file.read_bytes()
    if data.lstrip()[:1] not in {b"{", b"["}:
        return None
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


def _as_json(documents: list[tuple[DocumentType, Document]]) -> bytes:
    values: list[Any] = [
        {"document": kind.value, **msgspec.json.decode(to_json(document))}
        for kind, document in documents
    ]
    value = values[0] if len(values) == 1 else values
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _mapping(kind: DocumentType, target: str, library: MappingLibrary) -> MappingFile:
    name = TARGETS[target].get(kind)
    mapping = library.find(name) if name else None
    if mapping is None:
        raise ConfigError(f"a {kind.value} cannot be written as {target}")
    return mapping


def _envelope(
    opened: OpenedInterchange | None,
    documents: list[tuple[DocumentType, Document]],
    now: datetime,
) -> Envelope:
    """The envelope of the file that was read, or one made from the document's parties."""
    if opened is not None and opened.sender:
        return Envelope(
            sender=opened.sender,
            sender_qualifier=opened.sender_qualifier,
            recipient=opened.recipient,
            recipient_qualifier=opened.recipient_qualifier,
            reference=opened.reference[:14],
            created=now,
            test=opened.test,
        )
    document: Any = documents[0][1]
    buyer, supplier = document.buyer.gln or "BUYER", document.supplier.gln or "SUPPLIER"
    from_buyer = documents[0][0] in {DocumentType.ORDER, DocumentType.ORDER_CHANGE}
    return Envelope(
        sender=buyer if from_buyer else supplier,
        sender_qualifier="14",
        recipient=supplier if from_buyer else buyer,
        recipient_qualifier="14",
        reference="1",
        created=now,
    )


def kind_of(document: Document) -> DocumentType:
    """The type of a document."""
    return next(kind for kind, shape in DOCUMENTS.items() if isinstance(document, shape))
