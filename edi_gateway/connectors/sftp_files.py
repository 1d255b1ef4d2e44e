"""Single files on a server: whether one is there, what it holds, its bytes as they come."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from edi_gateway.connectors import sftp_packets as packets
from edi_gateway.connectors.sftp_packets import RemoteRefusal
from edi_gateway.connectors.waiting import shown
from edi_gateway.errors import ConnectionFailed

if TYPE_CHECKING:
    from edi_gateway.connectors.sftp_session import SftpSession

#: Requests on the way at once: with `CHUNK` about what a server's own window holds.
WINDOW = 64
#: What every server must be able to read or write in one request.
CHUNK = 32768


def allowance(size: int) -> float:
    """How long a transfer of `size` bytes may take: a minute, and a second for each kilobyte."""
    return 60.0 + size / 1024


def exists(session: SftpSession, path: bytes) -> bool:
    """Whether anything has that name."""
    try:
        packets.status_of(session.one(packets.lstat(path)), shown(path))
    except RemoteRefusal as error:
        if error.missing:
            return False
        raise
    return True


def content_of(session: SftpSession, path: bytes, at_most: int) -> bytes | None:
    """What a file holds; None if it is longer than `at_most` or not a regular file."""
    status = packets.status_of(session.one(packets.lstat(path)), shown(path))
    if not packets.Name(path, b"-", status).regular or (status.size or 0) > at_most:
        return None
    with closing(Download(session, path, status.size or 0, WINDOW)) as download:
        return b"".join(iter(download.piece, b""))


class Download:
    """One remote file from its first byte to its listed last, many requests on the way at once."""

    def __init__(self, session: SftpSession, path: bytes, size: int, window: int) -> None:
        self._session = session
        self._where = shown(path)
        self._size = size
        opened = session.one(packets.open_file(path, packets.READ))
        self._handle = packets.handle_of(opened, self._where)
        self._pieces = self._run(window)

    def piece(self) -> bytes:
        """The next bytes; empty at the end."""
        return next(self._pieces, b"")

    def close(self) -> None:
        """Let go of the remote file; whether the server minds is of no consequence."""
        if not self._session.broken:
            self._pieces.close()
            with suppress(ConnectionFailed):
                self._session.one(packets.close(self._handle))

    def _run(self, window: int) -> Generator[bytes, None, None]:
        """Read what was listed, then one byte more: a file that grew is still being written."""
        spans = [(at, min(CHUNK, self._size - at)) for at in range(0, self._size, CHUNK)]
        requests = (packets.read(self._handle, *span) for span in spans)
        seconds = allowance(self._size)
        with closing(self._session.ask(requests, seconds=seconds, window=window)) as answers:
            for (at, count), answer in zip(spans, answers, strict=True):
                yield self._complete(packets.data_of(answer, self._where), at, count)
        if surplus := self._read(self._size, 1):
            yield surplus

    def _complete(self, piece: bytes, at: int, count: int) -> bytes:
        """A server may answer with less than asked for; ask for the rest until the file ends."""
        while len(piece) < count:
            more = self._read(at + len(piece), count - len(piece))
            if not more:
                raise ConnectionFailed(
                    f"{self._where}: {self._size} bytes were listed, it ends after"
                    f" {at + len(piece)}; it was changed while it was read"
                )
            piece += more
        return piece

    def _read(self, at: int, count: int) -> bytes:
        return packets.data_of(
            self._session.one(packets.read(self._handle, at, count)), self._where
        )
