"""`stock`."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.cli.test_commands import command, json_of
from tests.conftest import SAMPLES, Installation

REPORT = {
    "type": "stock",
    "at": datetime(2026, 11, 16, 6, 0, tzinfo=UTC).isoformat(),
    "items": [
        {"article": "SEAU-10", "available": "50", "next_date": "2026-12-03"},
        {"article": "TERREAU", "available": "-5"},
    ],
}


@pytest.fixture
def stocked(sample_installation: Installation) -> Installation:
    """Nordlys has ordered 20 pails of 50, and 75 kg of soil of which there was none."""
    sample_installation.drop("erp", "stock.json", json.dumps(REPORT).encode())
    sample_installation.work()
    order = (SAMPLES / "orders" / "7-ubl.xml").read_bytes()
    sample_installation.drop("nordlys", "7-ubl.xml", order)
    sample_installation.work()
    return sample_installation


def test_figures_are_listed_with_what_was_promised_since(stocked: Installation) -> None:
    listed = json_of(stocked, "stock")

    assert [(row["article"], row["available"], row["promised"], row["left"]) for row in listed] == [
        ("SEAU-10", "50", "20", "30"),
        ("TERREAU", "-5", "75", "0"),
    ]


def test_an_article_is_shown_with_the_orders_that_take_of_it(stocked: Installation) -> None:
    (row,) = json_of(stocked, "stock", "--article", "SEAU-10")

    assert [(o["partner"], o["order"], o["promised"]) for o in row["orders"]] == [
        ("nordlys", "NL-77001", "20")
    ]


def test_people_read_a_table(stocked: Installation) -> None:
    done = command(stocked, "stock", "--article", "SEAU-10")

    assert done.returncode == 0
    assert "NL-77001" in done.stdout


def test_an_article_without_a_figure_needs_attention(stocked: Installation) -> None:
    done = command(stocked, "stock", "--article", "GANT-J")

    assert (done.returncode, done.stdout) == (1, "no stock is known of GANT-J\n")
