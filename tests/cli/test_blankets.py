"""`contract blankets`, and `show` of a blanket order."""

from __future__ import annotations

import pytest

from tests.cli.test_commands import command, json_of
from tests.conftest import SAMPLES, Installation
from tests.journeys.test_blanket_orders import agree, nordlys, ubl


@pytest.fixture
def framework(installation: Installation) -> Installation:
    """A blanket order over 500 pails, of which 20 were called off; and one the package states."""
    files = nordlys(price="9.40")
    stated = b'\n[[contract.blankets]]\nnumber = "F-7"\nvalid_from = 2026-01-01\nvalue = "500.00"\n'
    agree(installation, {**files, "partner.toml": files["partner.toml"] + stated})
    installation.drop("nordlys", "1.xml", ubl("NB-1", "221", "NL-7", 500))
    installation.drop("nordlys", "2.xml", ubl("NC-1", "226", "NB-1", 20))
    installation.work()
    return installation


def test_what_is_left_is_listed_with_the_call_offs(framework: Installation) -> None:
    stated, placed = json_of(framework, "contract", "blankets", "--partner", "nordlys")

    assert (placed["number"], placed["source"], placed["valid_until"]) == ("NB-1", "m1", None)
    line = placed["lines"][0]
    assert (line["quantity"], line["consumed_quantity"], line["remaining_quantity"]) == (
        "500",
        "20",
        "480",
    )
    assert [(c["message"], c["order"], c["quantity"]) for c in placed["call_offs"]] == [
        ("m2", "NC-1", "20"),
        ("m2", "NC-1", "75"),
    ]
    assert (stated["number"], stated["source"], stated["remaining_value"]) == (
        "F-7",
        "package",
        "500.00",
    )


def test_one_blanket_order_is_asked_for_by_its_number(framework: Installation) -> None:
    done = command(framework, "contract", "blankets", "--number", "F-7")

    assert done.returncode == 0
    assert "nordlys F-7 (package): open" in done.stdout
    assert "NB-1" not in done.stdout


def test_a_blanket_order_shows_what_was_called_off(framework: Installation) -> None:
    told = json_of(framework, "show", "m1")

    assert [line["remaining_quantity"] for line in told["blanket"]] == ["480", "0"]
    assert [entry["message"] for entry in told["call_offs"]] == ["m2", "m2"]


def test_a_call_off_shows_what_it_took(framework: Installation) -> None:
    told = json_of(framework, "show", "m2")

    assert [(e["blanket"], e["line"], e["quantity"]) for e in told["called_off"]] == [
        ("NB-1", "10", "20"),
        ("NB-1", "20", "75"),
    ]


def test_where_there_is_none_none_is_listed(installation: Installation) -> None:
    for folder in sorted((SAMPLES / "partners").iterdir()):
        installation.import_partner(folder)

    assert json_of(installation, "contract", "blankets") == []
