"""A package read through an index is the same package, whatever is asked of it."""

from __future__ import annotations

import gc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edi_gateway.contract.package import read_package
from edi_gateway.contract.resolution import agreement_for
from edi_gateway.contract.rules import decide
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.packages.forms import WholeList
from edi_gateway.exchange.packages.indexing import index_files
from tests.unit.contract import test_pricing_cases as pricing
from tests.unit.contract.builders import (
    ACME_ARTICLES,
    ACME_PRICES,
    ACME_TOML,
    COMPANY,
    package_of,
)


@pytest.fixture(scope="module")
def read_whole():
    """Returns the files and shared lists of a setting in place of its agreement."""
    patch = pytest.MonkeyPatch()
    patch.setattr(pricing, "read_package", lambda files, origin, shared: (files, origin, shared))
    yield pricing.agreement_of.__wrapped__
    patch.undo()


@pytest.mark.parametrize("case", pricing.cases(), ids=lambda case: case.shows)
def test_a_slice_decides_as_the_whole_package_does(case, read_whole):
    order, circumstances = pricing.order_of(case), pricing.circumstances_of(case)
    files, origin, shared = read_whole(case.setting)
    whole = read_package(files, origin, shared=shared)
    lists = [WholeList(each) for each in shared.values()]
    indexed = index_files(files, origin=origin, lists=lists)

    expected, found = (
        decide(
            order,
            agreement_for(order, agreement, circumstances),
            company=COMPANY,
            circumstances=circumstances,
        )
        for agreement in (whole, indexed.for_orders([order]))
    )

    assert told(found) == told(expected)


def told(decision):
    """All that is decided, and the sentences that explain it."""
    lines = [
        {name: getattr(line, name) for name in line.__struct_fields__ if name != "steps"}
        | {"trace": line.trace}
        for line in decision.lines
    ]
    return (decision.outcome, decision.status, decision.findings, decision.net_amount, lines)


def faults_of(read, files):
    try:
        read(files)
    except ConfigError as error:
        return list(error.faults)
    return []


def assert_same_faults(files):
    whole = faults_of(lambda files: read_package(files, "acme"), files)
    indexed = faults_of(lambda files: index_files(files, origin="acme"), files)
    assert indexed == whole
    return whole


ARTICLE = "NEW-1,,,New,PCE,,,20.0\n"
UNITS = "article,unit,factor,gtin\n"


@pytest.mark.parametrize(
    ("partner", "articles", "prices", "units"),
    [
        pytest.param("", ARTICLE + ARTICLE, "", "", id="an article twice"),
        pytest.param("", "NEW-1,3760123450072,,New,PCE,,,20.0\n", "", "", id="a GTIN twice"),
        pytest.param("", "NEW-1,,778801,New,PCE,,,20.0\n", "", "", id="a buyer's code twice"),
        pytest.param("", "NEW-1,,778801,New,PCE,x,,20.0\n", "", "", id="twice, and unreadable"),
        pytest.param("", "NEW-1,,,New\n", "", "", id="too few columns"),
        pytest.param("", "", "NONE,1,2.00,1,2026-01-01,\n" * 2, "", id="no such article, twice"),
        pytest.param("", "", "BACHE-4X5,1,2.00,1,2026-12-31,\n", "", id="a tie on the last day"),
        pytest.param("", "", "BACHE-4X5,1.0,2.00,1,2026-12-31,\n", "", id="a tie, 1.0 and 1"),
        pytest.param("", "", "BACHE-4X5,1,2.00,1,2027-01-01,\n", "", id="no tie a day later"),
        pytest.param("", "", "BACHE-4X5,1,2.00,1,2027-02-01,2027-01-01\n", "", id="ends early"),
        pytest.param("", "", "BACHE-4X5,1,2,00,1,2027-01-01,\n", "", id="comma for a point"),
        pytest.param("", "", 'BACHE-4X5,1,"2.00,1,2027-01-01,\n', "", id="a quote left open"),
        pytest.param("nonsense = 1\n", ARTICLE * 2, "X,1,2.00,1,2027-01-01,\n", "", id="all three"),
        pytest.param("", "", "", "NONE,BX,12,\n", id="a unit of no article"),
        pytest.param("", "", "", "BACHE-4X5,BX,12,\nBACHE-4X5,BX,6,\n", id="a unit twice"),
        pytest.param("", "", "", "BACHE-4X5,EA,12,\n", id="its own unit holds one"),
        pytest.param("", "", "", "BACHE-4X5,BX,12,3760123450072\n", id="a GTIN of another"),
    ],
)
def test_an_indexed_package_is_refused_in_the_same_words(partner, articles, prices, units):
    files = package_of(
        partner=partner + ACME_TOML,
        articles=ACME_ARTICLES + articles,
        prices=ACME_PRICES + prices,
    )
    if units:
        files["units.csv"] = (UNITS + units).encode()

    assert_same_faults(files)


def test_a_file_that_is_no_text_is_refused_in_the_same_words():
    files = package_of() | {"prices.csv": ACME_PRICES.replace("24.00", "24,–").encode("cp1252")}

    faults = assert_same_faults(files)

    assert "not UTF-8" in faults[0]


DAYS = st.sampled_from(["2026-01-01", "2026-03-31", "2026-04-01", "2026-06-30"])
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from(["1", "1.0", "10"]),
        DAYS,
        st.one_of(st.just(""), DAYS),
        st.sampled_from(["", "BX"]),
        st.sampled_from(["", "SPRING", "SUMMER"]),
    ),
    max_size=12,
)
CODES = st.lists(
    st.tuples(st.sampled_from(["A", "B"]), st.sampled_from(["", "1", "2"])), max_size=3
)


@given(rows=ROWS, codes=CODES)
@example(rows=[("B", "1", "2026-01-01", "", "BX", "")], codes=[("A", "1"), ("B", "1"), ("B", "1")])
@example(
    rows=[("A", "1", "2026-03-31", "", "", ""), ("A", "1", "2026-03-31", "2026-01-01", "", "")],
    codes=[],
)
def test_any_table_is_found_wrong_in_the_same_places(rows, codes):
    articles = ACME_ARTICLES.splitlines()[0] + "\n"
    articles += "".join(f"{code},,{theirs},Text,PCE,,,20.0\n" for code, theirs in codes)
    prices = ACME_PRICES.splitlines()[0] + ",unit,promotion\n"
    for article, quantity, since, until, unit, promotion in rows:
        prices += f"{article},{quantity},2.00,1,{since},{until},{unit},{promotion}\n"
    files = package_of(articles=articles, prices=prices)
    files["units.csv"] = b"article,unit,factor\nA,BX,10\n"

    assert_same_faults(files)


GTINS = ["", "3760123450072", "3760123450003"]
LEVELS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from(["BX", "CT", "EA"]),
        st.sampled_from(["1", "6"]),
        st.sampled_from(GTINS),
    ),
    max_size=6,
)
NAMED = st.lists(st.tuples(st.sampled_from(["A", "B", "C"]), st.sampled_from(GTINS)), max_size=4)


@given(articles=NAMED, levels=LEVELS, priced=st.sampled_from(["", "BX", "CT"]))
def test_any_units_are_found_wrong_in_the_same_places(articles, levels, priced):
    table = ACME_ARTICLES.splitlines()[0] + "\n"
    table += "".join(f"{code},{gtin},,Text,PCE,,,20.0\n" for code, gtin in articles)
    units = UNITS + "".join(",".join(level) + "\n" for level in levels)
    prices = ACME_PRICES.splitlines()[0] + f",unit\nB,1,2.00,1,2026-01-01,,{priced}\n"
    files = package_of(articles=table, prices=prices) | {"units.csv": units.encode()}

    assert_same_faults(files)


def test_faults_beyond_the_limit_are_counted():
    prices = ACME_PRICES + "NONE,1,2.00,1,2026-01-01,2026-12-31\n" * 1500
    files = package_of(prices=prices)

    faults = faults_of(lambda files: index_files(files, origin="acme"), files)

    assert len(faults) == 1001
    assert faults[-1].startswith("and ")


def test_a_slice_knows_the_lines_of_the_whole_file():
    indexed = index_files(package_of(), origin="acme")

    rows = indexed.for_articles(["BACHE-4X5"]).prices.of("BACHE-4X5")

    lines = ACME_PRICES.splitlines()
    assert [lines[row.source_line - 1].split(",")[0] for row in rows] == ["BACHE-4X5"] * len(rows)


@pytest.fixture
def _without_collector():
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_without_collector")
def test_a_slice_is_freed_as_soon_as_nobody_holds_it():
    indexed = index_files(package_of(), origin="acme")
    indexed.for_articles(["BACHE-4X5"])
    gc.collect()

    indexed.for_articles(["BACHE-4X5"])

    assert gc.collect() == 0


def test_a_text_with_a_line_end_in_it_is_found_again():
    articles = ACME_ARTICLES + 'NEW-1,,,"One\nTwo",PCE,,,20.0\n'
    indexed = index_files(package_of(articles=articles), origin="acme")

    agreement = indexed.for_articles(["NEW-1"])

    assert agreement.articles.by_code["NEW-1"].description == "One\nTwo"


HEADER = "article,gtin,buyer_code,description,unit,pack_multiple,minimum_quantity,vat_rate"
BARE = f"{HEADER},replaced_by,substitutes,maximum_quantity,break_group\n"


def articles_of(*rows):
    """Code, unit, successor, substitutes, maximum, group."""
    text = BARE
    for code, unit, successor, substitutes, maximum, group in rows:
        text += f"{code},,,Text,{unit},6,,20.0,{successor},{substitutes},{maximum},{group}\n"
    return package_of(articles=text, prices=ACME_PRICES.splitlines()[0] + "\n")


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([("A", "PCE", "B", "", "", ""), ("B", "PCE", "", "", "", "")], id="right"),
        pytest.param([("A", "PCE", "NONE", "", "", "")], id="no such successor"),
        pytest.param([("A", "PCE", "A", "", "", "")], id="its own successor"),
        pytest.param([("A", "PCE", "B", "", "", ""), ("B", "KGM", "", "", "", "")], id="units"),
        pytest.param([("A", "PCE", "B", "", "", ""), ("B", "PCE", "A", "", "", "")], id="a circle"),
        pytest.param([("A", "PCE", "", "", "5", "")], id="a maximum below the pack"),
        pytest.param([("A", "PCE", "", "", "", "G"), ("B", "KGM", "", "", "", "G")], id="group"),
        pytest.param(
            [("A", "PCE", "B", "", "", "")] * 2 + [("B", "PCE", "", "", "", "")], id="twins"
        ),
    ],
)
def test_articles_that_refer_to_others_are_refused_in_the_same_words(rows):
    assert_same_faults(articles_of(*rows))


def test_a_slice_has_what_its_articles_refer_to():
    rows = [
        ("A", "PCE", "B", "", "", ""),
        ("B", "PCE", "C", "", "", ""),
        ("C", "PCE", "", "", "", "G"),
        ("D", "PCE", "", "", "", "G"),
        ("E", "PCE", "", "", "", ""),
    ]
    indexed = index_files(articles_of(*rows), origin="acme")

    assert set(indexed.for_articles(["A"]).articles.by_code) == {"A", "B", "C", "D"}


def test_a_slice_has_every_blanket_order():
    partner = ACME_TOML + (
        '\n[[contract.blankets]]\nnumber = "BO-1"\nvalid_from = 2026-01-01\n'
        "valid_until = 2026-12-31\n"
    )
    files = package_of(partner=partner)
    files["blankets.csv"] = b"blanket,line,article,quantity\nBO-1,1,BACHE-4X5,100\n"
    indexed = index_files(files, origin="acme")

    assert (
        indexed.for_articles(["COLLE-50"]).contract.blankets
        == indexed.terms.contract.blankets
        == read_package(files, "acme").contract.blankets
    )
