"""Rows being read, and the part of a document each becomes."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable
from typing import Any

from edi_gateway.formats.edifact.takes import Row
from edi_gateway.formats.mapping import builder, field_type


class RowBuilder:
    """
    Builds `shape` from a row whose keys are known beforehand.

    A key with `#1` or more behind the field is a further place of the same field: it counts where
    the places before have nothing.
    """

    def __init__(self, shape: type, keys: Iterable[str]) -> None:
        keys = list(keys)
        names = dict.fromkeys(key.rpartition(".")[0] for key in keys)
        names.pop("", None)
        #: Where in a row the fields of a nested part are; the shape's own are at 0.
        self.owners = {"": 0} | {name: number for number, name in enumerate(names, 1)}
        self._shape = shape
        self._alternates = [_alternate(key, self.owners) for key in keys if "#" in key]
        self._further = [
            frozenset(key for owner, _, key in self._alternates if owner == n)
            for n in range(len(self.owners))
        ]
        self._nested = [
            (number, name, *_parts(shape, name)) for name, number in list(self.owners.items())[1:]
        ]
        self._required = _required(shape)
        self._positioned = field_type(shape, "position") is not None
        self._slow = builder(shape)

    def empty(self, position: int) -> Row:
        """A row to be filled, beginning at a segment of its message (0: at none)."""
        row: Row = [{} for _ in self.owners]
        if position and self._positioned:
            row[0]["position"] = position
        return row

    def build(self, row: Row) -> Any:
        """Build the part; `MissingField` names what it cannot do without."""
        for fields, further in zip(row, self._further, strict=True):
            if further and not further.isdisjoint(fields):
                self._settle(row)
                break
        values = row[0]
        for number, name, make, required in self._nested:
            given = row[number]
            if given:
                if not required <= given.keys():
                    return self._explain(row)
                values[name] = make(**given)
        if not self._required <= values.keys():
            return self._explain(row)
        return self._shape(**values)

    def _explain(self, row: Row) -> Any:
        """Have the general builder say which field is missing."""
        flat = dict(row[0])
        for name, number in self.owners.items():
            if number:
                flat.pop(name, None)
                flat |= {f"{name}.{key}": value for key, value in row[number].items()}
        return self._slow(flat)

    def _settle(self, row: Row) -> None:
        for owner, name, key in self._alternates:
            fields = row[owner]
            if key in fields:
                value = fields.pop(key)
                if name not in fields:
                    fields[name] = value
                elif isinstance(value, tuple):
                    fields[name] = fields[name] + value


def _alternate(key: str, owners: dict[str, int]) -> tuple[int, str, str]:
    owner, _, last = key.rpartition(".")
    return owners[owner], last.partition("#")[0], last


def _parts(shape: type, name: str) -> tuple[type, frozenset[str]]:
    inner = field_type(shape, name)
    kinds = [kind for kind in typing.get_args(inner) if kind is not type(None)] or [inner]
    return kinds[0], _required(kinds[0])


def _required(shape: type) -> frozenset[str]:
    return frozenset(
        spec.name
        for spec in dataclasses.fields(shape)
        if spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING
    )
