"""One order, changed at will, with its counts kept right; and what a CONTRL says, taken apart."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

from pydifact.parser import Parser

from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.edifact.writer import Envelope
from edi_gateway.formats.interchange import Limits, OpenedInterchange
from edi_gateway.formats.mapping import MappingLibrary

LIBRARY = MappingLibrary()
FORMAT = EdifactFormat()

#: `#` is the number of segments; everything else is as sent.
ORDER = (
    "UNB+UNOC:3+5412345000013:14+4012345500004:14+261116:0800+10001++ORDERS++1+EANCOM'"
    "UNH+1+ORDERS:D:96A:UN:EAN008'"
    "BGM+220+4500001+9'"
    "DTM+137:20261116:102'"
    "NAD+BY+5412345000013::9'"
    "LIN+1++3760123450072:EN'"
    "QTY+21:2'"
    "PRI+AAA:129.90'"
    "UNS+S'"
    "CNT+2:1'"
    "UNT+#+1'"
    "UNZ+1+10001'"
)
MESSAGE = ORDER[ORDER.index("UNH") : ORDER.index("UNZ")]

ENVELOPE = Envelope(
    sender="4012345500004",
    sender_qualifier="14",
    recipient="5412345000013",
    recipient_qualifier="14",
    reference="77",
    created=datetime(2026, 11, 16, 8, 30, tzinfo=UTC),
)


def changed(*changes: str) -> bytes:
    """The order with each first `old` replaced by `new` (given as `old => new`), counted anew."""
    text = ORDER
    for change in changes:
        old, new = change.split(" => ")
        assert old in text, f"{old} is not there to be changed"
        text = text.replace(old, new, 1)
    return counted(text).encode("latin-1")


def counted(text: str) -> str:
    """Put the number of its segments into each UNT that leaves it open."""

    def count(message: re.Match[str]) -> str:
        return message[0].replace("UNT+#", f"UNT+{message[0].count(chr(39))}")

    return re.sub(r"UNH\+.*?UNT\+#[^']*'", count, text, flags=re.DOTALL)


def opened(data: bytes, limits: Limits | None = None) -> list[OpenedInterchange]:
    return list(
        FORMAT.open(
            io.BytesIO(data),
            limits=limits or Limits(),
            library=LIBRARY,
            partner_of=lambda *_: None,
        )
    )


def said(contrl: bytes) -> list[str]:
    """
    Every report of a CONTRL in one line: `UCI 29 UNZ 2`, `UCM 29 UNT 2`, `UCS 6 15`, `UCD 6 37 2:2`.

    Read by stock pydifact. What is acknowledged without a fault is left out.
    """
    lines: list[str] = []
    position = ""
    for segment in Parser().parse(contrl.decode("latin-1")):
        parts = [":".join(e) if isinstance(e, list) else e for e in segment.elements]
        if segment.tag in {"UCI", "UCF"}:
            lines += _line(segment.tag, parts[4:])
        elif segment.tag == "UCM":
            lines += _line("UCM", parts[3:])
        elif segment.tag == "UCS":
            position = parts[0]
            lines += _line(f"UCS {position}", parts[1:])
        elif segment.tag == "UCD":
            lines += _line(f"UCD {position}", parts)
    return lines


def _line(begin: str, parts: list[str]) -> list[str]:
    return [" ".join((begin, *filter(None, parts)))] if any(parts) else []
