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


class ResponseLine(Canonical, kw_only=True):
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
    #: None where the file does not say it, as in UBL.
    ordered: Decimal | None = None
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
    #: What follows later than this line's part on a day not known (QTY 83); parts whose day is
    #: known have lines of their own.
    backordered: Decimal | None = None
    #: The article that was ordered, where this one replaces it (PIA 4, UBL OrderedItem).
    replaced_gtin: str | None = None
    replaced_supplier_article: str | None = None
    replaced_buyer_article: str | None = None
    #: How much of this line is free of charge: free goods the contract adds (QTY 192).
    free: Decimal | None = None
    #: How the price came about, in a sentence, where the contract tells the customer.
    notes: tuple[str, ...] = ()

    @property
    def is_substituted(self) -> bool:
        """Whether another article than the ordered one is delivered."""
        return bool(
            self.replaced_gtin or self.replaced_supplier_article or self.replaced_buyer_article
        )

    @property
    def substitute_number(self) -> str | None:
        """The line's number, where it shows an article beside the ordered one."""
        return self.number if self.is_substituted else None

    @property
    def substitute_name(self) -> str | None:
        """The description, where it is that of another article than the ordered one; `-` for none."""
        return self.description or "-" if self.is_substituted else None

    @property
    def ordered_name(self) -> str | None:
        """The description, where it is that of the ordered article."""
        return None if self.is_substituted else self.description

    @property
    def discrepancy(self) -> str | None:
        """
        Why less or something else is supplied (UNCL 4221), where that is what the line says.

        BP: the rest follows; CS: all of it, by another article; CP: the rest does not follow. A line
        changed for what was wrong in the order (price, pack) says so in `change_reason`.
        """
        if self.backordered:
            return "BP"
        if self.is_substituted:
            return "CP" if self._variance() < 0 else "CS"
        if self.action is not LineAction.CHANGED or self._variance() >= 0:
            return None
        return _DISCREPANCIES.get(self.reason_code or "")

    @property
    def change_reason(self) -> str | None:
        """
        Why the line is changed or rejected (UNCL 4295), where a code of the directory says it.

        Goods that are short today and all there on a later day are late, not out of stock.
        """
        if self.action not in _NOT_AS_ORDERED:
            return None
        if self.reason_code == "stock-short" and self._variance() >= 0:
            return _DATE_CHANGE
        return _CHANGE_REASONS.get(self.reason_code or "")

    @property
    def variance(self) -> Decimal | None:
        """What is confirmed less what was ordered, where a code says why; 0 where it is the same."""
        if self.discrepancy is None and self.change_reason is None:
            return None
        return self._variance()

    def _variance(self) -> Decimal:
        return Decimal(0) if self.ordered is None else self.confirmed - self.ordered


#: UNCL 4221 by the reason of a line.
_DISCREPANCIES = {"stock-short": "BP", "rest-cancelled": "CP"}

_NOT_AS_ORDERED = frozenset({LineAction.CHANGED, LineAction.REJECTED})

#: UNCL 4295 by the reason of a line; the codes are in every directory from D.96A on.
_DATE_CHANGE = "DC"
_CHANGE_REASONS = {
    "article-not-offered": "AS",  # out of assortment
    "below-minimum-quantity": "PC",  # pack difference
    "date-after-cancellation": _DATE_CHANGE,
    "date-changed": _DATE_CHANGE,
    "date-not-possible": _DATE_CHANGE,
    "date-past": _DATE_CHANGE,
    "not-a-pack-multiple": "PC",
    "order-beyond-tolerance": "UP",  # unit price
    "price-beyond-tolerance": "UP",
    "price-within-tolerance": "UP",
    "rest-cancelled": "AV",  # out of inventory
    "stock-short": "AV",
}


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
