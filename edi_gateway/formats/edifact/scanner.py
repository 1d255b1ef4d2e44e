"""A file as a stream of segments with their byte offsets, in bounded memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO

from edi_gateway.formats.edifact.tokens import DEFAULT, ServiceCharacters, split_segments

CHUNK = 1 << 20

#: A segment longer than this is no segment: nothing in EDIFACT comes near it.
LONGEST_SEGMENT = 1 << 16

#: How much is split after the characters may have changed: each change costs no more than this.
_FIRST_LOOK = 1 << 12


@dataclass(slots=True)
class Batch:
    """Some segments as written, with padding before them, and where each ends in the file."""

    segments: list[str]
    start: int
    #: Offset behind each segment's text, relative to `start`, terminators not counted.
    ends: list[int]

    def offset(self, index: int) -> int:
        """Byte offset of segment `index`, padding included."""
        return self.start + (self.ends[index - 1] + index if index else 0)

    def behind(self, index: int) -> int:
        """Byte offset behind the terminator of segment `index`."""
        return self.start + self.ends[index] + index + 1

    def unwrap(self, begin: int) -> None:
        """Take the line breaks out of segments that were cut into lines of a fixed length."""
        self.segments[begin:] = [without_breaks(raw) for raw in self.segments[begin:]]


def without_breaks(raw: str) -> str:
    """Return a segment that was cut into lines as it was before."""
    return raw.replace("\r", "").replace("\n", "")


class Scanner:
    """
    Cuts a file into batches of segments.

    Bytes are held as Latin-1 text, one character each, so that offsets are those of the file. What
    was passed stays at hand until more is read, for the consumer may put some of it back.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._text = ""
        #: Offset in the file of the first character held, and which one comes next.
        self._base = 0
        self._next = 0
        self._look = CHUNK
        self.chars: ServiceCharacters = DEFAULT
        self.overlong = False
        self._hash: hashlib._Hash | None = None
        self._hashed_to = 0

    @property
    def offset(self) -> int:
        """Offset in the file of what comes next."""
        return self._base + self._next

    def head(self, size: int) -> str:
        """Return what comes next, without taking it."""
        return self.ahead(0, size)

    def ahead(self, distance: int, size: int) -> str:
        """Return what stands `distance` further on, without taking anything."""
        while len(self._text) - self._next < distance + size and self._more():
            pass
        return self._text[self._next + distance : self._next + distance + size]

    def drop(self, size: int) -> None:
        """Take `size` bytes away."""
        self._pass_to(self.offset + size)

    def batches(self) -> Iterator[Batch]:
        """Yield segments until the file ends, or until the consumer has moved on with `restart`."""
        while True:
            piece = self._text[self._next : self._next + self._look]
            segments, rest = split_segments(piece, self.chars)
            if segments:
                start = self.offset
                self._next += len(piece) - len(rest)
                yield Batch(segments, start, list(accumulate(map(len, segments))))
                self._hash_to(self.offset)
            elif len(piece) > LONGEST_SEGMENT:
                self.overlong = True
                return
            elif self._next + len(piece) == len(self._text) and not self._more():
                return
            self._look = min(2 * self._look, CHUNK)

    def restart(self, offset: int) -> None:
        """Go back to (or on to) `offset`: the next batch begins there."""
        self._hash_to(min(offset, self.offset))
        self._look = _FIRST_LOOK
        if offset < self.offset:
            self._next = offset - self._base
        else:
            self._pass_to(offset)

    def rest(self) -> str:
        """What is held behind the last terminator."""
        return self._text[self._next :]

    def begin_hash(self, offset: int) -> None:
        """Begin the content hash of an interchange at `offset`."""
        self._hash = hashlib.sha256()
        self._hashed_to = offset

    def end_hash(self, offset: int) -> str:
        """Return the hash of the bytes up to `offset`, line breaks left out."""
        self._hash_to(offset)
        if self._hash is None:
            return ""
        digest = self._hash.hexdigest()
        self._hash = None
        return digest

    def _hash_to(self, offset: int) -> None:
        if self._hash is None or offset <= self._hashed_to:
            return
        part = self._text[self._hashed_to - self._base : offset - self._base]
        self._hash.update(part.encode("latin-1").translate(None, b"\r\n"))
        self._hashed_to = offset

    def _pass_to(self, offset: int) -> None:
        while self.offset < offset:
            held = len(self._text) - self._next
            if not held and not self._more():
                return
            self._next += min(len(self._text) - self._next, offset - self.offset)
            self._hash_to(self.offset)

    def _more(self) -> bool:
        """Read on, and let go of what was passed."""
        self._hash_to(self.offset)
        data = self._file.read(CHUNK)
        self._text = self._text[self._next :] + data.decode("latin-1")
        self._base += self._next
        self._next = 0
        return bool(data)
