"""Stock in the ledger: the newest figure counts, and no piece is promised twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from edi_gateway.store import (
    Ledger,
    NewDelivery,
    NewInterchange,
    NewMessage,
    StockItem,
    Store,
)

SEVEN = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZERO = Decimal(0)


class Clock:
    def __init__(self) -> None:
        self.now = SEVEN

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    store = Store.open(tmp_path, clock)
    yield store
    store.close()


def item(article: str, available: str, **more: object) -> StockItem:
    return StockItem(article=article, at=SEVEN, available=Decimal(available), **more)  # type: ignore[arg-type]


def report(
    store: Store, at: datetime, *items: StockItem, complete: bool = False
) -> tuple[int, int]:
    with store.transaction() as ledger:
        change = ledger.stock.report(at, items, complete=complete)
    return change.changed, change.outdated


def left(store: Store, article: str) -> Decimal | None:
    """What is available and not taken; None without a figure."""
    with store.transaction() as ledger:
        found = ledger.stock.items([article]).get(article)
    return None if found is None or found.available is None else found.available - found.taken


def new_message(ledger: Ledger) -> int:
    """An order's message, with the file that tells the ERP of it."""
    transmission = ledger.transmissions.add(
        connector="local",
        partner="acme",
        name="o",
        raw_name=b"o",
        size=1,
        modified=SEVEN,
        sha256="0",
    )
    interchange = NewInterchange(
        transmission_id=transmission,
        position=0,
        format="edifact",
        sender="a",
        sender_qualifier="14",
        recipient="b",
        recipient_qualifier="14",
        reference="1",
        syntax="UNOC",
        version="3",
        test=False,
        partner="acme",
        state="opened",
        code=None,
        reason=None,
        content_hash="",
        faults="[]",
    )
    message = NewMessage(
        position=0,
        reference="1",
        type="ORDERS",
        release="D.96A",
        offset=0,
        length=1,
        segments=1,
        state="received",
        code=None,
        reason=None,
        number="4500001",
        faults="[]",
    )
    _, message_id = ledger.interchanges.add(interchange, [message])
    ledger.deliveries.add(
        NewDelivery(
            partner="erp",
            connector="local",
            type="order",
            name=f"order_{message_id}.json",
            content=b"{}",
            interchange_id=None,
            message_ids=(message_id,),
        )
    )
    return message_id


def order(store: Store, article: str, now: str, next_: str = "0") -> int:
    """An answered order that takes so much; its file waits for the ERP."""
    with store.transaction() as ledger:
        message_id = new_message(ledger)
        amounts = (Decimal(now), Decimal(next_))
        ledger.stock.take(message_id, article, amounts, order_id=message_id)
    return message_id


def _take(ledger: Ledger, now: str) -> None:
    message_id = new_message(ledger)
    ledger.stock.take(message_id, "A", (Decimal(now), ZERO), order_id=message_id)


def hand_over(store: Store) -> None:
    """Leave the files that wait for the ERP."""
    due = store.due_deliveries("local", 100)
    with store.transaction() as ledger:
        ledger.deliveries.mark_sent([delivery.id for delivery in due])


def test_without_a_report_nothing_is_kept(store):
    with store.transaction() as ledger:
        assert not ledger.stock.is_kept()


def test_a_report_is_read_back_as_it_was_given(store):
    report(
        store, SEVEN, item("A", "12.5", next_date=date(2026, 12, 3), next_quantity=Decimal("40"))
    )

    with store.transaction() as ledger:
        found = ledger.stock.items(["A", "B"])

    assert found == {
        "A": item("A", "12.5", next_date=date(2026, 12, 3), next_quantity=Decimal("40"))
    }


def test_an_older_report_does_not_replace_a_newer_one(store):
    report(store, SEVEN, item("A", "5"))

    outcome = report(store, SEVEN - HOUR, item("A", "9"), item("B", "3"))

    assert (outcome, left(store, "A"), left(store, "B")) == ((1, 1), 5, 3)


def test_what_an_order_took_is_subtracted(store):
    report(store, SEVEN, item("A", "5"))

    order(store, "A", "2")
    order(store, "A", "1", "4")

    with store.transaction() as ledger:
        found = ledger.stock.items(["A"])["A"]
    assert (found.taken, found.taken_next) == (3, 4)


def test_the_same_report_again_changes_nothing(store):
    report(store, SEVEN, item("A", "5"))
    order(store, "A", "2")

    report(store, SEVEN, item("A", "5"))

    assert left(store, "A") == 3


def test_a_figure_supersedes_what_was_left_for_the_erp_by_its_moment(store, clock):
    report(store, SEVEN, item("A", "5"))
    order(store, "A", "2")
    clock.now = SEVEN + HOUR
    hand_over(store)

    report(store, SEVEN + HOUR, item("A", "3"))

    assert left(store, "A") == 3


@pytest.mark.parametrize("is_handed_over", [True, False], ids=["left later", "still waiting"])
def test_a_figure_does_not_supersede_what_the_erp_did_not_have(store, clock, is_handed_over):
    report(store, SEVEN, item("A", "5"))
    order(store, "A", "2")
    if is_handed_over:
        clock.now = SEVEN + 2 * HOUR
        hand_over(store)

    report(store, SEVEN + HOUR, item("A", "5"))

    assert left(store, "A") == 3


def test_what_one_figure_did_not_count_in_the_next_one_supersedes(store, clock):
    report(store, SEVEN, item("A", "5"))
    order(store, "A", "2")
    clock.now = SEVEN + 2 * HOUR
    hand_over(store)
    report(store, SEVEN + HOUR, item("A", "5"))

    report(store, SEVEN + 3 * HOUR, item("A", "3"))

    assert left(store, "A") == 3


def test_a_complete_report_leaves_no_other_figure(store):
    report(store, SEVEN, item("A", "5"), item("B", "3"))

    report(store, SEVEN + HOUR, item("A", "4"), complete=True)

    assert (left(store, "A"), left(store, "B")) == (4, None)


def test_a_complete_report_outdates_what_an_older_one_names(store):
    report(store, SEVEN, item("A", "4"), complete=True)

    report(store, SEVEN - HOUR, item("B", "3"))

    assert left(store, "B") is None


def test_a_complete_report_that_comes_late_keeps_newer_figures(store):
    report(store, SEVEN, item("A", "5"))

    report(store, SEVEN - HOUR, item("B", "3"), complete=True)

    assert (left(store, "A"), left(store, "B")) == (5, 3)


def test_what_an_order_takes_in_all_is_known_when_figures_count_it_in(store, clock):
    report(store, SEVEN, item("A", "5"))
    order_id = order(store, "A", "2", "1")
    clock.now = SEVEN + HOUR
    hand_over(store)
    report(store, SEVEN + HOUR, item("A", "3"))
    with store.transaction() as ledger:
        amounts = (Decimal(-1), ZERO)
        ledger.stock.take(new_message(ledger), "A", amounts, order_id=order_id)

    with store.transaction() as ledger:
        taken = ledger.stock.taken_by(order_id)

    assert taken == {"A": (1, 1)}
    assert left(store, "A") == 4


def test_a_transaction_that_fails_takes_nothing(store):
    report(store, SEVEN, item("A", "5"))

    with pytest.raises(ZeroDivisionError), store.transaction() as ledger:
        _take(ledger, "2")
        raise ZeroDivisionError

    assert left(store, "A") == 5


def test_many_articles_are_reported_at_once(store):
    items = [item(f"A{n}", str(n)) for n in range(1, 1200)]
    report(store, SEVEN, *items)

    outcome = report(store, SEVEN + HOUR, *items)

    assert (outcome, left(store, "A1199")) == ((1199, 0), 1199)


def test_workers_at_once_never_promise_a_piece_twice(store):
    report(store, SEVEN, item("A", "25"))
    promised: list[int] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        for _ in range(10):
            with store.transaction() as ledger:
                found = ledger.stock.items(["A"])["A"]
                if found.available is not None and found.available - found.taken >= 1:
                    _take(ledger, "1")
                    promised.append(1)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert (len(promised), left(store, "A")) == (25, 0)
