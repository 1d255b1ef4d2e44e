"""
A segment of a mapping, ready to be written: fixed text with cells between for the values.

A cell is one component, or a whole composite where a condition decides what is in it. Nothing is
cut in silence: free text goes on in further components and segments, and anything else that is too
long for its element raises `HeldError`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from edi_gateway.errors import HeldError
from edi_gateway.formats.edifact.charsets import transliterate
from edi_gateway.formats.edifact.tokens import escape

#: The values of one row (or the header), in the order the layout numbers them.
Values = tuple[Any, ...]
Foul = Callable[[str], object]

#: An escaped pair is kept whole; separators behind the last value of a composite or segment go.
_EMPTY_END = re.compile(r"(\?.)|:+(?=\+|\Z)|[:+]+\Z", re.DOTALL)


@dataclass(slots=True)
class Choice:
    """A cell a value may go to if the guards are empty, and what goes with it into others."""

    cell: int
    guards: tuple[int, ...]
    also: tuple[tuple[int, str], ...]


@dataclass(slots=True, kw_only=True)
class Step:
    """One value of a segment."""

    #: Index into the values of the row.
    source: int
    #: None where the value is text already.
    convert: Callable[[Any], str] | None
    #: Whether it is a tuple of texts, a segment for each.
    several: bool
    #: Whether its characters need a look.
    checked: bool
    #: Whether its length is counted in digits, and what one component takes.
    numeric: bool
    limit: int
    #: How many components it may spread over, and how many segments.
    spread: int
    repeats: int
    #: The cell, where there is nothing to choose; else the choices, of which the first free wins.
    cell: int
    choices: tuple[Choice, ...]
    before: str
    after: str
    #: Segment, element and field for a message.
    name: str
    syntax: str

    def chunks(self, value: Any) -> list[str]:
        """Return what is to be written, one text for each segment."""
        found: list[str] = []
        for text in value if isinstance(value, tuple) else (value,):
            fit = transliterate(text, self.syntax) if self.checked else text
            if fit:
                found += self._chunks_of(fit)
        return found

    def one(self, text: str) -> str:
        """Return what is to be written of a value that has one cell only."""
        return next(iter(self.chunks(text)), "")

    def _chunks_of(self, text: str) -> Iterator[str]:
        if len(text) <= self.limit:
            yield escape(text)
            return
        if self.numeric and len(text.translate(_UNCOUNTED)) <= self.limit:
            yield text
            return
        pieces = _pieces(text, self.limit) if self.spread > 1 else [text]
        if self.spread == 1 or len(pieces) > self.spread * self.repeats:
            raise self._too_long(text)
        for begin in range(0, len(pieces), self.spread):
            yield ":".join(escape(piece) for piece in pieces[begin : begin + self.spread])

    def _too_long(self, text: str) -> HeldError:
        most = self.limit * self.spread * self.repeats
        return HeldError(
            f"{self.name}: {text!r} has {len(text)} characters, the element takes {most}",
            code="value-too-long",
            remedy="Shorten the value where it comes from, or map it to an element that holds it.",
        )


#: A sign and a decimal mark do not count (ISO 9735, 10).
_UNCOUNTED = str.maketrans("", "", "-.")


def _pieces(text: str, length: int) -> list[str]:
    """Cut text between words where that is possible."""
    pieces: list[str] = []
    while len(text) > length:
        cut = text.rfind(" ", 0, length + 1)
        cut = cut if cut > 0 else length
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    if text:
        pieces.append(text)
    return pieces


#: Texts remembered as fit to be written, by the length they may have.
_MOST_KNOWN = 2000

#: Appends a segment, and those of the group it opens, where they hold anything.
Write = Callable[[Values, list[str]], None]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that sit inside another: one of its values holds theirs, `write` writes each."""

    write: Write
    source: int


@dataclass(slots=True, kw_only=True)
class Segment:
    """What one segment of the mapping is made of."""

    #: Fixed text, cell, fixed text, cell ... fixed text.
    skeleton: list[str]
    #: Values that are a reason to write the segment, and such that only go with them.
    steps: tuple[Step, ...]
    silent: tuple[Step, ...]
    #: Whether it is written though only constants are in it.
    always: bool
    #: The segments of its group, and rows that sit inside it.
    children: tuple[Segment | Rows, ...]
    #: Values that are all missing where the segment begins with `otherwise` instead.
    unless: tuple[int, ...]
    otherwise: str


def segment_writer(segment: Segment, foul: Foul) -> Write:
    """
    Return the function that writes `segment` and its group, made as Python for it alone.

    Each cell is a variable, each value a few lines, and each segment one formatted string: what is
    the same for every document is looked up here, once.
    """
    code = _Code(foul)
    code.segment(segment, "    ")
    lines = ["def write(values, out):", f"    {code.unpack}", *code.lines]
    scope = code.scope
    exec("\n".join(lines), scope)  # noqa: S102  (made of indices, and of names and texts of ours)
    write: Write = scope["write"]
    return write


class _Code:
    """The lines of a function that writes a segment; objects they need are in `scope`, by name."""

    def __init__(self, foul: Foul) -> None:
        self.scope: dict[str, Any] = {"foul": foul, "trimmed": _trimmed}
        self.lines: list[str] = []
        self._count = 0
        self._used: set[int] = set()

    @property
    def unpack(self) -> str:
        """The line that gives every value used a name of its own."""
        return "; ".join(f"v{source} = values[{source}]" for source in sorted(self._used)) or "pass"

    def segment(self, segment: Segment, indent: str) -> None:
        """Write the lines of a segment and of those in its group."""
        self._count += 1
        name = f"s{self._count}_"
        cells = [f"{name}c{at}" for at in range(1, len(segment.skeleton), 2)]
        if cells:
            self._line(indent, f"{' = '.join(cells)} = ''")
        for number, step in enumerate(segment.steps):
            self._fill(f"{name}step{number}", name, step, indent)
        filled = "True" if segment.always else " or ".join(cells) or "False"
        if not segment.children:
            self._line(indent, f"if {filled}:")
            self._assemble(segment, name, indent + "    ", "out.append(text)", "out.append")
            return
        self._line(indent, f"{name}mark = len(out)")
        self._line(indent, "out.append('')")
        for number, child in enumerate(segment.children):
            if isinstance(child, Segment):
                self.segment(child, indent)
            else:
                self.scope[f"{name}rows{number}"] = child.write
                self._line(indent, f"for row in {self._value(child.source)}:")
                self._line(indent, f"    {name}rows{number}(row, out)")
        self._line(indent, f"if {filled} or len(out) > {name}mark + 1:")
        self._group_head(segment, name, indent + "    ")
        self._line(indent, "else:")
        self._line(indent, "    out.pop()")

    def _group_head(self, segment: Segment, name: str, indent: str) -> None:
        """The head of a group goes to the place kept for it, further texts behind it."""
        for_more = f"more_{name}append"
        keep = f"out[{name}mark] = text"
        if not any(_goes_on(step) for step in segment.steps):
            self._assemble(segment, name, indent, keep, "")
            return
        self._line(indent, f"more_{name} = []")
        self._line(indent, f"{for_more} = more_{name}.append")
        self._assemble(segment, name, indent, keep, for_more)
        self._line(indent, f"out[{name}mark + 1 : {name}mark + 1] = more_{name}")

    def _assemble(
        self, segment: Segment, name: str, indent: str, keep: str, keep_more: str
    ) -> None:
        """Put the cells between the fixed texts, cut empty ends, and keep the segment."""
        for number, step in enumerate(segment.silent):
            self._fill(f"{name}silent{number}", name, step, indent)
        skeleton = segment.skeleton
        texts = [text.replace("{", "{{").replace("}", "}}") for text in skeleton[::2]]
        if segment.unless:
            self.scope[f"{name}head"] = skeleton[0]
            self.scope[f"{name}otherwise"] = segment.otherwise
            given = " or ".join(self._value(source) for source in segment.unless)
            begin = f"{name}begin"
            self._line(indent, f"{begin} = {name}head if {given} else {name}otherwise")
            texts[0] = f"{{{begin}}}"
        held = [f"{{{name}c{at}}}" for at in range(1, len(skeleton), 2)]
        parts = [part for pair in zip(texts, [*held, ""], strict=True) for part in pair]
        written = f"f{''.join(parts)!r}"
        self._line(indent, f"text = {written}")
        self._trim(skeleton, name, indent)
        self._line(indent, keep)
        for number, step in enumerate(segment.steps):
            if _goes_on(step):
                self._line(indent, f"for {name}c{step.cell} in {name}step{number}_more:")
                self._line(indent, f"    {keep_more}(trimmed({written}))")

    def _trim(self, skeleton: list[str], name: str, indent: str) -> None:
        """Cut empty ends; where every cell is filled there are none."""
        cells = [f"{name}c{at}" for at in range(1, len(skeleton), 2)]
        sound = not skeleton[-1].endswith((":", "+")) and not any(":+" in t for t in skeleton[::2])
        if cells and sound:
            self._line(indent, f"if not ({' and '.join(cells)}):")
            indent += "    "
        self._line(indent, "if ':+' in text or (text[-1] in ':+' and '?' in text):")
        self._line(indent, "    text = trimmed(text)")
        self._line(indent, "else:")
        self._line(indent, "    text = text.rstrip(':+')")

    def _fill(self, name: str, of: str, step: Step, indent: str) -> None:
        """Put one value into its cell."""
        self.scope[name] = step
        value = self._value(step.source)
        if _goes_on(step):
            self._line(indent, f"{name}_more = ()")
        self._line(indent, f"if {value}:" if step.several else f"if {value} is not None:")
        inner = indent + "    "
        text = value
        if step.convert is not None:
            self.scope[f"{name}_convert"] = step.convert
            text = f"{name}_convert({value})"
        self._line(inner, f"text = {text}")
        if step.convert is str and step.numeric:
            # str() is twice as fast, but writes great and tiny numbers with an exponent.
            self._line(inner, f"if 'E' in text: text = format({value}, 'f')")
        self._look(name, step, inner)
        self._place(name, of, step, inner)

    def _look(self, name: str, step: Step, indent: str) -> None:
        """A text that is too long or holds foul characters takes the long way."""
        long_way = f"text = {name}.one(text)"
        if _goes_on(step):
            long_way = f"text, *{name}_more = {name}.chunks(text) or ['']"
        if step.several or not step.checked:
            test = "True" if step.several else f"len(text) > {step.limit}"
            self._line(indent, f"if {test}: {long_way}")
            return
        known = f"known{step.limit}"
        self.scope.setdefault(known, set())
        self._line(indent, f"if text not in {known}:")
        self._line(indent, f"    if len(text) > {step.limit} or foul(text): {long_way}")
        self._line(indent, f"    elif len({known}) < {_MOST_KNOWN}: {known}.add(text)")

    def _place(self, name: str, of: str, step: Step, indent: str) -> None:
        self.scope[f"{name}_before"], self.scope[f"{name}_after"] = step.before, step.after
        before = f"{name}_before + " if step.before else ""
        after = f" + {name}_after" if step.after else ""
        if not step.choices:
            if step.after:
                self._line(indent, "if text:")
                indent += "    "
            self._line(indent, f"{of}c{step.cell} = text{after}")
            return
        self._line(indent, "if not text:")
        self._line(indent, "    pass")
        for number, choice in enumerate(step.choices):
            free = " or ".join(f"{of}c{guard}" for guard in choice.guards) or "False"
            self._line(indent, f"elif not ({free}):")
            self._line(indent, f"    {of}c{choice.cell} = {before}text{after}")
            for cell, constant in choice.also:
                self.scope[f"{name}_{number}_{cell}"] = constant
                self._line(indent, f"    {of}c{cell} = {name}_{number}_{cell}")

    def _value(self, source: int) -> str:
        self._used.add(source)
        return f"v{source}"

    def _line(self, indent: str, text: str) -> None:
        self.lines.append(indent + text)


def _goes_on(step: Step) -> bool:
    """Whether a text may go on in further segments."""
    return step.several or step.repeats > 1


def _trimmed(text: str) -> str:
    """Cut separators that nothing follows; one that belongs to a value is released."""
    if "?" in text or ":+" in text:
        return _EMPTY_END.sub(r"\1", text)
    return text.rstrip(":+")
