"""
Name a file we do not read (yet) by its first bytes, so that a person is told what arrived.

Nothing is parsed here: the names of the root element and of its namespace are taken from the text.
That is safe for any bytes, DOCTYPEs included, because no entity is ever looked at.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_START_TAG = re.compile(r"<(?:([\w.-]+):)?([\w.-]+)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>?")
_XMLNS = re.compile(r"xmlns(?::([\w.-]+))?\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_CXML_PART = re.compile(
    r"<(?:Request|Message|Response)\b[^>]{0,2000}>\s*(?:<Status\b[^>]{0,2000}>\s*)?<([A-Za-z]+)"
)
_OAGIS_NOUN = re.compile(
    r"<(?:[\w.-]+:)?((?:Process|Acknowledge|Change|Cancel|Show|Confirm|Notify|Sync)[A-Z]\w+)[\s>]"
)

#: Beginnings that are not XML: the name, and what the bytes look like.
_BEGINNINGS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("PDF", re.compile(rb"%PDF-")),
    ("ZIP", re.compile(rb"PK(?:\x03\x04|\x05\x06|\x07\x08)")),
    ("gzip", re.compile(rb"\x1f\x8b")),
    ("X12", re.compile(rb"ISA[^A-Za-z0-9\s]")),
    ("TRADACOMS", re.compile(rb"STX=")),
    ("SAP IDoc", re.compile(rb"EDI_DC40?\b")),
)

#: Roots that tell the dialect by themselves.
_ROOTS = {
    "cXML": "cXML",
    "CrossIndustryInvoice": "CII",
    "CrossIndustryDocument": "ZUGFeRD 1",
    "SCRDMCCBDACIOMessageStructure": "Order-X",
    "html": "HTML",
}

#: Parts of a namespace that tell the dialect, in the order they are tried.
_NAMESPACES = (
    ("urn:gs1:ecom:", "GS1 XML"),
    ("urn:ean.ucc:", "GS1 XML"),
    ("opentrans.org", "openTRANS"),
    ("openapplications.org", "OAGIS"),
    ("rosettanet", "RosettaNet"),
    ("CrossIndustryInvoice", "CII"),
    ("www.w3.org/1999/xhtml", "HTML"),
)


_UNPACK = "Ask the partner to send the files unpacked, and discard this one with a reason."

#: What to do about dialects for which "agree another" does not help.
_REMEDIES = {
    "PDF": "A PDF is for people: ask the partner for the order as EDIFACT or UBL as well, and discard "
    "this one with a reason.",
    "ZIP": _UNPACK,
    "gzip": _UNPACK,
    "CSV": "A table is no order. A price list comes with the partner's package (`edi-gateway partner "
    "import FOLDER`); for orders, agree EDIFACT or UBL. Discard the file with a reason.",
}


@dataclass(frozen=True, slots=True)
class Root:
    """The root element of an XML file as its start tag states it."""

    name: str
    namespace: str


def name_dialect(head: bytes) -> str | None:
    """Return the name of a dialect that is recognised but not read; None for all others."""
    start = head.lstrip()
    for name, pattern in _BEGINNINGS:
        if pattern.match(start):
            return name
    if _is_table(start):
        return "CSV"
    text = _text(head)
    root = _root(text)
    return _dialect_of(root, text) if root is not None else None


def remedy_for(dialect: str) -> str:
    """Return what to do about a file in a dialect that is not read."""
    return _REMEDIES.get(
        dialect, "Agree EDIFACT or UBL with the partner, or discard the file with a reason."
    )


def _is_table(head: bytes) -> bool:
    """Whether the first lines are text with equally many separators in each."""
    lines = [line for line in head.split(b"\n")[:3] if line.strip()]
    if len(lines) < 2 or b"\x00" in head or head.startswith(b"<"):
        return False
    counts = [[line.count(mark) for line in lines] for mark in b";\t,|"]
    return any(count[0] > 0 and len(set(count)) == 1 for count in counts)


def name_message(head: bytes) -> str:
    """Return the kind of message, such as `OrderRequest` in cXML; else the root's name, or nothing."""
    text = _text(head)
    root = _root(text)
    if root is None:
        return ""
    pattern = {"cXML": _CXML_PART, "OAGIS": _OAGIS_NOUN}.get(_dialect_of(root, text) or "")
    match = pattern.search(text) if pattern else None
    return match[1] if match else {"html": "page"}.get(root.name, root.name)


def _dialect_of(root: Root, text: str) -> str | None:
    if root.namespace.startswith(_UBL):
        return None
    if root.name in _ROOTS:
        return _ROOTS[root.name]
    if re.fullmatch(r"M_[A-Z]{6}", root.name):
        return "EDIFACT-XML (ISO 20625)"
    if re.search(r"<(?:IDOC|EDI_DC40)[\s>]", text):
        return "SAP IDoc"
    if re.search(r"<!DOCTYPE\s[^<>\[]{0,300}/cxml", text, re.IGNORECASE):
        return "cXML"
    for part, name in _NAMESPACES:
        if part in root.namespace:
            return name
    return _enveloped(root, text)


def _enveloped(root: Root, text: str) -> str | None:
    """Name what lies in a general envelope: SOAP, or the standard business document header."""
    if root.name == "Envelope" and "soap" in root.namespace:
        return "OAGIS" if "openapplications.org" in text else "SOAP"
    if root.name == "StandardBusinessDocument":
        return "GS1 XML" if "urn:gs1:" in text else "SBDH"
    return None


def _text(head: bytes) -> str:
    """Decode enough to see names; what cannot be decoded does not matter here."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace")
    if head.startswith(b"<\x00"):
        return head.decode("utf-16-le", "replace")
    if head.startswith(b"\x00<"):
        return head.decode("utf-16-be", "replace")
    return head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")


def _root(text: str) -> Root | None:
    at = _after_prolog(text)
    match = _START_TAG.match(text, at) if at is not None else None
    if match is None:
        return None
    prefix, name, attributes = match[1] or "", match[2], match[3]
    names = {found[0]: found[1] or found[2] for found in _XMLNS.findall(attributes)}
    return Root(name=name, namespace=names.get(prefix, ""))


def _after_prolog(text: str) -> int | None:
    """Where the root's start tag begins: behind declaration, comments and DOCTYPE."""
    at = 0
    while True:
        at = _skip_space(text, at)
        if text.startswith("<!--", at):
            end = text.find("-->", at)
            step = 3
        elif text.startswith("<?", at):
            end = text.find("?>", at)
            step = 2
        elif text.startswith("<!DOCTYPE", at):
            end = _end_of_doctype(text, at)
            step = 1
        else:
            return at if text.startswith("<", at) else None
        if end < 0:
            return None
        at = end + step


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _end_of_doctype(text: str, at: int) -> int:
    """The `>` that ends the DOCTYPE: the first one outside its internal subset."""
    subset, end = text.find("[", at), text.find(">", at)
    if 0 <= subset < end:
        closed = re.compile(r"\]\s*>").search(text, subset)
        return closed.end() - 1 if closed else -1
    return end
