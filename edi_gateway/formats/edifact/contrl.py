"""
CONTRL, the syntax acknowledgement: what was wrong with an interchange, or that nothing was.

Written in the syntax version of its subject, from ISO 9735 part 4. Sender and recipient in UCI are
copied, not swapped; the envelope's are ours and the partner's. What is copied is cut where the
version has no room for it. There is never a CONTRL about a CONTRL: the caller sees to that.

UCI, UCF and UCM hold one error each: of several faults at one level the first is told. All faults
below are told, up to the bounds of the message table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from edi_gateway.formats.edifact.charsets import CODECS
from edi_gateway.formats.edifact.directory import find_service_segments
from edi_gateway.formats.edifact.syntax_errors import code_for
from edi_gateway.formats.edifact.writer import Envelope, marks_of, segment, wrap
from edi_gateway.formats.interchange import Fault, Level, OpenedInterchange, OpenedMessage

#: UNH identity by syntax version.
_IDENTITY = {
    "1": ("CONTRL", "2", "2", "UN", "EAN002"),
    "2": ("CONTRL", "2", "2", "UN", "EAN002"),
    "3": ("CONTRL", "D", "3", "UN", "EAN004"),
    "4": ("CONTRL", "4", "1", "UN"),
}

#: Service segments, which 0013 (0135 in version 4) may name; those of packages in version 4 only.
_SERVICE = {"UNA", "UNB", "UNZ", "UNG", "UNE", "UNH", "UNT"}
_OF_PACKAGES = {"UNO", "UNP"}

#: Bounds of the CONTRL table: segments per message, elements per segment.
_MOST_SEGMENTS, _MOST_ELEMENTS = 999, 99

REJECTED, ACKNOWLEDGED, RECEIVED = "4", "7", "8"


def write_contrl(
    subject: OpenedInterchange,
    envelope: Envelope,
    *,
    refusal: tuple[str, str, str] | None = None,
    receipt: bool = False,
    reference: str = "1",
) -> bytes:
    """
    Write the acknowledgement of `subject`.

    `refusal` rejects the interchange whatever its own faults: 0085, service segment, and position
    in it such as `6` or `3:1`. With `receipt`, an interchange without faults gets UCI 8 (received)
    in place of 7 (acknowledged). The envelope takes version and characters of the subject, where
    there is a CONTRL of that version.
    """
    known = subject.version in _IDENTITY and subject.syntax in CODECS
    if known:
        envelope = replace(envelope, version=subject.version, syntax=subject.syntax)
    hand = _Hand(envelope.version, envelope.syntax)
    body = list(_body(subject, hand, refusal, receipt))
    message = (
        hand.segment("UNH", reference, _IDENTITY[envelope.version]),
        *body,
        hand.segment("UNT", str(len(body) + 2), reference),
    )
    return wrap(envelope, ["".join(message)], 1)


@dataclass(frozen=True, slots=True)
class _Hand:
    """Writes the segments of one syntax version and repertoire."""

    version: str
    syntax: str

    def segment(self, tag: str, *elements: str | Sequence[str]) -> str:
        return segment(tag, *elements, marks=marks_of(self.version))

    def copied(self, tag: str, element: int, parts: Sequence[str]) -> list[str]:
        """
        What the subject has at an element (1 follows the tag), no longer than this version takes.

        A point stands for what its own repertoire cannot hold.
        """
        codec = CODECS[self.syntax]
        values = find_service_segments(self.version)[tag][element - 1].values
        return [
            "".join(sign if _fits(sign, codec) else "." for sign in part[: value.length])
            for part, value in zip(parts, values, strict=False)
        ]

    def error(self, fault: Fault, level: str) -> tuple[str, str, list[str]]:
        """0085, 0013 and S011 of a fault, for UCI, UCF or UCM."""
        code = code_for(fault.edifact_code, level, self.version)
        service = _SERVICE | _OF_PACKAGES if self.version == "4" else _SERVICE
        if fault.tag not in service:
            return code, "", []
        return code, fault.tag or "", self.position(fault)

    def position(self, fault: Fault) -> list[str]:
        """S011: element (the tag is 1), component, and from version 4 the repetition."""
        if fault.element is None or fault.element < 2:
            return []
        parts = [fault.element, fault.component, fault.repetition]
        most = len(parts) if self.version == "4" else 2
        return ["" if part is None else str(part) for part in parts[:most]]


def _fits(sign: str, codec: str) -> bool:
    if sign < " ":
        return False
    try:
        sign.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _body(
    subject: OpenedInterchange,
    hand: _Hand,
    refusal: tuple[str, str, str] | None,
    receipt: bool,
) -> Iterator[str]:
    details = subject.details
    uci = (
        "UCI",
        hand.copied("UNB", 5, [subject.reference]),
        hand.copied("UNB", 2, details.get("sender", (subject.sender, subject.sender_qualifier))),
        hand.copied(
            "UNB", 3, details.get("recipient", (subject.recipient, subject.recipient_qualifier))
        ),
    )
    if refusal is not None:
        code, tag, place = refusal
        code = code_for(code, "UCI", hand.version)
        yield hand.segment(*uci, REJECTED, code, tag, place.split(":"))
    elif subject.faults:
        yield hand.segment(*uci, REJECTED, *hand.error(subject.faults[0], "UCI"))
    elif receipt and not subject.is_faulty():
        yield hand.segment(*uci, RECEIVED)
    else:
        yield hand.segment(*uci, ACKNOWLEDGED)
        yield from _groups(subject, hand)
        yield from _messages(subject, hand, None)


def _groups(subject: OpenedInterchange, hand: _Hand) -> Iterator[str]:
    """UCF of every functional group that is rejected, or has a message that is."""
    for number, group in enumerate(subject.groups):
        ucf = (
            "UCF",
            hand.copied("UNG", 5, [group.reference]),
            hand.copied("UNG", 2, group.sender),
            hand.copied("UNG", 3, group.recipient),
        )
        if group.faults:
            yield hand.segment(*ucf, REJECTED, *hand.error(group.faults[0], "UCF"))
            continue
        rejected = list(_messages(subject, hand, number))
        if rejected:
            yield hand.segment(*ucf, ACKNOWLEDGED)
            yield from rejected


def _messages(subject: OpenedInterchange, hand: _Hand, group: int | None) -> Iterator[str]:
    for message in subject.messages:
        if message.faults and message.group == group:
            yield from _rejected(message, hand)


def _rejected(message: OpenedMessage, hand: _Hand) -> Iterator[str]:
    of_message = [fault for fault in message.faults if fault.level is Level.MESSAGE]
    below = [fault for fault in message.faults if fault.level is not Level.MESSAGE]
    reference = hand.copied("UNH", 1, [message.reference])
    ucm = ("UCM", reference, _identity(message, hand), REJECTED)
    if of_message:
        yield hand.segment(*ucm, *hand.error(of_message[0], "UCM"))
    else:
        yield hand.segment(*ucm)
    written = 0
    below.sort(key=lambda fault: fault.segment or 1)
    for position, faults in groupby(below, lambda fault: fault.segment or 1):
        for lines in _of_segment(str(position), list(faults), hand):
            if written == _MOST_SEGMENTS:
                return
            written += 1
            yield from lines


def _identity(message: OpenedMessage, hand: _Hand) -> list[str]:
    """S009 as the message states it; a controlling agency it lacks is UN."""
    version, _, release = message.release.partition(".")
    stated = message.identity or (message.type, version, release, "UN", message.association)
    parts = hand.copied("UNH", 2, stated)
    parts[3] = parts[3] or "UN"
    return parts


def _of_segment(position: str, faults: Sequence[Fault], hand: _Hand) -> Iterator[list[str]]:
    """
    UCS and UCD of one segment's faults.

    UCS holds one code, so a further fault of the segment as a whole has a UCS of its own.
    """
    whole = [code_for(f.edifact_code, "UCS", hand.version) for f in faults if f.element is None]
    first, *others = dict.fromkeys(whole) or [""]
    elements = dict.fromkeys(
        hand.segment("UCD", code_for(f.edifact_code, "UCD", hand.version), hand.position(f))
        for f in faults
        if f.element is not None
    )
    yield [hand.segment("UCS", position, first), *list(elements)[:_MOST_ELEMENTS]]
    for code in others:
        yield [hand.segment("UCS", position, code)]
