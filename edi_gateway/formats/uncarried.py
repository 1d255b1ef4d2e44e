"""What a message says and its document does not hold: found by walking the message once more."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncarried:
    """A value, or a whole segment (`element` is None), that the document does not hold."""

    #: Position of the segment in its message (UNH is 1), or the line of an XML file.
    segment: int
    #: Tag of the segment, or path of the XML element or attribute.
    tag: str
    #: Counted with the tag as 1, components from 1.
    element: int | None = None
    component: int | None = None
    #: Only where the element is repeated (syntax version 4).
    repetition: int | None = None
    value: str
    #: Why, in words.
    text: str


@dataclass(slots=True)
class Offers:
    """
    The values that the entries of a mapping read for one row (the header, or a line), by field.

    A field holds one value: the first of the entry that stands first in the mapping. Where the field
    is a list, all are kept.
    """

    _by_field: dict[str, list[tuple[int, str, Callable[[str | None], None]]]] = field(
        default_factory=dict
    )

    def add(self, name: str, rank: int, text: str, tell: Callable[[str | None], None]) -> None:
        """Offer a value; `tell` hears None when the document holds it, else what it holds."""
        self._by_field.setdefault(name, []).append((rank, text, tell))

    def settle(self, lists: Collection[str] = ()) -> None:
        """Decide which values the document holds; fields that are `lists` hold all."""
        for name, offers in self._by_field.items():
            _, kept, _ = min(offers, key=lambda offer: offer[0])
            for _, text, tell in offers:
                tell(
                    None
                    if name in lists or same_value(text, kept)
                    else f"{name} is {kept!r} already"
                )
        self._by_field.clear()


def same_value(one: str, other: str | None) -> bool:
    """
    Whether two texts say the same: equal, or the same number.

    >>> same_value("8.90", "8.9"), same_value("08", "8"), same_value("a", None)
    (True, False, False)
    """
    if other is None or one == other:
        return other is not None
    if not (_FIGURE.match(one) and _FIGURE.match(other)):
        return False
    return Decimal(one) == Decimal(other)


#: A number as such: an article 08 is not the article 8.
_FIGURE = re.compile(r"-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?\Z")
