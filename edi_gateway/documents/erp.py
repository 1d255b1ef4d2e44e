"""What the ERP and the gateway tell each other in JSON: decided orders out, despatches, invoices in."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import msgspec

from edi_gateway.documents.common import AllowanceCharge, Canonical, LineAction, Party
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
    promised_delivery: date | None = None
    #: What is confirmed for later, beside `confirmed_quantity`; `amount` is of both.
    backordered: Decimal | None = None
    #: When (the first of) it was promised, from the ERP's own stock figure; None: no day was.
    backorder_delivery: date | None = None
    #: The article that was ordered, where `article` replaces it: our code, GTIN, buyer's code.
    substituted_for: str | None = None
    substituted_gtin: str | None = None
    substituted_buyer_article: str | None = None
    #: The customer's line these free goods come with; this line's own number is ours.
    free_with: str | None = None
    #: The blanket order and the line of it that this consumes.
    blanket_order: str | None = None
    blanket_line: str | None = None
    #: despatch | invoice: until then `price` is provisional, and that day's price is invoiced. Left
    #: out where the price stands.
    provisional_until: str | msgspec.UnsetType = msgspec.UNSET


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
    #: Of the lines, allowances and charges of the order included.
    net_amount: Decimal = Decimal(0)
    notes: tuple[str, ...] = ()
    #: acceptance | despatch | erp: who makes the invoice, and when.
    invoice_on: str = "acceptance"
    #: UNCL 1001: 220 order, 221 blanket order (nothing to ship), 226 call-off ...
    type_code: str = "220"
    #: confirmed | awaiting-confirmation (do not ship yet) | cancelled.
    status: str = "confirmed"
    allowances: tuple[AllowanceCharge, ...] = ()
    #: Nothing may be delivered after this day.
    cancel_after: date | None = None
    #: How long a blanket order may be called off; the end is inclusive.
    valid_from: date | None = None
    valid_until: date | None = None


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


class ErpStatusLine(Canonical):
    """
    What the ERP says to (part of) one line of an order; several entries of one line are its parts.

    `quantity` is delivered on `delivery_date`. What no entry names stays as it was confirmed.
    """

    #: The customer's line number, as in the ERP file of the order.
    order_line: str
    #: 0: this line is not supplied.
    quantity: Decimal
    #: None: nothing is known, and the customer is told none.
    delivery_date: date | None = None
    #: Our code of the article that is supplied instead, by the contract's substitution policy.
    article: str | None = None
    #: Whether this part is a backorder: its date is when the goods are expected to be here.
    backorder: bool = False
    #: Why, in words for the customer.
    reason: str | None = None


class ErpOrderStatus(Canonical):
    """
    What became of an order in the ERP: dates, parts, substitutes; it leads to a new order response.

    `number` counts the ERP's reports on the order; one that is not above the last is a repetition.
    """

    partner: str
    order_number: str
    number: int
    lines: tuple[ErpStatusLine, ...] = ()
    #: False: from now on every change of the customer is late.
    changeable: bool = True


class ErpStockItem(Canonical):
    """How much of an article can be promised now, and what comes when."""

    #: Our own code.
    article: str
    available: Decimal
    #: When more comes, and how much. A date alone: as much as is wanted comes then.
    next_date: date | None = None
    next_quantity: Decimal | None = None


class ErpStock(Canonical):
    """
    Stock the gateway may promise, as the ERP knows it at `at` (UTC).

    Articles it does not name keep their figures; `complete` says that no others have any.
    """

    at: datetime
    items: tuple[ErpStockItem, ...]
    complete: bool = False


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
