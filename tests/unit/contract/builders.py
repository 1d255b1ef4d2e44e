"""Orders, agreements and packages with defaults, so that a test states only what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from edi_gateway.contract.package import read_package
from edi_gateway.contract.partner import Company
from edi_gateway.contract.rules import decide
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import (
    ErpOrder,
    ErpOrderLine,
    LineAction,
    Order,
    OrderLine,
    Party,
    Price,
    Quantity,
)

COMPANY = Company(
    name="Fournitures Durand SAS",
    gln="4012345500004",
    interchange_id="4012345500004",
    interchange_qualifier="14",
    vat_number="FR44732829320",
    siren="732829320",
    siret="73282932000074",
    legal_form="SAS",
    capital="150000.00 EUR",
    register="RCS Lyon",
    iban="FR76 3000 6000 0112 3456 7890 189",
    city="Lyon",
    country="FR",
)

ISSUED = date(2026, 11, 16)
WANTED = date(2026, 11, 24)

GTIN = {
    "VIS-M6X20": "3760123450010",
    "ECROU-M6": "3760123450027",
    "GANT-T9": "3760123450034",
    "COLLE-50": "3760123450041",
    "RUBAN-12": "3760123450058",
    "MASTIC-VR": "3760123450065",
    "PERCEUSE-18": "3760123450072",
    "LAMPE-AV": "3760123450089",
    "CASQUE-EN": "3760123450096",
    "CABLE-3G": "3760123450102",
    "BACHE-4X5": "3760123450119",
    "EAU-6": "3760123450126",
    "CAFE-VR": "3760123450133",
    "LIVRE-SEC": "3760123450140",
}

ACME_TOML = """\
[partner]
id = "acme"
name = "Acme Bricolage SA"
gln = "5412345000013"
interchange_id = "5412345000013"
vat_number = "FR25900000019"
siren = "900000019"
country = "FR"

[partner.formats]
order_response = "EDIFACT D.96A"
invoice = "EDIFACT D.96A"
acknowledgement = "EDIFACT D.96A"

[contract]
number = "C-2026-017"
price_list = "PL2026"
valid_from = 2026-01-01
valid_until = 2026-12-31
currency = "EUR"
price_date = "order"
price_tolerance_percent = "2.0"
minimum_order_value = "50.00"
payment_days = 30
invoice_on = "acceptance"

[contract.policies]
price_within_tolerance = "ordered"
price_beyond_tolerance = "correct"
no_price = "hold"
quantity_not_multiple = "round_up"
below_minimum_quantity = "raise"
unknown_article = "reject"
below_minimum_value = "accept"
changed_order_number = "hold"
"""

ACME_ARTICLES = """\
article,gtin,buyer_code,description,unit,pack_multiple,minimum_quantity,vat_rate
VIS-M6X20,3760123450010,778801,"Vis M6",PCE,100,100,20.0
ECROU-M6,3760123450027,778802,"Écrou M6",PCE,100,100,20.0
GANT-T9,3760123450034,778803,"Gant + doublure",PCE,1,1,20.0
COLLE-50,3760123450041,778804,"Colle",PCE,6,6,20.0
RUBAN-12,3760123450058,778805,"Ruban",PCE,12,12,20.0
MASTIC-VR,3760123450065,778806,"Mastic",KGM,0.5,1,20.0
PERCEUSE-18,3760123450072,778807,"Perceuse",PCE,1,1,20.0
LAMPE-AV,3760123450089,778808,"Lampe, ancienne",PCE,1,1,20.0
CASQUE-EN,3760123450096,778809,"Casque",PCE,1,10,20.0
CABLE-3G,3760123450102,778810,"Câble 3G2,5",PCE,5,25,20.0
BACHE-4X5,3760123450119,778811,"Bâche",PCE,1,1,20.0
EAU-6,3760123450126,778812,"Eau",PCE,6,6,5.5
CAFE-VR,3760123450133,778813,"Café",KGM,1,1,5.5
LIVRE-SEC,3760123450140,778814,"Livre",PCE,1,1,5.5
"""

ACME_PRICES = """\
article,from_quantity,price,per_quantity,valid_from,valid_until
VIS-M6X20,1,38.50,1000,2026-01-01,2026-12-31
VIS-M6X20,5000,34.90,1000,2026-01-01,2026-12-31
ECROU-M6,1,2.15,100,2026-01-01,2026-12-31
GANT-T9,1,4.20,1,2026-01-01,2026-06-30
GANT-T9,1,4.35,1,2026-07-01,2026-12-31
GANT-T9,50,3.95,1,2026-01-01,2026-06-30
GANT-T9,50,4.05,1,2026-07-01,2026-12-31
COLLE-50,1,6.80,1,2026-01-01,2026-12-31
RUBAN-12,1,2.49,1,2026-01-01,2026-12-31
RUBAN-12,48,2.29,1,2026-01-01,2026-12-31
RUBAN-12,144,1.99,1,2026-01-01,2026-12-31
MASTIC-VR,1,3.1250,1,2026-01-01,2026-12-31
MASTIC-VR,25,2.9875,1,2026-01-01,2026-12-31
PERCEUSE-18,1,125.00,1,2026-01-01,2026-06-30
PERCEUSE-18,1,129.90,1,2026-07-01,2026-12-31
PERCEUSE-18,10,119.90,1,2026-07-01,2026-12-31
LAMPE-AV,1,14.90,1,2026-01-01,2026-06-30
CASQUE-EN,1,11.40,1,2026-01-01,2026-12-31
CABLE-3G,1,1.355,1,2026-01-01,2026-12-31
BACHE-4X5,1,24.00,1,2026-01-01,2026-12-31
EAU-6,1,0.62,1,2026-01-01,2026-12-31
EAU-6,600,0.57,1,2026-01-01,2026-12-31
CAFE-VR,1,9.75,1,2026-01-01,2026-12-31
LIVRE-SEC,1,18.00,1,2026-01-01,2026-12-31
"""

NORDMARKT_TOML = """\
[partner]
id = "nordmarkt"
name = "Nordmarkt France SAS"
gln = "4260123450007"
interchange_id = "4260123450007"

[partner.formats]
order_response = "UBL 2.1"
invoice = "UBL 2.1"
acknowledgement = "UBL 2.1"

[contract]
number = "NM-88"
price_list = "NM2026"
valid_from = 2026-01-01
valid_until = 2026-12-31
currency = "EUR"
price_date = "delivery"
price_tolerance_percent = "0.5"
minimum_order_value = "100.00"
payment_days = 45
invoice_on = "despatch"

[contract.policies]
price_within_tolerance = "contract"
price_beyond_tolerance = "reject"
no_price = "reject"
quantity_not_multiple = "reject"
below_minimum_quantity = "reject"
unknown_article = "reject"
below_minimum_value = "reject"
changed_order_number = "hold"
"""

NORDMARKT_ARTICLES = """\
article,gtin,buyer_code,description,unit,pack_multiple,minimum_quantity,vat_rate
COLLE-50,3760123450041,NM-10020,"Colle",PCE,6,6,20.0
PERCEUSE-18,3760123450072,NM-10040,"Perceuse",PCE,1,1,20.0
CAFE-VR,3760123450133,NM-10050,"Café",KGM,1,5,5.5
"""

NORDMARKT_PRICES = """\
article,from_quantity,price,per_quantity,valid_from,valid_until
COLLE-50,1,6.40,1,2026-01-01,2026-12-31
COLLE-50,60,5.95,1,2026-01-01,2026-12-31
PERCEUSE-18,1,118.00,1,2026-01-01,2026-06-30
PERCEUSE-18,1,121.50,1,2026-07-01,2026-12-31
CAFE-VR,1,9.20,1,2026-01-01,2026-12-31
"""


def package_of(
    *,
    partner: str = ACME_TOML,
    articles: str = ACME_ARTICLES,
    prices: str = ACME_PRICES,
) -> dict[str, bytes]:
    return {
        "partner.toml": partner.encode(),
        "articles.csv": articles.encode(),
        "prices.csv": prices.encode(),
    }


ACME = read_package(package_of(), origin="acme")
NORDMARKT = read_package(
    package_of(partner=NORDMARKT_TOML, articles=NORDMARKT_ARTICLES, prices=NORDMARKT_PRICES),
    origin="nordmarkt",
)


def agreement_of(base: Agreement = ACME, **changes: Any) -> Agreement:
    """An agreement with other policies, contract terms or partner data, by their names."""
    policies = base.contract.policies
    for name in list(changes):
        if hasattr(policies, name):
            kind = type(getattr(policies, name))
            policies = replace(policies, **{name: kind(changes.pop(name))})
    partner = base.partner
    for name in list(changes):
        if name in ("buyers", "formats"):
            partner = replace(partner, **{name: changes.pop(name)})
    contract = replace(base.contract, policies=policies, **changes)
    return replace(base, contract=contract, partner=partner)


def price_of(text: str | None, unit: str | None = None) -> Price | None:
    """A price written `34.90` or `34.90/1000`."""
    if text is None:
        return None
    amount, _, per = text.partition("/")
    return Price(amount=Decimal(amount), per=Decimal(per or 1), unit=unit)


def line_of(
    article: str | None = "BACHE-4X5",
    quantity: str | int = 3,
    price: str | None = None,
    *,
    number: str = "1",
    unit: str | None = None,
    price_unit: str | None = None,
    **others: Any,
) -> OrderLine:
    if article is not None:
        others = {"gtin": GTIN.get(article, article), **others}
    return OrderLine(
        number=number,
        quantity=Quantity(value=Decimal(quantity), unit=unit),
        price=price_of(price, price_unit),
        **others,
    )


def order_of(*lines: OrderLine, as_numbered: bool = False, **others: Any) -> Order:
    """An order of acme's; lines that all have number 1 are counted."""
    if len({line.number for line in lines}) < len(lines) and not as_numbered:
        lines = tuple(
            msgspec.structs.replace(line, number=str(n)) for n, line in enumerate(lines, start=1)
        )
    facts: dict[str, Any] = {
        "number": "4500001",
        "issue_date": ISSUED,
        "currency": "EUR",
        "contract_number": "C-2026-017",
        "requested_delivery": WANTED,
        "buyer": Party(gln="5412345000013"),
        "supplier": Party(gln="4012345500004"),
        "delivery_party": Party(gln="5412345000020"),
        "line_count": len(lines),
    }
    return Order(lines=lines, **{**facts, **others})


def nordmarkt_order(*lines: OrderLine, **others: Any) -> Order:
    return order_of(
        *lines,
        **{"contract_number": "NM-88", "buyer": Party(gln="4260123450007"), **others},
    )


def decided(order: Order, agreement: Agreement = ACME):
    return decide(order, agreement, company=COMPANY)


def codes(decision) -> list[str]:
    return [finding.code for finding in decision.findings]


def erp_order_of(*lines: ErpOrderLine, **others: Any) -> ErpOrder:
    facts: dict[str, Any] = {
        "number": "4500001",
        "revision": 1,
        "partner": "acme",
        "issue_date": ISSUED,
        "currency": "EUR",
        "contract": "C-2026-017",
    }
    return ErpOrder(lines=lines, **{**facts, **others})


def erp_line_of(
    number: str = "1",
    confirmed: str | int = 3,
    price: str | None = "24.00",
    vat_rate: str | None = "20.0",
    **others: Any,
) -> ErpOrderLine:
    stated = price_of(price)
    return ErpOrderLine(
        **{
            "number": number,
            "action": LineAction.ACCEPTED,
            "ordered_quantity": Decimal(confirmed),
            "confirmed_quantity": Decimal(confirmed),
            "unit": "PCE",
            "price": stated.amount if stated else None,
            "price_per": stated.per if stated else None,
            "vat_rate": Decimal(vat_rate) if vat_rate is not None else None,
            "article": "BACHE-4X5",
            "description": "Bâche",
            **others,
        }
    )
