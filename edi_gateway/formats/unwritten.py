"""What a document holds and the message written from it does not: found by reading it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from edi_gateway.documents import Document, to_json
from edi_gateway.formats.uncarried import same_value

#: Where a line begins in the file it was read from: no business of the document.
_POSITION = "position"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """A field of the document that the target does not hold, or holds otherwise."""

    #: Path in the canonical JSON, such as `lines[0].price.per`.
    field: str
    value: str
    #: What the target says instead; None: nothing.
    written: str | None


def find_unwritten(document: Document, again: Document) -> list[Unwritten]:
    """Return the fields of `document` that are not in what was read `again` from the target."""
    return list(_differences(_plain(document), _plain(again), ""))


def _plain(document: Document) -> object:
    """The document as JSON says it."""
    value: object = msgspec.json.decode(to_json(document))
    return value


def _differences(before: Any, after: Any, path: str) -> Iterator[Unwritten]:
    if isinstance(before, dict):
        for key, value in before.items():
            if key != _POSITION:
                there = after.get(key) if isinstance(after, dict) else None
                yield from _differences(value, there, f"{path}.{key}" if path else key)
    elif isinstance(before, list):
        for number, value in enumerate(before):
            there = after[number] if isinstance(after, list) and number < len(after) else None
            yield from _differences(value, there, f"{path}[{number}]")
    elif before is not None:
        written = None if after is None else str(after)
        if not same_value(str(before), written):
            yield Unwritten(field=path, value=str(before), written=written)
