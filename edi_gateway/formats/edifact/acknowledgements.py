"""
Read a partner's CONTRL of any syntax version, as leniently as can be.

Segments are taken by their tags alone, so that a wrong count or a missing group does not lose what
the partner says. Also finds the segment of ours a complaint is about, in the bytes we sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edi_gateway.errors import HeldError
from edi_gateway.formats.acknowledgement import Acknowledgement, Complaint
from edi_gateway.formats.edifact.charsets import CODECS, decode
from edi_gateway.formats.edifact.parsing import Segment, parse_segments
from edi_gateway.formats.edifact.syntax_errors import meaning_of
from edi_gateway.formats.edifact.tokens import (
    DEFAULT,
    PADDING,
    ServiceCharacters,
    split_segments,
)
from edi_gateway.formats.interchange import OpenedInterchange

#: 0083: 1, 2 and 5 are withdrawn and were positive; 8 says received; 6 refuses the envelope.
_POSITIVE, _NEGATIVE = {"1", "2", "5", "7", "8"}, {"4", "6"}


class UnreadableAcknowledgement(HeldError):
    """A CONTRL without UCI, or an APERAK without BGM."""

    code = "acknowledgement-unreadable"
    remedy = "Ask the partner what it acknowledges, then discard the message with a reason."


def segments_of(data: bytes, interchange: OpenedInterchange) -> list[Segment]:
    """The segments of a message, with the characters of the interchange it came in."""
    una = interchange.details.get("una")
    chars = (ServiceCharacters.from_una(una) if una else None) or DEFAULT
    text = decode(data, interchange.details.get("codec", "latin-1"))
    return list(parse_segments(text, chars))


def read_contrl(data: bytes, interchange: OpenedInterchange) -> Acknowledgement:
    """Read a CONTRL; `UnreadableAcknowledgement` when it names no interchange."""
    segments = segments_of(data, interchange)
    uci = next((segment for segment in segments if segment.tag == "UCI"), None)
    if uci is None or not uci.at(1):
        raise UnreadableAcknowledgement("The CONTRL names no interchange of ours (UCI 0020).")
    action = uci.at(4)
    complaints = _explained(list(_complaints(segments)))
    accepted: bool | None = None
    if action in _NEGATIVE or complaints:
        accepted = False
    elif action in _POSITIVE:
        accepted = True
    return Acknowledgement(
        type="CONTRL",
        accepted=accepted,
        said=f"UCI {action}",
        reference=uci.at(1),
        parties=(uci.at(2), uci.at(3)),
        complaints=complaints,
    )


def _explained(complaints: list[Complaint]) -> tuple[Complaint, ...]:
    """The complaints without the bare rejections that others explain."""
    explained = {complaint.message for complaint in complaints if complaint.code}
    return tuple(c for c in complaints if c.code or c.message not in explained)


def _complaints(segments: list[Segment]) -> Iterator[Complaint]:
    """
    Every error, and every rejection without one.

    A code beside a positive action is a remark (withdrawn action 2) and rejects nothing.
    """
    message: str | None = None
    rejected, position = False, 0
    for segment in segments:
        if segment.tag == "UCI":
            rejected = segment.at(4) in _NEGATIVE
            if rejected:
                yield _of_envelope(segment, None)
        elif segment.tag in {"UCF", "UCM"}:
            message = segment.at(1) if segment.tag == "UCM" else None
            action = 3 if segment.tag == "UCM" else 4
            rejected = segment.at(action) in _NEGATIVE
            if rejected:
                yield _of_envelope(segment, message, action)
        elif segment.tag == "UCS" and rejected:
            position = segment.number(1) or 1
            if segment.at(2):
                yield _complaint(segment.at(2), message=message, segment=position)
        elif segment.tag == "UCD" and rejected:
            yield _of_element(segment, message, position)


def _of_envelope(segment: Segment, message: str | None, action: int = 4) -> Complaint:
    return _complaint(
        segment.at(action + 1),
        message=message,
        service=segment.at(action + 2) or None,
        element=segment.number(action + 3),
        component=segment.number(action + 3, 1),
        repetition=segment.number(action + 3, 2),
    )


def _of_element(segment: Segment, message: str | None, position: int) -> Complaint:
    return _complaint(
        segment.at(1),
        message=message,
        segment=position,
        element=segment.number(2),
        component=segment.number(2, 1),
        repetition=segment.number(2, 2),
    )


def _complaint(code: str, **place: Any) -> Complaint:
    meaning = meaning_of(code) if code else "rejected"
    return Complaint(code=code, meaning=meaning, **place)


# --- what of ours is meant ------------------------------------------------------------------------


class SentInterchange:
    """An interchange we wrote, to quote the segments a partner complains about."""

    def __init__(self, content: bytes) -> None:
        text = content.decode("latin-1")
        self._chars = DEFAULT
        if text.startswith("UNA"):
            self._chars = ServiceCharacters.from_una(text[:9]) or DEFAULT
            text = text[9:]
        codec = CODECS.get(text[4:8], "latin-1")
        text = decode(text.encode("latin-1"), codec)
        raws = [raw.lstrip(PADDING) for raw in split_segments(text, self._chars)[0]]
        self._envelope = {raw[:3]: raw for raw in raws if raw[:3] in {"UNB", "UNZ"}}
        self._messages: dict[str, list[str]] = {}
        message: list[str] = []
        for raw in raws:
            if raw.startswith("UNH"):
                message = self._messages.setdefault(Segment(raw, self._chars).at(1), [])
            if raw[:3] not in self._envelope:
                message.append(raw)

    def __len__(self) -> int:
        """How many messages it holds."""
        return len(self._messages)

    def quote(self, complaint: Complaint) -> str | None:
        """The segment a complaint is about, as we sent it."""
        if complaint.message is None:
            return self._envelope.get(complaint.service or "")
        message = self._messages.get(complaint.message, [])
        if complaint.segment is not None:
            inside = 0 < complaint.segment <= len(message)
            return message[complaint.segment - 1] if inside else None
        return next((raw for raw in message if raw[:3] == complaint.service), None)

    def document_number(self, message: str) -> str | None:
        """The number (BGM 1004) of one of its messages."""
        for raw in self._messages.get(message, []):
            if raw.startswith("BGM"):
                return Segment(raw, self._chars).at(2) or None
        return None
