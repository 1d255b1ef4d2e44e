"""What a message says and its document does not hold is told, value by value."""

from __future__ import annotations

import io

import pytest

from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.edifact.places import compile_mapping
from edi_gateway.formats.edifact.segments import characters_of
from edi_gateway.formats.edifact.uncarried import Carried
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.formats.xml import XmlFormat
from edi_gateway.formats.xml.uncarried import find_uncarried

LIBRARY = MappingLibrary()
ORDER = (
    "UNB+UNOC:3+5412345000013:14+4012345500004:14+261116:0800+10001'"
    "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+4500001+9'DTM+137:20261116:102'{header}"
    "NAD+BY+5412345000013::9'{party}LIN+1++3760123450072:EN'{line}QTY+21:2'PRI+AAA:129.90'"
    "UNS+S'CNT+2:1'UNT+{count}+1'UNZ+1+10001'"
)


DESPATCH = (
    "UNB+UNOC:3+4012345500004:14+5412345000013:14+261116:0800+7'"
    "UNH+1+DESADV:D:96A:UN:EAN005'BGM+351+D1+9'DTM+137:20261116:102'NAD+SU+4012345500004::9'"
    "CPS+1'PAC+1++201::9'PCI+33E'GIN+BJ+340123450000000018'"
    "LIN+1++3760123450072:EN'QTY+12:2'UNT+11+1'UNZ+1+7'"
)


def lost_of(**segments: str) -> list[tuple[int, str, int | None, str]]:
    count = 10 + sum(text.count("'") for text in segments.values())
    places = {"header": "", "party": "", "line": ""} | segments
    return lost_in(ORDER.format(**places, count=count).encode(), "edifact/orders-d96a")


def lost_in(data: bytes, name: str) -> list[tuple[int, str, int | None, str]]:
    format_ = EdifactFormat()
    (opened,) = format_.open(
        io.BytesIO(data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: None
    )
    (message,) = opened.messages
    assert not message.faults
    part = data[message.offset : message.offset + message.length]
    read = format_.read(part, opened, message, library=LIBRARY, partner=None)
    carried = Carried(compile_mapping(LIBRARY.find(name)))
    found = carried.find(part.decode(), characters_of(opened), read.document)
    return [(lost.segment, lost.tag, lost.element, lost.value) for lost in found]


@pytest.mark.parametrize(
    ("header", "lost"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("DTM+2:20261123:102'", [], id="nothing of a date with its format"),
        pytest.param("PAI+::42'", [(4, "PAI", None, "PAI+::42")], id="a segment without a place"),
        pytest.param(
            "RFF+ZZZ:1'",
            [(4, "RFF", None, "RFF+ZZZ:1")],
            id="a qualifier the mapping does not name",
        ),
        pytest.param("RFF+CT:A-1:7'", [(4, "RFF", 2, "7")], id="a value without a place"),
        pytest.param(
            "RFF+CT:A'RFF+CT:B'", [(5, "RFF", 2, "B")], id="a second value of a single field"
        ),
        pytest.param("RFF+CT:A'RFF+CT:A'", [], id="nothing of a value said twice"),
        pytest.param(
            "DTM+4:20261115:102'",
            [(4, "DTM", 2, "20261115")],
            id="a value that stands behind another in the mapping",
        ),
        pytest.param(
            "DTM+64:20261122:102'DTM+2:20261123:102'",
            [],
            id="nothing of a value that another field holds",
        ),
        pytest.param("FTX+AAI+++one'FTX+AAI+++two'", [], id="nothing of a list"),
    ],
)
def test_what_the_header_loses_is_told(header, lost):
    assert lost_of(header=header) == lost


@pytest.mark.parametrize(
    ("party", "lost"),
    [
        pytest.param("RFF+VA:BE1'", [], id="nothing below its party"),
        pytest.param(
            "NAD+CA+1::9'RFF+VA:BE1'",
            [(5, "NAD", None, "NAD+CA+1::9"), (6, "RFF", None, "RFF+VA:BE1")],
            id="a reference below another party",
        ),
        pytest.param("CUX+2:EUR:9'", [], id="nothing of a constant that is written again"),
        pytest.param("CUX+2:EUR:4'", [(5, "CUX", 2, "4")], id="another constant"),
    ],
)
def test_what_the_parties_lose_is_told(party, lost):
    assert lost_of(party=party) == lost


@pytest.mark.parametrize(
    ("line", "lost"),
    [
        pytest.param("PIA+5+A1:SA+B1:IN'", [], id="nothing of two articles"),
        pytest.param("PIA+5+A1:SA::91'", [(6, "PIA", 3, "91")], id="who keeps the article code"),
        pytest.param(
            "PIA+5+A1:SA+A2:SA'", [(6, "PIA", 4, "A2")], id="a second article of one kind"
        ),
        pytest.param("PIA+5+A1:ZZZ'", [(6, "PIA", 3, "A1"), (6, "PIA", 3, "ZZZ")], id="its kind"),
        pytest.param("IMD+F++:::one:two'", [], id="nothing of a text in two parts"),
        pytest.param("IMD+C++TU::9'", [(6, "IMD", None, "IMD+C++TU::9")], id="a coded text"),
    ],
)
def test_what_a_line_loses_is_told(line, lost):
    assert lost_of(line=line) == lost


def test_a_segment_that_only_says_what_others_mean_is_not_lost():
    assert lost_in(DESPATCH.encode(), "edifact/desadv-d96a") == []


XML = """<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:ID>4711</cbc:ID><cbc:IssueDate>2026-11-16</cbc:IssueDate>
  {header}
  <cac:OrderLine><cac:LineItem>
    <cbc:ID>1</cbc:ID><cbc:Quantity unitCode="H87">1.5</cbc:Quantity>
    {line}
    <cac:Item><cac:SellersItemIdentification><cbc:ID>A</cbc:ID></cac:SellersItemIdentification>
    </cac:Item></cac:LineItem></cac:OrderLine>
</Order>"""


@pytest.mark.parametrize(
    ("header", "line", "lost"),
    [
        pytest.param("", "", [], id="nothing"),
        pytest.param(
            "<cbc:SalesOrderID>7</cbc:SalesOrderID>",
            "",
            [(5, "Order/cbc:SalesOrderID", "7")],
            id="an element without a place",
        ),
        pytest.param(
            "<cac:X><cbc:Y>1</cbc:Y><cbc:Z a='2'/></cac:X>",
            "",
            [(5, "Order/cac:X/cbc:Y", "1"), (5, "Order/cac:X/cbc:Z/@a", "2")],
            id="each value of a part without a place",
        ),
        pytest.param(
            "<cbc:DocumentCurrencyCode listID='ISO'>EUR</cbc:DocumentCurrencyCode>",
            "",
            [(5, "Order/cbc:DocumentCurrencyCode/@listID", "ISO")],
            id="an attribute",
        ),
        pytest.param(
            "<cbc:Note>a</cbc:Note><cbc:Note>b</cbc:Note>", "", [], id="nothing of a list"
        ),
        pytest.param(
            "<cac:BuyerCustomerParty><cac:Party><cac:PartyName><cbc:Name>A</cbc:Name>"
            "</cac:PartyName><cac:PartyLegalEntity><cbc:RegistrationName>B</cbc:RegistrationName>"
            "</cac:PartyLegalEntity></cac:Party></cac:BuyerCustomerParty>",
            "",
            [
                (
                    5,
                    "Order/cac:BuyerCustomerParty/cac:Party/cac:PartyLegalEntity"
                    "/cbc:RegistrationName",
                    "B",
                )
            ],
            id="a value that stands behind another in the mapping",
        ),
        pytest.param(
            "",
            "<cac:Delivery><cbc:ActualDeliveryDate>2026-11-20</cbc:ActualDeliveryDate></cac:Delivery>",
            [
                (
                    8,
                    "Order/cac:OrderLine/cac:LineItem/cac:Delivery/cbc:ActualDeliveryDate",
                    "2026-11-20",
                )
            ],
            id="a value of a line",
        ),
    ],
)
def test_what_an_xml_document_loses_is_told_with_path_and_line(header, line, lost):
    data = XML.format(header=header, line=line).encode()
    format_ = XmlFormat()
    (opened,) = format_.open(
        io.BytesIO(data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: None
    )
    read = format_.read(data, opened, opened.messages[0], library=LIBRARY, partner=None)

    found = find_uncarried(LIBRARY.find("ubl/order-2.1"), data, read.document)

    assert [(each.segment, each.tag, each.value) for each in found] == lost
