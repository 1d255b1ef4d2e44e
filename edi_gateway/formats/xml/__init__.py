"""XML files: UBL 2.1 is read and written; other dialects are named, and nobody is answered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from lxml import etree

from edi_gateway.formats.dialects import Root, name_dialect, name_message
from edi_gateway.formats.interchange import (
    Fault,
    Level,
    Limits,
    OpenedInterchange,
    OpenedMessage,
    PartnerOf,
    ReadMessage,
)
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.formats.xml.envelope import LARGEST_BYTES, Unopenable, open_tree
from edi_gateway.formats.xml.places import NAMESPACES
from edi_gateway.formats.xml.reader import Reading, read_document
from edi_gateway.formats.xml.receipt import write_receipt
from edi_gateway.formats.xml.writer import write_document

__all__ = ["XmlFormat", "write_document", "write_receipt"]


_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
#: Long comments may stand in front of the root.
_HEAD = 65_536

#: Who sends and who receives each UBL document, by the element that holds the party.
_ROLES = {
    "Order": ("BuyerCustomerParty", "SellerSupplierParty"),
    "OrderChange": ("BuyerCustomerParty", "SellerSupplierParty"),
    "OrderCancellation": ("BuyerCustomerParty", "SellerSupplierParty"),
    "OrderResponse": ("SellerSupplierParty", "BuyerCustomerParty"),
    "OrderResponseSimple": ("SellerSupplierParty", "BuyerCustomerParty"),
    "DespatchAdvice": ("DespatchSupplierParty", "DeliveryCustomerParty"),
    "ReceiptAdvice": ("DeliveryCustomerParty", "DespatchSupplierParty"),
    "Invoice": ("AccountingSupplierParty", "AccountingCustomerParty"),
    "CreditNote": ("AccountingSupplierParty", "AccountingCustomerParty"),
    "Catalogue": ("ProviderParty", "ReceiverParty"),
    "ApplicationResponse": ("SenderParty", "ReceiverParty"),
}

#: What customers send us: checked when it is opened, and acknowledged.
_ACKNOWLEDGED = {"Order", "OrderChange", "OrderCancellation"}


class XmlFormat:
    """
    XML files. UBL documents are opened, one to a file; of these, those with a mapping are read.

    Whatever the bytes, `open` gives a verdict with a line and never raises.
    """

    name = "ubl"

    def mapping_name(self, kind: str) -> str:
        """The general mapping of a UBL document type, such as `ubl/order-2.1`."""
        return _mapping_name(kind)

    def recognise(self, head: bytes) -> bool:
        """Whether `head` begins like XML: `<` behind a byte order mark and white space."""
        start = head.removeprefix(b"\xef\xbb\xbf")
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            start = head[2:].replace(b"\x00", b"")
        return start.lstrip(b" \t\r\n\x00").startswith(b"<")

    def open(
        self,
        file: BinaryIO,
        *,
        limits: Limits,
        library: MappingLibrary,
        partner_of: PartnerOf,
    ) -> Iterator[OpenedInterchange]:
        """Yield the one interchange of the file. `partner_of` takes identifier and qualifier."""
        largest = min(LARGEST_BYTES, limits.interchange_bytes)
        data = file.read(largest + 1)
        opened = OpenedInterchange(
            format=self.name, length=len(data), content_hash=hashlib.sha256(data).hexdigest()
        )
        dialect = name_dialect(data[:_HEAD])
        if dialect is not None:
            yield _not_built(opened, dialect, data[:_HEAD])
            return
        try:
            root = open_tree(data, largest=largest)
        except Unopenable as error:
            yield _unreadable(opened, error.fault)
            return
        yield _open_ubl(opened, root, library, partner_of)

    def read(
        self,
        data: bytes,
        interchange: OpenedInterchange,
        message: OpenedMessage,
        *,
        library: MappingLibrary,
        partner: str | None,
    ) -> ReadMessage:
        """Read the document of a message without faults; `missing` names what is not there."""
        try:
            root = open_tree(data)
        except Unopenable as error:
            return ReadMessage(document=None, missing=(error.fault.text,))
        reading = _read(root, message.type, library, partner)
        if reading is None:
            return ReadMessage(document=None)
        missing_fields = reading.missing or tuple(fault.text for fault in reading.faults)
        return ReadMessage(document=reading.document, missing=missing_fields)


def _open_ubl(
    opened: OpenedInterchange, root: etree._Element, library: MappingLibrary, partner_of: PartnerOf
) -> OpenedInterchange:
    name = etree.QName(root)
    if name.namespace != f"{_UBL}{name.localname}-2":
        return _unknown(opened, Root(name=name.localname, namespace=name.namespace or ""))
    sender, receiver = _ROLES.get(name.localname, ("", ""))
    opened.sender, opened.sender_qualifier = _address(root, sender)
    opened.recipient, opened.recipient_qualifier = _address(root, receiver)
    opened.reference = _text(root, "cbc:ID")
    opened.answerable = bool(opened.sender and opened.reference)
    opened.acknowledgement_requested = name.localname in _ACKNOWLEDGED
    message = OpenedMessage(
        index=0,
        reference=opened.reference,
        type=name.localname,
        release=_text(root, "cbc:UBLVersionID") or "2.1",
        association=_text(root, "cbc:CustomizationID"),
        length=opened.length,
    )
    if name.localname in _ACKNOWLEDGED:
        partner = partner_of(opened.sender, opened.sender_qualifier) if opened.sender else None
        name_ = partner.partner if partner is not None else None
        reading = _read(root, message.type, library, name_)
        message.faults = reading.faults if reading else ()
    opened.messages = [message]
    return opened


def _read(
    root: etree._Element, kind: str, library: MappingLibrary, partner: str | None
) -> Reading | None:
    mapping = library.find(_mapping_name(kind), partner)
    return read_document(mapping, root) if mapping is not None else None


def _mapping_name(kind: str) -> str:
    """
    Return the mapping of a UBL document type.

    >>> _mapping_name("OrderResponse")
    'ubl/order-response-2.1'
    """
    return f"ubl/{re.sub('(?<=[a-z])(?=[A-Z])', '-', kind).lower()}-2.1"


def _address(root: etree._Element, role: str) -> tuple[str, str]:
    """Return identifier and qualifier of a party: its endpoint, else its GLN."""
    if not role:
        return "", ""
    for path in (f"cac:{role}/cac:Party/", f"cac:{role}/"):
        endpoint = root.find(f"{path}cbc:EndpointID", NAMESPACES)
        if endpoint is not None and (endpoint.text or "").strip():
            return (endpoint.text or "").strip(), _qualifier(endpoint.get("schemeID", ""))
        for other in root.iterfind(f"{path}cac:PartyIdentification/cbc:ID", NAMESPACES):
            if _qualifier(other.get("schemeID", "")) == "14" and (other.text or "").strip():
                return (other.text or "").strip(), "14"
    return "", ""


def _qualifier(scheme: str) -> str:
    """The EDIFACT qualifier (0007) of a GLN; any other scheme stays as it is."""
    return "14" if scheme.strip() in {"0088", "GLN"} else scheme.strip()


def _text(root: etree._Element, path: str) -> str:
    return (root.findtext(path, "", NAMESPACES) or "").strip()


def _not_built(opened: OpenedInterchange, dialect: str, head: bytes) -> OpenedInterchange:
    kind = name_message(head)[:80]
    article = "an" if dialect[0] in "AEHIOaeio" else "a"
    fault = Fault(
        code="dialect-not-built",
        edifact_code="17",
        level=Level.FILE,
        text=f"line 1: this is {article} {dialect} {kind}; {dialect} is recognised but not read yet",
        remedy="Agree EDIFACT or UBL with the partner, or discard the file with a reason.",
        segment=1,
    )
    message = OpenedMessage(index=0, reference="", type=kind, release="", length=opened.length)
    return replace(opened, format=dialect, answerable=False, messages=[message], faults=[fault])


def _unknown(opened: OpenedInterchange, root: Root) -> OpenedInterchange:
    where = f" in namespace {root.namespace[:200]!r}" if root.namespace else ""
    fault = Fault(
        code="xml-unknown",
        edifact_code="17",
        level=Level.FILE,
        text=f"line 1: the root element {root.name[:200]}{where} is no document we know",
        remedy="Ask the partner what the file is; discard it with a reason.",
        segment=1,
    )
    message = OpenedMessage(
        index=0, reference="", type=root.name[:80], release="", length=opened.length
    )
    return replace(opened, format="xml", answerable=False, messages=[message], faults=[fault])


def _unreadable(opened: OpenedInterchange, fault: Fault) -> OpenedInterchange:
    return replace(opened, answerable=False, faults=[fault])
