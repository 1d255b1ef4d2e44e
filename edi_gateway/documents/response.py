"""The order response: what we say to an order, line by line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from edi_gateway.documents.common import Canonical, LineAction, Party, Price, ResponseStatus


class ResponseLine(Canonical):
    """Our answer to one order line."""

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
    process: str | None = None
    specification: str | None = None
    #: Whether this answers a test order (UNB 0035).
    test: bool = False
