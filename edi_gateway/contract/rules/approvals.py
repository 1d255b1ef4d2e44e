"""
Approvals: an order above a value, or with findings of a chosen kind, waits for a named role.

Asked once the order can be answered but for what a person may let pass. What was approved is
exactly that decision; another amount or other findings are asked about again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from decimal import Decimal

from edi_gateway.contract.clauses import ApprovalClause
from edi_gateway.contract.decision import Effect, Finding, LineDecision
from edi_gateway.contract.rules.looks import LOOKS
from edi_gateway.contract.rules.order import Case


def approved(
    case: Case, lines: Sequence[LineDecision], found: Sequence[Finding]
) -> Iterator[Finding]:
    """Each role the contract names for such an order has approved it as it is decided."""
    clauses = case.agreement.contract.approvals
    if not clauses or not _is_decided(lines, found):
        return
    value = sum((line.amount for line in lines), Decimal("0.00"))
    asked: dict[str, str] = {}
    for clause in clauses:
        reason = _reason(clause, value, found)
        if reason is not None:
            asked.setdefault(clause.role, reason)
    if not asked:
        return
    decided = decision_key(lines, found)
    for role, reason in asked.items():
        if (role, decided) not in case.circumstances.approvals:
            yield Finding(
                code="approval-needed",
                text=f"approval of {role} needed: {reason}",
                effect=Effect.HOLD,
                details={"role": role, "decision": decided},
            )


def _reason(clause: ApprovalClause, value: Decimal, found: Sequence[Finding]) -> str | None:
    """Why an order needs the approval; None where it does not."""
    reasons = []
    if clause.above_value is not None:
        if value <= clause.above_value:
            return None
        reasons.append(f"{value} is above {clause.above_value}")
    if clause.findings:
        texts = [finding.text for finding in found if finding.code in clause.findings]
        if not texts:
            return None
        reasons += texts[:3]
    return "; ".join(reasons)


def _is_decided(lines: Sequence[LineDecision], found: Sequence[Finding]) -> bool:
    """Whether nothing holds the order but what a person may let pass."""
    holding = [finding.code for finding in found if finding.effect is Effect.HOLD]
    return LOOKS.issuperset(holding) and all(line.action is not None for line in lines)


def decision_key(lines: Sequence[LineDecision], found: Sequence[Finding]) -> str:
    """
    A hash of what is approved: each line's answer and amount, and what was found.

    Effects do not count: they change when somebody has looked. Nor do days, which go by.
    """
    said = [
        f"{line.line.number}|{line.action}|{line.confirmed}|{line.backordered}|{line.amount}"
        for line in lines
    ]
    said += sorted(f"{finding.code}|{finding.line}" for finding in found)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
