"""The order response: what we say to an order, line by line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from edi_gateway.documents.common import (
    AllowanceCharge,
    Canonical,
    LineAction,
    Party,
    Price,
    ResponseStatus,
)


class ResponseLine(Canonical):
    """
    Our answer to one order line, or to a part of it.

    A line that is delivered in parts has several: the first says what became of the line, the
    others (`action` added) only their part of it, and all name the same `order_line`.
    """

    #: Our own count of the response lines.
    number: str
    #: The customer's line number this answers.
    order_line: str
    action: LineAction
    ordered: Decimal
    confirmed: Decimal
    unit: str | None = None
    price: Price | None = None
    gtin: str | None = None
    supplier_article: str | None = None
    buyer_article: str | None = None
    description: str | None = None
    #: Stable code of the deciding finding, e.g. `price-beyond-tolerance`; None when accepted.
    reason_code: str | None = None
    reason: str | None = None
    requested_delivery: date | None = None
    #: When we deliver what is confirmed; None: as requested (DTM 69).
    promised_delivery: date | None = None
    #: What follows later than this line's part (QTY 83), and when, where that is known.
    backordered: Decimal | None = None
    #: The article that was ordered, where this one replaces it (PIA 4, UBL OrderedItem).
    replaced_gtin: str | None = None
    replaced_supplier_article: str | None = None
    replaced_buyer_article: str | None = None
    #: How much of this line is free of charge: free goods the contract adds (QTY 192).
    free: Decimal | None = None
    #: How the price came about, in a sentence, where the contract tells the customer.
    notes: tuple[str, ...] = ()


class OrderResponse(Canonical):
    """Our answer to an order (ORDRSP BGM+231, UBL OrderResponse)."""

    #: Our response number, unique in the gateway.
    number: str
    issue_date: date
    order_number: str
    order_date: date
    status: ResponseStatus
    currency: str
    lines: tuple[ResponseLine, ...] = ()
    contract_number: str | None = None
    buyer: Party = Party()
    supplier: Party = Party()
    delivery_party: Party | None = None
    reason: str | None = None
    requested_delivery: date | None = None
    promised_delivery: date | None = None
    #: The customer's change of the order that this answers (RFF+PP).
    change_number: str | None = None
    #: Charges we add to the order and, with `line` (our count), to single lines.
    allowances: tuple[AllowanceCharge, ...] = ()
    notes: tuple[str, ...] = ()
    process: str | None = None
    specification: str | None = None
    #: Whether this answers a test order (UNB 0035).
    test: bool = False
