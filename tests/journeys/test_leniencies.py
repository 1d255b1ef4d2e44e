"""A partner whose faults are lived with: what was let pass stays to be seen in the ledger."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest
from typer.testing import CliRunner

from edi_gateway.cli import app
from tests.conftest import SAMPLES, Installation
from tests.orders import interchange

PARTNER = "maisonvert"


def live_with(installation: Installation, *codes: str) -> None:
    """Import the sample partner with these faults tolerated."""
    folder = installation.base / "package"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SAMPLES / "partners" / PARTNER, folder)
    file = folder / "partner.toml"
    text = file.read_text(encoding="utf-8")
    keys = f"[partner]\ntolerates = {json.dumps(codes)}\n"
    file.write_text(text.replace("[partner]\n", keys, 1), encoding="utf-8")
    installation.import_partner(folder)


def shown(installation: Installation, item: str = "m1") -> dict[str, Any]:
    words = ["show", item, "--json", "--config", str(installation.config)]
    story: dict[str, Any] = json.loads(CliRunner().invoke(app, words).output)
    return story


def warnings(story: dict[str, Any], what: str) -> list[str]:
    return [event["why"] for event in story["events"] if event["what"] == what]


def test_a_tolerated_fault_stays_on_the_message_it_was_met_in(installation: Installation) -> None:
    live_with(installation, "unt-count")
    data = interchange(reference="1", numbers=["A-1", "A-2"]).replace(b"UNT+20+1", b"UNT+99+1")
    installation.drop(PARTNER, "order.edi", data)

    installation.work()

    first, second = shown(installation, "m1"), shown(installation, "m2")
    assert (first["state"], second["state"]) == ("answered", "answered")
    assert warnings(first, "message.warned") == [
        "unt-count: UNT count is wrong: it says 99, the message has 20 segments"
    ]
    assert warnings(second, "message.warned") == []


@pytest.mark.parametrize(
    ("code", "said", "instead", "warning"),
    [
        ("unz-count", b"UNZ+1", b"UNZ+7", "UNZ counts 7, the interchange holds 1"),
        (
            "characters-undeclared",
            b"UNOC",
            b"UNOA",
            "UNOA was declared, but the text is read as latin-1.",
        ),
    ],
)
def test_what_an_envelope_is_forgiven_stays_on_each_message_in_it(
    installation: Installation, code: str, said: bytes, instead: bytes, warning: str
) -> None:
    live_with(installation, code)
    data = interchange(reference="1", numbers=["A-1"]).replace(said, instead)
    data = data.replace(b"QTY+21:6'", b"IMD+F++:::Seau galvanis\xe9'\nQTY+21:6'")
    data = data.replace(b"UNT+20", b"UNT+21")
    installation.drop(PARTNER, "order.edi", data)

    installation.work()

    story = shown(installation)
    assert story["state"] == "answered"
    assert any(warning in why for why in warnings(story, "interchange.warned"))


def test_many_warnings_of_a_message_are_told_shortly(installation: Installation) -> None:
    live_with(installation)
    data = interchange(reference="1", numbers=["A-1"], lines=8)
    installation.drop(PARTNER, "order.edi", data.replace(b":IN'", b":XX'"))

    installation.work()

    (why,) = warnings(shown(installation), "message.warned")
    assert why.count("code-unknown: ") == 5
    assert why.endswith("; and 3 more")


def test_a_warning_does_not_repeat_a_value_without_end(installation: Installation) -> None:
    live_with(installation, "element-too-long")
    data = interchange(reference="1", numbers=["A-1"])
    installation.drop(PARTNER, "order.edi", data.replace(b"MV-501", b"M" * 60_000))

    installation.work()

    (why,) = warnings(shown(installation), "message.warned")
    assert len(why) < 1000


def test_a_message_without_a_departure_has_no_warning(installation: Installation) -> None:
    live_with(installation)
    installation.drop(PARTNER, "order.edi", interchange(reference="1", numbers=["A-1"]))

    installation.work()

    whats = {event["what"] for event in shown(installation)["events"]}
    assert not {"message.warned", "interchange.warned"} & whats


def test_faults_forgiven_at_a_release_stay_on_the_message(installation: Installation) -> None:
    data = interchange(reference="1", numbers=["A-1"]).replace(b"UNT+20", b"UNT+99")
    live_with(installation, "unt-count")
    installation.drop(PARTNER, "order.edi", data.replace(b"3019999000011:14", b"3019999000028:14"))
    installation.work()
    package = installation.base / "package" / "partner.toml"
    text = package.read_text(encoding="utf-8")
    renamed = text.replace('interchange_id = "3019999000011"', 'interchange_id = "3019999000028"')
    package.write_text(renamed, encoding="utf-8")
    installation.import_partner(package.parent)

    words = ["release", "m1", "--reason", "identifier added", "--config", str(installation.config)]
    CliRunner().invoke(app, words)
    installation.work()

    story = shown(installation)
    assert story["state"] == "answered"
    assert len(warnings(story, "message.warned")) == 1
