"""The clauses of a contract that are tables of their own: guards and approvals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class GuardPolicy(StrEnum):
    """What becomes of an order a guard stops at."""

    #: Answered as usual, and noted.
    FLAG = "flag"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """`[contract.guards]`: what is far outside the usual, and what becomes of it."""

    #: A quantity above so many times the usual one of its article; None: not looked at.
    quantity_factor: Decimal | None = None
    quantity_policy: GuardPolicy = GuardPolicy.HOLD
    #: An order value above so many times the usual one.
    value_factor: Decimal | None = None
    value_policy: GuardPolicy = GuardPolicy.HOLD
    #: A delivery party no earlier order was for.
    new_delivery_address: GuardPolicy | None = None
    #: The orders that say what is usual: the last ones, at least and at most so many.
    minimum_orders: int = 5
    last_orders: int = 12
    #: How far back they may lie.
    within_months: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalClause:
    """`[[contract.approvals]]`: which orders wait for which role; all it states must be so."""

    #: The role of config.toml whose members may approve.
    role: str
    #: Orders whose confirmed amounts are above this.
    above_value: Decimal | None = None
    #: Orders with at least one of these findings.
    findings: tuple[str, ...] = ()
