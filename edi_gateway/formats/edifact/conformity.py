"""
Whether a segment keeps to its table: presence, kind, length and code of each of its values.

Most segments match one pattern, made from the table, and are known from then on: the same text
need not be looked at twice. Only what does not match is taken apart, and then exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from edi_gateway.formats.edifact.codes import find_codes, is_listed
from edi_gateway.formats.edifact.directory import Element, Table, Value
from edi_gateway.formats.edifact.patterns import (
    FORMATS,
    UNMADE,
    Codes,
    Pattern,
    conforming_line,
    segment_pattern,
)
from edi_gateway.formats.edifact.profiles import Profile
from edi_gateway.formats.edifact.tokens import PADDING, ServiceCharacters, split_repetitions

#: Texts remembered of each segment: what seldom comes twice is not worth the memory.
_MOST_KNOWN = 3000

#: Texts that people read: names, addresses, descriptions. Too long, they harm nobody.
_TEXTS = frozenset({"3036", "3042", "3124", "3164", "3412", "4440", "7008"})

#: No segment comes near these, repetitions included; more are not taken apart.
_MOST_ELEMENTS, _MOST_COMPONENTS = 500, 5000

#: Characters of a value that a sentence repeats, as many as `Fault.value` keeps.
_MOST_QUOTED = 70


class Departure(NamedTuple):
    """What is wrong with one value: our code, 0085, and its place counted as CONTRL counts."""

    code: str
    edifact_code: str
    #: The tag is 1 (0098), None for the whole segment; components count from 1 (0104), None for a
    #: stand-alone element or a whole composite.
    element: int | None
    component: int | None
    value: str
    #: What is wrong, in words.
    text: str
    #: Which repetition of the element, from 1; None where it is not repeated.
    repetition: int | None = None


class Conformity:
    """Checks segments against one table, in one set of service characters and one codec."""

    def __init__(self, table: Table, chars: ServiceCharacters, codec: str, codes: Codes) -> None:
        self._table = table
        self._chars = chars
        self._codec = codec
        self._codes = codes
        self._patterns: dict[str, Pattern | None] = {}
        #: What version 1 to 3 does not have for a decimal mark beside the declared one; version 4,
        #: which repeats elements, has both.
        self._other_mark = None if chars.repetition else _OTHER_MARK.get(chars.decimal)
        #: The tag of every segment that was found without fault, by its text with padding.
        self.known: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def learn(self, raw: str) -> str | None:
        """Return the tag of a segment without fault, and know it from now on; else None."""
        text = raw.lstrip(PADDING)
        tag = text[:3]
        pattern = self._patterns.get(tag, UNMADE)
        if pattern is UNMADE:
            pattern = self._patterns[tag] = self._pattern(tag)
        if pattern is None:
            return None
        if not (text.isascii() or self._is_text(text)):
            return None
        match = pattern.match(text, 3)
        if (match is None or not pattern.allows(match.groups())) and not self._conforms(text):
            return None
        count = self._counts.get(tag, 0)
        if count < _MOST_KNOWN:
            self._counts[tag] = count + 1
            self.known[raw] = tag
        return tag

    def line(self, line: Sequence[str]) -> Callable[[str], object] | None:
        """Return what matches lines that are without fault as this one is."""
        found = conforming_line(line, self._table, self._chars, self._codec, self._codes)
        return found.fullmatch if found is not None else None

    def forget(self) -> None:
        """Make room for the segments of another interchange."""
        if any(count >= _MOST_KNOWN for count in self._counts.values()):
            self.known.clear()
            self._counts.clear()

    def _conforms(self, text: str) -> bool:
        return not holds_control(text) and next(self.check(text), None) is None

    def check(self, raw: str) -> Iterator[Departure]:
        """Yield everything that departs from the table in one segment, padding cut."""
        spec = self._table.segments.get(raw[:3])
        if spec is None:
            return
        if raw.count(self._chars.element) > _MOST_ELEMENTS or (
            raw.count(self._chars.component) > _MOST_COMPONENTS
        ):
            text = f"{raw[:3]} has more elements than any segment"
            yield Departure("element-excess", "16", None, None, "", text)
            return
        given = list(placed(split_repetitions(raw, self._chars), spec))
        for number, element in enumerate(spec, 1):
            place = given[number - 1] if number <= len(given) else Given(number + 1, None, [""])
            yield from self._element(element, place)
        for place in given[len(spec) :]:
            if any(place.parts):
                yield Departure(
                    "element-excess",
                    "16",
                    None,
                    None,
                    place.parts[0],
                    f"{_quoted(place.parts[0])} is one element more than the {len(spec)} of {raw[:3]}",
                )
                return

    def _pattern(self, tag: str) -> Pattern | None:
        """The pattern of a message's own segments; trailers name a message and never come twice."""
        spec = self._table.segments.get(tag) if tag[:2] != "UN" or tag == "UNS" else None
        return segment_pattern(spec, self._chars, self._codes) if spec is not None else None

    def _is_text(self, text: str) -> bool:
        """Whether bytes beyond ASCII are what the codec makes of them."""
        if self._codec in {"utf-8", "ascii"}:
            try:
                text.encode("latin-1").decode(self._codec)
            except UnicodeDecodeError:
                return False
        return True

    def _element(self, element: Element, given: Given) -> Iterator[Departure]:
        if not any(given.parts):
            if element.mandatory:
                first = next((v for v in element.values if v.mandatory), element.values[0])
                part = first.component + 1 if element.composite else None
                yield given.departure("element-missing", "13", part, "", f"{first.id} is mandatory")
            return
        for value in element.values:
            text = given.parts[value.component] if value.component < len(given.parts) else ""
            part = value.component + 1 if element.composite else None
            if not text:
                if value.mandatory and element.composite:
                    yield given.departure(
                        "element-missing", "13", part, "", f"{value.id} is mandatory"
                    )
                continue
            for code, edifact, why in self._value(value, text, given.parts):
                yield given.departure(code, edifact, part, text, f"{_quoted(text)} {why}")
        yield from self._format(element, given)
        excess = [n for n, text in enumerate(given.parts) if n >= len(element.values) and text]
        if excess:
            count = len(element.values)
            held = f"{count} components" if element.composite else "no components"
            value_there = given.parts[excess[0]]
            why = f"{_quoted(value_there)} is too much: {element.id} has {held}"
            yield given.departure("element-excess", "16", None, value_there, why)

    def _value(self, value: Value, text: str, parts: list[str]) -> Iterator[tuple[str, str, str]]:
        """Yield our code, 0085 and what is wrong with it, in words."""
        if value.kind == "n":
            fault = number_fault(text)
            if fault is not None:
                yield "element-type", fault, _NUMBER_FAULTS[fault]
                return
            if self._other_mark is not None and self._other_mark in text:
                yield "decimal-mark", "19", f"has another decimal mark than {self._chars.decimal}"
            length = sum(sign.isdigit() for sign in text)
        else:
            text = self._decoded(text).rstrip(" ")
            length = len(text)
            if value.kind == "a" and any(sign.isdigit() for sign in text):
                yield "element-type", "37", f"holds digits; {value.id} takes letters only"
        if value.length and length > value.length:
            code = "text-too-long" if value.id in _TEXTS else "element-too-long"
            yield (
                code,
                "39",
                f"has {length} characters; {value.id} takes {value.length}",
            )
        elif length < value.shortest:
            yield (
                "element-too-short",
                "40",
                f"has {length} characters; {value.id} takes {value.shortest}",
            )
        if not is_listed(value, parts, self._codes):
            yield "code-unknown", "12", f"is no code of {value.id} in {self._table.release}"

    def _decoded(self, text: str) -> str:
        if text.isascii():
            return text
        try:
            return text.encode("latin-1").decode(self._codec)
        except UnicodeDecodeError:
            return text

    def _format(self, element: Element, given: Given) -> Iterator[Departure]:
        """A date that its format (2379) says cannot be."""
        at = {value.id: value.component for value in element.values}
        if "2379" not in at or at["2379"] >= len(given.parts):
            return
        text, form = given.parts[at["2380"]], given.parts[at["2379"]]
        pattern = FORMATS.get(form)
        if text and pattern is not None and not pattern.match(text):
            component = at["2380"] + 1
            yield given.departure(
                "element-value",
                "12",
                component,
                text,
                f"{_quoted(text)} is no date of format {form}",
            )


def _quoted(text: str) -> str:
    """A value in a sentence: its beginning tells it apart, and it may have 60 000 characters."""
    return repr(text if len(text) <= _MOST_QUOTED else f"{text[:_MOST_QUOTED]}...")


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def holds_control(text: str) -> bool:
    """Whether there is a control character that is no padding."""
    return _CONTROL.search(text) is not None


def find_control(text: str) -> Iterator[str]:
    """Yield each control character that is no padding."""
    return (found[0] for found in _CONTROL.finditer(text))


@lru_cache(64)
def conformity(
    table: Table, chars: ServiceCharacters, codec: str, profile: Profile | None
) -> Conformity:
    """The check of a table's segments; one for all files that are written alike."""
    codes = profile.codes if profile is not None else find_codes(table.release)
    return Conformity(table, chars, codec, codes)


# --- numbers ------------------------------------------------------------------------------------

_NUMBER_FAULTS = {
    "37": "is not a number such as 12 or 12.5",
    "38": "has no digit in front of the decimal mark",
    "19": "is not a number with one decimal mark and a digit on each side of it",
}
_OTHER_MARK = {".": ",", ",": "."}
_NUMBER = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?\Z")


def number_fault(text: str) -> str | None:
    """The 0085 code of what is wrong with a number (ISO 9735, section 10); None when it is one."""
    if _NUMBER.match(text):
        return None
    bare = text.removeprefix("-")
    if not bare or bare.strip("0123456789.,"):
        return "37"
    return "38" if bare[0] in ".," and bare[1:].isdigit() else "19"


# --- the places of a segment --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """What a segment has at one element of its table."""

    #: Counted on the wire, the tag as 1.
    position: int
    repetition: int | None
    parts: list[str]

    def departure(
        self, code: str, edifact: str, component: int | None, value: str, text: str
    ) -> Departure:
        """A departure at this place."""
        return Departure(code, edifact, self.position, component, value, text, self.repetition)


def placed(elements: list[list[list[str]]], spec: tuple[Element, ...]) -> Iterator[Given]:
    """
    Put the elements of a segment to those of its table.

    In syntax version 4 repetitions may share one position; the table has a position for each.
    """
    taken = 0
    for position, repetitions in enumerate(elements[1:], 2):
        several = len(repetitions) > 1
        for number, parts in enumerate(repetitions, 1):
            yield Given(position, number if several else None, parts)
            taken += 1
        while several and taken < len(spec) and spec[taken].id == spec[taken - 1].id:
            yield Given(position, None, [""])
            taken += 1
