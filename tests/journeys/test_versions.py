"""A contract changes from a date on: planned, simulated, put in force, and remembered."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edi_gateway.cli import app
from edi_gateway.config import load_settings
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.packages.onboarding import import_package, read_folder
from edi_gateway.gateway import open_gateway
from edi_gateway.store.queries import story
from tests.conftest import SAMPLES, Installation
from tests.orders import interchange

PARTNER = "maisonvert"
START = datetime(2026, 11, 20, 8, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def changed(base: Path, *changes: tuple[str, str, str]) -> Path:
    """The sample customer's package with texts replaced in its files."""
    folder = base / "changed"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SAMPLES / "partners" / PARTNER, folder)
    for name, old, new in changes:
        file = folder / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
    return folder


DEARER = ("prices.csv", ",8.90,", ",9.30,")
HOLDS = (
    "partner.toml",
    'price_beyond_tolerance = "correct"',
    'price_beyond_tolerance = "hold"',
)


def run(installation: Installation, *words: str) -> Any:
    result = CliRunner().invoke(app, [*words, "--json", "--config", str(installation.config)])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def answers(installation: Installation) -> list[tuple[str, str | None]]:
    """The state of each message, and by which terms it was decided."""
    with installation.open() as gateway:
        stories = [story(gateway.place.store, "m", key) for key in range(1, 10)]
    return [(told.fields["state"], told.fields["terms"]) for told in stories if told]


@pytest.fixture
def imported(sample_installation: Installation) -> Installation:
    return sample_installation


def test_a_version_takes_effect_without_a_restart(installation: Installation) -> None:
    clock = Clock()
    folder = changed(installation.base, DEARER, HOLDS)
    with open_gateway(load_settings(installation.config), now=clock) as gateway:
        place = gateway.place
        sample = read_folder(SAMPLES / "partners" / PARTNER)
        import_package(place, sample, origin="", who="test")
        later = START + timedelta(days=10)
        import_package(place, read_folder(folder), origin="", who="test", effective=later)
        installation.drop(PARTNER, "1.edi", interchange(reference="1", numbers=["N-1"]))
        gateway.runner.run_until_idle(0.01)
        clock.now = later
        installation.drop(PARTNER, "2.edi", interchange(reference="2", numbers=["N-2"]))
        gateway.runner.run_until_idle(0.01)

    assert answers(installation) == [
        ("answered", "contract MV-2026, package version 1"),
        ("held", "contract MV-2026, package version 2"),
    ]


def test_the_version_with_the_latest_date_is_in_force(installation: Installation) -> None:
    clock = Clock()
    with open_gateway(load_settings(installation.config), now=clock) as gateway:
        place = gateway.place
        for days, price in ((0, "8.90"), (20, "9.30"), (10, "9.10")):
            files = read_folder(changed(installation.base, ("prices.csv", ",8.90,", f",{price},")))
            since = START + timedelta(days=days)
            import_package(place, files, origin="", who="test", effective=since)
        versions = []
        for days in (0, 9, 10, 19, 20):
            clock.now = START + timedelta(days=days)
            agreement = place.partners.get(PARTNER)
            assert agreement is not None
            versions.append(agreement.version)

    assert versions == [1, 1, 3, 3, 2]


def test_nothing_is_put_in_force_in_the_past(installation: Installation) -> None:
    clock = Clock()
    with open_gateway(load_settings(installation.config), now=clock) as gateway:
        files = read_folder(SAMPLES / "partners" / PARTNER)
        long_ago = START - timedelta(days=100)
        done = import_package(gateway.place, files, origin="", who="test", effective=long_ago)

    assert done.effective_from == START


def test_the_same_package_again_is_no_new_version(installation: Installation) -> None:
    with installation.open() as gateway:
        files = read_folder(SAMPLES / "partners" / PARTNER)
        import_package(gateway.place, files, origin="", who="test")
        again = import_package(gateway.place, files, origin="", who="test")

    assert (again.version, again.changed) == (1, False)


def test_an_earlier_package_comes_back_as_a_new_version(imported: Installation) -> None:
    run(imported, "contract", "apply", str(changed(imported.base, DEARER)))

    back = run(imported, "contract", "apply", str(SAMPLES / "partners" / PARTNER))

    assert back[0]["version"] == 3


def test_no_version_to_come_may_take_anothers_identifier(imported: Installation) -> None:
    folder = changed(imported.base, ("partner.toml", f'id = "{PARTNER}"', 'id = "other"'))
    with imported.open() as gateway, pytest.raises(ConfigError, match="belongs to partner"):
        tomorrow = gateway.place.now() + timedelta(days=1)
        files = read_folder(folder)
        import_package(gateway.place, files, origin="", who="test", effective=tomorrow)


def test_what_was_true_at_a_past_moment_can_be_asked(imported: Installation) -> None:
    run(imported, "contract", "apply", str(changed(imported.base, HOLDS)), "--from", "2099-01-01")

    now = run(imported, "partner", "show", PARTNER)
    then = run(imported, "partner", "show", PARTNER, "--as-of", "2099-01-01")

    assert (now["version"], then["version"]) == (1, 2)


def test_a_past_package_is_exported_byte_for_byte(imported: Installation) -> None:
    folder = changed(imported.base, DEARER)
    run(imported, "contract", "apply", str(folder), "--from", "2099-01-01")
    target = imported.base / "exported"

    run(imported, "partner", "export", PARTNER, str(target), "--as-of", "2099-06-30")

    for file in folder.iterdir():
        assert (target / file.name).read_bytes() == file.read_bytes()


def test_the_history_says_what_changed_and_until_when_it_holds(imported: Installation) -> None:
    folder = changed(imported.base, DEARER, HOLDS)
    run(imported, "contract", "apply", str(folder), "--from", "2099-01-01")

    first, second = run(imported, "contract", "history", "--partner", PARTNER)

    assert first["effective_until"] == second["effective_from"] == "2098-12-31T23:00:00+00:00"
    assert second["changes"] == (
        "contract changed, 1 price new or changed, 1 price gone or changed"
    )


def test_the_history_tells_what_a_version_changed_as_a_plan_would(imported: Installation) -> None:
    folder = changed(imported.base, DEARER, HOLDS)
    planned = run(imported, "contract", "plan", str(folder))
    run(imported, "contract", "apply", str(folder), "--from", "2099-01-01")

    first, second = run(imported, "contract", "history", "--partner", PARTNER)

    assert first["changed"] is None
    parts = ("keys", "articles", "units", "prices")
    assert second["changed"] == {name: planned[name] for name in parts}
    assert second["changed"]["prices"]["counts"] == {"changed": 1}


def test_each_version_is_compared_with_the_one_it_took_the_place_of(
    imported: Installation,
) -> None:
    to_come = changed(imported.base, DEARER, HOLDS)
    run(imported, "contract", "apply", str(to_come), "--from", "2099-01-01")
    sooner = changed(imported.base, HOLDS)
    run(imported, "contract", "apply", str(sooner), "--from", "2098-01-01")

    (third,) = run(imported, "contract", "history", "--partner", PARTNER, "--version", "3")

    assert [key["new"] for key in third["changed"]["keys"]] == ["hold"]
    assert third["changed"]["prices"]["counts"] == {}


def test_the_history_is_told_in_the_words_of_the_plan(imported: Installation) -> None:
    folder = changed(imported.base, DEARER, HOLDS)
    run(imported, "contract", "apply", str(folder), "--from", "2099-01-01")

    told = CliRunner().invoke(
        app,
        ["contract", "history", "--partner", PARTNER, "--config", str(imported.config)],
    )

    lines = told.stdout.splitlines()
    assert lines[0].endswith("until 2098-12-31T23:00:00+00:00: new")
    assert lines[2].startswith("version 2, from 2098-12-31T23:00:00+00:00 until further notice: ")
    assert lines[3].startswith("  imported ")
    assert lines[4] == "  contract.policies.price_beyond_tolerance: correct -> hold"
    assert lines[5].startswith("    What becomes of a line")
    assert lines[6:8] == [
        "  prices: 1 changed",
        "    SEAU-10 from 1: 8.90 -> 9.30 (+4.49 %), 2026-01-01 to 2030-12-31",
    ]


def test_a_version_that_is_not_there_is_refused(imported: Installation) -> None:
    words = ["contract", "history", "--partner", PARTNER, "--version", "7"]

    with pytest.raises(ConfigError, match="maisonvert has no version 7; the newest is 1"):
        CliRunner().invoke(app, [*words, "--config", str(imported.config)], catch_exceptions=False)


def test_a_plan_tells_keys_prices_and_gaps(imported: Installation) -> None:
    shorter = ("prices.csv", "GANT-J,1,3.20,1,2026-01-01,2030", "GANT-J,1,3.20,1,2026-01-01,2029")
    folder = changed(imported.base, DEARER, HOLDS, shorter)

    found = run(imported, "contract", "plan", str(folder))

    (key,) = found["keys"]
    assert (key["key"], key["old"], key["new"]) == (
        "contract.policies.price_beyond_tolerance",
        "correct",
        "hold",
    )
    assert key["meaning"].startswith("What becomes of a line")
    assert [(p["article"], p["percent"]) for p in found["prices"]["first"]] == [
        ("GANT-J", "0.00"),
        ("SEAU-10", "4.49"),
    ]
    assert ("GANT-J", "2030-01-01", "2030-12-31") in {
        (gap["article"], gap["since"], gap["until"]) for gap in found["gaps"]["first"]
    }


def test_a_plan_tells_units_that_come_and_change(imported: Installation) -> None:
    folder = changed(imported.base)
    file, head = folder / "units.csv", "article,unit,factor,gtin\n"
    file.write_text(f"{head}SEAU-10,CT,12,\n", encoding="utf-8")
    run(imported, "contract", "apply", str(folder))
    file.write_text(f"{head}SEAU-10,CT,10,3769999000190\nGANT-J,CT,24,\n", encoding="utf-8")

    words = ["contract", "plan", str(folder), "--config", str(imported.config)]
    printed = CliRunner().invoke(app, words).output

    assert run(imported, "contract", "plan", str(folder))["units"]["counts"] == {
        "added": 1,
        "changed": 1,
    }
    assert "units: 1 added, 1 changed" in printed
    assert "  GANT-J CT added: factor 24\n" in printed
    assert "  SEAU-10 CT changed: factor 12 -> 10, GTIN none -> 3769999000190\n" in printed


def test_a_plan_counts_its_gaps_in_words(imported: Installation) -> None:
    day = "2030-12-31"
    words = ["contract", "plan", "--from", day, "--config", str(imported.config)]
    pails = (
        "prices.csv",
        f"SEAU-10,1,8.90,1,2026-01-01,{day}",
        "SEAU-10,1,8.90,1,2026-01-01,2030-12-30",
    )
    pails_by_50 = ("prices.csv", f"SEAU-10,50,7.95,1,2026-01-01,{day}\n", "")

    usual = CliRunner().invoke(app, [*words, str(changed(imported.base))]).stdout
    fewer = (
        CliRunner().invoke(app, [*words, str(changed(imported.base, pails, pails_by_50))]).stdout
    )

    assert "days without a price: 1 gap\n" in usual
    assert "days without a price: 2 gaps\n" in fewer


def test_a_plan_for_a_day_on_which_no_contract_is_valid_says_so(imported: Installation) -> None:
    folder = changed(imported.base, ("partner.toml", "2030-12-31", "2026-12-31"))

    warned = run(imported, "contract", "plan", str(folder), "--from", "2027-01-01")
    fine = run(imported, "contract", "plan", str(folder), "--from", "2026-12-31")

    (warning,) = warned["warnings"]
    assert warning.startswith(
        "no contract is valid on 2027-01-01: orders of that day would be held"
    )
    assert fine["warnings"] == []


def test_a_simulation_tells_the_effect_on_real_orders_and_writes_nothing(
    imported: Installation,
) -> None:
    imported.drop(PARTNER, "1.edi", interchange(reference="1", numbers=["N-1"]))
    imported.drop(PARTNER, "t.edi", interchange(reference="2", numbers=["N-2"], test=True))
    imported.work()
    before = (imported.base / "data" / "ledger.sqlite").read_bytes()

    found = run(imported, "contract", "simulate", str(changed(imported.base, DEARER, HOLDS)))

    (order,) = found["orders"]
    assert (order["number"], order["old_outcome"], order["new_outcome"]) == (
        "N-1",
        "answered",
        "held",
    )
    assert found["totals"]["all"]["newly_held"] == 1
    assert (imported.base / "data" / "ledger.sqlite").read_bytes() == before


def test_what_would_wait_is_not_counted_as_lost(imported: Installation) -> None:
    imported.drop(PARTNER, "1.edi", interchange(reference="1", numbers=["N-1"]))
    imported.work()
    folder = str(changed(imported.base, DEARER, HOLDS))

    found = run(imported, "contract", "simulate", folder)
    words = ["contract", "simulate", folder, "--config", str(imported.config)]
    printed = CliRunner().invoke(app, words).stdout

    (order,), totals = found["orders"], found["totals"]["all"]
    assert (totals["old_amount"], totals["new_amount"]) == ("0.00", "0.00")
    assert totals["newly_held_amount"] == order["held_amount"] == order["old_amount"] != "0.00"
    assert f"m1 order N-1: answered -> held, {order['old_amount']} would wait\n" in printed


def test_an_order_that_is_no_longer_held_has_an_amount_of_its_own(imported: Installation) -> None:
    run(imported, "contract", "apply", str(changed(imported.base, DEARER, HOLDS)))
    imported.drop(PARTNER, "1.edi", interchange(reference="1", numbers=["N-1"]))
    imported.work()

    found = run(imported, "contract", "simulate", str(SAMPLES / "partners" / PARTNER))

    (order,), totals = found["orders"], found["totals"]["all"]
    assert (totals["no_longer_held"], totals["new_amount"]) == (1, "0.00")
    assert totals["no_longer_held_amount"] == order["new_amount"] != "0.00"


def test_what_is_newly_rejected_is_told_as_part_of_the_old_amount(imported: Installation) -> None:
    rejects = (HOLDS[0], HOLDS[1], HOLDS[2].replace("hold", "reject"))
    imported.drop(PARTNER, "1.edi", interchange(reference="1", numbers=["N-1"]))
    imported.work()

    found = run(imported, "contract", "simulate", str(changed(imported.base, DEARER, rejects)))

    (order,), totals = found["orders"], found["totals"]["all"]
    (line,) = order["lines"]
    assert (line["new_action"], totals["newly_rejected"]) == ("rejected", 1)
    assert totals["newly_rejected_amount"] == line["old_amount"] == "53.40"
    assert float(totals["old_amount"]) - float(totals["new_amount"]) == pytest.approx(53.40)


def test_an_unchanged_package_has_no_effect_in_a_simulation(imported: Installation) -> None:
    imported.drop(PARTNER, "1.edi", interchange(reference="1", numbers=["N-1"]))
    imported.work()

    found = run(imported, "contract", "simulate", str(SAMPLES / "partners" / PARTNER))

    assert (found["orders"], found["totals"]["all"]["orders"]) == ([], 1)


def test_a_shared_price_list_is_shown_and_exported_as_it_was(imported: Installation) -> None:
    folder = imported.base / "group"
    folder.mkdir()
    head = "article,from_quantity,price,per_quantity,valid_from,valid_until\n"
    (folder / "price-list.toml").write_text('[price_list]\nid = "NORTH"\ncurrency = "EUR"\n')
    (folder / "prices.csv").write_text(f"{head}SEAU-10,1,8.00,1,2026-01-01,\n")
    run(imported, "partner", "import", str(folder))
    (folder / "prices.csv").write_text(f"{head}SEAU-10,1,9.00,1,2026-01-01,\n")
    run(imported, "contract", "apply", str(folder), "--from", "2099-01-01")
    target = imported.base / "exported"

    now = run(imported, "partner", "show", "NORTH")
    later = run(imported, "partner", "export", "NORTH", str(target), "--as-of", "2099-01-01")
    words = ["partner", "list", "--config", str(imported.config)]
    printed = CliRunner().invoke(app, words).output

    assert (now["price_list"], now["version"]) == ({"id": "NORTH", "currency": "EUR"}, 1)
    assert later["version"] == 2
    assert ",9.00," in (target / "prices.csv").read_text()
    assert "NORTH" in printed
