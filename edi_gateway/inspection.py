"""What a file is, without a ledger: its interchanges, messages and faults."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from edi_gateway.errors import UnreadableFile
from edi_gateway.formats import HEAD_BYTES, recognise
from edi_gateway.formats.edifact.directory import find_table
from edi_gateway.formats.edifact.faults import fault
from edi_gateway.formats.edifact.hints import find_hints
from edi_gateway.formats.faults import error_of, fault_of, in_its_characters
from edi_gateway.formats.interchange import (
    Fault,
    Level,
    Limits,
    OpenedInterchange,
    OpenedMessage,
    Sender,
)
from edi_gateway.formats.mapping import MappingLibrary


@dataclass(slots=True, kw_only=True)
class Inspection:
    """What was found in a file."""

    file: Path
    bytes: int = 0
    #: `edifact`, `ubl`, `erp`, or a dialect that is recognised but not read; None: no EDI.
    format: str | None = None
    interchanges: list[OpenedInterchange] = field(default_factory=list)
    #: Faults that no interchange can be blamed for.
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Whether the file is EDI without a fault; warnings do not count."""
        return self.format is not None and not self.faults and all(map(is_valid, self.interchanges))


#: Whoever it is from, a message is held against its profile; departures are warnings.
_ANYBODY = Sender(partner="", tolerates=frozenset({"profile-segment"}))


def is_valid(opened: OpenedInterchange) -> bool:
    """Whether neither the interchange nor a message in it has a fault."""
    return not opened.faults and not any(message.faults for message in opened.messages)


def inspect_file(file: Path, library: MappingLibrary, limits: Limits) -> Inspection:
    """
    Return what the file is; never raises for any bytes.

    What is no regular file, or cannot be read, is told as a fault too.
    """
    found = Inspection(file=file)
    try:
        _inspect(found, library, limits)
    except UnreadableFile as error:
        found.faults.append(fault_of(error))
    except OSError as error:
        why = UnreadableFile(
            f"{file}: {error.strerror or error}.",
            remedy="Check the path, and that you may read the file.",
        )
        found.faults.append(fault_of(why))
    return found


def _inspect(found: Inspection, library: MappingLibrary, limits: Limits) -> None:
    status = found.file.stat()
    if not stat.S_ISREG(status.st_mode):
        # A pipe would be waited for, a device has no end.
        raise UnreadableFile(
            f"{found.file} is {_kind(status.st_mode)}, not a file.", remedy="Name a regular file."
        )
    found.bytes = status.st_size
    with found.file.open("rb") as stream:
        format_ = recognise(stream.read(HEAD_BYTES))
        found.format = format_.name
        if found.bytes > limits.interchange_bytes:
            raise UnreadableFile(
                f"The file has {found.bytes} bytes; the limit is {limits.interchange_bytes} "
                "(limits.interchange_megabytes). It was not looked at further.",
                code="file-too-large",
                remedy="Raise limits.interchange_megabytes, or ask the partner for smaller files.",
            )
        stream.seek(0)
        for opened in format_.open(
            stream, limits=limits, library=library, partner_of=lambda _sender, _qualifier: _ANYBODY
        ):
            _add(found, opened)
        if found.format == "edifact":
            syntaxes = {opened.syntax for opened in found.interchanges}
            found.warnings += find_hints(stream, syntaxes)


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((name for test, name in kinds if test(mode)), "a device")


def _add(found: Inspection, opened: OpenedInterchange) -> None:
    found.format = opened.format
    codec = opened.details.get("codec", "utf-8") if opened.format == "edifact" else None
    # For a reader of the file, a faulty group is a fault of its interchange.
    opened.faults += [fault for group in opened.groups for fault in group.faults]
    if codec is not None:
        opened.faults = [in_its_characters(each, codec) for each in opened.faults]
    for message in opened.messages:
        if codec is not None and (message.faults or message.warnings):
            message.faults = tuple(in_its_characters(each, codec) for each in message.faults)
            message.warnings = tuple(in_its_characters(each, codec) for each in message.warnings)
        if opened.format == "edifact" and find_table(message.type, message.release) is None:
            message.warnings = (*message.warnings, _untabled(message))
    named = (opened.sender, opened.recipient, opened.reference, opened.syntax)
    if not opened.messages and not any(named):
        # No UNB: what the file holds besides interchanges.
        found.faults += opened.faults
        found.warnings += opened.warnings
        return
    found.faults += [each for each in opened.faults if each.level is Level.FILE]
    found.interchanges.append(opened)


def _untabled(message: OpenedMessage) -> Fault:
    name = f"{message.type} {message.release}"
    text = f"there is no table of {name}: the message was counted, its content was not checked"
    return fault("no-table", text, segment=1, tag="UNH", offset=message.offset)


# --- for programs ---------------------------------------------------------------------------------


def as_json(found: Inspection) -> Iterator[str]:
    """
    Yield one JSON object in pieces; its keys are those of `docs/inspect.md`.

    An interchange may hold a hundred thousand messages: their texts are never held together.
    """
    yield _members({"file": str(found.file), "bytes": found.bytes, "format": found.format})
    yield from _list("interchanges", map(_interchange, found.interchanges))
    errors = list(map(error_of, found.faults))
    yield f', "errors": {_text(errors)}, "warnings": {_text(found.warnings)}}}\n'


def _interchange(opened: OpenedInterchange) -> Iterator[str]:
    head = {
        "sender": opened.sender,
        "sender_qualifier": opened.sender_qualifier,
        "recipient": opened.recipient,
        "recipient_qualifier": opened.recipient_qualifier,
        "reference": opened.reference,
        "syntax": opened.syntax,
        "version": opened.version,
        "test": opened.test,
    }
    yield _members(head)
    yield from _list("messages", ((_text(_message(each)),) for each in opened.messages))
    tail = {
        "valid": is_valid(opened),
        "errors": [error_of(each) for each in opened.faults if each.level is not Level.FILE],
        "warnings": opened.warnings,
    }
    yield f", {_text(tail)[1:]}"


def _message(message: OpenedMessage) -> dict[str, object]:
    return {
        "reference": message.reference,
        "type": message.type,
        "release": message.release,
        "association": message.association,
        "segments": message.segments,
        "valid": not message.faults,
        "errors": [error_of(each) for each in message.faults],
        "warnings": [error_of(each) for each in message.warnings],
    }


def _members(head: dict[str, object]) -> str:
    """An object that is not closed yet."""
    return _text(head)[:-1]


def _list(name: str, items: Iterable[Iterable[str]]) -> Iterator[str]:
    yield f', "{name}": ['
    for number, pieces in enumerate(items):
        yield ",\n" if number else "\n"
        yield from pieces
    yield "]"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
