"""However a file arrives in pieces, its verdict, its offsets and its documents are the same."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable

import pytest

from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.interchange import Limits, OpenedInterchange, ReadMessage
from edi_gateway.formats.mapping import MappingLibrary
from tests.differential.interchanges import make
from tests.fuzz.mutate import mutants, seeds

FORMAT = EdifactFormat()
LIBRARY = MappingLibrary()
SEEDS = seeds("edifact")


class Pieces(io.RawIOBase):
    """A file that gives the bytes in pieces of its own choice, never more than it is asked for."""

    def __init__(self, data: bytes, sizes: Iterable[int]) -> None:
        self._data = io.BytesIO(data)
        self._sizes = iter(sizes)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; none only at the end."""
        piece = next(self._sizes, size)
        return self._data.read(piece if size < 0 else min(piece, size))


def opened(file: object) -> list[OpenedInterchange]:
    return list(
        FORMAT.open(file, limits=Limits(), library=LIBRARY, partner_of=lambda *_: None)  # type: ignore[arg-type]
    )


def documents(data: bytes, interchanges: list[OpenedInterchange]) -> list[ReadMessage]:
    return [
        FORMAT.read(
            data[message.offset : message.offset + message.length],
            interchange,
            message,
            library=LIBRARY,
            partner=None,
        )
        for interchange in interchanges
        for message in interchange.messages
        if not message.faults
    ]


@pytest.mark.parametrize("data", SEEDS, ids=range(len(SEEDS)))
def test_a_file_cut_in_two_at_any_place_gives_the_same_verdict(data: bytes) -> None:
    whole = opened(io.BytesIO(data))

    for place in range(1, len(data)):
        assert opened(Pieces(data, [place])) == whole, f"cut at {place}"


def test_a_well_formed_file_in_pieces_of_one_to_seven_bytes_gives_the_same_verdict(
    cases: int, seed: int
) -> None:
    for number in range(seed, seed + cases // 4):
        data = make(number).data

        pieces = opened(Pieces(data, _sizes(number, len(data))))

        assert pieces == opened(io.BytesIO(data)), f"--seed {number} --cases 4"


def test_a_damaged_file_in_pieces_gives_the_same_verdict_and_documents(
    cases: int, seed: int
) -> None:
    for number in range(seed, seed + cases // 4):
        data = mutants("edifact", number, SEEDS)
        whole = opened(io.BytesIO(data))

        pieces = opened(Pieces(data, _sizes(number, len(data))))

        assert pieces == whole, f"--seed {number} --cases 4: {data!r}"
        assert documents(data, pieces) == documents(data, whole)


def _sizes(number: int, length: int) -> list[int]:
    chance = random.Random(number)  # noqa: S311  (a seeded experiment)
    return [chance.randint(1, 7) for _ in range(length)]
