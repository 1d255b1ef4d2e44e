"""
Go through what happened, in time, as far as a moment.

What follows from a message may come long after it was decided: an order is cancelled because its
customer said nothing. Such a thing waits here until its own moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Generic, Protocol, TypeVar

from edi_gateway.store.past import Moment


class _Happened(Protocol):
    @property
    def decided(self) -> Moment: ...

    @property
    def moment(self) -> Moment: ...


T = TypeVar("T", bound=_Happened)


class Ahead(Generic[T]):
    """What is still to come of a sequence in the order of decisions; each thing is met once."""

    def __init__(self, coming: Iterator[T]) -> None:
        self._coming = coming
        self._next = next(coming, None)
        #: By moment, then in the order they came.
        self._waiting: list[tuple[Moment, int, T]] = []
        self._count = 0

    def before(self, moment: Moment) -> Iterator[T]:
        """What happened before a moment and was not met yet."""
        while self._next is not None and self._next.decided < moment:
            self._count += 1
            heappush(self._waiting, (self._next.moment, self._count, self._next))
            self._next = next(self._coming, None)
        while self._waiting and self._waiting[0][0] < moment:
            yield heappop(self._waiting)[2]
