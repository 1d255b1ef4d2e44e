"""Working days: without weekends, public holidays and closing periods; and the days of delivery."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

#: As `date.weekday` counts them.
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_SATURDAY = 5

#: How far a day is searched: no lead time, holiday or closing period is longer.
_HORIZON_DAYS = 1000


@lru_cache(maxsize=256)
def public_holidays(calendar: str, year: int) -> frozenset[date]:
    """
    The public holidays of a country, or of a part of it written `DE-BY`, in one year.

    `ValueError` where there is no such calendar. Read from the package `holidays`, which is only
    loaded where a contract names a calendar.
    """
    import holidays

    country, _, part = calendar.partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=part or None, years=year)
    except NotImplementedError as error:
        raise ValueError(f"{calendar!r} is no calendar of public holidays") from error
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """On which days is worked, and on which delivered."""

    #: As `date.weekday` counts; none: delivered on every working day.
    delivery_days: frozenset[int] = frozenset()
    holidays: frozenset[date] = frozenset()
    #: The name of a calendar of public holidays.
    holiday_calendar: str | None = None
    #: First and last day of each, both included.
    closing_periods: tuple[tuple[date, date], ...] = ()

    def is_closed(self, day: date) -> bool:
        """Whether it is a holiday, or lies in a closing period."""
        return (
            day in self.holidays
            or any(first <= day <= last for first, last in self.closing_periods)
            or (
                self.holiday_calendar is not None
                and day in public_holidays(self.holiday_calendar, day.year)
            )
        )

    def is_working(self, day: date) -> bool:
        """Whether it is a day from Monday to Friday, and nothing is closed."""
        return day.weekday() < _SATURDAY and not self.is_closed(day)

    def delivers(self, day: date) -> bool:
        """Whether goods may arrive on this day."""
        if not self.delivery_days:
            return self.is_working(day)
        return day.weekday() in self.delivery_days and not self.is_closed(day)

    def working_day(self, day: date, *, later: int = 0) -> date | None:
        """The first working day from `day` on, and so many working days after it."""
        left = later
        for other in _days_from(day):
            if self.is_working(other):
                if not left:
                    return other
                left -= 1
        return None

    def delivery_day(self, day: date) -> date | None:
        """The first day of delivery from `day` on; None where there is none in sight."""
        return next(filter(self.delivers, _days_from(day)), None)


def _days_from(day: date) -> Iterator[date]:
    first = day.toordinal()
    last = min(first + _HORIZON_DAYS, date.max.toordinal())
    return map(date.fromordinal, range(first, last + 1))
