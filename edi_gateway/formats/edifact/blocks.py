"""
Blocks: the segments of a message that are written together, and rows that sit inside other rows.

Both kinds of rows are tables of the document: packages, and lines that name their package. What
ties them is one field of each with the same value. Where one table feeds two places, as allowances
of the document and of its lines do, a row that is tied to nothing belongs to the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from edi_gateway.documents import Document
from edi_gateway.errors import HeldError
from edi_gateway.formats.edifact.cells import Values, Write

Fetch = Callable[[Any], Values]
#: The value of a row that ties it to others.
Key = Callable[[Any], object]


@dataclass(slots=True)
class Block:
    """A segment of the header, or (`rows`) the segments of each row of a repeated part."""

    number: int
    write: Write
    rows: str | None
    fetch: Fetch
    #: The header's values that follow those of a row.
    shared: tuple[int, ...]
    #: Parts that sit inside a row; behind all else, its values hold the rows of each.
    inner: tuple[Block, ...] = ()
    #: What ties a row to the one it sits in: its own field, and the other's.
    tie: tuple[Key, Key] | None = None
    #: Where another block writes rows of the same table: which are this one's.
    mine: Callable[[Any], bool] | None = None
    #: The fields a segment of the header is written from; constants are an empty one.
    fields: frozenset[str] = frozenset({""})
    #: Does the same for rows that have none of the fields few rows have.
    lean: Lean | None = None

    def rows_of(self, document: Document) -> Iterable[Any]:
        """The rows of the document that are this block's."""
        rows: tuple[Any, ...] = getattr(document, self.rows or "")
        return rows if self.mine is None else filter(self.mine, rows)


@dataclass(slots=True)
class Lean:
    """Writes rows that have none of the fields few rows have, without a look at each of them."""

    block: Block
    #: Fetches the fields that few rows have, and what they are where a row has none of them.
    seldom: Fetch
    nothing: Values


def has_inner_rows(block: Block, document: Document) -> bool:
    """Whether any row may have rows of another part inside."""
    return any(getattr(document, inner.rows or "") for inner in block.inner)


def nested_rows(block: Block, document: Document, header: Values) -> Iterator[tuple[Any, Values]]:
    """Each row of a part with its values; `HeldError` for an inner row that none would write."""
    shared = tuple([header[source] for source in block.shared])
    grouped = [_grouped(inner, document, header) for inner in block.inner]
    for row in block.rows_of(document):
        inside = tuple(groups.pop(outer(row), ()) for groups, outer in grouped)
        yield row, block.fetch(row) + shared + inside
    for inner, (groups, _) in zip(block.inner, grouped, strict=True):
        if groups:
            raise HeldError(
                f"the {inner.rows} refer to {next(iter(groups))!r}, which is none of the {block.rows}",
                code="reference-unknown",
                remedy="Correct the document where it comes from, then release.",
            )


def _grouped(
    block: Block, document: Document, header: Values
) -> tuple[dict[object, list[Values]], Key]:
    """The values of a part's rows by the row they sit in, and how that one is asked for it."""
    assert block.tie is not None  # noqa: S101  (an inner part has one)
    own, outer = block.tie
    groups: dict[object, list[Values]] = {}
    for row, values in nested_rows(block, document, header):
        groups.setdefault(own(row), []).append(values)
    return groups, outer
