"""
Whether a segment's values are what they should be: the part of the verdict the table cannot give.

Most segments match one pattern and are done; only the others are taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from edi_gateway.formats.converters import BadValue, read_date, read_decimal
from edi_gateway.formats.edifact.directory import Element, Value
from edi_gateway.formats.edifact.slots import Station, convert_value, fetch_value
from edi_gateway.formats.edifact.tokens import ServiceCharacters, components, split_elements

#: Our code, 0085, element counted with the tag as 1, component, value, what was expected.
Departure = tuple[str, str, int, int | None, str, str]

_PLAIN_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
#: Dates that every month has.
_PLAIN_DATE = r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])"


def check_values(
    station: Station, spec: tuple[Element, ...], raw: str, chars: ServiceCharacters
) -> Iterator[Departure]:
    """
    Yield what is wrong with the values the mapping reads from a segment.

    Only values a mapping reads are looked at, and whether mandatory ones are there.
    """
    elements = split_elements(raw, chars)
    yield from _mandatory(spec, elements, chars)
    qualifier = components(elements[1], chars)[0] if len(elements) > 1 else ""
    for slot in (*station.by_qualifier.get(qualifier, ()), *station.always):
        if not slot.numeric and slot.format is None and slot.convert is str:
            continue
        value = fetch_value(slot, elements, chars)
        if value is None:
            continue
        try:
            convert_value(slot, value, chars)
        except BadValue as bad:
            place = slot.elements[0].values[0].element + 1
            part = slot.components[0] + 1 if slot.elements[0].composite else None
            code = "element-type" if bad.code in {"37", "38"} else "element-value"
            yield code, bad.code, place, part, value, str(bad)


def _mandatory(
    spec: tuple[Element, ...], elements: list[Any], chars: ServiceCharacters
) -> Iterator[Departure]:
    for position, element in enumerate(spec, 1):
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
            if value.mandatory and (value.component >= len(given) or not given[value.component]):
                where = value.component + 1
                yield (
                    "element-missing",
                    "13",
                    position + 1,
                    where,
                    "",
                    f"{value.id} is mandatory",
                )


def clean_pattern(station: Station, spec: tuple[Element, ...]) -> re.Pattern[str] | None:
    """A pattern of what has every mandatory value and plain numbers; None where more is checked."""
    slots = [*station.always, *(slot for some in station.by_qualifier.values() for slot in some)]
    if any(slot.convert not in (str, read_decimal, read_date) for slot in slots):
        return None
    bodies: dict[tuple[int, int], str] = {}
    for slot in slots:
        for element in slot.elements:
            at = element.values[0].element
            if slot.numeric:
                bodies[at, slot.components[0]] = _PLAIN_NUMBER
            if slot.format is not None:
                bodies[at, slot.components[0]] = _PLAIN_DATE
                bodies[at, slot.format] = "102"
    pattern = ""
    for element in reversed(spec):
        body = _clean_components(element, bodies)
        body = rf"\+{body}" if element.mandatory else rf"\+(?:{body})?"
        pattern = body + pattern if element.mandatory else f"(?:{body}{pattern})?"
    return re.compile(pattern + r"\Z")


def _clean_components(element: Element, bodies: dict[tuple[int, int], str]) -> str:
    pattern = ""
    for value in reversed(element.values):
        body = bodies.get((value.element, value.component), "[^+:?]+")
        body = body if value.mandatory else f"(?:{body})?"
        if value.component:
            body = f":{body}"
        must = value.mandatory or not value.component
        pattern = body + pattern if must else f"(?:{body}{pattern})?"
    return pattern


def _first_mandatory(element: Element) -> Value:
    return next((value for value in element.values if value.mandatory), element.values[0])
