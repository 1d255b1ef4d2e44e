"""
Read the single values of a partner package, or say what is wrong with one and what to write.

Each reader raises `ValueError` with that sentence; the place is added by whoever read the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date
from decimal import Decimal
from functools import lru_cache

from apscheduler.triggers.cron import CronTrigger

from edi_gateway.documents import gs1_check_digit

#: Turns the text of a value into the value.
Reader = Callable[[str], object]

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,9})?")
COMMA_NUMBER = re.compile(r"-?\d+,\d+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@lru_cache(maxsize=4096)
def number(text: str) -> Decimal:
    """Read a decimal number with a point, at most 15 digits before and 9 after it."""
    if COMMA_NUMBER.fullmatch(text):
        raise ValueError(f"decimal comma in {text!r}; write {text.replace(',', '.')}")
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is no number; write digits and a decimal point, as in 34.90")
    return Decimal(text)


def positive(text: str) -> Decimal:
    """Read a number above zero."""
    value = number(text)
    if value <= 0:
        raise ValueError(f"{text!r} is not above 0; write a number above 0")
    return value


def not_negative(text: str) -> Decimal:
    """Read a number that is zero or more."""
    value = number(text)
    if value < 0:
        raise ValueError(f"{text!r} is below 0; write 0 or more")
    return value


def percentage(text: str) -> Decimal:
    """Read a rate between 0 and 100."""
    value = number(text)
    if not 0 <= value <= 100:
        raise ValueError(f"{text!r} is no rate in per cent; write a number from 0 to 100")
    return value


def working_days(text: str) -> int:
    """Read a number of working days."""
    if not (text.isascii() and text.isdigit() and int(text) <= 365):
        raise ValueError(f"{text!r} is no number of working days; write a whole one from 0 to 365")
    return int(text)


@lru_cache(maxsize=4096)
def day(text: str) -> date:
    """Read a date written YYYY-MM-DD."""
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"{text!r} is not in the calendar; write a day that is") from error
    raise ValueError(f"{text!r} is no date; write it as YYYY-MM-DD, as in 2026-12-31")


def any_text(text: str) -> str:
    """Read any text."""
    return text


def codes(text: str) -> tuple[str, ...]:
    """
    Read several codes, between spaces or bars.

    >>> codes("COLLE-50 | COLLE-60")
    ('COLLE-50', 'COLLE-60')
    """
    return tuple(text.replace("|", " ").split())


def matching(pattern: str, remedy: str) -> Reader:
    """Return a reader of texts that match `pattern` as a whole; `remedy` says what to write."""
    compiled = re.compile(pattern)

    def read(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"{text!r} is not allowed here; {remedy}")
        return text

    return read


def cron(text: str) -> str:
    """Read five fields of cron."""
    try:
        CronTrigger.from_crontab(text, timezone=UTC)
    except ValueError as error:
        raise ValueError(
            f"{text!r} is no schedule ({error}); write five fields of cron, as in 0 6 * * mon"
        ) from error
    return text


def one_of(allowed: Sequence[str]) -> Reader:
    """Return a reader of texts out of a closed set; the fault lists the set."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"{text!r} is not known; write one of: {', '.join(allowed)}")
        return text

    return read


def gs1_number(*lengths: int) -> Reader:
    """Return a reader of GS1 numbers (GLN, GTIN) of the given lengths, check digit included."""
    wanted = " or ".join(map(str, lengths))

    def read(text: str) -> str:
        if not (text.isascii() and text.isdigit() and len(text) in lengths):
            raise ValueError(f"{text!r} has not {wanted} digits; write all of them and no others")
        right = gs1_check_digit(text[:-1])
        if text[-1] != right:
            raise ValueError(
                f"the check digit of {text!r} is wrong, {right} would be right; "
                "compare the number with its source"
            )
        return text

    return read


def written(read: Reader) -> Callable[[object], object]:
    """Return a reader of TOML strings."""

    def read_string(value: object) -> object:
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is no text; write it in quotes")
        if not value.strip():
            raise ValueError("is blank; write a value, or leave the key out if it is optional")
        return read(value.strip())

    return read_string


def figure(read: Reader) -> Callable[[object], object]:
    """Return a reader of figures, in quotes or bare."""

    def read_figure(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise ValueError(f'{value!r} is no number; write it as in "2.0"')
        return read(str(value).strip())

    return read_figure


def whole(low: int, high: int) -> Callable[[object], object]:
    """Return a reader of whole numbers in a range."""

    def read_whole(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{value!r} is not a whole number from {low} to {high}; write one")
        return value

    return read_whole


def toml_day(value: object) -> object:
    """Read a TOML date, or a text that holds one."""
    if type(value) is date:
        return value
    if isinstance(value, str):
        return day(value.strip())
    raise ValueError(f"{value!s} is no date; write it as 2026-12-31, without a time")


def yes_or_no(value: object) -> object:
    """Read a boolean."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false; write one of them")
    return value


def several(read: Reader) -> Callable[[object], object]:
    """Return a reader of lists of texts."""
    one = written(read)

    def read_several(value: object) -> object:
        if not isinstance(value, list):
            raise ValueError(f'{value!r} is no list; write ["…", "…"]')
        return tuple(one(item) for item in value)

    return read_several
