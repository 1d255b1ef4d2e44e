"""What an XML document says and the canonical document does not hold, by path and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from edi_gateway.documents import Document
from edi_gateway.formats.converters import BadValue
from edi_gateway.formats.mapping import MappingFile
from edi_gateway.formats.uncarried import Offers, Uncarried, same_value
from edi_gateway.formats.xml.envelope import open_tree
from edi_gateway.formats.xml.places import NAMESPACES, Node, Slot, plan_of

_PREFIXES = {namespace: prefix for prefix, namespace in NAMESPACES.items()}
#: Attributes for validators, not for people.
_TECHNICAL = "{http://www.w3.org/2001/XMLSchema-instance}"


def find_uncarried(mapping: MappingFile, data: bytes, document: Document) -> list[Uncarried]:
    """Return what `document`, read from the file through `mapping`, does not hold."""
    root = open_tree(data)
    plan = plan_of(mapping)
    walk = _Walk(document)
    header = Offers()
    walk.element(plan.root, root, header, _label(root))
    header.settle()
    return sorted(walk.lost, key=lambda lost: lost.segment)


@dataclass(slots=True)
class _Walk:
    """The walk along the mapping, and what it has found."""

    document: Document
    lost: list[Uncarried] = field(default_factory=list)
    #: How many repeated parts are around the element at hand.
    _inside: int = 0
    #: Elements that a condition of the mapping has looked at.
    _meant: set[etree._Element] = field(default_factory=set)

    def element(self, node: Node, element: etree._Element, row: Offers, path: str) -> None:
        """Take in an element that `node` describes."""
        own = Offers() if node.section is not None else row
        self._inside += own is not row
        self._note_conditions(node, element)
        text = (element.text or "").strip()
        if text and element not in self._meant:
            self._value(node.text, own, text, element, path)
        for name, value in element.attrib.items():
            self._attribute(node, own, str(name), str(value).strip(), element, path)
        for child in element:
            known = node.child_for(child)
            below = f"{path}/{_label(child)}"
            if known is not None:
                self.element(known, child, own, below)
            elif child not in self._meant:
                self.lost.extend(_all_of(child, below))
        if own is not row:
            own.settle()
            self._inside -= 1

    def _note_conditions(self, node: Node, element: etree._Element) -> None:
        for condition in node.conditions:
            if condition.attribute is None:
                met = element.find(condition.left)
                if met is not None:
                    self._meant.add(met)

    def _attribute(
        self, node: Node, row: Offers, name: str, value: str, element: etree._Element, path: str
    ) -> None:
        if name.startswith(_TECHNICAL) or not value:
            return
        if any(condition.attribute == name for condition in node.conditions):
            return
        self._value(node.attributes.get(name), row, value, element, f"{path}/@{name}")

    def _value(
        self, slot: Slot | None, row: Offers, text: str, element: etree._Element, path: str
    ) -> None:
        if slot is not None and any(same_value(text, each) for each in self._written(slot)):
            return
        if slot is None or not slot.entry.reads or not _says_something(slot, text):
            self.lost.append(_lost(element, path, text, "no field takes it"))
            return

        def tell(instead: str | None) -> None:
            if instead is not None:
                self.lost.append(_lost(element, path, text, instead))

        if not _is_listed(slot, text):  # every value of a list is kept
            row.add(str(slot.entry.field), slot.rank, text, tell)

    def _written(self, slot: Slot) -> list[str]:
        """What the mapping writes there, where it is not read and the same in every line."""
        if slot.entry.reads or (self._inside and not slot.is_fixed):
            return []
        return slot.texts(self.document, self.document)


def _is_listed(slot: Slot, text: str) -> bool:
    """Whether the field is a list, which takes every value."""
    try:
        return isinstance(slot.entry.converter.read(text), tuple)
    except BadValue:
        return False


def _says_something(slot: Slot, text: str) -> bool:
    try:
        return slot.entry.converter.read(text) is not None
    except BadValue:
        return False


def _all_of(element: etree._Element, path: str) -> Iterator[Uncarried]:
    """Every value below an element that the mapping does not name."""
    why = "no field takes it"
    text = (element.text or "").strip()
    if text:
        yield _lost(element, path, text, why)
    for name, value in element.attrib.items():
        if not str(name).startswith(_TECHNICAL) and str(value).strip():
            yield _lost(element, f"{path}/@{name!s}", str(value).strip(), why)
    for child in element:
        yield from _all_of(child, f"{path}/{_label(child)}")


def _lost(element: etree._Element, path: str, value: str, why: str) -> Uncarried:
    line: object = element.sourceline
    number = line if isinstance(line, int) else 0
    return Uncarried(segment=number, tag=path, value=value, text=f"line {number} {path}: {why}")


def _label(element: etree._Element) -> str:
    name = etree.QName(element)
    prefix = _PREFIXES.get(name.namespace or "")
    return f"{prefix}:{name.localname}" if prefix else name.localname
