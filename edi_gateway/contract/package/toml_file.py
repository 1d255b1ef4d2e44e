"""Read the TOML file of a partner package table by table, and say where a fault lies."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from edi_gateway.contract.package.faults import Faults, suggestion

_TOML_SECTION = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]")

#: What the parser says in words of its own, said so that it can be corrected.
_REMEDIES = {"Cannot overwrite a value": "the key stands in this table already; remove one"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of a TOML table: how its value is read, and what stands where it is missing."""

    read: Callable[[object], object]
    #: Ellipsis where the key is mandatory, None where the field has a default of its own.
    default: object = None

    @property
    def mandatory(self) -> bool:
        """Whether the key must be there."""
        return self.default is ...


class TomlFile:
    """A TOML file with the places of its keys, read table by table."""

    def __init__(self, file: str, text: str, faults: Faults) -> None:
        self._file = file
        self._lines = text.splitlines()
        self._faults = faults
        self._root: dict[str, object] = {}
        try:
            self._root = tomllib.loads(text, parse_float=Decimal)
            self.is_readable = True
        except tomllib.TOMLDecodeError as error:
            self.is_readable = False
            found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
            line, column = (int(found[1]), int(found[2])) if found else (len(self._lines) or 1, 1)
            what = str(error).split(" (at ")[0]
            remedy = _REMEDIES.get(what, f"{what}; correct the line")
            faults.add(file, line, column, f"not TOML: {remedy}")

    @property
    def count(self) -> int:
        """How many faults were found so far."""
        return len(self._faults)

    def read(
        self, path: str, keys: Mapping[str, Key], inner: Sequence[str] = ()
    ) -> dict[str, object]:
        """
        Read the table at `path`; every unknown, missing or unusable key is a fault.

        `inner` names the tables inside it, which are read on their own. Missing optional keys are
        left out.
        """
        table = self._table(path)
        if table is None:
            if any(key.mandatory for key in keys.values()):
                self.fault(path, None, f"table [{shown(path)}] is missing; add it")
            return {}
        for name in table:
            if name not in keys and name not in inner:
                known = ", ".join([*keys, *inner])
                remedy = suggestion(name, [*keys, *inner]) or f"the keys are: {known}"
                self.fault(path, name, f"unknown key {name!r}; {remedy}")
        values: dict[str, object] = {}
        for name, key in keys.items():
            if name in table:
                self._read_one(path, name, key, table[name], values)
            elif key.mandatory:
                self.fault(path, None, f"{name} is missing in [{shown(path)}]; add it")
        return values

    def each(self, path: str) -> list[str] | None:
        """
        The paths of the tables written `[[path]]`, in their order; None where there are none.

        A list without tables in it, such as `[]`, has no paths, and is there.
        """
        parent, _, name = path.rpartition(".")
        table = self._table(parent)
        if table is None or name not in table:
            return None
        value = table[name]
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fault(parent, name, f"{shown(path)} is no list of tables; write [[{name}]]")
            return []
        return [f"{path}#{place}" for place in range(1, len(value) + 1)]

    def states(self, path: str, key: str) -> bool:
        """Whether a table has a key, right or wrong."""
        return key in (self._table(path) or {})

    def fault(self, path: str, key: str | None, text: str) -> None:
        """Note a fault at a key, or at the head of its table."""
        line, column = self._place(path, key)
        self._faults.add(self._file, line, column, text)

    def _table(self, path: str) -> dict[str, object] | None:
        value: object = self._root
        for part in path.split(".") if path else []:
            name, _, place = part.partition("#")
            value = value.get(name) if isinstance(value, dict) else None
            if place and isinstance(value, list):
                value = value[int(place) - 1]
        if value is not None and not isinstance(value, dict):
            parent, _, name = path.rpartition(".")
            self.fault(parent, name, f"{shown(path)} is no table")
            return None
        return value

    def _read_one(
        self, path: str, name: str, key: Key, value: object, values: dict[str, object]
    ) -> None:
        try:
            values[name] = key.read(value)
        except ValueError as error:
            self.fault(path, name, f"{shown(path)}.{name}: {error}")

    def _place(self, path: str, key: str | None) -> tuple[int, int]:
        """Search the key in its section, else anywhere, else the section's head."""
        section, head, anywhere, counts = "", 0, (0, 0), dict[str, int]()
        wanted = re.compile(rf"""(?:^|[{{,]|\.)\s*(["']?{re.escape(key or "")}["']?)\s*=""")
        for place, line in enumerate(self._lines, start=1):
            named = _TOML_SECTION.match(line)
            if named:
                section = _counted(named[2].replace('"', "").replace(" ", ""), counts, named[1])
                head = place if section == path and not head else head
                if key and section == f"{path}.{key}".lstrip("."):
                    return place, 1
                continue
            found = wanted.search(line) if key else None
            if found and section == path:
                return place, found.start(1) + 1
            if found and not anywhere[0]:
                anywhere = place, found.start(1) + 1
        return anywhere if anywhere[0] else (head or 1, 1)


def _counted(section: str, counts: dict[str, int], bracket: str) -> str:
    """The path of a section: each list of tables in it with the number of the table it is in."""
    path = ""
    for part in section.split("."):
        bare = f"{path}.{part}".lstrip(".")
        if bracket == "[[" and _bare(bare) == section:
            counts[bare] = counts.get(bare, 0) + 1
        path = f"{bare}#{counts[bare]}" if bare in counts else bare
    return path


def _bare(path: str) -> str:
    return re.sub(r"#\d+", "", path)


def shown(path: str) -> str:
    """
    A path as people write it.

    >>> shown("contracts#2.charges#1")
    'contracts[2].charges[1]'
    """
    return re.sub(r"#(\d+)", r"[\1]", path)
