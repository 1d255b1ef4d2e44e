"""
Compile a mapping for XML: one tree of elements that both the reader and the writer walk.

A place is a path from the root, or from the repeated element (`each`) in a section:

    cac:BuyerCustomerParty/cac:Party/cbc:EndpointID[@schemeID=0088]
    cbc:LineExtensionAmount/@currencyID
    cac:PartyTaxScheme[cac:TaxScheme/cbc:ID=VAT]/cbc:CompanyID

Entries with the same path in front share their elements, so the first mention of an element fixes
its position. Steps that differ in their conditions only are alternatives: reading, an element goes
to the first whose conditions it meets (conditioned ones before plain ones); writing, only the first
that has a value is written. A condition on an attribute is written as that attribute; a condition
on a child is only read.

A section may sit inside another: the allowances of lines in their lines, `tie = "line = number"`
saying which of its fields holds which of the other's. `before` names the element in front of which
a section stands, where the file's own order cannot say it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from edi_gateway.errors import ConfigError
from edi_gateway.formats.mapping import HEADER, Entry, MappingFile, Section, field_type, getter

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"

#: The prefixes a place may use.
NAMESPACES = {
    "cac": f"{_UBL}CommonAggregateComponents-2",
    "cbc": f"{_UBL}CommonBasicComponents-2",
}

_SPLIT = re.compile(r"(?:[^/\[\]]|\[[^\]]*\])+")
_STEP = re.compile(
    r"^(?:(?P<prefix>[A-Za-z_]\w*):)?(?P<local>[A-Za-z_][\w.-]*)(?P<tests>(?:\[.*\])?)$"
)
_TEST = re.compile(r"\[(?P<left>[^\]=]+)=(?P<right>[^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Condition:
    """What an element must hold: an attribute (`@name`) or the text of a descendant."""

    left: str
    right: str

    @property
    def attribute(self) -> str | None:
        """The attribute's name, or None for a condition on a descendant."""
        return self.left[1:] if self.left.startswith("@") else None

    def holds(self, element: etree._Element) -> bool:
        """Whether `element` meets the condition; an empty one (`[@schemeID=]`) wants nothing there."""
        name = self.attribute
        found = element.get(name) if name else element.findtext(self.left)
        return (found or "").strip() == self.right


@dataclass(frozen=True, slots=True)
class Slot:
    """One entry of a mapping, ready for use at its element or attribute."""

    entry: Entry
    #: Order in the section: when several entries feed one field, the first that has a value wins.
    rank: int
    #: Fetches the value to write from (document, item).
    fetch: Callable[[Any, Any], Any]

    @property
    def is_shared(self) -> bool:
        """Whether the value is the document's, not the item's."""
        return (self.entry.field or "").startswith(HEADER)

    @property
    def name(self) -> str:
        """The field, in the document or the item that has it."""
        return (self.entry.field or "").removeprefix(HEADER)

    @property
    def is_fixed(self) -> bool:
        """Whether the value is a constant or the header's: no reason for an element to exist."""
        field_name = self.entry.field
        return field_name is None or field_name.startswith(HEADER)

    def texts(self, document: Any, item: Any) -> list[str]:
        """Return what to write: one text for each value, none when there is no value."""
        entry = self.entry
        if not entry.writes:
            return []
        if entry.constant is not None:
            return [entry.constant]
        value = self.fetch(document, item)
        if isinstance(value, tuple):
            texts = [entry.converter.write((each,)) for each in value]
        else:
            texts = [] if value is None else [entry.converter.write(value)]
        given = [text for text in texts if text.strip()]
        return given or ([entry.converter.absent] if entry.converter.absent else [])


@dataclass(frozen=True, slots=True)
class Tie:
    """`inner`, a field of an item, is what `outer` is of the item it sits in; of a section."""

    inner: str
    outer: str


@dataclass(slots=True)
class Node:
    """One element of the message: its text, its attributes and its children, as far as mapped."""

    tag: str
    #: The tag as people write it, for faults.
    label: str
    conditions: tuple[Condition, ...] = ()
    #: What its text feeds, and what it is written from.
    text: Slot | None = None
    written: Slot | None = None
    attributes: dict[str, Slot] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    #: The section of which this element is one item, and how it is tied to the one around it.
    section: Section | None = None
    tie: Tie | None = None
    #: Children by tag, the conditioned ones first; filled once the tree is complete.
    by_tag: dict[str, list[Node]] = field(default_factory=dict)
    #: Whether nothing below depends on the item: such an element follows its parent.
    is_fixed: bool = True

    def child_for(self, element: etree._Element) -> Node | None:
        """Return the child whose tag and conditions `element` meets."""
        for child in self.by_tag.get(element.tag, ()):
            if all(condition.holds(element) for condition in child.conditions):
                return child
        return None


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled mapping."""

    root: Node
    namespace: str | None
    #: Where each field of each section sits, for faults: (section, field) -> place.
    places: dict[tuple[str, str], str]


def plan_of(mapping: MappingFile) -> Plan:
    """Return the compiled mapping, compiled on first use; `ConfigError` if a place is faulty."""
    known = _plans.get(id(mapping))
    if known is None or known[0] is not mapping:
        if len(_plans) >= _PLANS_KEPT:
            _plans.clear()
        known = _plans[id(mapping)] = (mapping, compile_plan(mapping))
    return known[1]


#: Compiled mappings by identity; the mapping is kept with its plan so that the identity stays its own.
_plans: dict[int, tuple[MappingFile, Plan]] = {}
_PLANS_KEPT = 256


def compile_plan(mapping: MappingFile) -> Plan:
    """Compile `mapping`; `ConfigError` lists every faulty place."""
    faults: list[str] = []
    local, namespace = mapping.settings.get("root"), mapping.settings.get("namespace")
    if not isinstance(local, str):
        raise ConfigError(f"{mapping.origin}: root = ... must name the root element")
    root = Node(tag=f"{{{namespace}}}{local}" if namespace else local, label=local)
    places: dict[tuple[str, str], str] = {}
    for section in mapping.sections:
        start = root if section.name == "header" else _section_node(root, section, mapping, faults)
        for rank, entry in enumerate(section.entries):
            _add(start, entry, rank, faults)
            if entry.reads and entry.field is not None:
                places.setdefault((section.name, entry.field), entry.place)
    if faults:
        raise ConfigError(*faults)
    _finish(root)
    return Plan(root=root, namespace=namespace, places=places)


def _section_node(root: Node, section: Section, mapping: MappingFile, faults: list[str]) -> Node:
    each = section.settings.get("each")
    if not isinstance(each, str):
        faults.append(
            f'{mapping.origin}: [{section.name}] needs each = "...", the repeated element'
        )
        return root
    origin = f"{mapping.origin}: [{section.name}]"
    node = _descend(root, each, f"{origin} each", faults) or root
    node.section = section
    node.tie = _tie(section, f"{origin} tie", faults)
    before = section.settings.get("before")
    if before is not None and not _move(root, each, node, str(before)):
        faults.append(f"{origin} before = {before!r} is no element beside it")
    return node


def _tie(section: Section, origin: str, faults: list[str]) -> Tie | None:
    stated = section.settings.get("tie")
    if stated is None:
        return None
    inner, _, outer = str(stated).partition("=")
    tie = Tie(inner.strip(), outer.strip())
    if field_type(section.shape, tie.inner) is None or not tie.outer:
        faults.append(f'{origin} = {stated!r} is not "own field = field of the section around"')
    return tie


def _move(root: Node, each: str, node: Node, before: str) -> bool:
    """Put a section's element in front of another one beside it."""
    around = root
    for part in _SPLIT.findall(each)[:-1]:
        around = next(child for child in around.children if child.label == part)
    place = next((n for n, child in enumerate(around.children) if child.label == before), None)
    if place is None:
        return False
    around.children.remove(node)
    around.children.insert(place, node)
    return True


def _add(start: Node, entry: Entry, rank: int, faults: list[str]) -> None:
    path, _, attribute = entry.place.partition("/@")
    node = _descend(start, path, entry.origin, faults)
    if node is None:
        return
    slot = Slot(entry=entry, rank=rank, fetch=_fetcher(entry))
    if attribute:
        node.attributes[attribute] = slot
        return
    if entry.reads or node.text is None:
        node.text = slot
    if entry.writes:
        node.written = slot


def _descend(start: Node, path: str, origin: str, faults: list[str]) -> Node | None:
    node = start
    parts = _SPLIT.findall(path)
    if "/".join(parts) != path:
        parts = [path]  # A stray bracket or slash: no element, as told below.
    for part in parts:
        step = _step(part)
        if step is None:
            faults.append(
                f"{origin}: {part!r} is no element; write cac:Name or cbc:Name[@attribute=value]"
            )
            return None
        known = (c for c in node.children if (c.tag, c.conditions) == (step.tag, step.conditions))
        child = next(known, None)
        if child is None:
            child = step
            node.children.append(child)
        node = child
    return node


def _step(text: str) -> Node | None:
    match = _STEP.match(text)
    if match is None:
        return None
    tag = _qualified(match["prefix"], match["local"])
    tests = _TEST.findall(match["tests"])
    if tag is None or (match["tests"] and not tests):
        return None
    conditions = tuple(Condition(_qualified_path(left), right) for left, right in tests)
    return Node(tag=tag, label=text.partition("[")[0], conditions=conditions)


def _qualified(prefix: str | None, local: str) -> str | None:
    if prefix is None:
        return local
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix in NAMESPACES else None


def _qualified_path(path: str) -> str:
    for prefix, namespace in NAMESPACES.items():
        path = path.replace(f"{prefix}:", f"{{{namespace}}}")
    return path


def _fetcher(entry: Entry) -> Callable[[Any, Any], Any]:
    if entry.field is None:
        return lambda document, item: None
    if entry.field.startswith(HEADER):
        get = getter(entry.field.removeprefix(HEADER))
        return lambda document, item: get(document)
    get = getter(entry.field)
    return lambda document, item: get(item)


def _finish(node: Node) -> None:
    for child in node.children:
        _finish(child)
        node.by_tag.setdefault(child.tag, []).append(child)
    for alternatives in node.by_tag.values():
        alternatives.sort(key=lambda child: -len(child.conditions))
    parts: Sequence[bool] = [slot.is_fixed for slot in _slots(node)]
    node.is_fixed = (
        node.section is None and all(parts) and all(child.is_fixed for child in node.children)
    )


def _slots(node: Node) -> Iterator[Slot]:
    """The slots written at `node` itself."""
    if node.written is not None:
        yield node.written
    yield from (slot for slot in node.attributes.values() if slot.entry.writes)
