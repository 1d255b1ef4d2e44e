"""
One line of a file on a terminal: faulty places marked, and nothing in it acts on the terminal.

Carets stand under a faulty place whether there is colour or not.
"""

from __future__ import annotations

import textwrap
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from edi_gateway.cli.output import printable
from edi_gateway.formats.interchange import Fault

#: What stands in front of a segment or line: its number, and the byte it begins at.
MARGIN = 20

#: Segments or lines shown before and behind a faulty one.
CONTEXT = 3

#: A file with no more segments or lines is shown whole.
SHOWN_WHOLE = 200

_CUT = "…"
_LEAST_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Mark:
    """A faulty place in a line, and what is wrong there; start and end alike: behind that place."""

    start: int
    end: int
    fault: Fault
    warning: bool = False

    @property
    def style(self) -> str:
        """Its colour."""
        return "bold yellow" if self.warning else "bold red"


class Line:
    """A line to be shown: what stands for each character (or byte) of the original."""

    def __init__(self, shown: list[str]) -> None:
        self._shown = shown

    @classmethod
    def of_bytes(cls, raw: str, codec: str) -> Line:
        """The line of bytes held as Latin-1; where the codec does not fit, each byte for itself."""
        shown: list[str] = []
        try:
            for sign in raw.encode("latin-1").decode(codec):
                size = len(sign.encode(codec))
                shown += [printable(sign), *[""] * (size - 1)]
        except UnicodeError:
            return cls.of_text(raw)
        return cls(shown) if len(shown) == len(raw) else cls.of_text(raw)

    @classmethod
    def of_text(cls, text: str) -> Line:
        """The line of a text."""
        return cls([printable(sign) for sign in text])

    def window(self, mark: Mark | None, width: int) -> Window:
        """As much of the line as fits into `width`, the marked place in it."""
        width = max(width, _LEAST_WIDTH)
        start, end = (mark.start, max(mark.end, mark.start + 1)) if mark else (0, 0)
        begin = 0
        if mark is not None and self._cells(0, min(end, len(self._shown)), width) >= width:
            begin = start
            while begin and self._cells(begin - 1, start, width) <= width // 3:
                begin -= 1
        room, stop = width - bool(begin), begin
        while stop < len(self._shown) and room - cell_len(self._shown[stop]) >= 0:
            room -= cell_len(self._shown[stop])
            stop += 1
        if stop < len(self._shown) and not room and stop > begin:
            stop -= 1
        return Window(self._shown, begin, stop)

    def _cells(self, begin: int, end: int, enough: int) -> int:
        """How wide a stretch is, counted no further than `enough`."""
        width = 0
        for text in self._shown[begin:end]:
            width += cell_len(text)
            if width > enough:
                break
        return width


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a line that is shown."""

    shown: list[str]
    begin: int
    end: int

    def holds(self, mark: Mark) -> bool:
        """Whether the marked place begins in it."""
        return self.begin <= mark.start < self.end or mark.start >= self.end == len(self.shown)

    def text(self, marks: Iterable[Mark]) -> Text:
        """The line as shown, marked places in colour."""
        line = Text(_CUT if self.begin else "")
        for at in range(self.begin, self.end):
            styles = [mark.style for mark in marks if mark.start <= at < mark.end]
            line.append(self.shown[at], min(styles, default=""))
        return line.append(_CUT if self.end < len(self.shown) else "")

    def carets(self, mark: Mark) -> Text:
        """The line under it that points at a place."""
        before = bool(self.begin) + self._width(self.begin, mark.start)
        return Text(" " * before + "^" * max(self._width(mark.start, mark.end), 1), mark.style)

    def _width(self, begin: int, end: int) -> int:
        return sum(map(cell_len, self.shown[max(begin, self.begin) : min(end, self.end)]))


@dataclass(frozen=True, slots=True)
class Page:
    """How wide the output is, and whether sentences are wrapped (a terminal) or not (a pipe)."""

    width: int
    wraps: bool

    def show(self, number: str, offset: str, line: Line, marks: list[Mark]) -> Iterator[Text]:
        """Yield a line, and under it carets and sentences for each mark."""
        margin = f"{number:>6} {offset:>11}  "
        room = self.width - MARGIN
        window = line.window(marks[0] if marks else None, room)
        yield Text(margin, "dim") + window.text(marks)
        for mark in marks:
            if not window.holds(mark):
                window = line.window(mark, room)
                yield Text(" " * MARGIN) + window.text(marks)
            yield Text(" " * MARGIN) + window.carets(mark)
            yield from self.sentences(mark.fault, MARGIN, "warning, " if mark.warning else "")

    def sentences(self, fault: Fault, indent: int, kind: str = "") -> Iterator[Text]:
        """Yield what is wrong, what was expected and what to do."""
        label = f"{kind}{fault.code} (0085: {fault.edifact_code}): "
        yield from self._wrapped(label, fault.text, indent)
        yield from self._wrapped("", fault.remedy, indent)

    def _wrapped(self, label: str, text: str, indent: int) -> Iterator[Text]:
        whole = printable(label + text)
        lines = [whole]
        if self.wraps:
            lines = textwrap.wrap(whole, max(self.width - indent, _LEAST_WIDTH)) or [""]
        for number, line in enumerate(lines):
            shown = Text(" " * indent + line)
            if label and not number:
                shown.stylize("bold", indent, indent + len(label) - 2)
            yield shown


#: Whether something is faulty, and what shows it.
Item = tuple[bool, Callable[[], Iterable[Text]]]


def windowed(items: Iterable[Item], *, whole: bool, what: str) -> Iterator[Text]:
    """Yield the lines of items near a faulty one (`whole`: of all), and say how many are between."""
    before: deque[Callable[[], Iterable[Text]]] = deque(maxlen=CONTEXT)
    passed = wanted = 0
    for faulty, show in items:
        if not (faulty or wanted or whole):
            before.append(show)
            passed += 1
            continue
        yield from _passed_over(passed - len(before), what)
        for earlier in before:
            yield from earlier()
        before.clear()
        passed = 0
        yield from show()
        wanted = CONTEXT if faulty else max(wanted - 1, 0)
    yield from _passed_over(passed, what)


def _passed_over(count: int, what: str) -> Iterator[Text]:
    if count:
        plural = "" if count == 1 else "s"
        yield Text(f"{' ' * MARGIN}... {count:,} {what}{plural} without fault ...", "dim")
