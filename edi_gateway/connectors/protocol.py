"""What every connector promises, and the two refusals that need a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, Protocol

from edi_gateway.connectors.waiting import WaitingFile
from edi_gateway.errors import ConnectionFailed, GatewayError

_OUR_NAME = re.compile(r"(?!\.)[A-Za-z0-9._+-]{1,200}")


class HostKeyRefused(ConnectionFailed):
    """
    The server showed a key that is not pinned; nothing was sent to it.

    Trying again is harmless but useless: a person must compare the fingerprints.
    """

    def __init__(self, server: str, *, pinned: tuple[str, ...], shown: str) -> None:
        super().__init__(
            f"{server} shows host key {shown}, but pinned is {' or '.join(pinned)}. Nothing was sent."
            " Ask the partner, by another way than e-mail, whether the key was changed."
        )
        self.pinned = pinned
        self.shown = shown


class LoginRefused(ConnectionFailed):
    """The server refused our key or password; insisting may lock the account."""


class Connector(Protocol):
    """
    One account files come from or go to. One instance is used by one thread at a time.

    Every method may raise `ConnectionFailed`. It may mean one file or the whole account; in both
    cases nothing was half done that a repetition would not put right.
    """

    name: str

    def fetch(self) -> Iterator[WaitingFile]:
        """
        Take one look and yield every stable file, oldest first.

        Stable: unchanged between two looks at least `settle_seconds` apart, or announced by its
        trigger file; never one with a temporary name. A file not settled is yielded again.
        """
        ...

    def open(self, file: WaitingFile) -> BinaryIO:
        """Open the file; the stream gives exactly `file.size` bytes or raises `ConnectionFailed`."""
        ...

    def settle(self, file: WaitingFile) -> None:
        """
        Move the file to the agreed done folder, or delete it; no error if it is gone already.

        A file that changed since it was fetched is left where it is: it is another one.
        """
        ...

    def settle_many(self, files: Sequence[WaitingFile]) -> list[Exception | None]:
        """Settle each file; one failure (in its place in the list) does not stop the others."""
        ...

    def send(self, partner: str, name: str, content: bytes) -> None:
        """
        Put `content` where `partner` fetches it, under `name`: temporary name, check, rename.

        A target with the same content counts as delivered; other content raises
        `DeliveryConflict`. `name` and `partner` are ours; a bad one is a `ValueError`.
        """
        ...

    def send_many(self, partner: str, items: Sequence[tuple[str, bytes]]) -> list[Exception | None]:
        """Send each (name, content) in this order; one failure does not stop the others."""
        ...

    def flush(self) -> None:
        """
        Make everything sent and settled so far durable, as far as that is in our hands.

        Call it before recording a delivery as sent. A failed fsync of a directory escapes as
        `OSError`: it must end the process, because a second fsync may claim success wrongly.
        """
        ...

    def look(self) -> bool:
        """
        Whether the last `fetch` saw a file not yet stable, so that another look is worth while.

        It does not look itself.
        """
        ...

    def close(self) -> None:
        """End the session, if one is open. The next call to another method opens a new one."""
        ...


def check_name(name: str) -> None:
    """Raise `ValueError` unless `name` is one we could have made."""
    if not _OUR_NAME.fullmatch(name):
        raise ValueError(f"not a name we give to files or partners: {name!r}")


def each(actions: Sequence[Callable[[], None]]) -> list[Exception | None]:
    """Run every action; return, in their order, what went wrong with it or None."""
    return [outcome(action) for action in actions]


def outcome(action: Callable[[], None]) -> Exception | None:
    """Run one action; return what went wrong with it, or None."""
    try:
        action()
    except (GatewayError, ValueError) as error:
        return error
    return None
