"""The demo's customers: what they drop, when, and what they say when an answer comes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

#: How long a customer looks for the answers to one drop.
_PATIENCE_SECONDS = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """One file a customer drops, and what is the matter with it."""

    file: str
    story: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A simulated customer with an SFTP account of that name."""

    name: str
    drops: tuple[Drop, ...]


CUSTOMERS = (
    Customer(
        name="maisonvert",
        drops=(
            Drop(file="1-accepted.edi", story="a good order, with a quantity break"),
            Drop(file="2-price-corrected.edi", story="a wrong price, and no whole pack"),
            Drop(file="3-article-unknown.edi", story="one article we do not sell"),
            Drop(file="4-price-expired.edi", story="late: the article's price has expired"),
            Drop(file="5-sent-again.edi", story="the first order sent again"),
            Drop(file="6-count-wrong.edi", story="two orders, one cut off on the way"),
        ),
    ),
    Customer(
        name="nordlys",
        drops=(Drop(file="7-ubl.xml", story="a UBL order, to be invoiced on despatch"),),
    ),
)


def play(root: Path, orders: Path, stop: threading.Event, say: Callable[[str], None]) -> None:
    """Let every customer drop its files, one after the other, and collect the answers."""
    for customer in CUSTOMERS:
        for drop in customer.drops:
            if stop.is_set():
                return
            _drop(root / customer.name, orders / drop.file, customer, drop, stop, say)


def _drop(
    home: Path,
    order: Path,
    customer: Customer,
    drop: Drop,
    stop: threading.Event,
    say: Callable[[str], None],
) -> None:
    before = set(_answers(home))
    say(f"[bold]{customer.name}[/bold] drops {drop.file}: {drop.story}")
    # As partners do: upload under a temporary name, then rename.
    upload = home / "orders" / f"{drop.file}.tmp"
    upload.write_bytes(order.read_bytes())
    upload.rename(home / "orders" / drop.file)
    waited = 0.0
    new: set[str] = set()
    while waited < _PATIENCE_SECONDS and not stop.is_set():
        stop.wait(0.25)
        waited += 0.25
        arrived = set(_answers(home)) - before
        if arrived and arrived == new and waited > 1:
            break
        new = arrived
    for name in sorted(new):
        say(f"    gets {name}")
    if not new:
        say("    gets nothing: a person must look (`messages --state held`)")


def _answers(home: Path) -> list[str]:
    return [path.name for path in (home / "answers").iterdir() if not path.name.startswith(".")]
