"""Messages whose lines are mostly written alike, made from their table, some of them damaged."""

from __future__ import annotations

import random
import string

from edi_gateway.formats.edifact.codes import find_codes
from edi_gateway.formats.edifact.directory import Element, Node, Table, Value, find_table
from edi_gateway.formats.edifact.lines import LINE

#: Codes that mappings ask for; where one is in the list of an element, it is taken most often.
_USUAL = (
    *("21", "12", "46", "47", "203", "66", "79", "AAA", "AAB", "EN", "SRV", "SA", "IN", "BP"),
    *("F", "1", "5", "2", "102", "9", "PCE", "EUR", "AAI", "ON", "CT", "VA", "7", "S"),
)
#: Segments of a line that mappings read.
_MAPPED = frozenset({"PIA", "IMD", "QTY", "DTM", "MOA", "FTX", "PRI", "RFF", "TAX"})
_TEXT = string.ascii_uppercase + string.digits + " .,-/"
_DAMAGES = (
    "",
    " ",
    "X" * 80,
    "?+",
    "?'",
    "\x01",
    "ä",
    "1,5",
    ".5",
    "1E3",
    "+",
    ":",
    "'\n",
    "lower",
)

#: Of an interchange that is made: what the messages are.
TYPES = (
    ("ORDERS", "D.96A", "EAN008"),
    ("ORDERS", "D.01B", "EAN010"),
    ("ORDRSP", "D.96A", "EAN007"),
    ("DESADV", "D.96A", "EAN005"),
    ("INVOIC", "D.96A", "EAN008"),
    ("INVOIC", "D.01B", "EAN011"),
    ("PRICAT", "D.96A", "EAN008"),
)


def interchange(seed: int) -> bytes:
    """Messages of one type; the same for ever."""
    chance = random.Random(seed)  # noqa: S311  (a seeded experiment)
    type_, release, association = chance.choice(TYPES)
    table = find_table(type_, release)
    assert table is not None
    maker = _Maker(chance, table)
    identity = f"{type_}:{release.replace('.', ':')}:UN:{association}"
    messages = [maker.message(number, identity) for number in range(1, 13)]
    parts = ["UNB+UNOC:3+S:14+R:14+261116:0800+1", *messages, f"UNZ+{len(messages)}+1"]
    end = "'" + chance.choice(("", "\n", "\r\n"))
    return (end.join("\n".join(parts).split("\n")) + end).encode("latin-1")


#: A segment of a template: each value is a code, or None where another is to be made.
_Planned = tuple[Node, list[list[str | None]]]


class _Maker:
    def __init__(self, chance: random.Random, table: Table) -> None:
        self._chance, self._table = chance, table
        self._codes = find_codes(table.release)
        line = next(node for node in table.nodes if node.tag == LINE)
        self._before, self._behind = self._needed(line)
        first = self._template(line)
        self._templates = [first, *(self._varied(first) for _ in range(chance.randint(0, 3)))]

    def _needed(self, line: Node) -> tuple[list[Node], list[Node]]:
        """The mandatory segments before the lines, with the groups around them, and behind them."""
        around = []
        outer = line.parent
        while outer is not None:
            around.append(outer.number)
            outer = outer.parent
        needed = [
            node
            for node in self._table.nodes[1:]
            if node.number in around or (node.mandatory and self._is_needed(node, around))
        ]
        before = [node for node in needed if node.number < line.number]
        behind = [node for node in needed if node.number > line.number and node.parent is None]
        return before, [node for node in behind if node.tag != "UNT"]

    def _is_needed(self, node: Node, around: list[int]) -> bool:
        parent = node.parent
        return parent is None or (parent.number in around) or (parent.mandatory and node is parent)

    def _template(self, line: Node) -> list[_Planned]:
        """Which segments a line has, their codes, and where other values are (None)."""
        return [(node, self._shape(node)) for node in self._members(line)]

    def _varied(self, template: list[_Planned]) -> list[_Planned]:
        """A template with other codes, and some segments less, or more than once."""
        chance = self._chance
        varied: list[_Planned] = []
        for node, shape in template[: chance.randint(1, len(template))]:
            spec = self._table.segments[node.tag]
            other = [
                [
                    self._code(value) if part and chance.random() < 0.3 else part
                    for value, part in zip(element.values, parts, strict=False)
                ]
                for element, parts in zip(spec, shape, strict=False)
            ]
            varied += [(node, other)] * (1 if chance.random() < 0.9 else chance.choice((0, 2, 12)))
        return varied

    def _members(self, group: Node) -> list[Node]:
        chance, found = self._chance, [group]
        for node in group.group[1:]:
            if node.mandatory or chance.random() < (0.5 if node.tag in _MAPPED else 0.1):
                found += self._members(node) if node.group else [node]
        return found

    def _shape(self, node: Node) -> list[list[str | None]]:
        spec = self._table.segments[node.tag]
        last = self._chance.randint(1, len(spec))
        return [
            self._parts(element)
            for number, element in enumerate(spec, 1)
            if number <= last or element.mandatory
        ]

    def _parts(self, element: Element) -> list[str | None]:
        if not element.mandatory and self._chance.random() < 0.4:
            return [""]
        last = self._chance.randint(1, len(element.values))
        kept = [v for n, v in enumerate(element.values, 1) if n <= last or v.mandatory]
        return [
            self._code(value) if value.mandatory or self._chance.random() < 0.8 else ""
            for value in kept
        ]

    def _code(self, value: Value) -> str | None:
        """The code of an element that has a list; None for any other."""
        listed = self._codes.get(value.id)
        if value.id == "2379":
            return "102"
        if listed is None:
            return None
        usual = [code for code in _USUAL if code in listed]
        if usual and self._chance.random() < 0.5:
            return usual[0]
        return self._chance.choice(usual or sorted(listed))

    def message(self, number: int, identity: str) -> str:
        chance = self._chance
        segments = [self._written(node, self._shape(node)) for node in self._before]
        template = chance.choice(self._templates)
        for _ in range(chance.randint(1, 9)):
            segments += [self._written(node, shape) for node, shape in template]
            if chance.random() < 0.1:
                template = chance.choice(self._templates)
        segments += [self._written(node, self._shape(node)) for node in self._behind]
        for _ in range(chance.choice((0, 0, 0, 1, 2))):
            self._damage(segments)
        ends = [f"UNT+{len(segments) + 2}+{number}"]
        return "\n".join([f"UNH+{number}+{identity}", *segments, *ends])

    def _written(self, node: Node, shape: list[list[str | None]]) -> str:
        spec = self._table.segments[node.tag]
        elements = []
        for element, parts in zip(spec, shape, strict=False):
            texts = [
                self._value(value, parts) if part is None else part
                for value, part in zip(element.values, parts, strict=False)
            ]
            elements.append(":".join(texts))
        return "+".join([node.tag, *elements])

    def _value(self, value: Value, parts: list[str | None]) -> str:
        chance = self._chance
        if value.id == "2380":
            return f"2026{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
        length = chance.randint(max(value.shortest, 1), min(value.length or 9, 9))
        if value.kind == "n":
            number = "".join(chance.choices("123456789", k=length))
            cut = length > 3 and not value.shortest and chance.random() < 0.5
            return f"{number[:-2]}.{number[-2:]}" if cut else number
        signs = string.ascii_uppercase if value.kind == "a" else _TEXT
        return "".join(chance.choices(signs, k=length))

    def _damage(self, segments: list[str]) -> None:
        """Change one segment: a value, its tag, its place, or that it is there."""
        chance = self._chance
        at = chance.randrange(len(segments))
        raw, kind = segments[at], chance.randrange(6)
        if kind == 0:
            del segments[at]
        elif kind == 1:
            segments.insert(at, chance.choice(segments))
        elif kind == 2:
            segments[at] = raw[:3].lower() + raw[3:]
        else:
            place = chance.randrange(3, len(raw) + 1)
            cut = chance.choice((0, 0, 1, 3))
            segments[at] = raw[:place] + chance.choice(_DAMAGES) + raw[place + cut :]
