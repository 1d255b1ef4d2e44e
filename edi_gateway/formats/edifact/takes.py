"""
What to take from a segment, compiled: by qualifier, element by element, each value to its field.

A composite is split only where a value in it is wanted, and its condition (7143 of LIN and PIA)
is looked up, not tried. Values that are none were reported when the interchange was opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from edi_gateway.formats.converters import BadValue, read_date, read_decimal
from edi_gateway.formats.edifact.slots import Slot, convert_value, fetch_value, plain_date
from edi_gateway.formats.edifact.tokens import ServiceCharacters

#: The fields read so far: the document's own first, then those of each nested part.
Row = list[dict[str, Any]]
Convert = Callable[[str, list[str], ServiceCharacters], Any]

#: Component, index of the dict in the row, field, and the conversion (None: text as it is).
_Wanted = tuple[int, int, str, Convert | None]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A composite that may be repeated, whose meaning one of its components tells."""

    positions: tuple[int, ...]
    component: int
    by_value: dict[str, tuple[_Wanted, ...]]
    otherwise: tuple[_Wanted, ...]


class Take:
    """Takes the values of segments with one qualifier."""

    def __init__(self, slots: Sequence[Slot], owners: dict[str, int]) -> None:
        plain = [slot for slot in slots if not _is_rare(slot)]
        self._rare = [(slot, *_home(slot, owners)) for slot in slots if _is_rare(slot)]
        self._plain = _by_element([s for s in plain if s.condition is None], owners)
        self._chosen = _by_condition([s for s in plain if s.condition is not None], owners)

    def into(
        self,
        row: Row,
        elements: list[Any],
        chars: ServiceCharacters,
        remembered: dict[int, str],
    ) -> None:
        """Put what is in the segment into `row`; a field that has a value keeps it."""
        count = len(elements)
        for position, wanted in self._plain:
            if position >= count:
                break
            given = elements[position]
            if given:
                parts = given.split(chars.component) if type(given) is str else given
                _put(wanted, parts, row, chars)
        for chosen in self._chosen:
            _choose(chosen, elements, row, chars)
        for slot, owner, name in self._rare:
            if all(remembered.get(node) in qualifiers for node, qualifiers in slot.within):
                text = fetch_value(slot, elements, chars)
                if text is not None:
                    _store(slot, text, row[owner], name, chars)


def _put(wanted: tuple[_Wanted, ...], parts: list[str], row: Row, chars: ServiceCharacters) -> None:
    count = len(parts)
    for component, owner, name, convert in wanted:
        if component >= count:
            continue
        value: Any = parts[component].rstrip()
        if not value or name in row[owner]:
            continue
        if convert is not None:
            value = convert(value, parts, chars)
            if value is None:
                continue
        row[owner][name] = value


def _choose(chosen: _Chosen, elements: list[Any], row: Row, chars: ServiceCharacters) -> None:
    count = len(elements)
    for position in chosen.positions:
        if position >= count:
            return
        given = elements[position]
        if given:
            parts = given.split(chars.component) if type(given) is str else given
            key = parts[chosen.component] if chosen.component < len(parts) else ""
            wanted = chosen.by_value.get(key, chosen.otherwise)
            if wanted:
                _put(wanted, parts, row, chars)


def _store(
    slot: Slot, text: str, fields: dict[str, Any], name: str, chars: ServiceCharacters
) -> None:
    try:
        value = convert_value(slot, text, chars)
    except BadValue:
        return  # the check at opening has reported it
    if slot.repeated:
        fields[name] = (*fields.get(name, ()), *value)
    elif value is not None:
        fields.setdefault(name, value)


def _is_rare(slot: Slot) -> bool:
    return bool(slot.within) or slot.repeated or len(slot.components) > 1


def _home(slot: Slot, owners: dict[str, int]) -> tuple[int, str]:
    owner, _, name = slot.key.rpartition(".")
    return owners[owner], name


def _wanted(slot: Slot, owners: dict[str, int]) -> _Wanted:
    return (slot.components[0], *_home(slot, owners), _conversion(slot))


def _by_element(
    slots: Iterable[Slot], owners: dict[str, int]
) -> list[tuple[int, tuple[_Wanted, ...]]]:
    found: dict[int, list[_Wanted]] = {}
    for slot in slots:
        found.setdefault(slot.at[0], []).append(_wanted(slot, owners))
    return [(position, tuple(wanted)) for position, wanted in sorted(found.items())]


def _by_condition(slots: Iterable[Slot], owners: dict[str, int]) -> list[_Chosen]:
    groups: dict[tuple[tuple[int, ...], int], list[Slot]] = {}
    for slot in slots:
        if slot.condition is not None:
            positions = tuple(element.values[0].element for element in slot.elements)
            groups.setdefault((positions, slot.condition.component), []).append(slot)
    return [_chosen(*key, group, owners) for key, group in groups.items()]


def _chosen(
    positions: tuple[int, ...], component: int, slots: list[Slot], owners: dict[str, int]
) -> _Chosen:
    conditions = [(slot.condition, _wanted(slot, owners)) for slot in slots]
    values = {value for condition, _ in conditions if condition for value in condition.values}

    def meant(value: str | None) -> tuple[_Wanted, ...]:
        return tuple(
            wanted
            for condition, wanted in conditions
            if condition and (value in condition.values) is not condition.negated
        )

    return _Chosen(positions, component, {value: meant(value) for value in values}, meant(None))


def _conversion(slot: Slot) -> Convert | None:
    if slot.convert is str:
        return None
    if slot.convert is read_date and slot.format is not None:
        return _dated(slot.format)
    if slot.convert is read_decimal:
        return _number
    return _general(slot)


def _dated(form: int) -> Convert:
    def convert(text: str, parts: list[str], _: ServiceCharacters) -> Any:
        return _date(text, parts[form] if form < len(parts) else "")

    return convert


@lru_cache(4096)
def _date(text: str, form: str) -> Any:
    """A message repeats few dates."""
    try:
        return read_date(plain_date(text, form))
    except BadValue:
        return None


def _number(text: str, _: list[str], chars: ServiceCharacters) -> Any:
    whole, mark, rest = text.partition(".")
    if text.isascii() and whole.isdigit() and (rest.isdigit() or not mark):
        return Decimal(text)
    try:
        return convert_value(_NUMBER, text, chars)
    except BadValue:
        return None


def _general(slot: Slot) -> Convert:
    def convert(text: str, parts: list[str], chars: ServiceCharacters) -> Any:
        if slot.format is not None:
            text = plain_date(text, parts[slot.format] if slot.format < len(parts) else "")
        try:
            return convert_value(slot, text, chars)
        except BadValue:
            return None

    return convert


#: Any number, for the rules of its decimal mark.
_NUMBER = Slot(
    key="",
    convert=read_decimal,
    elements=(),
    components=(0,),
    condition=None,
    format=None,
    numeric=True,
    repeated=False,
    at=(0, 0),
    within=(),
)
