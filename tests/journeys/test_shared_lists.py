"""A price list that several customers share changes: planned, tried, put in force, remembered."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edi_gateway.cli import app
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.packages import forms as packages
from tests.conftest import SAMPLES, Installation
from tests.orders import interchange

HEAD = "article,from_quantity,price,per_quantity,valid_from,valid_until\n"
ROWS = (
    "SEAU-10,1,8.90,1,2026-01-01,2030-12-31\n"
    "GANT-J,1,3.20,1,2026-01-01,2030-12-31\n"
    "BROUETTE,1,49.00,1,2026-01-01,2030-12-31\n"
)
#: The sample customer twice: the second under other identifiers.
SECOND = (
    ('id = "maisonvert"', 'id = "petitvert"'),
    ("3019999000011", "3019999000073"),
    ('number = "MV-2026"', 'number = "PV-2026"'),
)


def run(installation: Installation, *words: str) -> Any:
    result = CliRunner().invoke(app, [*words, "--json", "--config", str(installation.config)])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def printed(installation: Installation, *words: str) -> str:
    result = CliRunner().invoke(app, [*words, "--config", str(installation.config)])
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(installation: Installation, *words: str) -> None:
    config = ["--config", str(installation.config)]
    CliRunner().invoke(app, [*words, *config], catch_exceptions=False)


def price_list(base: Path, rows: str = ROWS, *, name: str = "NORTH", currency: str = "EUR") -> str:
    """The folder of a shared list."""
    folder = base / "lists" / name
    folder.mkdir(parents=True, exist_ok=True)
    head = f'[price_list]\nid = "{name}"\ncurrency = "{currency}"\n'
    (folder / "price-list.toml").write_text(head, encoding="utf-8")
    (folder / "prices.csv").write_text(HEAD + rows, encoding="utf-8")
    return str(folder)


def customer(base: Path, *changes: tuple[str, str], key: str = "group_price_list") -> str:
    """The folder of a customer who has two articles priced by the shared list alone."""
    folder = base / "customer"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SAMPLES / "partners" / "maisonvert", folder)
    toml = (folder / "partner.toml").read_text(encoding="utf-8")
    for old, new in (("[contract]\n", f'[contract]\n{key} = "NORTH"\n'), *changes):
        assert old in toml
        toml = toml.replace(old, new)
    (folder / "partner.toml").write_text(toml, encoding="utf-8")
    lines = (folder / "prices.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    own = [line for line in lines if not line.startswith(("SEAU-10", "GANT-J"))]
    (folder / "prices.csv").write_text("".join(own), encoding="utf-8")
    return str(folder)


@pytest.fixture(params=[pytest.param(1_000_000, id="small"), pytest.param(0, id="large")])
def shared(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Installation:
    """Two customers under one list, and one who is not; packages in memory, or indexed."""
    monkeypatch.setattr(packages, "WHOLE_BYTES", request.param)
    base = installation.base
    run(installation, "partner", "import", price_list(base), customer(base))
    run(installation, "partner", "import", customer(base, *SECOND, key="base_price_list"))
    run(installation, "partner", "import", str(SAMPLES / "partners" / "nordlys"))
    return installation


DEARER = ROWS.replace("8.90", "9.30")


# --- planned -------------------------------------------------------------------------------------


def test_a_plan_of_a_list_tells_prices_and_whom_they_concern(shared: Installation) -> None:
    found = run(shared, "contract", "plan", price_list(shared.base, DEARER))

    assert (found["price_list"], found["version"], found["warnings"]) == ("NORTH", 1, [])
    assert found["prices"]["counts"] == {"changed": 1}
    assert [(p["article"], p["percent"]) for p in found["prices"]["first"]] == [("SEAU-10", "4.49")]
    assert [(p["partner"], p["contracts"], p["articles"]) for p in found["partners"]] == [
        ("maisonvert", ["MV-2026"], 1),
        ("petitvert", ["PV-2026"], 1),
    ]


def test_a_plan_of_a_list_names_the_days_that_lose_their_price(shared: Installation) -> None:
    shorter = ROWS.replace("3.20,1,2026-01-01,2030-12-31", "3.20,1,2026-01-01,2029-12-31")

    found = run(shared, "contract", "plan", price_list(shared.base, shorter))

    gaps = [partner["gaps"] for partner in found["partners"]]
    assert [gap["counts"] for gap in gaps] == [{"gap": 1}, {"gap": 1}]
    assert gaps[0]["first"] == [{"article": "GANT-J", "since": "2030-01-01", "until": "2030-12-31"}]


def test_a_plan_of_a_list_is_printed_in_the_words_of_a_package(shared: Installation) -> None:
    less = DEARER.replace("GANT-J,1,3.20,1,2026-01-01,2030-12-31\n", "")

    told = printed(shared, "contract", "plan", price_list(shared.base, less, currency="SEK"))

    assert told.splitlines()[:8] == [
        "NORTH: compared with version 1",
        "  price_list.currency: EUR -> SEK",
        "prices: 1 changed, 1 removed",
        "  GANT-J from 1: removed: 3.20, 2026-01-01 to 2030-12-31",
        "  SEAU-10 from 1: 8.90 -> 9.30 (+4.49 %), 2026-01-01 to 2030-12-31",
        "partners: 2",
        "  maisonvert, contract MV-2026: 2 articles with other prices in the list",
        "    days without a price: 2 gaps",
    ]


def test_a_list_in_another_currency_concerns_every_price(shared: Installation) -> None:
    found = run(shared, "contract", "plan", price_list(shared.base, currency="SEK"))

    assert found["prices"]["counts"] == {}
    assert [(p["articles"], p["gaps"]["counts"]) for p in found["partners"]] == [
        (2, {"gap": 2}),
        (2, {"gap": 2}),
    ]


def test_a_list_that_nobody_names_is_warned_of(shared: Installation) -> None:
    found = run(shared, "contract", "plan", price_list(shared.base, name="SOUTH"))

    assert (found["version"], found["partners"]) == (None, [])
    assert found["warnings"][0].startswith("no contract in force names SOUTH")


def test_a_new_list_concerns_those_who_name_it_already(installation: Installation) -> None:
    run(installation, "partner", "import", customer(installation.base))

    told = printed(installation, "contract", "plan", price_list(installation.base))

    assert told.splitlines() == [
        "NORTH: a new price list",
        "prices: none",
        "partners: 1",
        "  maisonvert, contract MV-2026: 2 articles with prices in the list",
        "    days without a price: none",
    ]


def test_a_plan_finds_the_list_in_a_further_contract(installation: Installation) -> None:
    further = (
        "[contract.policies]",
        '[[contracts]]\nnumber = "MV-WEST"\nbase_price_list = "SOUTH"\n'
        'delivery_parties = ["3019999001018"]\n\n[contract.policies]',
    )
    run(installation, "partner", "import", customer(installation.base, further))

    found = run(installation, "contract", "plan", price_list(installation.base, name="SOUTH"))

    assert [partner["contracts"] for partner in found["partners"]] == [["MV-WEST"]]


def test_a_plan_goes_by_the_packages_of_its_day(shared: Installation) -> None:
    run(
        shared,
        "contract",
        "apply",
        str(SAMPLES / "partners" / "maisonvert"),
        "--from",
        "2099-01-01",
    )

    found = run(shared, "contract", "plan", price_list(shared.base, DEARER), "--from", "2099-01-01")

    assert [partner["partner"] for partner in found["partners"]] == ["petitvert"]


# --- put in force --------------------------------------------------------------------------------


def test_a_list_is_put_in_force_from_a_date_and_counts_no_articles(shared: Installation) -> None:
    folder = price_list(shared.base, DEARER)

    told = printed(shared, "contract", "apply", folder, "--from", "2099-01-01")
    again = printed(shared, "contract", "apply", folder, "--from", "2099-01-01")

    assert told == (
        "NORTH: imported, version 2, 3 prices, in force from 2098-12-31T23:00:00+00:00\n"
    )
    assert again.startswith("NORTH: unchanged, version 2, 3 prices")


def test_orders_are_answered_by_the_list_that_was_applied(shared: Installation) -> None:
    run(shared, "contract", "apply", price_list(shared.base, DEARER))

    asked = ("--partner", "maisonvert", "--article", "SEAU-10", "--quantity", "6")
    now = printed(shared, "contract", "explain", *asked, "--date", "2026-11-16")

    assert "9.30" in now


def test_a_list_with_faults_is_refused_whole_before_anything_is_planned(
    shared: Installation,
) -> None:
    folder = price_list(shared.base, DEARER + "SEAU-10,1,9.40,1,2027-01-01,\n")

    for command in ("plan", "apply"):
        with pytest.raises(ConfigError, match=r"prices\.csv"):
            refused(shared, "contract", command, folder)
    assert len(run(shared, "contract", "history", "--price-list", "NORTH")) == 1


# --- tried ---------------------------------------------------------------------------------------


@pytest.fixture
def ordered(shared: Installation) -> Installation:
    """Each of the two has ordered two articles of the list, the first of them twice."""
    for partner, numbers in (("maisonvert", ["N-1", "N-2"]), ("petitvert", ["P-1"])):
        file = interchange(reference="1", numbers=numbers)
        if partner == "petitvert":
            file = file.replace(b"3019999000011", b"3019999000073").replace(b"MV-2026", b"PV-2026")
        shared.drop(partner, "1.edi", file)
    shared.work()
    assert {message["state"] for message in shared.messages()} == {"answered"}
    return shared


def test_a_list_is_tried_on_the_orders_of_all_who_name_it(ordered: Installation) -> None:
    found = run(ordered, "contract", "simulate", price_list(ordered.base, DEARER))

    assert (found["price_list"], found["version"]) == ("NORTH", 1)
    effects = {
        partner["partner"]: [(order["number"], len(order["lines"])) for order in partner["orders"]]
        for partner in found["partners"]
    }
    assert effects == {"maisonvert": [("N-1", 1), ("N-2", 1)], "petitvert": [("P-1", 1)]}
    totals = found["totals"]["all"]
    assert (totals["orders"], totals["newly_changed"]) == (3, 3)
    assert totals["old_amount"] == str(sum(map(of_all("old_amount"), found["partners"])))
    assert totals["new_amount"] == str(sum(map(of_all("new_amount"), found["partners"])))
    assert Decimal(totals["new_amount"]) - Decimal(totals["old_amount"]) == Decimal("7.20")


def of_all(name: str) -> Callable[[dict[str, Any]], Decimal]:
    """An amount of all orders of a partner."""
    return lambda partner: Decimal(partner["totals"]["all"][name])


def test_a_trial_of_a_list_is_printed_partner_by_partner(ordered: Installation) -> None:
    told = printed(ordered, "contract", "simulate", price_list(ordered.base, DEARER)).splitlines()

    assert told[0] == "maisonvert, version 1:"
    assert told[1].startswith("m1 order N-1: answered, ")
    assert told[2].startswith("  line 1 SEAU-10: accepted -> changed, 53.40 -> 55.80: ")
    assert "petitvert, version 1:" in told
    assert any(line.startswith("all ") for line in told)


def test_the_list_in_force_has_no_effect_when_it_is_tried(ordered: Installation) -> None:
    found = run(ordered, "contract", "simulate", price_list(ordered.base))

    assert [partner["orders"] for partner in found["partners"]] == [[], []]
    assert found["totals"]["all"]["orders"] == 3


def test_a_list_is_tried_before_it_is_there(ordered: Installation) -> None:
    nobody = run(ordered, "contract", "simulate", price_list(ordered.base, name="SOUTH"))

    assert (nobody["version"], nobody["partners"]) == (None, [])
    assert nobody["totals"]["all"]["orders"] == 0


# --- remembered ----------------------------------------------------------------------------------


def test_the_history_of_a_list_tells_what_each_version_changed(shared: Installation) -> None:
    folder = price_list(shared.base, DEARER)
    planned = run(shared, "contract", "plan", folder)
    run(shared, "contract", "apply", folder, "--from", "2099-01-01")

    first, second = run(shared, "contract", "history", "--price-list", "NORTH")

    assert (first["version"], first["changed"]) == (1, None)
    assert first["effective_until"] == second["effective_from"] == "2098-12-31T23:00:00+00:00"
    assert second["changed"]["prices"] == planned["prices"]


def test_the_history_of_a_list_is_printed_in_the_words_of_the_plan(shared: Installation) -> None:
    run(shared, "contract", "apply", price_list(shared.base, DEARER), "--from", "2099-01-01")

    told = printed(shared, "contract", "history", "--price-list", "NORTH", "--version", "2")

    assert told.splitlines()[2:] == [
        "  prices: 1 changed",
        "    SEAU-10 from 1: 8.90 -> 9.30 (+4.49 %), 2026-01-01 to 2030-12-31",
    ]


def test_the_history_of_a_list_tells_another_currency(shared: Installation) -> None:
    run(shared, "contract", "apply", price_list(shared.base, currency="SEK"))

    second = run(shared, "contract", "history", "--price-list", "NORTH")[-1]

    assert second["changes"] == "currency changed"
    assert [key["new"] for key in second["changed"]["keys"]] == ["SEK"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("--price-list", "WEST"), "there is no shared price list 'WEST'", id="none"),
        pytest.param((), "either --partner or --price-list", id="neither"),
        pytest.param(
            ("--price-list", "NORTH", "--partner", "maisonvert"),
            "either --partner or --price-list",
            id="both",
        ),
    ],
)
def test_a_history_of_nothing_is_refused(
    installation: Installation, words: tuple[str, ...], said: str
) -> None:
    run(installation, "partner", "import", price_list(installation.base))

    with pytest.raises(ConfigError, match=said):
        refused(installation, "contract", "history", *words)
