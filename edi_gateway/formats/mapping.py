"""
Mappings: which element of a message feeds which field of a document, in both directions.

One TOML file per message type and release, read once and checked against the document model. The
left side of an entry says *where* a value sits (each format compiles that itself), the right side
*which field* it feeds and *which named converter* reads and writes it; there are no conditions.

    document = "order"
    [header]
    "BGM 1004"           = "number"
    "DTM[137] 2380"      = "date | date"
    "CNT[2] 6066"        = "< line_count | integer"     # read only
    "BGM 1001"           = "> '231'"                    # a constant, written only
    [lines]
    each = "LIN"
    "QTY[21] 6060"       = "quantity.value | decimal"
    "MOA[203] 6345"      = "> header.currency"          # the header's value on every line, written only

A place that feeds several fields has a list of them. What a document computes (a property) can be
written only.

Faults are `ConfigError`s that name file and line.
"""

from __future__ import annotations

import re
import tomllib
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import msgspec

from edi_gateway.documents import DOCUMENTS, Canonical, DocumentType, is_canonical
from edi_gateway.errors import ConfigError
from edi_gateway.formats.converters import CONVERTERS, Converter

#: The key of an entry, quoted or bare.
_KEY = re.compile(r"""\s*(["']?)(.*?)\1\s*=""")
_RIGHT = re.compile(
    r"^(?P<arrow>[<>]\s*)?(?:'(?P<constant>[^']*)'|(?P<field>[a-z_][a-z_.]*)"
    r"(?:\s*\|\s*(?P<converter>[a-z_0-9]+))?)$"
)

#: A table of fields and values that a message has by being what it is.
_IMPLIED = "implied"

#: In front of a field: the value is the whole document's, not the line's.
HEADER = "header."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a mapping: a place in the message and the field it feeds."""

    place: str
    #: Dotted path in the section's dataclass (after `header.`, in the document); None for a constant.
    field: str | None
    constant: str | None
    converter: Converter
    reads: bool
    writes: bool
    #: `file:line`, for faults found later.
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """
    The header, or one repeated part of the document (`lines`, `vat`).

    `settings` holds the section's plain keys, such as `each`, which the format interprets.
    """

    #: "header", or what the file calls the repeated part.
    name: str
    shape: type
    settings: Mapping[str, Any]
    entries: tuple[Entry, ...]

    @property
    def field(self) -> str:
        """
        The document's field that holds the repeated part: the section's name, unless `of` says so.

        Two sections may share one, as the allowances of a document and of its lines do.
        """
        return str(self.settings.get("of", self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingFile:
    """A mapping as its file (and those it extends) states it, not yet compiled for a format."""

    #: Path below `mappings/` without suffix, e.g. `edifact/orders-d96a`.
    name: str
    document: DocumentType
    settings: Mapping[str, Any]
    sections: tuple[Section, ...]

    @property
    def origin(self) -> str:
        """The file's name for messages."""
        return f"{self.name}.toml"


class MappingLibrary:
    """
    All mapping files: those of the installed package, with those of `folder` laid over them.

    `find(name, partner)` prefers `partners/<partner>/<basename>` to the general file.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._roots: list[Traversable] = [shipped_mappings()]
        if folder is not None and folder.is_dir():
            self._roots.insert(0, folder)
        self._files: dict[str, MappingFile] = {}
        #: By name and partner; None where there is no such file.
        self._found: dict[tuple[str, str | None], MappingFile | None] = {}

    def find(self, name: str, partner: str | None = None) -> MappingFile | None:
        """Return the mapping, or None when there is no such file; `ConfigError` if it is faulty."""
        key = (name, partner)
        if key not in self._found:
            self._found[key] = self._find(name, partner)
        return self._found[key]

    def _find(self, name: str, partner: str | None) -> MappingFile | None:
        if partner is not None:
            own = f"partners/{partner}/{name.rpartition('/')[2]}"
            if self._text(own) is not None:
                return self._load(own, ())
        return self._load(name, ()) if self._text(name) is not None else None

    def names(self) -> list[str]:
        """The names of all mapping files, for the check at start."""
        found: set[str] = set()
        for root in self._roots:
            found.update(_walk(root, ""))
        return sorted(found)

    def _text(self, name: str) -> str | None:
        for root in self._roots:
            file = root.joinpath(*f"{name}.toml".split("/"))
            if file.is_file():
                return file.read_text(encoding="utf-8")
        return None

    def _load(self, name: str, chain: tuple[str, ...]) -> MappingFile:
        if name in self._files:
            return self._files[name]
        text = self._text(name)
        if text is None:
            raise ConfigError(f"{chain[-1]}.toml: extends {name!r}, but there is no such mapping")
        if name in chain:
            raise ConfigError(f"{name}.toml: extends itself through {' -> '.join(chain)}")
        table = _parse(name, text)
        base = table.pop("extends", None)
        parent = self._load(base, (*chain, name)) if base else None
        mapping = _build(name, text, table, parent)
        self._files[name] = mapping
        return mapping


def shipped_mappings() -> Traversable:
    """The mappings that came with the program: in the wheel, or beside the package in a checkout."""
    packaged = resources.files("edi_gateway") / "mappings"
    if packaged.is_dir():
        return packaged
    return Path(__file__).parents[2] / "mappings"


def _walk(root: Traversable, prefix: str) -> Iterable[str]:
    for child in root.iterdir():
        if child.is_dir():
            yield from _walk(child, f"{prefix}{child.name}/")
        elif child.name.endswith(".toml"):
            yield prefix + child.name.removesuffix(".toml")


def _parse(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}.toml: not valid TOML: {error}") from error


def _build(name: str, text: str, table: dict[str, Any], parent: MappingFile | None) -> MappingFile:
    faults: list[str] = []
    kind = table.pop("document", parent.document if parent else None)
    if kind not in DOCUMENTS:
        raise ConfigError(f"{name}.toml: document = {kind!r} is none of {', '.join(DOCUMENTS)}")
    kind = DocumentType(kind)
    settings = dict(parent.settings) if parent else {}
    sections = {section.name: section for section in parent.sections} if parent else {}
    for key, value in table.items():
        if isinstance(value, dict) and key != _IMPLIED:
            sections[key] = _section(name, text, key, value, kind, sections.get(key), faults)
        else:
            settings[key] = value
    if faults:
        raise ConfigError(*faults)
    return MappingFile(
        name=name, document=kind, settings=settings, sections=tuple(sections.values())
    )


def _section(
    name: str,
    text: str,
    key: str,
    table: dict[str, Any],
    kind: DocumentType,
    inherited: Section | None,
    faults: list[str],
) -> Section:
    root = DOCUMENTS[kind]
    settings = dict(inherited.settings) if inherited else {}
    settings |= {place: right for place, right in table.items() if _is_setting(place)}
    shape = root if key == "header" else _element_type(root, str(settings.get("of", key)))
    if shape is None:
        faults.append(f"{name}.toml: [{key}] is no repeated field of {kind.value}")
        shape = root
    entries: dict[str, list[Entry]] = {}
    for entry in inherited.entries if inherited else ():
        entries.setdefault(entry.place, []).append(entry)
    for place, right in table.items():
        if _is_setting(place):
            continue
        origin = f"{name}.toml:{_line_of(text, key, place)}"
        if right == "":
            # An extending file takes an inherited entry away.
            entries.pop(place, None)
            continue
        made = [
            _entry(place, each, shape, root, origin, faults)
            for each in (right if isinstance(right, list) else [right])
        ]
        entries[place] = [entry for entry in made if entry is not None]
    every = tuple(entry for several in entries.values() for entry in several)
    return Section(name=key, shape=shape, settings=settings, entries=every)


def _is_setting(key: str) -> bool:
    return key.isidentifier() and key.islower()


def _entry(
    place: str, right: object, shape: type, root: type, origin: str, faults: list[str]
) -> Entry | None:
    match = _RIGHT.match(right) if isinstance(right, str) else None
    if match is None:
        faults.append(f'{origin}: {right!r} is not "field", "field | converter" or "\'constant\'"')
        return None
    name = match["converter"] or "text"
    field = match["field"]
    if name not in CONVERTERS:
        faults.append(f"{origin}: no converter {name!r}; there are {', '.join(sorted(CONVERTERS))}")
        return None
    shared = field is not None and field.startswith(HEADER)
    owner, path = (root, field[len(HEADER) :]) if field and shared else (shape, field)
    if path is not None and field_type(owner, path) is None:
        faults.append(f"{origin}: {owner.__name__} has no field {path!r}")
        return None
    arrow = (match["arrow"] or "").strip()
    if path is not None and arrow != ">" and isinstance(getattr(owner, path, None), property):
        faults.append(f'{origin}: {path!r} is computed and can only be written: "> {path}"')
        return None
    return Entry(
        place=place,
        field=field,
        constant=match["constant"],
        converter=CONVERTERS[name],
        reads=field is not None and arrow != ">",
        writes=arrow != "<",
        origin=origin,
    )


def _line_of(text: str, section: str, place: str) -> int:
    return _lines(text).get((section, place), 0)


@lru_cache(maxsize=1)
def _lines(text: str) -> dict[tuple[str, str], int]:
    """The line of each entry, by section and place; of one file at a time."""
    found: dict[tuple[str, str], int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("["):
            section = line.strip("[] ")
        elif match := _KEY.match(line):
            found.setdefault((section, match[2]), number)
    return found


# --- the document model, seen through dotted field names ---------------------------------------


def field_type(shape: type, path: str) -> Any:
    """The type of the field at dotted `path`, or None when there is no such field."""
    current: Any = shape
    for part in path.split("."):
        current = _plain(current)
        if not is_canonical(current):
            return None
        hints = _hints(current)
        if part not in hints:
            return None
        current = hints[part]
    return current


@cache
def _hints(shape: type) -> dict[str, Any]:
    """The types of all fields, and of what is computed from them."""
    computed = {
        name: typing.get_type_hints(made.fget)["return"]
        for name, made in vars(shape).items()
        if isinstance(made, property)
    }
    return typing.get_type_hints(shape) | computed


def _plain(annotation: Any) -> Any:
    """Strip `| None` from a type."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        kinds = [kind for kind in typing.get_args(annotation) if kind is not type(None)]
        return kinds[0] if len(kinds) == 1 else annotation
    return annotation


def _element_type(root: type, field: str) -> type[Canonical] | None:
    annotation = _hints(root).get(field)
    if typing.get_origin(annotation) is not tuple:
        return None
    element = typing.get_args(annotation)[0]
    return element if is_canonical(element) else None


class MissingField(Exception):
    """A value the document cannot do without is not in the message. `field` is its dotted name."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


Builder = Callable[[Mapping[str, Any]], Any]


def builder(shape: type[Canonical]) -> Builder:
    """
    Return a function that builds a `shape` from a flat dict of dotted field names.

    A nested part of which no value is given becomes its default; a missing mandatory value raises
    `MissingField`. Values for tuple fields must be sequences already.
    """
    hints = _hints(shape)
    plain: list[str] = []
    nested: list[tuple[str, str, Builder, tuple[str, ...]]] = []
    required: list[str] = []
    for spec in msgspec.structs.fields(shape):
        inner = _plain(hints[spec.name])
        if is_canonical(inner):
            names = inner.__struct_fields__
            nested.append((spec.name, f"{spec.name}.", builder(inner), names))
        else:
            plain.append(spec.name)
        if spec.required:
            required.append(spec.name)

    def build(values: Mapping[str, Any]) -> Any:
        given = {name: values[name] for name in plain if values.get(name) is not None}
        for name, prefix, make, names in nested:
            part = {n: values[prefix + n] for n in names if values.get(prefix + n) is not None}
            if part:
                try:
                    given[name] = make(part)
                except MissingField as missing:
                    raise MissingField(prefix + missing.field) from None
        for name in required:
            if name not in given:
                raise MissingField(name)
        return shape(**given)

    return build


Getter = Callable[[Any], Any]


def getter(path: str) -> Getter:
    """Return a function that fetches the value at dotted `path`, None where a part is missing."""
    parts = path.split(".")
    if len(parts) == 1:
        name = parts[0]
        return lambda document: getattr(document, name)

    def get(document: Any) -> Any:
        for part in parts:
            if document is None:
                return None
            document = getattr(document, part)
        return document

    return get
