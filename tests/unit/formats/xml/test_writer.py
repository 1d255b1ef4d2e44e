from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from edi_gateway.documents import LineAction, Note, Order, OrderLine, Party, Price, Quantity
from edi_gateway.errors import ConfigError
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.formats.xml import XmlFormat, write_document
from edi_gateway.formats.xml.places import NAMESPACES


def texts(data: bytes, path: str) -> list[str]:
    root = etree.fromstring(data)
    return [str(element.text) for element in root.iterfind(path, NAMESPACES)]


def without_positions(order: Order) -> Order:
    return replace(order, lines=tuple(replace(line, position=None) for line in order.lines))


def read_back(library: MappingLibrary, data: bytes) -> object:
    form = XmlFormat()
    (interchange,) = form.open(
        io.BytesIO(data), limits=Limits(), library=library, partner_of=lambda *_: None
    )
    assert interchange.faults == []
    (message,) = interchange.messages
    assert message.faults == ()
    return form.read(data, interchange, message, library=library, partner=None).document


# --- what the schemas say ------------------------------------------------------------------------


def test_a_written_order_is_valid_by_the_official_schema(order, written, assert_valid):
    document = order(
        total_amount=Decimal("10.00"),
        requested_delivery=date(2026, 11, 24),
        delivery_party=Party(gln="4260123450014", name="Dépôt", contact="Quai 3"),
        invoicee=Party(gln="4260123450021", name="Siège"),
        contract_number="NM-88",
        price_list="NM2026",
        notes=("Livrer le matin",),
        line_count=2,
    )

    assert_valid(written(document))


def test_a_written_order_response_is_valid_by_the_official_schema(response, written, assert_valid):
    assert_valid(written(response()))


def test_an_order_response_without_lines_is_valid_by_the_official_schema(
    response, written, assert_valid
):
    assert_valid(written(response(lines=(), delivery_party=None, requested_delivery=None)))


def test_a_written_invoice_is_valid_by_the_official_schema(invoice, written, assert_valid):
    assert_valid(written(invoice()))


def test_a_bare_invoice_is_valid_by_the_official_schema(invoice, written, assert_valid):
    bare = invoice(
        due_date=None,
        payment_days=None,
        order_number=None,
        order_date=None,
        despatch_number=None,
        contract_number=None,
        delivery_date=None,
        delivery_party=None,
        iban=None,
        notes=(),
        process=None,
    )

    assert_valid(written(bare))


def test_a_party_with_another_identifier_than_a_gln_is_valid(order, written, assert_valid):
    buyer = Party(identifier="123456789", identifier_scheme="0002", name="Acheteur")

    data = written(order(buyer=buyer))

    assert_valid(data)
    endpoint = etree.fromstring(data).find(".//cbc:EndpointID", NAMESPACES)
    assert endpoint is not None and endpoint.get("schemeID") == "0002"


# --- what partners look for ----------------------------------------------------------------------


def test_a_response_tells_status_quantity_price_and_the_customers_line(response, written):
    data = written(response())

    assert texts(data, "cbc:OrderResponseCode") == ["CA"]
    assert texts(data, "cac:OrderReference/cbc:ID") == ["PO-1"]
    assert texts(data, ".//cbc:LineStatusCode") == ["3", "5"]
    assert texts(data, ".//cac:LineItem/cbc:Quantity") == ["10", "10"]
    assert texts(data, ".//cbc:PriceAmount") == ["5.95", "5.95"]
    assert texts(data, ".//cac:OrderLineReference/cbc:LineID") == ["0010", "0020"]
    assert texts(data, ".//cac:LineItem/cbc:Note") == ["not a pack multiple"]


def test_every_item_has_a_name_even_when_nothing_is_known(response, written, assert_valid):
    line = replace(
        response().lines[0], description=None, gtin=None, action=LineAction.REJECTED, price=None
    )

    data = written(response(lines=(line,)))

    assert texts(data, ".//cac:Item/cbc:Name") == ["-"]
    assert_valid(data)


def test_an_invoice_has_one_tax_total_with_a_subtotal_for_each_rate(invoice, written):
    data = written(invoice())

    assert texts(data, "cac:TaxTotal/cbc:TaxAmount") == ["25.50"]
    assert texts(data, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxableAmount") == ["100.00", "50.00"]
    assert texts(data, "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent") == ["20", "5.5"]


def test_the_notes_of_an_invoice_carry_their_subject(invoice, written):
    data = written(invoice(notes=(Note(subject="PMD", text="x"), Note(subject="", text="y"))))

    assert texts(data, "cbc:Note") == ["#PMD#x", "y"]


def test_every_amount_names_the_currency_of_the_document(invoice, written):
    root = etree.fromstring(written(invoice(currency="CHF")))

    amounts = [e for e in root.iter() if etree.QName(e).localname.endswith("Amount")]

    assert amounts
    assert {amount.get("currencyID") for amount in amounts} == {"CHF"}


def test_no_element_is_empty(invoice, response, order, written):
    for document in (invoice(iban=None, delivery_party=None), response(), order()):
        for element in etree.fromstring(written(document)).iter():
            assert len(element) or (element.text or "").strip()


def test_constants_without_a_value_beside_them_are_not_written(invoice, written):
    data = written(invoice(iban=None, buyer=Party(gln="4260123450007")))

    assert b"PaymentMeans" not in data
    assert (
        b"PartyTaxScheme"
        not in data.partition(b"<cac:AccountingCustomerParty>")[2].partition(
            b"</cac:AccountingCustomerParty>"
        )[0]
    )


def test_the_same_document_gives_the_same_bytes(invoice, written):
    assert written(invoice()) == written(invoice())


def test_characters_xml_cannot_carry_are_replaced_and_the_file_stays_readable(order, written):
    data = written(order(notes=("bell \x07 and half a pair \ud800",)))

    assert texts(data, "cbc:Note") == ["bell \ufffd and half a pair \ufffd"]


# --- there and back ------------------------------------------------------------------------------


def test_an_invoice_reads_back_as_it_was_written(invoice, written, library):
    assert read_back(library, written(invoice())) == invoice()


_text = (
    st.text(
        st.characters(
            exclude_categories=("Cc", "Cs", "Co", "Cn"), exclude_characters="\ufffe\uffff"
        ),
        min_size=1,
        max_size=30,
    )
    .map(str.strip)
    .filter(lambda text: text and text != "-")
)
_number = st.decimals(min_value=0, max_value=10**9, places=4)
_party = st.builds(
    Party,
    gln=st.sampled_from(["4260123450007", "4012345500004"]),
    name=st.none() | _text,
    street=st.none() | _text,
    country=st.none() | st.sampled_from(["FR", "DE"]),
    vat_number=st.none() | _text,
    registration=st.none() | _text,
)
_unit = st.none() | st.sampled_from(["PCE", "KGM", "MTR"])
_line = st.builds(
    OrderLine,
    number=_text,
    quantity=st.builds(Quantity, value=_number, unit=_unit),
    gtin=st.none() | st.just("3760123450041"),
    supplier_article=st.none() | _text,
    buyer_article=st.none() | _text,
    description=st.none() | _text,
    price=st.none() | st.builds(Price, amount=_number, per=_number, unit=_unit),
    line_amount=st.none() | _number,
    requested_delivery=st.none() | st.dates(),
    notes=st.lists(_text, max_size=2).map(tuple),
)
_order = st.builds(
    Order,
    number=_text,
    issue_date=st.dates(),
    lines=st.lists(_line, min_size=1, max_size=4).map(tuple),
    type_code=st.sampled_from(["220", "227"]),
    currency=st.just("EUR"),
    contract_number=st.none() | _text,
    requested_delivery=st.none() | st.dates(),
    buyer=_party,
    supplier=_party,
    delivery_party=st.none() | st.builds(Party, gln=st.just("4260123450014"), name=_text),
    invoicee=st.none() | _party,
    notes=st.lists(_text, max_size=3).map(tuple),
    process=st.none() | _text,
    line_count=st.none() | st.integers(0, 100),
    total_amount=st.none() | _number,
)


@given(document=_order)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_order_reads_back_as_it_was_written(document):
    library = MappingLibrary()
    mapping = library.find("ubl/order-2.1")
    assert mapping is not None

    back = read_back(library, write_document(mapping, document))

    assert isinstance(back, Order)
    assert without_positions(back) == document


# --- mappings that are wrong ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "word"),
    [
        pytest.param('"xyz:ID" = "number"', "xyz:ID", id="a prefix nobody declared"),
        pytest.param('"cbc:ID[" = "number"', "cbc:ID", id="an open bracket"),
        pytest.param('"1ID" = "number"', "1ID", id="no name at all"),
    ],
)
def test_a_faulty_place_is_refused_with_its_file_and_line(tmp_path, line, word):
    (tmp_path / "mine.toml").write_text(
        f'document = "order"\nroot = "Order"\n[header]\n{line}\n', encoding="utf-8"
    )
    mapping = MappingLibrary(tmp_path).find("mine")
    assert mapping is not None

    with pytest.raises(ConfigError, match=rf"mine\.toml:4.*{word}"):
        write_document(mapping, Order(number="1", issue_date=date(2026, 1, 1)))


def test_a_section_without_its_repeated_element_is_refused(tmp_path):
    (tmp_path / "mine.toml").write_text(
        'document = "order"\nroot = "Order"\n[lines]\n"cbc:ID" = "number"\n', encoding="utf-8"
    )
    mapping = MappingLibrary(tmp_path).find("mine")
    assert mapping is not None

    with pytest.raises(ConfigError, match=r"\[lines\] needs each"):
        write_document(mapping, Order(number="1", issue_date=date(2026, 1, 1)))
