"""Read blankets.csv: the lines of the blanket orders that partner.toml states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edi_gateway.contract.blankets import WHOLE, Blanket, BlanketLine
from edi_gateway.contract.package.columns import ARTICLES, BLANKET_COLUMNS, BLANKETS
from edi_gateway.contract.package.contracts import check_validity
from edi_gateway.contract.package.csv_file import CsvRow, Source, csv_rows
from edi_gateway.contract.package.faults import Faults
from edi_gateway.contract.package.keys import BLANKET_KEYS
from edi_gateway.contract.package.toml_file import TomlFile


@dataclass(frozen=True, slots=True)
class StatedBlanket:
    """A table `[[contract.blankets]]` of partner.toml: what could be read of it, and its place."""

    values: dict[str, Any]
    file: TomlFile
    path: str

    @property
    def number(self) -> str | None:
        """Its number, where it has one that is right."""
        return self.values.get("number")

    @property
    def states_value(self) -> bool:
        """Whether it says what all lines may come to, right or wrong."""
        return self.file.states(self.path, "value")


def read_blankets(
    stated: Sequence[StatedBlanket] | None,
    source: Source | None,
    codes: frozenset[str] | None,
    faults: Faults,
) -> tuple[Blanket, ...]:
    """
    Return the blanket orders with their lines.

    `stated` are the tables of partner.toml, None where it cannot be read; `codes` every code of
    articles.csv, None if unknown. There are none where anything is wrong with the package.
    """
    rows = (
        csv_rows(BLANKETS, source, BLANKET_COLUMNS, faults) if source is not None else None
    ) or []
    tables = {table.number: table for table in stated or () if table.number is not None}
    lines: dict[str, dict[str, BlanketLine]] = {}
    for row in rows:
        of = lines.setdefault(row.written("blanket"), {})
        if _is_sound(row, None if stated is None else tables, codes, faults):
            _take_line(row, of, faults)
    for number, table in tables.items():
        if not table.states_value and number not in lines:
            text = f"blanket order {number!r} has no value and no line in {BLANKETS}"
            table.file.fault(table.path, "number", f"{text}; write one of them")
    if stated is None or faults:
        return ()
    return tuple(
        Blanket(**table.values, lines=tuple(lines.get(str(table.number), _whole()).values()))
        for table in stated
    )


def read_blanket_tables(file: TomlFile) -> list[StatedBlanket]:
    """Return the tables `[[contract.blankets]]` of partner.toml."""
    seen: dict[str, str] = {}
    tables = []
    for path in file.each("contract.blankets") or ():
        blanket: dict[str, Any] = file.read(path, BLANKET_KEYS)
        number = blanket.get("number")
        what = f"blanket order {number!r}: valid_until"
        check_validity(file, path, blanket.get("valid_from"), blanket.get("valid_until"), what)
        if number is not None and seen.setdefault(number, path) != path:
            file.fault(path, "number", f"blanket order {number!r} stands twice; remove one")
        tables.append(StatedBlanket(blanket, file, path))
    return tables


def _whole() -> dict[str, BlanketLine]:
    return {WHOLE: BlanketLine(number=WHOLE)}


def _take_line(row: CsvRow, lines: dict[str, BlanketLine], faults: Faults) -> None:
    values: dict[str, Any] = {k: v for k, v in row.values.items() if v is not None}
    number, blanket = values.pop("line"), values.pop("blanket")
    if number in lines:
        _fault(row, "line", f"line {number!r} of {blanket} stands twice; remove one", faults)
        return
    per = {"per": values.pop("per_quantity")} if "per_quantity" in values else {}
    lines[number] = BlanketLine(number=number, **values, **per)


def _is_sound(
    row: CsvRow,
    tables: Mapping[str, StatedBlanket] | None,
    codes: frozenset[str] | None,
    faults: Faults,
) -> bool:
    """Note what is wrong with a row beside its values; it may have some that could not be read."""
    before = len(faults)
    blanket, article = row.values.get("blanket"), row.values.get("article")
    if tables is not None and blanket is not None and blanket not in tables:
        text = f"no [[contract.blankets]] in partner.toml has the number {blanket!r}; add it"
        _fault(row, "blanket", text, faults)
    if codes is not None and article is not None and article not in codes:
        _fault(row, "article", f"article {article!r} is not in {ARTICLES}; add it there", faults)
    if not row.is_right:
        return False
    whole = (tables or {}).get(str(blanket))
    limits = (row.values.get("quantity"), row.values.get("value"))
    if limits == (None, None) and whole is not None and not whole.states_value:
        text = "neither quantity nor value, here or in partner.toml; write one"
        _fault(row, "article", text, faults)
    if row.values.get("per_quantity") is not None and row.values.get("price") is None:
        _fault(row, "per_quantity", "per_quantity without a price; write both, or none", faults)
    return len(faults) == before


def _fault(row: CsvRow, name: str, text: str, faults: Faults) -> None:
    faults.add(BLANKETS, row.line, row.column_of(name), text)
