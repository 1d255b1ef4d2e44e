"""
The faults of a partner package, each with its place and what to write instead.

A package is written by people in editors and spreadsheets: they want every fault at once, as
FILE:LINE:COLUMN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

#: More than this many faults are counted, not listed.
LISTED = 1000


class Faults:
    """The faults found so far, in the files of one package; the same one counts once."""

    def __init__(self, origin: str, files: Sequence[str]) -> None:
        self._prefix = f"{origin.rstrip('/')}/" if origin else ""
        self._files = list(files)
        self._found: set[tuple[int, int, int, str]] = set()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, file: str, line: int, column: int, text: str) -> None:
        """Note a fault: what is wrong, then the remedy."""
        fault = (self._files.index(file), line, column, text)
        if fault in self._found:
            return
        self._count += 1
        if len(self._found) < LISTED:
            self._found.add(fault)

    def count(self, more: int) -> None:
        """Count faults that are not listed."""
        self._count += more

    def sentences(self) -> list[str]:
        """Every fault as `FILE:LINE:COLUMN: what; remedy`, in the order of the files."""
        listed = [
            f"{self._prefix}{self._files[file]}:{line}:{column}: {text}"
            for file, line, column, text in sorted(self._found)
        ]
        if self._count > len(listed):
            listed.append(f"and {self._count - len(listed)} more faults; correct these first")
        return listed


def suggestion(name: str, known: Sequence[str] | Mapping[str, object]) -> str | None:
    """Return the question whether a name close to this one was meant, if there is one."""
    close = get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else None
