"""
Making what was written survive a loss of power: of a folder's entries, or of all files at once.

A failed sync is never tried again: the kernel may have dropped what it could not write, and a
second call would claim success. The `OSError` ends the process, which recovers from the disk.
"""

from __future__ import annotations

import ctypes
import os
from errno import EINVAL, ENOTSUP
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)


def sync_folder(folder: Path) -> None:
    """Make the directory entries of `folder` durable; some network file systems cannot."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (EINVAL, ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def sync_file_system(folder: Path) -> None:
    """
    Make everything on the file system of `folder` durable: files, renames, directories.

    For a batch of files this costs about as much as a sync of one of them (Linux syncfs(2), which
    reports write errors since Linux 5.8).
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _libc.syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)
