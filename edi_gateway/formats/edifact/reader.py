"""
A message's segments to a canonical document, in one pass along the message table.

The same slots check the values when the interchange is opened, so that the syntax verdict is
complete before anything is decided.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from edi_gateway.formats.edifact.places import Compiled, Part, Place
from edi_gateway.formats.edifact.rows import RowBuilder
from edi_gateway.formats.edifact.slots import Slot, Station
from edi_gateway.formats.edifact.takes import Row, Take
from edi_gateway.formats.edifact.tokens import (
    PADDING,
    ServiceCharacters,
    split_elements,
    split_segments,
)
from edi_gateway.formats.edifact.values import Departure, check_values, clean_pattern
from edi_gateway.formats.interchange import ReadMessage
from edi_gateway.formats.mapping import MissingField, field_type


@dataclasses.dataclass(slots=True)
class _Stop:
    """A station compiled for reading."""

    part: int
    begins: bool
    remembered: bool
    #: The part whose row a row sits in, the field there, and the field here with the same value.
    tie: tuple[int, str, str] | None
    by_qualifier: dict[str, Take]
    always: Take | None


class Reader:
    """Reads, and checks, the messages of one mapping."""

    def __init__(self, compiled: Compiled) -> None:
        self.table = compiled.table
        self.stations: list[Station | None] = [None] * len(self.table.nodes)
        self._parts = compiled.parts
        keys = [list(self._place_part(n, part)) for n, part in enumerate(compiled.parts)]
        self._rows = [
            RowBuilder(part.section.shape, some)
            for part, some in zip(compiled.parts, keys, strict=True)
        ]
        self._header = next(n for n, part in enumerate(compiled.parts) if part.trigger is None)
        for node in self.table.nodes:
            station = self.stations[node.number]
            if station is not None:
                station.clean = clean_pattern(station, self.table.segments[node.tag])
        self._stops = [
            self._stop(station) if station is not None else None for station in self.stations
        ]
        self._targets = [
            {tag: step.target for tag, step in steps.items()} for steps in self.table.steps
        ]

    def check(self, state: int, raw: str, chars: ServiceCharacters) -> Iterator[Departure]:
        """Yield what is wrong with the values the mapping reads from a segment."""
        station = self.stations[state]
        if station is not None:
            yield from check_values(station, self.table.segments.get(raw[:3], ()), raw, chars)

    def read(self, text: str, chars: ServiceCharacters) -> ReadMessage:
        """Build the document of a message without faults; `missing` names what it lacks."""
        collected = self._collect(text, chars)
        header = collected[self._header][0]
        missing: list[str] = []
        for number, part in enumerate(self._parts):
            if part.trigger is None:
                continue
            built: list[Any] = []
            build = self._rows[number].build
            for row in collected[number]:
                try:
                    built.append(build(row))
                except MissingField as absent:
                    missing.append(f"{part.section.name}[{len(built) + 1}].{absent.field}")
            header[0][part.section.name] = tuple(built)
        try:
            document = self._rows[self._header].build(header)
        except MissingField as absent:
            missing.append(absent.field)
        if missing:
            return ReadMessage(document=None, missing=tuple(missing))
        return ReadMessage(document=document)

    def _collect(self, text: str, chars: ServiceCharacters) -> list[list[Row]]:
        """The rows of each part, still as dicts."""
        collected: list[list[Row]] = [
            [rows.empty(0)] if part.trigger is None else []
            for rows, part in zip(self._rows, self._parts, strict=True)
        ]
        targets, stops, state, position = self._targets, self._stops, 0, 0
        remembered = {0: ""}
        mark = chars.element
        released = bool(chars.release) and chars.release in text
        for raw in split_segments(text, chars)[0]:
            if raw[:1] in PADDING:
                raw = raw.lstrip(PADDING)
                if not raw:
                    continue
            position += 1
            target = targets[state].get(raw[:3])
            if target is None:
                continue
            state = target
            stop = stops[state]
            if stop is not None:
                rows = collected[stop.part]
                if stop.begins:
                    row = self._rows[stop.part].empty(position)
                    if stop.tie is not None:
                        _tie(row, stop.tie, collected)
                    rows.append(row)
                elements = split_elements(raw, chars) if released else raw.split(mark)
                _take(stop, state, elements, chars, rows, remembered)
        return collected

    def _stop(self, station: Station) -> _Stop:
        owners = self._rows[station.part].owners
        tie = self._parts[station.part].tie
        return _Stop(
            part=station.part,
            begins=station.begins,
            remembered=station.remembered,
            tie=(tie.part, tie.outer, tie.inner) if tie is not None and station.begins else None,
            by_qualifier={
                qualifier: Take([*slots, *station.always], owners)
                for qualifier, slots in station.by_qualifier.items()
            },
            always=Take(station.always, owners) if station.always else None,
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


def _tie(row: Row, tie: tuple[int, str, str], collected: list[list[Row]]) -> None:
    """Give a new row the value by which it belongs to the row it sits in."""
    part, outer, inner = tie
    value = collected[part][-1][0].get(outer)
    if value is not None:
        row[0][inner] = value


def _take(
    stop: _Stop,
    state: int,
    elements: list[Any],
    chars: ServiceCharacters,
    rows: list[Row],
    remembered: dict[int, str],
) -> None:
    qualifier = ""
    if len(elements) > 1:
        first = elements[1]
        if type(first) is str:
            first = elements[1] = first.split(chars.component)
        qualifier = first[0]
    if stop.remembered:
        remembered[state] = qualifier
    take = stop.by_qualifier.get(qualifier, stop.always)
    if take is not None and rows:
        take.into(rows[-1], elements, chars, remembered)
