"""The keys of dates, guards and approvals in a partner package, and what is wrong with them."""

from datetime import date, time
from decimal import Decimal

import pytest

from edi_gateway.contract.clauses import ApprovalClause, GuardPolicy, Guards
from edi_gateway.contract.package import read_package
from edi_gateway.contract.terms import Contract
from edi_gateway.errors import ConfigError
from tests.unit.contract.builders import ACME, ACME_ARTICLES, ACME_TOML, package_of

HEAD = 'invoice_on = "acceptance"\n'


def contract_with(terms: str = "", clauses: str = "") -> Contract:
    text = ACME_TOML.replace(HEAD, f"{HEAD}{terms}\n") + clauses
    return read_package(package_of(partner=text), "acme").contract


def fault_of(terms: str = "", clauses: str = "") -> str:
    with pytest.raises(ConfigError) as refused:
        contract_with(terms, clauses)
    (fault,) = refused.value.faults
    return fault


def test_a_package_that_says_nothing_judges_and_asks_nothing():
    contract = ACME.contract

    assert not contract.judges_dates
    assert (contract.guards, contract.approvals) == (None, ())
    assert contract.order_types == ("220", "105")


def test_the_terms_of_delivery_are_read():
    contract = contract_with(
        """
        time_zone = "Europe/Paris"
        lead_time_days = 2
        order_cutoff = "14:00"
        delivery_days = ["tue", "thu"]
        holidays = [2026-12-24, "2026-12-31"]
        holiday_calendar = "FR"
        closing_periods = ["2026-08-03/2026-08-14"]
        """
    )

    assert contract.order_cutoff == time(14)
    assert contract.delivery_days == {1, 3}
    assert contract.holidays == {date(2026, 12, 24), date(2026, 12, 31)}
    assert contract.closing_periods == ((date(2026, 8, 3), date(2026, 8, 14)),)


def test_guards_and_approvals_are_read():
    contract = contract_with(
        clauses="""
        [contract.guards]
        quantity_factor = "5"
        value_factor = 4
        value_policy = "flag"

        [[contract.approvals]]
        role = "sales"
        above_value = "20000"

        [[contract.approvals]]
        role = "logistics"
        findings = ["unusual-quantity"]
        """
    )

    assert contract.guards == Guards(
        quantity_factor=Decimal(5), value_factor=Decimal(4), value_policy=GuardPolicy.FLAG
    )
    assert contract.approvals == (
        ApprovalClause(role="sales", above_value=Decimal(20000)),
        ApprovalClause(role="logistics", findings=("unusual-quantity",)),
    )


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ('time_zone = "Europe/Lutetia"', "is no time zone; write one such as Europe/Paris"),
        ("lead_time_days = 1.5", "is not a whole number from 0 to 365"),
        ('order_cutoff = "2 pm"', 'write it as in "14:00"'),
        ('order_cutoff = "25:00"', "is on no clock"),
        ('delivery_days = ["tuesday"]', "write one of: mon, tue, wed, thu, fri, sat, sun"),
        ("holidays = 2026-12-24", "is no list"),
        ('holidays = ["24/12/2026"]', "is no date"),
        ('holiday_calendar = "XX"', "write a country of ISO 3166 such as FR"),
        ('holiday_calendar = "DE-XX"', "or a part of one such as DE-BY"),
        ('closing_periods = ["2026-08-03"]', "write first and last day"),
        ('closing_periods = ["2026-08-14/2026-08-03"]', "ends before it begins"),
        ('closing_periods = ["2026-08-14/2027-08-15"]', "is longer than a year"),
        ('order_types = ["221"]', "write one of: 220, 105, 224, 227, 228"),
        ('delivery_parties = ["5412345000021"]', "the check digit"),
        ("duplicate_days = 0", "is not a whole number from 1 to 366"),
    ],
)
def test_a_fault_in_the_terms_says_what_to_write(terms, said):
    fault = fault_of(terms)

    assert said in fault
    assert fault.startswith("acme/partner.toml:")


@pytest.mark.parametrize(
    ("clauses", "said"),
    [
        ('[contract.guards]\nquantity_factr = "5"', "did you mean 'quantity_factor'?"),
        ('[contract.guards]\nquantity_factor = "0"', "is not above 0"),
        (
            "[contract.guards]\nminimum_orders = 13",
            "13 orders are wanted of the last 12; raise last_orders, or write fewer",
        ),
        ('[[contract.approvals]]\nrole = "sales"', "give it above_value or findings"),
        ("[[contract.approvals]]\nabove_value = 5", "role is missing in [contract.approvals[1]]"),
        ('[contract.approvals]\nrole = "sales"', "is no list of tables; write [[approvals]]"),
    ],
)
def test_a_fault_in_a_clause_says_what_to_write(clauses, said):
    assert said in fault_of(clauses=clauses)


@pytest.mark.parametrize(("written", "read"), [("10", 10), ("", None)])
def test_an_article_may_have_a_lead_time(written, read):
    lines = ACME_ARTICLES.splitlines()
    rows = [f"{lines[0]},lead_time_days", *(f"{line},{written}" for line in lines[1:])]

    articles = read_package(package_of(articles="\n".join(rows)), "acme").articles

    assert articles.by_code["BACHE-4X5"].lead_time_days == read


def test_a_lead_time_that_is_no_number_of_days_is_a_fault():
    lines = ACME_ARTICLES.splitlines()
    rows = [f"{lines[0]},lead_time_days", *(f"{line},a week" for line in lines[1:2])]

    with pytest.raises(ConfigError, match="write a whole one from 0 to 365"):
        read_package(
            package_of(
                articles="\n".join(rows),
                prices="article,from_quantity,price,per_quantity,valid_from,valid_until\n",
            ),
            "acme",
        )
