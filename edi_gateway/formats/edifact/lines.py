"""
Lines of a message, LIN and its group: mostly they are written alike, all but the values in them.

What was found out about one line, segment by segment, is kept as one pattern of the whole line: the
same segments with the same separators, and the values they may have. A line that matches needs one
look instead of one for each segment; one that does not is taken segment by segment, and may in turn
become a pattern. Who makes a pattern answers for what it lets through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from edi_gateway.formats.edifact.tokens import PADDING, ServiceCharacters, is_plain

#: The tag a line begins with.
LINE = "LIN"

#: Kinds of line remembered; of one partner's program there are few.
_MOST_KINDS = 4
#: What is longer is taken segment by segment.
_MOST_SEGMENTS, _MOST_CHARACTERS = 40, 4000
#: Lines without a match before one becomes a pattern, and before the next does: twice as many each
#: time, so that making patterns of lines that are never alike costs next to nothing.
_PATIENCE, _MOST_PATIENCE = 4, 512

#: The pattern of one value: segment (from 0), element (1 follows the tag), component (from 0), text.
ValuePattern = Callable[[int, int, int, str], str]

_Kind = TypeVar("_Kind")


class Lines(Generic[_Kind]):
    """The kinds of line that were met, the newest first."""

    def __init__(self) -> None:
        self.kinds: tuple[_Kind, ...] = ()
        self._missed = 0
        self._patience = _PATIENCE

    def missed(self, line: Sequence[str], make: Callable[[Sequence[str]], _Kind | None]) -> None:
        """A line was taken segment by segment; now and then one becomes a kind."""
        self._missed += 1
        if self._missed < self._patience:
            return
        self._missed = 0
        self._patience = min(2 * self._patience, _MOST_PATIENCE)
        if len(line) <= _MOST_SEGMENTS and sum(map(len, line)) <= _MOST_CHARACTERS:
            kind = make(line)
            if kind is not None:
                self.kinds = (kind, *self.kinds)[:_MOST_KINDS]


def line_pattern(
    line: Sequence[str], chars: ServiceCharacters, value: ValuePattern
) -> re.Pattern[str] | None:
    """
    Return the pattern of lines written like this one; None where it cannot be told from its text.

    It matches the segments joined with terminators, the last one without.
    """
    if not all(is_plain(raw, chars) for raw in line):
        return None
    padding = f"[{re.escape(PADDING)}]*+"
    segments = [
        f"{padding}(?>{_segment(number, raw.lstrip(PADDING), chars, value)})"
        for number, raw in enumerate(line)
    ]
    found = re.compile(re.escape(chars.terminator).join(segments))
    return found if found.fullmatch(chars.terminator.join(line)) else None


def _segment(segment: int, raw: str, chars: ServiceCharacters, value: ValuePattern) -> str:
    tag, *elements = raw.split(chars.element)
    shown = [re.escape(tag)]
    for number, element in enumerate(elements, 1):
        parts = element.split(chars.component)
        texts = [value(segment, number, part, text) for part, text in enumerate(parts)]
        shown.append(re.escape(chars.component).join(texts))
    return re.escape(chars.element).join(shown)
