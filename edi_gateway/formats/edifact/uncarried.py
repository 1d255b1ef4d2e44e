"""
What an EDIFACT message says and its document does not hold.

The message is walked along its table as the reader does, and each value is held against the places
of the mapping: a value counts as carried when an entry reads it and the field takes it, when it is
the qualifier or condition by which an entry found its place, or when the mapping would write the
same constant there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import get_origin

from edi_gateway.documents import Document
from edi_gateway.formats.edifact.conformity import Given, placed
from edi_gateway.formats.edifact.directory import Element
from edi_gateway.formats.edifact.places import Compiled, Condition, Part, Place
from edi_gateway.formats.edifact.tokens import (
    PADDING,
    ServiceCharacters,
    split_repetitions,
    split_segments,
)
from edi_gateway.formats.mapping import HEADER, field_type, getter
from edi_gateway.formats.uncarried import Offers, Uncarried, same_value

#: Identify and count the message; the envelope of what is written has its own.
_ENVELOPE = frozenset({"UNH", "UNT"})

#: Element (the tag is 0) and component (from 0).
_At = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place of the mapping at its node."""

    place: Place
    part: int
    #: How many entries stand in front that feed the same field.
    rank: int

    @property
    def field(self) -> str:
        return self.place.entry.field or ""


@dataclass(slots=True)
class _Seen:
    """A segment with what is known of its values so far."""

    position: int
    raw: str
    #: What it has at each element of its table, in order.
    given: list[Given]
    carried: set[_At] = field(default_factory=set)
    #: Why a value that an entry reads is not held.
    dropped: dict[_At, str] = field(default_factory=dict)

    def text(self, at: _At) -> str:
        """A value; empty where there is none."""
        element, component = at
        if element > len(self.given) or component >= len(self.given[element - 1].parts):
            return ""
        return self.given[element - 1].parts[component]


class Carried:
    """Tells for the messages of one mapping what their documents do not hold."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._parts = {
            part.trigger.number: number
            for number, part in enumerate(compiled.parts)
            if part.trigger is not None
        }
        #: The fields of each part that keep every value.
        self._lists = [frozenset(_lists(part)) for part in compiled.parts]
        self._spots: dict[int, list[_Spot]] = {}
        #: Qualifiers of segments that only say what those of their group mean.
        self._around: dict[int, set[str]] = {}
        for number, part in enumerate(compiled.parts):
            ranks: dict[str, int] = {}
            for place in part.places:
                name = place.entry.field or ""
                spot = _Spot(place, number, ranks.get(name, 0))
                self._spots.setdefault(place.node.number, []).append(spot)
                if place.entry.reads:
                    ranks[name] = spot.rank + 1
                for hop in place.path[:-1]:
                    self._around.setdefault(hop.node.number, set()).update(hop.qualifiers)

    def find(self, text: str, chars: ServiceCharacters, document: Document) -> list[Uncarried]:
        """Return what `document`, read from the message `text`, does not hold."""
        seen: list[_Seen] = []
        rows = [Offers() for _ in self._compiled.parts]
        state, remembered = 0, dict[int, str]()
        raws = (raw.lstrip(PADDING) for raw in split_segments(text, chars)[0])
        for position, raw in enumerate(filter(None, raws), 1):
            if raw[:3] in _ENVELOPE:
                continue
            spec = self._compiled.table.segments.get(raw[:3], ())
            segment = _Seen(position, raw, list(placed(split_repetitions(raw, chars), spec)))
            seen.append(segment)
            step = self._compiled.table.steps[state].get(raw[:3])
            if step is None:
                continue
            state = step.target
            if state in self._parts:
                part = self._parts[state]
                rows[part].settle(self._lists[part])
            remembered[state] = segment.text((1, 0))
            if remembered[state] in self._around.get(state, ()):
                segment.carried.add((1, 0))
            for spot in self._spots.get(state, ()):
                if _applies(spot.place, remembered):
                    self._hold(spot, segment, rows[spot.part], document)
        for row, lists in zip(rows, self._lists, strict=True):
            row.settle(lists)
        return [lost for segment in seen for lost in _lost(segment)]

    def _hold(self, spot: _Spot, segment: _Seen, row: Offers, document: Document) -> None:
        """Hold a segment against one place of the mapping that applies to it."""
        place, entry = spot.place, spot.place.entry
        if place.path[-1].qualifiers:
            segment.carried.add((1, 0))
        for element in place.elements if place.condition else place.elements[:1]:
            beside = _beside(element, place.condition, segment)
            if beside is None:
                continue
            at = element.values[0].element
            holding = [(at, value.component) for value in place.values]
            held = [cell for cell in holding if segment.text(cell)]
            if not held:
                continue
            text = " ".join(segment.text(cell) for cell in held)
            if place.format is not None:
                beside = [*beside, (at, place.format)]
            if entry.reads:
                if _says_something(place, text):
                    row.add(spot.field, spot.rank, text, _Tell(segment, held, beside))
            elif same_value(text, self._written(spot, document)):
                segment.carried.update(held, beside)

    def _written(self, spot: _Spot, document: Document) -> str | None:
        """What the mapping writes there, as far as it does not differ from line to line."""
        entry = spot.place.entry
        if entry.field is None:
            return entry.constant
        in_lines = self._compiled.parts[spot.part].trigger is not None
        if in_lines and not entry.field.startswith(HEADER):
            return None
        value = getter(entry.field.removeprefix(HEADER))(document)
        return None if value is None else entry.converter.write(value)


@dataclass(frozen=True, slots=True)
class _Tell:
    """Notes at a segment whether the document holds a value of it."""

    segment: _Seen
    cells: list[_At]
    #: Its qualifier and its format, which say nothing by themselves.
    beside: list[_At]

    def __call__(self, instead: str | None) -> None:
        self.segment.carried.update(self.beside)
        if instead is None:
            self.segment.carried.update(self.cells)
        else:
            self.segment.dropped.update(dict.fromkeys(self.cells, instead))


def _lists(part: Part) -> Iterator[str]:
    for place in part.places:
        name = place.entry.field or ""
        if place.entry.reads and get_origin(field_type(part.section.shape, name)) is tuple:
            yield name


def _applies(place: Place, remembered: dict[int, str]) -> bool:
    return all(
        not hop.qualifiers or remembered.get(hop.node.number) in hop.qualifiers
        for hop in place.path
    )


def _beside(element: Element, condition: Condition | None, segment: _Seen) -> list[_At] | None:
    """The value that a condition looks at; None where the condition is not met."""
    if condition is None:
        return []
    at = (element.values[0].element, condition.component)
    if (segment.text(at) in condition.values) is condition.negated:
        return None
    return [] if condition.negated else [at]


def _says_something(place: Place, text: str) -> bool:
    """Whether the converter makes anything of a text; numbers and dates were checked before."""
    converter = place.entry.converter
    return converter.numeric or converter.dated or converter.read(text) is not None


def _lost(segment: _Seen) -> Iterator[Uncarried]:
    tag = segment.raw[:3]
    where = f"segment {segment.position} {tag}"
    if not segment.carried and not segment.dropped:
        yield Uncarried(
            segment=segment.position,
            tag=tag,
            value=segment.raw,
            text=f"{where}: no field takes it",
        )
        return
    for at, given in enumerate(segment.given, 1):
        for component, value in enumerate(given.parts):
            if not value or (at, component) in segment.carried:
                continue
            why = segment.dropped.get((at, component), "no field takes it")
            place = f"element {given.position}, component {component + 1}"
            if given.repetition is not None:
                place += f", repetition {given.repetition}"
            yield Uncarried(
                segment=segment.position,
                tag=tag,
                element=given.position,
                component=component + 1,
                repetition=given.repetition,
                value=value,
                text=f"{where} {place}: {why}",
            )
