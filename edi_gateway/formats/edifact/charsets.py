"""Character repertoires: the codec each syntax identifier stands for, and writing within it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

#: Python's codec of each syntax identifier (0001).
CODECS = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "latin-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOL": "iso8859-15",
    "UNOW": "utf-8",
    "UNOX": "iso2022_jp",
    "UNOY": "utf-8",
}

_LEVEL_A = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-()/=!\"%&*;<>'+:?")
_LEVEL_B = _LEVEL_A | frozenset("abcdefghijklmnopqrstuvwxyz")

#: Characters without a decomposition that helps.
_SPELT = {
    "€": "EUR", "Œ": "OE", "œ": "oe", "Æ": "AE", "æ": "ae", "ß": "ss", "Ø": "O", "ø": "o",
    "’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "…": "...",
    "°": "o", "•": "-", "@": "(AT)", "_": "-", "#": "No", "Đ": "D", "đ": "d", "Ł": "L", "ł": "l",
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "[": "(", "]": ")", "{": "(", "}": ")",
    "`": "'", "´": "'", "|": "/", "\\": "/", "~": "-", "^": "",
}  # fmt: skip


def decode(data: bytes, codec: str) -> str:
    """Decode as declared; else as UTF-8; else as Latin-1, which always succeeds."""
    for candidate in (codec, "utf-8"):
        try:
            return data.decode(candidate)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def transliterate(text: str, syntax: str) -> str:
    """Return `text` in the repertoire of `syntax`: é becomes e for UNOB, E for UNOA."""
    text = "".join(" " if ord(sign) < 32 else sign for sign in text)
    if syntax == "UNOA":
        text = text.upper()
    if _fits(text, syntax):
        return text
    out = "".join(sign if _fits(sign, syntax) else _spell(sign, syntax) for sign in text)
    return out.upper() if syntax == "UNOA" else out


@cache
def find_foul(syntax: str) -> Callable[[str], object]:
    """
    Return a quick search for characters that need a closer look before they are written.

    It finds those outside the repertoire, control characters, and service characters; for most
    repertoires beyond ASCII it finds every other letter too.
    """
    plain = {"UNOA": _LEVEL_A, "UNOB": _LEVEL_B}.get(syntax, frozenset(map(chr, range(32, 128))))
    marks = "".join(sorted(plain - frozenset("+:?'")))
    beyond = {"latin-1": "\x80-\xff", "utf-8": "\x80-\ud7ff\ue000-\U0010ffff"}
    more = "" if syntax in {"UNOA", "UNOB"} else beyond.get(CODECS.get(syntax, "latin-1"), "")
    return re.compile(f"[^{re.escape(marks)}{more}]").search


def _fits(text: str, syntax: str) -> bool:
    if syntax in {"UNOA", "UNOB"}:
        return (_LEVEL_A if syntax == "UNOA" else _LEVEL_B).issuperset(text)
    try:
        text.encode(CODECS.get(syntax, "latin-1"))
    except UnicodeEncodeError:
        return False
    return True


def _spell(sign: str, syntax: str) -> str:
    bare = "".join(
        part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part)
    )
    for candidate in (_SPELT.get(sign, sign), bare):
        if candidate != sign and _fits(
            candidate.upper() if syntax == "UNOA" else candidate, syntax
        ):
            return candidate
    return " "
