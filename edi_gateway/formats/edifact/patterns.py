"""
Patterns of what is plainly without fault: one segment by its table, or a whole line.

A pattern lets less through than the table does; what it refuses is looked at closely.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from edi_gateway.formats.edifact.directory import Element, Table, Value
from edi_gateway.formats.edifact.lines import line_pattern
from edi_gateway.formats.edifact.tokens import PADDING, ServiceCharacters

#: Combinations of codes remembered of a segment.
_MOST_ALLOWED = 3000

#: The codes that may stand in each coded data element.
Codes = Mapping[str, frozenset[str]]

#: Values that decide how others are understood: list and agency of a code, format of a date.
_DECIDING = frozenset({"1131", "3055", "2379"})

_YEAR, _MONTH, _DAY = "[0-9]{4}", "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = "(?:[01][0-9]|2[0-4])[0-5][0-9]"
_DATE = f"{_YEAR}{_MONTH}{_DAY}"
#: What 2380 looks like by its format (2379).
FORMATS = {
    form: re.compile(f"{pattern}\\Z")
    for form, pattern in {
        "101": f"[0-9]{{2}}{_MONTH}{_DAY}",
        "102": _DATE,
        "203": f"{_DATE}{_CLOCK}",
        "204": f"{_DATE}{_CLOCK}[0-5][0-9]",
        "401": _CLOCK,
        "602": _YEAR,
        "610": f"{_YEAR}{_MONTH}",
        "616": f"{_YEAR}(?:0[1-9]|[1-4][0-9]|5[0-3])",
        "718": f"{_DATE}-?{_DATE}",
    }.items()
}


class Pattern(NamedTuple):
    """Matches what is without fault, if its groups are among `codes`."""

    match: Callable[[str, int], re.Match[str] | None]
    codes: tuple[frozenset[str], ...]
    #: Codes that were found to be in their lists, side by side as they came.
    allowed: set[tuple[str | None, ...]]

    def allows(self, groups: tuple[str | None, ...]) -> bool:
        """Whether every code that was matched is one."""
        if groups in self.allowed:
            return True
        for code, allowed in zip(groups, self.codes, strict=True):
            if code is not None and code not in allowed:
                return False
        if len(self.allowed) < _MOST_ALLOWED:
            self.allowed.add(groups)
        return True


#: What no pattern has been made for yet.
UNMADE = Pattern(re.compile("").match, (), set())


def segment_pattern(spec: tuple[Element, ...], chars: ServiceCharacters, codes: Codes) -> Pattern:
    """Return the pattern of one segment by its table, its tag left out."""
    sign = _no_sign(chars)
    groups: list[frozenset[str]] = []
    bodies = [_element_pattern(element, sign, chars, codes, groups) for element in spec]
    pattern = ""
    for element, body in zip(reversed(spec), reversed(bodies), strict=True):
        own = body if element.mandatory else f"(?:{body})?"
        pattern = f"{re.escape(chars.element)}{own}{pattern}"
        if not element.mandatory:
            pattern = f"(?:{pattern})?"
    return Pattern(re.compile(pattern + r"\Z").match, tuple(groups), set())


def conforming_line(
    line: Sequence[str], table: Table, chars: ServiceCharacters, codec: str, codes: Codes
) -> re.Pattern[str] | None:
    """
    Return the pattern of lines that conform as `line` does, which was found without fault.

    Codes, and what decides on others, are those of the line; other values are what the table takes.
    """
    # Where some bytes are no text, those beyond ASCII are looked at one by one.
    sign = _no_sign(chars) + (r"\x80-\xff" if codec in {"utf-8", "ascii"} else "")

    specs = [table.segments[raw.lstrip(PADDING)[:3]] for raw in line]

    def value(segment: int, element: int, component: int, text: str) -> str:
        spec = specs[segment]
        values = spec[element - 1].values if element <= len(spec) else ()
        if not text or component >= len(values):
            return re.escape(text)
        found = values[component]
        if found.id in codes or found.id in _DECIDING:
            return re.escape(text)
        return _value_pattern(found, sign, chars)

    return line_pattern(line, chars, value)


def _no_sign(chars: ServiceCharacters) -> str:
    """What no plain value holds, for a set of characters."""
    marks = (chars.element, chars.component, chars.repetition, chars.release, chars.terminator)
    return rf"{re.escape(''.join(marks))}\x00-\x1f\x7f"


def _element_pattern(
    element: Element,
    sign: str,
    chars: ServiceCharacters,
    codes: Codes,
    groups: list[frozenset[str]],
) -> str:
    bodies = []
    for value in element.values:
        body = _value_pattern(value, sign, chars)
        allowed = codes.get(value.id)
        if allowed is not None:
            groups.append(allowed)
            body = f"({body})"
        bodies.append(body)
    pattern = ""
    for value, body in zip(reversed(element.values), reversed(bodies), strict=True):
        # The first component alone may be missing without a separator before it.
        must = value.mandatory or not element.composite
        own = body if must else f"(?:{body})?"
        if value.component:
            pattern = f"{re.escape(chars.component)}{own}{pattern}"
            pattern = pattern if value.mandatory else f"(?:{pattern})?"
        else:
            pattern = own + pattern
    return pattern


def _value_pattern(value: Value, sign: str, chars: ServiceCharacters) -> str:
    if value.id == "2380":
        # A date whose format is the usual one; others are looked at closely.
        return f"{_DATE}(?={re.escape(chars.component)}102)"
    if value.kind == "n":
        return _number_pattern(value, chars)
    most = str(value.length) if value.length else ""
    signs = sign + "0-9" if value.kind == "a" else sign
    return f"[^{signs}]{{{value.shortest or 1},{most}}}"


def _number_pattern(value: Value, chars: ServiceCharacters) -> str:
    """A number that is short enough however its digits lie around the mark."""
    if value.shortest:
        return f"-?[0-9]{{{value.shortest},{value.length}}}"
    if not value.length:
        return rf"-?[0-9]+(?:{re.escape(chars.decimal)}[0-9]+)?"
    behind = value.length // 3
    whole = f"-?[0-9]{{1,{value.length}}}"
    if not behind:
        return whole
    before = value.length - behind
    mark = re.escape(chars.decimal)
    return rf"(?:-?[0-9]{{1,{before}}}{mark}[0-9]{{1,{behind}}}|{whole})"
