"""
Read the CSV files of a partner package: a header, then one row a line.

The `csv` module splits the rows; where a fault lies is worked out only once there is one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from edi_gateway.contract.package.faults import Faults, suggestion
from edi_gateway.contract.package.values import COMMA_NUMBER, Reader

_CSV_FIELD = re.compile(r'\s*"(?:[^"]|"")*"[^,]*|[^,]*')
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a CSV file: how its values are read, whether they may be blank, or all missing."""

    read: Reader
    optional: bool = False
    #: Whether the file may do without it; then no row has a value for it.
    absent: bool = False


class CsvRow:
    """One row: its values by column, blank ones None, and the places of its fields."""

    __slots__ = ("_places", "fields", "is_right", "line", "text", "values")

    def __init__(
        self, line: int, text: str, fields: Sequence[str], places: Mapping[str, int]
    ) -> None:
        self.line = line
        self.text = text
        self.fields = fields
        #: Only the readable ones where the row is not right.
        self.values: dict[str, object] = {}
        self.is_right = True
        self._places = places

    def has(self, name: str) -> bool:
        """Whether the file has this column at all."""
        return name in self._places

    def column_of(self, name: str) -> int:
        """The character column, counted from 1, where a field begins."""
        return field_column(self.text, self._places[name])

    def written(self, name: str) -> str:
        """The text of a field as it was written; blank where the row is too short for it."""
        place = self._places[name]
        return self.fields[place].strip() if place < len(self.fields) else ""


def field_column(text: str, place: int) -> int:
    """
    Return where in a CSV line the field with index `place` begins, counted from 1.

    >>> field_column('VIS,"a, b",PCE', 2)
    12
    """
    at = 0
    for _ in range(place):
        match = _CSV_FIELD.match(text, at)
        at = (match.end() if match else len(text)) + 1
    return min(at, len(text)) + 1


def csv_rows(
    file: str, data: bytes, columns: Mapping[str, Column], faults: Faults
) -> list[CsvRow] | None:
    """
    Read a CSV file with a header; None where not even that can be read.

    The order of the columns is free; a missing or an unknown one is a fault, and so is a row with
    more or fewer fields than the header. Faulty rows are returned too, as not right.
    """
    text = decoded(file, data, faults)
    if text is None:
        return None
    lines = _LINE_END.split(text)
    records = _records(file, text, faults)
    head, names = next(records, (1, []))
    header = [name.strip() for name in names]
    if not _is_header_right(file, (head, lines[head - 1]), header, columns, faults):
        return None
    places = {name: place for place, name in enumerate(header)}
    rows = []
    for line, fields in records:
        row = CsvRow(line, lines[line - 1], fields, places)
        if len(fields) != len(header):
            row.is_right = False
            _note_wrong_width(file, row, header, columns, faults)
        else:
            _read_values(file, row, columns, faults)
        rows.append(row)
    return rows


def decoded(file: str, data: bytes, faults: Faults) -> str | None:
    """Decode UTF-8 with or without BOM; None and a fault where it is something else."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace").removeprefix("\ufeff")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        faults.add(file, line, column, "not UTF-8; save the file as UTF-8")
        return None


def _records(file: str, text: str, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """Yield every record that is not blank, with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            faults.add(
                file, line, 1, f"not CSV: {error}; quote a text as a whole and double quotes in it"
            )
            continue
        if fields is None:
            return
        if any(field.strip() for field in fields):
            yield line, fields


def _is_header_right(
    file: str,
    place: tuple[int, str],
    header: Sequence[str],
    columns: Mapping[str, Column],
    faults: Faults,
) -> bool:
    before = len(faults)
    line, text = place
    if len(header) <= 1 and ";" in "".join(header):
        faults.add(file, line, 1, "columns are separated by semicolons; save it with commas")
        return False
    for at, name in enumerate(header):
        if name not in columns:
            remedy = suggestion(name, columns) or f"the columns are: {', '.join(columns)}"
            faults.add(file, line, field_column(text, at), f"unknown column {name!r}; {remedy}")
        elif name in header[:at]:
            faults.add(
                file, line, field_column(text, at), f"column {name!r} stands twice; remove one"
            )
    for name, column in columns.items():
        if name not in header and not column.absent:
            faults.add(file, line, 1, f"column {name!r} is missing; add it to the header")
    return len(faults) == before


def _read_values(file: str, row: CsvRow, columns: Mapping[str, Column], faults: Faults) -> None:
    for name, column in columns.items():
        if not row.has(name):
            continue
        try:
            row.values[name] = _read_value(row.written(name), column)
        except ValueError as error:
            faults.add(file, row.line, row.column_of(name), f"{name}: {error}")
            row.is_right = False


def _read_value(text: str, column: Column) -> object:
    if text:
        return column.read(text)
    if column.optional:
        return None
    raise ValueError("is blank; it is mandatory")


def _note_wrong_width(
    file: str,
    row: CsvRow,
    header: Sequence[str],
    columns: Mapping[str, Column],
    faults: Faults,
) -> None:
    """Say where a comma that should not separate makes an extra column, if that can be found."""
    fields = row.fields
    count = f"{len(fields)} columns where the header has {len(header)}"
    if len(fields) < len(header):
        column = len(row.text) + 1
        faults.add(file, row.line, column, f"{count}; write a comma for every blank value too")
        return
    place = _unquoted_comma(fields, header, columns)
    if place is None:
        column = field_column(row.text, len(header))
        faults.add(file, row.line, column, f"{count}; put a text that holds a comma in quotes")
        return
    joined = f"{fields[place]},{fields[place + 1]}"
    remedy = (
        f"decimal comma in {joined!r}; write {joined.replace(',', '.')}"
        if COMMA_NUMBER.fullmatch(joined)
        else f'unquoted comma; write "{joined}"'
    )
    column = field_column(row.text, place)
    faults.add(file, row.line, column, f"{count}: {header[place]}: {remedy}")


def _unquoted_comma(
    fields: Sequence[str], header: Sequence[str], columns: Mapping[str, Column]
) -> int | None:
    """Return the field which, joined with the next, makes all others fit their columns."""
    if len(fields) != len(header) + 1:
        return None
    fitting = [
        place
        for place in range(len(header))
        if all(
            _fits(columns[name], fields[other if other < place else other + 1])
            for other, name in enumerate(header)
            if other != place
        )
        and _may_hold_comma(columns[header[place]], f"{fields[place]},{fields[place + 1]}")
    ]
    likely = [p for p in fitting if header[p] in ("price", "vat_rate", "description")]
    return next(iter(likely or fitting), None)


def _fits(column: Column, field: str) -> bool:
    try:
        _read_value(field.strip(), column)
    except ValueError:
        return False
    return True


def _may_hold_comma(column: Column, joined: str) -> bool:
    return _fits(column, joined.replace(",", ".", 1)) or _fits(column, joined)
