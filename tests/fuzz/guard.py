"""Bounds for one input: it may take neither for ever nor all the memory."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: One input may take this long; a hang is found by it, not a slow machine.
SECONDS = 10
MEGABYTES = 512


class TooLong(Exception):
    """One input took longer than it may."""


@contextmanager
def within(seconds: int = SECONDS) -> Iterator[None]:
    """Raise `TooLong` when the block does not end in time; only in the main thread."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLong(f"no end within {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def resident_megabytes() -> int:
    """The most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
