"""
Well-formed interchanges, cut into segments by us and by stock pydifact: no difference.

`make differential` runs 30 000 cases. Case n of a run has the seed `--seed` + n, and a failure names
it: `--seed THAT --cases 1` repeats it, and a run goes on where it was stopped.
"""

from __future__ import annotations

import io
from typing import Any

from pydifact.parser import Parser

from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.edifact.tokens import (
    DEFAULT,
    PADDING,
    components,
    split_elements,
    split_segments,
)
from edi_gateway.formats.interchange import Limits, OpenedInterchange
from edi_gateway.formats.mapping import MappingLibrary
from tests.differential.interchanges import Case, make

Segments = list[tuple[str, list[Any]]]

LIBRARY = MappingLibrary()


def by_pydifact(text: str) -> Segments:
    """Tag and elements of every segment but UNA."""
    parsed = [(segment.tag, segment.elements) for segment in Parser().parse(text)]
    return [segment for segment in parsed if segment[0] != "UNA"]


def by_us(case: Case, text: str) -> Segments:
    """The same by our splitter: elements as pydifact writes them."""
    raws, rest = split_segments(text, case.chars)
    assert rest.strip(PADDING) == ""
    return [_segment(case, raw.lstrip(PADDING)) for raw in raws]


def _segment(case: Case, raw: str) -> tuple[str, list[Any]]:
    tag, *elements = (
        components(element, case.chars) for element in split_elements(raw, case.chars)
    )
    assert len(tag) == 1
    return tag[0], [_pydifact_element(list(element)) for element in elements]


def _pydifact_element(parts: list[str]) -> Any:
    """Components without the empty ones at the end; one alone is text."""
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts[0] if len(parts) == 1 else parts


def opened(case: Case) -> OpenedInterchange:
    (interchange,) = EdifactFormat().open(
        io.BytesIO(case.data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: None
    )
    return interchange


def test_segments_elements_and_components_are_those_of_stock_pydifact(
    cases: int, seed: int
) -> None:
    for number in range(seed, seed + cases):
        case = make(number)

        ours = by_us(case, case.text[len(case.una) :])

        assert ours == by_pydifact(case.text), f"--seed {number} --cases 1"


def test_messages_lie_where_stock_pydifact_finds_them(cases: int, seed: int) -> None:
    for number in range(seed, seed + cases):
        case = make(number)

        found = opened(case)

        again = f"--seed {number} --cases 1"
        assert found.faults == [], again
        assert found.length == case.text.rindex(case.chars.terminator) + 1, again
        assert [message.segments for message in found.messages] == case.messages, again
        segments = by_pydifact(case.text)
        for message in found.messages:
            part = case.data[message.offset : message.offset + message.length].decode("latin-1")
            begin = segments.index(("UNH", [message.reference, ["ZZTEST", "D", "96A", "UN"]]))
            wanted = segments[begin : begin + message.segments]
            assert by_pydifact((case.una or DEFAULT.to_una()) + part) == wanted, again
