"""A desk at which a customer's orders live on: files in, a clock to move, and what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from edi_gateway.config import load_settings
from edi_gateway.documents import DocumentType, ErpOrder, Order, OrderResponse, from_json
from edi_gateway.exchange.packages.onboarding import import_package, read_folder
from edi_gateway.gateway import Gateway, open_gateway
from edi_gateway.store import tables
from edi_gateway.store.queries import list_messages
from tests.conftest import SAMPLES, Installation
from tests.orders import Line, enclosed, order_of

_document: Any = tables.Document.__table__  # type: ignore[attr-defined]
_order: Any = tables.CustomerOrder.__table__  # type: ignore[attr-defined]

PAIL: Line = ("3769999000114", "MV-501", "60", "7.95", "", "1")
SOIL: Line = ("3769999000138", "MV-503", "75", "18.50", "KGM", "100")
GLOVES: Line = ("3769999000121", "MV-502", "24", "3.20", "", "1")


@dataclass
class Clock:
    """The time, as the test says."""

    now: datetime = datetime(2026, 11, 16, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: int) -> None:
        self.now += timedelta(**time)


@dataclass
class Desk:
    """A running gateway with one customer."""

    installation: Installation
    gateway: Gateway
    clock: Clock
    partner: str
    count: list[int] = field(default_factory=list)

    def send(self, data: bytes, partner: str | None = None) -> dict[str, Any]:
        """Drop a file, work, and return the newest message of it."""
        self.put(data, partner)
        self.work()
        return self.messages()[-1]

    def put(self, data: bytes, partner: str | None = None) -> str:
        self.count.append(len(self.count))
        name = f"{len(self.count):03}.dat"
        self.installation.drop(partner or self.partner, name, data)
        return name

    def erp(self, document: dict[str, Any]) -> dict[str, Any]:
        return self.send(json.dumps({"partner": self.partner, **document}).encode(), "erp")

    def erp_says(self, document: dict[str, Any]) -> dict[str, Any]:
        """What the ERP says of itself, about no partner."""
        return self.send(json.dumps(document).encode(), "erp")

    def documents_of_order(self) -> Order:
        """The newest order as it was read or changed."""
        found = self.documents(DocumentType.ORDER)[-1]
        assert isinstance(found, Order)
        return found

    def take_package(self, folder: Path) -> None:
        """Put the customer's package in force as it is now."""
        import_package(self.gateway.place, read_folder(folder), origin=str(folder), who="test")

    def work(self) -> None:
        self.gateway.runner.run_until_idle(0.0)

    def messages(self) -> list[dict[str, Any]]:
        return list(reversed(list_messages(self.gateway.place.store, limit=1000)))

    def documents(self, kind: DocumentType) -> list[Any]:
        with self.gateway.place.store.engine.connect() as connection:
            rows = connection.execute(
                select(_document.c.content).where(_document.c.kind == kind).order_by(_document.c.id)
            )
            return [from_json(kind, row.content) for row in rows]

    def responses(self) -> list[OrderResponse]:
        return self.documents(DocumentType.ORDER_RESPONSE)

    def handed(self) -> list[ErpOrder]:
        return self.documents(DocumentType.ERP_ORDER)

    def order(self, key: str) -> Any:
        with self.gateway.place.store.engine.connect() as connection:
            return connection.execute(select(_order).where(_order.c.key == key)).one()

    def out(self, pattern: str) -> list[Path]:
        return self.installation.out(self.partner, pattern)


@contextmanager
def desk(installation: Installation, partner: str = "maisonvert", **terms: str) -> Iterator[Desk]:
    """Import the sample customer under other terms, invoiced on despatch unless said otherwise."""
    folder = installation.base / "package"
    folder.mkdir()
    policies = {"order_changes": "apply", **terms}
    contract = {
        key: policies.pop(key)
        for key in (
            "change_until_days",
            "silence_days",
            "park_hours",
            "invoice_on",
            "stock",
            "blanket_orders",
        )
        if key in policies
    }
    partner_keys = policies.pop("partner_keys", "")
    formats = policies.pop("formats", "")
    for file in (SAMPLES / "partners" / partner).iterdir():
        text = file.read_text(encoding="utf-8")
        if file.name == "partner.toml":
            invoice_on = contract.pop("invoice_on", "despatch")
            text = text.replace('invoice_on = "acceptance"', f'invoice_on = "{invoice_on}"')
            text = text.replace(
                "[partner.formats]", f"{partner_keys}\n[partner.formats]\n{formats}"
            )
            numbers = "".join(f"{key} = {value}\n" for key, value in contract.items())
            text = text.replace("[contract]\n", f"[contract]\n{numbers}")
            for key in [key for key in policies if f"\n{key} = " in text]:
                text = re.sub(rf'\n{key} = "\w+"', f'\n{key} = "{policies.pop(key)}"', text)
            words = "".join(f'{key} = "{value}"\n' for key, value in policies.items())
            text = text.replace("[contract.policies]\n", f"[contract.policies]\n{words}")
        (folder / file.name).write_text(text, encoding="utf-8")
    clock = Clock()
    with open_gateway(load_settings(installation.config), now=clock) as gateway:
        at = Desk(installation, gateway, clock, partner)
        at.take_package(folder)
        yield at


_references = iter(range(1000, 100_000))


def order(number: str, *lines: Line, function: str = "9", issued: str = "20261116") -> bytes:
    """An ORDERS message of the sample customer in an interchange of its own."""
    segments = order_of(1, number, lines or (PAIL, SOIL))
    said = {"BGM": f"BGM+220+{number}+{function}", "DTM+137": f"DTM+137:{issued}:102"}
    for start, segment in said.items():
        segments = [segment if s.startswith(start) else s for s in segments]
    return enclosed(str(next(_references)), [segments])


def change(
    number: str,
    order_number: str,
    *lines: str,
    function: str = "4",
    issued: str = "20261116",
    heading: tuple[str, ...] = (),
) -> bytes:
    """An ORDCHG of the sample customer; each line is its segments, joined by `'`."""
    reference = str(next(_references))
    segments = [
        "UNH+1+ORDCHG:D:96A:UN:EAN005",
        f"BGM+230+{number}+{function}",
        f"DTM+137:{issued}:102",
        *[segment for segment in heading if segment.startswith("DTM")],
        f"RFF+ON:{order_number}",
        *[segment for segment in heading if segment.startswith("RFF")],
        "NAD+BY+3019999000011::9",
        "NAD+SU+4012345500004::9",
        "CUX+2:EUR:9",
    ]
    for line in lines:
        segments += line.split("'")
    segments += ["UNS+S", f"CNT+2:{len(lines)}"]
    segments.append(f"UNT+{len(segments) + 1}+1")
    envelope = [
        f"UNB+UNOC:3+3019999000011:14+4012345500004:14+261117:0815+{reference}++ORDCHG++1+EANCOM",
        *segments,
        f"UNZ+1+{reference}",
    ]
    return "".join(f"{segment}'" for segment in envelope).encode("latin-1")


def pails(quantity: int, action: str = "3") -> str:
    """A line of a change about line 1 of the sample order."""
    return f"LIN+1+{action}+3769999000114:EN'QTY+21:{quantity}"


def said(response: OrderResponse) -> list[tuple[str, str, str]]:
    """Line, action and confirmed quantity of a response."""
    return [(line.order_line, line.action.value, str(line.confirmed)) for line in response.lines]
