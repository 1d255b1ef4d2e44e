"""A partner package is read whole, or refused with every fault and its exact place."""

import re
from datetime import date
from decimal import Decimal

import pytest

from edi_gateway.contract.package import read_package
from edi_gateway.contract.partner import Acknowledge
from edi_gateway.contract.policies import NoPrice, Policies, QuantityNotMultiple
from edi_gateway.errors import ConfigError
from tests.unit.contract.builders import (
    ACME,
    ACME_ARTICLES,
    ACME_PRICES,
    ACME_TOML,
    package_of,
)

TEXTS = {"partner": ACME_TOML, "articles": ACME_ARTICLES, "prices": ACME_PRICES}


def with_change(which, old, new):
    assert old in TEXTS[which], old
    return package_of(**{**TEXTS, which: TEXTS[which].replace(old, new, 1)})


def faults_of(files, origin="acme"):
    with pytest.raises(ConfigError) as refused:
        read_package(files, origin)
    return list(refused.value.faults)


def test_articles_are_indexed():
    assert ACME.articles.by_gtin["03760123450072"].code == "PERCEUSE-18"


def test_figures_are_decimals():
    assert ACME.articles.by_code["MASTIC-VR"].pack_multiple == Decimal("0.5")


def test_every_price_is_kept():
    assert len(ACME.prices) == 24


def test_a_byte_order_mark_is_no_fault():
    files = {name: b"\xef\xbb\xbf" + data for name, data in package_of().items()}

    assert read_package(files, "acme").partner.id == "acme"


def test_windows_line_ends_are_no_fault():
    files = {name: data.replace(b"\n", b"\r\n") for name, data in package_of().items()}

    assert len(read_package(files, "acme").articles) == 14


def test_the_order_of_the_columns_is_free():
    prices = (
        "price,valid_until,article,per_quantity,valid_from,from_quantity\n"
        "24.00,,BACHE-4X5,1,2026-01-01,1\n"
    )

    agreement = read_package(package_of(prices=prices), "acme")

    assert agreement.prices.of("BACHE-4X5")[0].price == Decimal("24.00")


def test_a_blank_end_leaves_a_price_open():
    prices = ACME_PRICES.replace("24.00,1,2026-01-01,2026-12-31", "24.00,1,2026-01-01,")

    agreement = read_package(package_of(prices=prices), "acme")

    assert agreement.prices.of("BACHE-4X5")[0].is_valid_on(date(2040, 1, 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(",3760123450010,", ",,", id="GTIN"),
        pytest.param(",778801,", ",,", id="buyer's code"),
        pytest.param("PCE,100,100,20.0", "PCE,,100,20.0", id="pack"),
        pytest.param("PCE,100,100,20.0", "PCE,100,,20.0", id="minimum"),
    ],
)
def test_what_an_article_may_leave_blank(old, new):
    assert len(read_package(with_change("articles", old, new), "acme").articles) == 14


def test_missing_policies_are_cautious():
    partner = ACME_TOML.split("[contract.policies]")[0]

    agreement = read_package(package_of(partner=partner), "acme")

    assert agreement.contract.policies == Policies()
    assert agreement.contract.policies.no_price is NoPrice.HOLD
    assert agreement.contract.policies.quantity_not_multiple is QuantityNotMultiple.REJECT


def test_optional_keys_of_the_agreement_are_read():
    partner = ACME_TOML.replace(
        'country = "FR"',
        'country = "FR"\nbuyers = ["5412345000020"]\nacknowledge = "requested"\n'
        "one_message_per_interchange = true",
    )

    agreement = read_package(package_of(partner=partner), "acme")

    assert agreement.partner.buyers == ("5412345000020",)
    assert agreement.partner.acknowledge is Acknowledge.REQUESTED
    assert agreement.partner.one_message_per_interchange


def test_a_tolerance_may_be_a_bare_number():
    files = with_change("partner", '"2.0"', "2.5")

    assert read_package(files, "acme").contract.price_tolerance_percent == Decimal("2.5")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param("34.90", "34,90", "3:16: 7 columns", id="comma decimal"),
        pytest.param("34.90", '"34,90"', "3:16: price: decimal comma in '34,90'; write 34.90",
                     id="quoted comma decimal"),
        pytest.param("34.90", "0", "3:16: price: '0' is not above 0", id="price of nothing"),
        pytest.param("34.90", "-1", "3:16: price: '-1' is not above 0", id="negative price"),
        pytest.param("34.90", "1e3", "3:16: price: '1e3' is no number", id="exponent"),
        pytest.param("2.15,100,", "2.15,0,", "4:17: per_quantity: '0'", id="per nothing"),
        pytest.param("2.15,100,", "2.15,,", "4:17: per_quantity: is blank", id="blank per"),
        pytest.param("LAMPE-AV", "LAMPE-AX", "18:1: article 'LAMPE-AX' is not in", id="stranger"),
        pytest.param("1,4.20,1,2026-01-01,2026-06-30", "1,4.20,1,2026-01-01,2026-07-01",
                     "6:18: two prices of GANT-T9 from quantity 1", id="a day in common"),
        pytest.param("1,4.20,1,2026-01-01,2026-06-30", "1,4.20,1,2026-01-01,",
                     "6:18: two prices of GANT-T9", id="open end"),
        pytest.param("14.90,1,2026-01-01,2026-06-30", "14.90,1,2026-07-01,2026-06-30",
                     "18:31: valid_until 2026-06-30 lies before", id="ends before it begins"),
        pytest.param("14.90,1,2026-01-01", "14.90,1,01/01/2026",
                     "18:20: valid_from: '01/01/2026' is no date; write it as YYYY-MM-DD",
                     id="another way to write a date"),
        pytest.param("14.90,1,2026-01-01,2026-06-30", "14.90,1,2026-01-01,2026-06-31",
                     "18:31: valid_until: '2026-06-31' is not in the calendar", id="31 June"),
        pytest.param("per_quantity", "per_quantiti", "1:1: column 'per_quantity' is missing",
                     id="missing column"),
        pytest.param("per_quantity", "per_quantiti",
                     "1:29: unknown column 'per_quantiti'; did you mean 'per_quantity'?",
                     id="unknown column"),
        pytest.param("LAMPE-AV,1,14.90,1", "LAMPE-AV,1,14.90", "18:39: 5 columns", id="too few"),
        pytest.param("LAMPE-AV,1", '"LAMPE-AV"x,1', "18:1: not CSV", id="a quote too many"),
    ],
)  # fmt: skip
def test_a_fault_in_the_prices_is_located(old, new, fault):
    faults = faults_of(with_change("prices", old, new))

    assert any(one.startswith(f"acme/prices.csv:{fault}") for one in faults), faults


def test_an_unknown_column_does_not_hide_the_faults_of_the_rows():
    head, *rows = TEXTS["prices"].replace("34.90", "-1", 1).splitlines()
    prices = "\n".join([f"{head},colour", *(f"{row},red" for row in rows)])

    faults = faults_of(package_of(**{**TEXTS, "prices": prices}))

    assert [fault.split(";")[0] for fault in faults] == [
        "acme/prices.csv:1:65: unknown column 'colour'",
        "acme/prices.csv:3:16: price: '-1' is not above 0",
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param('"Lampe, ancienne"', "Lampe, ancienne",
                     '9:31: 9 columns where the header has 8: description: unquoted comma; '
                     'write "Lampe, ancienne"', id="unquoted comma"),
        pytest.param("778802", "778801", "3:24: buyer_code '778801' stands in line 2", id="code"),
        pytest.param("ECROU-M6,", "VIS-M6X20,", "3:1: article 'VIS-M6X20' stands in line 2",
                     id="article"),
        pytest.param("3760123450027", "3760123450010", "3:10: gtin '3760123450010' stands in",
                     id="GTIN"),
        pytest.param("3760123450027", "03760123450010", "3:10: gtin '03760123450010' stands in",
                     id="GTIN in another length"),
        pytest.param("3760123450027", "3760123450028", "3:10: gtin: the check digit of",
                     id="check digit"),
        pytest.param("3760123450027", "376012345002", "3:10: gtin: the check digit",
                     id="a digit short, as a GTIN-12"),
        pytest.param("3760123450027", "37601234", "3:10: gtin:", id="cut off"),
        pytest.param("PCE,6,6,20.0", "PCE,0,6,20.0", "5:43: pack_multiple: '0' is not above 0",
                     id="pack of nothing"),
        pytest.param("PCE,6,6,20.0", "PCE,6,6,", "5:47: vat_rate: is blank", id="no VAT rate"),
        pytest.param("PCE,6,6,20.0", "PCE,6,6,120", "5:47: vat_rate: '120' is no rate", id="120 %"),
        pytest.param("PCE,6,6,20.0", "pièce,6,6,20.0", "5:39: unit: 'pièce' is not", id="unit"),
    ],
)  # fmt: skip
def test_a_fault_in_the_articles_is_located(old, new, fault):
    faults = faults_of(with_change("articles", old, new))

    assert any(one.startswith(f"acme/articles.csv:{fault}") for one in faults), faults


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param('"acme"', '"erp"', "2:1: partner.id: 'erp'", id="the ERP's id"),
        pytest.param('"acme"', '"Acme 1"', "2:1: partner.id: 'Acme 1'", id="letters"),
        pytest.param('gln = "5412345000013"', 'gln = "5412345000014"',
                     "4:1: partner.gln: the check digit", id="GLN"),
        pytest.param('siren = "900000019"', 'siren = "9000"', "7:1: partner.siren:", id="SIREN"),
        pytest.param('"EDIFACT D.96A"', '"EDIFACT D.97B"',
                     "11:1: partner.formats.order_response: 'EDIFACT D.97B' is not known; write "
                     "one of: EDIFACT D.93A, EDIFACT D.96A, EDIFACT D.97A, EDIFACT D.99B, "
                     "EDIFACT D.01B, UBL 2.1, Peppol BIS 3", id="format"),
        pytest.param('"EDIFACT D.96A"', '"EDIFACT D.96A"\ndespatch_advice = "UBL 2.2"',
                     "12:1: partner.formats.despatch_advice: 'UBL 2.2' is not known; write one "
                     "of: EDIFACT D.93A,", id="despatch advice"),
        pytest.param('no_price = "hold"', 'no_prise = "hold"',
                     "30:1: unknown key 'no_prise'; did you mean 'no_price'?", id="misspelt"),
        pytest.param('"round_up"', '"up"',
                     "31:1: contract.policies.quantity_not_multiple: 'up' is not known; write "
                     "one of: round_up, round_down, reject", id="policy"),
        pytest.param('changed_order_number = "hold"', 'changed_order_number = "accept"',
                     "35:1: contract.policies.changed_order_number: 'accept' is not known; write "
                     "one of: hold", id="the policy with one value"),
        pytest.param("valid_until = 2026-12-31", "valid_until = 2025-12-31",
                     "19:1: contract.valid_until: 2025-12-31 lies before", id="validity"),
        pytest.param('currency = "EUR"', 'currency = "Euro"', "20:1: contract.currency:", id="EUR"),
        pytest.param('currency = "EUR"\n', "", "15:1: currency is missing in [contract]",
                     id="missing key"),
        pytest.param('"2.0"', '"2,0"',
                     "22:1: contract.price_tolerance_percent: decimal comma in '2,0'; write 2.0",
                     id="comma"),
        pytest.param("payment_days = 30", 'payment_days = "30"', "24:1: contract.payment_days",
                     id="days in quotes"),
        pytest.param("[contract]", "[contract", "15:10: not TOML", id="not TOML"),
        pytest.param("payment_days = 30", "payment_days = 30\npayment_days = 60",
                     "25:18: not TOML: the key stands in this table already; remove one",
                     id="twice"),
        pytest.param("[partner.formats]", "[partner.format]", "10:1: unknown key 'format'",
                     id="misspelt table"),
    ],
)  # fmt: skip
def test_a_fault_in_the_partner_is_located(old, new, fault):
    faults = faults_of(with_change("partner", old, new))

    assert any(one.startswith(f"acme/partner.toml:{fault}") for one in faults), faults


def test_every_fault_of_every_file_is_told_at_once():
    files = package_of(
        partner=ACME_TOML.replace('"round_up"', '"up"').replace('"raise"', '"up"'),
        articles=ACME_ARTICLES.replace("778802", "778801"),
        prices=ACME_PRICES.replace("LAMPE-AV", "LAMPE-AX"),
    )

    assert [one.split(":")[0] for one in faults_of(files)] == [
        "acme/partner.toml",
        "acme/partner.toml",
        "acme/articles.csv",
        "acme/prices.csv",
    ]


def test_a_value_that_cannot_be_read_does_not_hide_the_other_faults_of_its_row():
    head = "article,from_quantity,price,per_quantity,valid_from,valid_until,price_list,contract\n"
    files = package_of(
        prices=f"{head}BACHE-4X5,1,0,1,2026-12-31,2026-01-01,PL-2,C-9\nNONE,1,1,x,2026-01-01,,,\n"
    )
    files["units.csv"] = b"article,unit,factor\nEAU-6,CT,6\nEAU-6,CT,0\nNONE,CT,x\n"

    faults = faults_of(files)

    assert [fault.split(": ")[0] for fault in faults] == [
        "acme/prices.csv:2:13",  # the price
        "acme/prices.csv:2:28",  # the end
        "acme/prices.csv:2:44",  # belongs to two
        "acme/prices.csv:2:44",  # the contract
        "acme/prices.csv:3:1",
        "acme/prices.csv:3:10",
        "acme/units.csv:3:7",
        "acme/units.csv:3:10",
        "acme/units.csv:4:1",
        "acme/units.csv:4:9",
    ]


def test_a_key_that_cannot_be_read_does_not_hide_that_others_disagree():
    text = ACME_TOML.replace("valid_until = 2026-12-31", "valid_until = 2025-12-31")
    text = text.replace('"round_up"', '"up"') + 'stock_short = "substitute"\n'

    faults = faults_of(package_of(partner=text))

    assert [fault.split(": ")[1] for fault in faults] == [
        "contract.valid_until",
        "contract.policies.quantity_not_multiple",
        "contract.policies.stock_short",
    ]


def test_an_allowance_whose_percent_cannot_be_read_is_one_fault():
    text = ACME_TOML + '\n[[contract.allowances]]\nsequence = 1\npercent = "110"\n'

    (fault,) = faults_of(package_of(partner=text))

    assert "percent: '110' is no rate" in fault


def test_a_faulty_article_does_not_make_its_prices_faulty():
    faults = faults_of(with_change("articles", "PCE,6,6,20.0", "PCE,6,6,"))

    assert len(faults) == 1


def test_a_missing_file_is_named():
    files = package_of()
    del files["prices.csv"]

    (fault,) = faults_of(files)

    assert fault.startswith("acme/prices.csv:1:1: the file is missing")


def test_a_file_in_another_encoding_is_located():
    files = package_of()
    files["articles.csv"] = files["articles.csv"].decode().encode("latin-1")

    (fault,) = faults_of(files)

    assert fault == "acme/articles.csv:3:32: not UTF-8; save the file as UTF-8"


def test_semicolons_are_recognised():
    (fault,) = faults_of(package_of(prices=ACME_PRICES.replace(",", ";")))

    assert fault.startswith("acme/prices.csv:1:1: columns are separated by semicolons")


def test_an_empty_file_lacks_its_columns():
    assert len(faults_of(package_of(prices=""))) == 6


def test_aperak_is_refused_where_order_responses_are_no_edifact():
    files = with_change("partner", "[partner]\n", '[partner]\napplication_errors = "aperak"\n')
    text = files["partner.toml"].decode()
    text = re.sub(r'order_response = "[^"]*"', 'order_response = "UBL 2.1"', text)

    (fault,) = faults_of({**files, "partner.toml": text.encode()})

    assert "application_errors: order responses are UBL 2.1, which has no APERAK" in fault
