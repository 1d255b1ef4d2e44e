"""What all tables of the ledger have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlmodel import SQLModel


class Row(SQLModel):
    """A row of a table. It is written and read through `__table__`, by SQLAlchemy Core."""

    if TYPE_CHECKING:
        __table__: ClassVar[Any]
