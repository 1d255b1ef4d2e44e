"""
What is known beside the order and the agreement when an order is decided.

The ledger and the clock know it; it is handed in, so that deciding stays pure. What an agreement
does not ask for is not looked up, and stays at its default here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from edi_gateway.contract.blankets import Blanket
from edi_gateway.contract.history import Pattern, Twin
from edi_gateway.contract.stock import StockFigure


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """The state of the world an order is decided in."""

    #: When it is decided, in the company's time zone; None where nothing depends on it.
    now: datetime | None = None
    #: What was bought of each article (our code, its unit) in the contract's `breaks_period` so
    #: far; only where its `breaks_by` is cumulative.
    bought: Mapping[str, Decimal] = field(default_factory=dict)
    #: The customer's earlier orders, where the contract has guards.
    pattern: Pattern | None = None
    #: An earlier order that asks for the same, where the contract watches for one.
    twin: Twin | None = None
    #: What an operator saw before releasing the order, and its line: see `looks.sight_of`.
    seen: frozenset[tuple[str, str | None]] = frozenset()
    #: The roles that approved the order, each with the `decision_key` of what it approved.
    approvals: frozenset[tuple[str, str]] = frozenset()
    #: By our article codes: what is left to promise; an article without a figure is not there.
    stock: Mapping[str, StockFigure] = field(default_factory=dict)
    #: The blanket orders the order may name, by number; None: the contract has none to call off.
    blankets: Mapping[str, Blanket] | None = None
    #: The blanket order that this order changes.
    changed_blanket: str | None = None


#: Nothing is known, and nothing is asked for.
UNKNOWN = Circumstances()
