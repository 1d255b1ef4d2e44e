"""What a file is, without a ledger: its interchanges, messages and faults, as plain values."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from edi_gateway.errors import UnreadableFile
from edi_gateway.formats import HEAD_BYTES, recognise
from edi_gateway.formats.interchange import (
    Fault,
    Level,
    Limits,
    OpenedInterchange,
    OpenedMessage,
    Sender,
)
from edi_gateway.formats.mapping import MappingLibrary

Findings = dict[str, Any]

#: Whoever it is from, a message is held against its profile; departures are warnings.
_ANYBODY = Sender(partner="", tolerates=frozenset({"profile-segment"}))


def inspect_file(file: Path, library: MappingLibrary, limits: Limits) -> Findings:
    """
    Return what the file is; never raises for any bytes.

    `format` is None when the file is not EDI; `errors` holds the faults of the file itself, and
    each interchange and message its own.
    """
    found: Findings = {
        "file": str(file),
        "bytes": file.stat().st_size,
        "format": None,
        "interchanges": [],
        "errors": [],
    }
    with file.open("rb") as stream:
        try:
            format_ = recognise(stream.read(HEAD_BYTES))
        except UnreadableFile as error:
            found["errors"].append(_unreadable(error))
            return found
        found["format"] = format_.name
        stream.seek(0)
        for opened in format_.open(
            stream, limits=limits, library=library, partner_of=lambda _sender, _qualifier: _ANYBODY
        ):
            _add(found, opened)
    return found


def _add(found: Findings, opened: OpenedInterchange) -> None:
    of_file = [fault for fault in opened.faults if fault.level is Level.FILE]
    found["errors"].extend(error_of(fault) for fault in of_file)
    found["format"] = opened.format
    if opened.answerable or opened.messages:
        found["interchanges"].append(_interchange(opened))


def _interchange(opened: OpenedInterchange) -> Findings:
    errors = [error_of(fault) for fault in opened.faults if fault.level is not Level.FILE]
    messages = [_message(message) for message in opened.messages]
    return {
        "sender": opened.sender,
        "sender_qualifier": opened.sender_qualifier,
        "recipient": opened.recipient,
        "recipient_qualifier": opened.recipient_qualifier,
        "reference": opened.reference,
        "syntax": opened.syntax,
        "version": opened.version,
        "test": opened.test,
        "messages": messages,
        "valid": not opened.faults and all(message["valid"] for message in messages),
        "errors": errors,
        "warnings": opened.warnings,
    }


def _message(message: OpenedMessage) -> Findings:
    return {
        "reference": message.reference,
        "type": message.type,
        "release": message.release,
        "association": message.association,
        "segments": message.segments,
        "valid": not message.faults,
        "errors": [error_of(fault) for fault in message.faults],
        "warnings": [error_of(fault) for fault in message.warnings],
    }


def error_of(fault: Fault) -> Findings:
    """A fault as an error of the JSON output."""
    error = asdict(fault) | {"level": fault.level.value}
    if fault.repetition is None:
        del error["repetition"]
    return error


def _unreadable(error: UnreadableFile) -> Findings:
    return error_of(
        Fault(
            code=error.code,
            edifact_code="18",
            level=Level.FILE,
            text=str(error),
            remedy=error.remedy,
            offset=0,
        )
    )


def is_valid(found: Findings) -> bool:
    """Whether the file is EDI without a fault."""
    return (
        found["format"] is not None
        and not found["errors"]
        and all(interchange["valid"] for interchange in found["interchanges"])
    )
