"""What was decided about an order, and every departure from the contract that led to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

import msgspec

from edi_gateway.contract.articles import Article
from edi_gateway.contract.pricing.steps import Step, told
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


class LineDecision(msgspec.Struct, frozen=True, kw_only=True):
    """
    What was decided about one line. A struct, like the documents, because each line has one.

    `action` is None where the line is held: then nothing was decided. A rejected or held line
    confirms nothing, has no price and amounts to nothing.
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
    #: How it came to this; a sentence, or figures that become sentences when they are read.
    steps: tuple[str | Step, ...] = ()
    #: The customer's line these free goods come with; None: it is a line of the customer's.
    free_with: str | None = None
    #: How many of the article's unit one `unit` holds.
    factor: Decimal = Decimal(1)

    @property
    def in_article_unit(self) -> Decimal:
        """What is confirmed, in the article's unit."""
        return self.confirmed * self.factor

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
    #: Sum of the confirmed amounts, and of the charges.
    net_amount: Decimal
    #: Charges on the order as a whole.
    charges: tuple[AllowanceCharge, ...] = ()
