"""
Open an XML file safely.

Size first; then an expat pass that builds nothing, refuses any DOCTYPE and counts; only then the
tree, by a parser that resolves nothing, fetches nothing and repairs nothing. Without a DOCTYPE
there are no entities to expand, to fetch or to cut a text short. Encodings are few on purpose: the
two parsers must never read one file as two different texts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from xml.parsers import expat

from lxml import etree

from edi_gateway.formats.interchange import Fault, Level

#: A document larger than this is no order: UBL has one document a file.
LARGEST_BYTES = 50_000_000
#: About 20 000 lines of an order.
MOST_ELEMENTS = 500_000
#: UBL needs about 12.
DEEPEST = 100
MOST_ATTRIBUTES = 100
LONGEST_ATTRIBUTE = 100_000

#: What both parsers read alike. No declaration means UTF-8, or UTF-16 by its byte order mark.
ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})


class Unopenable(Exception):
    """The file cannot be opened. `fault` says why, and where."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.text)
        self.fault = fault


def open_tree(data: bytes, *, largest: int = LARGEST_BYTES) -> etree._Element:
    """Return the root of a well-formed, bounded file without DOCTYPE; else raise `Unopenable`."""
    if len(data) > largest:
        raise Unopenable(too_large(f"the file has more than {largest} bytes", 1))
    _Inspection().run(data)
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise Unopenable(_not_well_formed(str(error.msg), error.lineno or 1)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unopenable(_doctype(1))
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


@dataclass(slots=True)
class _Inspection:
    """The expat pass: what it has counted so far."""

    elements: int = 0
    depth: int = 0
    line: int = 1

    def run(self, data: bytes) -> None:
        """Read all of `data` at once: in chunks, this expat takes long tokens in quadratic time."""
        parser = expat.ParserCreate()
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = lambda *_: self._refuse(_doctype(parser.CurrentLineNumber))
        parser.StartElementHandler = lambda name, attributes: self._start(
            attributes, parser.CurrentLineNumber
        )
        parser.EndElementHandler = self._end
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            text = expat.ErrorString(error.code) or "not well-formed"
            found = _not_well_formed(text, error.lineno, column=error.offset + 1)
            raise Unopenable(replace(found, offset=max(parser.ErrorByteIndex, 0))) from error
        except (LookupError, ValueError) as error:
            # An encoding Python has no single-byte table for.
            raise Unopenable(_encoding(str(error))) from error

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ENCODINGS:
            raise Unopenable(_encoding(encoding))

    def _start(self, attributes: dict[str, str], line: int) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > MOST_ELEMENTS:
            self._refuse(too_large(f"more than {MOST_ELEMENTS} elements", line))
        if self.depth > DEEPEST:
            self._refuse(too_large(f"elements nested more than {DEEPEST} deep", line))
        if attributes:
            self._check_attributes(attributes, line)

    def _check_attributes(self, attributes: dict[str, str], line: int) -> None:
        if len(attributes) > MOST_ATTRIBUTES:
            self._refuse(too_large(f"more than {MOST_ATTRIBUTES} attributes in one element", line))
        if any(len(value) > LONGEST_ATTRIBUTE for value in attributes.values()):
            self._refuse(
                too_large(f"an attribute of more than {LONGEST_ATTRIBUTE} characters", line)
            )

    def _end(self, name: str) -> None:
        self.depth -= 1

    @staticmethod
    def _refuse(fault: Fault) -> None:
        raise Unopenable(fault)


def too_large(text: str, line: int) -> Fault:
    """The fault of a file beyond a limit."""
    return _fault(
        "xml-too-large",
        f"line {line}: {text}",
        "Ask the sender to split the document; if it is genuine, have the limit raised.",
        line,
    )


def _doctype(line: int) -> Fault:
    return _fault(
        "doctype",
        f"line {line}: the file has a DOCTYPE, which can define entities and fetch other files",
        "Ask the sender for the document without DOCTYPE.",
        line,
    )


def _not_well_formed(text: str, line: int, *, column: int | None = None) -> Fault:
    where = f"line {line}" if column is None else f"line {line}, column {column}"
    return _fault(
        "xml-not-well-formed",
        f"{where}: the XML is not well-formed: {text}",
        "Ask the sender for the file again; it is cut off or was written by a faulty program.",
        line,
    )


def _encoding(encoding: str) -> Fault:
    return _fault(
        "xml-encoding",
        f"line 1: the encoding {encoding[:60]!r} is not accepted",
        "Ask the sender to write the file in UTF-8.",
        1,
    )


def _fault(code: str, text: str, remedy: str, line: int) -> Fault:
    return Fault(
        code=code, edifact_code="18", level=Level.FILE, text=text, remedy=remedy, segment=line
    )
