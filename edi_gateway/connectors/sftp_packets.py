"""
The packets of SFTP version 3 that we use: requests to bytes, answers from bytes.

Paths and names are bytes on the wire and stay bytes here; paramiko's own client decodes them, so
that one badly named file hides a whole folder.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator
from typing import NamedTuple

from edi_gateway.errors import ConnectionFailed

VERSION = 3
INIT = 1
_VERSION = 2
_STATUS, _HANDLE, _DATA, _NAME, _ATTRS = 101, 102, 103, 104, 105

READ, WRITE, CREATE, TRUNCATE, EXCLUSIVE = 0x01, 0x02, 0x08, 0x10, 0x20

_OK, _END_OF_FILE, _NO_SUCH_FILE = 0, 1, 2
_WORDS = {
    2: "no such file",
    3: "permission denied",
    4: "failure",
    5: "bad message",
    8: "operation not supported by the server",
}


class RemoteRefusal(ConnectionFailed):
    """The server said no to one request; the session goes on."""

    def __init__(self, what: str, code: int, text: str) -> None:
        words = _WORDS.get(code, f"error {code}")
        detail = f" ({text})" if text and text.lower() != words else ""
        super().__init__(f"{what}: {words}{detail}")
        self.code = code

    @property
    def missing(self) -> bool:
        """Whether the reason is that there is no such file."""
        return self.code == _NO_SUCH_FILE


class Request(NamedTuple):
    """A request before it has its number."""

    kind: int
    body: bytes


class Answer(NamedTuple):
    """An answer without its number."""

    kind: int
    body: bytes


class Status(NamedTuple):
    """What a server tells about a file; a field it left out is None."""

    size: int | None
    mode: int | None
    #: Seconds since 1970.
    modified: int | None


class Name(NamedTuple):
    """One entry of a listing."""

    name: bytes
    long: bytes
    status: Status

    @property
    def regular(self) -> bool:
        """Whether it is a plain file: by its mode or, failing that, by the line `ls` would print."""
        kind = stat.S_IFMT(self.status.mode or 0)
        return stat.S_ISREG(kind) if kind else self.long[:1] == b"-"


def open_file(path: bytes, flags: int) -> Request:
    """SSH_FXP_OPEN, with the server's default permissions for a new file."""
    return Request(3, _text(path) + struct.pack(">II", flags, 0))


def close(handle: bytes) -> Request:
    """SSH_FXP_CLOSE."""
    return Request(4, _text(handle))


def read(handle: bytes, offset: int, count: int) -> Request:
    """SSH_FXP_READ."""
    return Request(5, _text(handle) + struct.pack(">QI", offset, count))


def write(handle: bytes, offset: int, content: bytes) -> Request:
    """SSH_FXP_WRITE."""
    head = struct.pack(">QI", offset, len(content))
    return Request(6, b"".join((_text(handle), head, content)))


def lstat(path: bytes) -> Request:
    """SSH_FXP_LSTAT."""
    return Request(7, _text(path))


def fstat(handle: bytes) -> Request:
    """SSH_FXP_FSTAT."""
    return Request(8, _text(handle))


def open_folder(path: bytes) -> Request:
    """SSH_FXP_OPENDIR."""
    return Request(11, _text(path))


def read_folder(handle: bytes) -> Request:
    """SSH_FXP_READDIR."""
    return Request(12, _text(handle))


def remove(path: bytes) -> Request:
    """SSH_FXP_REMOVE."""
    return Request(13, _text(path))


def rename(path: bytes, target: bytes) -> Request:
    """SSH_FXP_RENAME: refuses to overwrite, by the standard."""
    return Request(18, _text(path) + _text(target))


def posix_rename(path: bytes, target: bytes) -> Request:
    """The OpenSSH extension: overwrites."""
    return Request(200, _text(b"posix-rename@openssh.com") + _text(path) + _text(target))


def check_done(answer: Answer, what: str) -> None:
    """Raise `RemoteRefusal` unless the server did it."""
    if answer.kind != _STATUS or _Fields(answer.body).integer() != _OK:
        raise _refusal(answer, what)


def handle_of(answer: Answer, what: str) -> bytes:
    """The handle of a file or folder just opened."""
    if answer.kind != _HANDLE:
        raise _refusal(answer, what)
    return _Fields(answer.body).text()


def data_of(answer: Answer, what: str) -> bytes:
    """The bytes read; empty at the end of the file."""
    if answer.kind == _DATA:
        return _Fields(answer.body).text()
    if _at_end(answer):
        return b""
    raise _refusal(answer, what)


def status_of(answer: Answer, what: str) -> Status:
    """What the server tells about a file."""
    if answer.kind != _ATTRS:
        raise _refusal(answer, what)
    return _status(_Fields(answer.body))


def names_of(answer: Answer, what: str) -> list[Name]:
    """The next entries of a listing; empty when there are no more."""
    if answer.kind == _NAME:
        return list(_names(_Fields(answer.body)))
    if _at_end(answer):
        return []
    raise _refusal(answer, what)


def check_version(answer: Answer) -> None:
    """Raise `ConnectionFailed` unless the server speaks our version."""
    if answer.kind != _VERSION:
        raise ConnectionFailed(f"the server opened SFTP with packet type {answer.kind}")


def _at_end(answer: Answer) -> bool:
    return answer.kind == _STATUS and _Fields(answer.body).integer() == _END_OF_FILE


def _refusal(answer: Answer, what: str) -> ConnectionFailed:
    if answer.kind != _STATUS:
        return ConnectionFailed(f"{what}: unexpected SFTP packet type {answer.kind}")
    fields = _Fields(answer.body)
    code = fields.integer()
    text = fields.text() if fields.more else b""
    return RemoteRefusal(what, code, text.decode("utf-8", "replace")[:200])


def _names(fields: _Fields) -> Iterator[Name]:
    for _ in range(fields.integer()):
        yield Name(fields.text(), fields.text(), _status(fields))


def _status(fields: _Fields) -> Status:
    flags = fields.integer()
    size = fields.long() if flags & 0x01 else None
    if flags & 0x02:
        fields.long()  # user and group
    mode = fields.integer() if flags & 0x04 else None
    modified = None
    if flags & 0x08:
        fields.integer()  # time of last access
        modified = fields.integer()
    if flags & 0x80000000:
        for _ in range(2 * fields.integer()):
            fields.text()
    return Status(size, mode, modified)


def _text(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


class _Fields:
    """Reads an answer's fields one after the other; too short a packet is a `ConnectionFailed`."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    @property
    def more(self) -> bool:
        return self._at < len(self._body)

    def integer(self) -> int:
        return int.from_bytes(self._take(4))

    def long(self) -> int:
        return int.from_bytes(self._take(8))

    def text(self) -> bytes:
        return self._take(self.integer())

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._body):
            raise ConnectionFailed("the server sent a garbled SFTP packet")
        piece = self._body[self._at : end]
        self._at = end
        return piece
