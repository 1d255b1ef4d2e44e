"""Lines taken in one go get the verdict, and become the rows, that they do segment by segment."""

from __future__ import annotations

import io
from typing import Any

import pytest

from edi_gateway.formats.edifact import EdifactFormat, lines, reader
from edi_gateway.formats.edifact.conformity import conformity
from edi_gateway.formats.edifact.walk import find_walk
from edi_gateway.formats.interchange import Limits, OpenedInterchange, Sender
from edi_gateway.formats.mapping import MappingLibrary
from tests.differential.lines import interchange

LIBRARY = MappingLibrary()
#: A partner whose messages are held against the EANCOM profile as well, and their codes.
STRICT = Sender(partner="", insists=frozenset({"code-unknown", "profile-segment"}))


def taken(
    data: bytes, sender: Sender | None, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[OpenedInterchange], list[Any]]:
    """The verdict, and the rows of the documents, by a program that has seen nothing yet."""
    conformity.cache_clear()
    find_walk.cache_clear()
    rows: list[Any] = []
    monkeypatch.setattr(reader, "build", lambda _, row, parts: rows.append([row, *parts]))
    format_ = EdifactFormat()
    opened = list(
        format_.open(
            io.BytesIO(data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: sender
        )
    )
    for found in opened:
        for message in found.messages:
            part = data[message.offset : message.offset + message.length]
            if not message.faults:
                format_.read(part, found, message, library=LIBRARY, partner=None)
    return opened, [[row, [(part.name, some) for part, some in parts]] for row, *parts in rows]


@pytest.mark.parametrize("sender", [None, STRICT], ids=["nothing-agreed", "strict"])
def test_lines_in_one_go_are_judged_and_read_as_segment_by_segment(
    cases: int, seed: int, sender: Sender | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(seed, seed + cases // 20):
        data = interchange(number)
        monkeypatch.setattr(lines, "_PATIENCE", 10**9)
        by_segment = taken(data, sender, monkeypatch)

        monkeypatch.setattr(lines, "_PATIENCE", 1)
        monkeypatch.setattr(lines, "_MOST_PATIENCE", 1)
        in_one_go = taken(data, sender, monkeypatch)

        assert in_one_go == by_segment, f"--seed {number} --cases 20"
