"""Whatever happens to an order, in whatever sequence, what was promised and supplied agree."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from edi_gateway.documents import DocumentType, ErpDespatch
from edi_gateway.exchange.operator import refuse
from tests.conftest import Installation
from tests.journeys.order_life import Desk, change, desk, order, pails
from tests.journeys.test_confirmations import DEAR
from tests.journeys.test_order_status import part, status

STEPS = 14
SOIL_LINE = "LIN+2+{action}+3769999000138:EN'QTY+21:{quantity}:KGM"


class Life:
    """One order, and what may happen to it next."""

    def __init__(self, at: Desk, chance: random.Random) -> None:
        self.at, self.chance = at, chance
        self.count = 0
        self.happenings: list[Callable[[], object]] = [
            self.change_quantity,
            self.change_quantity,
            self.change_soil,
            self.cancel,
            self.despatch,
            self.despatch,
            self.report,
            self.report,
            self.answer,
            self.repeat,
            self.wait,
            self.refuse_held,
        ]
        self.last: Callable[[], bytes] | None = None

    def go_on(self) -> None:
        self.count += 1
        self.chance.choice(self.happenings)()

    def send(self, *lines: str, function: str = "4") -> None:
        number = f"C-{self.count}"
        self.last = lambda: change(number, "MV-1", *lines, function=function)
        self.at.send(self.last())

    def change_quantity(self) -> None:
        self.send(pails(self.chance.choice([10, 55, 60, 80])))

    def change_soil(self) -> None:
        action = self.chance.choice(["1", "2", "3"])
        self.send(SOIL_LINE.format(action=action, quantity=self.chance.choice([50, 75, 77])))

    def cancel(self) -> None:
        if self.chance.random() < 0.3:
            self.send(function="1")

    def answer(self) -> None:
        self.send(function=self.chance.choice(["29", "29", "27"]))

    def repeat(self) -> None:
        if self.last is not None:
            self.at.send(self.last())

    def despatch(self) -> None:
        document: dict[str, Any] = {
            "type": "despatch-advice",
            "number": f"D-{self.count}",
            "issue_date": "2026-11-16",
            "order_number": "MV-1",
            "lines": [
                part(str(self.chance.choice([5, 20, 40, 60, 75])), line=self.chance.choice("12"))
            ],
        }
        self.at.erp(document)

    def report(self) -> None:
        quantities = [str(self.chance.choice([0, 10, 20, 40])) for _ in range(2)]
        late = self.chance.random() < 0.5
        parts = [part(quantities[0], "2026-11-27"), part(quantities[1], backorder=late)]
        self.at.erp(status(self.count, *parts))

    def refuse_held(self) -> None:
        place = self.at.gateway.place
        for message in self.at.messages():
            is_about_another = message["code"] == "changed-change-number"
            if message["type"] == "ORDCHG" and message["state"] == "held" and not is_about_another:
                refuse(place, message["item"], "not any more", "alice")
        self.at.work()

    def wait(self) -> None:
        self.at.clock.pass_by(days=1)
        self.at.work()


def supplied(at: Desk) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for despatch in at.documents(DocumentType.ERP_DESPATCH):
        assert isinstance(despatch, ErpDespatch)
        for line in despatch.lines:
            total[line.order_line] = total.get(line.order_line, Decimal(0)) + line.quantity
    return total


@pytest.mark.parametrize("late", ["reject", "accept"])
@pytest.mark.parametrize("confirmation", ["tacit", "required"])
@pytest.mark.parametrize("seed", range(2))
def test_what_is_supplied_stays_within_what_was_promised(
    installation: Installation, seed: int, confirmation: str, late: str
) -> None:
    chance = random.Random(f"{seed}{confirmation}{late}")  # noqa: S311  (keeps no secret)
    terms = {
        "late_change": late,
        "change_confirmation": confirmation,
        "silence": chance.choice(["accept", "cancel", "ask"]),
        "silence_days": "2",
        "outdated_change": "reject",
    }
    with desk(installation, **terms) as at:
        at.send(order("MV-1", *([DEAR] if chance.random() < 0.5 else [])))
        life = Life(at, chance)
        for _ in range(STEPS):
            life.go_on()

            handed = at.handed()
            newest = {
                line.number: line.confirmed_quantity + (line.backordered or Decimal(0))
                for line in handed[-1].lines
            }
            assert all(newest[line] >= most for line, most in supplied(at).items())
            assert [each.revision for each in handed] == list(range(1, len(handed) + 1))
            assert at.order("MV-1").revision == len(handed)
            codes = {message["code"] for message in at.messages()}
            assert "internal-error" not in codes
            assert all(message["state"] != "received" for message in at.messages())
            answered = {line.order_line for line in at.responses()[-1].lines}
            assert newest.keys() <= answered
