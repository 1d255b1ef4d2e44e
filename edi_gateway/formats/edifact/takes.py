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
from edi_gateway.formats.edifact.slots import Slot, convert_value, plain_date
from edi_gateway.formats.edifact.tokens import ServiceCharacters, cell

#: What one segment says: fields and their values; that of a nested part is a dict of its fields.
Said = tuple[tuple[str, Any], ...]

#: Element (1 follows the tag) and component (from 0).
At = tuple[int, int]
#: Text and format (2379) to value; None when it is none.
Convert = Callable[[str, str], Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """One value that is wanted, where its composite may hold it."""

    slot: Slot
    owner: str
    name: str
    #: Where the texts are it is made of, and its format.
    sources: tuple[At, ...]
    form: At | None
    #: Where the text is that decides whether it is meant.
    guard: At | None

    def deciding(self) -> Iterator[At]:
        """Where the texts are that decide how others are understood."""
        yield from (at for at in (self.form, self.guard) if at is not None)


class Take:
    """Takes the values of segments with one qualifier."""

    def __init__(self, slots: Sequence[Slot], chars: ServiceCharacters) -> None:
        self._chars = chars
        self._places = sorted({at for slot in slots for at in _places(slot)})
        self._match = _pattern(self._places, chars).match
        self.wishes = [wish for slot in slots for wish in _wishes(slot)]
        self._rare = [wish for wish in self.wishes if is_rare(wish)]
        self._rivals = any("#" in wish.name for wish in self._rare)
        usual = [wish for wish in self.wishes if not is_rare(wish)]
        self._say = _sayer(usual, self._places.index, chars)

    def of(self, raw: str, remembered: dict[int, str]) -> Said:
        """What a segment says in which no character is released and no element repeated."""
        found = self._match(raw, 3)
        return self._said(found.groups("") if found is not None else (), remembered)

    def of_elements(self, elements: list[Any], remembered: dict[int, str]) -> Said:
        """The same of a segment that was split."""
        chars = self._chars
        texts = tuple(cell(elements, element, part, chars) for element, part in self._places)
        return self._said(texts, remembered)

    def _said(self, texts: tuple[str | Any, ...], remembered: dict[int, str]) -> Said:
        """Field by field; where a field is named twice the first counts."""
        said: dict[str, Any] = {}
        self._say(texts, said)
        for wish in self._rare:
            if self._is_meant(wish, texts, remembered):
                self._take_rare(wish, texts, said)
        return tuple(said.items()) if not self._rivals else _without_rivals(said)

    def _is_meant(self, wish: Wish, texts: Sequence[str], remembered: dict[int, str]) -> bool:
        condition = wish.slot.condition
        if condition is not None and wish.guard is not None:
            given = texts[self._places.index(wish.guard)]
            if (given in condition.values) is condition.negated:
                return False
        return all(remembered.get(node) in names for node, names in wish.slot.within)

    def _take_rare(self, wish: Wish, texts: Sequence[str], said: dict[str, Any]) -> None:
        given = [texts[self._places.index(at)] for at in wish.sources]
        text = " ".join(filter(None, given)).rstrip()
        if not text:
            return
        if wish.form is not None:
            text = plain_date(text, texts[self._places.index(wish.form)])
        try:
            value = convert_value(wish.slot, text, self._chars)
        except BadValue:
            return  # the check at opening has reported it
        fields = said.setdefault(wish.owner, {}) if wish.owner else said
        if value is not None:
            fields.setdefault(wish.name, value)


def _wishes(slot: Slot) -> Iterator[Wish]:
    owner, _, name = slot.key.rpartition(".")
    for element in slot.elements:
        at = element.values[0].element
        guard = slot.condition.component if slot.condition is not None else None
        yield Wish(
            slot,
            owner,
            name,
            tuple((at, part) for part in slot.components),
            None if slot.format is None else (at, slot.format),
            None if guard is None else (at, guard),
        )


def _without_rivals(said: dict[str, Any]) -> Said:
    """Further places of a field are of no use where the same segment has its first."""
    return tuple(
        (name, value)
        for name, value in said.items()
        if type(value) is tuple or "#" not in name or name.partition("#")[0] not in said
    )


def _sayer(
    wishes: list[Wish], index: Callable[[At], int], chars: ServiceCharacters
) -> Callable[[tuple[str, ...], dict[str, Any]], None]:
    """Return the function that puts the wanted values of a segment into a dict, made for it."""
    scope: dict[str, Any] = {"Decimal": Decimal, "plain": _PLAIN_NUMBER}
    lines = ["def say(texts, said):", "    pass"]
    for owner in dict.fromkeys(wish.owner for wish in wishes):
        mine = [wish for wish in wishes if wish.owner == owner]
        fields = "fields" if owner else "said"
        if owner:
            lines.append("    fields = {}")
        for wish in mine:
            lines += ["    " + line for line in _say_one(wish, index, fields, chars, scope)]
        if owner:
            lines += ["    if fields:", f"        said[{owner!r}] = fields"]
    exec("\n".join(lines), scope)  # noqa: S102  (made of indices, field names and codes of ours)
    say: Callable[[tuple[str, ...], dict[str, Any]], None] = scope["say"]
    return say


def _say_one(
    wish: Wish,
    index: Callable[[At], int],
    fields: str,
    chars: ServiceCharacters,
    scope: dict[str, Any],
) -> Iterator[str]:
    """The lines that take one value."""
    sources = [index(at) for at in wish.sources]
    condition = wish.slot.condition
    test = f"text and {wish.name!r} not in {fields}"
    first, rival, _ = wish.name.partition("#")
    if rival:
        # Of no use where the same segment has the field's first place.
        test += f" and {first!r} not in {fields}"
    if condition is not None and wish.guard is not None:
        test += f" and texts[{index(wish.guard)}] {'not in' if condition.negated else 'in'} "
        test += repr(condition.values)
    texts = ", ".join(f"texts[{at}]" for at in sources)
    yield (f"text = {texts}" if len(sources) == 1 else f"text = ' '.join(filter(None, ({texts})))")
    yield f"if {test}:"
    convert = conversion(wish.slot, chars)
    if convert is None:
        yield "    value = text.rstrip()"
        yield "    if value:"
    else:
        name = f"convert{len(scope)}"
        scope[name] = convert
        form = sources[0] if wish.form is None else index(wish.form)
        quick = "Decimal(text) if plain(text) else " if wish.slot.convert is read_decimal else ""
        yield f"    value = {quick}{name}(text, texts[{form}])"
        yield "    if value is not None:"
    yield f"        {fields}[{wish.name!r}] = value"


def is_rare(wish: Wish) -> bool:
    """Whether more decides than the text of its segment, or several make one value."""
    return bool(wish.slot.within) or wish.slot.repeated


def _places(slot: Slot) -> Iterator[At]:
    for element in slot.elements:
        at = element.values[0].element
        for component in slot.components:
            yield at, component
        if slot.format is not None:
            yield at, slot.format
        if slot.condition is not None:
            yield at, slot.condition.component


def _pattern(places: Sequence[At], chars: ServiceCharacters) -> re.Pattern[str]:
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


def conversion(slot: Slot, chars: ServiceCharacters) -> Convert | None:
    """Return what makes the value of its text; None where it is the text."""
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
        try:
            return convert_value(slot, text.rstrip(), chars)
        except BadValue:
            return None

    return convert


_PLAIN_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?\Z").match
