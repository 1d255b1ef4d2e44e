"""What a call-off takes of its blanket order when the ERP supplies another quantity than it was told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from edi_gateway.contract.blankets import Blanket
from edi_gateway.contract.policies import OverConsumption
from edi_gateway.contract.pricing.figures import line_amount, to_cents
from edi_gateway.documents import Price
from edi_gateway.errors import HeldError
from edi_gateway.store.blankets import Consumption

_NONE = Decimal(0), Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplied:
    """
    How much of an order's line is supplied now, in its unit and at its price.

    `before` is what it took its part of the blanket order for; it is above nothing.
    """

    now: Decimal
    before: Decimal
    price: Price
    #: Whether more is supplied than the line stands at.
    is_raised: bool


def taken_now(
    entry: Consumption, part: Supplied, blanket: Blanket, policy: OverConsumption
) -> Consumption:
    """
    What an entry comes to; `blanket` is without it.

    A line that is raised takes what there is. For more, `HeldError` unless the policy accepts it:
    what the ERP supplies cannot be lowered or rejected here.
    """
    if not part.is_raised:
        return _lowered(entry, part)
    line = blanket.line(entry.line)
    assert line is not None  # noqa: S101  (what was called off stays on record)
    quantity_left, value_left = _NONE if blanket.is_closed else blanket.left_of(line)
    most = _most(entry, part)
    quantity = most if quantity_left is None else min(most, quantity_left)
    price = part.price
    amount = line_amount(part.now * quantity / most, price.amount, price.per)
    value = amount if value_left is None else min(amount, value_left)
    if (quantity < most or value < amount) and policy is not OverConsumption.ACCEPT:
        left = quantity_left if quantity < most else value_left
        wanted = most if quantity < most else amount
        raise HeldError(
            f"line {entry.order_line}: {wanted} is supplied now, {left} is left of blanket order "
            f"{entry.blanket} line {entry.line}; policy over_consumption = {policy}",
            code="over-consumption",
            remedy="Settle it with the customer; change the blanket order and release this, or "
            "discard it and have the ERP supply what is left.",
        )
    return replace(entry, quantity=quantity, value=value, beyond=most - quantity)


def _lowered(entry: Consumption, part: Supplied) -> Consumption:
    """An entry of which less is supplied; its value goes down with it."""
    most = _most(entry, part)
    quantity = min(entry.quantity, most)
    value = entry.value
    if quantity != entry.quantity:
        value = to_cents(entry.value * quantity / entry.quantity)
    return replace(entry, quantity=quantity, value=value, beyond=min(entry.beyond, most - quantity))


def _most(entry: Consumption, part: Supplied) -> Decimal:
    """What is supplied, in the unit of the blanket order's article."""
    return (entry.quantity + entry.beyond) * part.now / part.before
