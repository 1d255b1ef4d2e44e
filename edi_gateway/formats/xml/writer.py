"""
Write a document as XML through its mapping: UTF-8, indented, the same bytes every time.

No empty elements: an element is written when a value of the document sits in it. One that holds
constants only (`cac:TaxScheme/cbc:ID` = VAT) follows its parent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lxml import etree

from edi_gateway.documents import Document
from edi_gateway.formats.mapping import MappingFile, Section
from edi_gateway.formats.xml.forms import for_file
from edi_gateway.formats.xml.places import NAMESPACES, Node, plan_of

#: Characters XML 1.0 cannot carry in any way.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_document(mapping: MappingFile, document: Document) -> bytes:
    """Return `document` as an XML file. Characters that XML cannot carry become U+FFFD."""
    plan = plan_of(mapping)
    root = new_root(plan.root.tag, plan.namespace)
    source = _Source(for_file(document), mapping)
    _fill(root, plan.root, source, source.document)
    return serialise(root)


class _Source:
    """The document that is written, its rows by what ties them to others."""

    def __init__(self, document: Document, mapping: MappingFile) -> None:
        self.document = document
        #: Fields of which some rows sit inside others.
        self._tied = {s.field: _tie_of(s) for s in mapping.sections if "tie" in s.settings}
        self._rows: dict[str, dict[object, list[Any]]] = {}

    def rows(self, node: Node, item: Any) -> Sequence[Any]:
        """The rows of a section that stand at `item`."""
        name = node.section.field if node.section is not None else ""
        if name not in self._tied:
            rows: Sequence[Any] = getattr(self.document, name)
            return rows
        if name not in self._rows:
            grouped = self._rows[name] = {}
            for row in getattr(self.document, name):
                grouped.setdefault(getattr(row, self._tied[name]), []).append(row)
        key = getattr(item, node.tie.outer) if node.tie is not None else None
        return self._rows[name].get(key, ())


def _tie_of(section: Section) -> str:
    return str(section.settings["tie"]).partition("=")[0].strip()


def new_root(tag: str, namespace: str | None) -> etree._Element:
    """Return an empty root element that declares the prefixes; its own namespace is the default."""
    names: dict[str | None, str] = {**NAMESPACES}  # type: ignore[dict-item]
    if namespace:
        names[None] = namespace
    return etree.Element(tag, nsmap=names)  # type: ignore[arg-type]


def serialise(root: etree._Element) -> bytes:
    """Return the file of a finished tree."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def clean(text: str) -> str:
    """Return `text` without the characters XML cannot carry."""
    return _FORBIDDEN.sub("\ufffd", text)


def _fill(element: etree._Element, node: Node, source: _Source, item: Any) -> bool:
    """Write the attributes and children of `node`; tell whether a value of the item is in them."""
    solid = False
    for name, slot in node.attributes.items():
        for text in slot.texts(source.document, item)[:1]:
            element.set(name, clean(text))
            solid = solid or not (slot.is_fixed or node.written)
    written: set[str] = set()
    for child in node.children:
        if child.tag in written and child.section is None:
            continue
        there, has_value = _write(element, child, source, item)
        solid = solid or has_value
        if there:
            written.add(child.tag)
    return solid


def _write(parent: etree._Element, node: Node, source: _Source, item: Any) -> tuple[bool, bool]:
    """Append the element(s) of `node`; tell whether any was written and whether it holds a value."""
    if node.section is not None:
        kept = [_append(parent, node, None, source, each) for each in source.rows(node, item)]
    elif node.written is not None:
        texts = node.written.texts(source.document, item)
        kept = [_append(parent, node, text, source, item) for text in texts]
    else:
        kept = [_append(parent, node, None, source, item)]
    return any(kept), any(kept) and not node.is_fixed


def _append(
    parent: etree._Element, node: Node, text: str | None, source: _Source, item: Any
) -> bool:
    element = etree.SubElement(parent, node.tag)
    for condition in node.conditions:
        if condition.attribute and condition.right:
            element.set(condition.attribute, condition.right)
    if text is not None:
        element.text = clean(text)
    solid = _fill(element, node, source, item)
    keep = solid or text is not None or (node.is_fixed and len(element) > 0)
    if not keep:
        parent.remove(element)
    return keep
