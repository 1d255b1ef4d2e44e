"""
CONTRL, the syntax acknowledgement: what was wrong with an interchange, or that nothing was.

Written in the syntax version of its subject. Sender and recipient in UCI are copied, not swapped;
the envelope's are ours and the partner's. There is never a CONTRL about a CONTRL: the caller sees
to that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from edi_gateway.formats.edifact.writer import Envelope, segment, wrap
from edi_gateway.formats.interchange import Fault, Level, OpenedInterchange, OpenedMessage

#: UNH identity by syntax version.
_IDENTITY = {
    "1": ("CONTRL", "2", "2", "UN", "EAN002"),
    "2": ("CONTRL", "2", "2", "UN", "EAN002"),
    "3": ("CONTRL", "D", "3", "UN", "EAN004"),
    "4": ("CONTRL", "4", "1", "UN"),
}

#: Service segments, which 0013 may name.
_SERVICE = {"UNA", "UNB", "UNZ", "UNG", "UNE", "UNH", "UNT", "UNO", "UNP"}

#: Bounds of the CONTRL table: segments per message, elements per segment.
_MOST_SEGMENTS, _MOST_ELEMENTS = 999, 99


def write_contrl(
    subject: OpenedInterchange,
    envelope: Envelope,
    *,
    refusal: tuple[str, str, str] | None = None,
    reference: str = "1",
) -> bytes:
    """
    Write the acknowledgement of `subject`.

    `refusal` rejects the interchange whatever its own faults: 0085, service segment, and position
    in it such as `6` or `3:1`.
    """
    body = list(_body(subject, refusal))
    identity = _IDENTITY.get(subject.version, _IDENTITY["3"])
    message = (
        segment("UNH", reference, identity),
        *body,
        segment("UNT", str(len(body) + 2), reference),
    )
    return wrap(envelope, ["".join(message)], 1)


def _body(subject: OpenedInterchange, refusal: tuple[str, str, str] | None) -> Iterator[str]:
    parties = [
        list(subject.details.get("sender", (subject.sender, subject.sender_qualifier))),
        list(subject.details.get("recipient", (subject.recipient, subject.recipient_qualifier))),
    ]
    if refusal is None and subject.faults:
        refusal = _of_fault(subject.faults[0])
    if refusal is not None:
        code, tag, place = refusal
        yield segment("UCI", subject.reference, *parties, "4", code, tag, _place(place))
        return
    yield segment("UCI", subject.reference, *parties, "7")
    for message in subject.messages:
        if message.faults:
            yield from _rejected(message)


def _of_fault(fault: Fault) -> tuple[str, str, str]:
    tag = fault.tag if fault.tag in _SERVICE else ""
    place = "" if fault.element is None or fault.element < 2 or not tag else str(fault.element)
    if place and fault.component is not None:
        place = f"{place}:{fault.component}"
    return fault.edifact_code, tag or "", place


def _place(text: str) -> list[str]:
    return text.split(":")


def _rejected(message: OpenedMessage) -> Iterator[str]:
    of_message = [fault for fault in message.faults if fault.level is Level.MESSAGE]
    below = [fault for fault in message.faults if fault.level is not Level.MESSAGE]
    version, _, release = message.release.partition(".")
    identity = [message.type, version, release, "UN", message.association]
    if of_message:
        code, tag, place = _of_fault(of_message[0])
        yield segment("UCM", message.reference, identity, "4", code, tag, _place(place))
    else:
        yield segment("UCM", message.reference, identity, "4")
    below.sort(key=lambda fault: fault.segment or 1)
    for number, (position, group) in enumerate(groupby(below, lambda fault: fault.segment or 1)):
        if number == _MOST_SEGMENTS:
            return
        yield from _segment_faults(str(position), list(group))


def _segment_faults(position: str, faults: Sequence[Fault]) -> Iterator[str]:
    whole = [fault for fault in faults if fault.element is None]
    yield segment("UCS", position, whole[0].edifact_code if whole else "")
    for fault in [fault for fault in faults if fault.element is not None][:_MOST_ELEMENTS]:
        component = "" if fault.component is None else str(fault.component)
        yield segment("UCD", fault.edifact_code, (str(fault.element), component))
