"""The cells of one segment to be written: which it has, what is between them, and what goes where."""

from __future__ import annotations

from collections.abc import Iterator

from edi_gateway.formats.edifact.cells import Choice
from edi_gateway.formats.edifact.charsets import transliterate
from edi_gateway.formats.edifact.directory import Element, Table, Value
from edi_gateway.formats.edifact.drafts import Draft
from edi_gateway.formats.edifact.places import Condition, Place
from edi_gateway.formats.edifact.tokens import escape

#: Data elements that stand twice in a composite for a range from the one to the other.
_RANGES = {"7402"}

#: Element and component.
At = tuple[int, int]


class Cells:
    """Lays the cells of one segment."""

    def __init__(self, draft: Draft, table: Table, syntax: str) -> None:
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
