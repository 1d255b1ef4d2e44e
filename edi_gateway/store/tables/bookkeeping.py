"""What the ledger keeps on its own account: numbers in use, counters, and who did what."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from edi_gateway.store.tables.row import Row


class BusinessKey(Row, table=True):
    """A document number in use by a partner: one decision for each, ever."""

    __tablename__ = "business_key"

    partner: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    fingerprint: str
    message_id: int


class Sequence(Row, table=True):
    """A gapless counter; its next value is taken inside the transaction that uses it."""

    name: str = Field(primary_key=True)
    value: int


class Event(Row, table=True):
    """Who did what, when, and why. Rows are only ever added."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    who: str
    what: str
    why: str | None = None
    transmission_id: int | None = Field(default=None, index=True)
    interchange_id: int | None = Field(default=None, index=True)
    message_id: int | None = Field(default=None, index=True)
    delivery_id: int | None = Field(default=None, index=True)
