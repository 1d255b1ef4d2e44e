"""
Packages on their way in: a folder of their own beside the ledger, nobody's until it is adopted.

Whoever imports a large package works in such a folder, beside a running service, which is then
handed the name of the folder only. A lock in it says that somebody is at work there.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = "lock"


@contextmanager
def staging(data: Path) -> Iterator[Path]:
    """A new folder for this user alone; gone at the end, with what was not taken out of it."""
    folder = data / "staged" / uuid.uuid4().hex
    folder.mkdir(parents=True, mode=0o700)
    lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def clear_staged(data: Path) -> None:
    """Remove what killed imports left; only the one writer may call this."""
    for folder in (data / "staged").glob("*"):
        try:
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # Somebody is at work there.
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
