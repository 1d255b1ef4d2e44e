"""A change that is refused as a whole leaves the order as it is."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from edi_gateway.contract.life.refusing import refuse_change
from edi_gateway.contract.policies import LateChange, Policies
from edi_gateway.documents import OrderChangeLine, Quantity
from tests.unit.contract.builders import ACME
from tests.unit.contract.test_changing import change_of, two_lines

LINES = some.builds(
    OrderChangeLine,
    number=some.sampled_from(["1", "2", "3"]),
    action=some.sampled_from(["1", "2", "3", "4"]),
    quantity=some.one_of(
        some.none(),
        some.builds(Quantity, value=some.integers(min_value=1, max_value=50).map(Decimal)),
    ),
)


@given(
    some.lists(LINES, max_size=4),
    some.sampled_from(["", "1", "4", "5", "6", "17", "20", "21", "27", "29"]),
    some.sampled_from(LateChange),
    some.sampled_from([None, 0, 1000]),
)
def test_nothing_of_the_order_changes_and_all_that_was_asked_is_refused(
    lines: list[OrderChangeLine], function: str, late: LateChange, days: int | None
) -> None:
    contract = dataclasses.replace(
        ACME.contract, policies=Policies(late_change=late), change_until_days=days
    )
    order, change = two_lines(), change_of(*lines, function=function)

    stands = refuse_change(order, change, contract, reason="no", line_reason="not that")

    assert (stands.order, stands.touched, stands.deleted) == (order, frozenset(), ())
    assert stands.heading_refused == "no"
    assert {refusal.reason for refusal in stands.refused.values()} <= {"not that"}
    assert not stands.findings
