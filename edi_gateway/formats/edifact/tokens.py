"""
Bytes to segments, fast; and the service characters that cut them.

Text is split by `str.split`, never character by character. A release character is honoured from
left to right: segments that hold one are split through stand-ins, lone surrogates, which no codec
we decode with can produce.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

#: What may stand between segments: line breaks, blanks, padding of fixed-length transfers.
PADDING = " \t\r\n\x00\x1a"

_STAND_INS = ("\udc80", "\udc81", "\udc82", "\udc83", "\udc84")
_STAND_IN = re.compile("[\udc80-\udc84]")


@dataclass(frozen=True, slots=True)
class ServiceCharacters:
    """The characters UNA declares; `release` and `repetition` are empty when there is none."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    repetition: str = ""
    terminator: str = "'"

    @classmethod
    def from_una(cls, una: str) -> ServiceCharacters | None:
        """Read the nine characters `UNA......`; None when two roles share one character."""
        component, element, decimal, release, repetition, terminator = list(una[3:9])
        roles = [component, element, release.strip(), repetition.strip(), terminator]
        used = [role for role in roles if role]
        if len(set(used)) != len(used) or any(role.isalnum() for role in used):
            return None
        if not {component, element, terminator}.isdisjoint(" "):
            return None
        return cls(component, element, decimal, release.strip(), repetition.strip(), terminator)

    def of_version(self, version: str, *, una: bool) -> ServiceCharacters:
        """These characters as a syntax version has them: only the fourth repeats elements."""
        if version == "4":
            return self if una else replace(self, repetition="*")
        return replace(self, repetition="") if self.repetition else self

    def to_una(self) -> str:
        """Return the nine characters that declare these."""
        release, repetition = self.release or " ", self.repetition or " "
        marks = (self.component, self.element, self.decimal, release, repetition, self.terminator)
        return "UNA" + "".join(marks)


DEFAULT = ServiceCharacters()

#: The separators of level B (IS1, IS3, IS4), which need no UNA either; nothing is released.
LEVEL_B = ServiceCharacters("\x1f", "\x1d", ".", "", "", "\x1c")


def without_una(unb: str) -> ServiceCharacters | None:
    """The service characters of an interchange that begins with this UNB, by its separator."""
    return next((each for each in (DEFAULT, LEVEL_B) if unb[3:4] == each.element), None)


def split_segments(text: str, chars: ServiceCharacters) -> tuple[list[str], str]:
    """Cut `text` after each terminator; return the segments as written, and the unterminated rest."""
    parts = text.split(chars.terminator)
    rest = parts.pop()
    release = chars.release
    if not release or release + chars.terminator not in text:
        return parts, rest
    whole: list[str] = []
    open_part: str | None = None
    for part in parts:
        joined = part if open_part is None else open_part + chars.terminator + part
        if part.endswith(release) and _released(part, release):
            open_part = joined
        else:
            whole.append(joined)
            open_part = None
    if open_part is not None:
        rest = open_part + chars.terminator + rest
    return whole, rest


def _released(part: str, release: str) -> bool:
    """Whether the terminator behind `part` is data: an odd number of release characters."""
    return (len(part) - len(part.rstrip(release))) % 2 == 1


def is_plain(raw: str, chars: ServiceCharacters) -> bool:
    """Whether no character of a segment is released and no element repeated."""
    release, repetition = chars.release, chars.repetition
    return not ((release and release in raw) or (repetition and repetition in raw))


def split_elements(raw: str, chars: ServiceCharacters) -> list[Any]:
    """
    Cut one segment at its element separators; the first is the tag.

    An element is text, still to be cut into components where it has any; in a segment with a
    release character it is the list of its components already. `components` hides the difference.
    """
    release = chars.release
    if not release or release not in raw:
        return raw.split(chars.element)
    hidden, shown = _hidden(raw, chars)
    return [
        [shown(part) for part in element.split(chars.component)]
        for element in hidden.split(chars.element)
    ]


def split_repetitions(raw: str, chars: ServiceCharacters) -> list[list[list[str]]]:
    """
    Cut one segment whole: its elements, the repetitions of each, and their components.

    Syntax versions before 4 have no repetition separator: there each element has one repetition.
    """
    hidden, shown = _hidden(raw, chars)
    return [
        [
            [shown(part) for part in repetition.split(chars.component)]
            for repetition in (element.split(chars.repetition) if chars.repetition else [element])
        ]
        for element in hidden.split(chars.element)
    ]


def _hidden(raw: str, chars: ServiceCharacters) -> tuple[str, Callable[[str], str]]:
    """Put stand-ins for released characters; return the text, and what shows a part again."""
    release = chars.release
    if not release or release not in raw:
        return raw, _unchanged
    marks = (release, chars.element, chars.component, chars.terminator, chars.repetition)
    for mark, stand_in in zip(marks, _STAND_INS, strict=True):
        if mark:
            raw = raw.replace(release + mark, stand_in)
    shown = dict(zip(_STAND_INS, marks, strict=True))
    return raw.replace(release, ""), lambda part: _STAND_IN.sub(lambda at: shown[at[0]], part)


def _unchanged(part: str) -> str:
    return part


def components(element: Any, chars: ServiceCharacters) -> list[str]:
    """Return the components of an element from `split_elements`."""
    if type(element) is str:
        return element.split(chars.component)
    parts: list[str] = element
    return parts


def cell(elements: list[Any], element: int, component: int, chars: ServiceCharacters) -> str:
    """Return one value (element 1 follows the tag, components count from 0); "" when absent."""
    if element >= len(elements):
        return ""
    parts = components(elements[element], chars)
    return parts[component] if component < len(parts) else ""


def escape(text: str, chars: ServiceCharacters = DEFAULT) -> str:
    """Put the release character before every service character of `text`."""
    release = chars.release
    text = text.replace(release, release + release)
    for mark in (chars.element, chars.component, chars.terminator, chars.repetition):
        if mark:
            text = text.replace(mark, release + mark)
    return text
