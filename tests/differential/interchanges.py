"""Well-formed interchanges of syntax version 1 to 3, made at random from a seed, and fast."""

from __future__ import annotations

import random
from dataclasses import dataclass

from edi_gateway.formats.edifact.tokens import DEFAULT, ServiceCharacters

#: Every form of UNA that is legal: absent, explicit, other characters, no release, IS1 to IS4.
FORMS: tuple[tuple[str, ServiceCharacters], ...] = (
    ("", DEFAULT),
    ("UNA:+.? '", DEFAULT),
    ("UNA:+,? '", ServiceCharacters(decimal=",")),
    ("UNA^*.? ~", ServiceCharacters("^", "*", ".", "?", "", "~")),
    ("UNA|;,! #", ServiceCharacters("|", ";", ",", "!", "", "#")),
    ("UNA:+.\\ '", ServiceCharacters(release="\\")),
    ("UNA:+.? \n", ServiceCharacters(terminator="\n")),
    ("UNA:+.  '", ServiceCharacters(release="")),
    ("UNA\x1f\x1d.  \x1c", ServiceCharacters("\x1f", "\x1d", ".", "", "", "\x1c")),
)

#: No U: stock pydifact looks for `'UNA` anywhere in the file, in data too.
_LETTERS = "ABCDEFGHIJKLMNOPQRSTVWXYZ"
_PLAIN = _LETTERS + "abcxyz0123456789 .,-()/=!\"%&*;<>:+'?^|~#\\éÀß°\xa0\xff"
_BREAKS = ("", "", "\n", "\r\n", "\r", " ", "\r\n\r\n")
_SERVICE = frozenset({"UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ", "UNO", "UNP"})


@dataclass(frozen=True, slots=True)
class Case:
    """One interchange, and what was put into it."""

    una: str
    chars: ServiceCharacters
    text: str
    #: Number of segments of each message, UNH and UNT included.
    messages: list[int]

    @property
    def data(self) -> bytes:
        return self.text.encode("latin-1")


def make(seed: int) -> Case:
    """Return the case of `seed`; the same for ever."""
    chance = random.Random(seed)  # noqa: S311  (a seeded experiment)
    return _Maker(chance).interchange()


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._una, self._chars = chance.choice(FORMS)
        chars = self._chars
        marks = chars.component + chars.element + chars.terminator + chars.release
        # Without a release character, stock pydifact takes the blank for one.
        barred = frozenset(marks if chars.release else marks + " ")
        self._plain = [sign for sign in _PLAIN if sign not in barred]
        self._signs = list(self._plain)
        if chars.release:
            released = [chars.release + mark for mark in marks if mark != "\n"]
            self._signs += released * 2 + [chars.release + "A"]
        breaks = _BREAKS if chars.terminator != "\n" else ("",)
        if not chars.release:
            breaks = tuple(found for found in breaks if " " not in found)
        self._break = chance.choice(breaks)
        self._data_break = chars.terminator != "\n" and chance.random() < 0.1

    def interchange(self) -> Case:
        chance, reference = self._chance, f"R{self._chance.randrange(10**6)}"
        messages = [self._message(number) for number in range(1, chance.randrange(1, 4))] or [
            self._message(1)
        ]
        segments = [
            self._segment(
                "UNB", f"UNO{chance.choice('ABC')}:{chance.choice('123')}", "S:14", "R:14",
                "261116:0800", reference,
            ),
            *(segment for message in messages for segment in message),
            self._segment("UNZ", str(len(messages)), reference),
        ]  # fmt: skip
        end = self._chars.terminator + self._break
        # Behind UNA, stock pydifact skips line breaks but no blanks.
        begin = self._una + self._break.strip(" ") if self._una else ""
        text = begin + end.join(segments) + end
        return Case(self._una, self._chars, text, [len(message) for message in messages])

    def _message(self, number: int) -> list[str]:
        body = [self._anything() for _ in range(self._chance.randrange(1, 9))]
        return [
            self._segment("UNH", str(number), "ZZTEST:D:96A:UN"),
            *body,
            self._segment("UNT", str(len(body) + 2), str(number)),
        ]

    def _segment(self, tag: str, *elements: str) -> str:
        """A segment of ours, written with `:` between components."""
        marks = self._chars
        return marks.element.join((tag, *(e.replace(":", marks.component) for e in elements)))

    def _anything(self) -> str:
        chance = self._chance
        tag = ""
        while not tag or tag in _SERVICE:
            tag = "".join(chance.choices(_LETTERS, k=3))
        elements = [
            self._chars.component.join(
                self._text() for _ in range(chance.choice((1, 1, 1, 2, 3, 5)))
            )
            for _ in range(chance.choice((1, 2, 3, 4, 9)))
        ]
        return self._chars.element.join((tag, *elements))

    def _text(self) -> str:
        chance = self._chance
        length = chance.choice((0, 0, 1, 2, 5, 12, 35))
        text = "".join(chance.choices(self._signs, k=length))
        if self._data_break and length > 4:
            text = chance.choice(self._plain) + "\r\n" + text
        return text
