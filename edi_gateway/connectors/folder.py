"""
Folders of this machine (or mounted on it) as a mailbox.

Files arrive in `inbound`, answers are left in `outbound`. Names are bytes: a partner's system
may write any. Links, pipes and directories are never taken, whatever they are called.
"""

from __future__ import annotations

import io
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import ENOTSUP, EPERM
from functools import partial as bind
from itertools import chain, count
from pathlib import Path
from typing import BinaryIO

from edi_gateway.connectors.protocol import check_name, each, outcome
from edi_gateway.connectors.waiting import (
    TEMPORARY,
    Entry,
    ExactStream,
    WaitingFile,
    Watch,
    moment,
    shown,
)
from edi_gateway.durability import sync_file_system, sync_folder
from edi_gateway.errors import ConnectionFailed, DeliveryConflict

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK = 1 << 18


class FolderConnector:
    """
    A folder files come from, and a folder answers go to.

    With `partner` both belong to that partner. Without, each subfolder of `inbound` belongs to the
    partner of that name and answers go to the subfolder of `outbound`; a file directly in
    `inbound` is nobody's.
    """

    def __init__(
        self,
        name: str,
        *,
        inbound: Path,
        outbound: Path,
        settle_seconds: float,
        partner: str | None = None,
        done: Path | None = None,
        temporary: tuple[str, ...] = TEMPORARY,
        trigger: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._inbound = inbound
        self._outbound = outbound
        self._done = done
        self._partner = partner
        self._watch = Watch(
            settle_seconds=settle_seconds, temporary=temporary, trigger=trigger, clock=clock
        )
        self._unsynced: set[Path] = set()

    def fetch(self) -> Iterator[WaitingFile]:
        """Take one look and yield every stable file, oldest first."""
        with _translated(self._inbound):
            entries = list(self._entries())
        for entry in self._watch.stable(entries):
            yield entry.waiting()

    def look(self) -> bool:
        """Whether the last `fetch` saw a file not yet stable."""
        return self._watch.unsettled

    def open(self, file: WaitingFile) -> BinaryIO:
        """Open the file; the stream gives exactly `file.size` bytes or raises."""
        path = self._path(file)
        with _translated(path):
            descriptor = os.open(path, _READ)
            try:
                _check_unchanged(os.fstat(descriptor), file, path)
            except ConnectionFailed:
                os.close(descriptor)
                raise
        stream = ExactStream(
            bind(_read, descriptor, path),
            file.size,
            where=_shown(path),
            close=bind(os.close, descriptor),
        )
        return io.BufferedReader(stream, _CHUNK)

    def settle(self, file: WaitingFile) -> None:
        """Move the file to the done folder, or delete it; durable after `flush`."""
        path = self._path(file)
        with _translated(path):
            try:
                # A newer file of the same name is not the one that was fetched.
                if not _same(path.lstat(), file):
                    return
                self._put_away(path, file)
            except FileNotFoundError:
                self._unsynced.add(path.parent)
            for trigger in self._watch.triggers(file.name):
                self._discard(path.with_name(os.fsdecode(trigger)))

    def settle_many(self, files: Sequence[WaitingFile]) -> list[Exception | None]:
        """Settle each file; one failure does not stop the others."""
        return each([bind(self.settle, file) for file in files])

    def send(self, partner: str, name: str, content: bytes) -> None:
        """Put `content` where `partner` fetches it, under `name`; durable after `flush`."""
        (error,) = self.send_many(partner, [(name, content)])
        if error is not None:
            raise error

    def send_many(self, partner: str, items: Sequence[tuple[str, bytes]]) -> list[Exception | None]:
        """Send each (name, content); one failure does not stop the others."""
        if len({name for name, _ in items}) < len(items):
            return [self.send_many(partner, [item])[0] for item in items]
        try:
            folder = self._folder_for(partner)
            with _translated(folder):
                self._make(folder)
        except (ConnectionFailed, ValueError) as error:
            return [error for _ in items]
        outcomes = each([bind(self._write, folder, name, content) for name, content in items])
        try:
            with _translated(folder):
                # All at once: a sync of the file system costs about as much as that of one file.
                sync_file_system(folder)
        except ConnectionFailed as error:
            for name, _ in items:
                self._discard(folder / f".{name}.part")
            return [error for _ in items]
        return [
            error or outcome(bind(self._publish, folder, name, content))
            for error, (name, content) in zip(outcomes, items, strict=True)
        ]

    def _write(self, folder: Path, name: str, content: bytes) -> None:
        check_name(name)
        temporary = folder / f".{name}.part"
        with _translated(temporary):
            try:
                _write(temporary, content)
            except FileExistsError:
                # A killed process left it; nobody else uses our names.
                temporary.unlink()
                _write(temporary, content)
            except OSError:
                self._discard(temporary)
                raise

    def _publish(self, folder: Path, name: str, content: bytes) -> None:
        temporary = folder / f".{name}.part"
        with _translated(folder / name):
            try:
                _publish(temporary, folder / name, content)
            finally:
                self._discard(temporary)

    def flush(self) -> None:
        """Make everything sent and settled so far durable; see `Connector.flush`."""
        while self._unsynced:
            with suppress(FileNotFoundError):
                sync_folder(next(iter(self._unsynced)))
            self._unsynced.pop()

    def close(self) -> None:
        """Nothing is held open between calls."""

    def _entries(self) -> Iterator[Entry]:
        if self._partner is not None:
            yield from _regular_files(self._inbound, self._partner)
            return
        yield from _regular_files(self._inbound, None)
        for folder, partner in self._partner_folders():
            with suppress(FileNotFoundError):
                yield from _regular_files(folder, partner)

    def _partner_folders(self) -> list[tuple[Path, str]]:
        ours = (self._done, self._outbound)
        with os.scandir(self._inbound) as entries:
            return [
                (Path(entry.path), entry.name)
                for entry in entries
                if entry.is_dir(follow_symlinks=False)
                and not entry.name.startswith(".")
                and Path(entry.path) not in ours
                and _is_text(entry.name)
            ]

    def _path(self, file: WaitingFile) -> Path:
        return self._place(self._inbound, file) / _single(os.fsdecode(file.name))

    def _place(self, folder: Path, file: WaitingFile) -> Path:
        """The partner's part of the folder, where several share it."""
        if self._partner is None and file.partner is not None:
            return folder / _single(file.partner)
        return folder

    def _folder_for(self, partner: str) -> Path:
        if self._partner is None:
            check_name(partner)
            return self._outbound / partner
        if partner != self._partner:
            raise ValueError(f"connector {self.name} is {self._partner}'s, not {partner}'s")
        return self._outbound

    def _put_away(self, path: Path, file: WaitingFile) -> None:
        if self._done is None:
            self._discard(path)
            return
        folder = self._place(self._done, file)
        self._make(folder)
        path.rename(_free_name(folder / path.name, file))
        self._unsynced |= {folder, path.parent}

    def _discard(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._unsynced.add(path.parent)

    def _make(self, folder: Path) -> None:
        """Create the folder where needed; the folders that gained an entry must reach the disk."""
        missing = [place for place in (folder, *folder.parents) if not place.exists()]
        if missing:
            folder.mkdir(parents=True, exist_ok=True)
            self._unsynced |= {place.parent for place in missing}


def _regular_files(folder: Path, partner: str | None) -> Iterator[Entry]:
    with os.scandir(folder) as entries:
        for entry in entries:
            # A name in a listing may be gone by the time it is looked at.
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    name = os.fsencode(entry.name)
                    yield Entry(partner, name, status.st_size, status.st_mtime_ns)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _single(name: str) -> str:
    """The name itself, which must not lead out of its folder."""
    if "/" in name or "\0" in name or name in ("", ".", ".."):
        raise ValueError(f"not the name of a file in a folder: {name!r}")
    return name


def _same(status: os.stat_result, file: WaitingFile) -> bool:
    return (
        stat.S_ISREG(status.st_mode)
        and status.st_size == file.size
        and moment(status.st_mtime_ns) == file.modified
    )


def _check_unchanged(status: os.stat_result, file: WaitingFile, path: Path) -> None:
    if not _same(status, file):
        raise ConnectionFailed(f"{_shown(path)}: changed since it was listed")


def _read(descriptor: int, path: Path) -> bytes:
    with _translated(path):
        return os.read(descriptor, _CHUNK)


def _write(path: Path, content: bytes) -> None:
    """Write a new file; its bytes are on the disk after the next sync."""
    with io.FileIO(os.open(path, _WRITE, 0o666), "wb") as file:
        rest = memoryview(content)
        while rest:
            rest = rest[file.write(rest) :]
        size = os.fstat(file.fileno()).st_size
    if size != len(content):
        raise ConnectionFailed(f"{_shown(path)}: {len(content)} bytes written, {size} stored")


def _publish(temporary: Path, target: Path, content: bytes) -> None:
    """Give the file its final name in one step, and never in place of another file."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        _compare(target, content)
    except OSError as error:
        if error.errno not in (EPERM, ENOTSUP):
            raise
        _rename(temporary, target, content)


def _rename(temporary: Path, target: Path, content: bytes) -> None:
    """For file systems without hard links; we are the only writer of our names."""
    if _taken(target):
        _compare(target, content)
    else:
        temporary.rename(target)


def _compare(target: Path, content: bytes) -> None:
    status = target.lstat()
    if stat.S_ISREG(status.st_mode) and status.st_size == len(content):
        with io.FileIO(os.open(target, _READ), "rb") as file:
            if file.readall() == content:
                return
    raise DeliveryConflict(
        f"{_shown(target)}: another file of that name is there, with other content"
    )


def _free_name(path: Path, file: WaitingFile) -> Path:
    """The path, or one with the time of the file at its end if the name is taken."""
    stamped = f"{path.name}.{file.modified:%Y%m%dT%H%M%S}"
    names = chain([path.name, stamped], (f"{stamped}.{number}" for number in count(1)))
    return next(free for name in names if not _taken(free := path.with_name(name)))


def _taken(path: Path) -> bool:
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConnectionFailed(f"{_shown(path)}: {error.strerror or error}") from error


def _shown(path: Path) -> str:
    return shown(os.fsencode(path))
