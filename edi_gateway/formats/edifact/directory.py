"""
Message and segment tables, and the automaton that walks a message along its table.

The tables are text files beside this module, one per directory. A message is matched greedily: a
segment belongs to the nearest place ahead that takes its tag. `LIN` may repeat without bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

#: The file that holds the tables of a release, by the release as a message states it.
_FILES = {
    "D.96A": "d96a.txt",
    "D.01B": "d01b.txt",
    "2.2": "contrl.txt",
    "D.3": "contrl.txt",
    "4.1": "contrl.txt",
}

_TREE = re.compile(
    r"\((?P<many>\d+)(?P<must>!?)|(?P<close>\))|(?P<tag>[A-Z]{3})(?P<tm>!?)(?P<tn>\d*)"
)
_ELEMENT = re.compile(
    r"(?P<close>\))|(?P<id>[A-Z]?\d{3,4})(?P<must>!?)(?:(?P<open>\()|:(?P<type>an|a|n)(?P<len>\d*))"
)


@dataclass(frozen=True, slots=True)
class Value:
    """A data element at its place: element 1 follows the tag, components count from 0."""

    id: str
    element: int
    component: int
    mandatory: bool
    #: `a` alphabetic, `n` numeric, `an` alphanumeric.
    kind: str
    #: Least and greatest number of characters; a fixed length has both the same.
    shortest: int
    length: int

    @property
    def numeric(self) -> bool:
        """Whether it is a number (ISO 9735, section 10)."""
        return self.kind == "n"


@dataclass(frozen=True, slots=True)
class Element:
    """A stand-alone data element, or a composite with its components in order."""

    id: str
    mandatory: bool
    composite: bool
    values: tuple[Value, ...]


@dataclass(slots=True, eq=False)
class Node:
    """One segment of a message table; the first of a group is its trigger and repeats for it."""

    number: int
    tag: str
    mandatory: bool
    most: int
    #: The trigger of the group it sits in; None at top level. A trigger's is the group around.
    parent: Node | None
    #: Members of the group this node triggers, itself first; empty for a plain segment.
    group: list[Node] = field(default_factory=list)
    summary: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Where a tag leads: to `target`, as a repetition or anew, past mandatory tags `missed`."""

    target: int
    repeats: bool
    most: int
    missed: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A message type of one release, compiled; there is one of each."""

    type: str
    release: str
    nodes: tuple[Node, ...]
    #: For each node, where each tag leads.
    steps: tuple[dict[str, Step], ...]
    #: For each node, the step to UNT: what is missing when the message ends there.
    ends: tuple[Step | None, ...]
    segments: dict[str, tuple[Element, ...]]


@cache
def find_table(type_: str, release: str) -> Table | None:
    """Return the table of a message, or None when we have none."""
    if release not in _FILES:
        return None
    messages, segments = _load(_FILES[release])
    if type_ not in messages:
        return None
    top = _tree(messages[type_])
    nodes = tuple(_numbered(top))
    _mark_summary(top)
    steps = tuple(_steps_from(node, top) for node in nodes)
    ends = tuple(leading.pop("UNT", None) for leading in steps)
    return Table(type_, release, nodes, steps, ends, segments)


def releases() -> list[str]:
    """Every release there are tables of."""
    return list(_FILES)


@cache
def _load(name: str) -> tuple[dict[str, str], dict[str, tuple[Element, ...]]]:
    text = (resources.files(__package__) / "tables" / name).read_text(encoding="utf-8")
    messages: dict[str, str] = {}
    segments: dict[str, tuple[Element, ...]] = {}
    for line in text.replace("\n  ", " ").splitlines():
        kind, _, rest = line.partition(" ")
        key, _, body = rest.partition(" ")
        if kind == "message":
            messages[key] = body
        elif kind == "segment":
            segments[key] = tuple(_elements(body))
    return messages, segments


def _elements(body: str) -> Iterator[Element]:
    position = 0
    composite: tuple[str, bool] | None = None
    values: list[Value] = []
    for found in _ELEMENT.finditer(body):
        if found["close"]:
            assert composite is not None  # noqa: S101  # the tables are ours
            yield Element(composite[0], composite[1], True, tuple(values))
            composite = None
            continue
        must = found["must"] == "!"
        if composite is None:
            position += 1
            values = []
        if found["open"]:
            composite = (found["id"], must)
            continue
        length = int(found["len"] or 0)
        values.append(Value(found["id"], position, len(values), must, found["type"], 0, length))
        if composite is None:
            yield Element(found["id"], must, False, tuple(values))


def _tree(body: str) -> list[Node]:
    """Read a message's line into nodes; numbers are given later."""
    top: list[Node] = []
    lists: list[list[Node]] = [top]
    triggers: list[Node | None] = [None]
    pending: tuple[int, bool] | None = None
    for found in _TREE.finditer(body):
        if found["close"]:
            lists.pop()
            triggers.pop()
        elif found["many"]:
            pending = (int(found["many"]), found["must"] == "!")
        else:
            most, must = int(found["tn"] or 1), found["tm"] == "!"
            if pending is not None:
                most, must = pending
            node = Node(0, found["tag"], must, most, triggers[-1])
            lists[-1].append(node)
            if pending is not None:
                node.group = [node]
                lists.append(node.group)
                triggers.append(node)
                pending = None
    return top


def _numbered(members: list[Node]) -> Iterator[Node]:
    counter = iter(range(100_000))

    def walk(nodes: list[Node]) -> Iterator[Node]:
        for node in nodes:
            node.number = next(counter)
            yield node
            yield from walk(node.group[1:])

    yield from walk(members)


def _mark_summary(top: list[Node]) -> None:
    behind = False
    for node in top:
        node.summary = behind
        behind = behind or node.tag == "UNS"


def _steps_from(node: Node, top: list[Node]) -> dict[str, Step]:
    """Every tag reachable from `node`, nearest place first."""
    steps: dict[str, Step] = {}
    missed: list[str] = []
    if not node.group:
        _offer(steps, node, repeats=True, missed=missed)
    else:
        _offer_all(steps, node.group[1:], missed)
        _offer(steps, node, repeats=True, missed=missed)
    inner = node
    while True:
        siblings = inner.parent.group if inner.parent is not None else top
        # Having left `inner`, what its group still lacked stays missed only if we go that way.
        _offer_all(steps, siblings[siblings.index(inner) + 1 :], missed)
        if inner.parent is None:
            return steps
        inner = inner.parent
        _offer(steps, inner, repeats=True, missed=missed)


def _offer_all(steps: dict[str, Step], nodes: list[Node], missed: list[str]) -> None:
    for node in nodes:
        _offer(steps, node, repeats=False, missed=missed)
        if node.mandatory:
            missed.append(node.tag)


def _offer(steps: dict[str, Step], node: Node, *, repeats: bool, missed: list[str]) -> None:
    most = 2**62 if node.tag == "LIN" else node.most
    if node.tag not in steps:
        steps[node.tag] = Step(node.number, repeats, most, tuple(missed))
