"""
Where the segments of a message plainly lead along its table, and what its lines look like.

What is plain needs no closer look: nothing is missed on the way, no mapping takes less than the
table there, and a line is written like one that was found without fault.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from edi_gateway.formats.edifact.conformity import Conformity
from edi_gateway.formats.edifact.directory import Node, Table
from edi_gateway.formats.edifact.lines import LINE, Lines
from edi_gateway.formats.edifact.tokens import PADDING

#: Node, and how often it may be repeated; 0 for a segment that is there for the first time, and
#: less where a section ends (`section_end`).
Hop = tuple[int, int]

#: The tag that ends a section of a message.
SECTION = "UNS"


class LineKind(NamedTuple):
    """Lines that keep to the table as one of them does."""

    #: Takes the segments joined with terminators.
    matches: Callable[[str], object]
    size: int
    #: Where the last segment leads.
    end: int
    #: How often each node of the line occurred.
    times: dict[int, int]
    #: The node of each segment.
    nodes: tuple[int, ...]


class Walk:
    """What is plain in the messages of one table, written and read in one way."""

    def __init__(self, table: Table | None, narrow: frozenset[int], conformity: Conformity) -> None:
        self._conformity = conformity
        #: For each node, where each tag leads.
        self.hops: tuple[dict[str | None, Hop], ...] = _plain_hops(table, narrow)
        nodes = table.nodes if table is not None else ()
        #: For each node that begins a line: those of its group, and the lines that were met.
        self.lines = {
            node.number: (frozenset(_numbers(node)), Lines[LineKind]())
            for node in nodes
            if node.tag == LINE and node.group
        }
        #: Nodes a line was seen behind, and that at which it begins.
        self.before: dict[int, Lines[LineKind]] = {}

    def alike(
        self, known: Lines[LineKind], segments: list[str], index: int, end: str
    ) -> list[LineKind]:
        """The kinds of the lines from `index` on, as far as they are written like others before."""
        found: list[LineKind] = []
        while kind := _first(known.kinds, segments, index, end):
            found.append(kind)
            index += kind.size
        if found and self._goes_on(found[-1], segments[index : index + 1]):
            found.pop()
        return found

    def _goes_on(self, kind: LineKind, behind: list[str]) -> bool:
        """Whether a line has more segments than those that matched."""
        group = self.lines[kind.nodes[0]][0]
        hops = self.hops[kind.end]
        return any(hops.get(raw.lstrip(PADDING)[:3], _NOWHERE)[0] in group for raw in behind)

    def line_ends(self, start: int, before: int, line: Sequence[str]) -> None:
        """A line that begins at node `start` was found without fault, segment by segment."""
        known = self.lines[start][1]
        known.missed(line, lambda segments: self._kind(start, segments))
        if known.kinds:
            self.before[before] = known

    def _kind(self, start: int, line: Sequence[str]) -> LineKind | None:
        """What is plain about a line; None where it asks for a closer look."""
        times = {start: 1}
        nodes = [start]
        for raw in line[1:]:
            hop = self.hops[nodes[-1]].get(raw.lstrip(PADDING)[:3])
            if hop is None:
                return None
            node, most = hop
            times[node] = times.get(node, 1) + 1 if most else 1
            if most and times[node] > most:
                return None
            nodes.append(node)
        matches = self._conformity.line(line)
        if matches is None:
            return None
        del times[start]  # there is no limit to lines
        return LineKind(matches, len(line), nodes[-1], times, tuple(nodes))


def _first(
    kinds: tuple[LineKind, ...], segments: list[str], index: int, end: str
) -> LineKind | None:
    """The kind of the line that begins at `index`, if one does."""
    if index >= len(segments) or segments[index].lstrip(PADDING)[:3] != LINE:
        return None
    for kind in kinds:
        if kind.matches(end.join(segments[index : index + kind.size])):
            return kind
    return None


_NOWHERE = (-1, 0)


def _numbers(group: Node) -> list[int]:
    """The numbers of the nodes inside a group, its first left out."""
    return [number for node in group.group[1:] for number in (node.number, *_inner(node))]


def _inner(node: Node) -> list[int]:
    return _numbers(node) if node.group else []


def _plain_hops(table: Table | None, narrow: frozenset[int]) -> tuple[dict[str | None, Hop], ...]:
    """Where each tag leads from each node, if nothing is missed and nothing special awaits there."""
    if table is None:
        return ({},)
    return tuple(
        {
            tag: (step.target, step.most if step.repeats else -1 - node if tag == SECTION else 0)
            for tag, step in steps.items()
            if not step.missed and step.target not in narrow
        }
        for node, steps in enumerate(table.steps)
    )


def section_end(most: int) -> int:
    """The last node of the section that a hop ends."""
    return -1 - most


@lru_cache(64)
def find_walk(table: Table | None, narrow: frozenset[int], conformity: Conformity) -> Walk:
    """Return the walk of a table; one for all files that are written and read alike."""
    return Walk(table, narrow, conformity)
