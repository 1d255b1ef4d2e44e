"""Segments written again from their values are the segments that were read."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edi_gateway.demo.shipped import samples
from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.edifact.segments import (
    cells_of,
    rewrite,
    tokens_of,
    walk_segments,
    write_tokens,
)
from edi_gateway.formats.edifact.tokens import DEFAULT, PADDING, ServiceCharacters, split_segments
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from tests.conftest import SHARED

FORMAT, LIBRARY = EdifactFormat(), MappingLibrary()
FOUR = ServiceCharacters(repetition="*")
OTHER = ServiceCharacters("|", "#", ",", "\\", "", "~")
ORDERS = samples() / "orders"


def opened(data: bytes):
    return list(
        FORMAT.open(io.BytesIO(data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: None)
    )


def written(data: bytes) -> list[str]:
    """The segments of all interchanges, written again."""
    return [
        normal(segment, chars_of(interchange))
        for interchange in opened(data)
        for segment in segments(b"".join(rewrite(io.BytesIO(data), interchange)), interchange)
    ]


def as_sent(data: bytes) -> list[str]:
    """The segments of all interchanges as they stand in the file."""
    return [
        normal(segment, chars_of(interchange))
        for interchange in opened(data)
        for segment in segments(
            data[interchange.offset : interchange.offset + interchange.length], interchange
        )
    ]


def chars_of(interchange) -> ServiceCharacters:
    chars = ServiceCharacters.from_una(interchange.details["una"])
    assert chars is not None
    return chars


def segments(data: bytes, interchange) -> list[str]:
    text = data.decode("latin-1").lstrip(PADDING)
    if text.startswith("UNA"):
        text = text[9:]
    cut, rest = split_segments(text, chars_of(interchange))
    assert not rest.strip(PADDING)
    return [segment.lstrip(PADDING) for segment in cut if segment.strip(PADDING)]


def normal(segment: str, chars: ServiceCharacters) -> str:
    """Without release characters and separators that say nothing."""
    marks = [chars.component, chars.element, chars.terminator, chars.repetition, chars.release]
    if chars.release:
        release, needed = re.escape(chars.release), re.escape("".join(marks))
        kept = rf"{release}([{needed}])|{release}"
        segment = re.sub(kept, lambda m: chars.release + m[1] if m[1] else "", segment)
        # A released character is data: out of the way of what follows.
        segment = re.sub(rf"{release}(.)", lambda m: chr(0xE000 + ord(m[1])), segment)
    for mark, further in ((chars.component, marks), (chars.repetition, marks[1:]), ("+", ())):
        mark = chars.element if mark == "+" else mark
        if mark:
            behind = "".join(re.escape(each) for each in further if each and each != mark)
            behind = rf"(?=[{behind}]|\Z)" if behind else r"\Z"
            segment = re.sub(rf"(?:{re.escape(mark)})+{behind}", "", segment)
    return segment


def valid_files():
    files = [pytest.param(path, id=path.name) for path in sorted(ORDERS.glob("*.edi"))]
    for path in sorted((SHARED / "corpus" / "edifact").rglob("*")):
        if path.is_file() and not any(each.faults for each in opened(path.read_bytes())):
            files.append(pytest.param(path, id=str(path.relative_to(SHARED))))
    return files


@pytest.mark.parametrize("path", valid_files())
def test_a_file_written_again_says_the_same(path):
    data = path.read_bytes()

    assert written(data) == as_sent(data)


VALUES = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\t \x00\x1a"), max_size=8)
TOKENS = st.lists(
    st.lists(st.lists(VALUES, min_size=1, max_size=3), min_size=1, max_size=2), max_size=5
)


def trimmed(parts: list) -> list:
    """Without empty values at the end; one always stays."""
    parts = list(parts)
    while len(parts) > 1 and parts[-1] in ("", [""], [[""]]):
        parts.pop()
    return parts


def meant(tokens: list) -> list:
    return trimmed([trimmed([trimmed(parts) for parts in element]) for element in tokens])


@pytest.mark.parametrize("chars", [FOUR, ServiceCharacters("|", "#", ",", "\\", "*", "~")])
@given(tokens=TOKENS)
@example(tokens=[[["?"]], [["'", "+"], ["*:"]], [["??"], [""]]])
def test_values_written_and_read_again_are_the_same(chars, tokens):
    segment = [[["FTX"]], *tokens]

    text = write_tokens(segment, chars)

    (raw,), rest = split_segments(text, chars)
    assert (tokens_of(raw, chars), rest) == (meant(segment), "")


@given(st.text("AB+:?'*", max_size=20))
def test_the_cells_of_a_segment_lie_where_they_say(raw):
    for cell in cells_of(raw, FOUR):
        assert tokens_of(raw[cell.start : cell.end], FOUR) == [[[cell.text]]]


@given(
    st.lists(st.sampled_from(["AAA+1", "BBB+?'", "", "\r\nCCC+??", " D"]), max_size=6),
    st.sampled_from(["", "EEE+cut", "\r\n"]),
)
def test_segments_are_found_at_their_offsets(parts, rest):
    data = "".join(f"{part}'" for part in parts) + rest

    found = list(walk_segments(io.BytesIO(data.encode()), 0, len(data), DEFAULT))

    assert [each.raw for each in found] == [
        part.strip(PADDING) for part in [*parts, rest] if part.strip(PADDING)
    ]
    assert all(data.startswith(each.raw, each.offset) for each in found)
    assert [each.terminated for each in found] == [True] * (len(found) - bool(rest.strip())) + (
        [False] if rest.strip() else []
    )


def test_a_package_is_passed_over_and_copied():
    data = (
        b"UNB+UNOC:4+A+B+20261116:0800+1'UNO+1+1:X+1+5'\x00'+':UNP+5+1'"
        b"UNH+1+ORDERS:D:96A:UN'BGM+220+1'UNT+3+1'UNZ+2+1'"
    )
    (interchange,) = opened(data)

    again = b"".join(rewrite(io.BytesIO(data), interchange))

    assert again.removeprefix(b"UNA:+.?*'") == data
