"""The numbers partners give: control references that skip, order numbers that begin anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from edi_gateway.config import load_settings
from edi_gateway.gateway import open_gateway
from edi_gateway.store.queries import story
from tests.conftest import Installation
from tests.journeys.answers import controls
from tests.journeys.test_acknowledgements import PARTNER, with_keys
from tests.orders import interchange


def take(installation: Installation, reference: str, number: str, data: bytes = b"") -> None:
    data = data or interchange(reference=reference, numbers=[number])
    installation.drop(PARTNER, f"{reference}-{number}.edi", data)
    installation.work()


def skips(installation: Installation) -> list[str]:
    """The warnings about skipped references, file by file."""
    with installation.open() as gateway:
        store = gateway.place.store
        stories = [story(store, "t", key) for key in range(1, 20)]
    events = [event for told in stories if told for event in told.parts["events"]]
    return [str(e["why"]) for e in events if e["what"] == "interchange.reference_skipped"]


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        pytest.param(["7", "8", "9"], 0, id="in sequence"),
        pytest.param(["7", "9"], 1, id="one skipped"),
        pytest.param(["7", "9", "8", "10"], 1, id="the skipped one comes late"),
        pytest.param(["9999", "1", "2"], 0, id="beginning anew"),
        pytest.param(["0007", "0008", "0010"], 1, id="with leading zeros"),
        pytest.param(["A7", "A9"], 0, id="no numbers"),
    ],
)
def test_a_skipped_control_reference_is_a_warning_where_the_partner_numbers_without_gaps(
    sample_installation: Installation, references: list[str], expected: int
) -> None:
    with_keys(sample_installation, "references_in_sequence = true")

    for reference in references:
        take(sample_installation, reference, f"N-{reference}")

    found = skips(sample_installation)
    assert len(found) == expected
    assert all("never came" in why for why in found)


def test_nobody_is_warned_where_the_partner_promises_no_sequence(
    sample_installation: Installation,
) -> None:
    take(sample_installation, "7", "N-7")

    take(sample_installation, "9", "N-9")

    assert skips(sample_installation) == []


def test_a_partner_may_use_its_references_again_earlier_than_others(
    sample_installation: Installation,
) -> None:
    with_keys(sample_installation, "reference_months = 1")
    start = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
    for number, now in (("A-1", start), ("A-2", start + timedelta(days=40))):
        data = interchange(reference="7", numbers=[number])
        sample_installation.drop(PARTNER, f"{number}.edi", data)
        settings = load_settings(sample_installation.config)
        with open_gateway(settings, now=lambda now=now: now) as gateway:
            gateway.runner.run_until_idle(0.01)

    said = controls(sample_installation.base / "outbound" / PARTNER)["7"]

    assert said == [["UCI 7"], ["UCI 7"]]


def year_later(reference: str, number: str) -> bytes:
    data = interchange(reference=reference, numbers=[number])
    return data.replace(b"DTM+137:20261116", b"DTM+137:20271116")


@pytest.mark.parametrize(
    ("keys", "changed"),
    [
        pytest.param("numbering_year = true", False, id="agreed"),
        pytest.param("", True, id="not agreed"),
    ],
)
def test_an_order_number_may_come_again_in_another_year_where_that_is_agreed(
    sample_installation: Installation, keys: str, changed: bool
) -> None:
    with_keys(sample_installation, keys)
    take(sample_installation, "1", "A-1")

    take(sample_installation, "2", "A-1", year_later("2", "A-1"))

    assert (sample_installation.messages()[-1]["code"] == "changed-order-number") == changed


def test_an_order_from_before_the_years_counted_is_still_known(
    sample_installation: Installation,
) -> None:
    take(sample_installation, "1", "A-1")
    with_keys(sample_installation, "numbering_year = true")

    take(sample_installation, "2", "A-1")

    assert sample_installation.messages()[-1]["state"] == "duplicate"
