"""The verdict on one message: faults, and warnings by agreement, each at its place."""

from __future__ import annotations

from collections.abc import Sequence

from edi_gateway.formats.edifact.conformity import Departure
from edi_gateway.formats.edifact.faults import fault
from edi_gateway.formats.edifact.tokens import ServiceCharacters, cell, split_elements
from edi_gateway.formats.interchange import Fault, OpenedMessage, Sender

#: An interchange of somebody unknown, with whom nothing is agreed.
NOBODY = Sender(partner="")

#: Departures that are let pass with a warning, unless the partner's package insists.
_TOLERATED = frozenset(
    {
        *("code-unknown", "text-too-long", "decimal-mark", "envelope-value"),
        *("profile-segment", "profile-element", "profile-value"),
    }
)

#: Faults kept of one message or envelope; a CONTRL reports no more than 999 segments either.
MOST_FAULTS = 100


class Verdict:
    """What was found about one message so far."""

    def __init__(self, message: OpenedMessage, chars: ServiceCharacters, agreed: Sender) -> None:
        self.message = message
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        #: Of the segment last taken; UNH is 1.
        self.position = 1
        self._tolerated = (_TOLERATED - agreed.insists) | agreed.tolerates
        self._chars = chars

    def keep(self, found: Fault) -> None:
        """Keep a fault, or the warning it is by agreement, up to the number a message may have."""
        kept = self.warnings if found.code in self._tolerated else self.faults
        if len(kept) < MOST_FAULTS:
            kept.append(found)

    def take_back(self, found: Sequence[Fault]) -> None:
        """Let go of what turned out to be no fault."""
        self.faults = [kept for kept in self.faults if kept not in found]
        self.warnings = [kept for kept in self.warnings if kept not in found]

    def keep_departure(self, found: Departure, tag: str, offset: int) -> None:
        """Keep what is wrong with a value of the segment last taken."""
        kept = fault(
            found.code,
            f"segment {self.position} {tag}: {found.text}",
            edifact_code=found.edifact_code,
            segment=self.position,
            tag=tag,
            element=found.element,
            component=found.component,
            repetition=found.repetition,
            offset=offset,
            value=found.value or None,
        )
        self.keep(kept)

    def compare_trailer(self, raw: str, offset: int) -> None:
        """Compare what UNT says with the message, of which it is the last segment."""
        if self.ends_plainly(raw):
            return
        elements = split_elements(raw, self._chars)
        stated, named = (cell(elements, element, 0, self._chars) for element in (1, 2))
        if not stated:
            self._trailer("unt-malformed", "UNT has no count (0074)", 2, raw, offset)
        elif not is_count(stated, self.position):
            text = f"UNT count is wrong: it says {stated}, the message has {self.position} segments"
            self._trailer("unt-count", text, 2, stated, offset)
        if not named:
            self._trailer("unt-malformed", "UNT has no reference (0062)", 3, raw, offset)
        elif named != self.message.reference:
            text = f"UNT names {named}, UNH {self.message.reference}"
            self._trailer("unt-reference", text, 3, named, offset)

    def ends_plainly(self, raw: str) -> bool:
        """Whether UNT is, sign by sign, the one this message should have."""
        mark, reference = self._chars.element, self.message.reference
        return reference.isalnum() and raw == f"UNT{mark}{self.position}{mark}{reference}"

    def _trailer(self, code: str, text: str, element: int, value: str, offset: int) -> None:
        self.keep(
            fault(
                code,
                text,
                segment=self.position,
                tag="UNT",
                element=element,
                offset=offset,
                value=value,
            )
        )


def is_count(stated: str, held: int) -> bool:
    """Whether a trailer's number says how many there are."""
    return stated.isascii() and stated.isdigit() and len(stated) < 12 and int(stated) == held
