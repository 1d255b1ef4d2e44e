"""The rows of a price list, as prices.csv states them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec


class PriceKind(StrEnum):
    """Whether a price is what is paid, or what the contract's allowances are taken from."""

    NET = "net"
    GROSS = "gross"


class PriceRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    One row of prices.csv: `price` for `per_quantity` units, from a quantity on, for a time.

    `per_quantity` and `from_quantity` count in `unit`. A struct, because there may be a million.
    """

    article: str
    from_quantity: Decimal
    price: Decimal
    per_quantity: Decimal = Decimal(1)
    valid_from: date
    #: Inclusive; None means open-ended.
    valid_until: date | None = None
    #: The price list, the contract or the promotion the row belongs to: at most one of them. None
    #: of them: the price list of `[contract]`.
    price_list: str | None = None
    contract: str | None = None
    promotion: str | None = None
    #: The GLN of the one delivery party it is for; such a row goes before those for all.
    delivery_party: str | None = None
    #: None: that of `[contract]`, or of the shared list.
    currency: str | None = None
    #: The unit of the price; None: the article's.
    unit: str | None = None
    kind: PriceKind = PriceKind.NET
    #: Until when the price was promised; it explains, and changes no price.
    guaranteed_until: date | None = None
    #: The line of prices.csv it was read from.
    source_line: int | None = None

    def is_valid_on(self, on: date) -> bool:
        """Whether the row covers a date; both ends count."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)
