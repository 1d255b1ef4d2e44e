"""
A message's segments to a canonical document, in one pass along the message table.

The same compiled mapping checks the values it would read when the interchange is opened, so that
the syntax verdict is complete before anything is decided.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from edi_gateway.documents import Document
from edi_gateway.formats.converters import BadValue, read_decimal
from edi_gateway.formats.edifact.directory import Element, Table, Value
from edi_gateway.formats.edifact.places import Compiled, Condition, Part, Place
from edi_gateway.formats.edifact.tokens import (
    DEFAULT,
    PADDING,
    ServiceCharacters,
    components,
    split_elements,
    split_segments,
)
from edi_gateway.formats.interchange import ReadMessage
from edi_gateway.formats.mapping import MissingField, builder, field_type


@dataclass(slots=True)
class _Slot:
    """What to do with one value of a segment."""

    key: str
    convert: Callable[[str], Any]
    elements: tuple[Element, ...]
    components: tuple[int, ...]
    condition: Condition | None
    format: int | None
    numeric: bool
    repeated: bool
    #: Element and component of the first possible place; `plain` when there is no other.
    at: tuple[int, int]
    plain: bool
    #: Qualifiers that enclosing segments must have: (node, qualifiers).
    within: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(slots=True)
class _Station:
    """What happens at one node: which part it begins, and its values by qualifier."""

    part: int
    begins: bool = False
    remembered: bool = False
    by_qualifier: dict[str, list[_Slot]] = field(default_factory=dict)
    always: list[_Slot] = field(default_factory=list)
    #: Both: what a segment with this qualifier feeds.
    merged: dict[str, list[_Slot]] = field(default_factory=dict)
    #: Matches segments, in the default service characters, that need no closer look at opening.
    clean: re.Pattern[str] | None = None


class Reader:
    """Reads, and checks, the messages of one mapping."""

    def __init__(self, compiled: Compiled) -> None:
        self.table: Table = compiled.table
        self.stations: list[_Station | None] = [None] * len(self.table.nodes)
        self._parts = compiled.parts
        self._builders = [builder(part.section.shape) for part in compiled.parts]
        self._kind = compiled.mapping.document
        self._alternates: list[list[tuple[str, str]]] = []
        self._positioned: list[bool] = []
        for number, part in enumerate(compiled.parts):
            self._alternates.append(self._place_part(number, part))
            self._positioned.append(
                part.trigger is not None and field_type(part.section.shape, "position") is not None
            )
        for node in self.table.nodes:
            station = self.stations[node.number]
            if station is not None:
                for qualifier, slots in station.by_qualifier.items():
                    station.merged[qualifier] = slots + station.always
                station.clean = _clean(station, self.table.segments[node.tag])

    def read(self, text: str, chars: ServiceCharacters) -> ReadMessage:
        """Build the document of a message without faults; `missing` names what it lacks."""
        collected = self._collect(text, chars)
        values: dict[str, Any] = {}
        missing: list[str] = []
        for number, part in enumerate(self._parts):
            if part.trigger is None:
                values.update(_settled(collected[number][0], self._alternates[number]))
                continue
            rows: list[Any] = []
            for raw in collected[number]:
                try:
                    rows.append(self._builders[number](_settled(raw, self._alternates[number])))
                except MissingField as absent:
                    missing.append(f"{part.section.name}[{len(rows) + 1}].{absent.field}")
            values[part.section.name] = tuple(rows)
        return self._build(values, missing)

    def _build(self, values: dict[str, Any], missing: list[str]) -> ReadMessage:
        header = next(n for n, part in enumerate(self._parts) if part.trigger is None)
        try:
            document: Document = self._builders[header](values)
        except MissingField as absent:
            missing.append(absent.field)
        if missing:
            return ReadMessage(document=None, missing=tuple(missing))
        return ReadMessage(document=document)

    def _collect(self, text: str, chars: ServiceCharacters) -> list[list[dict[str, Any]]]:
        collected: list[list[dict[str, Any]]] = [
            [{}] if part.trigger is None else [] for part in self._parts
        ]
        steps, stations, state, remembered = self.table.steps, self.stations, 0, {0: ""}
        position = 0
        for raw in split_segments(text, chars)[0]:
            if raw[:1] in PADDING:
                raw = raw.lstrip(PADDING)
            if not raw:
                continue
            position += 1
            step = steps[state].get(raw[:3])
            if step is None:
                continue
            state = step.target
            station = stations[state]
            if station is not None:
                rows = collected[station.part]
                if station.begins:
                    rows.append({"position": position} if self._positioned[station.part] else {})
                self._take(station, state, split_elements(raw, chars), chars, rows, remembered)
        return collected

    def _take(
        self,
        station: _Station,
        state: int,
        elements: list[Any],
        chars: ServiceCharacters,
        rows: list[dict[str, Any]],
        remembered: dict[int, str],
    ) -> None:
        qualifier = components(elements[1], chars)[0] if len(elements) > 1 else ""
        if station.remembered:
            remembered[state] = qualifier
        if not rows:
            return
        row = rows[-1]
        for slot in station.merged.get(qualifier, station.always):
            if slot.within and not _inside(slot, remembered):
                continue
            value = (_fetch_one if slot.plain else _fetch)(slot, elements, chars)
            if value is not None:
                _store(slot, value, row, chars)

    def _place_part(self, number: int, part: Part) -> list[tuple[str, str]]:
        seen: dict[str, int] = {}
        alternates: list[tuple[str, str]] = []
        if part.trigger is not None:
            self._station(part.trigger.number, number).begins = True
        for place in part.places:
            if not place.entry.reads or place.entry.field is None:
                continue
            name = place.entry.field
            rank = seen.get(name, 0)
            seen[name] = rank + 1
            key = name if rank == 0 else f"{name}#{rank}"
            if rank:
                alternates.append((name, key))
            self._add(number, place, key, part)
        return alternates

    def _add(self, number: int, place: Place, key: str, part: Part) -> None:
        within = tuple((hop.node.number, hop.qualifiers) for hop in place.path[:-1])
        for node, _ in within:
            self._station(node, number).remembered = True
        converter = place.entry.converter
        spec = field_type(part.section.shape, place.entry.field or "")
        slot = _Slot(
            key=key,
            convert=converter.read,
            elements=place.elements if place.condition else place.elements[:1],
            components=tuple(value.component for value in place.values),
            condition=place.condition,
            format=place.format,
            numeric=converter.numeric,
            at=(place.values[0].element, place.values[0].component),
            plain=place.condition is None and place.format is None and len(place.values) == 1,
            repeated=getattr(spec, "__origin__", None) is tuple,
            within=tuple(item for item in within if item[1]),
        )
        station = self._station(place.node.number, number)
        qualifiers = place.path[-1].qualifiers
        if not qualifiers:
            station.always.append(slot)
        for qualifier in qualifiers:
            station.by_qualifier.setdefault(qualifier, []).append(slot)

    def _station(self, node: int, part: int) -> _Station:
        station = self.stations[node]
        if station is None:
            station = self.stations[node] = _Station(part)
        return station

    # --- the check at opening -----------------------------------------------------------------

    def check(
        self, state: int, raw: str, chars: ServiceCharacters
    ) -> Iterator[tuple[str, str, int, int | None, str, str]]:
        """
        Yield what is wrong with the values the mapping reads from a segment.

        Each is (our code, 0085, element counted with the tag as 1, component, value, expected).
        """
        station = self.stations[state]
        if station is None:
            return
        if chars == DEFAULT and station.clean is not None and station.clean.match(raw[3:]):
            return
        elements = split_elements(raw, chars)
        yield from self._mandatory(raw[:3], elements, chars)
        qualifier = components(elements[1], chars)[0] if len(elements) > 1 else ""
        for slot in (*station.by_qualifier.get(qualifier, ()), *station.always):
            if not slot.numeric and slot.format is None and slot.convert is str:
                continue
            value = _fetch(slot, elements, chars)
            if value is None:
                continue
            try:
                _convert(slot, value, chars)
            except BadValue as bad:
                place = slot.elements[0].values[0].element + 1
                part = slot.components[0] + 1 if slot.elements[0].composite else None
                code = "element-type" if bad.code in {"37", "38"} else "element-value"
                yield code, bad.code, place, part, value, str(bad)

    def _mandatory(
        self, tag: str, elements: list[Any], chars: ServiceCharacters
    ) -> Iterator[tuple[str, str, int, int | None, str, str]]:
        for position, element in enumerate(self.table.segments.get(tag, ()), 1):
            given = components(elements[position], chars) if position < len(elements) else [""]
            if not any(given):
                if element.mandatory:
                    absent = _first_mandatory(element)
                    part = absent.component + 1 if element.composite else None
                    yield (
                        "element-missing",
                        "13",
                        position + 1,
                        part,
                        "",
                        f"{absent.id} is mandatory",
                    )
                continue
            if not element.composite:
                continue
            for value in element.values:
                if value.mandatory and (
                    value.component >= len(given) or not given[value.component]
                ):
                    where = value.component + 1
                    yield (
                        "element-missing",
                        "13",
                        position + 1,
                        where,
                        "",
                        f"{value.id} is mandatory",
                    )


def _clean(station: _Station, spec: tuple[Element, ...]) -> re.Pattern[str] | None:
    """A pattern of what has every mandatory value and plain numbers; None where more is checked."""
    slots = [*station.always, *(slot for some in station.by_qualifier.values() for slot in some)]
    if any(slot.format is not None or slot.convert not in (str, read_decimal) for slot in slots):
        return None
    numeric = {
        (element.values[0].element, slot.components[0])
        for slot in slots
        if slot.numeric
        for element in slot.elements
    }
    pattern = ""
    for element in reversed(spec):
        body = _clean_components(element, numeric)
        body = rf"\+{body}" if element.mandatory else rf"\+(?:{body})?"
        pattern = body + pattern if element.mandatory else f"(?:{body}{pattern})?"
    return re.compile(pattern + r"\Z")


def _clean_components(element: Element, numeric: set[tuple[int, int]]) -> str:
    pattern = ""
    for value in reversed(element.values):
        number = (value.element, value.component) in numeric
        body = r"-?[0-9]+(?:\.[0-9]+)?" if number else "[^+:?]+"
        body = body if value.mandatory else f"(?:{body})?"
        if value.component:
            body = f":{body}"
        must = value.mandatory or not value.component
        pattern = body + pattern if must else f"(?:{body}{pattern})?"
    return pattern


def _first_mandatory(element: Element) -> Value:
    return next((value for value in element.values if value.mandatory), element.values[0])


def _inside(slot: _Slot, remembered: dict[int, str]) -> bool:
    return all(remembered.get(node) in qualifiers for node, qualifiers in slot.within)


def _store(slot: _Slot, text: str, row: dict[str, Any], chars: ServiceCharacters) -> None:
    if slot.convert is str:
        row.setdefault(slot.key, text)
        return
    try:
        value = _convert(slot, text, chars)
    except BadValue:
        return  # the check at opening has reported it
    if slot.repeated:
        row[slot.key] = (*row.get(slot.key, ()), *value)
    else:
        row.setdefault(slot.key, value)


def _fetch_one(slot: _Slot, elements: list[Any], chars: ServiceCharacters) -> str | None:
    """The text of a value that can only be in one place: by far the most frequent kind."""
    position, component = slot.at
    if position >= len(elements):
        return None
    given = elements[position]
    if type(given) is str:
        if not given:
            return None
        given = elements[position] = given.split(chars.component)
    return given[component].rstrip() or None if component < len(given) else None


def _fetch(slot: _Slot, elements: list[Any], chars: ServiceCharacters) -> str | None:
    """The text of a value, its components joined with blanks; None when it is not there."""
    for element in slot.elements:
        position = element.values[0].element
        if position >= len(elements):
            return None
        given = elements[position]
        if not given:
            continue
        if type(given) is str:
            # Kept split: other values of the composite are asked for next.
            given = elements[position] = given.split(chars.component)
        parts: list[str] = given
        if slot.condition is not None and not _meant(slot.condition, parts):
            continue
        count = len(parts)
        if len(slot.components) == 1:
            place = slot.components[0]
            text = parts[place] if place < count else ""
        else:
            text = " ".join(parts[p] for p in slot.components if p < count and parts[p])
        if slot.format is not None and text:
            return _plain_date(text, parts[slot.format] if slot.format < count else "")
        return text.rstrip() or None
    return None


def _meant(condition: Condition, parts: list[str]) -> bool:
    given = parts[condition.component] if condition.component < len(parts) else ""
    return (given in condition.values) is not condition.negated


_UNAMBIGUOUS = re.compile(r"-?\d+[.,]\d+\Z")


def _convert(slot: _Slot, text: str, chars: ServiceCharacters) -> Any:
    if slot.numeric and "," in text:
        text = _pointed(text, chars)
    return slot.convert(text)


def _pointed(text: str, chars: ServiceCharacters) -> str:
    """Put a point for the decimal comma; either mark is taken where it is the only one."""
    if _UNAMBIGUOUS.match(text):
        return text.replace(",", ".")
    if text.lstrip("-").startswith(","):
        raise BadValue("a digit in front of the decimal mark", "38")
    return text


def _plain_date(text: str, form: str) -> str:
    """Turn a date of format 2379 into CCYYMMDD; an unknown format is left to the converter."""
    if form == "101" and len(text) == 6:
        return f"20{text}"
    if form in {"718", "719", "713"}:
        return text.split("-")[0][:8]
    if form in {"203", "204", "303", "304", "205"}:
        return text if len(text) < 12 else text[:8]
    if form in {"", "102"} and len(text) != 8:
        return "?" if len(text) < 8 else text + "?"
    return text


def _settled(raw: dict[str, Any], alternates: list[tuple[str, str]]) -> dict[str, Any]:
    """Fill fields that the first choice left empty from the next."""
    for name, key in alternates:
        if key in raw:
            value = raw.pop(key)
            if name not in raw:
                raw[name] = value
            elif isinstance(value, tuple):
                raw[name] = raw[name] + value
    return raw
