"""
Where the segments of a message lead that are not plainly the next of its table.

A message is matched greedily, so that a segment too early looks like the end of what it skips, and
everything behind it like too much. Which of them is out of place shows a segment or two later: then
the message goes on as if the one that came too early was not there, and that is its one fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from edi_gateway.formats.edifact.conformity import Conformity
from edi_gateway.formats.edifact.directory import Step, Table
from edi_gateway.formats.edifact.faults import fault
from edi_gateway.formats.edifact.reader import Reader
from edi_gateway.formats.edifact.tokens import ServiceCharacters
from edi_gateway.formats.edifact.verdict import Verdict
from edi_gateway.formats.edifact.walk import SECTION
from edi_gateway.formats.interchange import Fault, OpenedMessage, Sender

_NOTHING: dict[str, Step] = {}

#: Tags named beside a segment that is not expected.
_MOST_SHOWN = 12


class Ahead(NamedTuple):
    """A segment that may be too early: it leaves out mandatory ones, or ends a section (UNS)."""

    position: int
    #: The node from which it was reached.
    before: int
    raw: str
    offset: int
    #: What is missing, unless it is misplaced.
    missing: tuple[Fault, ...] = ()


class _Doubt(NamedTuple):
    """A segment behind UNS that belongs before it: it is one too many, or UNS is too early."""

    position: int
    #: Where it leads if UNS is too early.
    step: Step
    raw: str
    offset: int


class Placing(Verdict):
    """The verdict on a message with its place in the table."""

    def __init__(
        self,
        message: OpenedMessage,
        chars: ServiceCharacters,
        agreed: Sender,
        table: Table | None,
        reader: Reader | None,
        conformity: Conformity,
        watched: frozenset[int],
    ) -> None:
        super().__init__(message, chars, agreed)
        self._table = table
        self._reader = reader
        self._conformity = conformity
        self._watched = watched
        #: Segments the profile looks at: position, node, text.
        self._seen: list[tuple[int, int, str]] = []
        self._steps = table.steps if table is not None else (_NOTHING,)
        self._state = 0
        self._times: dict[int, int] = {}
        #: The last segment, if it left out mandatory ones; the last UNS, and a doubt about it.
        self._jump: Ahead | None = None
        self._section: Ahead | None = None
        self._doubt: _Doubt | None = None
        #: Tags of misplaced segments: where they should be they are not missing too.
        self._astray: set[str] = set()
        #: Whether a number with another decimal mark was told; once is enough.
        self._other_mark = False

    def _enter(self, step: Step, raw: str, offset: int) -> None:
        """Go where a segment leads, and look at its values."""
        self._state = step.target
        self._times[step.target] = self._times.get(step.target, 1) + 1 if step.repeats else 1
        count = self._times[step.target]
        if count > step.most:
            self._repeated(raw, offset, step.target, step.most, count)
        self._check(step.target, raw, offset)
        if self._state in self._watched:
            self._seen.append((self.position, self._state, raw))

    def _step(self, tag: str, raw: str, offset: int) -> Step | None:
        """
        Where a tag leads; None where the table has it nowhere ahead.

        Where it is ahead only of the place from which the last segment jumped, and less is missing
        there, that segment was misplaced: the message goes on as if it was not there.
        """
        step = self._steps[self._state].get(tag)
        jump, self._jump = self._jump, None
        if step is not None:
            return step
        if jump is not None and jump.position == self.position - 1:
            back = self._steps[jump.before].get(tag)
            if back is not None and len(back.missed) < len(jump.missing):
                self._turn_back(jump)
                return back
        return self._before_section(tag, raw, offset)

    def _before_section(self, tag: str, raw: str, offset: int) -> Step | None:
        """
        Where a tag leads if the last UNS came too early; None where that is not so.

        It did where a group begins that belongs before it, or where two such segments follow each
        other; a single one is not expected where it is.
        """
        section, doubt = self._section, self._doubt
        if section is None:
            return None
        if doubt is not None and doubt.position != self.position - 1:
            doubt = None
        step = self._steps[doubt.step.target if doubt else section.before].get(tag)
        self._doubt = None
        if step is None or step.missed:
            return None
        if doubt is None and not self._begins_group(step.target):
            self._doubt = _Doubt(self.position, step, raw, offset)
            return None
        self._turn_back(section)
        if doubt is not None:
            self._expect(doubt)
        return step

    def _begins_group(self, number: int) -> bool:
        """Whether a node begins a group that is in no other."""
        node = self._table.nodes[number] if self._table is not None else None
        return node is not None and bool(node.group) and node.parent is None

    def _turn_back(self, ahead: Ahead) -> None:
        """Take a segment for misplaced: go back to where it was reached."""
        self.take_back(ahead.missing)
        for at in range(len(self._seen) - 1, -1, -1):
            if self._seen[at][0] <= ahead.position:
                if self._seen[at][0] == ahead.position:
                    del self._seen[at]
                break
        here, self.position = self.position, ahead.position
        self._state = ahead.before
        self.keep(self._unexpected("segment-misplaced", ahead.raw, ahead.offset))
        self.position = here
        self._astray.add(ahead.raw[:3])
        self._section = self._doubt = None

    def _expect(self, doubt: _Doubt) -> None:
        """Take a segment that was not expected, now that UNS is known to be too early."""
        self.take_back(
            [
                found
                for found in (*self.faults, *self.warnings)
                if found.segment == doubt.position and found.code == "segment-unexpected"
            ]
        )
        here, self.position = self.position, doubt.position
        self._enter(doubt.step, doubt.raw, doubt.offset)
        self.position = here

    def _leave_out(self, step: Step, raw: str, offset: int) -> None:
        """Keep what a segment leaves out, and in mind that it may be misplaced itself."""
        missing = tuple(self._missed(step, offset))
        for found in missing:
            self.keep(found)
        self._jump = Ahead(self.position, self._state, raw, offset, missing)

    def _unexpected(self, code: str, raw: str, offset: int) -> Fault:
        """What is wrong with a segment that cannot stand where it is."""
        shown = ", ".join(self._allowed(_MOST_SHOWN))
        what = "too early" if code == "segment-misplaced" else "not expected"
        text = f"{raw[:3].upper()} is {what} here; next may be {shown}"
        return self._fault(code, text, raw, offset)

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

    def _missed(self, step: Step, where: int) -> Iterator[Fault]:
        """What is left out on the way to a segment."""
        for tag in step.missed:
            if tag in self._astray:
                self._astray.discard(tag)
                continue
            text = f"{tag} is mandatory and missing behind segment {self.position - 1}"
            yield fault("segment-missing", text, segment=self.position - 1, tag=tag, offset=where)

    def _repeated(self, raw: str, offset: int, node: int, most: int, count: int) -> None:
        doubt, section = self._doubt, self._section
        if raw[:3] == SECTION and doubt and section and doubt.position == self.position - 1:
            # What stands between two UNS belongs before them: the first came too early.
            self._turn_back(section)
            self._expect(doubt)
            self._astray.discard(SECTION)
            self._section = Ahead(self.position, self._state, raw, offset)
            self._state, self._times[node] = node, 1
            return
        if count > most + 1:
            return  # once is enough
        in_group = self._table is not None and bool(self._table.nodes[node].group)
        what, code = ("group", "group-repeated") if in_group else ("segment", "segment-repeated")
        self._add(code, f"{what} {raw[:3]} occurs more than {most} times", raw, offset)

    def _check(self, state: int, raw: str, offset: int) -> None:
        """Look at the values of a segment: by its table, then as the mapping reads them."""
        found = list(self._conformity.check(raw))
        if not found and self._reader is not None:
            found = list(self._reader.check(state, raw, self._chars))
        for departure in found:
            if departure.code != "decimal-mark" or not self._other_mark:
                self.keep_departure(departure, raw[:3], offset)
            self._other_mark = self._other_mark or departure.code == "decimal-mark"

    def _add(self, code: str, text: str, raw: str, offset: int, value: str | None = None) -> None:
        self.keep(self._fault(code, text, raw, offset, value))

    def _fault(
        self, code: str, text: str, raw: str, offset: int, value: str | None = None
    ) -> Fault:
        """A fault of the segment that is being taken."""
        text = f"segment {self.position}: {text}"
        return fault(code, text, segment=self.position, tag=raw[:3], offset=offset, value=value)
