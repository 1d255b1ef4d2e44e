"""What call-offs take of a blanket order in the ledger: never too much, never twice."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from sqlalchemy.exc import IntegrityError

from edi_gateway.contract.blankets import Blanket, BlanketLine
from edi_gateway.contract.decision import Outcome
from edi_gateway.contract.policies import OverConsumption
from edi_gateway.documents import Price
from edi_gateway.errors import HeldError
from edi_gateway.exchange.standing import Standing
from edi_gateway.exchange.standing.supplying import Supplied
from edi_gateway.store import StepLost, Store
from edi_gateway.store.blanket_views import list_blankets
from edi_gateway.store.blankets import Cause, Consumption, consume, load_blankets
from tests.conftest import ROOT
from tests.unit.exchange.calling_off import (
    blanket_order,
    call_off,
    cancel,
    framework,
    message_in,
    open_store,
    take,
    used,
)

_NONE = Decimal(0)
ACME = framework(over_consumption="lower", below_minimum_value="accept")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path)


def left_of(store: Store, number: str = "BO-1") -> str | None:
    (found,) = list_blankets(store, number=number)
    return found["lines"][0]["remaining_quantity"]


def confirmed_of(result: object) -> list[Decimal]:
    return [line.confirmed for line in result[1].lines]  # type: ignore[index]


# --- one after the other --------------------------------------------------------------------------


def test_a_cancelled_call_off_gives_back_what_it_took(store: Store) -> None:
    take(store, ACME, blanket_order("BO-1", 100))
    order = call_off("C-1", 30, 20)
    order_id, _ = take(store, ACME, order)

    cancel(store, ACME, order_id)

    assert left_of(store) == "100"
    assert used(store) == (0, 0)


def test_a_cancelled_call_off_gives_back_once(store: Store) -> None:
    take(store, ACME, blanket_order("BO-1", 100))
    order = call_off("C-1", 30)
    order_id, _ = take(store, ACME, order)

    cancel(store, ACME, order_id)
    cancel(store, ACME, order_id)

    assert left_of(store) == "100"


@pytest.mark.parametrize(
    ("changed", "confirmed", "left"),
    [
        pytest.param((10,), [10], "90", id="lowered"),
        pytest.param((80,), [80], "20", id="raised"),
        pytest.param((130,), [100], "0", id="raised to more than there is"),
        pytest.param((30, 60), [30, 60], "10", id="with a further line"),
    ],
)
def test_a_changed_call_off_takes_what_it_says_now(
    store: Store, changed: tuple[int, ...], confirmed: list[int], left: str
) -> None:
    take(store, ACME, blanket_order("BO-1", 100))
    order_id, _ = take(store, ACME, call_off("C-1", 30))

    result = take(store, ACME, call_off("C-1", *changed), instead_of=order_id)

    assert confirmed_of(result) == confirmed
    assert left_of(store) == left


BACHE = Price(amount=Decimal("24.00"))


def part(now: int, before: int, *, is_raised: bool = False) -> Supplied:
    return Supplied(now=Decimal(now), before=Decimal(before), price=BACHE, is_raised=is_raised)


def supply(store: Store, order_id: int, policy: str = "hold", **parts: Supplied) -> None:
    """The ERP supplies other quantities of lines, named as `line1`."""
    named = {line.removeprefix("line"): each for line, each in parts.items()}
    with store.transaction() as ledger:
        standing = Standing(ledger, ACME, [])
        standing.supply(order_id, message_in(ledger, ACME), named, OverConsumption(policy))


def left_and_value(store: Store) -> list[str]:
    (found,) = list_blankets(store)
    line = found["lines"][0]
    return [line["remaining_quantity"], line["consumed_value"]]


@pytest.mark.parametrize(
    ("parts", "left"),
    [
        pytest.param({"line1": part(2, 5)}, ["68", "768.00"], id="two fifths of a line"),
        pytest.param({"line1": part(0, 30), "line2": part(0, 20)}, ["100", "0.00"], id="nothing"),
        pytest.param({"line1": part(30, 30)}, ["50", "1200.00"], id="as much as was called off"),
    ],
)
def test_what_is_not_supplied_is_given_back(
    store: Store, parts: dict[str, Supplied], left: list[str]
) -> None:
    take(store, ACME, blanket_order("BO-1", 100))
    order_id, _ = take(store, ACME, call_off("C-1", 30, 20))

    supply(store, order_id, **parts)

    assert left_and_value(store) == left


@pytest.mark.parametrize("lowered", [0, 7])
def test_what_is_supplied_after_all_is_taken_again(store: Store, lowered: int) -> None:
    take(store, ACME, blanket_order("BO-1", 100))
    order_id, _ = take(store, ACME, call_off("C-1", 30, 20))
    supply(store, order_id, line1=part(lowered, 30))

    supply(store, order_id, line1=part(25, lowered or 30, is_raised=True))

    assert left_and_value(store) == ["55", "1080.00"]


def test_what_others_took_meanwhile_is_not_taken_again(store: Store) -> None:
    take(store, ACME, blanket_order("BO-1", 100))
    order_id, _ = take(store, ACME, call_off("C-1", 60))
    supply(store, order_id, line1=part(40, 60))
    take(store, ACME, call_off("C-2", 50))

    with pytest.raises(HeldError, match="60 is supplied now, 50 is left of blanket order BO-1"):
        supply(store, order_id, line1=part(60, 40, is_raised=True))

    assert left_and_value(store) == ["10", "2160.00"]


def test_where_the_contract_accepts_more_the_blanket_order_is_used_up(store: Store) -> None:
    take(store, ACME, blanket_order("BO-1", 100))
    order_id, _ = take(store, ACME, call_off("C-1", 60))
    supply(store, order_id, line1=part(40, 60))
    take(store, ACME, call_off("C-2", 50))

    supply(store, order_id, "accept", line1=part(60, 40, is_raised=True))

    (found,) = list_blankets(store)
    assert left_and_value(store) == ["0", "2400.00"]
    assert [call["beyond"] for call in found["call_offs"]] == [None, None, None, "10"]


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.sampled_from([0, 1, None]), st.integers(0, 60)), min_size=1, max_size=9),
    st.sampled_from(["hold", "accept"]),
)
def test_whatever_is_supplied_is_consumed_exactly_and_never_more_than_there_is(
    tmp_path_factory: pytest.TempPathFactory,
    happenings: list[tuple[int | None, int]],
    policy: str,
) -> None:
    """Two call-offs are supplied in other quantities, while others take of what they leave."""
    store = open_store(tmp_path_factory.mktemp("store"))
    take(store, ACME, blanket_order("BO-1", 100))
    orders = [take(store, ACME, call_off(f"C-{n}", n))[0] for n in (50, 40)]
    stands, basis, taken, left = [50, 40], [50, 40], [50, 40], 10

    for place, (which, now) in enumerate(happenings):
        if which is None:
            take(store, ACME, call_off(f"O-{place}", max(now, 1)))
            left -= min(max(now, 1), left)
        elif now != stands[which]:
            is_raised, found = now > stands[which], min(now, left + taken[which])
            changed = part(now, basis[which], is_raised=is_raised)
            if is_raised and found < now and policy == "hold":
                with pytest.raises(HeldError):
                    supply(store, orders[which], policy, line1=changed)
                continue
            supply(store, orders[which], policy, line1=changed)
            found = found if is_raised else min(now, taken[which])
            left, taken[which], stands[which] = left + taken[which] - found, found, now
            basis[which] = now or basis[which]

    assert left_and_value(store) == [str(left), f"{(100 - left) * 24}.00"]
    store.close()


def test_a_change_that_is_held_leaves_what_was_taken(store: Store) -> None:
    take(store, ACME, blanket_order("BO-1", 100))
    order_id, _ = take(store, ACME, call_off("C-1", 30))

    strict = framework(over_consumption="hold", below_minimum_value="accept")
    _, decision = take(store, strict, call_off("C-1", 300), instead_of=order_id)

    assert decision.outcome is Outcome.HELD
    assert left_of(store) == "70"


def test_a_cancelled_blanket_order_can_be_called_off_no_more(store: Store) -> None:
    order = blanket_order("BO-1", 100)
    order_id, _ = take(store, ACME, order)
    take(store, ACME, call_off("C-1", 30))

    cancel(store, ACME, order_id)

    _, decision = take(store, ACME, call_off("C-2", 30))
    assert [finding.code for finding in decision.findings] == ["blanket-expired"]
    assert decision.findings[0].text == "blanket order BO-1 was cancelled or withdrawn"


def test_a_changed_blanket_order_keeps_what_was_called_off(store: Store) -> None:
    order_id, _ = take(store, ACME, blanket_order("BO-1", 100))
    take(store, ACME, call_off("C-1", 30))

    take(store, ACME, blanket_order("BO-1", 50), instead_of=order_id)

    assert left_of(store) == "20"


def test_a_blanket_order_changed_to_less_than_was_called_off_is_held(store: Store) -> None:
    order_id, _ = take(store, ACME, blanket_order("BO-1", 100))
    take(store, ACME, call_off("C-1", 30))

    _, decision = take(store, ACME, blanket_order("BO-1", 20), instead_of=order_id)

    assert [finding.code for finding in decision.findings] == ["blanket-below-consumed"]
    assert left_of(store) == "70"


# --- what the package states ----------------------------------------------------------------------


def stated(**values: object) -> Blanket:
    line = BlanketLine(number="1", article="BACHE-4X5", quantity=Decimal(100))
    facts = {"number": "BO-1", "valid_from": date(2026, 1, 1), "lines": (line,)}
    return Blanket(**{**facts, **values})  # type: ignore[arg-type]


def test_a_new_package_changes_what_is_left_and_not_what_was_called_off(store: Store) -> None:
    first = framework(blankets=(stated(),), below_minimum_value="accept")
    take(store, first, call_off("C-1", 30))
    line = replace(stated().lines[0], quantity=Decimal(45))
    second = framework(blankets=(stated(lines=(line,)),), below_minimum_value="accept")

    _, decision = take(store, second, call_off("C-2", 10))

    assert decision.outcome is Outcome.ANSWERED
    assert left_of(store) == "5"


def test_of_a_line_that_the_package_no_longer_has_nothing_is_left(store: Store) -> None:
    first = framework(blankets=(stated(),), below_minimum_value="accept")
    take(store, first, call_off("C-1", 30))
    other = BlanketLine(number="2", article="CAFE-VR", quantity=Decimal(10))
    second = framework(blankets=(stated(lines=(other,)),), over_consumption="reject")

    _, decision = take(store, second, call_off("C-2", 10))

    assert [finding.code for finding in decision.findings] == ["over-consumption"]
    assert used(store) == (30, 30)


def test_a_blanket_order_that_the_package_no_longer_states_is_withdrawn(store: Store) -> None:
    first = framework(blankets=(stated(),), below_minimum_value="accept")
    order_id, _ = take(store, first, call_off("C-1", 30))

    _, decision = take(store, ACME, call_off("C-2", 10))

    assert [finding.code for finding in decision.findings] == ["blanket-expired"]
    cancel(store, ACME, order_id)
    assert used(store) == (0, 0)


def test_a_withdrawn_blanket_order_that_is_stated_again_goes_on(store: Store) -> None:
    first = framework(blankets=(stated(),), below_minimum_value="accept")
    take(store, first, call_off("C-1", 30))
    take(store, ACME, call_off("C-2", 10))

    _, decision = take(store, first, call_off("C-3", 10))

    assert decision.outcome is Outcome.ANSWERED
    assert left_of(store) == "60"


# --- at once --------------------------------------------------------------------------------------


def test_what_was_seen_before_somebody_else_took_of_it_cannot_be_taken(store: Store) -> None:
    take(store, ACME, blanket_order("BO-1", 100))
    with store.transaction() as ledger:
        seen = load_blankets(ledger, "acme", ["BO-1"])["BO-1"]
    take(store, ACME, call_off("C-1", 90))
    entry = Consumption(
        blanket="BO-1", line="1", order_line="1", quantity=Decimal(90), value=Decimal(1)
    )

    with pytest.raises(StepLost), store.transaction() as ledger:
        message = message_in(ledger, ACME)
        consume(
            ledger,
            seen,
            [entry],
            Cause(order_id=message.id, message_id=message.id, order_number="C-2"),
        )

    assert used(store) == (90, 90)


def test_one_line_of_one_message_is_never_counted_twice(store: Store) -> None:
    take(store, ACME, blanket_order("BO-1", 100))
    entry = Consumption(
        blanket="BO-1", line="1", order_line="1", quantity=Decimal(9), value=Decimal(1)
    )

    with pytest.raises(IntegrityError), store.transaction() as ledger:
        message = message_in(ledger, ACME)
        seen = load_blankets(ledger, "acme", ["BO-1"])["BO-1"]
        cause = Cause(order_id=message.id, message_id=message.id, order_number="C-2")
        seen = consume(ledger, seen, [entry], cause)
        consume(ledger, seen, [entry], cause)

    assert used(store) == (0, 0)


def test_workers_at_once_never_take_more_than_there_is(store: Store, tmp_path: Path) -> None:
    take(store, ACME, blanket_order("BO-1", 100))
    # Two connections, and two workers on each.
    stores = [store, open_store(tmp_path)] * 2

    def work(worker: int) -> Decimal:
        results = [take(stores[worker], ACME, call_off(f"C-{worker}-{n}", 7)) for n in range(6)]
        return sum((sum(confirmed_of(result)) for result in results), Decimal(0))

    with ThreadPoolExecutor(4) as pool:
        confirmed = sum(pool.map(work, range(4)))

    assert confirmed == 100
    assert used(store) == (100, 100)


def test_processes_at_once_never_take_more_than_there_is(store: Store, tmp_path: Path) -> None:
    take(store, ACME, blanket_order("BO-1", 100))
    store.close()
    program = [sys.executable, "-m", "tests.unit.exchange.calling_off", str(tmp_path)]

    running = [
        subprocess.Popen([*program, name, "10"], cwd=ROOT, stdout=subprocess.PIPE)
        for name in ("A", "B")
    ]
    confirmed = [int(process.communicate()[0]) for process in running]

    assert sum(confirmed) == 100
    assert used(open_store(tmp_path)) == (100, 100)


# --- whatever happens -----------------------------------------------------------------------------

TOTAL = 100


class CallingOff(RuleBasedStateMachine):
    """Any sequence of call-offs, changes, cancellations and repetitions."""

    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(Path(self.folder.name))
        self.count = 0
        self.taken: dict[int, Decimal] = {}
        self.blanket_id, _ = take(self.store, ACME, blanket_order("BO-1", TOTAL))
        self.total = Decimal(TOTAL)

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(
        target=orders,
        quantities=st.lists(st.integers(1, 60), min_size=1, max_size=3),
        policy=st.sampled_from(["reject", "lower", "hold", "accept"]),
    )
    def calls_off(self, quantities: list[int], policy: str) -> tuple[int, str]:
        self.count += 1
        agreement = framework(over_consumption=policy, below_minimum_value="accept")
        number = f"C-{self.count}"
        order_id, decision = take(self.store, agreement, call_off(number, *quantities))
        self._count(order_id, decision)
        return order_id, number

    @rule(
        order=orders,
        quantities=st.lists(st.integers(1, 60), min_size=1, max_size=3),
        policy=st.sampled_from(["reject", "lower", "hold", "accept"]),
    )
    def is_changed(self, order: tuple[int, str], quantities: list[int], policy: str) -> None:
        order_id, number = order
        agreement = framework(over_consumption=policy, below_minimum_value="accept")
        changed = call_off(number, *quantities)
        _, decision = take(self.store, agreement, changed, instead_of=order_id)
        self._count(order_id, decision)

    @rule(order=orders)
    def is_cancelled(self, order: tuple[int, str]) -> None:
        order_id, _ = order
        cancel(self.store, ACME, order_id)
        self.taken[order_id] = Decimal(0)

    @rule(order=orders)
    def is_looked_at_as_a_test(self, order: tuple[int, str]) -> None:
        with self.store.transaction() as ledger:
            Standing(ledger, ACME, [call_off(order[1], 5)])

    @rule(quantity=st.integers(1, 200))
    def blanket_order_is_changed(self, quantity: int) -> None:
        changed = blanket_order("BO-1", quantity)
        _, decision = take(self.store, ACME, changed, instead_of=self.blanket_id)
        if decision.outcome is Outcome.ANSWERED:
            self.total = Decimal(quantity)

    def _count(self, order_id: int, decision: object) -> None:
        if decision.outcome is Outcome.ANSWERED:  # type: ignore[attr-defined]
            lines = decision.lines  # type: ignore[attr-defined]
            takes = [line.called_off.quantity for line in lines if line.called_off]
            self.taken[order_id] = sum(takes, Decimal(0))

    @invariant()
    def what_is_used_and_what_is_left_add_up(self) -> None:
        (found,) = list_blankets(self.store)
        line = found["lines"][0]
        consumed, remaining = (
            Decimal(line["consumed_quantity"]),
            Decimal(line["remaining_quantity"]),
        )
        assert used(self.store) == (consumed, consumed)
        assert consumed == sum(self.taken.values())
        assert 0 <= remaining <= self.total
        assert consumed + remaining == self.total


CallingOff.TestCase.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
test_any_sequence_keeps_the_sums = CallingOff.TestCase
