"""What the contract adds to an order: free goods with a line, and charges on the whole."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum

import msgspec

_ONE = Decimal(1)


class ChargeKind(StrEnum):
    """What a charge is for."""

    SMALL_ORDER = "small-order"
    FREIGHT = "freight"
    PACKING = "packing"


class ChargePer(StrEnum):
    """What a charge is counted by."""

    ORDER = "order"
    #: Each pack (`pack_multiple`) of each confirmed line, the last one begun included.
    PACK = "pack"


#: UNCL 7161 of each kind, and what it is called where the contract gives no name.
CHARGES = {
    ChargeKind.SMALL_ORDER: ("AEL", "small order charge"),
    ChargeKind.FREIGHT: ("FC", "freight"),
    ChargeKind.PACKING: ("PC", "packing"),
}


class FreeGoods(msgspec.Struct, frozen=True, kw_only=True):
    """For every so many units of an article, some units of it or of another are free."""

    article: str
    for_every: Decimal
    free: Decimal
    #: None: the same article.
    free_article: str | None = None
    valid_from: date | None = None
    #: Inclusive.
    valid_until: date | None = None

    def covers(self, article: str, on: date) -> bool:
        """Whether it applies to an article on a day."""
        return (
            self.article == article
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_until is None or on <= self.valid_until)
        )

    def quantity(self, confirmed: Decimal) -> Decimal:
        """
        How much is free with a confirmed quantity; only whole multiples count.

        >>> FreeGoods(article="A", for_every=Decimal(10), free=Decimal(1)).quantity(Decimal(29))
        Decimal('2')
        """
        return (confirmed / self.for_every).to_integral_value(ROUND_FLOOR) * self.free


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """A charge on the order; `below` a value, or always."""

    kind: ChargeKind
    amount: Decimal
    #: Only where the confirmed amounts stay below it.
    below: Decimal | None = None
    per: ChargePer = ChargePer.ORDER
    #: UNCL 7161.
    code: str | None = None
    reason: str | None = None


def packs(quantity: Decimal, pack: Decimal | None) -> Decimal:
    """
    How many packs a quantity fills, the last one begun included; none where nothing is packed.

    >>> packs(Decimal(13), Decimal(6))
    Decimal('3')
    """
    return (quantity / (pack or _ONE)).to_integral_value(ROUND_CEILING)
