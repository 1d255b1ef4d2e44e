"""The customer's change of an order, free of any wire format."""

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


class OrderChangeLine(Canonical):
    """What becomes of one line. It replaces the line as a whole; what it does not say is gone."""

    #: The customer's line number in the order.
    number: str
    #: UNCL 1229: 1 added, 2 deleted, 3 changed, 4 no action, 11 not amended.
    action: str = "3"
    #: The new quantity, never the difference.
    quantity: Quantity | None = None
    gtin: str | None = None
    supplier_article: str | None = None
    buyer_article: str | None = None
    description: str | None = None
    price: Price | None = None
    gross_price: Price | None = None
    line_amount: Decimal | None = None
    requested_delivery: date | None = None
    earliest_delivery: date | None = None
    latest_delivery: date | None = None
    contract_number: str | None = None
    price_list: str | None = None
    promotion: str | None = None
    blanket_order: str | None = None
    blanket_line: str | None = None
    notes: tuple[str, ...] = ()
    #: Where the line begins: segment of its message (UNH is 1), or line of the XML file.
    position: int | None = None

    @property
    def price_reduction(self) -> Decimal | None:
        """What the customer takes off its gross price."""
        return price_reduction(self.gross_price, self.price)


class OrderChange(Canonical):
    """A change or cancellation of an order (ORDCHG BGM+230). Lines it does not name stay as they are."""

    #: The customer's number of the change.
    number: str
    issue_date: date
    #: The order that is changed.
    order_number: str
    lines: tuple[OrderChangeLine, ...] = ()
    #: UNCL 1225: 1 cancellation, 4 change, 5 replacement, 17 cancellation to be reissued, 27 our
    #: changes are refused, 29 they are accepted ...
    function: str = "4"
    order_date: date | None = None
    #: Our order response that it answers (RFF+POR).
    response_number: str | None = None
    currency: str | None = None
    contract_number: str | None = None
    price_list: str | None = None
    price_list_date: date | None = None
    promotion: str | None = None
    blanket_order: str | None = None
    requested_delivery: date | None = None
    earliest_delivery: date | None = None
    latest_delivery: date | None = None
    cancel_after: date | None = None
    allowances: tuple[AllowanceCharge, ...] = ()
    buyer: Party = Party()
    supplier: Party = Party()
    delivery_party: Party | None = None
    invoicee: Party | None = None
    notes: tuple[str, ...] = ()
    #: The sender's own count of the lines (CNT+2), to compare with what arrived.
    line_count: int | None = None
    #: The sender's total of the line amounts (MOA+79 or +86).
    total_amount: Decimal | None = None
    #: Why, in the customer's words (UBL CancellationNote).
    reason: str | None = None
    process: str | None = None
    specification: str | None = None
