"""
An EDIFACT file with its faulty places marked: one segment a line, with its number and byte offset.

The file is walked a second time for this, in pieces; messages without fault are passed over by
their length where the file is too large to be shown whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from typing import BinaryIO

from rich.text import Text

from edi_gateway.cli.marked.display import MARGIN, SHOWN_WHOLE, Item, Line, Mark, Page, windowed
from edi_gateway.cli.marked.headings import (
    group_heading,
    interchange_heading,
    message_heading,
    passed_messages,
)
from edi_gateway.formats.edifact.segments import (
    Placed,
    cells_of,
    characters_of,
    walk_segments,
)
from edi_gateway.formats.edifact.structure import SERVICE
from edi_gateway.formats.edifact.tokens import DEFAULT, ServiceCharacters
from edi_gateway.formats.interchange import Fault, OpenedInterchange, OpenedMessage
from edi_gateway.inspection import Inspection

#: Faulty messages shown one by one; in a file with more, most have the same cause.
MOST_SHOWN = 50

#: Faults of what is not there: the place is behind the segment they name.
_BEHIND = frozenset({"segment-missing", "unt-missing", "une-missing", "unz-missing"})


def show_segments(found: Inspection, file: BinaryIO, page: Page) -> Iterator[Text]:
    """Yield the lines of an EDIFACT file."""
    total = sum(message.segments for each in found.interchanges for message in each.messages)
    view = _View(file, page, whole=total <= SHOWN_WHOLE)
    of_interchanges = {id(fault) for each in found.interchanges for fault in each.faults}
    loose = [fault for fault in found.faults if id(fault) not in of_interchanges]
    at = 0
    for opened in found.interchanges:
        within = _reach(opened, found.bytes)
        yield from view.outside(at, opened.offset, _between(loose, at, opened.offset))
        yield from view.interchange(opened, within, _between(loose, opened.offset, within))
        at = within
    yield from view.outside(at, found.bytes, _between(loose, at, found.bytes + 1))


def _reach(opened: OpenedInterchange, size: int) -> int:
    """The end of an interchange; what is left of a segment that was cut off belongs to it."""
    if any(fault.code == "unterminated-segment" for fault in opened.faults):
        return size
    return opened.offset + opened.length


def _between(faults: Iterable[Fault], begin: int, end: int) -> list[Fault]:
    return [fault for fault in faults if begin <= (fault.offset or 0) < end]


class _Pending:
    """Faults still to be shown: some by offset, others by the number of their segment."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._by_offset: deque[Fault] = deque()
        self._by_number: dict[int, list[Fault]] = {}
        nowhere: list[Fault] = []
        for fault in sorted(faults, key=lambda fault: fault.offset or 0):
            if fault.segment is not None:
                self._by_number.setdefault(fault.segment, []).append(fault)
            elif fault.offset is not None:
                self._by_offset.append(fault)
            else:
                nowhere.append(fault)
        self._by_offset.extend(nowhere)

    def begins_before(self, offset: int) -> bool:
        """Whether a fault lies in front of `offset`."""
        first = self._by_offset[0].offset if self._by_offset else None
        return first is not None and first < offset

    def take(self, placed: Placed, number: int | None) -> list[Fault]:
        """Take the faults of a segment."""
        taken = list(self._by_number.pop(number, ())) if number is not None else []
        declares = placed.raw.startswith("UNA")
        while self.begins_before(placed.behind):
            if declares and self._by_offset[0].tag not in (None, "UNA"):
                break  # the interchange begins at its UNA
            taken.append(self._by_offset.popleft())
        return taken

    def rest(self) -> list[Fault]:
        """Take the faults that no segment was there for."""
        rest = [*(fault for some in self._by_number.values() for fault in some), *self._by_offset]
        self._by_number.clear()
        self._by_offset.clear()
        return rest


class _View:
    """The file on the page, interchange by interchange."""

    def __init__(self, file: BinaryIO, page: Page, *, whole: bool) -> None:
        self._file = file
        self._page = page
        self._whole = whole
        #: Faulty messages that may still be shown one by one.
        self._left = MOST_SHOWN
        self._chars: ServiceCharacters = DEFAULT
        self._codec = "utf-8"
        self._wrapped = False
        #: How far the file has been shown.
        self._at = 0
        self._groups: list[Placed] = []
        self._group: Placed | None = None

    def outside(self, begin: int, end: int, faults: list[Fault]) -> Iterator[Text]:
        """Yield what stands outside interchanges, where it has faults."""
        if not faults:
            return
        yield Text("outside any interchange: faulty", "bold red")
        self._chars, self._codec, self._at = DEFAULT, "utf-8", begin
        pending = _Pending(faults)
        yield from windowed(self._segments(end, pending), whole=False, what="segment")
        yield from self._without_place(pending)

    def interchange(
        self, opened: OpenedInterchange, end: int, loose: list[Fault]
    ) -> Iterator[Text]:
        """Yield an interchange: its heading, its messages, and what is around them."""
        self._at, self._chars = opened.offset, characters_of(opened)
        self._codec = opened.details.get("codec", "latin-1")
        self._wrapped = bool(opened.details.get("wrapped"))
        envelope = _Pending([*opened.faults, *loose])
        self._find_groups(opened, end)
        yield interchange_heading(opened)
        passed: list[OpenedMessage] = []
        ends = [*(message.offset for message in opened.messages[1:]), end]
        for message, limit in zip(opened.messages, ends, strict=False):
            if self._whole or envelope.begins_before(message.offset):
                yield from passed_messages(passed)
                yield from self._gap(message.offset, envelope, opened)
            if self._is_shown(message):
                yield from passed_messages(passed)
                yield from self._enter_group(message.offset, opened)
                yield from self._message(message, limit, envelope)
            else:
                passed.append(message)
                self._at = message.offset + message.length
        yield from passed_messages(passed)
        if self._whole or envelope.begins_before(end):
            yield from self._gap(end, envelope, opened)
        yield from self._without_place(envelope)

    def _is_shown(self, message: OpenedMessage) -> bool:
        if self._whole or not message.faults or not self._left:
            return self._whole
        self._left -= 1
        return True

    def _gap(self, end: int, envelope: _Pending, opened: OpenedInterchange) -> Iterator[Text]:
        """Yield the segments between messages up to `end`."""
        if self._at >= end:
            return
        items = self._segments(end, envelope, opened)
        yield from windowed(items, whole=self._whole, what="segment")
        self._at = end

    def _walk(self, begin: int, end: int) -> Iterator[Placed]:
        return walk_segments(self._file, begin, end, self._chars, wrapped=self._wrapped)

    def _segments(
        self, end: int, pending: _Pending, opened: OpenedInterchange | None = None
    ) -> Iterator[Item]:
        for placed in self._walk(self._at, end):
            faults = pending.take(placed, None)
            yield bool(faults), partial(self._segment, placed, None, faults, None, opened)

    def _message(self, message: OpenedMessage, limit: int, envelope: _Pending) -> Iterator[Text]:
        yield message_heading(message)
        # Of a large file warnings are counted only: they may stand on every line.
        warned = [each for each in message.warnings if self._whole and each.code != "no-table"]
        pending = _Pending([*message.faults, *warned])
        items = self._numbered(message, limit, pending, envelope)
        yield from windowed(items, whole=self._whole, what="segment")
        yield from self._without_place(pending)

    def _numbered(
        self, message: OpenedMessage, limit: int, own: _Pending, envelope: _Pending
    ) -> Iterator[Item]:
        """The segments of a message up to its UNT; without one, up to the next service segment."""
        begin, self._at = message.offset, limit
        walk = self._walk(begin, limit)
        for number, placed in enumerate(walk, 1):
            tag = placed.raw[:3].upper()
            if number > 1 and tag in SERVICE and tag != "UNT":
                self._at = placed.offset
                return
            faults = own.take(placed, number) + envelope.take(placed, None)
            yield bool(faults), partial(self._segment, placed, number, faults, message)
            if tag == "UNT":
                self._at = placed.behind
                return

    def _segment(
        self,
        placed: Placed,
        number: int | None,
        faults: list[Fault],
        message: OpenedMessage | None,
        opened: OpenedInterchange | None = None,
    ) -> Iterator[Text]:
        if opened is not None and placed.raw.startswith("UNG"):
            yield from self._enter_group(placed.offset, opened)
        raw = placed.raw + (self._chars.terminator if placed.terminated else "")
        line = Line.of_bytes(raw, self._codec)
        warned = {id(warning) for warning in message.warnings} if message is not None else set()
        marks = [
            Mark(*self._place(placed, fault), fault, warning=id(fault) in warned)
            for fault in faults
        ]
        marks.sort(key=lambda mark: mark.start)
        yield from self._page.show(str(number or ""), f"{placed.offset:,}", line, marks)

    def _place(self, placed: Placed, fault: Fault) -> tuple[int, int]:
        """Where in a segment a fault is: a value, the place where one is missing, or the tag."""
        length, tag = len(placed.raw), placed.raw[:3].upper()
        if fault.code in _BEHIND or (fault.offset or 0) >= placed.behind:
            return length + 1, length + 1
        if fault.element is None or (fault.tag or tag).upper() != tag:
            return 0, min(3, length)
        for cell in cells_of(placed.raw, self._chars):
            here = (cell.element, cell.repetition) == (fault.element, fault.repetition or 1)
            if here and fault.component in (None, cell.component):
                whole = fault.component is None
                return cell.start, self._end(placed, fault) if whole else cell.end
        return length, length

    def _end(self, placed: Placed, fault: Fault) -> int:
        """Where the element of a fault ends, with all its components."""
        return max(
            cell.end
            for cell in cells_of(placed.raw, self._chars)
            if cell.element == fault.element and cell.repetition == (fault.repetition or 1)
        )

    def _without_place(self, pending: _Pending) -> Iterator[Text]:
        for fault in pending.rest():
            if fault.offset is not None:
                yield Text(f"{' ' * MARGIN}at byte {fault.offset:,}:", "dim")
            yield from self._page.sentences(fault, MARGIN)

    # --- functional groups ----------------------------------------------------------------------

    def _find_groups(self, opened: OpenedInterchange, end: int) -> None:
        self._groups, self._group = [], None
        if not opened.details.get("groups"):
            return
        at = opened.offset
        for offset, length in [*((m.offset, m.length) for m in opened.messages), (end, 0)]:
            for placed in self._walk(at, offset):
                if placed.raw.startswith("UNG"):
                    self._groups.append(placed)
            at = offset + length

    def _enter_group(self, offset: int, opened: OpenedInterchange) -> Iterator[Text]:
        """Yield the heading of the group that `offset` lies in, once."""
        number = bisect_right([group.offset for group in self._groups], offset)
        if not number or self._group is self._groups[number - 1]:
            return
        group = self._group = self._groups[number - 1]
        end = self._groups[number].offset if number < len(self._groups) else None
        yield group_heading(group, self._chars, opened, end)
