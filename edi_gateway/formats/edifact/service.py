"""
Whether UNB, UNG, UNH and their trailers keep to the tables of their syntax version.

What an acknowledgement must repeat (references, sender and recipient, message type) has no room
for more than its table takes: too long, it is a fault. Other departures harm nobody and a good part
of the files in use has them, so they are warnings, unless the partner's package insists.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from edi_gateway.formats.edifact.conformity import (
    Conformity,
    Departure,
    find_control,
    holds_control,
)
from edi_gateway.formats.edifact.directory import Table, find_service_segments
from edi_gateway.formats.edifact.faults import fault
from edi_gateway.formats.edifact.patterns import Pattern, segment_pattern
from edi_gateway.formats.edifact.tokens import ServiceCharacters, components, split_elements
from edi_gateway.formats.interchange import Fault, Level

_LEVELS = {
    "UNB": Level.INTERCHANGE,
    "UNZ": Level.INTERCHANGE,
    "UNG": Level.GROUP,
    "UNE": Level.GROUP,
    "UNH": Level.MESSAGE,
    "UNT": Level.MESSAGE,
}
_TRAILERS = frozenset({"UNZ", "UNE", "UNT"})

#: Where something stands: tag, element and component as CONTRL counts them.
_Place = tuple[str, int | None, int | None]

#: What CONTRL must repeat: S002, S003 and 0020; S006, S007 and 0048; 0062 and 0065.
_IDENTITY: frozenset[_Place] = frozenset(
    {
        *(("UNB", 3, 1), ("UNB", 4, 1), ("UNB", 6, None)),
        *(("UNG", 3, 1), ("UNG", 4, 1), ("UNG", 6, None)),
        *(("UNH", 2, None), ("UNH", 3, 1)),
    }
)

#: What those miss who open a header: 0001, 0002 and 0017 too, and 0052 and 0054.
_MISSED_ELSEWHERE: frozenset[_Place] = frozenset(
    {
        *(("UNB", 2, 1), ("UNB", 2, 2), ("UNB", 3, 1), ("UNB", 4, 1), ("UNB", 5, 1)),
        *(("UNB", 6, None), ("UNG", 6, None)),
        *(("UNH", 2, None), ("UNH", 3, 1), ("UNH", 3, 2), ("UNH", 3, 3)),
    }
)


class ServiceSegments:
    """The check of the service segments of a syntax version, as one interchange writes them."""

    def __init__(self, chars: ServiceCharacters, version: str, codec: str) -> None:
        self._chars = chars
        segments = dict(find_service_segments(version))
        self._conformity = Conformity(Table("", version, (), [], segments), chars, codec, {})
        self._patterns: dict[str, Pattern] = {
            tag: segment_pattern(segments[tag], chars, {}) for tag in _LEVELS
        }

    def faults(self, raw: str, offset: int, segment: int | None = None) -> Iterator[Fault]:
        """Yield what departs from the table in one of them, and is told nowhere else."""
        tag = raw[:3]
        if raw.isascii() and self._patterns[tag].match(raw, 3) is not None:
            return
        yield from self._control_characters(raw, offset, segment)
        for found in self._conformity.check(raw):
            if _is_told_elsewhere(tag, found):
                continue
            yield fault(
                "envelope-identity" if _is_identity(tag, found) else "envelope-value",
                f"{tag}: {found.text}",
                edifact_code=found.edifact_code,
                level=_LEVELS[tag],
                segment=segment,
                tag=tag,
                element=found.element,
                component=found.component,
                repetition=found.repetition,
                offset=offset,
                value=found.value or None,
            )

    def _control_characters(self, raw: str, offset: int, segment: int | None) -> Iterator[Fault]:
        """Yield the first control character, at its place."""
        if not holds_control(raw):
            return
        tag = raw[:3]
        for position, element in enumerate(split_elements(raw, self._chars)[1:], 2):
            parts = components(element, self._chars)
            for component, text in enumerate(parts, 1):
                if holds_control(text):
                    yield fault(
                        "characters-invalid",
                        f"control character 0x{ord(next(find_control(text))):02X} in {tag}",
                        level=_LEVELS[tag],
                        segment=segment,
                        tag=tag,
                        element=position,
                        component=component if len(parts) > 1 else None,
                        offset=offset,
                        value=text,
                    )
                    return


#: Those of interchanges that are written alike.
service_segments = lru_cache(64)(ServiceSegments)


def _is_identity(tag: str, found: Departure) -> bool:
    place = tag, found.element, found.component
    return found.code == "element-too-long" and place in _IDENTITY


def _is_told_elsewhere(tag: str, found: Departure) -> bool:
    """Whether a header misses it, or a trailer that is compared with its header and its count."""
    if tag not in _TRAILERS:
        place = tag, found.element, found.component
        return found.code == "element-missing" and place in _MISSED_ELSEWHERE
    if found.element == 2:
        return found.code in {"element-missing", "element-type"}
    return found.element == 3 and found.code != "element-excess"
