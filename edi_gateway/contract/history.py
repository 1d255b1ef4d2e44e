"""What a customer ordered before, as far as the guards ask: the pattern, and an order's twin."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from edi_gateway.documents import Order, OrderLine, gtin_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """One kind of figure in earlier orders, the newest first."""

    figures: tuple[Decimal, ...] = ()
    #: The date of the oldest of these orders.
    since: date | None = None

    def usual(self) -> Decimal:
        """The median: one order that was out of the ordinary does not shift what is usual."""
        ranked = sorted(self.figures)
        middle = len(ranked) // 2
        if len(ranked) % 2:
            return ranked[middle]
        return (ranked[middle - 1] + ranked[middle]) / 2


NOTHING = Earlier()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What is known of the customer's earlier orders."""

    #: Quantities by article, in the article's unit.
    quantities: Mapping[str, Earlier] = field(default_factory=dict)
    #: The value of each order.
    values: Earlier = NOTHING
    #: GLNs that were delivered to before.
    delivery_parties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """An earlier order that asked for the same."""

    number: str
    ordered_on: date


def content_key(order: Order) -> str:
    """
    What an order asks for, without its number and date: equal for the same goods, days and place.

    The lines count in any order.
    """
    place = order.delivery_party.gln if order.delivery_party is not None else None
    lines = sorted(_line_key(order, line) for line in order.lines)
    return hashlib.sha256("\n".join([place or "", *lines]).encode()).hexdigest()


def _line_key(order: Order, line: OrderLine) -> str:
    code = gtin_key(line.gtin) if line.gtin else line.supplier_article or line.buyer_article or ""
    wanted = line.requested_delivery or order.requested_delivery
    return f"{code}|{line.quantity.value.normalize():f}|{line.quantity.unit or ''}|{wanted or ''}"
