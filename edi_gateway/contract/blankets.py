"""
Framework agreements: what a blanket order commits to, and what call-offs have taken of it.

A blanket order (BGM 221) commits to quantities or values over a time and ships nothing; a call-off
(226, or an order that names the blanket order) is an ordinary order that takes its part of them. What
is taken never exceeds what is committed: what a contract accepts beyond it is an ordinary quantity.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from edi_gateway.contract.pricing.figures import line_amount
from edi_gateway.documents import Order, OrderLine, Price

_ZERO = Decimal(0)
_NOTHING = Decimal("0.00")
_ONE = Decimal(1)

#: UNCL 1001.
BLANKET_ORDER, CALL_OFF = "221", "226"

#: The line of a blanket order that has no lines of its own, for any article.
WHOLE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlanketLine:
    """One line of a blanket order, and what call-offs took of it so far."""

    number: str
    #: Our code; None: any article of the contract.
    article: str | None = None
    unit: str | None = None
    #: What is committed; None: that is not limited.
    quantity: Decimal | None = None
    value: Decimal | None = None
    #: Net price for `per` units, where the blanket order has one of its own.
    price: Decimal | None = None
    per: Decimal = _ONE
    used_quantity: Decimal = _ZERO
    used_value: Decimal = _NOTHING

    @property
    def left_quantity(self) -> Decimal | None:
        """What may still be called off; None: any quantity."""
        return None if self.quantity is None else max(self.quantity - self.used_quantity, _ZERO)

    @property
    def left_value(self) -> Decimal | None:
        """For how much may still be called off; None: for any amount."""
        return None if self.value is None else max(self.value - self.used_value, _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blanket:
    """A blanket order, as a message brought it or a partner package states it."""

    number: str
    valid_from: date
    #: Inclusive; None: as long as the contract.
    valid_until: date | None = None
    #: What all lines together may come to; None: that is not limited.
    value: Decimal | None = None
    lines: tuple[BlanketLine, ...] = ()
    #: Cancelled: nothing is left, whatever was.
    is_closed: bool = False

    def named(self, line: BlanketLine) -> str:
        """Itself and a line of it in words; itself alone where it has none of its own."""
        return self.number if line.number == WHOLE else f"{self.number} line {line.number}"

    def is_valid_on(self, on: date) -> bool:
        """Whether it may be called off for a price date; both ends count."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)

    @property
    def used_value(self) -> Decimal:
        """What the call-offs of all lines came to."""
        return sum([line.used_value for line in self.lines], _NOTHING)

    @property
    def left_value(self) -> Decimal | None:
        """For how much may still be called off in all; None: for any amount."""
        return None if self.value is None else max(self.value - self.used_value, _NOTHING)

    def line(self, number: str) -> BlanketLine | None:
        """The line of this number."""
        return next((line for line in self.lines if line.number == number), None)

    def left_of(self, line: BlanketLine) -> tuple[Decimal | None, Decimal | None]:
        """The quantity and the amount that may still be called off from a line."""
        values = [left for left in (line.left_value, self.left_value) if left is not None]
        return line.left_quantity, min(values, default=None)

    def after(self, taken: CalledOff) -> Blanket:
        """The blanket order when a call-off took its part; a negative part is given back."""
        return replace(
            self,
            lines=tuple(
                replace(
                    line,
                    used_quantity=line.used_quantity + taken.quantity,
                    used_value=line.used_value + taken.value,
                )
                if line.number == taken.line
                else line
                for line in self.lines
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledOff:
    """What one order line takes of a blanket order's line; never more than was left of it."""

    blanket: str
    line: str
    quantity: Decimal
    value: Decimal
    #: What was confirmed beyond it, by the contract's leave.
    beyond: Decimal = _ZERO


class CallOffs:
    """What is left of the blanket orders while the lines of one order are decided."""

    __slots__ = ("_blankets",)

    def __init__(self, blankets: Mapping[str, Blanket]) -> None:
        self._blankets = dict(blankets)

    def get(self, number: str) -> Blanket | None:
        """The blanket order of this number, as the lines decided so far left it."""
        return self._blankets.get(number)

    def take(self, number: str, line: str, confirmed: Decimal, price: Price) -> CalledOff:
        """Take what a confirmed line calls off, so that the next line no longer finds it."""
        blanket = self._blankets[number]
        found = blanket.line(line)
        assert found is not None  # noqa: S101  (the rule found it there)
        quantity, value = blanket.left_of(found)
        taken = confirmed if quantity is None else min(confirmed, quantity)
        amount = line_amount(taken, price.amount, price.per)
        called_off = CalledOff(
            blanket=number,
            line=line,
            quantity=taken,
            value=amount if value is None else min(amount, value),
            beyond=confirmed - taken,
        )
        self._blankets[number] = blanket.after(called_off)
        return called_off


def numbers_named(order: Order, contracts: Collection[str]) -> set[str]:
    """Every number by which an order, or a line of it, may name a blanket order; no contract's."""
    named = {order.blanket_order, order.contract_number}
    for line in order.lines:
        named |= {line.blanket_order, line.contract_number}
    if order.type_code == BLANKET_ORDER:
        named.add(order.number)
    return {number for number in named if number and number not in contracts}


def with_use(stated: Blanket, stored: Blanket) -> Blanket:
    """The stated terms with what was used; of a line that is gone nothing is left."""
    used = {line.number: line for line in stored.lines}
    lines = [
        replace(
            line,
            used_quantity=used[line.number].used_quantity if line.number in used else _ZERO,
            used_value=used[line.number].used_value if line.number in used else _NOTHING,
        )
        for line in stated.lines
    ]
    stated_numbers = {line.number for line in stated.lines}
    gone = [
        replace(line, quantity=line.used_quantity)
        for line in stored.lines
        if line.number not in stated_numbers
    ]
    return replace(stated, lines=(*lines, *gone))


def number_called_off(
    order: Order,
    line: OrderLine,
    contract_of: Callable[[str], object | None],
    known: Mapping[str, Blanket],
) -> str | None:
    """
    The blanket order that a line calls off: its own reference, else the order's.

    One that stands where the contract is named (RFF+CT) counts in a call-off, and in any other
    order if there is such a blanket order; a contract's number never does.
    """
    if number := line.blanket_order or order.blanket_order:
        return number
    for number in (line.contract_number, order.contract_number):
        if number and contract_of(number) is None:
            return number if order.type_code == CALL_OFF or number in known else None
    return None


def quantity_for(
    quantity: Decimal | None,
    value: Decimal | None,
    *,
    price: Price,
    asked: Decimal,
    pack: Decimal | None,
) -> Decimal:
    """
    The most that can be confirmed of what is left: whole packs, at most `asked`.

    Without a pack it is as fine as it was asked for.

    >>> left = quantity_for(None, Decimal("50.00"), price=Price(amount=Decimal("2.40")),
    ...     asked=Decimal(30), pack=Decimal(6))
    >>> left
    Decimal('18')
    """
    most = asked if quantity is None else min(asked, quantity)
    step = pack or _ONE.scaleb(min(int(asked.as_tuple().exponent), 0))
    if value is not None and price.amount > _ZERO:
        # One more than the value buys, because a fraction of a cent may be rounded down.
        most = min(most, (value * price.per / price.amount // step + 1) * step)
    most -= most % step
    while value is not None and most > _ZERO and line_amount(most, price.amount, price.per) > value:
        most -= step
    return max(most, _ZERO)
