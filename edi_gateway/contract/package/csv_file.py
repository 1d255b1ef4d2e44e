"""
Read the CSV files of a partner package: a header, then one row a line.

The `csv` module splits the rows; where a fault lies is worked out only once there is one.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

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
    #: Whether its value, or each of them, is the code of an article this one cannot do without.
    names_articles: bool = False
    #: Whether articles with the same value are looked at together.
    joins_articles: bool = False


class CsvRow:
    """One row: its values by column, blank ones None, and the places of its fields."""

    __slots__ = ("_places", "fields", "is_right", "line", "record", "values")

    def __init__(
        self, line: int, record: str, fields: Sequence[str], places: Mapping[str, int]
    ) -> None:
        self.line = line
        #: As it was written, line ends inside quotes included.
        self.record = record
        self.fields = fields
        #: Only the readable ones where the row is not right.
        self.values: dict[str, object] = {}
        self.is_right = True
        self._places = places

    @property
    def text(self) -> str:
        """The line the row begins on."""
        return _LINE_END.split(self.record, maxsplit=1)[0]

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


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some rows of a CSV file: its header, and records with the line each begins on."""

    header: str
    records: Sequence[tuple[int, str]] = ()


#: What a CSV file is read from: all its bytes, a stream of them, or some of its rows.
Source = bytes | BinaryIO | Excerpt


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
    file: str, source: Source, columns: Mapping[str, Column], faults: Faults
) -> list[CsvRow] | None:
    """All rows of a CSV file, as `open_csv` reads them; None where not even the header can be."""
    opened = open_csv(file, source, columns, faults)
    return None if opened is None else list(opened.rows)


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file whose header is right; the rows are read as they are asked for, once."""

    header: str
    rows: Iterator[CsvRow]


def open_csv(
    file: str, source: Source, columns: Mapping[str, Column], faults: Faults
) -> CsvFile | None:
    """
    Open a CSV file with a header; None where not even that can be read.

    The order of the columns is free; a missing or an unknown one is a fault, and so is a row with
    more or fewer fields than the header. Faulty rows are returned too, as not right. No more than
    one row is in memory at a time.
    """
    if isinstance(source, Excerpt):
        records: Iterator[_Record] = _excerpted(source)
    else:
        stream = io.BytesIO(source) if isinstance(source, bytes) else source
        if not _is_text(file, stream, faults):
            return None
        records = _records(file, stream, faults)
    head, text, names = next(records, (1, "", []))
    header = [name.strip() for name in names]
    if not _is_header_right(file, (head, text), header, columns, faults):
        return None
    return CsvFile(text, _rows(file, records, header, columns, faults))


def _rows(
    file: str,
    records: Iterator[_Record],
    header: Sequence[str],
    columns: Mapping[str, Column],
    faults: Faults,
) -> Iterator[CsvRow]:
    places = {name: place for place, name in enumerate(header)}
    # Values repeat, and looking one up is much cheaper than reading it again.
    plan: list[tuple[str, int, Column, dict[str, object]]] = [
        (name, places[name], column, {}) for name, column in columns.items() if name in places
    ]
    width = len(header)
    for line, record, fields in records:
        row = CsvRow(line, record, fields, places)
        if len(fields) != width:
            row.is_right = False
            _note_wrong_width(file, row, header, columns, faults)
        else:
            try:
                row.values = _values(fields, plan)
            except ValueError:
                row.is_right = False
                _note_unreadable(file, row, columns, faults)
        yield row


def _values(
    fields: Sequence[str], plan: Sequence[tuple[str, int, Column, dict[str, object]]]
) -> dict[str, object]:
    values = {}
    for name, at, column, known in plan:
        text = fields[at]
        if text in known:
            values[name] = known[text]
            continue
        values[name] = value = _read_value(text, column)
        if len(known) < _KNOWN:
            known[text] = value
    return values


def decoded(file: str, data: bytes, faults: Faults) -> str | None:
    """Decode UTF-8 with or without BOM; None and a fault where it is something else."""
    if not _is_text(file, io.BytesIO(data), faults):
        return None
    return data.decode("utf-8-sig")


_CHUNK = 1 << 20
_KNOWN = 4096  # values of a column that are kept


def _is_text(file: str, stream: BinaryIO, faults: Faults) -> bool:
    """Whether a stream is UTF-8 throughout; a fault where it is not. It is rewound."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    read = 0
    while chunk := stream.read(_CHUNK):
        read += len(chunk)
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return _note_undecodable(file, stream, read - len(error.object) + error.start, faults)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return _note_undecodable(file, stream, read - len(error.object) + error.start, faults)
    stream.seek(0)
    return True


def _note_undecodable(file: str, stream: BinaryIO, offset: int, faults: Faults) -> bool:
    """Note the byte at `offset` with its line and column; return False."""
    stream.seek(0)
    line, text = 1, b""
    left = offset
    while left and (chunk := stream.read(min(left, _CHUNK))):
        left -= len(chunk)
        line += chunk.count(b"\n")
        _, newline, last = chunk.rpartition(b"\n")
        text = last if newline else text + last
    column = len(text.decode("utf-8", "replace").removeprefix("\ufeff")) + 1
    faults.add(file, line, column, "not UTF-8; save the file as UTF-8")
    return False


#: A record: the line it begins on, as it was written, its fields.
_Record = tuple[int, str, list[str]]


def _excerpted(excerpt: Excerpt) -> Iterator[_Record]:
    """Split records that were read before, and stand in a file of which this is a part."""
    yield 1, excerpt.header, next(csv.reader([excerpt.header], strict=True))
    plain = [pair for pair in excerpt.records if "\n" not in pair[1] and "\r" not in pair[1]]
    if len(plain) == len(excerpt.records):
        reader = csv.reader((record for _, record in plain), strict=True)
        for (line, record), fields in zip(plain, reader, strict=True):
            yield line, record, fields
        return
    for line, record in excerpt.records:
        yield line, record, next(csv.reader(io.StringIO(record, newline=""), strict=True))


class _Lines:
    """The lines of a file one by one; it keeps those that the record under way was made of."""

    __slots__ = ("_lines", "taken")

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        return line


def _records(file: str, stream: BinaryIO, faults: Faults) -> Iterator[_Record]:
    """Yield every record that is not blank, with the line it begins on."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        yield from _split(file, _Lines(text), faults)
    finally:
        text.detach()  # The stream is its owner's to close.


def _split(file: str, lines: _Lines, faults: Faults) -> Iterator[_Record]:
    reader = csv.reader(lines, strict=True)
    while True:
        line = reader.line_num + 1
        lines.taken.clear()
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
            yield line, "".join(lines.taken).rstrip("\r\n"), fields


def _is_header_right(
    file: str,
    place: tuple[int, str],
    header: Sequence[str],
    columns: Mapping[str, Column],
    faults: Faults,
) -> bool:
    """Whether rows can be read by it; an unknown column is a fault, and passed over."""
    line, text = place
    if len(header) <= 1 and ";" in "".join(header):
        faults.add(file, line, 1, "columns are separated by semicolons; save it with commas")
        return False
    is_right = True
    for at, name in enumerate(header):
        if name not in columns:
            remedy = suggestion(name, columns) or f"the columns are: {', '.join(columns)}"
            faults.add(file, line, field_column(text, at), f"unknown column {name!r}; {remedy}")
        elif name in header[:at]:
            is_right = False
            faults.add(
                file, line, field_column(text, at), f"column {name!r} stands twice; remove one"
            )
    for name, column in columns.items():
        if name not in header and not column.absent:
            is_right = False
            faults.add(file, line, 1, f"column {name!r} is missing; add it to the header")
    return is_right


def _read_value(text: str, column: Column) -> object:
    text = text.strip()
    if text:
        return column.read(text)
    if column.optional:
        return None
    raise ValueError("is blank; it is mandatory")


def _note_unreadable(file: str, row: CsvRow, columns: Mapping[str, Column], faults: Faults) -> None:
    """Note every value of a row that cannot be read, and keep the others."""
    for name, column in columns.items():
        if not row.has(name):
            continue
        try:
            row.values[name] = _read_value(row.written(name), column)
        except ValueError as error:
            faults.add(file, row.line, row.column_of(name), f"{name}: {error}")


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
    if len(fields) != len(header) + 1 or not columns.keys() >= set(header):
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
