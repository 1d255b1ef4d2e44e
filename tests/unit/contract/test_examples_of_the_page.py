"""Each example of docs/contracts.md is worked out, and comes to what the page says."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.decision import LineDecision
from edi_gateway.contract.package import read_package
from edi_gateway.contract.rules import decide
from edi_gateway.contract.stock import StockFigure
from edi_gateway.documents import ErpStock, Order, OrderLine, Quantity
from tests.conftest import ROOT
from tests.unit.contract.builders import COMPANY, price_of

PAGE = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")
HEAD = "| Ordered | At | Answer | Confirmed | Price | Why |"
ORDERED = re.compile(r"([\d.]+)(?: ([A-Z]{2}))? ([A-Z][A-Z-]+)(?: of (\S+))?(?: for (\S+))?")
FENCE = re.compile(
    r"```(toml|csv|json)\n(.*?)```\n|(^\| Ordered .*?)(?=\n\n)", re.DOTALL | re.MULTILINE
)

MORNING = datetime(2026, 11, 16, 8, 15, tzinfo=UTC)

PARTNER = """
[partner]
id = "garden"
name = "Garden"
gln = "5412345000013"
interchange_id = "5412345000013"
[partner.formats]
order_response = "EDIFACT D.96A"
invoice = "EDIFACT D.96A"
acknowledgement = "EDIFACT D.96A"
"""


@dataclass
class Example:
    where: str
    keys: str
    files: dict[str, str]
    rows: list[list[str]]


def examples() -> list[Example]:
    """Each table with the fences that stand before it in its section, on the customer's package."""
    base: dict[str, str] = {}
    found: list[Example] = []
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        keys, files = "", dict(base)
        for kind, text, table in FENCE.findall(body):
            if kind == "toml":
                keys = text
            elif kind == "json":
                files["stock"] = text
            elif kind == "csv":
                files[_FILES[text.split(",", 1)[0], "price" in text.split("\n", 1)[0]]] = text
            else:
                cells = [line.split("|")[1:-1] for line in table.splitlines()[2:]]
                rows = [[cell.strip() for cell in row] for row in cells]
                where = f"{title}, example {len(found) + 1}"
                found.append(Example(where=where, keys=keys, files=files, rows=rows))
                keys, files = "", dict(base)
        if title == "The customer of the examples":
            base = {**files, "contract": keys}
    return found


#: The files of a package by their first column, and whether they have a price.
_FILES = {
    ("article", False): "articles.csv",
    ("article", True): "prices.csv",
    ("blanket", True): "blankets.csv",
}


def merged(base: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    together = dict(base)
    for key, value in other.items():
        together[key] = merged(base.get(key, {}), value) if isinstance(value, dict) else value
    return together


def as_toml(table: dict[str, Any], path: str = "") -> str:
    """A table as TOML: its values, then the tables in it."""
    text = f"[{path}]\n" if path else ""
    for key, value in table.items():
        if not isinstance(value, dict) and not _is_tables(value):
            text += f"{key} = {value if isinstance(value, date) else repr(value)}\n"
    for key, value in table.items():
        name = f"{path}.{key}".lstrip(".")
        if isinstance(value, dict):
            text += as_toml(value, name)
        elif _is_tables(value):
            text += "".join(as_toml(item, f"[{name}]") for item in value)
    return text


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def worked_out(example: Example) -> list[LineDecision]:
    stated = merged(tomllib.loads(example.files["contract"]), tomllib.loads(example.keys))
    files = {**example.files, "partner.toml": PARTNER + as_toml(stated)}
    del files["contract"]
    stock = figures(files.pop("stock", None))
    agreement = read_package({name: text.encode() for name, text in files.items()}, origin="")
    order = Order(
        number="1",
        issue_date=date(2026, 11, 16),
        lines=tuple(_line(place, row) for place, row in enumerate(example.rows, start=1)),
    )
    blankets = {blanket.number: blanket for blanket in agreement.contract.blankets} or None
    known = Circumstances(now=MORNING, blankets=blankets, stock=stock)
    return list(decide(order, agreement, company=COMPANY, circumstances=known).lines)


def figures(text: str | None) -> dict[str, StockFigure]:
    """What the ERP reports of its stock."""
    if text is None:
        return {}
    stock = msgspec.json.decode(text, type=ErpStock)
    return {
        item.article: StockFigure(
            at=stock.at,
            available=item.available,
            next_date=item.next_date,
            next_quantity=item.next_quantity,
        )
        for item in stock.items
    }


def _line(place: int, row: list[str]) -> OrderLine:
    ordered = ORDERED.fullmatch(row[0])
    assert ordered is not None, row[0]
    quantity, unit, article, blanket, wanted = ordered.groups()
    return OrderLine(
        number=str(place),
        quantity=Quantity(value=Decimal(quantity), unit=unit),
        supplier_article=article,
        price=price_of(row[1] or None),
        blanket_order=blanket,
        requested_delivery=date.fromisoformat(wanted) if wanted else None,
    )


def shown(line: LineDecision) -> list[str]:
    """A decided line as the page writes it: answer, confirmed quantities, price."""
    on = f" on {line.promised_delivery}" if line.promised_delivery else ""
    later = on + "".join(f" + {part.quantity} on {part.on}" for part in line.later)
    action = line.action.value if line.action else "held"
    if line.price is None:
        return [action, f"{line.confirmed}", "–"]
    per = "" if line.price.per == 1 else f" / {line.price.per}"
    return [action, f"{line.confirmed}{later}", f"{line.price.amount}{per}"]


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.where)
def test_an_example_comes_to_what_the_page_says(example: Example) -> None:
    decided = worked_out(example)

    assert [shown(line) for line in decided] == [row[2:5] for row in example.rows]


def test_each_table_of_the_page_is_worked_out() -> None:
    assert len(examples()) == PAGE.count(HEAD)
