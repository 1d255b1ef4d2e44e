"""
What to take from a segment, compiled: which values it wants, and the field each goes to.

One pattern gets all wanted values of a segment at once; where characters are released or elements
repeated, the segment is split instead. Values that are none were reported when the interchange
was opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from edi_gateway.formats.converters import BadValue, read_date, read_decimal
from edi_gateway.formats.edifact.places import Condition
from edi_gateway.formats.edifact.slots import Slot, convert_value, plain_date
from edi_gateway.formats.edifact.tokens import ServiceCharacters, cell

#: What one segment says: fields and their values; that of a nested part is a dict of its fields.
Said = tuple[tuple[str, Any], ...]

#: Element (1 follows the tag) and component (from 0).
_At = tuple[int, int]
#: Text and format (2379) to value; None when it is none.
Convert = Callable[[str, str], Any]


@dataclass(frozen=True, slots=True)
class _Wish:
    """One value that is wanted, where its composite may hold it."""

    slot: Slot
    owner: str
    name: str
    #: Indices of the texts it is made of, and of its format.
    sources: tuple[int, ...]
    form: int | None
    #: Index of the text that decides whether it is meant.
    guard: int | None


#: A wish taken apart, for reading attributes would take as long as the work: source, format (or
#: the source again), field, conversion (None: text as it is).
_Quick = tuple[int, int, str, Convert | None]
#: What a composite says by the text at the first index: wishes by value, and those of all others.
_Chosen = tuple[int, dict[str, list[_Quick]], list[_Quick]]


class Take:
    """Takes the values of segments with one qualifier."""

    def __init__(self, slots: Sequence[Slot], chars: ServiceCharacters) -> None:
        self._chars = chars
        self._places = sorted({at for slot in slots for at in _places(slot)})
        self._match = _pattern(self._places, chars).match
        wishes = [wish for slot in slots for wish in self._wishes(slot)]
        self._rare = [wish for wish in wishes if _is_rare(wish)]
        quick = [wish for wish in wishes if not _is_rare(wish)]
        self._owners = [
            (owner, *self._compile([wish for wish in quick if wish.owner == owner]))
            for owner in dict.fromkeys(wish.owner for wish in quick)
        ]

    def of(self, raw: str, remembered: dict[int, str]) -> Said:
        """What a segment says in which no character is released and no element repeated."""
        found = self._match(raw, 3)
        return self._said(found.groups("") if found is not None else (), remembered)

    def of_elements(self, elements: list[Any], remembered: dict[int, str]) -> Said:
        """The same of a segment that was split."""
        chars = self._chars
        texts = [cell(elements, element, part, chars) for element, part in self._places]
        return self._said(texts, remembered)

    def _said(self, texts: Sequence[str], remembered: dict[int, str]) -> Said:
        """Field by field; where a field is named twice the first counts."""
        said: dict[str, Any] = {}
        for owner, plain, chosen in self._owners:
            fields: dict[str, Any] = {} if owner else said
            if plain:
                _take(plain, texts, fields)
            for guard, by_value, otherwise in chosen:
                wanted = by_value.get(texts[guard], otherwise)
                if wanted:
                    _take(wanted, texts, fields)
            if owner and fields:
                said[owner] = fields
        for wish in self._rare:
            if self._is_meant(wish, texts, remembered):
                self._take_rare(wish, texts, said)
        return tuple(said.items())

    def _is_meant(self, wish: _Wish, texts: Sequence[str], remembered: dict[int, str]) -> bool:
        condition = wish.slot.condition
        if condition is not None and wish.guard is not None:
            given = texts[wish.guard]
            if (given in condition.values) is condition.negated:
                return False
        return all(remembered.get(node) in names for node, names in wish.slot.within)

    def _take_rare(self, wish: _Wish, texts: Sequence[str], said: dict[str, Any]) -> None:
        text = " ".join(texts[source] for source in wish.sources if texts[source]).rstrip()
        if not text:
            return
        if wish.form is not None:
            text = plain_date(text, texts[wish.form])
        try:
            value = convert_value(wish.slot, text, self._chars)
        except BadValue:
            return  # the check at opening has reported it
        fields = said.setdefault(wish.owner, {}) if wish.owner else said
        if value is not None:
            fields.setdefault(wish.name, value)

    def _wishes(self, slot: Slot) -> Iterator[_Wish]:
        owner, _, name = slot.key.rpartition(".")
        index = self._places.index
        for element in slot.elements:
            at = element.values[0].element
            guard = slot.condition.component if slot.condition is not None else None
            yield _Wish(
                slot,
                owner,
                name,
                tuple(index((at, part)) for part in slot.components),
                None if slot.format is None else index((at, slot.format)),
                None if guard is None else index((at, guard)),
            )

    def _compile(self, wishes: list[_Wish]) -> tuple[list[_Quick], list[_Chosen]]:
        """The wishes of one nested part: those always meant, and those a composite decides on."""
        plain = [self._quick(wish) for wish in wishes if wish.guard is None]
        chosen = []
        for guard in dict.fromkeys(wish.guard for wish in wishes if wish.guard is not None):
            mine = [(wish, wish.slot.condition) for wish in wishes if wish.guard == guard]
            values = {value for _, condition in mine if condition for value in condition.values}

            def meant(
                value: str | None, mine: list[tuple[_Wish, Condition | None]] = mine
            ) -> list[_Quick]:
                return [
                    self._quick(wish)
                    for wish, condition in mine
                    if condition and (value in condition.values) is not condition.negated
                ]

            chosen.append((guard, {value: meant(value) for value in values}, meant(None)))
        return plain, chosen

    def _quick(self, wish: _Wish) -> _Quick:
        source = wish.sources[0]
        form = source if wish.form is None else wish.form
        return source, form, wish.name, _conversion(wish.slot, self._chars)


def _take(wanted: list[_Quick], texts: Sequence[str], fields: dict[str, Any]) -> None:
    for source, form, name, convert in wanted:
        text = texts[source]
        if text:
            value = text.rstrip() if convert is None else convert(text, texts[form])
            if value is not None and value != "" and name not in fields:
                fields[name] = value


def _is_rare(wish: _Wish) -> bool:
    return bool(wish.slot.within) or wish.slot.repeated or len(wish.sources) > 1


def _places(slot: Slot) -> Iterator[_At]:
    for element in slot.elements:
        at = element.values[0].element
        for component in slot.components:
            yield at, component
        if slot.format is not None:
            yield at, slot.format
        if slot.condition is not None:
            yield at, slot.condition.component


def _pattern(places: Sequence[_At], chars: ServiceCharacters) -> re.Pattern[str]:
    """A pattern with one group for each place, in order; it matches every segment."""
    element, component = re.escape(chars.element), re.escape(chars.component)
    sign = f"[^{element}{component}]*"
    pattern = ""
    for at in range(max((at for at, _ in places), default=0), 0, -1):
        wanted = {part for element_, part in places if element_ == at}
        own = ""
        for part in range(max(wanted, default=0), -1, -1):
            value = f"({sign})" if part in wanted else sign
            own = f"(?:{component}{value}{own})?" if part else value + own
        pattern = f"(?:{element}{own}[^{element}]*{pattern})?"
    return re.compile(pattern)


def _conversion(slot: Slot, chars: ServiceCharacters) -> Convert | None:
    if slot.convert is str:
        return None
    if slot.convert is read_date and slot.format is not None:
        return _date
    if slot.convert is read_decimal:
        return _number(slot, chars)

    def convert(text: str, _: str) -> Any:
        try:
            return convert_value(slot, text.rstrip(), chars)
        except BadValue:
            return None

    return convert


@lru_cache(4096)
def _date(text: str, form: str) -> Any:
    """A message repeats few dates."""
    try:
        return read_date(plain_date(text.rstrip(), form))
    except BadValue:
        return None


def _number(slot: Slot, chars: ServiceCharacters) -> Convert:
    def convert(text: str, _: str) -> Any:
        if _PLAIN_NUMBER(text):
            return Decimal(text)
        try:
            return convert_value(slot, text.rstrip(), chars)
        except BadValue:
            return None

    return convert


_PLAIN_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?\Z").match
