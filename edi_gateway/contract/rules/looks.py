"""
Findings that want a person to look, no more: what they hold, an operator's release lets pass.

Whatever else holds an order does so until the order, the package or the world is another.
"""

from __future__ import annotations

from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.decision import Effect

#: Their codes.
LOOKS = frozenset(
    {
        "above-maximum-value",
        "date-after-cancellation",
        "date-not-possible",
        "date-past",
        "line-above-maximum-value",
        "new-delivery-address",
        "not-as-a-whole",
        "substitute-offered",
        "suspected-duplicate",
        "total-differs",
        "unknown-delivery-party",
        "unusual-quantity",
        "unusual-value",
    }
)

#: Those that ask about one of several possibilities: who saw another has not seen this one.
_CHOICES = frozenset({"substitute-offered"})


def sight_of(code: str, text: str) -> str:
    """What a person who looked at a finding has seen: its code, and the choice it asked about."""
    return f"{code}: {text}" if code in _CHOICES else code


def looked_at(circumstances: Circumstances, sight: str, line: str | None = None) -> bool:
    """Whether an operator saw this finding of the order, by its code or `sight_of`, and released it."""
    return (sight, line) in circumstances.seen


def effect_after_look(
    effect: Effect, circumstances: Circumstances, code: str, line: str | None = None
) -> Effect:
    """The effect of a finding; a hold that an operator released is only noted."""
    if effect is Effect.HOLD and looked_at(circumstances, code, line):
        return Effect.NOTE
    return effect
