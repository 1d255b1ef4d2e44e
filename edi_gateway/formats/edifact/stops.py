"""
Stops: what to do at each segment that says something, and the rows that come of it.

Lines that are written alike are read in one go, from one stop: that of their LIN.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

from edi_gateway.formats.edifact.directory import Node
from edi_gateway.formats.edifact.lines import LINE, Lines
from edi_gateway.formats.edifact.places import Tie
from edi_gateway.formats.edifact.rows import Row
from edi_gateway.formats.edifact.takes import Said, Take
from edi_gateway.formats.edifact.telling import Heard, TellingKind, telling
from edi_gateway.formats.edifact.tokens import ServiceCharacters, cell, split_elements


@dataclasses.dataclass(slots=True)
class Stop:
    """A station compiled for reading."""

    part: int
    begins: bool
    #: Whether the text of a segment is not all there is to know: one of the next two is so.
    in_context: bool
    #: Whether its qualifier decides what segments of its group mean.
    remembered: bool
    #: The nodes around it whose qualifiers decide what it means.
    enclosing: tuple[int, ...]
    #: Where it begins a row inside another: what ties the two.
    tie: Tie | None
    by_qualifier: dict[str, Take]
    always: Take | None
    node: int
    #: What segments say, by their text.
    said: dict[str, Said]
    #: Where it begins a line: the kinds of line that were met.
    lines: Lines[TellingKind] | None


#: Where each tag leads: the same of the next node, the stop there, and whether it is inside a line.
Hops = dict[str, tuple[Any, "Stop | None", bool]]


class Line(NamedTuple):
    """A line that is read segment by segment: where it begins, and where its LIN leads."""

    begin: int
    stop: Stop
    hops: Hops


@dataclasses.dataclass(slots=True)
class Rows:
    """The rows of each part, and those whose fields have yet to be settled."""

    rows: list[list[Row]]
    loose: list[tuple[int, Row]]
    last: list[Row | None]

    def begin(self, stop: Stop, position: int) -> Row:
        """A row begins at a segment."""
        row = _tied({"position": position}, stop, self.last)
        self.add(stop.part, row)
        self.loose.append((stop.part, row))
        return row

    def add(self, part: int, row: Row) -> None:
        """Keep a row."""
        self.rows[part].append(row)
        self.last[part] = row


#: Where a tag leads that the table does not have there.
NOWHERE: tuple[Any, Stop | None, bool] = (None, None, False)


def is_in_line(node: Node) -> bool:
    """Whether a node belongs to a line and does not begin one."""
    around = node.parent
    while around is not None and around.tag != LINE:
        around = around.parent
    return around is not None and node.tag != LINE


def read_alike(
    stop: Stop, segments: list[str], index: int, found: Rows, end: str
) -> tuple[int, Hops | None]:
    """Read lines written like others before; return the index behind, and where they lead."""
    hops: Hops | None = None
    kinds = stop.lines.kinds if stop.lines is not None else ()
    while index < len(segments):
        for kind in kinds:
            match = kind.match(end.join(segments[index : index + kind.size]))
            if match is None or _goes_on(kind, segments, index + kind.size):
                continue
            row = kind.say(match.groups(), index + 1)
            if row is not None:
                break
        else:
            break
        found.add(stop.part, _tied(row, stop, found.last))
        index, hops = index + kind.size, kind.hops
    return index, hops


def _goes_on(kind: TellingKind, segments: list[str], index: int) -> bool:
    """Whether a line has more segments than those that matched."""
    tag = segments[index][:3] if index < len(segments) else "UNT"
    hop = kind.hops.get(tag)
    return hop[2] if hop is not None else tag != "UNT"


def told_by(line: Line, segments: Sequence[str], chars: ServiceCharacters) -> TellingKind | None:
    """What a line tells; None where more decides than the texts of its segments."""
    stop: Stop | None = line.stop
    hops, heard = line.hops, []
    for number, raw in enumerate(segments):
        if number:
            hops, stop, _ = hops.get(raw[:3], NOWHERE)
            if hops is None or (stop is not None and (stop.begins or stop.part != line.stop.part)):
                return None
        if stop is None:
            heard.append(Heard(raw, None, qualified=False))
            continue
        if stop.in_context:
            return None
        qualifier = cell(split_elements(raw, chars), 1, 0, chars)
        take = stop.by_qualifier.get(qualifier, stop.always)
        heard.append(Heard(raw, take, qualified=bool(stop.by_qualifier)))
    return telling(heard, chars, hops)


def _tied(row: Row, stop: Stop, last: list[Row | None]) -> Row:
    """A row, with the value by which it belongs to the row it sits in, if it sits in one."""
    outer = last[stop.tie.part] if stop.tie is not None else None
    if outer is not None and stop.tie is not None and stop.tie.outer in outer:
        row[stop.tie.inner] = outer[stop.tie.outer]
    return row
