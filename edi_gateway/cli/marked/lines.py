"""An XML or JSON file with its faulty lines marked."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from rich.text import Text

from edi_gateway.cli.marked.display import SHOWN_WHOLE, Item, Line, Mark, Page, windowed
from edi_gateway.cli.marked.headings import interchange_heading, message_heading
from edi_gateway.formats.interchange import Fault
from edi_gateway.inspection import Inspection

_CHUNK = 1 << 20
#: A longer line is shown no further than this; a file may be one line of many megabytes.
_LONGEST = 1 << 16

_DECLARED = re.compile(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def show_lines(found: Inspection, file: BinaryIO, page: Page) -> Iterator[Text]:
    """Yield the headings of a file of one document, then its lines."""
    faults = list(found.faults)
    for opened in found.interchanges:
        faults += [fault for fault in opened.faults if fault not in faults]
        yield interchange_heading(opened)
        for message in opened.messages:
            yield message_heading(message)
            faults += message.faults
    by_line: dict[int, list[Fault]] = {}
    for fault in faults:
        by_line.setdefault(fault.segment or 0, []).append(fault)
    for fault in by_line.pop(0, ()):
        yield from page.sentences(fault, 2)
    if not by_line:
        return
    items = (_item(page, line, by_line) for line in _lines(file))
    yield from windowed(items, whole=_is_short(file), what="line")
    for left in by_line.values():
        for fault in left:
            yield from page.sentences(fault, 2)


@dataclass(frozen=True, slots=True)
class _TextLine:
    """A line of the file; `begin` is its byte offset, where a byte is no more than a character."""

    number: int
    text: str
    begin: int
    encoding: str

    def at(self, offset: int) -> int:
        """The character that byte `offset` of the file is in."""
        before = self.text.encode(self.encoding, "backslashreplace")[: max(offset - self.begin, 0)]
        return len(before.decode(self.encoding, "ignore"))


def _item(page: Page, line: _TextLine, by_line: dict[int, list[Fault]]) -> Item:
    faults = by_line.pop(line.number, [])
    marks = sorted((_mark(line, fault) for fault in faults), key=lambda mark: mark.start)
    show = partial(page.show, str(line.number), "", Line.of_text(line.text), marks)
    return bool(faults), show


def _mark(line: _TextLine, fault: Fault) -> Mark:
    """Where in its line a fault is: its byte, the value, the element's name, or the beginning."""
    text = line.text
    if fault.offset:
        at = line.at(fault.offset)
        return Mark(at, at + 1, fault)
    name = re.split(r"[/:@.\[]", (fault.tag or "").rstrip("]"))[-1]
    for sought in (f">{fault.value}<", f'"{fault.value}"', fault.value, name):
        at = text.find(sought) if sought else -1
        if sought and at >= 0:
            edge = 1 if sought[0] in '>"' else 0
            return Mark(at + edge, at + len(sought) - edge, fault)
    begin = len(text) - len(text.lstrip())
    return Mark(begin, begin + 1, fault)


def _is_short(file: BinaryIO) -> bool:
    """Whether the file has few lines, all of them short."""
    file.seek(0)
    head = file.read(_CHUNK)
    return len(head) < _CHUNK and head.count(b"\n") <= SHOWN_WHOLE


def _lines(file: BinaryIO) -> Iterator[_TextLine]:
    """Each line, in the encoding the file declares; overlong ones cut off."""
    file.seek(0)
    encoding = _encoding(file.read(512))
    file.seek(0)
    reader = io.TextIOWrapper(file, encoding, errors="backslashreplace", newline="\n")
    number = begin = 0
    while line := reader.readline(_LONGEST):
        number += 1
        yield _TextLine(number, line.rstrip("\r\n"), begin, encoding)
        begin += len(line.encode(encoding, "backslashreplace"))
        while line and not line.endswith("\n"):
            line = reader.readline(_LONGEST)
            begin += len(line.encode(encoding, "backslashreplace"))
    reader.detach()


def _encoding(head: bytes) -> str:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    declared = _DECLARED.search(head)
    try:
        return codecs.lookup(declared[1].decode("ascii")).name if declared else "utf-8"
    except LookupError:
        return "utf-8"
