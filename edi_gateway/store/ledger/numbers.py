"""Numbers: those partners gave their documents, each used once, and our own without gaps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from edi_gateway.store import tables
from edi_gateway.store.portions import portions
from edi_gateway.store.records import Key
from edi_gateway.store.states import StepLost

_key = tables.BusinessKey.__table__
_sequence = tables.Sequence.__table__

_KEYS = select(_key).where(
    _key.c.partner == bindparam("partner"),
    _key.c.kind == bindparam("kind"),
    _key.c.number.in_(bindparam("numbers", expanding=True)),
)
_LAST = select(_sequence.c.value).where(_sequence.c.name == bindparam("key"))
_NUMBERED = (
    update(_sequence).where(_sequence.c.name == bindparam("key")).values(value=bindparam("next"))
)


class Keys:
    """The business keys: which message uses a partner's number of a kind of document."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, str, str], Key] = {}
        self._new: list[dict[str, Any]] = []

    def load(self, partner: str, kind: str, numbers: Iterable[str]) -> None:
        """Fetch many at once, so that `find` need not ask for each."""
        for some in portions(sorted(set(numbers))):
            rows = self._connection.execute(
                _KEYS, {"partner": partner, "kind": kind, "numbers": some}
            )
            for row in rows:
                self._known[partner, kind, row.number] = Key(
                    message_id=row.message_id, fingerprint=row.fingerprint
                )

    def find(self, partner: str, kind: str, number: str) -> Key | None:
        """Who uses this number, as loaded by `load` or used in this transaction."""
        return self._known.get((partner, kind, number))

    def use(self, partner: str, kind: str, number: str, key: Key) -> None:
        """Mark a number as used."""
        self._known[partner, kind, number] = key
        self._new.append(
            {
                "partner": partner,
                "kind": kind,
                "number": number,
                "fingerprint": key.fingerprint,
                "message_id": key.message_id,
            }
        )

    def reuse(self, partner: str, kind: str, number: str, before: Key, after: Key) -> None:
        """Let a used number stand for another message; `StepLost` if somebody else was first."""
        result = self._connection.execute(
            update(_key)
            .where(
                _key.c.partner == partner,
                _key.c.kind == kind,
                _key.c.number == number,
                _key.c.message_id == before.message_id,
            )
            .values(message_id=after.message_id, fingerprint=after.fingerprint)
        )
        if result.rowcount != 1:
            raise StepLost(f"{kind} {number} of {partner} was used by somebody else meanwhile")
        self._known[partner, kind, number] = after

    def forget(self, message_id: int) -> None:
        """Give the numbers of a message free, before it is decided again."""
        self._connection.execute(delete(_key).where(_key.c.message_id == message_id))

    def flush(self) -> None:
        """Write what was collected."""
        if self._new:
            self._connection.execute(insert(_key), self._new)
            self._new.clear()


class Series:
    """Our gapless series: a number is given back if the transaction that took it fails."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last: dict[str, int] = {}

    def next(self, name: str) -> int:
        """Take the next number of a series, which begins at 1."""
        last = self._last.get(name)
        if last is None:
            last = self._connection.execute(_LAST, {"key": name}).scalar()
            if last is None:
                self._connection.execute(insert(_sequence).values(name=name, value=0))
                last = 0
        self._last[name] = last + 1
        return int(last) + 1

    def flush(self) -> None:
        """Write how far each series came."""
        if self._last:
            rows = [{"key": name, "next": last} for name, last in self._last.items()]
            self._connection.execute(_NUMBERED, rows)
            self._last.clear()
