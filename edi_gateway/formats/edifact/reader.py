"""
A message's segments to a canonical document, in one pass along the message table.

The same slots check the values when the interchange is opened, so that the syntax verdict is
complete before anything is decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edi_gateway.formats.converters import BadValue
from edi_gateway.formats.edifact.codes import find_codes
from edi_gateway.formats.edifact.conformity import Departure, placed
from edi_gateway.formats.edifact.directory import Table
from edi_gateway.formats.edifact.lines import LINE, Lines
from edi_gateway.formats.edifact.places import Compiled, Part, Place
from edi_gateway.formats.edifact.rows import Row, RowShape, build
from edi_gateway.formats.edifact.slots import Slot, Station, convert_value, fetch_value
from edi_gateway.formats.edifact.stops import (
    Hops,
    Line,
    Rows,
    Stop,
    is_in_line,
    read_alike,
    told_by,
)
from edi_gateway.formats.edifact.takes import Said, Take
from edi_gateway.formats.edifact.tokens import (
    PADDING,
    ServiceCharacters,
    cell,
    is_plain,
    split_elements,
    split_repetitions,
    split_segments,
)
from edi_gateway.formats.interchange import ReadMessage
from edi_gateway.formats.mapping import field_type

#: Texts remembered at each node: what seldom comes twice is not worth the memory.
_MOST_REMEMBERED = 3000


class Reader:
    """Reads the messages of one mapping, and checks what the mapping wants beyond the table."""

    def __init__(self, compiled: Compiled) -> None:
        self.table = compiled.table
        self.stations: list[Station | None] = [None] * len(self.table.nodes)
        self._parts = compiled.parts
        keys = [list(self._place_part(n, part)) for n, part in enumerate(compiled.parts)]
        self._shapes = [
            RowShape(part.section.field, part.section.shape, some)
            for part, some in zip(compiled.parts, keys, strict=True)
        ]
        self._header = next(n for n, part in enumerate(compiled.parts) if part.trigger is None)
        self._begin: dict[ServiceCharacters, Hops] = {}
        self._stops: list[Stop] = []
        #: Nodes where the mapping may take less than the table allows.
        self.narrow = frozenset(
            node
            for node, station in enumerate(self.stations)
            if station is not None and any(slot.narrow for slot in station.slots())
        )

    def check(self, state: int, raw: str, chars: ServiceCharacters) -> Iterator[Departure]:
        """Yield the values of a segment that the table allows and the mapping cannot take."""
        station = self.stations[state]
        if station is None or state not in self.narrow:
            return
        elements = split_elements(raw, chars)
        qualifier = cell(elements, 1, 0, chars)
        for slot in (*station.by_qualifier.get(qualifier, ()), *station.always):
            value = fetch_value(slot, elements, chars) if slot.narrow else None
            if value is None:
                continue
            try:
                convert_value(slot, value, chars)
            except BadValue as bad:
                place = slot.elements[0].values[0].element + 1
                part = slot.components[0] + 1 if slot.elements[0].composite else None
                why = f"{value!r} is not {bad}"
                yield Departure("element-value", self._why_not(slot, bad), place, part, value, why)

    def _why_not(self, slot: Slot, bad: BadValue) -> str:
        """0085: a code that the directory has, and the mapping does not take, is 14 and not 12."""
        coded = slot.elements[0].values[slot.components[0]].id in find_codes(self.table.release)
        return "14" if coded and bad.code == "12" else bad.code

    def read(self, text: str, chars: ServiceCharacters) -> ReadMessage:
        """Build the document of a message without faults; `missing` names what it lacks."""
        found = self._collect(_segments(text, chars), chars)
        for number, row in found.loose:
            self._shapes[number].settle(row)
        parts = [
            (shape, some)
            for number, (shape, some) in enumerate(zip(self._shapes, found.rows, strict=True))
            if number != self._header
        ]
        return build(self._shapes[self._header], found.rows[self._header][0], parts)

    def forget(self) -> None:
        """Make room for what another interchange says."""
        for stop in self._stops:
            if len(stop.said) >= _MOST_REMEMBERED:
                stop.said.clear()

    def _collect(self, segments: list[str], chars: ServiceCharacters) -> Rows:
        """The rows of each part."""
        found = Rows([[] for _ in self._parts], [], [None for _ in self._parts])
        header: Row = {}
        found.add(self._header, header)
        found.loose.append((self._header, header))
        hops = self._begin.get(chars) or self._make_hops(chars)
        remembered: dict[int, str] = {}
        row: Row | None
        line: Line | None = None
        index, total = 0, len(segments)
        while index < total:
            raw = segments[index]
            hop = hops.get(raw[:3]) or hops.get(raw[:3].upper())
            if line is not None and not (hop and hop[2]):
                self._line_ends(line, segments[line.begin : index], chars)
                line = None
            index += 1
            if hop is None:
                continue
            hops, stop, _ = hop
            if stop is None:
                continue
            if not stop.begins:
                row = found.last[stop.part]
            elif stop.lines is None:
                row = found.begin(stop, index)
            else:
                taken, behind = read_alike(stop, segments, index - 1, found, chars.terminator)
                if behind is not None:
                    index, hops = taken, behind
                    continue
                line = Line(index - 1, stop, hops)
                row = found.begin(stop, index)
            if row is not None:
                self._take(stop, row, raw, chars, remembered)
        return found

    def _take(
        self, stop: Stop, row: Row, raw: str, chars: ServiceCharacters, remembered: dict[int, str]
    ) -> None:
        """Take what a segment says into its row."""
        key = _in_context(stop, raw, chars, remembered) if stop.in_context else raw
        said = stop.said.get(key)
        if said is None:
            said = self._hear(stop, key, raw, chars, remembered)
        for name, value in said:
            if name not in row:
                row[name] = value
            elif type(value) in _GROWING:
                row[name] = _joined(row[name], value)

    def _line_ends(self, line: Line, segments: list[str], chars: ServiceCharacters) -> None:
        """A line was read segment by segment."""
        if line.stop.lines is not None:
            line.stop.lines.missed(segments, lambda alike: told_by(line, alike, chars))

    def _hear(
        self, stop: Stop, key: str, raw: str, chars: ServiceCharacters, remembered: dict[int, str]
    ) -> Said:
        """Take the values out of a segment, and remember them."""
        said: Said = ()
        if is_plain(raw, chars):
            qualifier = raw[4:].partition(chars.element)[0].partition(chars.component)[0]
            take = stop.by_qualifier.get(qualifier, stop.always)
            if take is not None:
                said = take.of(raw, remembered)
        else:
            elements = _positions(raw, chars, self.table)
            take = stop.by_qualifier.get(cell(elements, 1, 0, chars), stop.always)
            if take is not None:
                said = take.of_elements(elements, remembered)
        if len(stop.said) < _MOST_REMEMBERED:
            stop.said[key] = said
        return said

    def _make_hops(self, chars: ServiceCharacters) -> Hops:
        """Make the automaton of the table for one set of service characters."""
        stops = [
            self._stop(node, station, chars) if station is not None else None
            for node, station in enumerate(self.stations)
        ]
        self._stops += [stop for stop in stops if stop is not None]
        hops: list[Hops] = [{} for _ in stops]
        inside = [is_in_line(node) for node in self.table.nodes]
        for mine, steps in zip(hops, self.table.steps, strict=True):
            for tag, step in steps.items():
                mine[tag] = hops[step.target], stops[step.target], inside[step.target]
        self._begin[chars] = hops[0]
        return hops[0]

    def _stop(self, node: int, station: Station, chars: ServiceCharacters) -> Stop:
        enclosing = {around for slot in station.slots() for around, _ in slot.within}
        return Stop(
            part=station.part,
            begins=station.begins,
            in_context=station.remembered or bool(enclosing),
            remembered=station.remembered,
            enclosing=tuple(sorted(enclosing)),
            tie=self._parts[station.part].tie if station.begins else None,
            by_qualifier={
                qualifier: Take([*slots, *station.always], chars)
                for qualifier, slots in station.by_qualifier.items()
            },
            always=Take(station.always, chars) if station.always else None,
            node=node,
            said={},
            lines=Lines() if station.begins and self.table.nodes[node].tag == LINE else None,
        )

    def _place_part(self, number: int, part: Part) -> Iterator[str]:
        """Put the slots of a part to their stations; yield the key of each."""
        seen: dict[str, int] = {}
        if part.trigger is not None:
            self._station(part.trigger.number, number).begins = True
        for place in part.places:
            if not place.entry.reads or place.entry.field is None:
                continue
            name = place.entry.field
            rank = seen.get(name, 0)
            seen[name] = rank + 1
            key = name if rank == 0 else f"{name}#{rank}"
            self._add(number, place, key, part)
            yield key

    def _add(self, number: int, place: Place, key: str, part: Part) -> None:
        within = tuple((hop.node.number, hop.qualifiers) for hop in place.path[:-1])
        for node, _ in within:
            self._station(node, number).remembered = True
        converter = place.entry.converter
        spec = field_type(part.section.shape, place.entry.field or "")
        slot = Slot(
            key=key,
            convert=converter.read,
            elements=place.elements if place.condition else place.elements[:1],
            components=tuple(value.component for value in place.values),
            condition=place.condition,
            format=place.format,
            numeric=converter.numeric,
            at=(place.values[0].element, place.values[0].component),
            repeated=getattr(spec, "__origin__", None) is tuple,
            narrow=converter.narrow,
            within=tuple(item for item in within if item[1]),
        )
        station = self._station(place.node.number, number)
        qualifiers = place.path[-1].qualifiers
        if not qualifiers:
            station.always.append(slot)
        for qualifier in qualifiers:
            station.by_qualifier.setdefault(qualifier, []).append(slot)

    def _station(self, node: int, part: int) -> Station:
        station = self.stations[node]
        if station is None:
            station = self.stations[node] = Station(part)
        return station


def _segments(text: str, chars: ServiceCharacters) -> list[str]:
    """The segments of a message, padding cut."""
    end = chars.terminator
    if not chars.release or chars.release not in text:
        if "\r" in text:
            text = text.replace(f"{end}\r\n", end)
        text = text.replace(f"{end}\n", end)
    segments = split_segments(text, chars)[0]
    if not (any(map(text.__contains__, _BREAKS)) or f"{end} " in text or text[:1] == " "):
        return segments
    cut = (raw.lstrip(PADDING) for raw in segments)
    return [raw for raw in cut if raw]


_BREAKS = PADDING.strip(" ")


def _positions(raw: str, chars: ServiceCharacters, table: Table) -> list[Any]:
    """The elements of a segment, each at the position the table gives it."""
    if not chars.repetition or chars.repetition not in raw:
        return split_elements(raw, chars)
    elements = split_repetitions(raw, chars)
    spec = table.segments.get(raw[:3], ())
    return [elements[0][0], *(place.parts for place in placed(elements, spec))]


def _in_context(stop: Stop, raw: str, chars: ServiceCharacters, remembered: dict[int, str]) -> str:
    """The text of a segment with the qualifiers that decide what it means."""
    if stop.remembered:
        remembered[stop.node] = cell(split_elements(raw, chars), 1, 0, chars)
    # A unit separator is no character of a segment.
    return "\x1f".join((raw, *[remembered.get(node, "") for node in stop.enclosing]))


#: Values that several segments may add to: nested parts and lists.
_GROWING = (dict, tuple)


def _joined(held: Any, more: Any) -> Any:
    """
    A list goes on, a nested part gets the fields it lacks.

    What was read is shared by all rows that say the same, so nothing is changed in place.
    """
    if type(more) is tuple:
        return (*held, *more)
    lists = {
        name: (*held[name], *value)
        for name, value in more.items()
        if type(value) is tuple and name in held
    }
    return {**more, **held, **lists}
