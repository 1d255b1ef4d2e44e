"""A file on a terminal: what it is, and its faulty places marked with a sentence under each."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from edi_gateway.cli.marked.display import Page
from edi_gateway.cli.marked.headings import summary, title
from edi_gateway.cli.marked.lines import show_lines
from edi_gateway.cli.marked.segments import show_segments
from edi_gateway.cli.output import printable
from edi_gateway.inspection import Inspection

__all__ = ["Page", "show_marked"]

#: How much of a file that is no EDI is shown.
_BEGINNING = 60


def show_marked(found: Inspection, page: Page) -> Iterator[Text]:
    """Yield the file line by line as people want to see it; the file is read as they are shown."""
    yield title(found)
    if found.format is None or _is_beyond_showing(found):
        for fault in found.faults:
            yield from page.sentences(fault, 2)
        yield from _beginning(found)
    else:
        with found.file.open("rb") as file:
            show = show_segments if found.format == "edifact" else show_lines
            yield from show(found, file, page)
    yield from (Text(f"  note: {printable(note)}") for note in _notes(found))
    yield summary(found)


def _is_beyond_showing(found: Inspection) -> bool:
    return any(fault.code == "file-too-large" for fault in found.faults)


def _notes(found: Inspection) -> list[str]:
    return [*found.warnings, *(note for each in found.interchanges for note in each.warnings)]


def _beginning(found: Inspection) -> Iterator[Text]:
    """The first bytes, so that a person may recognise what arrived."""
    if not found.bytes:
        return  # empty, or no file at all
    with found.file.open("rb") as file:
        head = file.read(_BEGINNING).decode("utf-8", "backslashreplace")
    yield Text(f"  It begins with: {printable(head)}", "dim")
