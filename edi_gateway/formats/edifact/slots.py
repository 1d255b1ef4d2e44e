"""
Slots: where the values a mapping reads sit in a segment, and how their text is understood.

Both the check at opening and the reader use them, so that what passed the one is read by the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from edi_gateway.formats.converters import BadValue
from edi_gateway.formats.edifact.directory import Element
from edi_gateway.formats.edifact.places import Condition
from edi_gateway.formats.edifact.tokens import ServiceCharacters


@dataclass(slots=True)
class Slot:
    """What to do with one value of a segment."""

    key: str
    convert: Callable[[str], Any]
    elements: tuple[Element, ...]
    components: tuple[int, ...]
    condition: Condition | None
    format: int | None
    numeric: bool
    repeated: bool
    #: Whether its conversion may refuse what the table allows.
    narrow: bool
    #: Element and component of the first possible place.
    at: tuple[int, int]
    #: Qualifiers that enclosing segments must have: (node, qualifiers).
    within: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(slots=True)
class Station:
    """What happens at one node: which part it begins, and its values by qualifier."""

    part: int
    begins: bool = False
    #: Whether its qualifier decides what segments of its group mean.
    remembered: bool = False
    by_qualifier: dict[str, list[Slot]] = field(default_factory=dict)
    always: list[Slot] = field(default_factory=list)

    def slots(self) -> Iterator[Slot]:
        """Every slot of the node."""
        yield from self.always
        for slots in self.by_qualifier.values():
            yield from slots


def fetch_value(slot: Slot, elements: list[Any], chars: ServiceCharacters) -> str | None:
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
            return plain_date(text, parts[slot.format] if slot.format < count else "")
        return text.rstrip() or None
    return None


def _meant(condition: Condition, parts: list[str]) -> bool:
    given = parts[condition.component] if condition.component < len(parts) else ""
    return (given in condition.values) is not condition.negated


_UNAMBIGUOUS = re.compile(r"-?\d+[.,]\d+\Z")


def convert_value(slot: Slot, text: str, chars: ServiceCharacters) -> Any:
    """The value a text stands for; `BadValue` when it is none."""
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


def plain_date(text: str, form: str) -> str:
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
