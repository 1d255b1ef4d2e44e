"""What a changed package changes, told in the words of a contract."""

from datetime import date

import pytest

from edi_gateway.contract.comparing import (
    article_changes,
    gaps,
    key_changes,
    price_changes,
    unit_changes,
)
from edi_gateway.contract.package import read_package
from tests.unit.contract.builders import ACME, ACME_ARTICLES, ACME_PRICES, ACME_TOML, package_of

HEAD = ACME_PRICES.splitlines()[0] + "\n"
BACHE = "BACHE-4X5,1,24.00,1,2026-01-01,2026-12-31\n"
START = date(2026, 1, 1)


def acme(**changes):
    return read_package(package_of(**changes), "acme")


def prices(*rows, columns=""):
    return acme(prices=HEAD.replace("\n", f"{columns}\n") + "".join(f"{row}\n" for row in rows))


def changes_of(old, new):
    return [
        (
            change.what,
            change.old,
            change.new,
            None if change.percent is None else str(change.percent),
        )
        for change in price_changes(old, new)
    ]


def gaps_of(agreement, article="BACHE-4X5"):
    return [
        (str(gap.since), str(gap.until)) for gap in gaps(agreement, START) if gap.article == article
    ]


def test_the_same_package_changes_nothing():
    assert key_changes(ACME, ACME) == []
    assert list(article_changes(ACME, ACME)) == []
    assert list(price_changes(ACME, ACME)) == []


def test_a_key_is_told_with_both_values():
    new = acme(partner=ACME_TOML.replace('price_tolerance_percent = "2.0"', ""))

    (change,) = key_changes(ACME, new)

    assert (change.key, change.old, change.new) == ("contract.price_tolerance_percent", "2.0", "0")


GUARDS = """
[contract.guards]
quantity_factor = "5"
"""
APPROVAL = """
[[contract.approvals]]
role = "boss"
above_value = "500"
"""
FURTHER = """
[[contracts]]
number = "C-US"
currency = "USD"
minimum_order_value = "75.00"

[contracts.policies]
no_price = "reject"
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(
            "",
            GUARDS,
            [
                ("contract.guards.quantity_factor", None, "5"),
                ("contract.guards.quantity_policy", None, "hold"),
                ("contract.guards.value_policy", None, "hold"),
                ("contract.guards.minimum_orders", None, "5"),
                ("contract.guards.last_orders", None, "12"),
                ("contract.guards.within_months", None, "12"),
            ],
            id="guards",
        ),
        pytest.param(
            GUARDS,
            GUARDS.replace("5", "7"),
            [("contract.guards.quantity_factor", "5", "7")],
            id="a guard",
        ),
        pytest.param(
            APPROVAL,
            APPROVAL + APPROVAL.replace("boss", "sales"),
            [("contract.approvals", None, "role sales, above_value 500")],
            id="one approval more",
        ),
        pytest.param(
            "",
            FURTHER,
            [
                ("contracts.C-US", None, "in USD, 2026-01-01 to 2026-12-31"),
                ("contracts.C-US.currency", "EUR", "USD"),
                ("contracts.C-US.minimum_order_value", "50.00", "75.00"),
                ("contracts.C-US.policies.no_price", "hold", "reject"),
            ],
            id="a further contract",
        ),
        pytest.param(
            FURTHER,
            FURTHER.replace("75.00", "80.00"),
            [("contracts.C-US.minimum_order_value", "75.00", "80.00")],
            id="a key of a further contract",
        ),
        pytest.param(
            FURTHER,
            "",
            [("contracts.C-US", "in USD, 2026-01-01 to 2026-12-31", None)],
            id="a further contract that goes",
        ),
    ],
)
def test_tables_are_told_key_by_key(old, new, told):
    changes = key_changes(acme(partner=ACME_TOML + old), acme(partner=ACME_TOML + new))

    assert [(change.key, change.old, change.new) for change in changes] == told


def test_an_article_that_comes_and_one_that_goes():
    added = ACME_ARTICLES + "NEW-1,,,New,PCE,,,20.0\n"

    assert [c.what for c in article_changes(ACME, acme(articles=added))] == ["added"]
    assert [c.what for c in article_changes(acme(articles=added), ACME)] == ["removed"]


def test_an_article_is_told_by_the_fields_that_changed():
    new = acme(
        articles=ACME_ARTICLES.replace("BACHE-4X5,", "BACHE-4X5,", 1).replace(",20.0", ",5.5")
    )

    changes = {change.article: change.fields for change in article_changes(ACME, new)}

    assert changes["BACHE-4X5"] == {"vat_rate": ("20.0", "5.5")}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            ["BACHE-4X5,1,24.00,1,2026-01-01,2026-12-31"],
            ["BACHE-4X5,1,25.20,1,2026-01-01,2026-12-31"],
            [("changed", "24.00", "25.20", "5.00")],
            id="dearer",
        ),
        pytest.param(
            ["BACHE-4X5,1,24.00,1,2026-01-01,2026-12-31"],
            ["BACHE-4X5,1,2400.00,100,2026-01-01,2026-12-31"],
            [("changed", "24.00", "2400.00 / 100", "0.00")],
            id="the same for a hundred",
        ),
        pytest.param(
            ["BACHE-4X5,1,24.00,1,2026-01-01,2026-12-31"],
            ["BACHE-4X5,1,24.00,1,2026-07-01,2026-12-31"],
            [("changed", "24.00", "24.00", "0.00")],
            id="later",
        ),
        pytest.param(
            ["BACHE-4X5,1,24.00,1,2026-01-01,2026-12-31"],
            [
                "BACHE-4X5,1,24.00,1,2026-01-01,2026-12-31",
                "BACHE-4X5,1,23.00,1,2027-01-01,2027-12-31",
            ],
            [("added", None, "23.00", None)],
            id="a further year",
        ),
        pytest.param(
            ["BACHE-4X5,1,24.00,1,2026-01-01,2026-12-31"],
            [],
            [("removed", "24.00", None, None)],
            id="gone",
        ),
    ],
)
def test_prices_are_told_with_what_becomes_of_them(old, new, expected):
    assert changes_of(prices(*old), prices(*new)) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(["1,24.00,1,2026-01-01,2026-12-31"], [], id="covered"),
        pytest.param(["1,24.00,1,2026-01-01,"], [], id="open"),
        pytest.param(
            ["1,24.00,1,2026-02-01,2026-12-30"],
            [("2026-01-01", "2026-01-31"), ("2026-12-31", "2026-12-31")],
            id="first and last days",
        ),
        pytest.param(
            ["1,24.00,1,2026-01-01,2026-03-31", "10,20.00,1,2026-04-02,2026-12-31"],
            [("2026-04-01", "2026-04-01")],
            id="one day between",
        ),
        pytest.param(
            ["1,24.00,1,2026-01-01,2026-12-31", "10,20.00,1,2026-03-01,2026-04-01"],
            [],
            id="within another",
        ),
        pytest.param([], [("2026-01-01", "2026-12-31")], id="no price at all"),
    ],
)
def test_days_without_a_price_are_found_to_the_day(rows, expected):
    assert gaps_of(prices(*(f"BACHE-4X5,{row}" for row in rows))) == expected


def test_a_price_for_one_delivery_party_leaves_the_others_without():
    row = "BACHE-4X5,1,24.00,1,2026-01-01,2026-12-31,5412345000020"

    assert gaps_of(prices(row, columns=",delivery_party")) == [("2026-01-01", "2026-12-31")]


def units(*rows):
    text = "article,unit,factor,gtin\n" + "".join(f"{row}\n" for row in rows)
    return read_package({**package_of(), "units.csv": text.encode()}, "acme")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(["EAU-6,CT,12,"], ["EAU-6,CT,12,"], [], id="the same"),
        pytest.param([], ["EAU-6,CT,12,"], [("added", None, "12", None)], id="comes"),
        pytest.param(["EAU-6,CT,12,"], [], [("removed", "12", None, None)], id="goes"),
        pytest.param(
            ["EAU-6,CT,12,"], ["EAU-6,CT,24,"], [("changed", "12", "24", None)], id="factor"
        ),
        pytest.param(
            ["EAU-6,CT,12,"],
            ["EAU-6,CT,12,3760123450188"],
            [("changed", "12", "12", "3760123450188")],
            id="GTIN",
        ),
    ],
)
def test_units_are_told_by_factor_and_gtin(old, new, told):
    found = list(unit_changes(units(*old), units(*new)))

    assert [
        (
            each.what,
            None if each.old is None else str(each.old),
            None if each.new is None else str(each.new),
            each.new_gtin,
        )
        for each in found
    ] == told
