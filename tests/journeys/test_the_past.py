"""Orders of the past are decided again in what was true when they were decided."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from edi_gateway.cli import app
from edi_gateway.contract.resolution import agreement_for
from edi_gateway.contract.rules import decide
from edi_gateway.documents import DocumentType, from_json
from edi_gateway.exchange.life.confirmations import settle_silence
from edi_gateway.exchange.past import past_of
from edi_gateway.exchange.recording import explained
from edi_gateway.store.queries import story
from tests.conftest import Installation
from tests.journeys.order_life import Desk, change, desk, order, pails
from tests.journeys.test_blanket_orders import blanket, call_off
from tests.journeys.test_confirmations import REQUIRED
from tests.journeys.test_order_status import part, status
from tests.orders import Line, enclosed

GUARDS = """
[contract.guards]
quantity_factor = "2"
value_factor = "3"
new_delivery_address = "flag"
minimum_orders = 2
last_orders = 4

"""


@contextmanager
def watched(installation: Installation, **terms: str) -> Iterator[Desk]:
    """A customer whose orders depend on everything that can be known of the past."""
    known = {
        "stock": '"check"',
        "stock_short": "backorder",
        "stock_unknown": "accept",
        "blanket_orders": '"accept"',
        "over_consumption": "lower",
        "suspected_duplicate": "note",
    }
    with desk(installation, **{**known, **terms}) as at:
        file = installation.base / "package" / "partner.toml"
        text = file.read_text(encoding="utf-8")
        keys = 'duplicate_days = 30\nbreaks_by = "cumulative"\nbreaks_period = "month"\n'
        text = text.replace("[contract]\n", f"[contract]\n{keys}")
        text = text.replace("[contract.policies]", f"{GUARDS}[contract.policies]")
        file.write_text(text, encoding="utf-8")
        at.take_package(file.parent)
        yield at


def line(quantity: int) -> Line:
    return ("3769999000114", "MV-501", str(quantity), "", "", "1")


def stock(at: Desk, pieces: int, **more: Any) -> None:
    item = {"article": "SEAU-10", "available": str(pieces), **more}
    at.clock.pass_by(minutes=5)
    report = {"type": "stock", "at": at.clock.now.isoformat(), "items": [item]}
    at.clock.pass_by(minutes=5)
    at.erp_says(report)


#: Findings that depend on earlier orders.
LOOKED_BACK = {"unusual-quantity", "unusual-value", "new-delivery-address", "suspected-duplicate"}

START = datetime(2026, 1, 1, tzinfo=UTC)

#: The lines of a decision with their traces, and what was found by looking back.
Told = tuple[list[dict[str, Any]], set[tuple[str, str]]]


def decided_then(at: Desk) -> dict[str, Told]:
    """What the ledger has of each order's decision, by message."""
    place, found = at.gateway.place, {}
    for past in place.store.past_orders(at.partner, START, after=None, limit=1000):
        told = story(place.store, "m", past.message_id)
        assert told is not None
        findings = {(f["code"], f["text"]) for f in told.parts["findings"]}
        found[told.item] = (
            told.parts["lines"],
            {(code, text) for code, text in findings if code in LOOKED_BACK},
        )
    return found


def decided_now(at: Desk) -> dict[str, Told]:
    """The same orders, decided again by the same package."""
    place, found = at.gateway.place, {}
    page = place.store.past_orders(at.partner, START, after=None, limit=1000)
    orders = [from_json(DocumentType.ORDER, past.content) for past in page]
    agreement = place.partners.for_orders(at.partner, orders)
    assert agreement is not None
    with past_of(place.store, at.partner, [agreement], ZoneInfo("UTC")) as known:
        known.look_at(page, orders, agreement)
        for past, each in zip(page, orders, strict=True):
            circumstances = known.circumstances(past, each, agreement)
            under = agreement_for(each, agreement, circumstances)
            decision = decide(each, under, company=place.company, circumstances=circumstances)
            found[f"m{past.message_id}"] = (
                json.loads(explained(decision)),
                {(f.code, f.text) for f in decision.findings if f.code in LOOKED_BACK},
            )
    return found


class Days:
    """What may happen, one thing after the other."""

    def __init__(self, at: Desk, chance: random.Random) -> None:
        self.at, self.chance = at, chance
        self.numbers: list[str] = []
        self.sent = 0
        self.happenings = [self.order, self.order, self.call_off, self.change]
        self.happenings += [self.stock, self.report, self.twice]

    def go_on(self) -> None:
        self.at.clock.pass_by(hours=self.chance.choice([1, 20]))
        settle_silence(self.at.gateway.place)
        self.chance.choice(self.happenings)()

    def new(self) -> str:
        self.sent += 1
        return f"O-{self.sent}"

    def order(self) -> None:
        self.numbers.append(self.new())
        self.at.send(order(self.numbers[-1], line(self.chance.choice([5, 12, 30, 90]))))

    def twice(self) -> None:
        """Two orders in one file are decided in one transaction."""
        first, second = self.new(), self.new()
        self.numbers += [first, second]
        messages = [call_off(n, [line(20)], code="220") for n in (first, second)]
        messages[1] = [s.replace("UNH+1+", "UNH+2+") for s in messages[1]]
        messages[1][-1] = messages[1][-1].removesuffix("+1") + "+2"
        self.at.send(enclosed(f"t{self.sent}", messages))

    def call_off(self) -> None:
        self.numbers.append(self.new())
        messages = [call_off(self.numbers[-1], [line(self.chance.choice([10, 40]))])]
        self.at.send(enclosed(f"c{self.sent}", messages))

    def change(self) -> None:
        if self.numbers:
            number, function = self.chance.choice(self.numbers), self.chance.choice("441")
            lines = (pails(self.chance.choice([3, 25, 60])),) if function == "4" else ()
            name = f"C-{self.at.clock.now:%d%H%M}"
            self.at.send(change(name, number, *lines, function=function))

    def stock(self) -> None:
        more = {"next_date": "2026-12-20", "next_quantity": str(self.chance.choice([10, 200]))}
        stock(self.at, self.chance.choice([0, 15, 80]), **more)

    def report(self) -> None:
        """The ERP supplies less of an order, which is left alone from then on."""
        if self.numbers:
            number, count = self.chance.choice(self.numbers), len(self.at.count)
            self.numbers.remove(number)
            self.at.erp(status(count, part("2"), order=number))


@pytest.mark.parametrize("life", range(6))
def test_each_order_is_decided_as_it_was_then(
    installation: Installation, seed: int, life: int
) -> None:
    # The odd ones end orders whose changes the customer says nothing about.
    terms = {"silence_days": "2", "silence": "cancel", **REQUIRED} if life % 2 else {}
    with watched(installation, **terms) as at:
        stock(at, 100)
        at.send(enclosed("b1", [blanket("BO-1", [line(150)])]))
        days = Days(at, random.Random(seed + life))  # noqa: S311  (a drawn life)
        for _ in range(14):
            days.go_on()

        then, now = decided_then(at), decided_now(at)

    assert len(then) > 3
    assert now == then


# --- a changed package, tried on them --------------------------------------------------------------


def simulated(at: Desk, *changes: tuple[str, str]) -> dict[str, Any]:
    """What `contract simulate` tells of the package with other texts in partner.toml."""
    folder = at.installation.base / "tried"
    shutil.copytree(at.installation.base / "package", folder)
    text = (folder / "partner.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "partner.toml").write_text(text, encoding="utf-8")
    config = ["--config", str(at.installation.config)]
    words = ["contract", "simulate", str(folder), "--since", "2026-01-01", "--json", *config]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.output)
    return told


def reasons(told: dict[str, Any]) -> dict[str, str]:
    return {each["number"]: each["reason"] for each in told["orders"]}


def test_guards_are_tried_on_orders_from_before_there_were_any(installation: Installation) -> None:
    with desk(installation) as at:
        for count, quantity in enumerate((5, 6, 5, 40)):
            at.send(order(f"MV-{count}", line(quantity)))

        told = simulated(at, ("[contract.policies]", f"{GUARDS}[contract.policies]"))

    assert list(reasons(told)) == ["MV-3"]
    assert "usually 5, most 6 in 3 orders" in reasons(told)["MV-3"]
    assert told["unknown"] == []


def test_repetitions_are_found_among_orders_from_before(installation: Installation) -> None:
    with desk(installation) as at:
        for number in ("MV-1", "MV-2"):
            at.send(order(number, line(5)))

        told = simulated(at, ("[contract]\n", "[contract]\nduplicate_days = 30\n"))

    assert list(reasons(told)) == ["MV-2"]
    assert "suspected duplicate: order MV-1" in reasons(told)["MV-2"]


def test_an_order_finds_the_stock_of_its_day(installation: Installation) -> None:
    with desk(installation) as at:
        stock(at, 40)
        at.send(order("MV-1", line(30)))
        at.send(order("MV-2", line(30)))
        stock(at, 500)
        at.send(order("MV-3", line(30)))

        told = simulated(at, ("[contract]\n", '[contract]\nstock = "check"\n'))

    assert reasons(told) == {"MV-2": "stock short: 30 wanted, 10 there in time"}


def test_a_call_off_finds_what_was_left_then(installation: Installation) -> None:
    known = {"blanket_orders": '"accept"', "over_consumption": "lower"}
    with desk(installation, **known) as at:
        at.send(enclosed("b1", [blanket("BO-1", [line(100)])]))
        at.send(enclosed("c1", [call_off("C-1", [line(60)])]))
        at.send(enclosed("c2", [call_off("C-2", [line(60)])]))

        lowers = 'over_consumption = "lower"'
        told = simulated(at, (lowers, 'over_consumption = "hold"'))

    assert list(reasons(told)) == ["C-2"]
    assert "60 called off, 40 of 100 left" in reasons(told)["C-2"]


def test_a_blanket_order_of_the_package_is_called_off_as_it_was(
    installation: Installation,
) -> None:
    with desk(installation, over_consumption="hold") as at:
        folder = at.installation.base / "package"
        text = (folder / "partner.toml").read_text(encoding="utf-8")
        text += '\n[[contract.blankets]]\nnumber = "BO-1"\nvalid_from = 2026-01-01\n'
        (folder / "partner.toml").write_text(text, encoding="utf-8")
        stated = "blanket,line,article,quantity,value,price,per_quantity\n"
        (folder / "blankets.csv").write_text(f"{stated}BO-1,10,SEAU-10,150,,,\n", encoding="utf-8")
        at.take_package(folder)
        for number in ("C-1", "C-2"):
            at.send(enclosed(number, [call_off(number, [line(60)])]))
        (folder / "blankets.csv").write_text(f"{stated}BO-1,10,SEAU-10,100,,,\n", encoding="utf-8")

        told = simulated(at)

    assert list(reasons(told)) == ["C-2"]
    assert "60 called off, 40 of 100 left" in reasons(told)["C-2"]


def test_what_is_no_longer_known_is_said(installation: Installation) -> None:
    with desk(installation, blanket_orders='"accept"') as at:
        at.send(enclosed("b1", [blanket("BO-1", [line(100)])]))
        at.send(enclosed("c1", [call_off("C-1", [line(60)])]))
        at.clock.pass_by(hours=1)
        at.send(change("CHG-1", "BO-1", pails(200)))

        told = simulated(at)

    assert told["unknown"] == [
        "the terms of blanket order BO-1 before it was changed; those of now were taken"
    ]
