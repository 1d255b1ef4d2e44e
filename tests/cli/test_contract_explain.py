"""`contract explain` says what an article costs, and how that comes about."""

from __future__ import annotations

import pytest

from tests.cli.test_commands import command, json_of
from tests.conftest import Installation

ASKED = ("contract", "explain", "--partner", "maisonvert", "--date", "2026-11-16")


@pytest.mark.parametrize(
    "article",
    [
        pytest.param("SEAU-10", id="our code"),
        pytest.param("MV-501", id="the customer's code"),
        pytest.param("3769999000114", id="GTIN"),
    ],
)
def test_the_article_may_be_named_by_any_code(
    sample_installation: Installation, article: str
) -> None:
    told = json_of(sample_installation, *ASKED, "--article", article, "--quantity", "50")

    assert (told["article"], told["price"], told["per"], told["amount"]) == (
        "SEAU-10",
        "7.95",
        "1",
        "397.50",
    )


def test_the_sentences_name_the_row_and_those_that_lost(sample_installation: Installation) -> None:
    done = command(sample_installation, *ASKED, "--article", "SEAU-10", "--quantity", "50")

    assert done.returncode == 0
    assert "contract price 7.95 from quantity 50" in done.stdout
    assert "price_date = order; contract MV-2026" in done.stdout
    assert "other rows: line 2 (8.90) is a lower break" in done.stdout


def test_the_steps_have_their_figures(sample_installation: Installation) -> None:
    told = json_of(sample_installation, *ASKED, "--article", "SEAU-10", "--quantity", "50")

    (row,) = [step for step in told["steps"] if step["step"] == "row"]
    assert (row["source"], row["name"], row["row"]["source_line"]) == ("price list", "MV-PL-1", 3)
    assert row["lost"] == [{"line": 2, "why": "(8.90) is a lower break"}]


def test_a_price_that_is_not_there_is_explained_and_needs_attention(
    sample_installation: Installation,
) -> None:
    done = command(sample_installation, *ASKED, "--article", "ARROSOIR", "--quantity", "1")

    assert done.returncode == 1
    assert "no price row of ARROSOIR covers 2026-11-16" in done.stdout
    assert "other rows: line 7 (12.40) ended 2026-03-31" in done.stdout
    assert "price date 2026-11-16 (price_date = order; contract MV-2026, version 1)" in done.stdout


def test_the_step_without_a_price_has_the_rows_that_lost(
    sample_installation: Installation,
) -> None:
    told = json_of(sample_installation, *ASKED, "--article", "ARROSOIR", "--quantity", "1")

    (step,) = [step for step in told["steps"] if step["step"] == "no-price"]
    assert (step["contract"], step["version"], step["quantity"]) == ("MV-2026", 1, "1")
    assert step["lost"] == [{"line": 7, "why": "(12.40) ended 2026-03-31"}]


@pytest.mark.parametrize(
    ("article", "said"),
    [
        pytest.param("BROUETTE", "our code BROUETTE is not in the contract", id="our code"),
        pytest.param("3769999000190", "GTIN 3769999000190 is not in the contract", id="GTIN"),
    ],
)
def test_an_article_nobody_knows_is_called_what_it_looks_like(
    sample_installation: Installation, article: str, said: str
) -> None:
    done = command(sample_installation, *ASKED, "--article", article, "--quantity", "1")

    assert done.returncode == 1
    assert done.stdout.startswith(said)


@pytest.mark.parametrize("quantity", ["ten", "1,5", "NaN", "Infinity"])
def test_a_quantity_that_is_no_number_is_refused(
    sample_installation: Installation, quantity: str
) -> None:
    done = command(sample_installation, *ASKED, "--article", "SEAU-10", "--quantity", quantity)

    assert done.returncode == 2
    assert done.stderr == f"--quantity {quantity}: no number; write it with a point, as 12 or 1.5\n"
