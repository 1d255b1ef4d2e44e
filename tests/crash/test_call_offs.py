"""Killed at random points while orders call off a blanket order: what is left is what was not confirmed."""

from __future__ import annotations

import random
from decimal import Decimal

from edi_gateway.store.blanket_views import list_blankets
from tests.conftest import Installation
from tests.crash.test_killed_at_random import kill_after, start
from tests.journeys.answers import edifact_responses
from tests.journeys.test_blanket_orders import (
    PARTNER,
    agree,
    blanket,
    call_off,
    package,
    pails,
    send,
)
from tests.orders import enclosed

KILLS = 4


def test_what_was_confirmed_is_gone_from_the_blanket_order_once(
    installation: Installation, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  (a seeded experiment)
    agree(installation, package(over_consumption="lower"))
    send(installation, blanket("BO-1", [pails(100, "7.95")]), name="b")

    for round_ in range(KILLS):
        for place in range(5):
            number = f"C-{round_}-{place}"
            data = enclosed(number, [call_off(number, [pails(7, "7.95")])])
            installation.drop(PARTNER, f"{number}.edi", data)
        kill_after(start(installation), chance.randrange(0, 25), chance.random() * 0.03)
    installation.work()

    with installation.open() as gateway:
        (found,) = list_blankets(gateway.place.store)
    responses = edifact_responses(installation.base / "outbound" / PARTNER)
    called_off = [r for r in responses if r.order.startswith("C-") and r.header != "27"]
    confirmed = sum((r.lines["1"][1] for r in called_off), Decimal(0))
    assert len(responses) == 1 + 5 * KILLS
    assert confirmed == sum(Decimal(entry["quantity"]) for entry in found["call_offs"]) == 100
    assert found["lines"][0]["remaining_quantity"] == "0"
