"""UNB and UNH: what the header of an interchange, and of a message, says, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edi_gateway.formats.edifact.charsets import CODECS
from edi_gateway.formats.edifact.faults import fault
from edi_gateway.formats.edifact.tokens import ServiceCharacters, cell, split_elements
from edi_gateway.formats.interchange import Fault, OpenedInterchange, OpenedMessage


def read_unb(raw: str, chars: ServiceCharacters, offset: int, index: int) -> OpenedInterchange:
    """Return the interchange that a UNB opens, with what is wrong with that segment."""
    elements = split_elements(raw, chars)

    def at(element: int, component: int = 0) -> str:
        return cell(elements, element, component, chars)

    opened = OpenedInterchange(
        format="edifact",
        index=index,
        syntax=at(1),
        version=at(1, 1),
        sender=at(2),
        sender_qualifier=at(2, 1),
        recipient=at(3),
        recipient_qualifier=at(3, 1),
        reference=at(5),
        application_reference=at(7),
        acknowledgement_requested=at(9) == "1" or (at(9) == "2" and at(1, 1) == "4"),
        receipt_requested=at(9) == "2" and at(1, 1) == "4",
        test=at(11) not in ("", "0"),
        offset=offset,
        details=_details(elements, chars),
    )
    if not opened.version:
        opened.version = "3"
        opened.warnings.append("UNB states no syntax version; it is read as version 3.")
    opened.faults.extend(_unb_faults(opened, at(4), offset))
    opened.answerable = bool(opened.sender and opened.reference and opened.recipient)
    return opened


def _details(elements: list[Any], chars: ServiceCharacters) -> dict[str, Any]:
    sender = [cell(elements, 2, part, chars) for part in range(4)]
    recipient = [cell(elements, 3, part, chars) for part in range(4)]
    return {"sender": sender, "recipient": recipient}


def unh_faults(message: OpenedMessage, version: str, release: str) -> Iterator[Fault]:
    """Yield what a UNH lacks that its CONTRL would have to name."""
    for element, component, value, name in (
        (2, None, message.reference, "0062"),
        (3, 1, message.type, "0065"),
        (3, 2, version, "0052"),
        (3, 3, release, "0054"),
    ):
        if not value:
            yield fault(
                "unh-incomplete",
                f"UNH has no {name}",
                segment=1,
                tag="UNH",
                element=element,
                component=component,
                offset=message.offset,
            )


def _unb_faults(opened: OpenedInterchange, date: str, offset: int) -> Iterator[Fault]:
    for component, value, known in (
        (1, opened.syntax, opened.syntax in CODECS),
        (2, opened.version, opened.version in {"1", "2", "3", "4"}),
    ):
        if not known:
            yield fault(
                "unb-syntax",
                f"syntax {opened.syntax}:{opened.version} is not supported",
                tag="UNB",
                element=2,
                component=component,
                offset=offset,
                value=value,
            )
            break
    for element, value, name in (
        (3, opened.sender, "sender (0004)"),
        (4, opened.recipient, "recipient (0010)"),
        (5, date, "date of preparation (0017)"),
        (6, opened.reference, "control reference (0020)"),
    ):
        if not value:
            yield fault(
                "unb-incomplete",
                f"UNB has no {name}",
                tag="UNB",
                element=element,
                component=1 if element < 6 else None,
                offset=offset,
            )
