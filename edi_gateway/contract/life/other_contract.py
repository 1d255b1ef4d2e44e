"""
A change may bring its order under another contract: for another delivery party, or another day.

The order as it then stands is under the contract a new order of the kind would be under. That is
right, but nobody may have meant it, so it is said.
"""

from __future__ import annotations

from dataclasses import replace

from msgspec.structs import replace as changed_copy

from edi_gateway.contract.decision import Decision, Effect, Finding
from edi_gateway.contract.terms import Agreement


def under_other_contract(decision: Decision, before: str, agreement: Agreement) -> Decision:
    """Say in a decision, and on each of its lines, that it is under another contract than before."""
    now = agreement.contract.number
    if now == before:
        return decision
    text = f"the change brings the order under contract {now}; it was under {before}"
    moved = Finding(
        code="contract-changed",
        text=text,
        effect=Effect.NOTE,
        details={"before": before, "now": now},
    )
    return replace(
        decision,
        lines=tuple(changed_copy(line, steps=(text, *line.steps)) for line in decision.lines),
        findings=(*decision.findings, moved),
    )
