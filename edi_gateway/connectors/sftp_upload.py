"""
Answers on their way to a server, in bursts: create, write and check, rename, clear up.

A partner who looks into the folder sees a final name only once all its bytes are there (except
with "none", where the server allows no other way). A repetition after any failure is harmless:
a temporary file is written anew, and a final one is compared with what we meant to send.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Literal

from edi_gateway.connectors import sftp_packets as packets
from edi_gateway.connectors.protocol import check_name
from edi_gateway.connectors.sftp_files import CHUNK, content_of, exists
from edi_gateway.connectors.sftp_packets import Answer, RemoteRefusal, Request
from edi_gateway.connectors.waiting import shown
from edi_gateway.errors import ConnectionFailed, DeliveryConflict

if TYPE_CHECKING:
    from edi_gateway.connectors.sftp_session import SftpSession

Rename = Literal["rename", "posix-rename", "none"]


class Upload:
    """One answer on its way, and how far it came."""

    def __init__(self, folder: bytes, name: str, content: bytes) -> None:
        self.content = content
        self.handle: bytes | None = None
        self.delivered = False
        self.error: Exception | None = None
        self.target = self.temporary = folder
        #: Whether something of ours may lie under the name we wrote to, and should not.
        self.leftover = False
        try:
            check_name(name)
        except ValueError as error:
            self.error = error
        else:
            self.target = folder + name.encode()
            self.temporary = folder + f".{name}.part".encode()

    @property
    def open(self) -> bool:
        """Whether there is still something to do for it."""
        return self.error is None and not self.delivered

    def fail(self, error: Exception) -> None:
        """Record the failure, unless its fate is known already."""
        if self.open:
            self.error = error


def batches(uploads: Iterable[Upload], most: int) -> Iterator[list[Upload]]:
    """Groups for one burst; a name twice goes into two, or both would write one file at once."""
    batch: list[Upload] = []
    names: set[bytes] = set()
    for upload in uploads:
        if len(batch) == most or upload.target in names:
            yield batch
            batch, names = [], set()
        batch.append(upload)
        names.add(upload.target)
    if batch:
        yield batch


def send_batch(session: SftpSession, batch: list[Upload], rename: Rename) -> None:
    """Send all of the batch; failures of single answers are recorded in them."""
    if rename == "none":
        _send_in_place(session, batch)
    else:
        _create(session, batch, [upload.temporary for upload in batch], packets.TRUNCATE)
        _write(session, batch)
        _publish(session, [upload for upload in batch if upload.open], rename)
        _remove(session, [upload.temporary for upload in batch if upload.leftover])


def _send_in_place(session: SftpSession, batch: list[Upload]) -> None:
    _create(session, batch, [upload.target for upload in batch], packets.EXCLUSIVE)
    for upload in batch:
        if upload.error is not None:
            _resume(session, upload)
    _write(session, batch)
    for upload in batch:
        upload.delivered = upload.error is None
    failed = [upload for upload in batch if upload.leftover and not upload.delivered]
    _remove(session, [upload.target for upload in failed])


def _create(session: SftpSession, batch: list[Upload], paths: list[bytes], flags: int) -> None:
    flags |= packets.WRITE | packets.CREATE
    answers = session.all([packets.open_file(path, flags) for path in paths])
    for upload, path, answer in zip(batch, paths, answers, strict=True):
        try:
            upload.handle = packets.handle_of(answer, f"write {shown(path)}")
            upload.leftover = True
        except RemoteRefusal as error:
            upload.error = error


def _resume(session: SftpSession, upload: Upload) -> None:
    """A file of our name is there: ours, ours but cut off by a crash, or somebody else's."""
    with _recorded(session, upload):
        if not exists(session, upload.target):
            return
        there = content_of(session, upload.target, len(upload.content))
        if there is None or not upload.content.startswith(there):
            raise _conflict(upload)
        if there == upload.content:
            upload.delivered = True
        else:
            flags = packets.WRITE | packets.TRUNCATE
            answer = session.one(packets.open_file(upload.target, flags))
            upload.handle = packets.handle_of(answer, f"write {shown(upload.target)}")
            upload.leftover = True
        upload.error = None


def _write(session: SftpSession, batch: list[Upload]) -> None:
    started = [upload for upload in batch if upload.open]
    size = sum(len(upload.content) for upload in started)
    requests = (request for upload in started for request in _write_whole(upload))
    answers = iter(session.all(requests, size=size))
    for upload in started:
        writes = len(range(0, len(upload.content), CHUNK))
        try:
            _check_written(upload, list(islice(answers, writes + 2)))
        except ConnectionFailed as error:
            upload.error = error


def _write_whole(upload: Upload) -> Iterator[Request]:
    """Write, ask for the size, close."""
    handle = upload.handle or b""
    for at in range(0, len(upload.content), CHUNK):
        yield packets.write(handle, at, upload.content[at : at + CHUNK])
    yield packets.fstat(handle)
    yield packets.close(handle)


def _check_written(upload: Upload, answers: list[Answer]) -> None:
    what = f"write {shown(upload.target)}"
    *writes, status, closed = answers
    for answer in writes:
        packets.check_done(answer, what)
    size = packets.status_of(status, what).size
    packets.check_done(closed, what)
    if size != len(upload.content):
        raise ConnectionFailed(f"{what}: {len(upload.content)} bytes sent, {size} stored")


def _publish(session: SftpSession, ready: list[Upload], rename: Rename) -> None:
    command = packets.rename
    if rename == "posix-rename":
        command = packets.posix_rename
        ready = [upload for upload in ready if not _taken(session, upload)]
    answers = session.all([command(upload.temporary, upload.target) for upload in ready])
    for upload, answer in zip(ready, answers, strict=True):
        try:
            packets.check_done(answer, f"rename to {shown(upload.target)}")
            upload.delivered = True
            upload.leftover = False
        except RemoteRefusal as error:
            upload.error = error
            _taken(session, upload)


def _taken(session: SftpSession, upload: Upload) -> bool:
    """Whether the name is taken; the same content there means delivered, other a conflict."""
    with _recorded(session, upload):
        if not exists(session, upload.target):
            return False
        if content_of(session, upload.target, len(upload.content)) != upload.content:
            raise _conflict(upload)
        upload.delivered = True
        upload.error = None
    return True


@contextmanager
def _recorded(session: SftpSession, upload: Upload) -> Iterator[None]:
    """Make a failure the upload's own, unless the whole session is lost."""
    try:
        yield
    except (ConnectionFailed, DeliveryConflict) as error:
        if session.broken:
            raise
        upload.error = error


def _remove(session: SftpSession, paths: list[bytes]) -> None:
    """Clear up, as far as the server lets us: a leftover is overwritten by the next attempt."""
    if paths:
        session.all([packets.remove(path) for path in paths])


def _conflict(upload: Upload) -> DeliveryConflict:
    where = shown(upload.target)
    return DeliveryConflict(f"{where}: another file of that name is there, with other content")
