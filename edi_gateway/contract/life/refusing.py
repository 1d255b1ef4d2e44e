"""A change that is refused as a whole: nothing of it is made, and the order stands as it was answered."""

from __future__ import annotations

from dataclasses import replace

from edi_gateway.contract.life.changing import (
    ACCEPTS,
    REFUSES,
    ChangedOrder,
    Progress,
    change_order,
)
from edi_gateway.contract.terms import Contract
from edi_gateway.documents import Order, OrderChange

#: The code of a line whose change an operator refused.
REFUSED = "change-refused"


def refuse_change(
    order: Order, change: OrderChange, contract: Contract, *, reason: str, line_reason: str
) -> ChangedOrder:
    """
    The order as it stands, with all that the change asks of it refused.

    `reason` is said of the order, `line_reason` of each line the change asks something of. Where the
    change is unclear about lines, the order is all that is spoken of.
    """
    stands = ChangedOrder(order=order, touched=frozenset())
    if change.function not in ACCEPTS | REFUSES:
        known = {line.number for line in order.lines}
        lines = known | {line.number for line in change.lines}
        looked_at = change_order(
            order,
            change,
            contract,
            Progress(today=order.issue_date),
            refused=dict.fromkeys(lines, (REFUSED, line_reason)),
            heading_refused=reason,
        )
        stands = replace(stands, refused=looked_at.refused)
    return replace(stands, heading_refused=reason)
