"""Read blankets.csv: the lines of the blanket orders that partner.toml states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edi_gateway.contract.blankets import Blanket, BlanketLine
from edi_gateway.contract.package.columns import ARTICLES, BLANKET_COLUMNS, BLANKETS
from edi_gateway.contract.package.contracts import check_validity
from edi_gateway.contract.package.csv_file import CsvRow, csv_rows
from edi_gateway.contract.package.faults import Faults
from edi_gateway.contract.package.keys import BLANKET_KEYS
from edi_gateway.contract.package.toml_file import TomlFile

#: A blanket order without lines has this one, for any article.
WHOLE = "*"


def read_blankets(
    stated: Sequence[Mapping[str, Any]] | None,
    data: bytes | None,
    codes: frozenset[str] | None,
    faults: Faults,
) -> tuple[Blanket, ...]:
    """
    Return the blanket orders with their lines.

    `stated` are the tables of partner.toml, `codes` every code of articles.csv; None if unknown.
    """
    rows = (csv_rows(BLANKETS, data, BLANKET_COLUMNS, faults) if data is not None else None) or []
    tables = {table["number"]: table for table in stated or () if "number" in table}
    lines: dict[str, dict[str, BlanketLine]] = {}
    for row in rows:
        if row.is_right and _is_sound(row, stated is None, tables, codes, faults):
            _take_line(row, lines.setdefault(row.written("blanket"), {}), faults)
    for table in stated or ():
        if table.get("value") is None and table.get("number") not in lines:
            text = f"blanket order {table.get('number')!r} has no value and no line in {BLANKETS}"
            faults.add("partner.toml", 1, 1, f"{text}; write one of them")
    if stated is None or faults:
        return ()
    return tuple(
        Blanket(**table, lines=tuple(lines.get(table["number"], _whole()).values()))
        for table in stated
    )


def read_blanket_tables(file: TomlFile) -> list[dict[str, Any]]:
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
        tables.append(blanket)
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
    stated_is_unknown: bool,
    tables: Mapping[str, Mapping[str, Any]],
    codes: frozenset[str] | None,
    faults: Faults,
) -> bool:
    before = len(faults)
    blanket, article = str(row.values["blanket"]), row.values["article"]
    if not stated_is_unknown and blanket not in tables:
        text = f"no [[contract.blankets]] in partner.toml has the number {blanket!r}; add it"
        _fault(row, "blanket", text, faults)
    if codes is not None and article not in codes:
        _fault(row, "article", f"article {article!r} is not in {ARTICLES}; add it there", faults)
    limits = (row.values.get("quantity"), row.values.get("value"))
    if limits == (None, None) and tables.get(blanket, {}).get("value") is None:
        text = "neither quantity nor value, here or in partner.toml; write one"
        _fault(row, "article", text, faults)
    if row.values.get("per_quantity") is not None and row.values.get("price") is None:
        _fault(row, "per_quantity", "per_quantity without a price; write both, or none", faults)
    return len(faults) == before


def _fault(row: CsvRow, name: str, text: str, faults: Faults) -> None:
    faults.add(BLANKETS, row.line, row.column_of(name), text)
