"""Hostile shapes get a short, located verdict; `benchmarks/hostile.py` measures what they cost."""

from __future__ import annotations

import io

import pytest

from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.edifact.contrl import write_contrl
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from tests.conformance.orders import ENVELOPE
from tests.fuzz.guard import within
from tests.fuzz.shapes import SHAPES

#: What is kept of one message or envelope; the trailers may add a few.
MOST_FAULTS = 110


@pytest.mark.parametrize("name", SHAPES)
def test_a_hostile_shape_gets_bounded_faults_with_their_places(name: str) -> None:
    data = SHAPES[name](100_000).encode("latin-1")

    with within():
        found = list(
            EdifactFormat().open(
                io.BytesIO(data),
                limits=Limits(),
                library=MappingLibrary(),
                partner_of=lambda *_: None,
            )
        )

    for interchange in found:
        assert len(interchange.faults) <= MOST_FAULTS
        assert all(len(message.faults) <= MOST_FAULTS for message in interchange.messages)
        faults = [*interchange.faults, *(f for m in interchange.messages for f in m.faults)]
        assert all(fault.offset is None or fault.offset <= len(data) for fault in faults)
        assert all(len(fault.value or "") <= 70 and len(fault.text) < 500 for fault in faults)
        if interchange.answerable:
            assert len(write_contrl(interchange, ENVELOPE)) < 1_000_000
