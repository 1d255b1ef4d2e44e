"""
What lines that are written alike tell: one pattern for the values of all segments of a line.

Made of a line that was read segment by segment. Its qualifiers, and what else decides on the meaning
of a value, are fixed in the pattern, so that which field each value goes to is known beforehand; the
row is made by a function written for it alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from edi_gateway.formats.converters import read_decimal
from edi_gateway.formats.edifact.lines import line_pattern
from edi_gateway.formats.edifact.rows import Row
from edi_gateway.formats.edifact.takes import Take, Wish, conversion, is_rare
from edi_gateway.formats.edifact.tokens import ServiceCharacters

#: A row, from the texts of a line and its position; None where a value is none after all.
Say = Callable[[tuple[str, ...], int], Row | None]


class TellingKind(NamedTuple):
    """Lines that tell the same fields."""

    #: Takes the segments joined with terminators.
    match: Callable[[str], re.Match[str] | None]
    say: Say
    size: int
    #: Where the last segment leads.
    hops: dict[str, Any]


class Heard(NamedTuple):
    """A segment of the line, and what it is asked for."""

    raw: str
    take: Take | None
    #: Whether its qualifier decides what it is asked for.
    qualified: bool


def telling(
    line: Sequence[Heard], chars: ServiceCharacters, hops: dict[str, Any]
) -> TellingKind | None:
    """Return what lines written as this one tell; None where more decides than their own text."""
    told = _Telling(line, chars)
    if not told.sound:
        return None
    pattern = told.pattern()
    return None if pattern is None else TellingKind(pattern.fullmatch, told.say(), len(line), hops)


#: Segment, element (1 follows the tag) and component (from 0).
_At = tuple[int, int, int]
#: A nested part of the row ("" for the row itself), and a field of it.
_Key = tuple[str, str]


class _Telling:
    """One line, value by value, on its way to a pattern and a function."""

    def __init__(self, line: Sequence[Heard], chars: ServiceCharacters) -> None:
        self._line, self._chars = line, chars
        self._cells = [
            [element.split(chars.component) for element in heard.raw.split(chars.element)]
            for heard in line
        ]
        wishes = [
            (number, wish)
            for number, heard in enumerate(line)
            if heard.take is not None
            for wish in heard.take.wishes
        ]
        #: Whether the texts of the line are all that decides.
        self.sound = not any(is_rare(wish) for _, wish in wishes)
        self._told = _settled([item for item in wishes if self._is_told(*item)])
        self._sources = sorted(
            {at for number, wish in self._told.values() for at in self._filled(number, wish)}
        )
        self._numbers = {
            at
            for number, wish in self._told.values()
            if wish.slot.convert is read_decimal
            for at in self._filled(number, wish)
        }
        self._asked = {(number, *at) for number, wish in wishes for at in wish.sources}
        self._fixed = {(number, *at) for number, wish in wishes for at in wish.deciding()}
        self._fixed |= {(number, 1, 0) for number, heard in enumerate(line) if heard.qualified}

    def _is_told(self, number: int, wish: Wish) -> bool:
        condition = wish.slot.condition
        if condition is not None and wish.guard is not None:
            given = self._text(number, *wish.guard)
            if (given in condition.values) is condition.negated:
                return False
        return bool(self._filled(number, wish))

    def _filled(self, number: int, wish: Wish) -> list[_At]:
        return [(number, *at) for at in wish.sources if self._text(number, *at)]

    def _text(self, number: int, element: int, component: int) -> str:
        cells = self._cells[number]
        parts = cells[element] if element < len(cells) else []
        return parts[component] if component < len(parts) else ""

    def pattern(self) -> re.Pattern[str] | None:
        """The pattern, with a group for each value that is told."""
        chars = self._chars
        marks = (chars.element, chars.component, chars.repetition, chars.release, chars.terminator)
        sign = re.escape("".join(marks))

        def value(segment: int, element: int, component: int, text: str) -> str:
            at = segment, element, component
            told = at in self._sources
            if at in self._fixed or (at in self._asked and not text):
                body = re.escape(text)
            elif at in self._numbers:
                body = r"[0-9]+(?:\.[0-9]+)?"
            else:
                body = rf"[^{sign}]*[^{sign}\s]" if told else f"[^{sign}]*"
            return f"({body})" if told else body

        return line_pattern([heard.raw for heard in self._line], chars, value)

    def say(self) -> Say:
        """The function that makes the row: a dict display, behind the conversions that may fail."""
        scope: dict[str, Any] = {"Decimal": Decimal}
        lines = ["def say(texts, position):"]
        names = [f"t{number}" for number in range(len(self._sources))]
        if names:
            lines.append(f"    {', '.join(names)}, = texts")
        nested: dict[str, list[str]] = {"": ["'position': position"]}
        for (owner, name), (number, wish) in self._told.items():
            text = self._expression(number, wish, scope, lines)
            nested.setdefault(owner, []).append(f"{name!r}: {text}")
        own = nested.pop("")
        own += [f"{owner!r}: {{{', '.join(fields)}}}" for owner, fields in nested.items()]
        lines.append(f"    return {{{', '.join(own)}}}")
        exec("\n".join(lines), scope)  # noqa: S102  (made of indices and field names of ours)
        say: Say = scope["say"]
        return say

    def _expression(self, number: int, wish: Wish, scope: dict[str, Any], lines: list[str]) -> str:
        """What the value is; a conversion that may fail goes before, and ends the function."""
        names = [f"t{self._sources.index(at)}" for at in self._filled(number, wish)]
        text = names[0] if len(names) == 1 else f"' '.join(({', '.join(names)}))"
        if wish.slot.convert is read_decimal and len(names) == 1:
            return f"Decimal({text})"
        convert = conversion(wish.slot, self._chars)
        if convert is None:
            return text
        made = f"v{len(scope)}"
        scope[f"convert_{made}"] = convert
        form = self._text(number, *wish.form) if wish.form is not None else ""
        lines += [
            f"    {made} = convert_{made}({text}, {form!r})",
            f"    if {made} is None: return None",
        ]
        return made


def _settled(told: list[tuple[int, Wish]]) -> dict[_Key, tuple[int, Wish]]:
    """Of the places of a field the first counts that has a value, of its values the first."""
    ranked = sorted(told, key=lambda item: int(item[1].name.partition("#")[2] or 0))
    settled: dict[_Key, tuple[int, Wish]] = {}
    for number, wish in ranked:
        settled.setdefault((wish.owner, wish.name.partition("#")[0]), (number, wish))
    return settled
