"""What the ERP and the gateway tell each other in JSON: decided orders out, despatches, invoices in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from edi_gateway.documents.common import Canonical, LineAction, Party
from edi_gateway.documents.despatch import Package


class ErpOrderLine(Canonical):
    """One decided line. A rejected line is present with `confirmed_quantity` 0."""

    #: The customer's line number.
    number: str
    action: LineAction
    ordered_quantity: Decimal
    confirmed_quantity: Decimal
    unit: str | None = None
    #: Net price for `price_per` units.
    price: Decimal | None = None
    price_per: Decimal | None = None
    amount: Decimal | None = None
    vat_rate: Decimal | None = None
    article: str | None = None
    gtin: str | None = None
    buyer_article: str | None = None
    description: str | None = None
    reason_code: str | None = None
    reason: str | None = None
    requested_delivery: date | None = None


class ErpOrder(Canonical):
    """A decided order for the ERP. A higher `revision` of one `number` replaces the earlier one."""

    number: str
    revision: int
    #: The partner's id in the gateway.
    partner: str
    issue_date: date
    currency: str
    contract: str
    lines: tuple[ErpOrderLine, ...]
    requested_delivery: date | None = None
    buyer: Party = Party()
    supplier: Party = Party()
    delivery_party: Party | None = None
    invoicee: Party | None = None
    net_amount: Decimal = Decimal(0)
    notes: tuple[str, ...] = ()
    #: acceptance | despatch | erp: who makes the invoice, and when.
    invoice_on: str = "acceptance"


class PartnerPackage(Canonical):
    """
    A customer's package as the ERP keeps it: partner.toml, articles.csv and prices.csv.

    `files` maps each file name to its text.
    """

    files: dict[str, str]


class ErpDespatchLine(Canonical):
    """What was despatched of one order line; a line in several packages is given once for each."""

    #: The customer's line number, as in the ERP file of the order.
    order_line: str
    quantity: Decimal
    #: The number of the package it lies in; None: it is in no package of its own.
    package: str | None = None
    batch: str | None = None
    best_before: date | None = None


class ErpDespatch(Canonical):
    """One despatch of (part of) one order. `number` is the delivery note's, unique per partner."""

    number: str
    issue_date: date
    #: The partner's id in the gateway.
    partner: str
    order_number: str
    lines: tuple[ErpDespatchLine, ...]
    #: Pallets and cartons; the consignment as a whole is not among them.
    packages: tuple[Package, ...] = ()
    despatch_date: date | None = None
    #: When it is expected to arrive.
    delivery_date: date | None = None
    carrier: str | None = None


class ErpInvoiceLine(Canonical):
    """One line the ERP wants invoiced. Price and VAT default to what was confirmed."""

    order_line: str
    quantity: Decimal
    price: Decimal | None = None
    price_per: Decimal | None = None
    vat_rate: Decimal | None = None
    description: str | None = None


class ErpInvoice(Canonical):
    """
    An invoice the ERP decides on, for one order.

    With `number` the ERP numbers it; without, the gateway takes the next of its series.
    """

    partner: str
    order_number: str
    issue_date: date
    lines: tuple[ErpInvoiceLine, ...]
    number: str | None = None
    due_date: date | None = None
    delivery_date: date | None = None
    despatch_number: str | None = None
    #: If given, it must equal what the gateway computes; else the document is held.
    payable_amount: Decimal | None = None
