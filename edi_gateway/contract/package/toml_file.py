"""Read the TOML file of a partner package table by table, and say where a fault lies."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from edi_gateway.contract.package.faults import Faults, suggestion

_TOML_SECTION = re.compile(r"\s*\[{1,2}\s*([^\[\]]+?)\s*\]")


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
            faults.add(file, line, column, f"not TOML: {what}; correct the line")

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
                self.fault(path, None, f"table [{path}] is missing; add it")
            return {}
        return self._read_table(path, table, keys, inner)

    def read_each(self, path: str, keys: Mapping[str, Key]) -> list[dict[str, object]]:
        """Read every table of the array at `path`; none where there is no such array."""
        parent, _, name = path.rpartition(".")
        tables = (self._table(parent) or {}).get(name, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.fault(parent, name, f"{path} is no array of tables; write [[{path}]]")
            return []
        return [
            self._read_table(f"{path}[{place}]", table, keys, ())
            for place, table in enumerate(tables, start=1)
        ]

    def _read_table(
        self, path: str, table: Mapping[str, object], keys: Mapping[str, Key], inner: Sequence[str]
    ) -> dict[str, object]:
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
                self.fault(path, None, f"{name} is missing in [{path}]; add it")
        return values

    def fault(self, path: str, key: str | None, text: str) -> None:
        """Note a fault at a key, or at the head of its table."""
        line, column = self._place(path, key)
        self._faults.add(self._file, line, column, text)

    def _table(self, path: str) -> dict[str, object] | None:
        value: object = self._root
        for part in path.split(".") if path else []:
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None and not isinstance(value, dict):
            self.fault(path.rpartition(".")[0], path.rpartition(".")[2], f"{path} is no table")
            return None
        return value

    def _read_one(
        self, path: str, name: str, key: Key, value: object, values: dict[str, object]
    ) -> None:
        try:
            values[name] = key.read(value)
        except ValueError as error:
            self.fault(path, name, f"{path}.{name}: {error}")

    def _place(self, path: str, key: str | None) -> tuple[int, int]:
        """Search the key in its section, else anywhere, else the section's head."""
        section, head, anywhere = "", 0, (0, 0)
        arrays: Counter[str] = Counter()
        wanted = re.compile(rf"""(?:^|[{{,]|\.)\s*(["']?{re.escape(key or "")}["']?)\s*=""")
        for place, line in enumerate(self._lines, start=1):
            named = _TOML_SECTION.match(line)
            if named:
                section = named[1].replace('"', "").replace(" ", "")
                if line.lstrip().startswith("[["):
                    arrays[section] += 1
                    section = f"{section}[{arrays[section]}]"
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
