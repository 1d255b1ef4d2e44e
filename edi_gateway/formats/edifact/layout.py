"""
A mapping compiled for writing: the segments of a message in the order of its table.

Everything that does not depend on the document is decided here, once: which cells a segment has,
the separators and constants between them, and the cell each value goes to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any

from msgspec import NODEFAULT
from msgspec.structs import fields

from edi_gateway.documents import Document
from edi_gateway.formats.converters import write_decimal
from edi_gateway.formats.edifact.blocks import (
    Block,
    Fetch,
    Lean,
    has_inner_rows,
    nested_rows,
)
from edi_gateway.formats.edifact.cells import (
    Foul,
    Rows,
    Segment,
    Step,
    Values,
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
        seldom = _seldom_of_header(compiled)
        numbers = [header.numbers[name] for name in seldom]
        #: The values of the header that few documents have, what they are where one has none of
        #: them, and the blocks without those that hold nothing else.
        self._seldom = itemgetter(*numbers, numbers[0]) if numbers else None
        self._nothing = (*seldom.values(), *list(seldom.values())[:1])
        self._usual = [block for block in self._blocks if not block.fields <= seldom.keys()]

    def write(self, document: Document, reference: str) -> str:
        """Write one message; `HeldError` (`value-too-long`) names what no element can hold."""
        header = self._fetch(document)
        out = [f"UNH+{reference}+{self._identity}"]
        usual = self._seldom is not None and self._seldom(header) == self._nothing
        for block in self._usual if usual else self._blocks:
            if block.rows is None:
                block.write(header, out)
            elif not getattr(document, block.rows):
                continue
            elif block.inner and has_inner_rows(block, document):
                for _, values in nested_rows(block, document, header):
                    block.write(values, out)
            else:
                _write_rows(block, document, header, out)
        out.append(f"UNT+{len(out) + 1}+{reference}'")
        return "'".join(out)


def _write_rows(block: Block, document: Document, header: Values, out: list[str]) -> None:
    """Write rows that have no others inside."""
    write, fetch = block.write, block.fetch
    around = _shared(block, header) + ((),) * len(block.inner)
    if block.lean is None:
        for row in block.rows_of(document):
            write(fetch(row) + around, out)
        return
    seldom, nothing, lean = block.lean.seldom, block.lean.nothing, block.lean.block
    lean_write, lean_fetch, lean_around = lean.write, lean.fetch, _shared(lean, header)
    for row in block.rows_of(document):
        if seldom(row) == nothing:
            lean_write(lean_fetch(row) + lean_around, out)
        else:
            write(fetch(row) + around, out)


def _shared(block: Block, header: Values) -> Values:
    return tuple([header[source] for source in block.shared])


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
            given = frozenset(_fields_of(draft))
            yield Block(draft.node.number, write, None, frame.header.fetch, (), fields=given)
        return
    yield _row_block(part, part.trigger, frame)


def _fields_of(draft: Draft) -> Iterator[str]:
    """The fields that a segment and its group are written from; nothing is for a constant."""
    for place in draft.places:
        yield place.entry.field or ""
    for child in draft.children:
        yield from _fields_of(child)


def _seldom_of_header(compiled: Compiled) -> dict[str, Any]:
    """The header's `seldom` fields that the mapping writes, each with what stands for none."""
    section = next(part.section for part in compiled.parts if part.trigger is None)
    names = section.settings.get("seldom", ())
    held = {spec.name: spec.default for spec in fields(section.shape)}
    written = set(_header_paths(compiled))
    return {name: held[name] for name in names if name in written}


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
        (block.number, Rows(block.write, len(sources) + place)) for place, block in enumerate(inner)
    ]
    return Block(
        number=line.node.number,
        write=segment_writer(_compile(line, frame, sources, line, nested), frame.foul),
        rows=part.section.field,
        fetch=own.fetch,
        shared=numbers,
        inner=inner,
        tie=(attrgetter(part.tie.inner), attrgetter(part.tie.outer)) if part.tie else None,
        mine=_which(part, frame.compiled.parts),
        lean=_lean(part, trigger, frame),
    )


def _which(part: Part, parts: Sequence[Part]) -> Callable[[Any], bool] | None:
    """Which rows of a table are a part's, where several are of it: tied ones, or those that are not."""
    field_ = part.section.field
    others = [other for other in parts if other.section.field == field_ and other is not part]
    tie = next((each.tie for each in (part, *others) if each.tie is not None), None)
    if not others or tie is None:
        return None
    own, tied = attrgetter(tie.inner), part.tie is not None
    return lambda row: (own(row) is not None) is tied


def _lean(part: Part, trigger: Node, frame: _Frame) -> Lean | None:
    """The part without its `seldom` fields and without rows inside."""
    names = part.section.settings.get("seldom")
    if not names:
        return None
    out = [p for p in part.places if (p.entry.field or "").partition(".")[0] in names]
    kept = [
        place
        for place in part.places
        if place not in out
        and not _goes_along(place, [each for each in out if _is_beside(each, place)])
    ]
    settings = {key: value for key, value in part.section.settings.items() if key != "seldom"}
    section = replace(part.section, settings=settings)
    block = _row_block(replace(part, section=section, places=tuple(kept)), trigger, frame)
    held = [spec for spec in fields(part.section.shape) if spec.name in names]
    return Lean(
        block=block,
        seldom=_getter([spec.name for spec in held]),
        nothing=tuple(None if spec.default is NODEFAULT else spec.default for spec in held),
    )


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
    nested: Sequence[tuple[int, Rows]] = (),
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
            along = borrowed or _goes_along(place, draft.places)
            (silent if along else steps).extend(made)
    for place, path in draft.borrowed:
        silent.extend(_step(place, cells, taken, frame, sources[path]))
    children: list[tuple[int, Segment | Rows]] = [
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


def _goes_along(place: Place, beside: Iterable[Place]) -> bool:
    """Whether a value is none without the one its composite must have: a unit without a quantity."""
    own = place.values[0]
    return not own.mandatory and any(
        other.entry.field is not None
        and other.values[0].mandatory
        and other.values[0].element == own.element
        for other in beside
    )


def _is_beside(one: Place, other: Place) -> bool:
    """Whether both are written into the same segment."""
    return [(hop.node, hop.qualifiers[:1]) for hop in one.path] == [
        (hop.node, hop.qualifiers[:1]) for hop in other.path
    ]


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
