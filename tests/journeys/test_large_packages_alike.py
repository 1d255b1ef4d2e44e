"""Whatever becomes of orders under a large package becomes of them under a small one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from edi_gateway.exchange.operator import approve, cancel, confirm, refuse, release
from edi_gateway.exchange.packages import forms as packages
from tests.conftest import install
from tests.journeys.order_life import Desk, Line, change, desk, order, pails

PAILS: Line = ("3769999000114", "MV-501", "60", "7.95", "", "1")
FEW: Line = ("", "MV-501", "10", "8.90", "", "1")
MANY: Line = ("3769999000114", "", "500", "7.95", "", "1")
DEAR: Line = ("3769999000114", "MV-501", "60", "6.00", "", "1")
GLOVES: Line = ("3769999000121", "MV-502", "24", "3.20", "", "1")
UNKNOWN: Line = ("3769999000107", "MV-599", "5", "1.15", "", "1")

GUARDS = """
[contract.guards]
quantity_factor = "3"
minimum_orders = 2
[[contract.approvals]]
role = "sales"
findings = ["unusual-quantity"]
"""
BLANKETS = """
[[contract.blankets]]
number = "BO-7"
valid_from = 2026-01-01
valid_until = 2026-12-31
"""
ROLES = '\n[roles]\nsales = ["alice"]\n'


def status(number: int, *lines: dict[str, Any]) -> dict[str, Any]:
    return {"type": "order-status", "order_number": "A", "number": number, "lines": list(lines)}


def part(quantity: str, **more: Any) -> dict[str, Any]:
    return {"order_line": "1", "quantity": quantity, **more}


def despatch(quantity: str) -> dict[str, Any]:
    return {
        "type": "despatch-advice",
        "number": f"BL-{quantity}",
        "issue_date": "2026-11-20",
        "order_number": "A",
        "lines": [part(quantity)],
    }


def stock(at: Desk, available: str) -> None:
    moment = at.clock().isoformat()
    items = [{"article": "SEAU-10", "available": available, "next_date": "2026-11-30"}]
    at.erp_says({"type": "stock", "at": moment, "items": items})


def act(at: Desk, action: Callable[..., str], item: str | None = None) -> None:
    action(at.gateway.place, item or at.messages()[-1]["item"], "it is right", "alice")
    at.work()


# --- what happens ---------------------------------------------------------------------------------


def changes(at: Desk) -> None:
    at.send(order("A", PAILS, GLOVES))
    at.send(change("C-1", "A", pails(30)))
    at.send(change("C-2", "A", "LIN+3+1+3769999000138:EN'QTY+21:75:KGM"))
    at.send(change("C-3", "A", "LIN+4+1+3769999000107:EN'QTY+21:5"))
    at.send(order("A", GLOVES, function="5"))
    at.send(change("C-4", "A", function="1"))
    at.send(change("C-5", "B", pails(20)))
    at.send(order("B", PAILS))


def confirmations(at: Desk) -> None:
    at.send(order("A", DEAR))
    act(at, confirm)
    at.send(order("B", DEAR))
    act(at, cancel)
    at.send(order("C", DEAR))
    at.clock.pass_by(days=9)
    at.work()


def special_orders(at: Desk) -> None:
    at.send(order("A", PAILS, function="16"))
    at.send(order("A", PAILS, function="6"))
    at.send(order("A", PAILS, GLOVES, function="31"))
    at.send(order("A", PAILS, function="42"))
    at.send(order("B", MANY, function="46"))


def reports(at: Desk) -> None:
    at.send(order("A", PAILS, GLOVES))
    at.erp(status(1, part("60", article="GANT-J")))
    at.erp(status(2, part("60", article="NO-SUCH")))
    at.erp(status(3, part("40", article="GANT-J", delivery_date="2026-11-27")))
    at.erp(despatch("25"))
    at.erp(despatch("90"))


def invoices(at: Desk) -> None:
    at.send(order("A", PAILS))
    at.erp(
        {
            "type": "invoice",
            "order_number": "A",
            "issue_date": "2026-11-25",
            "lines": [part("60")],
        }
    )


def stocks(at: Desk) -> None:
    stock(at, "100")
    at.send(order("A", PAILS))
    at.send(order("B", PAILS, GLOVES))
    at.send(change("C-1", "A", pails(10)))
    at.send(change("C-2", "B", function="1"))
    at.send(order("C", PAILS))
    at.erp(status(1, part("5")))


def blankets(at: Desk) -> None:
    called = order("A", FEW).replace(b"RFF+CT:MV-2026'", b"RFF+CT:MV-2026'\nRFF+BO:BO-7'")
    called = called.replace(b"BGM+220", b"BGM+226").replace(b"UNT+16", b"UNT+17")
    at.send(called)
    at.send(change("C-1", "A", pails(40)))
    at.send(change("C-2", "A", function="1"))


def guarded(at: Desk) -> None:
    for number in ("A", "B", "C"):
        at.send(order(number, FEW))
    at.send(order("D", MANY))
    act(at, approve)
    at.send(change("C-1", "A", pails(400)))
    at.send(order("E", MANY, GLOVES))
    act(at, refuse)


def held(at: Desk) -> None:
    at.send(order("A", UNKNOWN, PAILS))
    act(at, release)


def catalogues(at: Desk) -> None:
    at.work()
    at.clock.pass_by(days=8)
    at.work()


STORIES: dict[str, tuple[Callable[[Desk], None], dict[str, str], str]] = {
    "changes": (changes, {}, ""),
    "confirmations": (
        confirmations,
        {"change_confirmation": "required", "silence": "cancel", "silence_days": "3"},
        "",
    ),
    "special orders": (
        special_orders,
        {"proposals": "answer", "copies": "record", "phone_confirmations": "match"},
        "",
    ),
    "ERP reports": (
        reports,
        {
            "erp_substitution": "accept",
            "formats": 'despatch_advice = "EDIFACT D.96A"',
        },
        "",
    ),
    "ERP invoices": (invoices, {"invoice_on": "erp"}, ""),
    "stock": (
        stocks,
        {"stock": '"check"', "stock_short": "backorder", "stock_unknown": "accept"},
        "",
    ),
    "call-offs": (blankets, {}, BLANKETS),
    "guards and approvals": (guarded, {}, GUARDS),
    "held orders": (held, {"unknown_article": "hold"}, ""),
    "catalogue": (catalogues, {"formats": 'catalogue = "EDIFACT D.96A"'}, ""),
}


@contextmanager
def opened(base: Path, terms: dict[str, str], more: str) -> Iterator[Desk]:
    """The sample customer under these terms, with a blanket order where they name one."""
    base.mkdir()
    installation = install(base)
    with installation.config.open("a", encoding="utf-8") as file:
        file.write(ROLES)
    with desk(installation, **terms) as at:
        package = base / "package"
        with (package / "partner.toml").open("a", encoding="utf-8") as file:
            file.write(more)
        if more == BLANKETS:
            table = "blanket,line,article,quantity,price\nBO-7,10,SEAU-10,100,7.50\n"
            (package / "blankets.csv").write_text(table, encoding="utf-8")
        if more:
            at.take_package(package)
        yield at


def told(at: Desk) -> dict[str, Any]:
    """All that was decided, and all that left."""
    kinds = ("item", "number", "state", "code", "reason")
    outbound = at.installation.base / "outbound"
    return {
        "messages": [{kind: message[kind] for kind in kinds} for message in at.messages()],
        "responses": at.responses(),
        "handed": at.handed(),
        "files": {
            str(file.relative_to(outbound)): _content(file)
            for file in sorted(outbound.rglob("*"))
            if file.is_file()
        },
    }


def _content(file: Path) -> object:
    if file.suffix == ".json":
        return json.loads(file.read_bytes())
    # The references of what is sent in come from a counter of the tests.
    lines = file.read_text(encoding="latin-1").split("'")
    return [each.strip() for each in lines if not each.strip().startswith(("UNB", "UCI", "UNZ"))]


@pytest.mark.parametrize("name", STORIES)
def test_a_large_package_answers_as_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    happens, terms, more = STORIES[name]
    with opened(tmp_path / "small", terms, more) as at:
        happens(at)
        expected = told(at)
    monkeypatch.setattr(packages, "WHOLE_BYTES", 0)

    with opened(tmp_path / "large", terms, more) as at:
        happens(at)
        found = told(at)
        (*_, current) = at.gateway.place.store.package_versions()

    assert current.index_sha256 is not None
    assert expected["files"]
    assert found == expected
