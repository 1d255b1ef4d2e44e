"""Faults as programs get them, and their texts in the characters of the file."""

from __future__ import annotations

from dataclasses import asdict, replace

from edi_gateway.errors import UnreadableFile
from edi_gateway.formats.interchange import Fault, Level

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


def error_of(found: Fault) -> dict[str, object]:
    """A fault as an error of the JSON output."""
    values = asdict(found) | {"level": found.level.value}
    return {
        key: values[key] for key in ERROR_KEYS if key != "repetition" or values[key] is not None
    }


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


def in_its_characters(found: Fault, codec: str) -> Fault:
    """Return a fault of EDIFACT with its texts decoded; they come one character for each byte."""
    value = found.value
    if value is None or value.isascii():
        return found
    text = found.text
    for size in (len(value), 20):
        text = text.replace(repr(value[:size]), repr(decode_value(value[:size], codec)))
    return replace(found, value=decode_value(value, codec), text=text)


def decode_value(value: str, codec: str) -> str:
    """
    Decode what holds one character for each byte; what cannot be decoded stays as it is.

    A value is cut after so many bytes: half a character at its end is left out.

    >>> decode_value("GrÃ¶", "utf-8"), decode_value("GrÃ", "utf-8"), decode_value("Größe", "utf-8")
    ('Grö', 'Gr', 'Größe')
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
