"""The segments a mapping writes, as a tree in the order of the table, before their cells are laid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from edi_gateway.formats.edifact.directory import Node
from edi_gateway.formats.edifact.places import Compiled, Part, Place
from edi_gateway.formats.mapping import HEADER


@dataclass(slots=True, eq=False)
class Draft:
    """A segment with the places that are in it, before its cells are laid."""

    node: Node
    qualifier: str
    places: list[Place] = field(default_factory=list)
    #: Places written only where the segment is, from fields of the header.
    borrowed: list[tuple[Place, str]] = field(default_factory=list)
    children: list[Draft] = field(default_factory=list)


def drafts_of(part: Part, trigger: Node | None) -> list[Draft]:
    """The segments of a part in the table's order; those of one place in the mapping's."""
    root = Draft(trigger or Node(-1, "", False, 1, None), "")
    for place in part.places:
        if not place.entry.writes:
            continue
        draft = root
        for hop in place.path:
            qualifier = hop.qualifiers[0] if hop.qualifiers else ""
            if draft is root and hop.node is trigger:
                root.qualifier = root.qualifier or qualifier
            else:
                draft = _child(draft, hop.node, qualifier)
        draft.places.append(place)
    return [root] if trigger is not None else root.children


def _child(draft: Draft, node: Node, qualifier: str) -> Draft:
    for child in draft.children:
        if child.node is node and child.qualifier == qualifier:
            return child
    made = Draft(node, qualifier)
    draft.children.append(made)
    draft.children.sort(key=lambda child: child.node.number)
    return made


def order_number(compiled: Compiled) -> Place | None:
    """Where the header writes the number of the order."""
    for part in compiled.parts:
        for place, _ in written_places(part) if part.trigger is None else ():
            if is_segment(place.path[-1].node, place.path[-1].qualifiers, "RFF", "ON"):
                return place if place.values[0].component == 1 else None
    return None


def is_segment(node: Node, qualifiers: Sequence[str], tag: str, qualifier: str) -> bool:
    """Whether a node with these qualifiers is one that a rule of ours is about."""
    return node.tag == tag and qualifier in qualifiers[:1]


def complete_line(line: Draft, order: Place | None) -> None:
    """A line's reference to the order's line repeats the order's number (no mapping can say it)."""
    for child in line.children:
        if order is None or not is_segment(child.node, (child.qualifier,), "RFF", "ON"):
            continue
        if not any(place.values[0].component == 1 for place in child.places):
            child.borrowed.append((order, HEADER + (order.entry.field or "")))


def written_places(part: Part) -> Iterator[tuple[Place, str]]:
    """The places of a part that are written from a field, with the field."""
    for place in part.places:
        if place.entry.writes and place.entry.field is not None:
            yield place, place.entry.field
