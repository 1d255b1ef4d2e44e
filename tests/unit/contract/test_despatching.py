from datetime import date
from decimal import Decimal

from edi_gateway.contract.answers.despatching import advise
from edi_gateway.contract.partner import Company
from edi_gateway.documents import (
    ErpDespatch,
    ErpDespatchLine,
    ErpOrder,
    ErpOrderLine,
    LineAction,
    Package,
    Party,
)

COMPANY = Company(
    name="Fournitures Durand SAS",
    gln="4012345500004",
    interchange_id="4012345500004",
    interchange_qualifier="14",
)
ORDER = ErpOrder(
    number="4500001",
    revision=1,
    partner="acme",
    issue_date=date(2026, 11, 16),
    currency="EUR",
    contract="AC-77",
    buyer=Party(gln="5412345000013"),
    lines=(
        ErpOrderLine(
            number="10",
            action=LineAction.CHANGED,
            ordered_quantity=Decimal(50),
            confirmed_quantity=Decimal(60),
            unit="PCE",
            article="COLLE-50",
            gtin="3760123450041",
            buyer_article="AC-1",
            description="Colle",
        ),
    ),
)


def despatch_of(*lines, packages=(), **other):
    return ErpDespatch(
        number="BL-1",
        issue_date=date(2026, 11, 23),
        partner="acme",
        order_number="4500001",
        lines=tuple(lines),
        packages=packages,
        **other,
    )


def line_of(quantity, package=None):
    return ErpDespatchLine(order_line="10", quantity=Decimal(quantity), package=package)


def test_what_is_known_of_the_order_is_added():
    advice = advise(despatch_of(line_of(60)), ORDER, company=COMPANY)

    (line,) = advice.lines
    assert (line.gtin, line.supplier_article, line.buyer_article) == (
        "3760123450041",
        "COLLE-50",
        "AC-1",
    )
    assert (line.ordered, line.unit, line.order_line) == (Decimal(50), "PCE", "10")
    assert (advice.order_number, advice.contract_number) == ("4500001", "AC-77")
    assert advice.supplier.gln == "4012345500004"


def test_it_goes_to_the_buyer_where_no_delivery_party_was_named():
    advice = advise(despatch_of(line_of(60)), ORDER, company=COMPANY)

    assert advice.delivery_party == ORDER.buyer


def test_it_is_despatched_when_issued_where_the_erp_says_nothing_else():
    stated = despatch_of(line_of(60), despatch_date=date(2026, 11, 25))

    assert advise(despatch_of(line_of(60)), ORDER, company=COMPANY).despatch_date == date(
        2026, 11, 23
    )
    assert advise(stated, ORDER, company=COMPANY).despatch_date == date(2026, 11, 25)


def test_lines_are_counted_in_the_order_of_their_packages():
    packages = (Package(number="P1"), Package(number="C1", parent="P1"))
    report = despatch_of(line_of(1, "C1"), line_of(2), line_of(3, "P1"), packages=packages)

    advice = advise(report, ORDER, company=COMPANY)

    assert [(line.number, line.package, line.quantity) for line in advice.lines] == [
        ("1", "1", 2),
        ("2", "2", 3),
        ("3", "3", 1),
    ]
    assert [(p.number, p.parent) for p in advice.packages] == [("1", None), ("2", "1"), ("3", "2")]
