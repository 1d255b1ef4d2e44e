"""
Whether a message keeps to the table of its type: the structure, and with it the values.

One pass over the segments between UNH and UNT, as they come; no document is built. A segment that
is plainly the next of its table costs a look-up and a match, everything else is looked at closely.
"""

from __future__ import annotations

import re

from edi_gateway.formats.edifact.directory import Step, Table
from edi_gateway.formats.edifact.faults import fault
from edi_gateway.formats.edifact.reader import Reader
from edi_gateway.formats.edifact.scanner import Batch
from edi_gateway.formats.edifact.slots import Station
from edi_gateway.formats.edifact.tokens import (
    DEFAULT,
    PADDING,
    ServiceCharacters,
    cell,
    split_elements,
)
from edi_gateway.formats.interchange import Fault, OpenedMessage

_TAG = re.compile(r"[A-Z]{3}\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NOTHING: dict[str, Step] = {}

#: Tags that no message has between UNH and UNT.
SERVICE = frozenset({"UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ", "UNO", "UNP"})

#: Faults kept of one message or envelope; a CONTRL reports no more than 999 segments either.
MOST_FAULTS = 100


class MessageCheck:
    """The verdict on one message, as far as it has been read."""

    def __init__(
        self,
        message: OpenedMessage,
        chars: ServiceCharacters,
        codec: str,
        table: Table | None = None,
        reader: Reader | None = None,
    ) -> None:
        self.message = message
        self.faults: list[Fault] = []
        #: Of the segment last taken; UNH is 1.
        self.position = 1
        #: Whether empty segments were skipped, all text was UTF-8, and some was not ASCII though
        #: that was declared.
        self.skipped = False
        self.utf8 = True
        self.fallback = False
        self._chars = chars
        self._plain = chars == DEFAULT
        self._codec = codec
        self._table = table
        self._reader = reader
        self._stations = reader.stations if reader is not None else None
        self._steps = table.steps if table is not None else (_NOTHING,)
        self._structured = table is not None
        self._state = 0
        self._times: dict[int, int] = {}

    def take(self, batch: Batch, index: int, foul: bool) -> int:
        """Take the segments of a message up to the next service segment; return its index."""
        segments, total = batch.segments, len(batch.segments)
        separator = self._chars.element
        steps, state, times = self._steps, self._state, self._times
        stations, plain = self._stations, self._plain
        while index < total:
            raw = segments[index]
            if raw[:1] in PADDING:
                raw = raw.lstrip(PADDING)
            step = steps[state].get(raw[:3])
            if step is None or raw[3:4] not in ("", separator) or step.missed or foul:
                self._state = state
                if not self._odd(raw, batch, index, foul):
                    return index
                state = self._state
                index += 1
                continue
            self.position += 1
            state = step.target
            if step.repeats:
                count = times[state] = times.get(state, 1) + 1
                if count > step.most:
                    self._repeated(raw, batch, index, state, step.most, count)
            else:
                times[state] = 1
            if stations is not None:
                station = stations[state]
                if station is not None and not (
                    plain and station.clean is not None and station.clean.match(raw, 3)
                ):
                    self._check(state, raw, batch, index)
            index += 1
        self._state = state
        return index

    def _odd(self, raw: str, batch: Batch, index: int, foul: bool) -> bool:
        """Take a segment that is not plainly the next of its table; False for a service segment."""
        tag = raw[:3]
        if tag in SERVICE and raw[3:4] in ("", self._chars.element):
            return False
        if not raw:
            self.skipped = True
            return True
        self.position += 1
        if foul:
            self._characters(raw, batch, index)
        name = raw.split(self._chars.element, 1)[0]
        if not _TAG.match(name):
            self._add(
                "tag-invalid", f"{name[:20]!r} is no segment tag", raw, batch, index, value=name
            )
            return True
        if not self._structured:
            return True
        step = self._steps[self._state].get(tag)
        if step is None:
            self._add("segment-unexpected", f"{tag} is not expected here", raw, batch, index)
            return True
        self._missing(step, batch, index)
        self._state = step.target
        self._times[step.target] = self._times.get(step.target, 1) + 1 if step.repeats else 1
        count = self._times[step.target]
        if count > step.most:
            self._repeated(raw, batch, index, step.target, step.most, count)
        stations = self._stations
        station = stations[step.target] if stations is not None else None
        if not self._is_clean(station, raw):
            self._check(step.target, raw, batch, index)
        return True

    def _is_clean(self, station: Station | None, raw: str) -> bool:
        if station is None:
            return True
        return self._plain and station.clean is not None and bool(station.clean.match(raw, 3))

    def _missing(self, step: Step, batch: Batch | None, index: int) -> None:
        for tag in step.missed:
            where = batch.offset(index) if batch is not None else None
            text = f"{tag} is mandatory and missing behind segment {self.position - 1}"
            self.keep(
                fault("segment-missing", text, segment=self.position - 1, tag=tag, offset=where)
            )

    def _repeated(
        self, raw: str, batch: Batch, index: int, node: int, most: int, count: int
    ) -> None:
        if count > most + 1:
            return  # once is enough
        in_group = self._table is not None and bool(self._table.nodes[node].group)
        what, code = ("group", "group-repeated") if in_group else ("segment", "segment-repeated")
        text = f"{what} {raw[:3]} occurs more than {most} times"
        self._add(code, text, raw, batch, index)

    def _characters(self, raw: str, batch: Batch, index: int) -> None:
        bad = _CONTROL.search(raw)
        if bad is not None:
            text = f"control character 0x{ord(bad[0]):02X} in {raw[:3]}"
            self._add("characters-invalid", text, raw, batch, index, value=raw)
        codec = self._codec
        if raw.isascii() or codec not in {"utf-8", "ascii"}:
            return
        try:
            raw.encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            self.utf8 = False
            if codec == "utf-8":
                self._add("characters-invalid", "not valid UTF-8", raw, batch, index, value=raw)
        self.fallback = self.fallback or codec == "ascii"

    def _check(self, state: int, raw: str, batch: Batch, index: int) -> None:
        if self._reader is None:
            return
        for code, edifact, element, component, value, expected in self._reader.check(
            state, raw, self._chars
        ):
            what = f"{value!r} is not {expected}" if value else expected
            self.keep(
                fault(
                    code,
                    f"segment {self.position} {raw[:3]}: {what}",
                    edifact_code=edifact,
                    segment=self.position,
                    tag=raw[:3],
                    element=element,
                    component=component,
                    offset=batch.offset(index),
                    value=value or None,
                )
            )

    def _add(
        self, code: str, text: str, raw: str, batch: Batch, index: int, value: str | None = None
    ) -> None:
        offset = batch.offset(index) + len(batch.segments[index]) - len(raw)
        text = f"segment {self.position}: {text}"
        tag = raw[:3]
        self.keep(fault(code, text, segment=self.position, tag=tag, offset=offset, value=value))

    def keep(self, found: Fault) -> None:
        """Keep a fault, up to the number a message may have."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(found)

    def close(self, raw: str, offset: int) -> None:
        """Compare UNT with the message, and see what the table still wants."""
        self.position += 1
        self._compare_trailer(raw, offset)
        step = self._table.ends[self._state] if self._table is not None else None
        if step is not None:
            self._missing(step, None, 0)

    def _compare_trailer(self, raw: str, offset: int) -> None:
        chars = self._chars
        elements = split_elements(raw, chars)
        stated, named = cell(elements, 1, 0, chars), cell(elements, 2, 0, chars)
        if len(elements) < 3:
            self.keep(
                fault(
                    "unt-malformed",
                    "UNT has no count or no reference",
                    value=raw,
                    segment=self.position,
                    tag="UNT",
                    offset=offset,
                )
            )
        if not is_count(stated, self.position):
            text = f"UNT count is wrong: it says {stated}, the message has {self.position} segments"
            self.keep(
                fault(
                    "unt-count",
                    text,
                    element=2,
                    value=stated,
                    segment=self.position,
                    tag="UNT",
                    offset=offset,
                )
            )
        if named != self.message.reference:
            text = f"UNT names {named}, UNH {self.message.reference}"
            self.keep(
                fault(
                    "unt-reference",
                    text,
                    element=3,
                    value=named,
                    segment=self.position,
                    tag="UNT",
                    offset=offset,
                )
            )


def holds_control(text: str) -> bool:
    """Whether there is a control character that is no padding."""
    return _CONTROL.search(text) is not None


def is_count(stated: str, held: int) -> bool:
    """Whether a trailer's number says how many there are."""
    return stated.isascii() and stated.isdigit() and len(stated) < 12 and int(stated) == held
