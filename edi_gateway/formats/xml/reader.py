"""
Read a document from XML through its mapping, in a single pass over the tree.

Elements the mapping does not name are passed over. A value that cannot be what the mapping says is
a fault with its line; it never becomes a guess.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from edi_gateway.documents import DOCUMENTS, Document
from edi_gateway.formats.converters import BadValue
from edi_gateway.formats.interchange import Fault, Level
from edi_gateway.formats.mapping import Builder, MappingFile, MissingField, builder, field_type
from edi_gateway.formats.xml.forms import of_file
from edi_gateway.formats.xml.places import Node, Plan, Slot, Tie, plan_of


@dataclass(slots=True)
class Reading:
    """What reading a message gave: the document, or what it lacks; and every fault."""

    document: Document | None = None
    missing: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


def read_document(mapping: MappingFile, root: etree._Element) -> Reading:
    """Read the message under `root`. With any fault there is no document."""
    plan = plan_of(mapping)
    header = _Scope(name="header", line=_line(root))
    collected = _Collected(plan=plan, header=header)
    if root.tag == plan.root.tag:
        collected.walk(plan.root, root, header)
    return collected.conclude(mapping, header)


@dataclass(slots=True)
class _Scope:
    """The values found for the header or for one item of a section."""

    name: str
    line: int
    values: dict[str, Any] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    #: What ties it to the item it sits in, and that item.
    tie: Tie | None = None
    outer: _Scope | None = None

    def put(self, slot: Slot, value: Any) -> None:
        """Keep `value` unless an entry further up in the mapping, or an element before, gave one."""
        name = slot.name
        if isinstance(value, tuple):
            self.values[name] = self.values.get(name, ()) + value
        elif name not in self.ranks or slot.rank < self.ranks[name]:
            self.values[name] = value
            self.ranks[name] = slot.rank


@dataclass(slots=True)
class _Collected:
    plan: Plan
    header: _Scope
    items: dict[str, list[_Scope]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def walk(self, node: Node, element: etree._Element, scope: _Scope) -> None:
        """Take in `element`, which is what `node` describes. Never deeper than the mapping."""
        if node.section is not None:
            outer = scope
            scope = _Scope(node.section.name, _line(element), tie=node.tie, outer=outer)
            self.items.setdefault(scope.name, []).append(scope)
        if node.text is not None and node.text.entry.reads:
            inside = len(element) > 0
            self._take(node.text, node.label, element, None if inside else element.text, scope)
        for name, slot in node.attributes.items():
            if slot.entry.reads and element.get(name) is not None:
                self._take(slot, f"{node.label}/@{name}", element, element.get(name), scope)
        if node.by_tag:
            for child in element:
                known = node.child_for(child)
                if known is not None:
                    self.walk(known, child, scope)

    def _take(
        self, slot: Slot, label: str, element: etree._Element, raw: str | None, scope: _Scope
    ) -> None:
        try:
            if raw is None and len(element) > 0:
                raise BadValue("plain text without elements in it")
            text = (raw or "").strip()
            # An empty element says nothing; a mandatory field is missed later.
            value = slot.entry.converter.read(text) if text else None
        except BadValue as bad:
            shown = (raw or "").strip()
            self.faults.append(_bad_value(label, _line(element), shown, bad))
            # The field is not missing as well.
            scope.values.setdefault(slot.name, _FAULTY)
            return
        if value is not None:
            (self.header if slot.is_shared else scope).put(slot, value)

    def conclude(self, mapping: MappingFile, header: _Scope) -> Reading:
        """Build the document from the values found."""
        root = DOCUMENTS[mapping.document]
        header.values |= mapping.settings.get("implied", {})
        for section in mapping.sections:
            if section.name != "header":
                items = self._build_items(section.name, section.shape)
                header.values[section.field] = header.values.get(section.field, ()) + items
                if section.settings.get("required") and not items:
                    self._lacks(str(section.settings["each"]), f"{section.name}[1]", header.line)
        document = self._build(builder(root), header, "")
        faults = tuple(sorted(self.faults, key=lambda fault: fault.segment or 0))
        document = of_file(document) if not (faults or self.missing) else None
        return Reading(document=document, missing=tuple(self.missing), faults=faults)

    def _build_items(self, name: str, shape: type) -> tuple[Any, ...]:
        build = builder(shape)
        numbered = field_type(shape, "position") is not None
        built = []
        for index, scope in enumerate(self.items.get(name, ()), 1):
            if numbered:
                scope.values["position"] = scope.line
            if scope.tie is not None and scope.outer is not None:
                scope.values[scope.tie.inner] = scope.outer.values.get(scope.tie.outer)
            built.append(self._build(build, scope, f"{name}[{index}]."))
        return tuple(built)

    def _build(self, build: Builder, scope: _Scope, prefix: str) -> Any:
        """Build one part; every mandatory value it lacks is told, not the first only."""
        values = dict(scope.values)
        told: set[str] = set()
        while True:
            try:
                return build(values)
            except MissingField as lacking:
                name, place = self._place(scope.name, lacking.field)
                if name in told:
                    return None
                told.add(name)
                values[name] = _FAULTY
                self._lacks(place, prefix + name, scope.line)

    def _place(self, section: str, name: str) -> tuple[str, str]:
        """Field and place of a value; the first value stands for a part missing as a whole."""
        for (of, field_name), place in self.plan.places.items():
            if of == section and (field_name == name or field_name.startswith(f"{name}.")):
                return field_name, place
        return name, name

    def _lacks(self, place: str, name: str, line: int) -> None:
        self.missing.append(name)
        self.faults.append(
            Fault(
                code="xml-element-missing",
                edifact_code="13",
                level=Level.ELEMENT,
                text=f"line {line}: {place} is missing or empty",
                remedy=f"Ask the sender to fill in {place}.",
                segment=line,
                tag=place,
            )
        )


#: Stands for a value that was there but faulty, so that it is not called missing too.
_FAULTY = object()


def _bad_value(label: str, line: int, shown: str, bad: BadValue) -> Fault:
    short = shown if len(shown) <= 40 else f"{shown[:40]}..."
    return Fault(
        code="xml-value",
        edifact_code=bad.code,
        level=Level.ELEMENT,
        text=f"line {line}: {label} is {short!r}; expected {bad}",
        remedy=f"Ask the sender to correct {label} and send the document again.",
        segment=line,
        tag=label,
        value=shown[:200],
    )


def _line(element: etree._Element) -> int:
    line: object = element.sourceline
    return line if isinstance(line, int) else 0
