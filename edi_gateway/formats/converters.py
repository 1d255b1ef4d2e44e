"""
The named converters mappings may use: text in a message <-> value in a document.

`read` raises `BadValue` with an EDIFACT error code (0085) when the text is not what it should be.
EDIFACT dates need their format qualifier (2379); the EDIFACT reader and writer hand it in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from edi_gateway.documents import LineAction, Note, ResponseStatus


class BadValue(Exception):
    """
    The text cannot be this value.

    `code` is the EDIFACT error code; the message says what was expected.
    """

    def __init__(self, expected: str, code: str = "12") -> None:
        super().__init__(expected)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Converter:
    """A pair of functions. `numeric` values carry a decimal mark; `dated` ones a format qualifier."""

    name: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    numeric: bool = False
    dated: bool = False
    #: Whether it takes less than what the message's table allows.
    narrow: bool = False
    #: What an XML writer puts where the document has no value; None: nothing.
    absent: str | None = None


_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?\Z")


def read_decimal(text: str) -> Decimal:
    """Read a number written with a point (ISO 9735 section 10: a digit on each side of the mark)."""
    if _NUMBER.match(text) is None:
        if text.lstrip("-").startswith("."):
            raise BadValue("a digit in front of the decimal mark", "38")
        raise BadValue("a number such as 12 or 12.5", "37")
    return Decimal(text)


def write_decimal(value: Decimal) -> str:
    """Write a number without exponent, keeping its decimals."""
    return format(value, "f")


def read_date(text: str) -> date:
    """Read a calendar date: CCYYMMDD or CCYY-MM-DD, a time or zone behind it is ignored."""
    digits = text.replace("-", "")[:8]
    if len(digits) != 8 or not digits.isascii() or not digits.isdigit():
        raise BadValue("a date such as 20261116")
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise BadValue(f"a date that exists ({error})") from error


_XML_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
_XML_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z")
#: More digits than any business figure has; longer ones are attacks or mistakes.
_LONGEST_NUMBER = 30


def read_xml_decimal(text: str) -> Decimal:
    """Read an `xs:decimal`: a point, no exponent, no grouping, ASCII digits, at most 30 places."""
    if _XML_NUMBER.match(text) is None:
        raise BadValue("a number such as 12 or 12.5", "37")
    if len(text) > _LONGEST_NUMBER:
        raise BadValue(f"a number of at most {_LONGEST_NUMBER} places", "39")
    return Decimal(text)


def read_xml_quantity(text: str) -> Decimal:
    """Read an `xs:decimal` that is not negative."""
    value = read_xml_decimal(text)
    if value < 0:
        raise BadValue("a quantity that is not negative", "37")
    return value


def read_xml_date(text: str) -> date:
    """Read an `xs:date`: CCYY-MM-DD; a time zone behind it is ignored."""
    match = _XML_DATE.match(text)
    if match is None:
        raise BadValue("a date such as 2026-11-16")
    return read_date(match[1])


def read_noted(text: str) -> tuple[Note]:
    """Read a note written as `#SUBJECT#text` (EN 16931, BT-21 and BT-22 in UBL)."""
    match = _NOTED.match(text)
    return (Note(subject=match[1], text=match[2]) if match else Note(subject="", text=text),)


def write_noted(notes: Iterable[Note]) -> str:
    """Write notes as `#SUBJECT#text`."""
    return "\n".join(
        f"#{note.subject}#{note.text}" if note.subject else note.text for note in notes
    )


_NOTED = re.compile(r"#([A-Z0-9]{1,3})#(.*)\Z", re.DOTALL)


def read_net_days(text: str) -> int | None:
    """Read the days from terms as `write_net_days` words them; other wordings say nothing to us."""
    match = _NET_DAYS.match(text)
    return int(match[1]) if match else None


def write_net_days(days: int) -> str:
    """Word the terms of payment."""
    return f"Net {days} days"


_NET_DAYS = re.compile(r"Net ([0-9]{1,4}) days\Z")


def _read_integer(text: str) -> int:
    value = read_decimal(text)
    if value != value.to_integral_value():
        raise BadValue("a whole number", "37")
    return int(value)


def _coded(name: str, codes: dict[str, Any], aliases: dict[str, Any] | None = None) -> Converter:
    back = {value: code for code, value in codes.items()}
    readable = codes | (aliases or {})

    def read(text: str) -> Any:
        try:
            return readable[text]
        except KeyError:
            raise BadValue(f"one of {', '.join(readable)}") from None

    return Converter(name=name, read=read, write=back.__getitem__, narrow=True)


def _unit_from_rec20(code: str) -> str:
    return "PCE" if code in {"H87", "EA", "C62"} else code


def _unit_to_rec20(unit: str) -> str:
    return "H87" if unit == "PCE" else unit


_ACTIONS = {
    "1": LineAction.ADDED,
    "3": LineAction.CHANGED,
    "5": LineAction.ACCEPTED,
    "7": LineAction.REJECTED,
}

#: Every converter a mapping may name.
CONVERTERS: dict[str, Converter] = {
    converter.name: converter
    for converter in (
        Converter(name="text", read=str, write=str),
        Converter(name="decimal", read=read_decimal, write=write_decimal, numeric=True),
        Converter(name="integer", read=_read_integer, write=str, numeric=True),
        Converter(
            name="date", read=read_date, write=lambda day: day.strftime("%Y%m%d"), dated=True
        ),
        Converter(name="iso_date", read=read_xml_date, write=date.isoformat),
        Converter(name="xml_decimal", read=read_xml_decimal, write=write_decimal),
        Converter(name="xml_quantity", read=read_xml_quantity, write=write_decimal),
        Converter(name="net_days", read=read_net_days, write=write_net_days),
        Converter(name="noted", read=read_noted, write=write_noted),
        # UBL wants a name for every item; a dash stands for none.
        Converter(
            name="item_name", read=lambda text: None if text == "-" else text, write=str, absent="-"
        ),
        # Only written: how many there are of a repeated part.
        Converter(name="count", read=_read_integer, write=lambda parts: str(len(parts))),
        Converter(name="texts", read=lambda text: (text,), write="\n".join),
        Converter(name="unit_rec20", read=_unit_from_rec20, write=_unit_to_rec20),
        Converter(name="step", read=_read_integer, write=str, narrow=True),
        # 5463; N is neither, and takes nothing.
        _coded("charge_5463", {"A": False, "C": True}, {"N": False}),
        _coded("indicator", {"false": False, "true": True}, {"0": False, "1": True}),
        _coded("catalogue_action", {"Add": "9", "Update": "4", "Replace": "5", "Delete": "1"}),
        _coded("catalogue_line_action", {"Add": "1", "Delete": "2", "Update": "3"}),
        _coded("line_action", _ACTIONS),
        _coded(
            "response_1225",
            {
                "29": ResponseStatus.ACCEPTED,
                "4": ResponseStatus.CHANGED,
                "27": ResponseStatus.REJECTED,
            },
        ),
        _coded(
            "response_4343",
            {
                "AP": ResponseStatus.ACCEPTED,
                "CA": ResponseStatus.CHANGED,
                "RE": ResponseStatus.REJECTED,
            },
        ),
    )
}
