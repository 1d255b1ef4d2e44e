"""
Segments as pydifact has them, where a message is looked at segment by segment and in no hurry.

Acknowledgements are read so. They are cut by our own splitter, for pydifact's takes away what it
cannot read, and stops where a tag is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydifact import segments as pydifact

from edi_gateway.formats.edifact.tokens import (
    PADDING,
    ServiceCharacters,
    components,
    split_elements,
    split_segments,
)


class Segment(pydifact.Segment):  # type: ignore[misc]
    """A pydifact segment whose tag may be anything, and whose values are asked for by place."""

    #: No plugin of pydifact's: it takes the place of no segment there.
    __omitted__ = True

    def __init__(self, raw: str, chars: ServiceCharacters) -> None:
        tag, *elements = [components(part, chars) for part in split_elements(raw, chars)]
        self.tag: str = tag[0]
        self.elements: list[str | list[str]] = [_element(parts) for parts in elements]

    def at(self, element: int, component: int = 0) -> str:
        """One value (element 1 follows the tag, components count from 0), "" when absent."""
        given = self.elements[element - 1] if element <= len(self.elements) else ""
        parts = [given] if isinstance(given, str) else given
        return parts[component].strip() if component < len(parts) else ""

    def number(self, element: int, component: int = 0) -> int | None:
        """A position, None where there is none."""
        text = self.at(element, component)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def _element(parts: list[str]) -> Any:
    """A composite is a list, without what is empty at its end; a single value is not."""
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts[0] if len(parts) == 1 else parts


def parse_segments(text: str, chars: ServiceCharacters) -> Iterator[Segment]:
    """Yield the segments of a text without UNA; what has no terminator is left out."""
    for raw in split_segments(text, chars)[0]:
        raw = raw.lstrip(PADDING)
        if raw:
            yield Segment(raw, chars)
