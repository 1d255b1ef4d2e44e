"""
A segment of a mapping, ready to be written: fixed text with cells between for the values.

A cell is one component, or a whole composite where a condition decides what is in it. Nothing is
cut in silence: free text goes on in further components and segments, and anything else that is too
long for its element raises `HeldError`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from edi_gateway.errors import HeldError
from edi_gateway.formats.edifact.charsets import transliterate
from edi_gateway.formats.edifact.tokens import escape

#: The values of one row (or the header), in the order the layout numbers them.
Values = tuple[Any, ...]
Foul = Callable[[str], object]

#: An escaped pair is kept whole; separators behind the last value of a composite or segment go.
_EMPTY_END = re.compile(r"(\?.)|:+(?=\+|\Z)|[:+]+\Z", re.DOTALL)


@dataclass(slots=True)
class Choice:
    """A cell a value may go to if the guards are empty, and what goes with it into others."""

    cell: int
    guards: tuple[int, ...]
    also: tuple[tuple[int, str], ...]


@dataclass(slots=True, kw_only=True)
class Step:
    """One value of a segment."""

    #: Index into the values of the row.
    source: int
    #: None where the value is text already.
    convert: Callable[[Any], str] | None
    #: Whether it is a tuple of texts, a segment for each.
    several: bool
    #: Whether its characters need a look.
    checked: bool
    #: Whether its length is counted in digits, and what one component takes.
    numeric: bool
    limit: int
    #: How many components it may spread over, and how many segments.
    spread: int
    repeats: int
    #: The cell, where there is nothing to choose; else the choices, of which the first free wins.
    cell: int
    choices: tuple[Choice, ...]
    before: str
    after: str
    #: Segment, element and field for a message.
    name: str
    syntax: str

    def chunks(self, value: Any) -> list[str]:
        """Return what is to be written, one text for each segment."""
        found: list[str] = []
        for text in value if isinstance(value, tuple) else (value,):
            fit = transliterate(text, self.syntax) if self.checked else text
            if fit:
                found += self._chunks_of(fit)
        return found

    def one(self, text: str) -> str:
        """Return what is to be written of a value that has one cell only."""
        return next(iter(self.chunks(text)), "")

    def _chunks_of(self, text: str) -> Iterator[str]:
        if len(text) <= self.limit:
            yield escape(text)
            return
        if self.numeric and len(text.translate(_UNCOUNTED)) <= self.limit:
            yield text
            return
        pieces = _pieces(text, self.limit) if self.spread > 1 else [text]
        if self.spread == 1 or len(pieces) > self.spread * self.repeats:
            raise self._too_long(text)
        for begin in range(0, len(pieces), self.spread):
            yield ":".join(escape(piece) for piece in pieces[begin : begin + self.spread])

    def _too_long(self, text: str) -> HeldError:
        most = self.limit * self.spread * self.repeats
        return HeldError(
            f"{self.name}: {text!r} has {len(text)} characters, the element takes {most}",
            code="value-too-long",
            remedy="Shorten the value where it comes from, or map it to an element that holds it.",
        )


#: A sign and a decimal mark do not count (ISO 9735, 10).
_UNCOUNTED = str.maketrans("", "", "-.")


def _pieces(text: str, length: int) -> list[str]:
    """Cut text between words where that is possible."""
    pieces: list[str] = []
    while len(text) > length:
        cut = text.rfind(" ", 0, length + 1)
        cut = cut if cut > 0 else length
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    if text:
        pieces.append(text)
    return pieces


#: Appends a segment, and those of the group it opens, where they hold anything.
Write = Callable[[Values, list[str]], None]

#: A step taken apart, for reading attributes would take as long as the work: source, convert,
#: limit, search for foul characters, cell, what stands behind (None: there is a choice), step.
_Quick = tuple[int, Callable[[Any], str] | None, int, Foul | None, int, str | None, Step]


@dataclass(slots=True, kw_only=True)
class Segment:
    """What one segment of the mapping is made of."""

    skeleton: list[str]
    #: Values that are a reason to write the segment, and such that only go with them.
    steps: tuple[Step, ...]
    silent: tuple[Step, ...]
    #: Whether it is written though only constants are in it.
    always: bool
    children: tuple[Write, ...]
    #: Values that are all missing where the segment begins with `otherwise` instead.
    unless: tuple[int, ...]
    otherwise: str


def segment_writer(segment: Segment, foul: Foul) -> Write:
    """Return the function that writes `segment`; it does no more than the segment needs."""
    further = any(step.several or step.repeats > 1 for step in segment.steps)
    if segment.children or segment.always or segment.silent or segment.unless or further:
        return _any_writer(segment, foul)
    return _plain_writer(segment, foul)


def _plain_writer(segment: Segment, foul: Foul) -> Write:
    """The many segments that are written once, and only for a value."""
    copy = segment.skeleton.copy
    steps = _quick(segment.steps, foul)

    def write(values: Values, out: list[str]) -> None:
        cells: list[str] | None = None
        for source, convert, limit, unfit, cell, after, step in steps:
            text = values[source]
            if text is None:
                continue
            if convert is not None:
                text = convert(text)
            if len(text) > limit or (unfit is not None and unfit(text)):
                text = step.one(text)
            if text:
                if cells is None:
                    cells = copy()
                if after is not None:
                    cells[cell] = text + after
                else:
                    _choose(step, text, cells)
        if cells is not None:
            joined = "".join(cells)
            out.append(_trimmed(joined) if joined[-1] in ":+" or ":+" in joined else joined)

    return write


def _any_writer(segment: Segment, foul: Foul) -> Write:
    copy, always, children = segment.skeleton.copy, segment.always, segment.children
    unless, otherwise = segment.unless, segment.otherwise
    steps, silent = _quick(segment.steps, foul), _quick(segment.silent, foul)

    def write(values: Values, out: list[str]) -> None:
        cells = copy()
        further: list[tuple[int, list[str]]] = []
        filled = _fill(steps, cells, values, further) or always
        group: list[str] = []
        for child in children:
            child(values, group)
        if not filled and not group:
            return
        if silent:
            _fill(silent, cells, values, [])
        if unless and not any(values[source] for source in unless):
            cells[0] = otherwise
        out.append(_trimmed("".join(cells)))
        if further:
            out += _continued(cells, further)
        out += group

    return write


def _continued(cells: list[str], further: list[tuple[int, list[str]]]) -> Iterator[str]:
    for cell, chunks in further:
        for chunk in chunks:
            cells[cell] = chunk
            yield _trimmed("".join(cells))


def _fill(
    steps: tuple[_Quick, ...],
    cells: list[str],
    values: Values,
    further: list[tuple[int, list[str]]],
) -> bool:
    """Put values into their cells; whether there were any. Texts that go on are in `further`."""
    filled = False
    for source, convert, limit, unfit, cell, after, step in steps:
        text = values[source]
        if text is None:
            continue
        if convert is not None:
            text = convert(text)
        if len(text) > limit or (unfit is not None and unfit(text)):
            text, *more = step.chunks(text) or [""]
            if more:
                further.append((cell, more))
        if not text:
            continue
        if after is not None:
            cells[cell] = text + after
            filled = True
        else:
            filled = _choose(step, text, cells) or filled
    return filled


def _quick(steps: tuple[Step, ...], foul: Foul) -> tuple[_Quick, ...]:
    return tuple(
        (
            step.source,
            step.convert,
            # A tuple of texts, though empty, is longer than this: it takes the long way.
            -1 if step.several else step.limit,
            foul if step.checked else None,
            step.cell,
            None if step.choices else step.after,
            step,
        )
        for step in steps
    )


def _choose(step: Step, text: str, cells: list[str]) -> bool:
    for choice in step.choices:
        for guard in choice.guards:
            if cells[guard]:
                break
        else:
            cells[choice.cell] = step.before + text + step.after
            for cell, constant in choice.also:
                cells[cell] = constant
            return True
    return False


def _trimmed(text: str) -> str:
    """Cut separators that nothing follows; one that belongs to a value is released."""
    if "?" in text or ":+" in text:
        return _EMPTY_END.sub(r"\1", text)
    return text.rstrip(":+")
