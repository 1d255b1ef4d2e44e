"""The bytes of every file taken in: content-addressed, fsynced before anything refers to them."""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Archived:
    """What was archived: SHA-256 in hex, and size in bytes."""

    sha256: str
    size: int


class Archive:
    """A folder of files named by their SHA-256. Nothing in it is ever changed or removed by us."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def put(self, stream: BinaryIO) -> Archived:
        """
        Write the stream and return its address; when this returns, file and directory are durable.

        An fsync that fails is not tried again: the OSError ends the process, which recovers from
        what is on disk.
        """
        temporary = self._incoming / uuid.uuid4().hex
        digest = hashlib.sha256()
        size = 0
        try:
            with temporary.open("xb") as file:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
                file.flush()
                os.fdatasync(file.fileno())
            sha256 = digest.hexdigest()
            self._place(temporary, sha256)
        finally:
            temporary.unlink(missing_ok=True)
        return Archived(sha256, size)

    def open(self, sha256: str) -> BinaryIO:
        """Open archived bytes for reading."""
        return self.path(sha256).open("rb")

    def path(self, sha256: str) -> Path:
        """Where the bytes of this address lie."""
        return self._root / sha256[:2] / sha256

    def _place(self, temporary: Path, sha256: str) -> None:
        final = self.path(sha256)
        if final.exists():
            return
        if not final.parent.exists():
            final.parent.mkdir(exist_ok=True)
            sync_folder(self._root)
        temporary.rename(final)
        sync_folder(final.parent)


def sync_folder(folder: Path) -> None:
    """Make the directory entries of `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
