"""
The gateway is killed with SIGKILL at random points under load, again and again, then counted.

`make crash` runs ten times as many kills; `--seed` repeats a run.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.conftest import Installation
from tests.journeys.answers import controls, edifact_invoices, edifact_responses, erp_orders
from tests.orders import interchange

PARTNER = "maisonvert"
ORDERS_PER_ROUND = 4


def start(installation: Installation) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "edi_gateway",
            "run",
            "--until-idle",
            "--config",
            installation.config,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=installation.base,
    )


def kill_after(process: subprocess.Popen[bytes], lines: int, delay: float) -> bool:
    """Kill once `lines` log lines were written, and a little later; whether it still ran."""
    assert process.stderr is not None
    for _ in range(lines):
        if not process.stderr.readline():
            break
    time.sleep(delay)  # The point of the experiment is that nothing tells when.
    still_running = process.poll() is None
    process.kill()
    process.wait()
    process.stderr.close()
    return still_running


def test_every_order_is_answered_exactly_once_and_no_number_is_missing(
    sample_installation: Installation, kills: int, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  (a seeded experiment)
    numbers: list[str] = []
    killed = 0
    for round_ in range(kills):
        fresh = [f"K-{round_:04d}-{n}" for n in range(ORDERS_PER_ROUND)]
        numbers += fresh
        drop(sample_installation, round_, fresh)
        killed += kill_after(
            start(sample_installation), chance.randrange(0, 25), chance.random() * 0.03
        )

    sample_installation.work()

    assert killed >= kills * 0.6, "too few kills hit a running gateway; the test shows little"
    check(sample_installation, numbers, kills)


def drop(installation: Installation, round_: int, numbers: list[str]) -> None:
    """Two orders in a file each, the others together in one interchange."""
    for place, number in enumerate(numbers[:2]):
        data = interchange(reference=f"{round_}S{place}", numbers=[number])
        installation.drop(PARTNER, f"{number}.edi", data)
    data = interchange(reference=f"{round_}M", numbers=numbers[2:])
    installation.drop(PARTNER, f"{round_}-more.edi", data)


def check(installation: Installation, numbers: list[str], rounds: int) -> None:
    folder = installation.base / "outbound" / PARTNER
    responses = Counter(response.order for response in edifact_responses(folder))
    invoices = edifact_invoices(folder)
    handed = Counter(
        str(order["number"]) for order in erp_orders(installation.base / "outbound" / "erp")
    )
    once = Counter(numbers)
    assert responses == once
    assert Counter(bill.order for bill in invoices) == once
    assert handed == once
    assert sorted(bill.number for bill in invoices) == [
        f"INV-{n:06d}" for n in range(1, len(numbers) + 1)
    ]
    acknowledged = controls(folder)
    assert len(acknowledged) == rounds * 3
    assert all(len(said) == 1 for said in acknowledged.values())
    assert leftovers(installation.base) == []


def leftovers(base: Path) -> list[Path]:
    """Files that should not be there: temporary ones, and orders still waiting."""
    return [
        path
        for folder in ("inbound", "outbound")
        for path in (base / folder).rglob("*")
        if path.is_file() and (path.name.startswith(".") or folder == "inbound")
    ]


def test_the_log_of_a_run_is_one_json_object_per_line(sample_installation: Installation) -> None:
    drop(sample_installation, 1, ["L-1", "L-2", "L-3"])

    process = start(sample_installation)
    _, log = process.communicate(timeout=60)

    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert "transmission.received" in events
    assert "delivery.sent" in events
