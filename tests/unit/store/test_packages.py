"""Which version of a package is in force, at any moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from edi_gateway.store import Package, PackageKind, applying, in_force

DAY = datetime(2026, 11, 20, tzinfo=UTC)


def version(number: int, *, effective: int, imported: int) -> Package:
    """Days after the first."""
    return Package(
        id=number,
        kind=PackageKind.PARTNER,
        partner="acme",
        version=number,
        sha256="",
        index_sha256=None,
        effective_from=DAY + timedelta(days=effective),
        articles=0,
        prices=0,
        changes=None,
        imported_at=DAY + timedelta(days=imported),
        imported_by="test",
    )


FIRST = version(1, effective=0, imported=0)
YEARS_END = version(2, effective=40, imported=1)
BETWEEN = version(3, effective=10, imported=5)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(-1, None), (0, 1), (9, 1), (10, 3), (39, 3), (40, 2), (100, 2)],
)
def test_the_latest_date_that_has_come_decides(day, expected):
    found = in_force([FIRST, YEARS_END, BETWEEN], DAY + timedelta(days=day))

    assert (found.version if found else None) == expected


def test_of_one_date_the_last_import_decides():
    again = replace(BETWEEN, version=4, imported_at=DAY + timedelta(days=6))

    found = in_force([BETWEEN, again], DAY + timedelta(days=10))

    assert found == again


def test_the_past_does_not_know_what_was_imported_later():
    late = version(4, effective=10, imported=20)

    found = in_force([FIRST, late], DAY + timedelta(days=15))

    assert found == FIRST


def test_a_clock_set_back_takes_nothing_out_of_force():
    assert applying([FIRST], DAY - timedelta(hours=1)) == FIRST


def test_a_clock_set_back_brings_nothing_forward():
    assert applying([FIRST, YEARS_END], DAY - timedelta(hours=1)) == FIRST
