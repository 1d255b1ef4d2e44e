"""What `XmlFormat` says about files, good and hostile."""

from __future__ import annotations

import hashlib
import io
import re
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.documents import Order
from edi_gateway.formats.interchange import Level, Limits, Sender
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.formats.xml import XmlFormat
from edi_gateway.formats.xml.envelope import MOST_ELEMENTS

CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
FOLDERS = [
    "cxml",
    "ubl",
    "ubl-tests",
    "idoc",
    "opentrans",
    "gs1-xml",
    "oagis",
    "rosettanet",
    "cii",
    "edifact-xml",
    "malicious",
    "en16931-tests",
    "facturx-pdf",
]

_NAMESPACES = (
    'xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2" '
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
)
_ENDPOINT = '<cbc:EndpointID schemeID="0088">4260123450007</cbc:EndpointID>'


def order_xml(
    *,
    prolog: str = '<?xml version="1.0" encoding="UTF-8"?>\n',
    number: str = "<cbc:ID>PO-1</cbc:ID>",
    issue_date: str = "2026-11-16",
    header: str = "",
    party: str = _ENDPOINT,
    quantity: str = '<cbc:Quantity unitCode="H87">5</cbc:Quantity>',
    item: str = "",
) -> str:
    return f"""{prolog}<Order {_NAMESPACES}>
<cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:order:3</cbc:CustomizationID>
{number}
<cbc:IssueDate>{issue_date}</cbc:IssueDate>{header}
<cac:BuyerCustomerParty><cac:Party>{party}</cac:Party></cac:BuyerCustomerParty>
<cac:SellerSupplierParty><cac:Party>
<cbc:EndpointID schemeID="0088">4012345500004</cbc:EndpointID></cac:Party></cac:SellerSupplierParty>
<cac:OrderLine>
<cac:LineItem>
<cbc:ID>1</cbc:ID>
{quantity}
<cac:Item><cbc:Name>x</cbc:Name>{item}</cac:Item></cac:LineItem>
</cac:OrderLine>
</Order>
"""


def read(data: bytes) -> Order:
    form, library = XmlFormat(), MappingLibrary()
    (interchange,) = form.open(
        io.BytesIO(data), limits=Limits(), library=library, partner_of=lambda *_: None
    )
    assert interchange.faults == []
    assert interchange.messages[0].faults == ()
    document = form.read(
        data, interchange, interchange.messages[0], library=library, partner=None
    ).document
    assert isinstance(document, Order)
    return document


# --- recognising ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(b"<a/>", True, id="plain"),
        pytest.param(b"\xef\xbb\xbf\r\n <a/>", True, id="UTF-8 mark and white space"),
        pytest.param("<a/>".encode("utf-16"), True, id="UTF-16 with its mark"),
        pytest.param("\ufeff <a/>".encode("utf-16-be"), True, id="UTF-16, big end first"),
        pytest.param(b"UNB+UNOC:3", False, id="EDIFACT"),
        pytest.param(b'{"a": 1}', False, id="JSON"),
        pytest.param(b"", False, id="nothing"),
    ],
)
def test_xml_is_recognised_by_its_first_character(head, expected):
    assert XmlFormat().recognise(head) is expected


# --- a good order --------------------------------------------------------------------------------


def test_the_sample_order_opens_without_a_fault(opened, sample):
    interchange = opened(sample)

    assert interchange.faults == []
    assert (interchange.sender, interchange.sender_qualifier) == ("4260123450007", "14")
    assert (interchange.recipient, interchange.recipient_qualifier) == ("4012345500004", "14")
    assert interchange.reference == "NM-2026-0815"
    assert interchange.format == "ubl"
    assert interchange.answerable and interchange.acknowledgement_requested
    assert not interchange.test
    assert interchange.content_hash == hashlib.sha256(sample).hexdigest()
    (message,) = interchange.messages
    assert (message.type, message.release, message.reference) == ("Order", "2.1", "NM-2026-0815")
    assert message.association == "urn:fdc:peppol.eu:poacc:trns:order:3"
    assert (message.offset, message.length) == (0, len(sample))
    assert message.faults == ()


def test_the_sample_order_reads_as_its_author_meant_it(sample):
    order = read(sample)

    assert order.number == "NM-2026-0815"
    assert order.issue_date.isoformat() == "2026-11-16"
    assert order.contract_number == "NM-88"
    assert order.requested_delivery is not None
    assert order.requested_delivery.isoformat() == "2026-11-24"
    assert order.delivery_party is not None
    assert order.delivery_party.gln == "4260123450014"
    assert [str(line.quantity.value) for line in order.lines] == ["60", "2", "10"]
    assert [line.quantity.unit for line in order.lines] == ["PCE", "PCE", "KGM"]
    assert [str(line.price.amount) for line in order.lines if line.price] == [
        "5.95",
        "121.50",
        "9.20",
    ]
    assert [line.gtin for line in order.lines] == [
        "3760123450041",
        "3760123450072",
        "3760123450133",
    ]
    assert [line.position for line in order.lines] == [53, 75, 97]


def test_the_mapping_of_the_partner_is_preferred(tmp_path):
    own = tmp_path / "partners" / "nordmarkt"
    own.mkdir(parents=True)
    (own / "order-2.1.toml").write_text(
        'extends = "ubl/order-2.1"\n[header]\n"cbc:CustomerReference" = "contract_number"\n',
        encoding="utf-8",
    )
    library = MappingLibrary(tmp_path)
    data = order_xml(header="<cbc:CustomerReference>NM-88</cbc:CustomerReference>").encode()
    form = XmlFormat()
    asked: list[tuple[str, str]] = []

    def partner_of(identifier: str, qualifier: str) -> Sender:
        asked.append((identifier, qualifier))
        return Sender(partner="nordmarkt")

    (interchange,) = form.open(
        io.BytesIO(data), limits=Limits(), library=library, partner_of=partner_of
    )
    document = form.read(
        data, interchange, interchange.messages[0], library=library, partner="nordmarkt"
    ).document

    assert asked == [("4260123450007", "14")]
    assert isinstance(document, Order)
    assert document.contract_number == "NM-88"


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        pytest.param(
            '<cbc:EndpointID schemeID="0002">123456789</cbc:EndpointID>',
            ("123456789", "0002"),
            id="an endpoint of another scheme",
        ),
        pytest.param(
            '<cac:PartyIdentification><cbc:ID schemeID="0088"> 4260123450007\n</cbc:ID>'
            "</cac:PartyIdentification>",
            ("4260123450007", "14"),
            id="a GLN as identification only",
        ),
        pytest.param("", ("", ""), id="none"),
    ],
)
def test_the_sender_is_the_buyers_endpoint_or_gln(opened, party, expected):
    interchange = opened(order_xml(party=party).encode())

    assert (interchange.sender, interchange.sender_qualifier) == expected
    assert interchange.answerable is bool(expected[0])


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1", "windows-1252"])
def test_the_usual_encodings_are_read(encoding):
    text = order_xml(
        prolog=f'<?xml version="1.0" encoding="{encoding}"?>', number="<cbc:ID>É-1</cbc:ID>"
    )

    assert read(text.encode(encoding)).number == "É-1"


def test_comments_and_cdata_inside_a_value_do_not_cut_it_short():
    data = order_xml(quantity="<cbc:Quantity>1<!-- x -->0<![CDATA[0]]></cbc:Quantity>").encode()

    assert str(read(data).lines[0].quantity.value) == "100"


def test_a_gtin_without_a_scheme_is_read_but_another_identifier_is_not():
    place = "<cac:StandardItemIdentification><cbc:ID{}>3760123450041</cbc:ID></cac:StandardItemIdentification>"

    plain = read(order_xml(item=place.format("")).encode())
    other = read(order_xml(item=place.format(' schemeID="0173"')).encode())

    assert plain.lines[0].gtin == "3760123450041"
    assert other.lines[0].gtin is None


# --- faults in a well-formed order ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "line"),
    [
        pytest.param({"number": ""}, "xml-element-missing", 2, id="no order number"),
        pytest.param({"number": "<cbc:ID> </cbc:ID>"}, "xml-element-missing", 2, id="empty number"),
        pytest.param({"issue_date": "2026-02-30"}, "xml-value", 5, id="a day that does not exist"),
        pytest.param({"issue_date": "16.11.2026"}, "xml-value", 5, id="a date of another kind"),
        pytest.param({"quantity": ""}, "xml-element-missing", 9, id="no quantity"),
    ],
)
def test_a_fault_of_content_is_told_with_its_line(opened, changes, code, line):
    interchange = opened(order_xml(**changes).encode())

    assert interchange.faults == []
    (fault,) = interchange.messages[0].faults
    assert (fault.code, fault.segment) == (code, line)
    assert fault.level is Level.ELEMENT
    assert fault.remedy


@pytest.mark.parametrize(
    "quantity", ["1e5", "1.234,50", "NaN", "INF", "٣", "-5", "5 0", "0x10", "1_000", "9" * 5000]
)
def test_a_quantity_that_is_no_plain_number_is_refused_never_guessed(opened, quantity):
    interchange = opened(order_xml(quantity=f"<cbc:Quantity>{quantity}</cbc:Quantity>").encode())

    (fault,) = interchange.messages[0].faults
    assert (fault.code, fault.segment) == ("xml-value", 12)
    assert fault.tag == "cbc:Quantity"
    assert len(fault.text) < 200


@pytest.mark.parametrize("quantity", ["+5", "5.", ".5", "5.00"])
def test_every_way_xml_schema_writes_a_decimal_is_read(quantity):
    data = order_xml(quantity=f"<cbc:Quantity>{quantity}</cbc:Quantity>").encode()

    assert float(read(data).lines[0].quantity.value) == float(quantity)


def test_elements_inside_a_value_are_a_fault_not_a_shorter_value(opened):
    interchange = opened(order_xml(quantity="<cbc:Quantity>1<x/>0</cbc:Quantity>").encode())

    (fault,) = interchange.messages[0].faults
    assert fault.code == "xml-value"


def test_every_fault_of_an_order_is_told_at_once(opened):
    data = order_xml(
        number="", issue_date="soon", quantity="<cbc:Quantity>many</cbc:Quantity>"
    ).encode()

    codes = [fault.code for fault in opened(data).messages[0].faults]

    assert codes == ["xml-element-missing", "xml-value", "xml-value"]


def test_an_order_without_lines_is_a_fault(opened):
    data = re.sub(r"<cac:OrderLine>.*</cac:OrderLine>", "", order_xml(), flags=re.DOTALL).encode()

    (fault,) = opened(data).messages[0].faults

    assert (fault.code, fault.tag) == ("xml-element-missing", "cac:OrderLine")


def test_reading_an_order_with_faults_names_what_is_missing(library):
    data = order_xml(quantity="").encode()
    form = XmlFormat()
    (interchange,) = form.open(
        io.BytesIO(data), limits=Limits(), library=library, partner_of=lambda *_: None
    )

    result = form.read(data, interchange, interchange.messages[0], library=library, partner=None)

    assert result.document is None
    assert result.missing == ("lines[1].quantity.value",)


# --- hostile files -------------------------------------------------------------------------------

_ENTITY = '<!DOCTYPE Order [<!ENTITY x "0">]>\n'


def test_an_entity_inside_a_quantity_refuses_the_file_as_a_whole(opened):
    data = order_xml(
        prolog='<?xml version="1.0"?>\n' + _ENTITY,
        quantity="<cbc:Quantity>1&x;0</cbc:Quantity>",
    ).encode()

    interchange = opened(data)

    (fault,) = interchange.faults
    assert (fault.code, fault.segment, fault.level) == ("doctype", 2, Level.FILE)
    assert interchange.messages == []
    assert not interchange.answerable


def test_an_entity_nobody_declared_is_not_well_formed(opened):
    data = order_xml(quantity="<cbc:Quantity>1&x;0</cbc:Quantity>").encode()

    (fault,) = opened(data).faults

    assert (fault.code, fault.segment) == ("xml-not-well-formed", 12)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_doctype_is_found_in_every_encoding(opened, encoding):
    data = order_xml(prolog="<!DOCTYPE Order>\n").encode(encoding)

    (fault,) = opened(data).faults

    assert fault.code == "doctype"


@pytest.mark.parametrize("encoding", ["UTF-7", "EBCDIC-CP-US", "Shift_JIS", "utf-8-sig", "rot13"])
def test_an_encoding_two_parsers_could_take_differently_is_refused(opened, encoding):
    data = order_xml(prolog=f'<?xml version="1.0" encoding="{encoding}"?>').encode()

    (fault,) = opened(data).faults

    assert fault.code == "xml-encoding"


def test_a_doctype_hidden_in_utf_7_is_refused(opened):
    hidden = "+ADwAIQ-DOCTYPE Order+AD4-"
    data = order_xml(prolog=f'<?xml version="1.0" encoding="UTF-7"?>{hidden}').encode()

    (fault,) = opened(data).faults

    assert fault.code == "xml-encoding"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        pytest.param(order_xml()[:-60].encode(), 13, id="cut off"),
        pytest.param(b"<Order><a></Order>", 1, id="wrong nesting"),
        pytest.param(b"\n<?xml version='1.0'?><Order/>", 2, id="declaration not at the start"),
        pytest.param(b"<Order>\n\xe9</Order>", 2, id="Latin-1 without saying so"),
        pytest.param(b"<Order>\n\n\x00</Order>", 3, id="a NUL"),
        pytest.param(b"<a:Order/>", 1, id="a prefix nobody declared"),
        pytest.param(b"<Order/><Order/>", 1, id="two roots"),
        pytest.param(b"<", 1, id="one character"),
        pytest.param(b"\xff\xfe<\x00", 1, id="half a UTF-16 file"),
        pytest.param(b"<Order a='1' a='2'/>", 1, id="an attribute twice"),
    ],
)
def test_a_file_that_is_not_well_formed_gets_one_fault_with_its_line(opened, data, line):
    (fault,) = opened(data).faults

    assert (fault.code, fault.level) == ("xml-not-well-formed", Level.FILE)
    assert fault.segment == line
    assert fault.remedy


def test_a_million_siblings_are_refused_before_a_tree_is_built(opened):
    data = b"<Order>" + b"<a/>" * 1_000_000 + b"</Order>"

    tracemalloc.start()
    (fault,) = opened(data).faults
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert fault.code == "xml-too-large"
    assert str(MOST_ELEMENTS) in fault.text
    assert peak < 4 * len(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"<a>" * 20_000 + b"</a>" * 20_000, id="nested 20 000 deep"),
        pytest.param(b'<a b="' + b"x" * 1_200_000 + b'"/>', id="an attribute of 1.2 MB"),
        pytest.param(
            b"<a " + b" ".join(b'b%d="x"' % n for n in range(5000)) + b"/>", id="5000 attributes"
        ),
    ],
)
def test_a_file_beyond_a_limit_is_refused(opened, data):
    (fault,) = opened(data).faults

    assert fault.code == "xml-too-large"


def test_a_file_larger_than_agreed_is_refused_unread(opened):
    (fault,) = opened(order_xml().encode(), limits=Limits(interchange_bytes=500)).faults

    assert fault.code == "xml-too-large"


def test_a_namespace_that_only_looks_like_ubl_is_not_ubl(opened):
    data = order_xml().replace("xsd:Order-2", "xsd:Order-3").encode()

    interchange = opened(data)

    assert interchange.format == "xml"
    assert interchange.faults[0].code == "xml-unknown"


def test_a_dialect_that_is_not_built_is_named_and_nobody_is_answered(opened):
    data = (
        b'<?xml version="1.0"?><!DOCTYPE cXML SYSTEM "http://xml.cxml.org/cXML.dtd">'
        b'<cXML payloadID="1"><Request><OrderRequest/></Request></cXML>'
    )

    interchange = opened(data)

    assert interchange.format == "cXML"
    assert not interchange.answerable
    assert [message.type for message in interchange.messages] == ["OrderRequest"]
    (fault,) = interchange.faults
    assert (fault.code, fault.level) == ("dialect-not-built", Level.FILE)
    assert "a cXML OrderRequest; cXML is recognised but not read yet" in fault.text


@given(data=st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_get_a_verdict_and_no_exception(data):
    for candidate in (data, b"<?xml" + data, b"\xff\xfe" + data, b"<a>" + data + b"</a>"):
        (interchange,) = XmlFormat().open(
            io.BytesIO(candidate),
            limits=Limits(),
            library=MappingLibrary(),
            partner_of=lambda *_: None,
        )

        assert interchange.faults or interchange.messages


@given(
    at=st.integers(0, len(order_xml()) - 1),
    junk=st.text(st.characters(codec="utf-8"), max_size=4),
    cut=st.integers(0, 10),
)
@settings(max_examples=300, deadline=None)
def test_an_order_damaged_anywhere_gets_a_verdict_and_no_exception(at, junk, cut):
    text = order_xml()
    data = (text[:at] + junk + text[at + cut :]).encode()
    form, library = XmlFormat(), MappingLibrary()

    (interchange,) = form.open(
        io.BytesIO(data), limits=Limits(), library=library, partner_of=lambda *_: None
    )

    for message in interchange.messages:
        result = form.read(data, interchange, message, library=library, partner=None)
        assert (result.document is None) or not message.faults


def _corpus_files() -> list[Path]:
    return [
        file for name in FOLDERS for file in sorted((CORPUS / name).rglob("*")) if file.is_file()
    ]


def test_every_file_of_the_corpus_gets_a_located_verdict(library):
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real files is not on this machine")
    silent = []
    for file in _corpus_files():
        data = file.read_bytes()
        if not XmlFormat().recognise(data[:4096]):
            continue
        (interchange,) = XmlFormat().open(
            io.BytesIO(data), limits=Limits(), library=library, partner_of=lambda *_: None
        )
        faults = [*interchange.faults, *(f for m in interchange.messages for f in m.faults)]
        if any(not fault.segment or not fault.remedy for fault in faults):
            silent.append(file)
        if not faults and not interchange.messages:
            silent.append(file)

    assert silent == []


def test_every_well_formed_ubl_order_of_the_corpus_is_read(library):
    orders = [file for file in _corpus_files() if "ubl" in file.parts]
    if not orders:
        pytest.skip("the corpus of real files is not on this machine")
    read_orders = 0
    for file in orders:
        data = file.read_bytes()
        form = XmlFormat()
        (interchange,) = form.open(
            io.BytesIO(data), limits=Limits(), library=library, partner_of=lambda *_: None
        )
        for message in interchange.messages:
            if message.type == "Order" and not message.faults:
                result = form.read(data, interchange, message, library=library, partner=None)
                assert isinstance(result.document, Order), file
                assert result.document.lines
                read_orders += 1

    assert read_orders >= 10
