"""
Places: how a mapping says where a value sits, resolved against the tables of its release.

    BGM 1004                     a data element of a segment
    DTM[137] 2380                of the segment whose first data element is 137 (`[1|5]`: either)
    PIA[1] 7140[7143=SA|VN]      in the composite, whichever repetition, whose 7143 is SA or VN
    NAD[BY] 3039[3055!=9]        in a composite whose 3055 is anything but 9
    NAD[SU]/RFF[VA] 1154         in a segment of the group that another segment opens

A repeated part may sit inside another: the lines of a despatch advice inside its packages. Both stay
tables of the document; a place on the outer segment (`CPS 7164` in `[lines]`) ties their rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from edi_gateway.errors import ConfigError
from edi_gateway.formats.edifact.directory import Element, Node, Table, Value, find_table
from edi_gateway.formats.mapping import HEADER, Entry, MappingFile, Section

_PLACE = re.compile(
    r"(?P<path>[A-Z]{3}\S*) (?P<id>\d{4})(?:\[(?P<of>\d{4})(?P<not>!?)=(?P<is>[^\]]*)\])?"
)
_STEP = re.compile(r"(?P<tag>[A-Z]{3})(?:\[(?P<qualifiers>[^\]]+)\])?")


@dataclass(frozen=True, slots=True)
class Hop:
    """One segment of a path, and the qualifiers it may have (none: any)."""

    node: Node
    qualifiers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """The component that decides whether a composite is meant."""

    component: int
    values: tuple[str, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of a mapping with its place resolved."""

    entry: Entry
    path: tuple[Hop, ...]
    #: The composites (or elements) it may be in, and its components there, the first to be used.
    elements: tuple[Element, ...]
    values: tuple[Value, ...]
    condition: Condition | None
    #: Component that names the format of a date (2379); None when there is none.
    format: int | None

    @property
    def node(self) -> Node:
        """The segment the value sits in."""
        return self.path[-1].node


@dataclass(frozen=True, slots=True)
class Tie:
    """How a row finds the row it sits in: `inner`, its own field, equals `outer`, the other's."""

    #: Index of the outer part in the mapping.
    part: int
    inner: str
    outer: str


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the mapping: the header, or a repeated part that begins at `trigger`."""

    section: Section
    trigger: Node | None
    places: tuple[Place, ...]
    tie: Tie | None = None


@dataclass(frozen=True, slots=True)
class Compiled:
    """A mapping resolved against its message table."""

    mapping: MappingFile
    table: Table
    parts: tuple[Part, ...]


_compiled: dict[int, tuple[MappingFile, Compiled]] = {}


def compile_mapping(mapping: MappingFile) -> Compiled:
    """Resolve every place of `mapping`, once; `ConfigError` names each that does not exist."""
    known = _compiled.get(id(mapping))
    if known is not None and known[0] is mapping:
        return known[1]
    type_, release = mapping.settings.get("message"), mapping.settings.get("release")
    table = find_table(str(type_), str(release))
    if table is None:
        raise ConfigError(f"{mapping.origin}: no table of {type_!r} in release {release!r}")
    faults: list[str] = []
    parts = _tied([_part(section, table, faults, mapping) for section in mapping.sections], faults)
    if faults:
        raise ConfigError(*faults)
    compiled = Compiled(mapping, table, parts)
    _compiled[id(mapping)] = (mapping, compiled)
    return compiled


def _part(section: Section, table: Table, faults: list[str], mapping: MappingFile) -> Part:
    trigger: Node | None = None
    if section.name != "header":
        trigger = _trigger(section, table)
        if trigger is None:
            each = section.settings.get("each")
            faults.append(f"{mapping.origin}: [{section.name}] each = {each!r} is no such segment")
            return Part(section, None, ())
    places = (_place(entry, trigger, table, faults) for entry in section.entries)
    return Part(section, trigger, tuple(place for place in places if place is not None))


def _trigger(section: Section, table: Table) -> Node | None:
    """The segment that begins a row: `LIN`, or `CPS/LIN` in the group that CPS opens."""
    outermost, *inner = str(section.settings.get("each")).split("/")
    summary = section.settings.get("part") == "summary"
    found = [node for node in table.nodes if node.parent is None and node.tag == outermost]
    found = [node for node in found if node.summary == summary] or found
    node = found[0] if found else None
    for tag in inner:
        node = next((n for n in node.group[1:] if n.tag == tag), None) if node else None
    return node


def _tied(parts: list[Part], faults: list[str]) -> tuple[Part, ...]:
    """Take the places on an outer segment out of each part; they become its tie."""
    tied = []
    for part in parts:
        outer = part.trigger.parent if part.trigger is not None else None
        ties = [place for place in part.places if place.node is outer]
        for place in ties:
            tie = _tie(place, parts)
            if tie is None:
                where = f"{place.entry.origin}: {place.entry.place}"
                faults.append(
                    f"{where} feeds no field of the section that begins at {place.node.tag}"
                )
            else:
                others = tuple(place for place in part.places if place not in ties)
                part = Part(part.section, part.trigger, others, tie)
        tied.append(part)
    return tuple(tied)


def _tie(place: Place, parts: list[Part]) -> Tie | None:
    for number, part in enumerate(parts):
        for known in part.places if part.trigger is place.node else ():
            same = known.node is place.node and known.values == place.values
            if same and known.entry.field and place.entry.field:
                return Tie(number, place.entry.field, known.entry.field)
    return None


def _place(entry: Entry, trigger: Node | None, table: Table, faults: list[str]) -> Place | None:
    match = _PLACE.fullmatch(entry.place)
    if match is None:
        faults.append(f'{entry.origin}: {entry.place!r} is not a place such as "DTM[137] 2380"')
        return None
    if entry.reads and (entry.field or "").startswith(HEADER):
        faults.append(f"{entry.origin}: a line can feed its own fields only, not {entry.field!r}")
        return None
    path = _path(match["path"], _members(trigger, table)) or _outer(match["path"], trigger)
    if path is None:
        faults.append(f"{entry.origin}: {table.type} {table.release} has no {match['path']} here")
        return None
    elements = _elements(path[-1].node.tag, match["id"], match["of"], table)
    if not elements:
        named = match["id"] if match["of"] is None else f"{match['id']} with {match['of']}"
        faults.append(f"{entry.origin}: {path[-1].node.tag} has no {named} in {table.release}")
        return None
    values = tuple(value for value in elements[0].values if value.id == match["id"])
    condition = None
    if match["of"] is not None:
        beside = next(value for value in elements[0].values if value.id == match["of"])
        condition = Condition(beside.component, tuple(match["is"].split("|")), bool(match["not"]))
    dated = entry.converter.dated
    formats = [value.component for value in elements[0].values if dated and value.id == "2379"]
    return Place(entry, path, elements, values, condition, formats[0] if formats else None)


def _outer(text: str, trigger: Node | None) -> tuple[Hop, ...] | None:
    """A path to the segment that opens the group around a part."""
    outer = trigger.parent if trigger is not None else None
    return _path(text, [outer]) if outer is not None and "/" not in text else None


def _path(text: str, members: list[Node]) -> tuple[Hop, ...] | None:
    hops: list[Hop] = []
    for step in text.split("/"):
        match = _STEP.fullmatch(step)
        if match is None:
            return None
        node = next((node for node in members if node.tag == match["tag"]), None)
        if node is None:
            return None
        qualifiers = tuple(match["qualifiers"].split("|")) if match["qualifiers"] else ()
        hops.append(Hop(node, qualifiers))
        members = node.group[1:]
    return tuple(hops)


def _members(trigger: Node | None, table: Table) -> list[Node]:
    if trigger is None:
        return [node for node in table.nodes if node.parent is None]
    return trigger.group or [trigger]


@cache
def _index(tag: str, type_: str, release: str) -> tuple[Element, ...]:
    table = find_table(type_, release)
    return table.segments.get(tag, ()) if table is not None else ()


def _elements(tag: str, id_: str, beside: str | None, table: Table) -> tuple[Element, ...]:
    """The elements that hold `id_` (and `beside`): every repetition of the first such composite."""
    holders = [
        element
        for element in _index(tag, table.type, table.release)
        if any(value.id == id_ for value in element.values)
        and (beside is None or any(value.id == beside for value in element.values))
    ]
    return tuple(element for element in holders if element.id == holders[0].id)
