"""
Write the acknowledgement of a UBL document: an ApplicationResponse (UBL 2.1).

It says that we received the document and could read it (AB), or could not (RE) with each fault and
its line. It says nothing about the business content: that is the order response.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree

from edi_gateway.documents import Party
from edi_gateway.formats.interchange import Fault, OpenedInterchange
from edi_gateway.formats.xml.places import NAMESPACES
from edi_gateway.formats.xml.writer import clean, new_root, serialise

_NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"
_CUSTOMIZATION = "urn:fdc:peppol.eu:poacc:trns:mlr:3"
_PROFILE = "urn:fdc:peppol.eu:poacc:bis:mlr:3"

#: UNCL 1001 of the document that is acknowledged.
_TYPE_CODES = {
    "Order": "220",
    "OrderChange": "230",
    "OrderResponse": "231",
    "OrderCancellation": "236",
    "DespatchAdvice": "351",
    "Invoice": "380",
    "CreditNote": "381",
    "Catalogue": "9",
}

#: More faults than this tell the sender nothing new.
_MOST_FAULTS = 100


def write_receipt(
    *,
    number: str,
    issued: datetime,
    subject: OpenedInterchange,
    sender: Party,
    receiver: Party,
    accepted: bool,
    faults: Sequence[Fault],
) -> bytes:
    """
    Return the acknowledgement of `subject`, from `sender` (us) to `receiver`.

    `issued` must know its time zone; it is written in UTC.
    """
    root = new_root(f"{{{_NAMESPACE}}}ApplicationResponse", _NAMESPACE)
    moment = issued.astimezone(UTC)
    _add(root, "cbc:CustomizationID", _CUSTOMIZATION)
    _add(root, "cbc:ProfileID", _PROFILE)
    _add(root, "cbc:ID", number)
    _add(root, "cbc:IssueDate", moment.strftime("%Y-%m-%d"))
    _add(root, "cbc:IssueTime", moment.strftime("%H:%M:%SZ"))
    _party(_add(root, "cac:SenderParty"), sender)
    _party(_add(root, "cac:ReceiverParty"), receiver)
    _document_response(_add(root, "cac:DocumentResponse"), subject, accepted, faults)
    return serialise(root)


def _document_response(
    parent: etree._Element, subject: OpenedInterchange, accepted: bool, faults: Sequence[Fault]
) -> None:
    response = _add(parent, "cac:Response")
    _add(response, "cbc:ResponseCode", "AB" if accepted else "RE")
    if not accepted:
        _add(response, "cbc:Description", f"Refused: {len(faults)} fault(s), listed by line")
    document = _add(parent, "cac:DocumentReference")
    _add(document, "cbc:ID", subject.reference or "NA")
    kind = subject.messages[0].type if subject.messages else ""
    if kind in _TYPE_CODES:
        _add(document, "cbc:DocumentTypeCode", _TYPE_CODES[kind])
    for fault in faults[:_MOST_FAULTS]:
        _line_response(parent, fault, accepted)


def _line_response(parent: etree._Element, fault: Fault, accepted: bool) -> None:
    """One fault: LineID is the line of the file, NA when it has none."""
    line = _add(parent, "cac:LineResponse")
    _add(_add(line, "cac:LineReference"), "cbc:LineID", str(fault.segment or "NA"))
    response = _add(line, "cac:Response")
    _add(response, "cbc:ResponseCode", "AB" if accepted else "RE")
    _add(response, "cbc:Description", fault.text)
    status = _add(response, "cac:Status")
    _add(status, "cbc:StatusReasonCode", "SV")
    _add(status, "cbc:StatusReason", fault.remedy)


def _party(parent: etree._Element, party: Party) -> None:
    identifier, scheme = party.gln or party.identifier, party.identifier_scheme
    if identifier:
        endpoint = _add(parent, "cbc:EndpointID", identifier)
        if party.gln or scheme:
            endpoint.set("schemeID", "0088" if party.gln else clean(scheme or ""))
    if party.name:
        _add(_add(parent, "cac:PartyLegalEntity"), "cbc:RegistrationName", party.name)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    prefix, _, local = name.partition(":")
    element = etree.SubElement(parent, f"{{{NAMESPACES[prefix]}}}{local}")
    if text is not None:
        element.text = clean(text)
    return element
