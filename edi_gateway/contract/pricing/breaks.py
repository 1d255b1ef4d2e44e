"""Quantity breaks: which quantity is looked up, and whether each bracket has a price of its own."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from edi_gateway.contract.pricing.rows import PriceRow

_ZERO = Decimal(0)
_ONE = Decimal(1)


class QuantityBreaks(StrEnum):
    """What a break that is reached counts for."""

    #: For all units of the line.
    SLAB = "slab"
    #: For the units from the break on; those before keep the prices of their own brackets.
    TIERED = "tiered"


class BreaksBy(StrEnum):
    """Which quantity reaches a break."""

    LINE = "line"
    #: All the order orders of the article, or of the articles of its `break_group`.
    ORDER = "order"
    #: The same, and what was bought in the period before.
    CUMULATIVE = "cumulative"


class BreaksPeriod(StrEnum):
    """Over which period bought quantities add up."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    #: The validity of the contract.
    CONTRACT = "contract"


class Promotions(StrEnum):
    """When the prices of a promotion apply."""

    #: In their validity, whether the order names the promotion or not.
    AUTOMATIC = "automatic"
    NAMED = "named"


#: Where a bracket begins, the row that prices it, and how many units fall into it.
Tier = tuple[Decimal, PriceRow, Decimal]


def tiers(
    brackets: Sequence[tuple[Decimal, PriceRow]], before: Decimal, quantity: Decimal
) -> list[Tier] | None:
    """
    Share `quantity` units, which follow on `before` others, out to their brackets.

    The unit that reaches a break belongs to the higher bracket: with breaks from 1 and from 100, 200
    pieces are 99 and 101; with breaks from 0 and from 100 they are 100 and 100. None where the
    first units lie before the first break.
    """
    if not brackets:
        return None
    first = brackets[0][0]
    start = min(first, _ONE) + before
    if start < first:
        return None
    end, shares = start + quantity, list[Tier]()
    for place, (begin, row) in enumerate(brackets):
        following = brackets[place + 1][0] if place + 1 < len(brackets) else end
        share = min(end, following) - max(start, begin)
        if share > _ZERO:
            shares.append((begin, row, share))
    return shares
