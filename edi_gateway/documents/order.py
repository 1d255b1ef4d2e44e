"""The customer's order, free of any wire format."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from edi_gateway.documents.common import (
    AllowanceCharge,
    Canonical,
    Party,
    Price,
    Quantity,
    price_reduction,
)


class OrderLine(Canonical):
    """One line of an order, as the customer wrote it."""

    #: The customer's own line number; text, because it may hold letters or leading zeros.
    number: str
    quantity: Quantity
    gtin: str | None = None
    supplier_article: str | None = None
    buyer_article: str | None = None
    description: str | None = None
    #: The customer's net price, if it stated one.
    price: Price | None = None
    #: Its price before allowances and charges (5125 AAB), if it stated one.
    gross_price: Price | None = None
    line_amount: Decimal | None = None
    requested_delivery: date | None = None
    #: Not before, and not after (DTM 64, 63).
    earliest_delivery: date | None = None
    latest_delivery: date | None = None
    #: References that hold for this line instead of the order's.
    contract_number: str | None = None
    price_list: str | None = None
    promotion: str | None = None
    #: The blanket order that is called off, and its line.
    blanket_order: str | None = None
    blanket_line: str | None = None
    notes: tuple[str, ...] = ()
    #: Where the line begins: segment of its message (UNH is 1), or line of the XML file.
    position: int | None = None

    @property
    def price_reduction(self) -> Decimal | None:
        """What the customer takes off its gross price."""
        return price_reduction(self.gross_price, self.price)


class Order(Canonical):
    """An order (BGM+220, UBL Order)."""

    number: str
    issue_date: date
    lines: tuple[OrderLine, ...] = ()
    #: UNCL 1001: 220 order, 221 blanket order, 226 call-off ...
    type_code: str = "220"
    #: UNCL 1225: 9 original, 7 retransmission, 1 cancellation, 5 replacement, 31 copy ...
    function: str = "9"
    currency: str | None = None
    contract_number: str | None = None
    price_list: str | None = None
    price_list_date: date | None = None
    #: The promotion it refers to (RFF+PD).
    promotion: str | None = None
    #: The blanket order it calls off (RFF+BO).
    blanket_order: str | None = None
    #: How long a blanket order runs; the end is inclusive.
    valid_from: date | None = None
    valid_until: date | None = None
    requested_delivery: date | None = None
    earliest_delivery: date | None = None
    latest_delivery: date | None = None
    #: Nothing may be delivered after this day (DTM 61).
    cancel_after: date | None = None
    #: Of the whole order and, with `line`, of single lines.
    allowances: tuple[AllowanceCharge, ...] = ()
    buyer: Party = Party()
    supplier: Party = Party()
    delivery_party: Party | None = None
    invoicee: Party | None = None
    notes: tuple[str, ...] = ()
    #: Business process and specification identifiers of the exchange (UBL ProfileID, CustomizationID).
    process: str | None = None
    specification: str | None = None
    #: The sender's own count of the lines (CNT+2), to compare with what arrived.
    line_count: int | None = None
    #: The sender's total of the line amounts (MOA+79 or +86, UBL LineExtensionAmount).
    total_amount: Decimal | None = None
