"""Bytes <-> documents. A format is recognised by a file's first bytes, never by its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from edi_gateway.contract.partner import RELEASES
from edi_gateway.documents import Document, DocumentType, Invoice
from edi_gateway.errors import ConfigError, UnreadableFile
from edi_gateway.formats.dialects import name_dialect, remedy_for
from edi_gateway.formats.edifact import MAPPINGS, MESSAGE_TYPES, EdifactFormat
from edi_gateway.formats.edifact.places import compile_mapping
from edi_gateway.formats.erp import ErpFormat
from edi_gateway.formats.interchange import (
    Limits,
    OpenedInterchange,
    OpenedMessage,
    PartnerOf,
    ReadMessage,
)
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.formats.xml import XmlFormat
from edi_gateway.formats.xml.places import compile_plan

HEAD_BYTES = 4096


class Format(Protocol):
    """One family of formats: opens files, and reads their messages into documents."""

    name: str

    def recognise(self, head: bytes) -> bool:
        """Whether a file that begins with `head` is of this family."""
        ...

    def open(
        self,
        file: BinaryIO,
        *,
        limits: Limits,
        library: MappingLibrary,
        partner_of: PartnerOf,
    ) -> Iterator[OpenedInterchange]:
        """Yield each interchange with the verdict on it; never raises for any bytes."""
        ...

    def read(
        self,
        data: bytes,
        interchange: OpenedInterchange,
        message: OpenedMessage,
        *,
        library: MappingLibrary,
        partner: str | None,
    ) -> ReadMessage:
        """Read the document of a message without faults."""
        ...


#: Every format that is read, in the order they are tried.
FORMATS: tuple[Format, ...] = (EdifactFormat(), XmlFormat(), ErpFormat())

_UBL = {
    DocumentType.ORDER: "ubl/order-2.1",
    DocumentType.ORDER_CHANGE: "ubl/order-change-2.1",
    DocumentType.ORDER_RESPONSE: "ubl/order-response-2.1",
    DocumentType.DESPATCH_ADVICE: "ubl/despatch-advice-2.1",
    DocumentType.INVOICE: "ubl/invoice-2.1",
    DocumentType.CATALOGUE: "ubl/catalogue-2.1",
}

#: What writes an invoice that is a credit note, for which UBL has a document of its own.
_UBL_CREDIT_NOTE = "ubl/credit-note-2.1"

#: Which mapping writes which document, by the name a partner's package gives the format.
MAPPINGS_OF_FORMAT: dict[str, dict[DocumentType, str]] = {
    **{
        f"EDIFACT {release}": {
            kind: MAPPINGS[type_, release] for kind, type_ in MESSAGE_TYPES.items()
        }
        for release in RELEASES
    },
    "UBL 2.1": _UBL,
    "Peppol BIS 3": _UBL,
}


def mapping_name(format_name: str, kind: DocumentType, document: Document) -> str:
    """The mapping that writes a document in the format a partner has agreed."""
    name = MAPPINGS_OF_FORMAT[format_name][kind]
    is_credit = isinstance(document, Invoice) and document.is_credit
    return _UBL_CREDIT_NOTE if is_credit and name in _UBL.values() else name


def recognise(head: bytes) -> Format:
    """
    Return the format of a file that begins with `head`.

    Raises `UnreadableFile` that names the dialect when it is one we know of but do not read.
    """
    if not head.strip():
        raise UnreadableFile(
            "The file is empty.",
            code="empty-file",
            remedy="Ask the partner to send the file again, then discard this one with a reason.",
        )
    for candidate in FORMATS:
        if candidate.recognise(head):
            return candidate
    dialect = name_dialect(head)
    if dialect is not None:
        raise UnreadableFile(
            f"This is {dialect}, which is recognised but not read.",
            code="dialect-not-built",
            remedy=remedy_for(dialect),
        )
    raise UnreadableFile("The file is not EDI: neither EDIFACT nor XML begins like this.")


def check_mapping(library: MappingLibrary, name: str) -> None:
    """Load and compile a mapping; `ConfigError` names file and line of every fault."""
    mapping = library.find(name)
    if mapping is None:
        raise ConfigError(f"mappings/{name}.toml: there is no such mapping")
    if "root" in mapping.settings:
        compile_plan(mapping)
    else:
        compile_mapping(mapping)
