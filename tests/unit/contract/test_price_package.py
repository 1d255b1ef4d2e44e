"""What is wrong with prices, units, contracts and shared lists is told with its place."""

from __future__ import annotations

import pytest

from edi_gateway.contract.package import read_package
from edi_gateway.contract.package.price_list import read_price_list
from edi_gateway.errors import ConfigError
from tests.unit.contract.builders import ACME_TOML, package_of

HEAD = "article,from_quantity,price,per_quantity,valid_from,valid_until"
MORE = "price_list,contract,promotion,delivery_party,currency,unit,kind,guaranteed_until"
YEAR = "2026-01-01,2026-12-31"
UNITS = "article,unit,factor,gtin\n"


def faults_of(*rows, partner=ACME_TOML, units=None):
    files = package_of(partner=partner, prices="\n".join([f"{HEAD},{MORE}", *rows, ""]))
    if units is not None:
        files["units.csv"] = (UNITS + units).encode()
    try:
        read_package(files, "acme")
    except ConfigError as error:
        return list(error.faults)
    return []


def price(*, party="", currency="", unit="", kind="", until="", **belongs):
    names = ("price_list", "contract", "promotion")
    owners = ",".join(belongs.get(name, "") for name in names)
    begin, days = belongs.get("begin", "1"), belongs.get("days", YEAR)
    return f"BACHE-4X5,{begin},24.00,1,{days},{owners},{party},{currency},{unit},{kind},{until}"


NAMED_PROMOTIONS = ACME_TOML.replace("[contract]\n", '[contract]\npromotions = "named"\n')
CARTON = "BACHE-4X5,CT,12,\n"


@pytest.mark.parametrize(
    ("one", "other", "more"),
    [
        pytest.param({}, {}, {}, id="nothing"),
        pytest.param({}, {"price_list": "PL2026"}, {}, id="the list a row is in anyway"),
        pytest.param({}, {"currency": "EUR"}, {}, id="the currency a row is in anyway"),
        pytest.param({}, {"kind": "gross"}, {}, id="net and gross"),
        pytest.param({"contract": "C-2026-017"}, {"contract": "C-2026-017"}, {}, id="contract"),
        pytest.param({"promotion": "A"}, {"promotion": "A"}, {}, id="promotion"),
        pytest.param({"promotion": "A"}, {"promotion": "B"}, {}, id="automatic promotions"),
        pytest.param({"party": "5412345000020"}, {"party": "5412345000020"}, {}, id="party"),
        pytest.param(
            {"begin": "12"}, {"unit": "CT"}, {"units": CARTON}, id="a break of twelve pieces"
        ),
        pytest.param({"unit": "H87"}, {}, {}, id="two names of a piece"),
        pytest.param({"days": "2026-01-01,"}, {"days": "2026-12-31,"}, {}, id="one day"),
    ],
)
def test_rows_that_tie_are_refused(one, other, more):
    (fault,) = faults_of(price(**one), price(**other), **more)

    assert fault.startswith("acme/prices.csv:3:21: two prices of BACHE-4X5")
    assert fault.endswith("this row and line 2; end one before the other begins")


@pytest.mark.parametrize(
    ("one", "other", "more"),
    [
        pytest.param({}, {"price_list": "OTHER"}, {}, id="price list"),
        pytest.param({}, {"contract": "C-2026-017"}, {}, id="contract"),
        pytest.param({}, {"promotion": "A"}, {}, id="promotion"),
        pytest.param({}, {"party": "5412345000020"}, {}, id="delivery party"),
        pytest.param({}, {"currency": "USD"}, {}, id="currency"),
        pytest.param({}, {"begin": "2"}, {}, id="break"),
        pytest.param({}, {"unit": "CT"}, {"units": CARTON}, id="a break of twelve pieces"),
        pytest.param(
            {"promotion": "A"}, {"promotion": "B"}, {"partner": NAMED_PROMOTIONS}, id="promotions"
        ),
    ],
)
def test_rows_that_something_tells_apart_do_not_tie(one, other, more):
    assert faults_of(price(**one), price(**other), **more) == []


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        pytest.param(
            {"price_list": "A", "promotion": "B"},
            "2:46: a row belongs to one of price_list or promotion, not to both",
            id="two owners",
        ),
        pytest.param(
            {"contract": "C-9"},
            "2:44: contract 'C-9' is not in partner.toml; write C-2026-017",
            id="contract",
        ),
        pytest.param({"party": "5412345000021"}, "2:46: delivery_party: the check", id="GLN"),
        pytest.param({"currency": "euro"}, "2:47: currency: 'euro' is not allowed", id="currency"),
        pytest.param(
            {"unit": "CT"},
            "2:48: BACHE-4X5 is sold in PCE, and no factor of CT is known; add it to units.csv",
            id="unit without factor",
        ),
        pytest.param({"kind": "brut"}, "2:49: kind: 'brut' is not known; write one of: net, gross",
                     id="kind"),
        pytest.param(
            {"until": "2027-01-31"},
            "2:50: guaranteed_until 2027-01-31 lies after valid_until 2026-12-31",
            id="guarantee",
        ),
    ],
)  # fmt: skip
def test_a_fault_in_a_price_row_is_located(row, fault):
    (found,) = faults_of(price(**row))

    assert found.startswith(f"acme/prices.csv:{fault}")


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        pytest.param("NONE,CT,12,\n", "2:1: article 'NONE' is not in articles.csv", id="article"),
        pytest.param("EAU-6,CT,0,\n", "2:10: factor: '0' is not above 0", id="no factor"),
        pytest.param("EAU-6,H87,6,\n", "2:11: H87 is the article's own unit", id="own unit"),
        pytest.param("EAU-6,CT,6,\nEAU-6,CT,8,\n", "3:7: unit CT of EAU-6 stands in line 2 already",
                     id="twice"),
        pytest.param("EAU-6,CT,6,3760123450010\n",
                     "2:12: gtin '3760123450010' stands in articles.csv of VIS-M6X20 already",
                     id="the GTIN of an article"),
        pytest.param("EAU-6,CT,6,13760123450017\nCAFE-VR,CT,6,13760123450017\n",
                     "3:14: gtin '13760123450017' stands in line 2 already", id="GTIN twice"),
    ],
)  # fmt: skip
def test_a_fault_in_the_units_is_located(rows, fault):
    (found,) = faults_of(price(), units=rows)

    assert found.startswith(f"acme/units.csv:{fault}")


FURTHER = f"""{ACME_TOML}
[[contracts]]
number = "C-2"
currency = "USD"

[[contracts]]
number = "C-3"
delivery_parties = ["5412345000020"]
payment_days = 60

[contracts.policies]
no_price = "reject"

[[contracts.charges]]
kind = "freight"
amount = "9.90"
"""


def test_a_further_contract_inherits_what_it_does_not_say():
    agreement = read_package(package_of(partner=FURTHER), "acme")

    main, dollars, own = agreement.contracts
    assert (dollars.currency, dollars.payment_days) == ("USD", main.payment_days)
    assert (own.payment_days, own.policies.no_price) == (60, "reject")
    assert own.policies.unknown_article == main.policies.unknown_article == "reject"
    assert ([len(each.charges) for each in agreement.contracts]) == [0, 0, 1]


def test_a_list_of_a_further_contract_takes_the_place_of_the_inherited():
    charge = '\n[[contract.charges]]\nkind = "freight"\namount = "9.90"\n'
    text = ACME_TOML + charge + '\n[[contracts]]\nnumber = "C-2"\ncurrency = "USD"\ncharges = []\n'

    agreement = read_package(package_of(partner=text), "acme")

    assert [len(each.charges) for each in agreement.contracts] == [1, 0]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param('currency = "USD"', 'currency = "EUR"',
                     "38:1: contracts C-2026-017 and C-2 are valid on the same days, in one "
                     "currency and for the same delivery parties", id="not told apart"),
        pytest.param('"C-3"', '"C-2"', "42:1: contract C-2 stands above already", id="number"),
        pytest.param('number = "C-3"\n', "", "41:1: number is missing in [contracts[2]]",
                     id="no number"),
        pytest.param("payment_days = 60", 'payment_days = "60"', "44:1: contracts[2].payment_days",
                     id="value"),
        pytest.param('no_price = "reject"', 'no_prise = "reject"',
                     "47:1: unknown key 'no_prise'; did you mean 'no_price'?", id="policy"),
        pytest.param('kind = "freight"', 'kind = "toll"', "50:1: contracts[2].charges[1].kind: "
                     "'toll' is not known; write one of: small-order, freight, packing", id="kind"),
        pytest.param('kind = "freight"', 'kind = "small-order"',
                     "50:1: a small-order charge needs a value; add `below`", id="small order"),
        pytest.param("[[contracts.charges]]", "[contracts.charges]",
                     "49:1: contracts[2].charges is no list of tables", id="one bracket"),
        pytest.param('price_date = "order"', 'price_date = "order"\ntime_zone = "Mars"',
                     "22:1: contract.time_zone: 'Mars' is no time zone", id="time zone"),
    ],
)  # fmt: skip
def test_a_fault_in_a_further_contract_is_located(old, new, fault):
    found = faults_of(price(), partner=FURTHER.replace(old, new))

    assert any(one.startswith(f"acme/partner.toml:{fault}") for one in found), found


def test_an_allowance_takes_a_percent_or_an_amount():
    text = f'{ACME_TOML}\n[[contract.allowances]]\nsequence = 1\npercent = "1"\namount = "1"\n'

    (fault,) = faults_of(price(), partner=text)

    assert fault.startswith("acme/partner.toml:37:1: an allowance has either a percent or an")


def test_articles_of_one_break_group_have_one_unit():
    files = package_of()
    text = files["articles.csv"].decode().replace("vat_rate\n", "vat_rate,break_group\n")
    text = text.replace(",20.0\n", ",20.0,G\n").replace(",5.5\n", ",5.5,\n")

    with pytest.raises(ConfigError) as refused:
        read_package({**files, "articles.csv": text.encode()}, "acme")

    (fault,) = refused.value.faults
    assert fault.startswith("acme/articles.csv:7:56: break_group 'G' holds articles in PCE and")


def test_free_goods_are_articles_of_the_package():
    text = f'{ACME_TOML}\n[[contract.free_goods]]\narticle = "EAU-9"\nfor_every = 6\nfree = 1\n'

    (fault,) = faults_of(price(), partner=text)

    assert fault.startswith("acme/partner.toml:38:1: article 'EAU-9' is not in articles.csv")


SHARED = {
    "price-list.toml": b'[price_list]\nid = "BASE"\ncurrency = "EUR"\n',
    "prices.csv": f"{HEAD}\nA,1,2.00,1,{YEAR}\nB,1,3.00,1,{YEAR}\n".encode(),
}


def test_a_shared_list_needs_no_articles():
    shared = read_price_list(SHARED, "base")

    assert (shared.id, shared.currency, len(shared.rows)) == ("BASE", "EUR", 2)


@pytest.mark.parametrize(
    ("file", "data", "fault"),
    [
        pytest.param("prices.csv", f"{HEAD}\nA,1,2.00,1,{YEAR}\nA,1,3.00,1,{YEAR}\n",
                     "prices.csv:3:12: two prices of A from quantity 1", id="tie"),
        pytest.param("prices.csv", f"{HEAD},promotion\nA,1,2.00,1,{YEAR},X\n",
                     "prices.csv:2:1: a shared list holds rows of its own only", id="promotion"),
        pytest.param("price-list.toml", '[price_list]\nid = "BASE"\n',
                     "price-list.toml:1:1: currency is missing in [price_list]", id="currency"),
    ],
)  # fmt: skip
def test_a_fault_in_a_shared_list_is_located(file, data, fault):
    with pytest.raises(ConfigError) as refused:
        read_price_list({**SHARED, file: data.encode()}, "base")

    (found,) = refused.value.faults
    assert found.startswith(f"base/{fault}")


def test_a_shared_list_lacks_a_file():
    with pytest.raises(ConfigError) as refused:
        read_price_list({"prices.csv": SHARED["prices.csv"]}, "base")

    assert refused.value.faults[0].startswith("base/price-list.toml:1:1: the file is missing")


@pytest.mark.parametrize("later", ["despatch", "invoice"])
def test_an_invoice_on_acceptance_cannot_have_the_price_of_a_later_day(later):
    partner = ACME_TOML.replace('price_date = "order"', f'price_date = "{later}"')

    (fault,) = faults_of(price(), partner=partner)

    assert fault.startswith(
        f"acme/partner.toml:21:1: contract.price_date: the price of the day of the {later} is not"
    )
    assert fault.endswith('write "receipt", or another invoice_on')
