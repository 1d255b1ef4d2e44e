"""Rows being read, and the document they become."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from edi_gateway.formats.interchange import ReadMessage
from edi_gateway.formats.mapping import MissingField, builder

#: The fields of a document, or of one item of a repeated part of it: those of a nested part are a
#: dict in the dict. A key with `#1` or more behind the field is a further place of that field.
Row = dict[str, Any]


class RowShape:
    """What the rows of one part of a mapping become, and which of their fields have rivals."""

    def __init__(self, name: str, shape: type, keys: Iterable[str]) -> None:
        self.name = name
        self.shape = shape
        self._rivals = tuple(dict.fromkeys(key for key in keys if "#" in key))
        self._owned = {key.rpartition(".")[0] for key in self._rivals} - {""}
        self._rivals_here = frozenset(key for key in self._rivals if "." not in key)
        self._slow = builder(shape)

    def settle(self, row: Row) -> None:
        """A further place of a field counts where the places before have nothing."""
        if self._rivals_here.isdisjoint(row) and self._owned.isdisjoint(row):
            return
        for rival in self._rivals:
            owner, _, key = rival.rpartition(".")
            fields = row.get(owner) if owner else row
            if fields is None or key not in fields:
                continue
            if owner:
                fields = row[owner] = dict(fields)
            value, name = fields.pop(key), key.partition("#")[0]
            if name not in fields:
                fields[name] = value
            elif isinstance(value, tuple):
                fields[name] = fields[name] + value

    def missing(self, row: Row) -> str | None:
        """The first field the row cannot do without and does not have."""
        flat: Row = {}
        for key, value in row.items():
            if isinstance(value, dict):
                flat |= {f"{key}.{name}": held for name, held in value.items()}
            else:
                flat[key] = value
        try:
            self._slow(flat)
        except MissingField as absent:
            return absent.field
        return None


def build(header: RowShape, row: Row, parts: Sequence[tuple[RowShape, list[Row]]]) -> ReadMessage:
    """Build the document of settled rows; `missing` names every field it lacks."""
    for part, rows in parts:
        # Two parts may be of one field: allowances of the document, then those of its lines.
        row[part.name] = row[part.name] + rows if part.name in row else rows
    try:
        return ReadMessage(document=msgspec.convert(row, header.shape))
    except msgspec.ValidationError:
        pass  # it tells the first fault only
    missing = [
        f"{part.name}[{number}].{field}"
        for part, rows in parts
        for number, item in enumerate(rows, 1)
        if (field := part.missing(item)) is not None
    ]
    field = header.missing({**row, **{part.name: () for part, _ in parts}})
    return ReadMessage(document=None, missing=(*missing, *([field] if field else ())))
