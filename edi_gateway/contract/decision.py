"""What was decided about an order, and every departure from the contract that led to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from edi_gateway.contract.articles import Article
from edi_gateway.contract.blankets import CalledOff
from edi_gateway.contract.pricing.figures import ONE
from edi_gateway.contract.pricing.quoting import stated
from edi_gateway.contract.pricing.steps import Step, told
from edi_gateway.contract.terms import PriceDate
from edi_gateway.documents import AllowanceCharge, LineAction, OrderLine, Price, ResponseStatus


class Effect(StrEnum):
    """What a finding does to its line, or to the order."""

    #: Nothing is sent; a person must look.
    HOLD = "hold"
    REJECT = "reject"
    CHANGE = "change"
    #: Told to the operator, changes nothing.
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One departure of an order from its contract; `line` is the customer's line number."""

    #: Stable, in words joined by hyphens; documented in docs/configuration.md.
    code: str
    text: str
    effect: Effect
    line: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


class Outcome(StrEnum):
    """Whether the order can be answered without a person."""

    ANSWERED = "answered"
    HELD = "held"


class Later(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a line that is promised for later; no date where none is known."""

    quantity: Decimal
    on: date | None = None


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What a line takes of its article's stock, and of what comes next."""

    now: Decimal = Decimal(0)
    next: Decimal = Decimal(0)

    def plus(self, more: Taken) -> Taken:
        """Both together."""
        return Taken(now=self.now + more.now, next=self.next + more.next)

    def negated(self) -> Taken:
        """What gives this back."""
        return Taken(now=-self.now, next=-self.next)


NOTHING_TAKEN = Taken()


class LineDecision(msgspec.Struct, frozen=True, kw_only=True):
    """
    What was decided about one line. A struct, like the documents, because each line has one.

    `action` is None where the line is held: then nothing was decided. A rejected or held line
    confirms nothing, has no price and amounts to nothing. `confirmed` is delivered as requested;
    `later` follows, and both make up `amount`.
    """

    line: OrderLine
    action: LineAction | None
    ordered: Decimal
    confirmed: Decimal
    unit: str | None
    price: Price | None
    article: Article | None
    amount: Decimal
    reason_code: str | None = None
    reason: str | None = None
    #: The day of delivery we name; None: as requested.
    promised_delivery: date | None = None
    #: How it came to this; a sentence, or figures that become sentences when they are read.
    steps: tuple[str | Step, ...] = ()
    later: tuple[Later, ...] = ()
    #: The article that was ordered, where `article` takes its place.
    replaced: Article | None = None
    #: None where stock was not looked at; in the article's unit.
    taken: Taken | None = None
    #: What it takes of a blanket order, in the article's unit.
    called_off: CalledOff | None = None
    #: The customer's line these free goods come with; None: it is a line of the customer's.
    free_with: str | None = None
    #: How many of the article's unit one `unit` holds.
    factor: Decimal = ONE
    #: The day whose price is invoiced instead of `price`; None: `price` stands.
    provisional_until: PriceDate | None = None

    @property
    def backordered(self) -> Decimal:
        """All that follows later."""
        return sum([part.quantity for part in self.later], Decimal(0))

    @property
    def in_article_unit(self) -> Decimal:
        """What is confirmed, now and for later, in the article's unit."""
        return (self.confirmed + self.backordered) * self.factor

    @property
    def article_price(self) -> Price | None:
        """The price, for the article's unit."""
        price = self.price
        if price is None or self.factor == ONE or self.article is None:
            return price
        return stated(price.amount, price.per, self.factor, ONE, self.article.unit)

    @property
    def trace(self) -> tuple[str, ...]:
        """How it came to this, in sentences."""
        return told(self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about an order; `status` is None when it is held."""

    outcome: Outcome
    status: ResponseStatus | None
    lines: tuple[LineDecision, ...]
    findings: tuple[Finding, ...]
    #: Sum of the confirmed amounts, what follows later included, and of the charges.
    net_amount: Decimal
    #: Charges on the order as a whole.
    charges: tuple[AllowanceCharge, ...] = ()
