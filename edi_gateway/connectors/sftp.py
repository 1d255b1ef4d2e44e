"""
A partner's SFTP account as a mailbox.

One connection per run, opened at first use. Small files are read ahead and answers sent in
batches of pipelined requests. Every error of the network, of SSH or of the server arrives as
`ConnectionFailed`; after a lost connection the next call opens a new one.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Literal

from edi_gateway.connectors import sftp_packets as packets
from edi_gateway.connectors.sftp_files import CHUNK, WINDOW, Download, exists
from edi_gateway.connectors.sftp_packets import Answer, RemoteRefusal, Request
from edi_gateway.connectors.sftp_upload import Rename, Upload, batches, send_batch
from edi_gateway.connectors.waiting import (
    TEMPORARY,
    Entry,
    ExactStream,
    WaitingFile,
    Watch,
    moment,
    shown,
)
from edi_gateway.errors import ConfigError, ConnectionFailed

if TYPE_CHECKING:
    from edi_gateway.connectors.sftp_session import SftpSession

#: Files in one burst: small enough for any server's limit on open files.
_BATCH = 32
#: A file up to this size is read ahead, in one request together with the proof that it ends there.
_SMALL = 32767
_CLASHES = 20


class SftpConnector:
    """
    One account on a partner's SFTP server; everything in it is that partner's.

    `host_keys` are the server's pinned keys, as "type base64"; there is no way to connect
    without. `rename` says how a finished upload gets its name: "rename" never overwrites and is
    right for nearly all servers; "none" writes under the final name, for servers that rename nothing.
    """

    def __init__(
        self,
        name: str,
        *,
        partner: str,
        host: str,
        username: str,
        host_keys: tuple[str, ...],
        inbound: str,
        outbound: str,
        settle_seconds: float,
        port: int = 22,
        key: str | None = None,
        key_passphrase: str | None = None,
        password: str | None = None,
        done: str | None = None,
        temporary: tuple[str, ...] = TEMPORARY,
        trigger: str | None = None,
        prefetch: bool = True,
        rename: Rename = "rename",
        connect_seconds: float = 15.0,
        banner_seconds: float = 15.0,
        auth_seconds: float = 30.0,
        operation_seconds: float = 30.0,
        keepalive_seconds: int = 15,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # paramiko takes 0.3 s to import; commands without an SFTP account do not pay for it.
        from edi_gateway.connectors import ssh

        if not host_keys:
            raise ConfigError(f"connector {name}: host_keys needs the server's host key")
        if key is None and password is None:
            raise ConfigError(f"connector {name}: give a private key or a password")
        self.name = name
        self._account = ssh.Account(
            host=host,
            port=port,
            username=username,
            host_keys=tuple(ssh.host_key(name, line) for line in host_keys),
            key=None if key is None else ssh.private_key(name, key, key_passphrase),
            password=password,
            connect_seconds=connect_seconds,
            banner_seconds=banner_seconds,
            auth_seconds=auth_seconds,
            operation_seconds=operation_seconds,
            keepalive_seconds=keepalive_seconds,
        )
        self._partner = partner
        self._inbound = _folder(inbound)
        self._outbound = _folder(outbound)
        self._done = None if done is None else _folder(done)
        self._prefetch = prefetch
        self._rename: Rename = rename
        self._watch = Watch(
            settle_seconds=settle_seconds, temporary=temporary, trigger=trigger, clock=clock
        )
        self._ahead: dict[WaitingFile, bytes] = {}
        self._open_session: SftpSession | None = None

    # Files in

    def fetch(self) -> Iterator[WaitingFile]:
        """Take one look and yield every stable file, oldest first."""
        self._ahead.clear()
        stable = iter(self._watch.stable(self._entries()))
        while batch := [entry.waiting() for entry in islice(stable, _BATCH)]:
            self._read_ahead([file for file in batch if file.size <= _SMALL])
            yield from batch

    def look(self) -> bool:
        """Whether the last `fetch` saw a file not yet stable."""
        return self._watch.unsettled

    def open(self, file: WaitingFile) -> BinaryIO:
        """Open the file; the stream gives exactly `file.size` bytes or raises."""
        content = self._ahead.pop(file, None)
        if content is not None:
            return io.BytesIO(content)
        path = self._inbound + file.name
        window = WINDOW if self._prefetch else 1
        download = Download(self._session, path, file.size, window)
        stream = ExactStream(download.piece, file.size, where=shown(path), close=download.close)
        return io.BufferedReader(stream, CHUNK)

    def settle(self, file: WaitingFile) -> None:
        """Move the file to the done folder, or delete it."""
        (error,) = self.settle_many([file])
        if error is not None:
            raise error

    def settle_many(self, files: Sequence[WaitingFile]) -> list[Exception | None]:
        """Settle each file; one failure does not stop the others."""
        outcomes: list[Exception | None] = []
        try:
            for start in range(0, len(files), _BATCH):
                outcomes += self._settle_batch(files[start : start + _BATCH])
        except ConnectionFailed as error:
            outcomes += [error] * (len(files) - len(outcomes))
        return outcomes

    # Files out

    def send(self, partner: str, name: str, content: bytes) -> None:
        """Put `content` where the partner fetches it, under `name`."""
        (error,) = self.send_many(partner, [(name, content)])
        if error is not None:
            raise error

    def send_many(self, partner: str, items: Sequence[tuple[str, bytes]]) -> list[Exception | None]:
        """Send each (name, content) in this order; one failure does not stop the others."""
        if partner != self._partner:
            raise ValueError(f"connector {self.name} is {self._partner}'s, not {partner}'s")
        uploads = [Upload(self._outbound, name, content) for name, content in items]
        try:
            for batch in batches([upload for upload in uploads if upload.open], _BATCH):
                send_batch(self._session, batch, self._rename)
        except ConnectionFailed as error:
            for upload in uploads:
                upload.fail(error)
        return [upload.error for upload in uploads]

    def flush(self) -> None:
        """Nothing to do: what the server confirmed is the server's to keep."""

    def close(self) -> None:
        """End the session, if one is open."""
        if self._open_session is not None:
            self._open_session.close()
            self._open_session = None

    @property
    def _session(self) -> SftpSession:
        """The session of this run; a broken one is replaced."""
        from edi_gateway.connectors.sftp_session import SftpSession

        if self._open_session is not None and self._open_session.broken:
            self.close()
        if self._open_session is None:
            self._open_session = SftpSession(self._account)
        return self._open_session

    def _entries(self) -> Iterator[Entry]:
        for name in self._session.names(self._inbound):
            if name.regular and name.status.size is not None and b"/" not in name.name:
                modified = (name.status.modified or 0) * 1_000_000_000
                yield Entry(self._partner, name.name, name.status.size, modified)

    def _read_ahead(self, files: list[WaitingFile]) -> None:
        """
        Read small files in one burst; what goes wrong shows when the file is opened.

        Asking for a byte more than listed proves that the file ends where the listing said.
        """
        if not self._prefetch or not files:
            return
        session = self._session
        opened = []
        requests = [packets.open_file(self._inbound + file.name, packets.READ) for file in files]
        for file, answer in zip(files, session.all(requests), strict=True):
            with suppress(RemoteRefusal):
                opened.append((file, packets.handle_of(answer, file.shown_name)))
        size = sum(file.size for file, _ in opened)
        answers = iter(session.all(_read_whole(opened), size=size))
        for (file, _), read, _closed in zip(opened, answers, answers, strict=False):
            with suppress(RemoteRefusal):
                content = packets.data_of(read, file.shown_name)
                if len(content) == file.size:
                    self._ahead[file] = content

    def _settle_batch(self, files: Sequence[WaitingFile]) -> list[Exception | None]:
        found = self._session.all([packets.lstat(self._inbound + file.name) for file in files])
        states = [_state(answer, file) for answer, file in zip(found, files, strict=True)]
        outcomes = [state if isinstance(state, Exception) else None for state in states]
        there = [at for at, state in enumerate(states) if state == "there"]
        moved = self._session.all([self._put_away(files[at].name) for at in there])
        for at, answer in zip(there, moved, strict=True):
            outcomes[at] = self._settled(files[at], answer)
        self._settle_triggers(
            file
            for file, state, outcome in zip(files, states, outcomes, strict=True)
            if state != "changed" and outcome is None
        )
        return outcomes

    def _settle_triggers(self, files: Iterable[WaitingFile]) -> None:
        names = [name for file in files for name in self._watch.triggers(file.name)]
        self._session.all([packets.remove(self._inbound + name) for name in names])

    def _put_away(self, name: bytes, suffix: bytes = b"") -> Request:
        if self._done is None:
            return packets.remove(self._inbound + name)
        return packets.rename(self._inbound + name, self._done + name + suffix)

    def _settled(self, file: WaitingFile, answer: Answer) -> Exception | None:
        path = shown(self._inbound + file.name)
        goal = "delete" if self._done is None else f"move to {shown(self._done)}"
        try:
            packets.check_done(answer, f"{path}: {goal}")
        except RemoteRefusal as error:
            return None if self._gone(file) or self._settled_elsewhere(file) else error
        return None

    def _gone(self, file: WaitingFile) -> bool:
        return not exists(self._session, self._inbound + file.name)

    def _settled_elsewhere(self, file: WaitingFile) -> bool:
        """Whether the file could be moved under another name, its own being taken."""
        if self._done is None or not exists(self._session, self._done + file.name):
            return False
        stamp = file.modified.strftime(".%Y%m%dT%H%M%S").encode()
        suffixes = [stamp, *(stamp + b".%d" % number for number in range(1, _CLASHES))]
        return any(self._accepts(self._put_away(file.name, suffix)) for suffix in suffixes)

    def _accepts(self, request: Request) -> bool:
        try:
            packets.check_done(self._session.one(request), self.name)
        except RemoteRefusal:
            return False
        return True


def _folder(path: str) -> bytes:
    """The path with exactly one slash at its end, so that a name can follow."""
    return path.encode().rstrip(b"/") + b"/"


def _read_whole(opened: list[tuple[WaitingFile, bytes]]) -> Iterator[Request]:
    for file, handle in opened:
        yield packets.read(handle, 0, file.size + 1)
        yield packets.close(handle)


def _state(answer: Answer, file: WaitingFile) -> Literal["there", "gone", "changed"] | Exception:
    """Whether the very file that was fetched is there; a newer one of the name is not it."""
    try:
        status = packets.status_of(answer, file.shown_name)
    except RemoteRefusal as error:
        return "gone" if error.missing else error
    modified = moment((status.modified or 0) * 1_000_000_000)
    same = status.size == file.size and modified == file.modified
    return "there" if same else "changed"
