"""
A fixed set of orders leads to the same bytes, release after release.

Pinned are the files that go out and what the ledger keeps of each message. A change that is meant
is pinned by `pytest tests/journeys/test_pinned_answers.py --pin`, and read in the diff.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from edi_gateway.config import load_settings
from edi_gateway.gateway import open_gateway
from tests.conftest import SAMPLES, Installation
from tests.orders import departures, interchange

PINNED = Path(__file__).parent / "pinned"
NOW = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)

#: In the order of their time, which is the order they are processed in.
FILES = {
    "maisonvert/plain.edi": interchange(reference="P1", numbers=["P-1", "P-2"], lines=5),
    "maisonvert/departures.edi": departures(reference="P2"),
    "maisonvert/again.edi": interchange(reference="P3", numbers=["P-1"], lines=5),
    "maisonvert/changed.edi": interchange(reference="P4", numbers=["P-2"], lines=4),
    "maisonvert/test.edi": interchange(reference="P5", numbers=["P-9"], test=True),
} | {
    f"{'nordlys' if path.suffix == '.xml' else 'maisonvert'}/{path.name}": path.read_bytes()
    for path in sorted((SAMPLES / "orders").iterdir())
}


@pytest.fixture
def worked(sample_installation: Installation) -> Installation:
    for place, (name, data) in enumerate(FILES.items()):
        partner, file = name.split("/")
        sample_installation.drop(partner, file, data)
        moment = NOW.timestamp() - 60 + place
        os.utime(sample_installation.base / "inbound" / partner / file, (moment, moment))
    with open_gateway(load_settings(sample_installation.config), now=lambda: NOW) as gateway:
        gateway.runner.run_until_idle(0)
    return sample_installation


def test_the_answers_are_byte_for_byte_those_pinned(
    worked: Installation, request: pytest.FixtureRequest
) -> None:
    made = {
        str(path.relative_to(worked.base / "outbound")): path.read_bytes()
        for path in (worked.base / "outbound").rglob("*.*")
    }
    made["ledger.txt"] = "".join(f"{line}\n" for line in ledger_of(worked)).encode()

    if request.config.getoption("--pin"):
        pin(made)
    kept = {
        str(path.relative_to(PINNED)): path.read_bytes()
        for path in PINNED.rglob("*")
        if path.is_file()
    }
    assert sorted(made) == sorted(kept)
    assert [name for name, data in made.items() if data != kept[name]] == []


def pin(made: dict[str, bytes]) -> None:
    """Make these files the pinned ones."""
    for path in PINNED.rglob("*"):
        if path.is_file():
            path.unlink()
    for name, data in made.items():
        (PINNED / name).parent.mkdir(parents=True, exist_ok=True)
        (PINNED / name).write_bytes(data)


def ledger_of(installation: Installation) -> Iterator[str]:
    """Every message with its decision, findings, documents (hashed) and key, a line for each."""
    ledger = sqlite3.connect(installation.base / "data" / "ledger.sqlite")
    ledger.create_function("sha256", 1, lambda content: sha256(content).hexdigest())
    for message in ledger.execute(
        "SELECT id, number, state, code, reason, decision FROM message ORDER BY id"
    ).fetchall():
        yield " | ".join(map(str, message[:-1]))
        yield f"  decision {message[-1]}"
        for table, columns in (
            ("finding", "line, code, effect, text"),
            ("document", "kind, number, order_number, sha256(content)"),
            ("business_key", "kind, number, fingerprint"),
        ):
            rows = ledger.execute(
                f"SELECT {columns} FROM {table} WHERE message_id = ? ORDER BY rowid",  # noqa: S608
                message[:1],
            )
            for row in rows:
                yield f"  {table} {' | '.join(map(str, row))}"
    ledger.close()
