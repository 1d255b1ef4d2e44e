"""
Message and segment tables, and the automaton that walks a message along its table.

The tables are text files below `tables/`, one per directory of UN/EDIFACT and one per syntax
version for the service segments; `docs/directories.md` tells how they are written. They are read
and compiled when a message first asks for them. A message is matched greedily: a segment belongs
to the nearest place ahead that takes its tag. `LIN` may repeat without bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources

#: The file with the tables (and code lists) of a release, by the release as a message states it (0052.0054).
FILES = {
    "D.93A": "d93a",
    "D.96A": "d96a",
    "D.97A": "d97a",
    "D.99B": "d99b",
    "D.01B": "d01b",
    "D.14B": "d14b",
    "2.2": "syntax3",
    "D.3": "syntax3",
    "4.1": "syntax4",
}

#: The file with the service segments of a syntax version (0002).
_SYNTAX = {"1": "syntax3", "2": "syntax3", "3": "syntax3", "4": "syntax4"}

#: Code list identification and its responsible agency.
_OWNERS = ("1131", "3055")

_TREE = re.compile(
    r"\((?P<many>\d+)(?P<must>!?)|(?P<close>\))|(?P<tag>[A-Z]{3})(?P<tm>!?)(?P<tn>\d*)"
)
_ITEM = re.compile(r"(?P<id>\w+)(?P<must>!?)(?:\*(?P<repeats>\d+))?")
_REPRESENTATION = re.compile(r"(?P<kind>an|a|n)(?P<dots>(?:\.\.)?)(?P<length>\d+)")


@dataclass(frozen=True, slots=True)
class Value:
    """A data element at its place: element 1 follows the tag, components count from 0."""

    id: str
    element: int
    component: int
    mandatory: bool
    #: `a` alphabetic, `n` numeric, `an` alphanumeric.
    kind: str
    #: Least and greatest number of characters: the same for a fixed length, else 0 and the most.
    shortest: int
    length: int
    #: Components (1131, 3055) that say whose code list it is of; none where it is of the directory.
    listed_by: tuple[int, ...] = ()

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
    #: How often it may stand at its place, separated by the repetition character of syntax 4.
    repeats: int = 1


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


@dataclass(frozen=True, eq=False)
class Table:
    """
    A message type of one release, compiled; there is one of each.

    The ways through it are worked out when the first message goes that way: a mapping needs none.
    """

    type: str
    release: str
    nodes: tuple[Node, ...]
    #: The nodes that are in no group.
    top: list[Node]
    segments: dict[str, tuple[Element, ...]]

    @property
    def steps(self) -> tuple[dict[str, Step], ...]:
        """For each node, where each tag leads."""
        return self._ways[0]

    @property
    def ends(self) -> tuple[Step | None, ...]:
        """For each node, the step to UNT: what is missing when the message ends there."""
        return self._ways[1]

    @cached_property
    def _ways(self) -> tuple[tuple[dict[str, Step], ...], tuple[Step | None, ...]]:
        steps = tuple(_steps_from(node, self.top) for node in self.nodes)
        return steps, tuple(leading.pop("UNT", None) for leading in steps)


@dataclass(frozen=True, slots=True)
class _Directory:
    """What a file of tables states, each line by its key, with what it takes over from another."""

    messages: dict[str, str]
    segments: dict[str, str]
    composites: dict[str, str]
    elements: dict[str, str]


@cache
def find_table(type_: str, release: str) -> Table | None:
    """Return the table of a message, or None when we have none."""
    if release not in FILES:
        return None
    name = FILES[release]
    directory = _load(name)
    if type_ not in directory.messages:
        return None
    top = _tree(directory.messages[type_])
    nodes = tuple(_numbered(top))
    _mark_summary(top)
    segments = {tag: _segment(tag, name) for tag in dict.fromkeys(node.tag for node in nodes)}
    return Table(type_, release, nodes, top, segments)


@cache
def find_service_segments(version: str) -> Mapping[str, tuple[Element, ...]]:
    """
    Return the service segments (UNB, UNH, UNT, ...) of a syntax version, as UNB states it (0002).

    A version there is none of is read as 3.
    """
    name = _SYNTAX.get(version, "syntax3")
    return {tag: _segment(tag, name) for tag in _load(name).segments if tag.startswith("UN")}


def releases() -> list[str]:
    """Every release there are tables of."""
    return list(FILES)


def message_types(release: str) -> list[str]:
    """Every message type there is a table of in a release."""
    return list(_load(FILES[release]).messages) if release in FILES else []


@cache
def _load(name: str) -> _Directory:
    text = (resources.files(__package__) / "tables" / f"{name}.txt").read_text(encoding="utf-8")
    own: dict[str, dict[str, str]] = {
        kind: {} for kind in ("message", "segment", "composite", "element")
    }
    for line in text.replace("\n  ", " ").splitlines():
        kind, _, rest = line.partition(" ")
        key, _, body = rest.partition(" ")
        if kind == "extends":
            base = _load(key)
            own["segment"] |= base.segments
            own["composite"] |= base.composites
            own["element"] |= base.elements
        elif kind in own:
            own[kind][key] = body
    return _Directory(*own.values())


@cache
def _segment(tag: str, name: str) -> tuple[Element, ...]:
    directory = _load(name)
    return tuple(
        _element(item, position, directory)
        for position, item in enumerate(directory.segments[tag].split(), 1)
    )


def _element(item: str, position: int, directory: _Directory) -> Element:
    id_, must, repeats = _item(item)
    body = directory.composites.get(id_)
    parts = [item] if body is None else body.split()
    values = tuple(_value(parts, position, component, directory) for component in range(len(parts)))
    return Element(id_, must, body is not None, values, repeats)


def _value(parts: list[str], position: int, component: int, directory: _Directory) -> Value:
    id_, must, _ = _item(parts[component])
    found = _REPRESENTATION.fullmatch(directory.elements[id_])
    assert found is not None, f"{id_}: {directory.elements[id_]}"  # noqa: S101  # the tables are ours
    length = int(found["length"])
    shortest = 0 if found["dots"] else length
    owners = _owners(parts, component)
    return Value(id_, position, component, must, found["kind"], shortest, length, owners)


def _owners(parts: list[str], component: int) -> tuple[int, ...]:
    """Where a composite names list and agency of the code at `component`: the next 1131 and 3055."""
    if parts[component] in _OWNERS:
        return ()
    behind = [at for at in range(component + 1, len(parts)) if parts[at] in _OWNERS]
    return tuple(behind[: len(_OWNERS)])


def _item(text: str) -> tuple[str, bool, int]:
    """Take `C076!*3` apart: identifier, whether it is mandatory, how often it may repeat."""
    found = _ITEM.fullmatch(text)
    assert found is not None, text  # noqa: S101  # the tables are ours
    return found["id"], found["must"] == "!", int(found["repeats"] or 1)


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
    """Mark what stands behind the last UNS; a message with two has its detail section between."""
    last = max((at for at, node in enumerate(top) if node.tag == "UNS"), default=len(top))
    for node in top[last + 1 :]:
        node.summary = True


def _steps_from(node: Node, top: list[Node]) -> dict[str, Step]:
    """Every tag reachable from `node`, nearest place first."""
    steps: dict[str, Step] = {}
    missed: list[str] = []
    again: list[tuple[Node, list[str]]] = []
    if not node.group:
        _offer_again(steps, node, missed, again)
    else:
        _offer_all(steps, node.group[1:], missed)
        _offer_again(steps, node, missed, again)
    inner = node
    while True:
        siblings = inner.parent.group if inner.parent is not None else top
        # Having left `inner`, what its group still lacked stays missed only if we go that way.
        _offer_all(steps, siblings[siblings.index(inner) + 1 :], missed)
        if inner.parent is None:
            break
        inner = inner.parent
        _offer_again(steps, inner, missed, again)
    for once, lacking in again:
        _offer(steps, once, repeats=True, missed=lacking)
    return steps


def _offer_again(
    steps: dict[str, Step], node: Node, missed: list[str], again: list[tuple[Node, list[str]]]
) -> None:
    """Offer `node` once more; where it may stand once only, not before every place ahead."""
    if node.most > 1 or node.tag == "LIN":
        _offer(steps, node, repeats=True, missed=missed)
    else:
        again.append((node, list(missed)))


def _offer_all(steps: dict[str, Step], nodes: list[Node], missed: list[str]) -> None:
    for node in nodes:
        _offer(steps, node, repeats=False, missed=missed)
        if node.mandatory:
            missed.append(node.tag)


def _offer(steps: dict[str, Step], node: Node, *, repeats: bool, missed: list[str]) -> None:
    most = 2**62 if node.tag == "LIN" else node.most
    if node.tag not in steps:
        steps[node.tag] = _step(node.number, repeats, most, tuple(missed))


#: Nodes of one table lead to the same places by the same steps.
_step = cache(Step)
