"""The headings of interchanges, groups and messages: who, to whom, what, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from edi_gateway.cli.marked.display import MARGIN
from edi_gateway.cli.output import printable
from edi_gateway.formats.edifact.segments import Placed
from edi_gateway.formats.edifact.tokens import ServiceCharacters, cell, split_elements
from edi_gateway.formats.interchange import OpenedInterchange, OpenedMessage
from edi_gateway.inspection import Inspection, is_valid

#: What the formats are called.
_NAMES = {"edifact": "EDIFACT", "ubl": "UBL", "erp": "JSON of the ERP", "xml": "unknown XML"}


def title(found: Inspection) -> Text:
    """What the file is."""
    kind = "no EDI" if found.format is None else _NAMES.get(found.format, found.format)
    text = Text(printable(f"{found.file}: {found.bytes:,} bytes, "), "bold")
    return text.append(kind, "" if found.format else "bold red")


def interchange_heading(opened: OpenedInterchange) -> Text:
    """Who sends to whom, under which reference."""
    sender = _address(opened.sender, opened.sender_qualifier)
    recipient = _address(opened.recipient, opened.recipient_qualifier)
    what = f"{opened.reference or '(no reference)'} from {sender} to {recipient}"
    if opened.syntax:
        what += f", {opened.syntax} {opened.version}"
    faulty = sum(bool(message.faults) for message in opened.messages)
    return _heading(
        "interchange",
        what + (", test" if opened.test else ""),
        is_valid(opened),
        len(opened.faults),
        faulty,
    )


def group_heading(
    group: Placed, chars: ServiceCharacters, opened: OpenedInterchange, end: int | None
) -> Text:
    """The same for a functional group, which reaches up to the next at `end`."""
    elements = split_elements(group.raw, chars)
    kind, sender, qualifier, recipient, other, reference = (
        cell(elements, *at, chars) for at in ((1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (5, 0))
    )
    within = range(group.offset, end if end is not None else opened.offset + opened.length)
    faulty = sum(bool(m.faults) for m in opened.messages if m.offset in within)
    own = sum(fault.offset in within for fault in opened.faults if fault.tag in {"UNG", "UNE"})
    what = f"{reference}, {kind} from {_address(sender, qualifier)} to {_address(recipient, other)}"
    return _heading("  group", what, not (faulty or own), own, faulty)


def message_heading(message: OpenedMessage) -> Text:
    """Which message it is."""
    kind = " ".join(filter(None, (message.type, message.release, message.association)))
    counted = f", {message.segments:,} segments" if message.segments else ""
    what = f"{message.reference or '(no reference)'}, {kind or '(no type)'}{counted}"
    heading = _heading("  message", what, not message.faults, len(message.faults))
    warned = sum(warning.code != "no-table" for warning in message.warnings)
    if warned:
        heading.append(f", {_warnings(warned)}", "yellow")
    if warned < len(message.warnings):
        heading.append(" (its content is not checked: there is no table of it)", "yellow")
    return heading


def passed_messages(passed: list[OpenedMessage]) -> Iterator[Text]:
    """Say which messages are not shown, and forget them."""
    if not passed:
        return
    faulty = sum(bool(message.faults) for message in passed)
    plural = "" if len(passed) == 1 else "s"
    what = f"{len(passed):,} message{plural} without fault"
    if faulty:
        what = f"{len(passed):,} further message{plural}, {faulty:,} faulty; --json tells each"
    first, last = printable(passed[0].reference), printable(passed[-1].reference)
    named = first if first == last else f"{first} to {last}"
    yield Text(f"{' ' * MARGIN}... {what} ({named}) ...", "red" if faulty else "dim")
    passed.clear()


def summary(found: Inspection) -> Text:
    """The last line: how much of the file is faulty."""
    if found.format is None:
        return Text("No EDI: nothing in the file was checked.", "bold red")
    messages = [message for each in found.interchanges for message in each.messages]
    faulty = sum(bool(message.faults) for message in messages)
    faults = [*found.faults, *(f for each in found.interchanges for f in each.faults)]
    number = len({id(fault) for fault in faults}) + sum(len(m.faults) for m in messages)
    plural = "" if len(messages) == 1 else "s"
    warned = sum(len(message.warnings) for message in messages)
    if not number:
        noted = f", {_warnings(warned)}" if warned else ""
        return Text(f"No fault in {len(messages):,} message{plural}{noted}.", "bold green")
    what = "1 fault" if number == 1 else f"{number:,} faults"
    around = ", and around them" if faults and faulty else ""
    where = f"{faulty:,} of {len(messages):,} message{plural} faulty{around}"
    return Text(f"{what}: {where if faulty else 'in what is around the messages'}.", "bold red")


def _warnings(count: int) -> str:
    return "1 warning" if count == 1 else f"{count:,} warnings"


def _address(identifier: str, qualifier: str) -> str:
    return f"{identifier or '(nobody)'}{f' ({qualifier})' if qualifier else ''}"


def _heading(kind: str, what: str, valid: bool, own: int, faulty: int = 0) -> Text:
    counts = []
    if own:
        counts.append("1 fault" if own == 1 else f"{own:,} faults")
    if faulty:
        counts.append(f"{faulty:,} faulty message{'' if faulty == 1 else 's'}")
    verdict = "valid" if valid else " and ".join(counts) or "faulty"
    text = Text(f"{kind} " if kind else "", "bold") + Text(printable(what))
    return text.append(": ").append(verdict, "bold green" if valid else "bold red")
