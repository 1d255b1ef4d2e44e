"""
Segments where they lie in a file, and the cells in them: to show them, and to write them again.

Nothing here judges or interprets. A file is walked in pieces, so that its size does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from edi_gateway.formats.edifact.tokens import (
    DEFAULT,
    PADDING,
    ServiceCharacters,
    cell,
    escape,
    split_elements,
    split_segments,
)
from edi_gateway.formats.interchange import OpenedInterchange

_CHUNK = 1 << 20
#: What is longer without a terminator is shown as far as this, and not searched for its end.
_LONGEST = 4 * _CHUNK

#: A segment taken apart: elements (the tag is the first), their repetitions, their components.
Tokens = list[list[list[str]]]


@dataclass(frozen=True, slots=True)
class Placed:
    """A segment as written, in a file."""

    #: Byte offset of the tag, and that behind the terminator.
    offset: int
    behind: int
    #: One character for each byte (Latin-1), without padding in front and terminator behind.
    raw: str
    terminated: bool = True
    #: Bytes of a package that follow a UNO; they are nobody's segments.
    package: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a segment: its place, all counted from 1 with the tag as element 1."""

    element: int
    repetition: int
    component: int
    #: Where it stands in the segment as written.
    start: int
    end: int
    #: Without release characters.
    text: str


def characters_of(opened: OpenedInterchange) -> ServiceCharacters:
    """The service characters an interchange was read with."""
    una = opened.details.get("una")
    return (ServiceCharacters.from_una(una) if una else None) or DEFAULT


def walk_segments(
    file: BinaryIO, begin: int, end: int, chars: ServiceCharacters, *, wrapped: bool = False
) -> Iterator[Placed]:
    """
    Yield the segments from byte `begin` up to byte `end`; empty ones are left out.

    Of a file whose lines were wrapped (`wrapped`), line breaks in segments are left out too.

    What has no terminator comes last and says so. A package (UNO) is passed over.
    """
    file.seek(begin)
    held, at = "", begin
    while at + len(held) < end and len(held) <= _LONGEST:
        data = file.read(min(_CHUNK, end - at - len(held)))
        if not data:
            break
        segments, held = split_segments(held + data.decode("latin-1"), chars)
        for segment in segments:
            placed = _placed(segment, at, chars, wrapped)
            at += len(segment) + 1
            if placed is None:
                continue
            yield placed
            if placed.package:
                at += placed.package
                held = ""
                file.seek(at)
                break
    raw = held.strip(PADDING)
    if raw:
        offset = at + len(held) - len(held.lstrip(PADDING))
        yield Placed(offset, at + len(held), raw, terminated=False)


def _placed(segment: str, at: int, chars: ServiceCharacters, wrapped: bool) -> Placed | None:
    raw = segment.lstrip(PADDING)
    if wrapped:
        offset = at + len(segment) - len(raw)
        raw = raw.replace("\r", "").replace("\n", "")
        return Placed(offset, at + len(segment) + 1, raw) if raw else None
    if not raw:
        return None
    offset, behind = at + len(segment) - len(raw), at + len(segment) + 1
    return Placed(offset, behind, raw, package=_package(raw, chars))


def _package(raw: str, chars: ServiceCharacters) -> int:
    """The length a UNO states (0810); 0 for every other segment."""
    if not raw.startswith("UNO" + chars.element):
        return 0
    size = cell(split_elements(raw, chars), 4, 0, chars)
    return int(size) if size.isascii() and size.isdigit() and len(size) <= 12 else 0


def cells_of(raw: str, chars: ServiceCharacters) -> list[Cell]:
    """Take a segment apart, with the place of each value, empty ones included."""
    cells: list[Cell] = []
    element = repetition = component = 1
    start, text, at = 0, "", 0
    while at < len(raw):
        sign = raw[at]
        if sign == chars.release and sign and at + 1 < len(raw):
            text += raw[at + 1]
            at += 2
            continue
        if sign in (chars.element, chars.component) or (sign == chars.repetition != ""):
            cells.append(Cell(element, repetition, component, start, at, text))
            start, text = at + 1, ""
            if sign == chars.component:
                component += 1
            elif sign == chars.element:
                element, repetition, component = element + 1, 1, 1
            else:
                repetition, component = repetition + 1, 1
        else:
            text += sign
        at += 1
    return [*cells, Cell(element, repetition, component, start, len(raw), text)]


def tokens_of(raw: str, chars: ServiceCharacters) -> Tokens:
    """Take a segment apart into its values."""
    tokens: Tokens = []
    for found in cells_of(raw, chars):
        if found.component == 1 and found.repetition == 1:
            tokens.append([])
        if found.component == 1:
            tokens[-1].append([])
        tokens[-1][-1].append(found.text)
    return tokens


def write_tokens(tokens: Tokens, chars: ServiceCharacters) -> str:
    """Write a segment, terminator included; separators with nothing behind them are left out."""
    elements = (
        _joined(chars.repetition, (_composite(parts, chars) for parts in repetitions))
        for repetitions in tokens
    )
    return _joined(chars.element, elements) + chars.terminator


def _composite(parts: Iterable[str], chars: ServiceCharacters) -> str:
    return _joined(chars.component, (_escaped(part, chars) for part in parts))


def _escaped(text: str, chars: ServiceCharacters) -> str:
    return escape(text, chars) if chars.release else text


def _joined(mark: str, texts: Iterable[str]) -> str:
    found = list(texts)
    while len(found) > 1 and not found[-1]:
        found.pop()
    return mark.join(found)


def rewrite(file: BinaryIO, opened: OpenedInterchange) -> Iterator[bytes]:
    """
    Write an interchange again from its values, segment by segment, in its own service characters.

    What comes out differs from the file in UNA (always there), in padding between segments, and in
    separators and release characters that say nothing. Packages are copied.
    """
    chars = characters_of(opened)
    yield chars.to_una().encode("latin-1")
    end = opened.offset + opened.length
    wrapped = bool(opened.details.get("wrapped"))
    for placed in walk_segments(file, opened.offset, end, chars, wrapped=wrapped):
        if placed.raw == chars.to_una()[:-1]:
            continue
        yield write_tokens(tokens_of(placed.raw, chars), chars).encode("latin-1")
        if placed.package:
            file.seek(placed.behind)
            yield file.read(placed.package)
