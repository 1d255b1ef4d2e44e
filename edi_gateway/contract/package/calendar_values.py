"""Read the values of a partner package that are about hours, days and calendars."""

from __future__ import annotations

import re
from datetime import date, time
from zoneinfo import ZoneInfo

from edi_gateway.contract.calendar import WEEKDAYS, public_holidays
from edi_gateway.contract.package.values import day, one_of, several, toml_day

_HOUR = re.compile(r"\d{2}:\d{2}")
_PERIOD = re.compile(r"(\S+)/(\S+)")
_LONGEST_CLOSING_DAYS = 366

#: A year that every calendar of public holidays has.
_ANY_YEAR = 2026

_weekday_names = several(one_of(WEEKDAYS))


def zone(text: str) -> str:
    """Read the name of a time zone."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{text!r} is no time zone; write one such as Europe/Paris") from error
    return text


def hour(value: object) -> object:
    """Read an hour and minute, as a text or a TOML time."""
    if isinstance(value, time):
        return value
    if isinstance(value, str) and _HOUR.fullmatch(value.strip()):
        try:
            return time.fromisoformat(value.strip())
        except ValueError as error:
            raise ValueError(f"{value!r} is on no clock; write it as in 14:00") from error
    raise ValueError(f'{value!s} is no hour; write it as in "14:00"')


def weekdays(value: object) -> object:
    """Read a list of weekdays."""
    names = _weekday_names(value)
    return frozenset(WEEKDAYS.index(str(name)) for name in names)  # type: ignore[attr-defined]


def days(value: object) -> object:
    """Read a list of dates."""
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is no list; write [2026-12-24, 2026-12-31]")
    return frozenset(toml_day(item) for item in value)


def period(text: str) -> tuple[date, date]:
    """Read a period of days, both included."""
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no period; write first and last day: 2026-08-03/2026-08-14")
    first, last = day(found[1]), day(found[2])
    if last < first:
        raise ValueError(f"{text!r} ends before it begins; write the first day first")
    if (last - first).days >= _LONGEST_CLOSING_DAYS:
        raise ValueError(f"{text!r} is longer than a year; write a shorter one")
    return first, last


def holiday_calendar(text: str) -> str:
    """Read the name of a calendar of public holidays."""
    try:
        public_holidays(text, _ANY_YEAR)
    except ValueError as error:
        raise ValueError(
            f"{error}; write a country of ISO 3166 such as FR, or a part of one such as DE-BY"
        ) from error
    return text
