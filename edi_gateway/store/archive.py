"""The bytes of every file taken in: content-addressed, fsynced before anything refers to them."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from edi_gateway.durability import sync_file_system

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Archived:
    """What was archived: SHA-256 in hex, and size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file on its way into the archive."""

    temporary: Path
    archived: Archived


class Archive:
    """A folder of files named by their SHA-256. Nothing in it is ever changed or removed by us."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def clear_incoming(self) -> None:
        """Remove what a killed process left half received; only the one writer may call this."""
        for left in self._incoming.iterdir():
            left.unlink()

    def receive(self, stream: BinaryIO) -> Incoming:
        """Write the stream to a temporary file; nothing is durable until `place` returns."""
        temporary = self._incoming / uuid.uuid4().hex
        digest = hashlib.sha256()
        size = 0
        try:
            with temporary.open("xb") as file:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return Incoming(temporary, Archived(digest.hexdigest(), size))

    def place(self, incoming: Sequence[Incoming]) -> None:
        """
        Give each file its address; when this returns, files and directories are durable.

        An fsync that fails is not tried again: the OSError ends the process, which recovers from
        what is on disk.
        """
        if not incoming:
            return
        # All at once: a sync of the file system costs about as much as that of one file.
        sync_file_system(self._root)
        for each in incoming:
            self._place(each)
        sync_file_system(self._root)

    def open(self, sha256: str) -> BinaryIO:
        """Open archived bytes for reading."""
        return self.path(sha256).open("rb")

    def path(self, sha256: str) -> Path:
        """Where the bytes of this address lie."""
        return self._root / sha256[:2] / sha256

    def _place(self, incoming: Incoming) -> None:
        final = self.path(incoming.archived.sha256)
        if final.exists():
            incoming.temporary.unlink()
            return
        final.parent.mkdir(exist_ok=True)
        incoming.temporary.rename(final)
