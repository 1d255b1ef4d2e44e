"""The despatch advice: what is on the lorry. As far as the ERP reports it to us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DespatchLine:
    """What was despatched of one order line."""

    #: The customer's line number, as in the ERP file of the order.
    order_line: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DespatchAdvice:
    """One despatch of (part of) one order. `number` is the delivery note's, unique per partner."""

    number: str
    issue_date: date
    #: The partner's id in the gateway.
    partner: str
    order_number: str
    lines: tuple[DespatchLine, ...]
