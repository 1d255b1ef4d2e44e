"""What a file is, without a ledger: its interchanges, messages and faults."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from edi_gateway.errors import ConfigError, UnreadableFile
from edi_gateway.formats import HEAD_BYTES, recognise
from edi_gateway.formats.edifact.directory import find_table
from edi_gateway.formats.edifact.faults import fault
from edi_gateway.formats.edifact.hints import find_hints
from edi_gateway.formats.interchange import (
    Fault,
    Level,
    Limits,
    OpenedInterchange,
    OpenedMessage,
)
from edi_gateway.formats.mapping import MappingLibrary

#: The keys of an error in JSON, in this order.
ERROR_KEYS = (
    "code",
    "edifact_code",
    "level",
    "segment",
    "tag",
    "element",
    "component",
    "repetition",
    "offset",
    "value",
    "text",
    "remedy",
)


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
        """Whether the file is EDI without a fault."""
        return self.format is not None and not self.faults and all(map(is_valid, self.interchanges))


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


def fault_of(error: UnreadableFile) -> Fault:
    """The reason why a file cannot be read, as a fault of the file."""
    return Fault(
        code=error.code,
        edifact_code="18",
        level=Level.FILE,
        text=str(error),
        remedy=error.remedy,
        offset=0,
    )


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
            stream, limits=limits, library=library, partner_of=lambda _sender, _qualifier: None
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
    if codec is not None:
        opened.faults = [in_its_characters(each, codec) for each in opened.faults]
    for message in opened.messages:
        if codec is not None and message.faults:
            message.faults = tuple(in_its_characters(each, codec) for each in message.faults)
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


def in_its_characters(found: Fault, codec: str) -> Fault:
    """Return the fault with its texts in the characters of the file; they come one a byte."""
    value = found.value
    if value is None or value.isascii():
        return found
    shown = decode_value(value, codec)
    text = found.text
    for size in (len(value), 20):
        text = text.replace(repr(value[:size]), repr(decode_value(value[:size], codec)))
    return replace(found, value=shown, text=text)


def decode_value(value: str, codec: str) -> str:
    """
    Decode what holds one character for each byte; what cannot be decoded stays as it is.

    A value is cut after so many bytes: half a character at its end is left out.
    """
    try:
        data = value.encode("latin-1")
        return data.decode(codec)
    except UnicodeDecodeError as error:
        if error.start and error.reason == "unexpected end of data":
            return data[: error.start].decode(codec)
        return value
    except UnicodeEncodeError:
        return value


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


def error_of(found: Fault) -> dict[str, Any]:
    """A fault as an error of the JSON output."""
    values = asdict(found) | {"level": found.level.value}
    return {
        key: values[key] for key in ERROR_KEYS if key != "repetition" or values[key] is not None
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


def existing(file: Path) -> Path:
    """Return the path of a regular file; `ConfigError` says what is there instead."""
    try:
        mode = file.stat().st_mode
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or error}; check the path") from error
    if not stat.S_ISREG(mode):
        raise ConfigError(f"{file} is {_kind(mode)}, not a file")
    return file
