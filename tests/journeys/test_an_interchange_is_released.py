"""An interchange nobody could be asked about waits; once released it is decided and answered."""

from __future__ import annotations

import shutil

import pytest
from typer.testing import CliRunner

from edi_gateway.cli import app
from tests.conftest import SAMPLES, Installation
from tests.journeys.answers import controls
from tests.orders import interchange

PARTNER = "maisonvert"
SENDER, OTHER_SENDER = "3019999000011", "3019999000066"


@pytest.fixture
def waiting(sample_installation: Installation) -> Installation:
    """An interchange came under an identifier the partner's package does not name."""
    give(sample_installation, "first.edi", "A-1")
    return sample_installation


def give(installation: Installation, name: str, number: str) -> None:
    data = interchange(reference="1", numbers=[number])
    data = data.replace(f"UNOC:3+{SENDER}".encode(), f"UNOC:3+{OTHER_SENDER}".encode())
    installation.drop(PARTNER, name, data)
    installation.work()


def correct_the_package(installation: Installation) -> None:
    folder = installation.base / "package"
    shutil.copytree(SAMPLES / "partners" / PARTNER, folder)
    file = folder / "partner.toml"
    text = file.read_text(encoding="utf-8")
    key = "interchange_id = "
    file.write_text(text.replace(f'{key}"{SENDER}"', f'{key}"{OTHER_SENDER}"'), encoding="utf-8")
    installation.import_partner(folder)


def release(installation: Installation, item: str) -> None:
    words = ["release", item, "--reason", "identifier added", "--config", str(installation.config)]
    assert CliRunner().invoke(app, words).exit_code == 0
    installation.work()


def states(installation: Installation) -> list[tuple[str, str | None]]:
    return [(message["state"], message["code"]) for message in installation.messages()]


def test_it_is_answered_once_its_sender_is_known(waiting: Installation) -> None:
    correct_the_package(waiting)

    release(waiting, "m1")

    assert states(waiting) == [("answered", None)]
    assert controls(waiting.base / "outbound" / PARTNER) == {"1": [["UCI 7"]]}
    assert len(waiting.out(PARTNER, "ORDRSP*")) == 1


def test_released_too_early_it_waits_on(waiting: Installation) -> None:
    release(waiting, "m1")

    assert states(waiting) == [("held", "unknown-sender")]
    assert waiting.out(PARTNER) == []


@pytest.mark.parametrize(("earlier", "later"), [("m1", "m2"), ("m2", "m1")])
def test_of_two_that_are_the_same_one_is_answered(
    waiting: Installation, earlier: str, later: str
) -> None:
    give(waiting, "again.edi", "A-1")
    correct_the_package(waiting)

    release(waiting, earlier)
    release(waiting, later)

    assert states(waiting) == [("answered", None), ("duplicate", "duplicate-interchange")]
    assert len(waiting.out(PARTNER, "ORDRSP*")) == 1


def test_of_two_with_one_reference_the_later_is_rejected(waiting: Installation) -> None:
    give(waiting, "other.edi", "A-2")
    correct_the_package(waiting)

    release(waiting, "m1")
    release(waiting, "m2")

    assert states(waiting) == [("answered", None), ("rejected", "reference-used-again")]
