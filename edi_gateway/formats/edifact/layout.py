"""
A mapping compiled for writing: the segments of a message in the order of its table.

Everything that does not depend on the document is decided here, once: which cells a segment has,
the separators and constants between them, and the cell each value goes to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any

from edi_gateway.documents import Document
from edi_gateway.formats.converters import write_decimal
from edi_gateway.formats.edifact.blocks import Block, Fetch, nested_rows, rows_writer
from edi_gateway.formats.edifact.cells import (
    Foul,
    Segment,
    Step,
    Values,
    Write,
    segment_writer,
)
from edi_gateway.formats.edifact.charsets import find_foul
from edi_gateway.formats.edifact.directory import Node
from edi_gateway.formats.edifact.drafts import (
    Draft,
    complete_line,
    drafts_of,
    is_segment,
    order_number,
    written_places,
)
from edi_gateway.formats.edifact.laying import Cells
from edi_gateway.formats.edifact.places import Compiled, Part, Place
from edi_gateway.formats.edifact.tokens import escape
from edi_gateway.formats.mapping import HEADER

#: Segments that may be repeated to go on with a text.
_FREE_TEXT = {"FTX", "IMD"}

_UNLIMITED = 2**31


class Layout:
    """Writes the messages of one mapping in one repertoire."""

    def __init__(self, compiled: Compiled, syntax: str) -> None:
        table = compiled.table
        version, _, release = table.release.rpartition(".")
        association = str(compiled.mapping.settings.get("association", ""))
        identity = (table.type, version, release, "UN", association)
        self._identity = ":".join(map(escape, identity)).rstrip(":")
        header = _Fields(_header_paths(compiled))
        self._fetch = header.fetch
        frame = _Frame(compiled, header, syntax, find_foul(syntax))
        self._blocks = [
            block for part in compiled.parts if part.tie is None for block in _blocks(part, frame)
        ]
        self._blocks.sort(key=lambda block: block.number)

    def write(self, document: Document, reference: str) -> str:
        """Write one message; `HeldError` (`value-too-long`) names what no element can hold."""
        header = self._fetch(document)
        out = [f"UNH+{reference}+{self._identity}"]
        for block in self._blocks:
            write, fetch = block.write, block.fetch
            if block.rows is None:
                write(header, out)
            elif block.inner:
                for _, values in nested_rows(block, document, header):
                    write(values, out)
            else:
                shared = tuple([header[source] for source in block.shared])
                for row in getattr(document, block.rows):
                    write(fetch(row) + shared, out)
        out.append(f"UNT+{len(out) + 1}+{reference}'")
        return "'".join(out)


@dataclass(slots=True)
class _Frame:
    """What all parts of a layout have in common."""

    compiled: Compiled
    header: _Fields
    syntax: str
    foul: Foul


class _Fields:
    """The fields of a part, numbered, and the function that gets them all at once."""

    def __init__(self, paths: Iterable[str]) -> None:
        known = dict.fromkeys(paths)
        plain = [path for path in known if "." not in path]
        owners: dict[str, list[str]] = {}
        for path in known:
            owner, dot, name = path.rpartition(".")
            if dot:
                owners.setdefault(owner, []).append(name)
        order = plain + [f"{owner}.{name}" for owner, names in owners.items() for name in names]
        self.numbers = {path: number for number, path in enumerate(order)}
        self._outer = _getter(plain)
        self._inner = [
            (_owner(owner), _getter(names), (None,) * len(names)) for owner, names in owners.items()
        ]

    def fetch(self, row: Any) -> Values:
        """The values of all fields; None for those in a part that is None itself."""
        values = self._outer(row)
        for owner, get, absent in self._inner:
            held = owner(row)
            values += absent if held is None else get(held)
        return values


def _getter(names: Sequence[str]) -> Fetch:
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda _: ()
    get = attrgetter(names[0])
    return lambda row: (get(row),)


def _owner(path: str) -> Callable[[Any], Any]:
    if "." not in path:
        return attrgetter(path)
    outer, _, name = path.rpartition(".")
    get = _owner(outer)
    return lambda row: getattr(get(row), name, None)


def _header_paths(compiled: Compiled) -> Iterator[str]:
    for part in compiled.parts:
        for _, path in written_places(part):
            if part.trigger is None:
                yield path
            elif path.startswith(HEADER):
                yield path[len(HEADER) :]


def _blocks(part: Part, frame: _Frame) -> Iterator[Block]:
    if part.trigger is None:
        top = drafts_of(part, None)
        sources = {**frame.header.numbers}
        sources |= {HEADER + path: number for path, number in sources.items()}
        for draft in top:
            write = segment_writer(_compile(draft, frame, sources, None), frame.foul)
            yield Block(draft.node.number, write, None, frame.header.fetch, ())
        return
    yield _row_block(part, part.trigger, frame)


def _row_block(part: Part, trigger: Node, frame: _Frame) -> Block:
    order = order_number(frame.compiled)
    own = _Fields(path for _, path in written_places(part) if not path.startswith(HEADER))
    shared = [path for _, path in written_places(part) if path.startswith(HEADER)]
    if order is not None:
        shared.append(HEADER + (order.entry.field or ""))
    shared = list(dict.fromkeys(shared))
    sources = own.numbers | {path: len(own.numbers) + n for n, path in enumerate(shared)}
    numbers = tuple(frame.header.numbers[path[len(HEADER) :]] for path in shared)
    (line,) = drafts_of(part, trigger)
    if trigger.tag == "LIN":
        complete_line(line, order)
    inner = _inner_blocks(part, frame)
    nested = [
        (block.number, rows_writer(block.write, len(sources) + place))
        for place, block in enumerate(inner)
    ]
    write = segment_writer(_compile(line, frame, sources, line, nested), frame.foul)
    tie = (attrgetter(part.tie.inner), attrgetter(part.tie.outer)) if part.tie else None
    name = part.section.name
    return Block(line.node.number, write, name, own.fetch, numbers, inner, tie)


def _inner_blocks(part: Part, frame: _Frame) -> tuple[Block, ...]:
    parts = frame.compiled.parts
    return tuple(
        _row_block(inner, inner.trigger, frame)
        for inner in parts
        if inner.tie is not None and parts[inner.tie.part] is part and inner.trigger is not None
    )


def _compile(
    draft: Draft,
    frame: _Frame,
    sources: dict[str, int],
    line: Draft | None,
    nested: Sequence[tuple[int, Write]] = (),
) -> Segment:
    table = frame.compiled.table
    cells = Cells(draft, table, frame.syntax)
    taken: set[int] = set()
    steps: list[Step] = []
    silent: list[Step] = []
    for place in draft.places:
        path = place.entry.field
        if path is not None:
            borrowed = path.startswith(HEADER) and line is not None
            made = _step(place, cells, taken, frame, sources[path])
            (silent if borrowed else steps).extend(made)
    for place, path in draft.borrowed:
        silent.extend(_step(place, cells, taken, frame, sources[path]))
    children: list[tuple[int, Segment | Write]] = [
        *((child.node.number, _compile(child, frame, sources, line)) for child in draft.children),
        *nested,
    ]
    children.sort(key=itemgetter(0))
    unless = _identifying(line, sources) if _is_identification(draft, line) else ()
    return Segment(
        skeleton=cells.skeleton,
        steps=tuple(steps),
        silent=tuple(silent),
        always=_is_always_there(draft, frame.compiled),
        children=tuple(child for _, child in children),
        unless=unless,
        otherwise=cells.skeleton[0].replace("PIA+1", "PIA+5", 1) if unless else "",
    )


def _is_always_there(draft: Draft, compiled: Compiled) -> bool:
    """Whether constants are reason enough: where the table wants the segment, or lines sit in it."""
    around = {part.trigger.parent for part in compiled.parts if part.trigger and not part.tie}
    wanted = draft.node.mandatory and draft.node.parent is None
    constant = any(place.entry.field is None for place in draft.places)
    return constant and (wanted or draft.node in around)


def _is_identification(draft: Draft, line: Draft | None) -> bool:
    """PIA+1, which becomes PIA+5 and carries the main identification of a line without GTIN."""
    return line is not None and line.node.tag == "LIN" and _is_tagged(draft, "PIA", "1")


def _is_tagged(draft: Draft, tag: str, qualifier: str) -> bool:
    return is_segment(draft.node, (draft.qualifier,), tag, qualifier)


def _identifying(line: Draft | None, sources: dict[str, int]) -> tuple[int, ...]:
    """The values of which one fills LIN's own identification."""
    places = line.places if line is not None else []
    return tuple(
        sources[place.entry.field]
        for place in places
        if place.entry.field is not None and place.values[0].id == "7140"
    )


def _step(
    place: Place, cells: Cells, taken: set[int], frame: _Frame, source: int
) -> Iterator[Step]:
    """The step of a place; none where a constant has its cell. `taken` are cells used before."""
    choices = cells.choices(place)
    if not choices:
        return
    converter, value = place.entry.converter, place.values[0]
    several = converter.name == "texts"
    first = choices[0]
    simple = not taken.intersection(first.guards) and not first.also
    before, after = cells.around(place)
    taken.update(choice.cell for choice in choices)
    taken.update(cell for choice in choices for cell, _ in choice.also)
    yield Step(
        source=source,
        convert=None if several or converter.name == "text" else _fast(converter.write, place),
        checked=not converter.numeric and not converter.dated,
        numeric=converter.numeric,
        limit=value.length or _UNLIMITED,
        several=several,
        spread=cells.spread(place),
        repeats=place.node.most if place.node.tag in _FREE_TEXT else 1,
        cell=first.cell,
        choices=() if simple and not before else choices,
        before=before,
        after=after,
        name=f"{place.entry.field} ({place.node.tag} {value.id})",
        syntax=frame.syntax,
    )


def _fast(write: Callable[[Any], str], place: Place) -> Callable[[Any], str]:
    """The converter, or what does the same faster; a message repeats few dates."""
    if write is write_decimal:
        return str
    return lru_cache(1024)(write) if place.entry.converter.dated else write
