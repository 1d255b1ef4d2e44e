"""
Whether a message keeps to the table of its type: the structure, and with it the values.

One pass over the segments between UNH and UNT, as they come; no document is built. A segment that
is plainly the next of its table costs a look-up and a match, everything else is looked at closely
(`placing`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from edi_gateway.formats.edifact.conformity import (
    Conformity,
    conformity,
    find_control,
    holds_control,
)
from edi_gateway.formats.edifact.directory import Table
from edi_gateway.formats.edifact.faults import fault
from edi_gateway.formats.edifact.lines import Lines
from edi_gateway.formats.edifact.placing import Ahead, Placing
from edi_gateway.formats.edifact.profiles import Profile, check_profile, find_profile
from edi_gateway.formats.edifact.reader import Reader
from edi_gateway.formats.edifact.scanner import Batch
from edi_gateway.formats.edifact.tokens import (
    DEFAULT,
    PADDING,
    ServiceCharacters,
    split_repetitions,
)
from edi_gateway.formats.edifact.verdict import NOBODY
from edi_gateway.formats.edifact.walk import SECTION, LineKind, find_walk, section_end
from edi_gateway.formats.interchange import OpenedMessage, Sender

_TAG = re.compile(r"[A-Z]{3}\Z")

#: Tags that no message has between UNH and UNT.
SERVICE = frozenset({"UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ", "UNO", "UNP"})


class _Line(NamedTuple):
    """A line that is taken segment by segment."""

    start: int
    #: Nodes inside it.
    group: frozenset[int]
    #: The node before it, and where it begins in the batch.
    before: int
    begin: int


class MessageCheck(Placing):
    """The verdict on one message, as far as it has been read."""

    def __init__(
        self,
        message: OpenedMessage,
        chars: ServiceCharacters,
        codec: str,
        table: Table | None = None,
        reader: Reader | None = None,
        sender: Sender | None = None,
    ) -> None:
        agreed = sender or NOBODY
        profile = find_profile(message.type, message.release, message.association)
        checks = conformity(table, chars, codec, profile) if table is not None else _NO_TABLE
        self._profile = profile if agreed.looks_at_profile else None
        watched = self._profile.nodes if self._profile is not None else frozenset()
        super().__init__(message, chars, agreed, table, reader, checks, watched)
        #: Whether empty segments were skipped, all text was UTF-8, and some was not ASCII though
        #: that was declared.
        self.skipped = False
        self.utf8 = True
        self.fallback = False
        self._codec = codec
        self._walk = find_walk(
            table, reader.narrow if reader is not None else frozenset(), self._conformity
        )

    def forget(self) -> None:
        """Make room for what another interchange says."""
        self._conformity.forget()

    def take(self, batch: Batch, index: int) -> int:
        """Take the segments of a message up to the next service segment; return its index."""
        segments, total = batch.segments, len(batch.segments)
        walk, state, times = self._walk, self._state, self._times
        hops, before, lines = walk.hops, walk.before, walk.lines
        known, learn = self._conformity.known, self._conformity.learn
        position, watched = self.position, self._watched
        line: _Line | None = None
        while index < total:
            if state in before:
                taken, state = self._alike(before[state], segments, index, state, position)
                index, position = index + taken, position + taken
                if index >= total:
                    break
            raw = segments[index]
            tag = known.get(raw) or learn(raw)
            hop = hops[state].get(tag)
            if line is not None and (hop is None or hop[0] not in line.group):
                walk.line_ends(line.start, line.before, segments[line.begin : index])
                line = None
            if hop is None:
                self._state, self.position = state, position
                if not self._odd(raw.lstrip(PADDING), batch, index):
                    return index
                state, position = self._state, self.position
                index += 1
                continue
            if hop[0] in lines:
                line = _Line(hop[0], lines[hop[0]][0], state, index)
            position += 1
            index += 1
            state, most = hop
            if most:
                self._again(raw, batch, index - 1, state, most, position)
            else:
                times[state] = 1
            if watched and state in watched:
                self._seen.append((position, state, raw))
        self._state, self.position = state, position
        return index

    def _alike(
        self, known: Lines[LineKind], segments: list[str], index: int, state: int, position: int
    ) -> tuple[int, int]:
        """Take lines written like others before; return how many segments, and where they lead."""
        found = self._walk.alike(known, segments, index, self._chars.terminator)
        if not found:
            return 0, state
        self._times.update(found[-1].times)
        if self._watched:
            self._watch(found, segments, index, position)
        return sum(kind.size for kind in found), found[-1].end

    def _watch(self, found: list[LineKind], segments: list[str], index: int, position: int) -> None:
        """Keep the segments of lines that the profile looks at."""
        nodes = [node for kind in found for node in kind.nodes]
        self._seen += [
            (position + number, node, segments[index + number - 1])
            for number, node in enumerate(nodes, 1)
            if node in self._watched
        ]

    def _again(
        self, raw: str, batch: Batch, index: int, node: int, most: int, position: int
    ) -> None:
        """Count a segment that is repeated, or keep in mind where a section ends."""
        if most < 0:
            self._times[node] = 1
            raw = raw.lstrip(PADDING)
            self._section = Ahead(position, section_end(most), raw, _place(raw, batch, index))
            return
        count = self._times[node] = self._times.get(node, 1) + 1
        if count > most:
            self.position = position
            raw = raw.lstrip(PADDING)
            self._repeated(raw, _place(raw, batch, index), node, most, count)

    def _odd(self, raw: str, batch: Batch, index: int) -> bool:
        """Take a segment that is not plainly the next of its table; False for a service segment."""
        tag = raw[:3].upper()
        if tag in SERVICE and raw[3:4] in ("", self._chars.element):
            return False
        if not raw:
            self.skipped = True
            return True
        self.position += 1
        offset = _place(raw, batch, index)
        self._characters(raw, offset)
        name = raw.split(self._chars.element, 1)[0]
        if _TAG.match(name.upper()) and name.isascii() and name != name.upper():
            text = f"the tag {name} is not in capitals"
            self._add("tag-lower-case", text, raw, offset, value=name)
            raw = tag + raw[3:]
        elif not _TAG.match(name):
            self._add("tag-invalid", f"{name[:20]!r} is no segment tag", raw, offset, value=name)
            return True
        if self._table is None:
            return True
        step = self._step(tag, raw, offset)
        if step is None:
            self.keep(self._unexpected("segment-unexpected", raw, offset))
            return True
        if step.missed:
            self._leave_out(step, raw, offset)
        if tag == SECTION and not step.repeats:
            missing = self._jump.missing if self._jump is not None else ()
            self._section = Ahead(self.position, self._state, raw, offset, missing)
        self._enter(step, raw, offset)
        return True

    def _characters(self, raw: str, offset: int) -> None:
        if holds_control(raw):
            bad = next(find_control(raw))
            text = f"control character 0x{ord(bad):02X} in {raw[:3]}"
            self._add("characters-invalid", text, raw, offset, value=raw)
        codec = self._codec
        if raw.isascii() or codec not in {"utf-8", "ascii"}:
            return
        is_utf8 = _is_utf8(raw)
        self.utf8 = self.utf8 and is_utf8
        if codec == "ascii" or not is_utf8:
            self.fallback = True
            text = f"{raw[:3]} holds bytes that the declared characters do not have"
            self._add("characters-undeclared", text, raw, offset, value=raw)

    def close(self, raw: str, offset: int) -> None:
        """Compare UNT with the message, and see what the table still wants."""
        self.position += 1
        self.compare_trailer(raw, offset)
        step = self._table.ends[self._state] if self._table is not None else None
        if step is not None:
            for found in self._missed(step, offset):
                self.keep(found)
        if self._profile is not None:
            self._check_profile(self._profile)

    def _check_profile(self, profile: Profile) -> None:
        seen = [
            (position, node, [parts[0] for parts in split_repetitions(raw.lstrip(PADDING), chars)])
            for chars in (self._chars,)
            for position, node, raw in [(1, 0, "UNH"), *self._seen]
        ]
        for found in check_profile(profile, seen):
            what = (
                f"{found.value!r} is not {found.expected}"
                if found.value
                else (f"{found.expected} is missing")
            )
            self.keep(
                fault(
                    found.code,
                    f"segment {found.segment} {found.tag}: {what} ({profile.name})",
                    segment=found.segment,
                    tag=found.tag,
                    element=found.element,
                    component=found.component,
                    value=found.value or None,
                )
            )


def _place(raw: str, batch: Batch, index: int) -> int:
    """Offset of a segment in the file, behind the padding before it."""
    return batch.offset(index) + len(batch.segments[index]) - len(raw)


def _is_utf8(raw: str) -> bool:
    try:
        raw.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


#: What checks the segments of a message without a table: nothing is known of them.
_NO_TABLE = Conformity(Table("", "", (), [], {}), DEFAULT, "latin-1", {})
