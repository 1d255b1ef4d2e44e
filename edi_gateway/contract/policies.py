"""What the contract says to do about each kind of departure: a closed set of words for each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from inspect import cleandoc
from typing import get_args, get_type_hints


class PriceWithinTolerance(StrEnum):
    """The price that stands when ordered and contract price differ within the tolerance."""

    ORDERED = "ordered"
    CONTRACT = "contract"


class PriceBeyondTolerance(StrEnum):
    """What becomes of a line whose price strays too far."""

    #: The contract price, as a change.
    CORRECT = "correct"
    REJECT = "reject"
    HOLD = "hold"


class NoPrice(StrEnum):
    """What becomes of a line the contract has no price for on its date."""

    HOLD = "hold"
    REJECT = "reject"


class QuantityNotMultiple(StrEnum):
    """What becomes of a quantity that is not a multiple of the pack."""

    ROUND_UP = "round_up"
    ROUND_DOWN = "round_down"
    REJECT = "reject"


class BelowMinimumQuantity(StrEnum):
    """What becomes of a quantity below the article's minimum."""

    RAISE = "raise"
    REJECT = "reject"


class UnknownArticle(StrEnum):
    """What becomes of a line whose article is not in the contract."""

    REJECT = "reject"
    HOLD = "hold"


class BelowMinimumValue(StrEnum):
    """What becomes of an order whose confirmed amounts stay below the minimum order value."""

    ACCEPT = "accept"
    REJECT = "reject"
    HOLD = "hold"


class PriceArithmetic(StrEnum):
    """What becomes of a line whose net price is not its gross price less its allowances."""

    NOTE = "note"
    HOLD = "hold"
    REJECT = "reject"


class ChangedOrderNumber(StrEnum):
    """What becomes of an order number that comes again with other content."""

    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """
    What to do about each kind of departure.

    A policy the package does not name takes the cautious value: hold where that is possible, else
    the contract price, else rejection.
    """

    price_within_tolerance: PriceWithinTolerance = PriceWithinTolerance.CONTRACT
    price_beyond_tolerance: PriceBeyondTolerance = PriceBeyondTolerance.HOLD
    no_price: NoPrice = NoPrice.HOLD
    quantity_not_multiple: QuantityNotMultiple = QuantityNotMultiple.REJECT
    below_minimum_quantity: BelowMinimumQuantity = BelowMinimumQuantity.REJECT
    unknown_article: UnknownArticle = UnknownArticle.HOLD
    below_minimum_value: BelowMinimumValue = BelowMinimumValue.HOLD
    #: The net price is held against the contract in any case; so a remark suffices.
    price_arithmetic: PriceArithmetic = PriceArithmetic.NOTE
    changed_order_number: ChangedOrderNumber = ChangedOrderNumber.HOLD


def policy_meaning(name: str) -> str | None:
    """What a policy decides, in the words of its class."""
    kind = policy_kinds().get(name)
    return cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("\n", " ") if kind else None


def policy_kinds() -> dict[str, type[StrEnum]]:
    """The policies of `[contract.policies]`, each with the words it knows."""
    kinds: dict[str, type[StrEnum]] = {}
    for name, hint in get_type_hints(Policies).items():
        for kind in (hint, *get_args(hint)):
            if isinstance(kind, type) and issubclass(kind, StrEnum):
                kinds[name] = kind
    return kinds
