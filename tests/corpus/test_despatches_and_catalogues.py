"""Despatch advices and price catalogues of other people are read."""

import io
from decimal import Decimal
from pathlib import Path

import pytest

from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "edifact"
LIBRARY = MappingLibrary()

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not on this machine")


def document_of(name):
    format_ = EdifactFormat()
    data = (CORPUS / name).read_bytes()
    interchange, *_ = format_.open(
        io.BytesIO(data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: None
    )
    message = interchange.messages[0]
    part = data[message.offset : message.offset + message.length]
    return format_.read(part, interchange, message, library=LIBRARY, partner=None).document


def test_each_line_is_in_the_pallet_it_stands_behind():
    advice = document_of("EdiFabric_EDIFACT.NET/EANCOM/DespatchAdvice.txt")

    assert [(p.number, p.parent, p.sscc) for p in advice.packages] == [
        ("1", None, None),
        ("2", "1", "354107380000001051"),
        ("3", "1", "354107380000001068"),
    ]
    assert [(line.package, line.quantity) for line in advice.lines] == [
        ("2", Decimal(20)),
        ("3", Decimal(5)),
        ("3", Decimal(3)),
        ("3", Decimal(12)),
    ]


def test_a_pallet_that_is_the_whole_consignment_is_read():
    advice = document_of("tr-demo-chain/DESADV_PO-2026-0042.edi")

    assert [(p.number, p.count, p.sscc) for p in advice.packages] == [
        ("1", 2, "340123456789012345")
    ]
    assert [line.quantity for line in advice.lines] == [Decimal(480), Decimal(100)]


def test_each_price_belongs_to_the_article_it_stands_behind():
    catalogue = document_of("EdiFabric_EDIFACT.NET/EANCOM/PriceCatalogue.txt")

    assert [line.supplier_article for line in catalogue.lines] == [
        "CU32555",
        "TU32555",
        None,
        "PN32555",
        None,
    ]
    assert [(price.line, price.kind, price.amount) for price in catalogue.prices] == [
        ("1", "AAE", Decimal(40)),
        ("2", "AAB", Decimal(500)),
        ("4", "AAA", Decimal(24000)),
    ]
