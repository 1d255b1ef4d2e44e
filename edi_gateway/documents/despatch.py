"""The despatch advice: what is on the lorry, how it is packed, and for which order."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from edi_gateway.documents.common import Canonical, Party

#: The package that is the whole consignment; every other is in it.
CONSIGNMENT = "1"


class Package(Canonical):
    """
    One level of packing: the whole consignment, a pallet, a carton (CPS with its PAC).

    A line says in which package it lies; of several levels, the one that holds it directly.
    """

    #: Tells the packages of one document apart (CPS 7164).
    number: str
    #: The number of the package it lies in; None: in none.
    parent: str | None = None
    #: How many there are of the type; 1 where it bears an SSCC.
    count: int | None = None
    #: Code of the type (7065), such as 201 for a pallet ISO 1 or CT for a carton.
    type_code: str | None = None
    #: Who keeps that code list (3055): 9 is GS1.
    type_agency: str | None = None
    #: Serial shipping container code, 18 digits.
    sscc: str | None = None


class DespatchLine(Canonical):
    """An article in one package of the consignment."""

    quantity: Decimal
    unit: str | None = None
    #: Our own count of the lines.
    number: str | None = None
    #: The number of the package it lies in.
    package: str = CONSIGNMENT
    #: The customer's line number.
    order_line: str | None = None
    ordered: Decimal | None = None
    gtin: str | None = None
    supplier_article: str | None = None
    buyer_article: str | None = None
    description: str | None = None
    batch: str | None = None
    best_before: date | None = None
    #: The article that was ordered, where this one replaces it (PIA 4).
    replaced_gtin: str | None = None
    replaced_supplier_article: str | None = None
    replaced_buyer_article: str | None = None


class DespatchAdvice(Canonical):
    """One despatch of (part of) one order (DESADV BGM+351)."""

    #: The delivery note's number.
    number: str
    issue_date: date
    lines: tuple[DespatchLine, ...] = ()
    #: The consignment first, then what is packed in it.
    packages: tuple[Package, ...] = (Package(number=CONSIGNMENT),)
    order_number: str | None = None
    order_date: date | None = None
    contract_number: str | None = None
    despatch_date: date | None = None
    #: When it is expected to arrive.
    delivery_date: date | None = None
    carrier: str | None = None
    buyer: Party = Party()
    supplier: Party = Party()
    delivery_party: Party | None = None
