"""
Read what a UBL partner says about a document of ours: its ApplicationResponse.

Both uses are read alike: that our file was received and could be read, and what became of an
invoice (Peppol T71 and T111).
"""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from edi_gateway.formats.acknowledgement import Acknowledgement, Complaint
from edi_gateway.formats.interchange import OpenedInterchange
from edi_gateway.formats.xml.envelope import Unopenable, open_tree
from edi_gateway.formats.xml.places import NAMESPACES

APPLICATION_RESPONSE = "ApplicationResponse"

#: UNCL 4343. AB received, IP in process, AP accepted, PD paid, CA accepted on a condition: the
#: document is with the partner. RE: it is refused. UQ (under query) and others are for a person.
_ARRIVED = {"AB", "IP", "AP", "PD", "CA"}
_REFUSED = {"RE"}

_NOTHING = Acknowledgement(type=APPLICATION_RESPONSE, accepted=None, said="nothing")


def read_application_response(data: bytes, opened: OpenedInterchange) -> Acknowledgement:
    """Read an ApplicationResponse about one or more documents, leniently; what it lacks stays empty."""
    try:
        root = open_tree(data)
    except Unopenable:
        return _NOTHING
    responses = root.iterfind("cac:DocumentResponse", NAMESPACES)
    first, *others = [_read(each, opened) for each in responses] or [_NOTHING]
    return replace(first, others=tuple(others))


def _read(response: etree._Element, opened: OpenedInterchange) -> Acknowledgement:
    code = _text(response, "cac:Response/cbc:ResponseCode")
    number = _text(response, "cac:DocumentReference/cbc:ID")
    kind = _text(response, "cac:DocumentReference/cbc:DocumentTypeCode")
    return Acknowledgement(
        type=APPLICATION_RESPONSE,
        number=opened.reference,
        accepted=True if code in _ARRIVED else False if code in _REFUSED else None,
        said=code or "nothing",
        documents=((f"DOC {kind}" if kind else "DOC", number),) if number else (),
        complaints=_complaints(response, number) if code in _REFUSED else (),
    )


def _complaints(response: etree._Element, number: str) -> tuple[Complaint, ...]:
    """The reasons for the document as a whole, then those of each line."""
    whole = response.find("cac:Response", NAMESPACES)
    found = [(whole, "")] if whole is not None else []
    for line in response.iterfind("cac:LineResponse", NAMESPACES):
        place = _text(line, "cac:LineReference/cbc:LineID")
        found += [(each, place) for each in line.iterfind("cac:Response", NAMESPACES)]
    told = [_complaint(each, place, number) for each, place in found]
    return tuple(each for each in told if each.meaning)


def _complaint(response: etree._Element, line: str, number: str) -> Complaint:
    texts = [_text(response, "cbc:Description")]
    texts += [
        (reason.text or "").strip()
        for reason in response.iterfind("cac:Status/cbc:StatusReason", NAMESPACES)
    ]
    return Complaint(
        code=_text(response, "cac:Status/cbc:StatusReasonCode"),
        meaning="; ".join(text for text in texts if text),
        document=number or None,
        line=line if line not in {"", "NA"} else None,
    )


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext(path, "", NAMESPACES) or "").strip()
