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
LONGEST_SEGMENT = 4 * CHUNK


@dataclass(slots=True)
class Batch:
    """Some segments as written, with padding before them, and where each ends in the file."""

    segments: list[str]
    start: int
    #: Offset behind each segment's text, relative to `start`, terminators not counted.
    ends: list[int]
    ascii: bool
    text: str

    def offset(self, index: int) -> int:
        """Byte offset of segment `index`, padding included."""
        return self.start + (self.ends[index - 1] + index if index else 0)

    def behind(self, index: int) -> int:
        """Byte offset behind the terminator of segment `index`."""
        return self.start + self.ends[index] + index + 1


class Scanner:
    """
    Cuts a file into batches of segments.

    Bytes are held as Latin-1 text, one character each, so that offsets are those of the file.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._held = ""
        #: Offset in the file of the first byte held.
        self.offset = 0
        self.chars: ServiceCharacters = DEFAULT
        self.overlong = False
        self._hash: hashlib._Hash | None = None
        self._hashed_to = 0
        self._passed = ""
        self._passed_at = 0

    def head(self, size: int) -> str:
        """Return what comes next, without taking it."""
        while len(self._held) < size and self._more():
            pass
        return self._held[:size]

    def drop(self, size: int) -> None:
        """Take `size` bytes away."""
        self._pass_to(self.offset + size)

    def batches(self) -> Iterator[Batch]:
        """Yield segments until the file ends, or until the consumer has moved on with `restart`."""
        while True:
            segments, rest = split_segments(self._held, self.chars)
            if segments:
                taken = len(self._held) - len(rest)
                text = self._held[:taken]
                batch = Batch(
                    segments,
                    self.offset,
                    list(accumulate(map(len, segments))),
                    text.isascii(),
                    text,
                )
                self._passed, self._passed_at = text, self.offset
                self._held = rest
                self.offset += taken
                yield batch
                self._hash_passed(self._passed_at + len(self._passed))
            if len(self._held) > LONGEST_SEGMENT:
                self.overlong = True
                return
            if not self._more() and not self._could_split(segments):
                return

    def _could_split(self, segments: list[str]) -> bool:
        """Whether another round may find segments: the consumer has put some back."""
        return bool(segments) and self.chars.terminator in self._held

    def restart(self, offset: int) -> None:
        """Go back to (or on to) `offset`: the next batch begins there."""
        if offset < self.offset:
            back = self._passed[offset - self._passed_at :]
            self._held = back + self._held
            self.offset = offset
            self._hash_passed(offset)
            self._passed = ""
        else:
            self._hash_passed(self.offset)
            self._pass_to(offset)

    def rest(self) -> str:
        """What is held behind the last terminator."""
        return self._held

    def begin_hash(self, offset: int) -> None:
        """Begin the content hash of an interchange at `offset`."""
        self._hash = hashlib.sha256()
        self._hashed_to = offset

    def end_hash(self, offset: int) -> str:
        """Return the hash of the bytes up to `offset`, line breaks left out."""
        self._hash_passed(offset)
        if self._hash is None:
            return ""
        if offset > self.offset:
            self._update(self._held[: offset - self.offset])
        digest = self._hash.hexdigest()
        self._hash = None
        return digest

    def _hash_passed(self, offset: int) -> None:
        if self._hash is None or offset <= self._hashed_to or not self._passed:
            return
        begin = max(self._hashed_to - self._passed_at, 0)
        self._update(self._passed[begin : offset - self._passed_at])
        self._hashed_to = offset

    def _update(self, text: str) -> None:
        if self._hash is not None:
            self._hash.update(text.encode("latin-1").translate(None, b"\r\n"))

    def _pass_to(self, offset: int) -> None:
        while self.offset < offset:
            if not self._held and not self._more():
                return
            step = min(len(self._held), offset - self.offset)
            if self._hash is not None and self._hashed_to <= self.offset:
                self._update(self._held[:step])
                self._hashed_to = self.offset + step
            self._held = self._held[step:]
            self.offset += step

    def _more(self) -> bool:
        data = self._file.read(CHUNK)
        self._held += data.decode("latin-1")
        return bool(data)
