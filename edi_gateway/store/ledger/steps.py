"""
Steps between states, taken in the ledger: each is conditional on the state the row was seen in.

A second caller that comes late finds nothing to move.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, update

from edi_gateway.store.states import State, StepLost, check_step


def move(
    connection: Connection, table: Any, key: int, before: State, after: State, **values: Any
) -> None:
    """Take a row one legal step; `StepLost` if it is no longer in the state `before`."""
    check_step(before, after)
    values["state"] = after
    changes = {f"new_{name}": value for name, value in values.items()}
    result = connection.execute(
        step(table, tuple(values)), {"key": key, "before": before, **changes}
    )
    if result.rowcount != 1:
        raise StepLost(f"{table.name} {key} is no longer {before}")


@cache
def step(table: Any, names: tuple[str, ...]) -> Any:
    """The statement that moves a row; each value it sets is bound as `new_` and its name."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return (
        update(table)
        .where(table.c.id == bindparam("key"), table.c.state == bindparam("before"))
        .values(values)
    )
