"""
Which files may be taken: not temporary, and complete as far as one can tell from outside.

Nothing outside a file proves that its writer has finished. Two equal looks some time apart, or a
trigger file the partner writes last, are the best a connector can do; the trailer inside decides.
"""

from __future__ import annotations

import fnmatch
import io
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from edi_gateway.errors import ConnectionFailed

#: Names a file has while somebody is still writing it. Names with a leading dot never count.
TEMPORARY = ("*.tmp", "*.part", "*.partial", "*.filepart", "*.crdownload", "*.lock", "_*")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFile:
    """A stable file at the partner's side. `name` is bytes, and never becomes a local path."""

    name: bytes
    size: int
    modified: datetime
    #: The partner whose place it lay in; None if it lay where nobody's files belong.
    partner: str | None

    @property
    def shown_name(self) -> str:
        """The name for people and logs: printable, bounded, reversible for bad bytes."""
        return shown(self.name)


def shown(name: bytes) -> str:
    """A remote name or path as people may safely see it."""
    text = name.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)[:200]


class Entry(NamedTuple):
    """A regular file in a listing."""

    partner: str | None
    name: bytes
    size: int
    #: Nanoseconds since 1970 by the clock of the other side: a mark of change, not a time to trust.
    modified: int

    def waiting(self) -> WaitingFile:
        """The entry as the pipeline sees it."""
        return WaitingFile(
            name=self.name, size=self.size, modified=moment(self.modified), partner=self.partner
        )


def moment(nanoseconds: int) -> datetime:
    """A file time as an aware datetime, the same every time (no floating point)."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


class Watch:
    """Remembers what earlier looks saw, and tells which files are stable now."""

    def __init__(
        self,
        *,
        settle_seconds: float,
        temporary: tuple[str, ...] = TEMPORARY,
        trigger: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        patterns = "|".join(fnmatch.translate(pattern) for pattern in (".*", *temporary))
        self._temporary = re.compile(patterns.encode(), re.IGNORECASE)
        self._trigger = trigger.encode() if trigger else None
        self._settle_seconds = settle_seconds
        self._clock = clock
        self._looks: dict[tuple[str | None, bytes], tuple[int, int, float]] = {}
        #: Whether the last look saw a file that another look may find stable.
        self.unsettled = False

    def stable(self, entries: Iterable[Entry]) -> list[Entry]:
        """Take this listing for one look; return its stable files, oldest first."""
        if self._trigger is None:
            found = self._unchanged([e for e in entries if self._candidate(e.name)])
        else:
            found = self._announced(list(entries), self._trigger)
        return sorted(found, key=lambda entry: (entry.modified, entry.name))

    def triggers(self, name: bytes) -> list[bytes]:
        """The names to settle together with `name`, besides itself."""
        return [] if self._trigger is None else [name + self._trigger]

    def _candidate(self, name: bytes) -> bool:
        return not self._temporary.match(name)

    def _announced(self, entries: list[Entry], trigger: bytes) -> list[Entry]:
        names = {(entry.partner, entry.name) for entry in entries}
        return [
            entry
            for entry in entries
            if (entry.partner, entry.name + trigger) in names
            and not entry.name.endswith(trigger)
            and self._candidate(entry.name)
        ]

    def _unchanged(self, entries: list[Entry]) -> list[Entry]:
        now = self._clock()
        before, self._looks = self._looks, {}
        found = []
        for entry in entries:
            key = (entry.partner, entry.name)
            look = before.get(key)
            known = look is not None and look[:2] == (entry.size, entry.modified)
            since = look[2] if look is not None and known else now
            self._looks[key] = (entry.size, entry.modified, since)
            if known and now - since >= self._settle_seconds:
                found.append(entry)
        self.unsettled = len(found) < len(entries)
        return found


class ExactStream(io.RawIOBase):
    """Gives exactly the promised number of bytes, or raises: never a part, never a surplus."""

    def __init__(
        self, read: Callable[[], bytes], size: int, *, where: str, close: Callable[[], None]
    ) -> None:
        super().__init__()
        self._read = read
        self._close = close
        self._size = size
        self._where = where
        self._count = 0
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` from the next piece; 0 only after the last promised byte."""
        if not self._rest:
            self._rest = memoryview(self._next())
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        """Release the file; a file half read is no error."""
        if not self.closed:
            self._close()
        super().close()

    def _next(self) -> bytes:
        piece = self._read()
        self._count += len(piece)
        if self._count > self._size or (not piece and self._count < self._size):
            raise ConnectionFailed(
                f"{self._where}: {self._size} bytes were listed, {self._count} came;"
                " it was changed while it was read"
            )
        return piece
