"""
The states of a transmission, an interchange, a message and a delivery, and the legal steps.

Each step has a letter, the same as in the diagram of `docs/how-it-works.md`. Any step that is not
here is a bug and raises `IllegalStep`.
"""

from __future__ import annotations

from enum import StrEnum


class TransmissionState(StrEnum):
    """A file on its way in."""

    #: Durable here; not looked into yet.
    RECEIVED = "received"
    #: Its interchanges and messages are rows now.
    OPENED = "opened"
    #: Not readable, too large, or from nobody we know.
    HELD = "held"
    #: Put aside by an operator, with a reason.
    DISCARDED = "discarded"


class InterchangeState(StrEnum):
    """One interchange of a transmission."""

    OPENED = "opened"
    #: Its acknowledgement says so (UCI 4).
    REJECTED = "rejected"
    #: Received before; nothing happens twice.
    DUPLICATE = "duplicate"
    #: Sender unknown, or not allowed on this connector, or no dialect we read.
    HELD = "held"


class MessageState(StrEnum):
    """One message of an interchange."""

    #: Waits for its decision.
    RECEIVED = "received"
    #: Decided; every answer is in the outbox.
    ANSWERED = "answered"
    #: Its acknowledgement says so.
    REJECTED = "rejected"
    #: Seen before; the earlier answer stands.
    DUPLICATE = "duplicate"
    #: A person must look.
    HELD = "held"
    DISCARDED = "discarded"


class DeliveryState(StrEnum):
    """One file on its way out."""

    #: To be sent now or at its next attempt.
    PENDING = "pending"
    SENT = "sent"
    #: The partner's CONTRL or APERAK is positive.
    ACKNOWLEDGED = "acknowledged"
    #: No acknowledgement in time.
    OVERDUE = "overdue"
    #: The partner's CONTRL or APERAK is negative.
    REFUSED = "refused"
    #: Given up after too many attempts, or the target holds other content.
    HELD = "held"
    CLOSED = "closed"
    DISCARDED = "discarded"


State = TransmissionState | InterchangeState | MessageState | DeliveryState

_T, _I, _M, _D = TransmissionState, InterchangeState, MessageState, DeliveryState

#: Every legal step, by its letter.
STEPS: dict[str, tuple[State, State]] = {
    "a": (_T.RECEIVED, _T.OPENED),
    "b": (_T.RECEIVED, _T.HELD),
    "c": (_T.HELD, _T.RECEIVED),
    "d": (_T.HELD, _T.DISCARDED),
    "e": (_M.RECEIVED, _M.ANSWERED),
    "f": (_M.RECEIVED, _M.REJECTED),
    "g": (_M.RECEIVED, _M.DUPLICATE),
    "h": (_M.RECEIVED, _M.HELD),
    "i": (_M.HELD, _M.RECEIVED),
    "j": (_M.HELD, _M.ANSWERED),
    "s": (_M.HELD, _M.DISCARDED),
    "k": (_D.PENDING, _D.SENT),
    "l": (_D.SENT, _D.ACKNOWLEDGED),
    "m": (_D.PENDING, _D.PENDING),
    "n": (_D.PENDING, _D.HELD),
    "o": (_D.HELD, _D.PENDING),
    "p1": (_D.SENT, _D.REFUSED),
    "p2": (_D.ACKNOWLEDGED, _D.REFUSED),
    "p3": (_D.OVERDUE, _D.REFUSED),
    "q": (_D.SENT, _D.OVERDUE),
    "r": (_D.OVERDUE, _D.ACKNOWLEDGED),
    "t": (_D.REFUSED, _D.CLOSED),
    "u": (_D.HELD, _D.DISCARDED),
    "v": (_I.HELD, _I.OPENED),
    "w": (_I.HELD, _I.REJECTED),
    "x": (_I.HELD, _I.DUPLICATE),
}

_LEGAL = frozenset(STEPS.values())


class StepLost(Exception):
    """Somebody else moved the row first; there is nothing left to do here."""


class IllegalStep(Exception):
    """A step that the table does not know: a bug of ours."""


def check_step(before: State, after: State) -> None:
    """Raise `IllegalStep` unless the table allows the step."""
    if (before, after) not in _LEGAL:
        raise IllegalStep(f"{type(before).__name__}: {before} -> {after} is no legal step")
