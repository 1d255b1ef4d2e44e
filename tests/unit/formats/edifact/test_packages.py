"""Packages (UNO, UNP): skipped by their length, which is believed only where UNP stands behind it."""

from __future__ import annotations

import io

import pytest

from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.interchange import Limits, OpenedInterchange
from edi_gateway.formats.mapping import MappingLibrary
from tests.orders import interchange

LIBRARY = MappingLibrary()
BEHIND = interchange(reference="L2", numbers=["L-2"])


def opened(data: bytes) -> list[OpenedInterchange]:
    found = EdifactFormat().open(
        io.BytesIO(data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: None
    )
    return list(found)


def with_package(*, stated: int = 9, unp: bytes = b"UNP+9+P1'") -> bytes:
    """An interchange that holds one package of nine bytes."""
    package = b"UNO+P1+1:X+1+%d'\x00'+:BGM'\x01%s" % (stated, unp)
    return b"UNB+UNOC:4+A:14+B:14+20261116:0800+L1'%sUNZ+1+L1'" % package


def codes(interchange: OpenedInterchange) -> list[tuple[str, str | None, int | None]]:
    return [(fault.code, fault.tag, fault.element) for fault in interchange.faults]


def test_what_a_package_holds_is_nobody_s_segments() -> None:
    (found,) = opened(with_package())

    assert codes(found) == []


@pytest.mark.parametrize("stated", [len(BEHIND), 900_000])
def test_a_length_that_lies_is_told(stated: int) -> None:
    first, *_ = opened(with_package(stated=stated, unp=b""))

    assert ("package-length", "UNO", 5) in codes(first)


@pytest.mark.parametrize("stated", [8, 10, len(BEHIND), 900_000])
def test_a_length_that_lies_does_not_swallow_the_interchange_behind_it(stated: int) -> None:
    data = with_package(stated=stated) + BEHIND

    *_, last = opened(data)

    assert (last.reference, len(last.messages), codes(last)) == ("L2", 1, [])


@pytest.mark.parametrize(
    ("unp", "told"),
    [
        pytest.param(b"UNP+8+P1'", ("package-length", "UNP", 2), id="another length"),
        pytest.param(b"UNP+9+P2'", ("package-reference", "UNP", 3), id="another reference"),
        pytest.param(b"", ("package-length", "UNO", 5), id="no UNP"),
        pytest.param(b"UNP+9+P1'UNP+9+P1'", ("outside-message", "UNP", None), id="a second UNP"),
    ],
)
def test_unp_is_compared_with_its_uno(unp: bytes, told: tuple[str, str, int | None]) -> None:
    first, *_ = opened(with_package(unp=unp))

    assert told in codes(first)
