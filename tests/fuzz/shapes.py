"""
Twelve shapes of hostile EDIFACT files, of any size.

Each attacks one way a reader may take more than linear time or memory: looking again at what it has
seen, building lists before it counts, copying what is left for every step.
"""

from __future__ import annotations

import random
from collections.abc import Callable

UNB = "UNB+UNOC:3+5412345000013:14+4012345500004:14+261116:0800+10001'"
UNH = "UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'DTM+137:20261116:102'"
LINE = "LIN+1++3760123450072:EN'QTY+21:2'"
END = "UNS+S'UNT+5+1'UNZ+1+10001'"
WHOLE = f"{UNB}{UNH}{LINE}{END}"


def many_segments(size: int) -> str:
    return _around(LINE, size)


def one_giant_element(size: int) -> str:
    return f"{UNB}{UNH}FTX+AAI+++{'A' * size}'{END}"


def all_release_characters(size: int) -> str:
    return f"{UNB}{UNH}FTX+AAI+++{'?' * (size - size % 2)}'{END}"


def all_separators(size: int) -> str:
    return f"{UNB}{UNH}FTX{'+:' * (size // 2)}'{END}"


def no_terminator(size: int) -> str:
    return f"UNB+UNOC:3+{'5412345000013:14+' * (size // 17)}"


def groups_in_groups(size: int) -> str:
    group = "UNG+ORDERS+S+R+261116:0800+1+UN+D:96A'"
    return UNB + group * (size // len(group))


def no_message_ends(size: int) -> str:
    return UNB + UNH * (size // len(UNH))


def empty_segments(size: int) -> str:
    return UNB + UNH + "'" * size + END


def a_line_break_after_every_byte(size: int) -> str:
    return "\r\n".join(many_segments(size // 3))


def another_una_each_time(size: int) -> str:
    own = "UNA^*.? ~" + WHOLE.translate(str.maketrans("+:'", "*^~"))
    both = WHOLE + own
    return both * (size // len(both))


def endless_repetition(size: int) -> str:
    return _around("RFF+ON:1'", size)


def garbage(size: int) -> str:
    signs = "".join(map(chr, range(256))) + "+:?'" * 16 + "UNABHTZ" * 8
    return "".join(random.Random(size).choices(signs, k=size))  # noqa: S311  (always the same)


#: Every shape, by the name the benchmark prints.
SHAPES: dict[str, Callable[[int], str]] = {
    shape.__name__.replace("_", " "): shape
    for shape in (
        many_segments,
        one_giant_element,
        all_release_characters,
        all_separators,
        no_terminator,
        groups_in_groups,
        no_message_ends,
        empty_segments,
        a_line_break_after_every_byte,
        another_una_each_time,
        endless_repetition,
        garbage,
    )
}


def _around(segments: str, size: int) -> str:
    return f"{UNB}{UNH}{segments * (size // len(segments))}{END}"
