"""The despatch advice: what is on the lorry. As far as the ERP reports it to us."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from edi_gateway.documents.common import Canonical


class DespatchLine(Canonical):
    """What was despatched of one order line."""

    #: The customer's line number, as in the ERP file of the order.
    order_line: str
    quantity: Decimal


class DespatchAdvice(Canonical):
    """One despatch of (part of) one order. `number` is the delivery note's, unique per partner."""

    number: str
    issue_date: date
    #: The partner's id in the gateway.
    partner: str
    order_number: str
    lines: tuple[DespatchLine, ...]
