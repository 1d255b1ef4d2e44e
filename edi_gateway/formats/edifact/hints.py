"""
What most likely happened to a file on its way: told to a person beside the faults.

A guess and no verdict: nothing is rejected, or repaired, because of it.
"""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from edi_gateway.formats.edifact.charsets import CODECS

_CHUNK = 1 << 20
_HEAD = 1 << 16
#: Fewer lines of one length may be chance.
_LEAST_LINES = 3


def find_hints(file: BinaryIO, syntaxes: set[str]) -> list[str]:
    """Return the hints of an EDIFACT file with interchanges of these syntaxes (0001)."""
    found = _wrapped(file)
    declared = sorted(s for s in syntaxes if CODECS.get(s) not in {"utf-8", "ascii", None})
    if declared and _is_utf8(file):
        found.append(
            f"The file declares {' and '.join(declared)}, but its text is UTF-8: letters such as ä "
            "or é are read as two wrong ones. Ask the partner to declare UNOY, or to write what "
            "it declares."
        )
    return found


def _wrapped(file: BinaryIO) -> list[str]:
    """Lines of one length that end anywhere in a segment."""
    file.seek(0)
    lines = re.split(rb"\r?\n", file.read(_HEAD).rstrip())
    whole = lines[:-1]  # the last one is shorter, or was cut off here
    lengths = {len(line) for line in whole}
    inside = [line for line in whole if line[-1:].isalnum() or line[-1:] in b"+:."]
    if len(whole) < _LEAST_LINES or len(lengths) > 1 or not inside:
        return []
    return [
        f"A line break stands after every {lengths.pop()} characters, inside segments too: a program "
        "on the way wrapped the lines. Ask the partner to send the file unwrapped (binary transfer), "
        "or let its package tolerate `lines-wrapped`."
    ]


def _is_utf8(file: BinaryIO) -> bool:
    """Whether the whole file is UTF-8 and some of it is beyond ASCII."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    beyond = False
    try:
        while data := file.read(_CHUNK):
            beyond = beyond or not data.isascii()
            decoder.decode(data)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return beyond
