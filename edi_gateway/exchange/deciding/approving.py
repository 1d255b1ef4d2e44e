"""
Approvals of held orders by members of a role, and what operators looked at.

Who acts is what the operating system says about the process that asks, never what it claims.
"""

from __future__ import annotations

from edi_gateway.contract.decision import Decision
from edi_gateway.contract.rules.looks import LOOKS, sight_of
from edi_gateway.errors import HeldError
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Ledger, MessageState


class ApprovalRefused(HeldError):
    """Nothing that is asked of this person."""

    code = "not-possible"


def ask_for_approval(ledger: Ledger, message_id: int, decision: Decision) -> None:
    """Record whose approval a held order waits for."""
    ledger.approvals.ask(
        message_id,
        [
            (finding.details["role"], finding.details["decision"], finding.text)
            for finding in decision.findings
            if finding.code == "approval-needed"
        ],
    )


def note_looked_at(ledger: Ledger, message_id: int) -> None:
    """Record which of a message's findings that want a look a person has seen by acting on it."""
    found = [
        (sight_of(code, text), line)
        for code, line, text in ledger.messages.findings(message_id)
        if code in LOOKS
    ]
    ledger.approvals.see(message_id, found)


def approve(place: Workplace, message_id: int, reason: str, who: str) -> str:
    """Approve a held order for every role it waits for that `who` is a member of."""
    message = place.store.message(message_id)
    if message is None or message.state != MessageState.HELD:
        raise ApprovalRefused(f"m{message_id} is not held.", remedy="`messages` lists what is.")
    with place.store.transaction(who) as ledger:
        wanted = ledger.approvals.wanted(message_id)
        roles = [role for role in wanted if who in place.roles.get(role, ())]
        if not roles:
            raise _refusal(place, message_id, wanted, who)
        ledger.approvals.give(message_id, roles, who=who, why=reason)
        note_looked_at(ledger, message_id)
        ledger.events.add(
            "message.approved", f"{', '.join(roles)}: {reason}", message_id=message_id
        )
        ledger.clear_decision(message_id)
        ledger.messages.release(message_id, reason)
    return f"m{message_id} approved for {', '.join(roles)}; it is decided again now"


def _refusal(place: Workplace, message_id: int, wanted: list[str], who: str) -> ApprovalRefused:
    if not wanted:
        return ApprovalRefused(
            f"m{message_id} waits for no approval.", remedy="`show` tells what holds it."
        )
    members = "; ".join(
        f"{role}: {', '.join(place.roles[role])}" if place.roles.get(role) else f"{role}: nobody"
        for role in wanted
    )
    return ApprovalRefused(
        f"m{message_id} waits for {', '.join(wanted)}, and {who} has no such role.",
        remedy=f"It may be approved by a member of the role in [roles] of config.toml ({members}).",
    )
