"""Damage to files, at random from a seed: what a bad disk, a bad program or a bad person does."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

SEEDS = Path(__file__).parent / "seeds"

#: What the formats are made of.
WORDS: dict[str, tuple[bytes, ...]] = {
    "edifact": tuple(
        b"' + : ? * '' ++ :: ?? ?' UNA UNA:+.?_' UNA^*.?_~ UNB+UNOC:3+A+B+261116:0800+1' UNG+ UNE+1+G1' "
        b"UNH+1+ORDERS:D:96A:UN' UNT+3+1' UNZ+1+1' UNO+1+++9' UNP+1' UNS+S' LIN+1' QTY+21:1' . , -1 1e9 "
        b"999999999999 0 \r\n \x00 \x1a \x1c \x1d \x1f \xef\xbb\xbf \xff \xc3\xa9 \xed\xb2\x80".split(b" ")
    ),
    "xml": tuple(
        b"< > & &amp; &#0; &#x10FFFF; ]]> <![CDATA[ <!-- --> <? ?> <!DOCTYPE <!ENTITY \" ' = / xmlns= "
        b"xmlns:a=\"b\" <a> </a> UTF-16 utf-7 1.0 \x00 \xff\xfe \xef\xbb\xbf \xc3 \xed\xb2\x80 0088 NaN "
        b"1e9 -1 99999999999999999999 2026-02-30 EUR".split(b" ")
    ),
}  # fmt: skip


def seeds(kind: str) -> list[bytes]:
    """The seed files of a kind, `edifact` or `xml`."""
    return [path.read_bytes() for path in sorted((SEEDS / kind).iterdir())]


def mutants(kind: str, number: int, pool: Sequence[bytes] | None = None) -> bytes:
    """Return mutant `number` of the seeds; the same for ever."""
    chance = random.Random(f"{kind} {number}")  # noqa: S311  (a seeded experiment)
    pool = pool or seeds(kind)
    data = chance.choice(pool)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5, 9))):
        data = chance.choice(_DAMAGES)(chance, data, kind, pool)
    return data[:100_000]


_Damage = Callable[[random.Random, bytes, str, Sequence[bytes]], bytes]


def _place(chance: random.Random, data: bytes) -> int:
    return chance.randrange(len(data) + 1)


def _cut_off(chance: random.Random, data: bytes, kind: str, pool: Sequence[bytes]) -> bytes:
    return data[: _place(chance, data)]


def _lose(chance: random.Random, data: bytes, kind: str, pool: Sequence[bytes]) -> bytes:
    at = _place(chance, data)
    return data[:at] + data[at + chance.choice((1, 1, 2, 8, 64)) :]


def _repeat(chance: random.Random, data: bytes, kind: str, pool: Sequence[bytes]) -> bytes:
    at = _place(chance, data)
    part = data[at : at + chance.choice((1, 4, 40, 400))]
    return data[:at] + part * chance.choice((2, 2, 3, 100)) + data[at:]


def _insert(chance: random.Random, data: bytes, kind: str, pool: Sequence[bytes]) -> bytes:
    at = _place(chance, data)
    return data[:at] + chance.choice(WORDS[kind]) + data[at:]


def _overwrite(chance: random.Random, data: bytes, kind: str, pool: Sequence[bytes]) -> bytes:
    at, word = _place(chance, data), chance.choice(WORDS[kind])
    return data[:at] + word + data[at + len(word) :]


def _flip(chance: random.Random, data: bytes, kind: str, pool: Sequence[bytes]) -> bytes:
    at = _place(chance, data)
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def _splice(chance: random.Random, data: bytes, kind: str, pool: Sequence[bytes]) -> bytes:
    other = chance.choice(pool)
    return data[: _place(chance, data)] + other[_place(chance, other) :]


_DAMAGES: tuple[_Damage, ...] = (
    _cut_off,
    _lose,
    _repeat,
    _insert,
    _insert,
    _overwrite,
    _flip,
    _flip,
    _splice,
)
