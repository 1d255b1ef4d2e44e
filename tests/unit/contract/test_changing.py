"""A change turns one order into another; what is too late stands as it was."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from edi_gateway.contract.life.changing import (
    ChangedOrder,
    Progress,
    as_change,
    change_order,
    is_older,
)
from edi_gateway.contract.policies import LateChange, Policies
from edi_gateway.documents import Order, OrderChange, OrderChangeLine, Party, Quantity
from tests.unit.contract.builders import ACME, ISSUED, line_of, order_of

TODAY = date(2026, 11, 17)


def change_of(*lines: OrderChangeLine, **others: Any) -> OrderChange:
    return OrderChange(
        number="C-1", issue_date=ISSUED, order_number="4500001", lines=lines, **others
    )


def change_line(number: str, quantity: str | None = None, **others: Any) -> OrderChangeLine:
    amount = Quantity(value=Decimal(quantity)) if quantity is not None else None
    return OrderChangeLine(number=number, quantity=amount, **others)


def changed(
    order: Order,
    change: OrderChange,
    late: LateChange = LateChange.REJECT,
    days: int | None = None,
    **progress: Any,
) -> ChangedOrder:
    contract = dataclasses.replace(
        ACME.contract, policies=Policies(late_change=late), change_until_days=days
    )
    return change_order(order, change, contract, Progress(today=TODAY, **progress))


def two_lines() -> Order:
    first, second = line_of("PERCEUSE-18", "2"), line_of("RUBAN-12", "12")
    return order_of(replace(first, number="1"), replace(second, number="2"), as_numbered=True)


def quantities(order: Order) -> dict[str, int]:
    return {line.number: int(line.quantity.value) for line in order.lines}


def test_a_changed_line_is_replaced_as_a_whole_and_the_others_stay() -> None:
    order = two_lines()

    done = changed(order, change_of(change_line("1", "5")))

    first, second = done.order.lines
    assert (first.quantity.value, first.price) == (Decimal(5), None)
    assert second == order.lines[1]
    assert done.touched == {"1"}


def test_a_line_without_codes_stays_about_its_article() -> None:
    order = two_lines()

    done = changed(order, change_of(change_line("1", "5")))

    assert done.order.lines[0].gtin == order.lines[0].gtin


@pytest.mark.parametrize("action", ["4", "11"])
def test_a_line_that_is_left_alone_is_untouched(action: str) -> None:
    done = changed(two_lines(), change_of(change_line("1", "5", action=action)))

    assert (done.order.lines, done.touched) == (two_lines().lines, frozenset())


def test_a_line_restated_as_it_is_is_untouched() -> None:
    order = two_lines()
    restated = as_change(order).lines[0]

    done = changed(order, change_of(restated))

    assert done.touched == frozenset()


def test_a_deleted_line_is_gone() -> None:
    done = changed(two_lines(), change_of(change_line("2", action="2")))

    assert quantities(done.order) == {"1": 2}
    assert [line.number for line in done.deleted] == ["2"]


def test_an_added_line_comes_last() -> None:
    added = change_line("3", "1", action="1", supplier_article="BACHE-4X5")

    done = changed(two_lines(), change_of(added))

    assert list(quantities(done.order)) == ["1", "2", "3"]
    assert done.touched == {"3"}


@pytest.mark.parametrize("function", ["1", "17"])
def test_a_cancellation_leaves_no_line(function: str) -> None:
    done = changed(two_lines(), change_of(function=function))

    assert done.order.lines == ()
    assert [line.number for line in done.deleted] == ["1", "2"]


def test_a_replacement_keeps_number_parties_and_date_alone() -> None:
    order = replace(two_lines(), requested_delivery=date(2026, 11, 24), notes=("old",))
    new = change_of(change_line("2", "24", supplier_article="RUBAN-12"), function="5")

    done = changed(order, new)

    assert quantities(done.order) == {"2": 24}
    assert (done.order.requested_delivery, done.order.notes) == (None, ())
    assert (done.order.number, done.order.issue_date, done.order.buyer) == (
        order.number,
        order.issue_date,
        order.buyer,
    )


def test_a_replaced_heading_keeps_the_lines() -> None:
    new = change_of(function="20", requested_delivery=date(2026, 12, 1))

    done = changed(two_lines(), new)

    assert done.order.lines == two_lines().lines
    assert done.order.requested_delivery == date(2026, 12, 1)
    assert done.touched == {"1", "2"}


def test_replaced_lines_keep_the_heading() -> None:
    order = replace(two_lines(), requested_delivery=date(2026, 11, 24))
    new = change_of(change_line("1", "9"), function="21", requested_delivery=date(2026, 12, 1))

    done = changed(order, new)

    assert quantities(done.order) == {"1": 9}
    assert done.order.requested_delivery == date(2026, 11, 24)


def test_a_heading_value_that_is_not_stated_stays() -> None:
    order = replace(two_lines(), requested_delivery=date(2026, 11, 24))

    done = changed(order, change_of(cancel_after=date(2026, 12, 24)))

    assert (done.order.requested_delivery, done.order.cancel_after) == (
        date(2026, 11, 24),
        date(2026, 12, 24),
    )


def test_a_supplied_line_stands() -> None:
    done = changed(
        two_lines(),
        change_of(change_line("1", "5"), change_line("2", "24")),
        supplied={"1": Decimal(1)},
    )

    assert quantities(done.order) == {"1": 2, "2": 24}
    assert (done.refused["1"].code, done.refused["1"].asked) == ("change-late", Decimal(5))
    assert done.touched == {"2"}


def test_under_hold_one_late_line_holds_all_of_the_change() -> None:
    done = changed(
        two_lines(),
        change_of(change_line("1", "5"), change_line("2", "24")),
        LateChange.HOLD,
        supplied={"1": Decimal(1)},
    )

    assert [(f.code, f.line) for f in done.findings] == [("change-late", "1")]
    assert done.order == two_lines()


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (change_line("1", "1"), None),
        (change_line("1", "0"), "below-supplied"),
        (change_line("1", "5", supplier_article="RUBAN-12"), "below-supplied"),
    ],
    ids=["as much as was supplied", "less", "another article"],
)
def test_under_accept_nothing_falls_below_what_was_supplied(
    wanted: OrderChangeLine, code: str | None
) -> None:
    line = replace(line_of("PERCEUSE-18", "2"), supplier_article="PERCEUSE-18", number="1")
    order = order_of(line, as_numbered=True)

    done = changed(order, change_of(wanted), LateChange.ACCEPT, supplied={"1": Decimal(1)})

    assert (done.refused["1"].code if done.refused else None) == code


def test_cancelling_what_is_supplied_in_part_cancels_the_rest() -> None:
    done = changed(
        two_lines(), change_of(function="1"), LateChange.ACCEPT, supplied={"2": Decimal(5)}
    )

    assert quantities(done.order) == {"2": 5}


@pytest.mark.parametrize(
    ("promised", "late"),
    [
        pytest.param(date(2026, 11, 22), False, id="on the last day"),
        pytest.param(date(2026, 11, 21), True, id="a day later"),
    ],
)
def test_a_line_can_be_changed_until_days_before_its_delivery(promised: date, late: bool) -> None:
    done = changed(two_lines(), change_of(change_line("1", "5")), days=5, promised={"1": promised})

    assert ("1" in done.refused) is late


def test_all_is_late_once_the_erp_said_so() -> None:
    added = change_line("3", "1", action="1", supplier_article="BACHE-4X5")

    done = changed(two_lines(), change_of(change_line("1", "5"), added), fixed=True)

    assert sorted(done.refused) == ["1", "3"]
    assert quantities(done.order) == {"1": 2, "2": 12}


def test_a_heading_is_late_where_a_line_is() -> None:
    done = changed(
        two_lines(),
        change_of(requested_delivery=date(2026, 12, 1)),
        supplied={"2": Decimal(1)},
    )

    assert done.heading_refused is not None
    assert done.order.requested_delivery == two_lines().requested_delivery


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (change_of(change_line("1", "5", action="1")), "change-line-unclear"),
        (change_of(change_line("9", "5")), "change-line-unclear"),
        (change_of(change_line("9", action="2")), "change-line-unclear"),
        (change_of(change_line("1")), "change-line-unclear"),
        (change_of(change_line("1", "5", action="99")), "change-line-unclear"),
        (change_of(change_line("1", "5"), change_line("1", "6")), "duplicate-line-number"),
        (change_of(change_line("1", "5"), line_count=2), "line-count-differs"),
        (change_of(function="5"), "no-lines"),
        (change_of(buyer=Party(gln="3019999001018")), "change-parties-differ"),
        (change_of(supplier=Party(gln="3019999001018")), "change-parties-differ"),
    ],
    ids=[
        "adds a line the order has",
        "changes a line it has not",
        "deletes a line it has not",
        "says no quantity",
        "1229 of no meaning",
        "one line twice",
        "miscounted",
        "replaces by nothing",
        "another buyer",
        "another supplier",
    ],
)
def test_a_change_of_no_meaning_changes_nothing(change: OrderChange, code: str) -> None:
    order = replace(
        two_lines(), buyer=Party(gln="5412345000013"), supplier=Party(gln="4012345500004")
    )

    done = changed(order, change)

    assert [finding.code for finding in done.findings] == [code]
    assert done.order == order


@pytest.mark.parametrize(
    ("issued", "number", "older"),
    [
        (date(2026, 11, 17), "C-9", True),
        (date(2026, 11, 15), "C-9", False),
        (ISSUED, "C-2", True),
        (ISSUED, "C-10", True),
        (ISSUED, "C-0", False),
        (ISSUED, "X-2", False),
        (ISSUED, "C-X", False),
        (None, None, False),
    ],
)
def test_which_of_two_changes_is_older(issued: date, number: str, older: bool) -> None:
    assert is_older(change_of(), issued, number) is older


def test_orders_that_replace_are_the_change_they_are() -> None:
    order = replace(two_lines(), function="5")

    change = as_change(order)

    assert (change.function, change.order_number) == ("5", order.number)
    assert changed(two_lines(), change).touched == frozenset()


@given(
    some.lists(
        some.tuples(
            some.sampled_from(["1", "2"]),
            some.sampled_from(["2", "3"]),
            some.integers(min_value=1, max_value=50),
        ),
        max_size=2,
        unique_by=lambda line: line[0],
    ),
    some.dictionaries(some.sampled_from(["1", "2"]), some.integers(1, 2).map(Decimal)),
    some.sampled_from([LateChange.REJECT, LateChange.ACCEPT]),
)
def test_no_line_ever_falls_below_what_was_supplied(
    lines: list[tuple[str, str, int]], supplied: dict[str, Decimal], late: LateChange
) -> None:
    change = change_of(*(change_line(n, str(q), action=a) for n, a, q in lines))

    done = changed(two_lines(), change, late, supplied=supplied)

    stands = quantities(done.order)
    assert all(stands.get(number, 0) >= quantity for number, quantity in supplied.items())
    assert {line.number for line in done.deleted} == {"1", "2"} - stands.keys()
