"""
A mapping compiled for writing: the segments of a message in the order of its table.

Everything that does not depend on the document is decided here, once: which cells a segment has,
the separators and constants between them, and the cell each value goes to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
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
    Choice,
    Foul,
    Rows,
    Segment,
    Step,
    Values,
    segment_writer,
)
from edi_gateway.formats.edifact.charsets import find_foul, transliterate
from edi_gateway.formats.edifact.directory import Element, Node, Table, Value
from edi_gateway.formats.edifact.places import Compiled, Condition, Part, Place
from edi_gateway.formats.edifact.tokens import escape
from edi_gateway.formats.mapping import HEADER

#: Segments that may be repeated to go on with a text.
_FREE_TEXT = {"FTX", "IMD"}

_UNLIMITED = 2**31

#: Data elements that stand twice in a composite for a range from the one to the other.
_RANGES = {"7402"}

#: Element and component.
At = tuple[int, int]


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


def _written(part: Part) -> Iterator[tuple[Place, str]]:
    """The places of a part that are written from a field, with the field."""
    for place in part.places:
        if place.entry.writes and place.entry.field is not None:
            yield place, place.entry.field


def _header_paths(compiled: Compiled) -> Iterator[str]:
    for part in compiled.parts:
        for _, path in _written(part):
            if part.trigger is None:
                yield path
            elif path.startswith(HEADER):
                yield path[len(HEADER) :]


def _blocks(part: Part, frame: _Frame) -> Iterator[Block]:
    if part.trigger is None:
        top = _tree(part, None)
        sources = {**frame.header.numbers}
        sources |= {HEADER + path: number for path, number in sources.items()}
        for draft in top:
            write = segment_writer(_compile(draft, frame, sources, None), frame.foul)
            given = frozenset(_fields_of(draft))
            yield Block(draft.node.number, write, None, frame.header.fetch, (), fields=given)
        return
    yield _row_block(part, part.trigger, frame)


def _fields_of(draft: _Draft) -> Iterator[str]:
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
    order = _order_number(frame.compiled)
    own = _Fields(path for _, path in _written(part) if not path.startswith(HEADER))
    shared = [path for _, path in _written(part) if path.startswith(HEADER)]
    if order is not None:
        shared.append(HEADER + (order.entry.field or ""))
    shared = list(dict.fromkeys(shared))
    sources = own.numbers | {path: len(own.numbers) + n for n, path in enumerate(shared)}
    numbers = tuple(frame.header.numbers[path[len(HEADER) :]] for path in shared)
    (line,) = _tree(part, trigger)
    if trigger.tag == "LIN":
        _complete(line, order)
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


# --- which segments there are -------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Draft:
    """A segment with the places that are in it, before its cells are laid."""

    node: Node
    qualifier: str
    places: list[Place] = field(default_factory=list)
    #: Places written only where the segment is, from fields of the header.
    borrowed: list[tuple[Place, str]] = field(default_factory=list)
    children: list[_Draft] = field(default_factory=list)


def _tree(part: Part, trigger: Node | None) -> list[_Draft]:
    """The segments of a part in the table's order; those of one place in the mapping's."""
    root = _Draft(trigger or Node(-1, "", False, 1, None), "")
    for place in part.places:
        if not place.entry.writes:
            continue
        draft = root
        for hop in place.path:
            qualifier = hop.qualifiers[0] if hop.qualifiers else ""
            if draft is root and hop.node is trigger:
                root.qualifier = root.qualifier or qualifier
            else:
                draft = _child(draft, hop.node, qualifier)
        draft.places.append(place)
    return [root] if trigger is not None else root.children


def _child(draft: _Draft, node: Node, qualifier: str) -> _Draft:
    for child in draft.children:
        if child.node is node and child.qualifier == qualifier:
            return child
    made = _Draft(node, qualifier)
    draft.children.append(made)
    draft.children.sort(key=lambda child: child.node.number)
    return made


def _order_number(compiled: Compiled) -> Place | None:
    """Where the header writes the number of the order."""
    for part in compiled.parts:
        for place, _ in _written(part) if part.trigger is None else ():
            if _is(place.path[-1].node, place.path[-1].qualifiers, "RFF", "ON"):
                return place if place.values[0].component == 1 else None
    return None


def _is(node: Node, qualifiers: Sequence[str], tag: str, qualifier: str) -> bool:
    return node.tag == tag and qualifier in qualifiers[:1]


def _complete(line: _Draft, order: Place | None) -> None:
    """A line's reference to the order's line repeats the order's number (no mapping can say it)."""
    for child in line.children:
        if order is None or not _is(child.node, (child.qualifier,), "RFF", "ON"):
            continue
        if not any(place.values[0].component == 1 for place in child.places):
            child.borrowed.append((order, HEADER + (order.entry.field or "")))


# --- the cells of a segment ---------------------------------------------------------------------


class _Cells:
    """Lays the cells of one segment."""

    def __init__(self, draft: _Draft, table: Table, syntax: str) -> None:
        self._spec = table.segments[draft.node.tag]
        places = [*draft.places, *(place for place, _ in draft.borrowed)]
        self.constants: dict[At, str] = {}
        if draft.qualifier:
            self._constant(self._spec[0].values[0], draft.qualifier)
        for place in places:
            if place.entry.field is None:
                text = transliterate(place.entry.constant or "", syntax)
                self._constant(place.values[0], text)
        valued = [place for place in places if place.entry.field is not None]
        #: Composites that are one cell each, for a condition decides on all that is in them.
        self.whole = self._whole(valued)
        wanted = {at for place in valued for at in self._wanted(place, valued)}
        self.used = wanted | set(self.constants)
        self.skeleton, self.cells = self._lay(draft.node.tag, sorted(self.used))

    def _constant(self, value: Value, text: str) -> None:
        self.constants[value.element, value.component] = text

    def _whole(self, places: list[Place]) -> set[int]:
        chosen = {_at(e) for place in places if _decided(place) for e in place.elements}
        shared = {place.values[0].element for place in places if not _decided(place)}
        return chosen - shared - {element for element, _ in self.constants}

    def _wanted(self, place: Place, places: list[Place]) -> Iterator[At]:
        value = place.values[0]
        if not _decided(place):
            yield value.element, value.component
            if place.format is not None:
                yield value.element, place.format
            return
        rivals = sum(_decided(other) and other.elements == place.elements for other in places)
        for element in place.elements[:rivals]:
            if _at(element) in self.whole:
                yield _at(element), 0
                continue
            yield _at(element), value.component
            if place.condition is not None:
                yield _at(element), place.condition.component

    def _lay(self, tag: str, ordered: list[At]) -> tuple[list[str], dict[At, int]]:
        parts, cells = [tag], {}
        last = (0, 0)
        for at in ordered:
            same = at[0] == last[0]
            parts[-1] += ":" * (at[1] - last[1]) if same else "+" * (at[0] - last[0]) + ":" * at[1]
            last = at
            if at in self.constants:
                parts[-1] += escape(self.constants[at])
            else:
                cells[at] = len(parts)
                parts += ["", ""]
        return parts, cells

    def choices(self, place: Place) -> tuple[Choice, ...]:
        """The cells a value may go to; empty guards where nothing else can be there."""
        value = place.values[0]
        if not _decided(place):
            cell = self.cells.get((value.element, value.component))
            if cell is None:
                return ()  # a constant is there
            also = {(value.element, place.format): "102"} if place.format is not None else {}
            return (Choice(cell, (cell,), self._also(also)),)
        return tuple(self._conditioned(place, value, place.condition))

    def _conditioned(
        self, place: Place, value: Value, condition: Condition | None
    ) -> Iterator[Choice]:
        for element in place.elements:
            at = _at(element)
            if any(element == at for element, _ in self.constants):
                continue
            if at in self.whole:
                cell = self.cells.get((at, 0))
                if cell is not None:
                    yield Choice(cell, (cell,), ())
                continue
            cell = self.cells.get((at, value.component))
            guards = tuple(cell for (element, _), cell in self.cells.items() if element == at)
            if cell is not None and condition is not None:
                also = {(at, condition.component): condition.values[0]}
                yield Choice(cell, guards, self._also(also))

    def _also(self, constants: dict[At, str]) -> tuple[tuple[int, str], ...]:
        return tuple(
            (self.cells[at], escape(text)) for at, text in constants.items() if at in self.cells
        )

    def around(self, place: Place) -> tuple[str, str]:
        """What stands before and behind a value in a cell that is a whole composite."""
        value, condition = place.values[0], place.condition
        if condition is None or condition.negated or value.element not in self.whole:
            return "", ""
        constant, distance = escape(condition.values[0]), condition.component - value.component
        if distance > 0:
            return ":" * value.component, ":" * distance + constant
        return ":" * condition.component + constant + ":" * -distance, ""

    def spread(self, place: Place) -> int:
        """How many components behind each other may hold the value's text, if nothing else does."""
        first = place.values[0]
        if first.id in _RANGES or (first.element in self.whole and _decided(place)):
            return 1
        if any(
            element == first.element and component > first.component
            for element, component in self.used
        ):
            return 1
        run = 1
        for value in place.values[1:]:
            if value.component != first.component + run or value.length != first.length:
                break
            run += 1
        return run


def _at(element: Element) -> int:
    return element.values[0].element


def _decided(place: Place) -> bool:
    """Whether a condition says what the composite is when the value is in it."""
    return place.condition is not None and not place.condition.negated


def _compile(
    draft: _Draft,
    frame: _Frame,
    sources: dict[str, int],
    line: _Draft | None,
    nested: Sequence[tuple[int, Rows]] = (),
) -> Segment:
    table = frame.compiled.table
    cells = _Cells(draft, table, frame.syntax)
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


def _is_always_there(draft: _Draft, compiled: Compiled) -> bool:
    """Whether constants are reason enough: where the table wants the segment, or lines sit in it."""
    around = {part.trigger.parent for part in compiled.parts if part.trigger and not part.tie}
    wanted = draft.node.mandatory and draft.node.parent is None
    constant = any(place.entry.field is None for place in draft.places)
    return constant and (wanted or draft.node in around)


def _is_identification(draft: _Draft, line: _Draft | None) -> bool:
    """PIA+1, which becomes PIA+5 and carries the main identification of a line without GTIN."""
    return line is not None and line.node.tag == "LIN" and _is_tagged(draft, "PIA", "1")


def _is_tagged(draft: _Draft, tag: str, qualifier: str) -> bool:
    return _is(draft.node, (draft.qualifier,), tag, qualifier)


def _identifying(line: _Draft | None, sources: dict[str, int]) -> tuple[int, ...]:
    """The values of which one fills LIN's own identification."""
    places = line.places if line is not None else []
    return tuple(
        sources[place.entry.field]
        for place in places
        if place.entry.field is not None and place.values[0].id == "7140"
    )


def _step(
    place: Place, cells: _Cells, taken: set[int], frame: _Frame, source: int
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
