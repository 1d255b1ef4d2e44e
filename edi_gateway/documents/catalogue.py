"""The price catalogue: the articles a customer may order, and what they cost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from edi_gateway.documents.common import Canonical, Party


class CatalogueLine(Canonical):
    """An article."""

    number: str
    #: UNCL 1229: 1 added, 2 deleted, 3 changed.
    action: str = "1"
    gtin: str | None = None
    supplier_article: str | None = None
    buyer_article: str | None = None
    description: str | None = None
    #: UN/ECE code of the unit it is ordered in.
    unit: str | None = None
    #: It is ordered in multiples of this quantity.
    pack_multiple: Decimal | None = None
    minimum_quantity: Decimal | None = None
    maximum_quantity: Decimal | None = None
    #: The article that takes its place, by our code and by GTIN (PIA 3).
    replaced_by: str | None = None
    replaced_by_gtin: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    #: Per cent, and its category (UNCL 5305).
    vat_rate: Decimal | None = None
    vat_category: str | None = None


class CataloguePrice(Canonical):
    """A price of an article from a quantity on. `amount` is for `per` units, as in `Price`."""

    #: The number of the article's line.
    line: str
    amount: Decimal
    per: Decimal = Decimal(1)
    #: UN/ECE code (6411) of what price and quantity count.
    unit: str = "PCE"
    #: UNCL 5125: AAA net, AAB gross, AAE and AAF for information.
    kind: str = "AAA"
    from_quantity: Decimal = Decimal(1)
    valid_from: date | None = None
    valid_until: date | None = None


class Catalogue(Canonical):
    """A price catalogue (PRICAT BGM+9). Articles and prices are two tables, tied by the line's number."""

    number: str
    issue_date: date
    lines: tuple[CatalogueLine, ...] = ()
    prices: tuple[CataloguePrice, ...] = ()
    #: UNCL 1225: 9 original, 4 change, 5 replacement ...
    function: str = "9"
    currency: str | None = None
    contract_number: str | None = None
    price_list: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    buyer: Party = Party()
    supplier: Party = Party()
    notes: tuple[str, ...] = ()
    process: str | None = None
    specification: str | None = None
