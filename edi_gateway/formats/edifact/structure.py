"""
Whether a message keeps to the table of its type: the structure, and with it the values.

One pass over the segments between UNH and UNT, as they come; no document is built. A segment that
is plainly the next of its table costs a look-up and a match, everything else is looked at closely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from edi_gateway.formats.edifact.conformity import (
    Conformity,
    conformity,
    find_control,
    holds_control,
)
from edi_gateway.formats.edifact.directory import Step, Table
from edi_gateway.formats.edifact.faults import fault
from edi_gateway.formats.edifact.lines import Lines
from edi_gateway.formats.edifact.profiles import Profile, check_profile, find_profile
from edi_gateway.formats.edifact.reader import Reader
from edi_gateway.formats.edifact.scanner import Batch
from edi_gateway.formats.edifact.tokens import (
    DEFAULT,
    PADDING,
    ServiceCharacters,
    split_repetitions,
)
from edi_gateway.formats.edifact.verdict import NOBODY, Verdict
from edi_gateway.formats.edifact.walk import LineKind, find_walk
from edi_gateway.formats.interchange import Fault, OpenedMessage, Sender

_TAG = re.compile(r"[A-Z]{3}\Z")
_NOTHING: dict[str, Step] = {}

#: Tags that no message has between UNH and UNT.
SERVICE = frozenset({"UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ", "UNO", "UNP"})

#: Tags named beside a segment that is not expected.
_MOST_SHOWN = 12


class _Line(NamedTuple):
    """A line that is taken segment by segment."""

    start: int
    #: Nodes inside it.
    group: frozenset[int]
    #: The node before it, and where it begins in the batch.
    before: int
    begin: int


class _Jump(NamedTuple):
    """A segment that leaves out mandatory ones: they are missing, or it is misplaced."""

    position: int
    #: The node from which it jumped.
    before: int
    missing: list[Fault]
    unexpected: Fault


class MessageCheck(Verdict):
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
        super().__init__(message, chars, agreed)
        #: Whether empty segments were skipped, all text was UTF-8, and some was not ASCII though
        #: that was declared.
        self.skipped = False
        self.utf8 = True
        self.fallback = False
        self._codec = codec
        self._table = table
        self._reader = reader
        profile = find_profile(message.type, message.release, message.association)
        self._profile = profile if agreed.looks_at_profile else None
        self._watched = self._profile.nodes if self._profile is not None else frozenset()
        #: Segments the profile looks at: position, node, text.
        self._seen: list[tuple[int, int, str]] = []
        self._conformity = (
            conformity(table, chars, codec, profile) if table is not None else _NO_TABLE
        )
        self._walk = find_walk(
            table, reader.narrow if reader is not None else frozenset(), self._conformity
        )
        self._steps = table.steps if table is not None else (_NOTHING,)
        self._structured = table is not None
        self._state = 0
        self._times: dict[int, int] = {}
        self._jump: _Jump | None = None
        #: Whether a number with another decimal mark was told; once is enough.
        self._other_mark = False

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
        """Count a segment that is repeated."""
        count = self._times[node] = self._times.get(node, 1) + 1
        if count > most:
            self.position = position
            self._repeated(raw.lstrip(PADDING), batch, index, node, most, count)

    def _odd(self, raw: str, batch: Batch, index: int) -> bool:
        """Take a segment that is not plainly the next of its table; False for a service segment."""
        tag = raw[:3].upper()
        if tag in SERVICE and raw[3:4] in ("", self._chars.element):
            return False
        if not raw:
            self.skipped = True
            return True
        self.position += 1
        self._characters(raw, batch, index)
        name = raw.split(self._chars.element, 1)[0]
        if _TAG.match(name.upper()) and name.isascii() and name != name.upper():
            text = f"the tag {name} is not in capitals"
            self._add("tag-lower-case", text, raw, batch, index, value=name)
            raw = tag + raw[3:]
        elif not _TAG.match(name):
            self._add(
                "tag-invalid", f"{name[:20]!r} is no segment tag", raw, batch, index, value=name
            )
            return True
        if not self._structured:
            return True
        step = self._step(tag)
        if step is None:
            self.keep(self._unexpected(raw, batch, index))
            return True
        if step.missed:
            self._leave_out(step, raw, batch, index)
        self._state = step.target
        self._times[step.target] = self._times.get(step.target, 1) + 1 if step.repeats else 1
        count = self._times[step.target]
        if count > step.most:
            self._repeated(raw, batch, index, step.target, step.most, count)
        self._check(step.target, raw, batch, index)
        if self._state in self._watched:
            self._seen.append((self.position, self._state, raw))
        return True

    def _step(self, tag: str) -> Step | None:
        """
        Where a tag leads; None where the table has it nowhere ahead.

        Where it is ahead only of the place from which the last segment jumped, and less is missing
        there, that segment was misplaced: the message goes on as if it was not there.
        """
        step = self._steps[self._state].get(tag)
        jump, self._jump = self._jump, None
        if step is not None or jump is None or jump.position != self.position - 1:
            return step
        back = self._steps[jump.before].get(tag)
        if back is None or len(back.missed) >= len(jump.missing):
            return None
        self.take_back(jump.missing)
        self._seen = [seen for seen in self._seen if seen[0] != jump.position]
        self.keep(jump.unexpected)
        self._state = jump.before
        return back

    def _leave_out(self, step: Step, raw: str, batch: Batch, index: int) -> None:
        """Keep what a segment leaves out, and in mind that it may be misplaced itself."""
        missing = list(self._missed(step, self._place(raw, batch, index)))
        for found in missing:
            self.keep(found)
        unexpected = self._unexpected(raw, batch, index)
        self._jump = _Jump(self.position, self._state, missing, unexpected)

    def _unexpected(self, raw: str, batch: Batch, index: int) -> Fault:
        """What is wrong with a segment that cannot stand where it is."""
        shown = ", ".join(self._allowed(_MOST_SHOWN))
        text = f"{raw[:3].upper()} is not expected here; next may be {shown}"
        return self._fault("segment-unexpected", text, raw, batch, index)

    def _allowed(self, most: int) -> list[str]:
        """The tags that may follow, the nearest first."""
        allowed = [
            tag
            for tag, step in self._steps[self._state].items()
            if not step.missed
            and not (step.repeats and self._times.get(step.target, 1) >= step.most)
        ]
        ends = self._table.ends[self._state] if self._table is not None else None
        if ends is not None and not ends.missed:
            allowed.append("UNT")
        return allowed if len(allowed) <= most else [*allowed[:most], "..."]

    @staticmethod
    def _place(raw: str, batch: Batch, index: int) -> int:
        """Offset of a segment in the file, behind the padding before it."""
        return batch.offset(index) + len(batch.segments[index]) - len(raw)

    def _missed(self, step: Step, where: int) -> Iterator[Fault]:
        """What is left out on the way to a segment."""
        for tag in step.missed:
            text = f"{tag} is mandatory and missing behind segment {self.position - 1}"
            yield fault("segment-missing", text, segment=self.position - 1, tag=tag, offset=where)

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
        if holds_control(raw):
            bad = next(find_control(raw))
            text = f"control character 0x{ord(bad):02X} in {raw[:3]}"
            self._add("characters-invalid", text, raw, batch, index, value=raw)
        codec = self._codec
        if raw.isascii() or codec not in {"utf-8", "ascii"}:
            return
        is_utf8 = _is_utf8(raw)
        self.utf8 = self.utf8 and is_utf8
        if codec == "ascii" or not is_utf8:
            self.fallback = True
            text = f"{raw[:3]} holds bytes that the declared characters do not have"
            self._add("characters-undeclared", text, raw, batch, index, value=raw)

    def _check(self, state: int, raw: str, batch: Batch, index: int) -> None:
        """Look at the values of a segment: by its table, then as the mapping reads them."""
        found = list(self._conformity.check(raw))
        if not found and self._reader is not None:
            found = list(self._reader.check(state, raw, self._chars))
        offset = self._place(raw, batch, index)
        for departure in found:
            if departure.code != "decimal-mark" or not self._other_mark:
                self.keep_departure(departure, raw[:3], offset)
            self._other_mark = self._other_mark or departure.code == "decimal-mark"

    def _add(
        self, code: str, text: str, raw: str, batch: Batch, index: int, value: str | None = None
    ) -> None:
        self.keep(self._fault(code, text, raw, batch, index, value))

    def _fault(
        self, code: str, text: str, raw: str, batch: Batch, index: int, value: str | None = None
    ) -> Fault:
        """A fault of the segment that is being taken."""
        offset = self._place(raw, batch, index)
        text = f"segment {self.position}: {text}"
        tag = raw[:3]
        return fault(code, text, segment=self.position, tag=tag, offset=offset, value=value)

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


def _is_utf8(raw: str) -> bool:
    try:
        raw.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


#: What checks the segments of a message without a table: nothing is known of them.
_NO_TABLE = Conformity(Table("", "", (), [], {}), DEFAULT, "latin-1", {})
