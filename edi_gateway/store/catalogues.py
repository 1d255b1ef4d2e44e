"""
Which catalogue a partner was sent last: of which version, on which day, and what it said.

A row moves on only from what was seen: whoever comes second, a worker or a repeat, sends nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from edi_gateway.store import tables
from edi_gateway.store.ledger import Ledger
from edi_gateway.store.states import StepLost

_sent = tables.SentCatalogue.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCatalogue:
    """The last catalogue of a partner."""

    partner: str
    #: The version of its package, and the business day, that were last looked at.
    version: int
    day: date
    #: The number of the catalogue, and when it was sent.
    number: str
    sent_at: datetime
    #: Counts the rows before this one.
    revision: int
    #: The digest of each article, by our code.
    digests: Mapping[str, str]


def last_catalogue(ledger: Ledger, partner: str) -> SentCatalogue | None:
    """What a partner was sent last."""
    row = ledger.connection.execute(select(_sent).where(_sent.c.partner == partner)).mappings()
    found = row.one_or_none()
    if found is None:
        return None
    digests = msgspec.json.decode(zlib.decompress(found["digests"]), type=dict[str, str])
    return SentCatalogue(**{**found, "digests": digests})


def record_catalogue(ledger: Ledger, before: SentCatalogue | None, now: SentCatalogue) -> None:
    """Put `now` in the place of `before`; `StepLost` if somebody else was faster."""
    row = {
        "partner": now.partner,
        "version": now.version,
        "day": now.day,
        "number": now.number,
        "sent_at": now.sent_at,
        "revision": now.revision,
        "digests": zlib.compress(msgspec.json.encode(now.digests)),
    }
    if before is None:
        try:
            ledger.connection.execute(insert(_sent).values(**row))
        except IntegrityError as error:
            raise StepLost(f"the catalogue of {now.partner} was sent meanwhile") from error
        return
    moved = (
        update(_sent)
        .where(_sent.c.partner == now.partner, _sent.c.revision == before.revision)
        .values(**row)
    )
    if ledger.connection.execute(moved).rowcount != 1:
        raise StepLost(f"the catalogue of {now.partner} was sent meanwhile")
