import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pydifact.parser import Parser

from edi_gateway.documents import (
    Invoice,
    InvoiceLine,
    LineAction,
    Note,
    Order,
    OrderLine,
    OrderResponse,
    Party,
    Price,
    Quantity,
    ResponseLine,
    ResponseStatus,
    VatTotal,
)
from edi_gateway.errors import ConfigError, HeldError
from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.edifact.parsing import parse_segments
from edi_gateway.formats.edifact.places import compile_mapping
from edi_gateway.formats.edifact.tokens import DEFAULT, ServiceCharacters, escape
from edi_gateway.formats.edifact.writer import Envelope, write_interchange
from edi_gateway.formats.interchange import Limits, Sender
from edi_gateway.formats.mapping import MappingLibrary

FORMAT = EdifactFormat()
LIBRARY = MappingLibrary()
SHARED = Path(__file__).parents[5] / "shared"

GOOD = (
    "UNB+UNOC:3+5412345000013:14+4012345500004:14+261116:0800+10001++ORDERS++1+EANCOM'"
    "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+4500001+9'DTM+137:20261116:102'"
    "NAD+BY+5412345000013::9'LIN+1++3760123450072:EN'QTY+21:2'PRI+AAA:129.90'"
    "UNS+S'CNT+2:1'UNT+10+1'UNZ+1+10001'"
)


def opened(text, limits=None, sender=None):
    data = text.encode("latin-1") if isinstance(text, str) else text
    file = io.BytesIO(data)
    return list(
        FORMAT.open(file, limits=limits or Limits(), library=LIBRARY, partner_of=lambda *_: sender)
    )


def read(data, number=0):
    interchange = opened(data)[0]
    message = interchange.messages[number]
    part = data[message.offset : message.offset + message.length]
    return FORMAT.read(part, interchange, message, library=LIBRARY, partner=None)


def envelope(**other):
    return Envelope(
        **{
            "sender": "4012345500004",
            "sender_qualifier": "14",
            "recipient": "5412345000013",
            "recipient_qualifier": "14",
            "reference": "77",
            "created": datetime(2026, 11, 16, 8, 30, tzinfo=UTC),
        }
        | other
    )


def test_a_good_interchange_has_no_fault():
    (interchange,) = opened(GOOD)

    assert interchange.faults == []
    assert interchange.messages[0].faults == ()
    assert interchange.acknowledgement_requested
    assert (interchange.sender, interchange.reference) == ("5412345000013", "10001")
    assert interchange.messages[0].segments == 10


@pytest.mark.parametrize(
    ("old", "new", "code", "edifact", "element"),
    [
        pytest.param("UNZ+1+", "UNZ+2+", "unz-count", "29", 2, id="UNZ counts wrong"),
        pytest.param("UNZ+1+10001", "UNZ+1+1", "unz-reference", "28", 3, id="UNZ names another"),
        pytest.param("UNZ+1+10001'", "", "unz-missing", "13", 1, id="cut off"),
        pytest.param("UNOC:3", "XXXX:3", "unb-syntax", "2", 2, id="unknown syntax identifier"),
        pytest.param("+10001++", "+++", "unb-incomplete", "13", 6, id="no control reference"),
        pytest.param("5412345000013:14+4", "+4", "unb-incomplete", "13", 3, id="no sender"),
        pytest.param("UNZ", "FTX+AAI'UNZ", "outside-message", "33", None, id="behind UNT"),
    ],
)
def test_a_fault_of_the_envelope_is_the_interchanges(old, new, code, edifact, element):
    (interchange,) = opened(GOOD.replace(old, new, 1))

    found = interchange.faults[0]
    assert (found.code, found.edifact_code, found.element) == (code, edifact, element)
    assert interchange.messages[0].faults == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("UNT+10+", "UNT+11+", ("unt-count", "29", 10, 2, None), id="UNT count"),
        pytest.param("UNT+10+1", "UNT+10+2", ("unt-reference", "28", 10, 3, None), id="UNT ref"),
        pytest.param("UNT+10+1'", "", ("unt-missing", "13", 9, None, None), id="no UNT"),
        pytest.param("QTY+21:2", "QTY+21:ABC", ("element-type", "37", 6, 2, 2), id="letters"),
        pytest.param("QTY+21:2", "QTY+21:.5", ("element-type", "38", 6, 2, 2), id="no digit"),
        pytest.param("QTY+21:2", "QTY+21", ("element-missing", "13", 6, 2, 2), id="no 6060"),
        pytest.param(":20261116:", ":20261332:", ("element-value", "12", 3, 2, 2), id="date"),
        pytest.param("DTM+137:20261116:102", "CUX+2:EUR:9", ("segment-missing", "13", 2, None, None), id="no DTM"),
        pytest.param("UNS+S'", "", ("segment-missing", "13", 7, None, None), id="no UNS"),
        pytest.param("QTY+21:2", "XXX+1", ("segment-unexpected", "15", 6, None, None), id="unknown"),
        pytest.param("QTY+21:2", "Q1+1", ("tag-invalid", "12", 6, None, None), id="bad tag"),
    ],
)  # fmt: skip
def test_a_fault_of_a_message_is_that_messages_alone(old, new, expected):
    (interchange,) = opened(GOOD.replace(old, new, 1))

    found = interchange.messages[0].faults[0]
    place = (found.code, found.edifact_code, found.segment, found.element, found.component)
    assert place == expected
    assert interchange.faults == []


def test_a_segment_that_is_not_expected_is_told_with_what_may_be_there() -> None:
    (interchange,) = opened(
        GOOD.replace("UNS+S'", "UNS+S'QTY+21:2'", 1).replace("UNT+10", "UNT+11")
    )

    (found,) = interchange.messages[0].faults
    assert found.text == ("segment 9: QTY is not expected here; next may be MOA, CNT, ALC, UNT")


def test_a_segment_that_comes_too_early_is_told_with_what_may_be_there() -> None:
    (interchange,) = opened(GOOD.replace("UNS+S'", "", 1).replace("BGM+220", "UNS+S'BGM+220", 1))

    (found,) = interchange.messages[0].faults
    assert found.code == "segment-misplaced"
    assert found.text == "segment 2: UNS is too early here; next may be BGM"


def test_the_values_of_a_line_are_looked_at_though_uns_came_before_it() -> None:
    (interchange,) = opened(
        GOOD.replace("UNS+S'", "", 1).replace("QTY+21:2'", "UNS+S'QTY+21:ABC'", 1)
    )

    found = interchange.messages[0].faults
    assert [(one.code, one.segment) for one in found] == [
        ("segment-misplaced", 6),
        ("element-type", 7),
    ]


@pytest.mark.parametrize("tag", ["DTM", "NAD", "LIN", "QTY"])
def test_uns_out_of_place_is_never_tolerated_for_what_is_behind_it_would_be_lost(tag) -> None:
    text = GOOD.replace("UNS+S'", "", 1).replace(f"'{tag}+", f"'UNS+S'{tag}+", 1)
    lenient = Sender(partner="p", tolerates=frozenset({"segment-unexpected", "segment-missing"}))

    (interchange,) = opened(text, sender=lenient)

    assert [fault.code for fault in interchange.messages[0].faults] == ["segment-misplaced"]


def test_two_interchanges_are_opened_though_the_second_has_its_own_characters():
    other = GOOD.translate(str.maketrans("+:'", "*^~"))

    one, two = opened(f"{GOOD}\r\n\r\nUNA^*.? ~\n{other}\n")

    assert (one.faults, two.faults) == ([], [])
    assert two.messages[0].faults == ()
    assert one.content_hash != two.content_hash


def test_default_characters_return_behind_an_interchange_with_its_own():
    other = "UNA^*.? ~" + GOOD.translate(str.maketrans("+:'", "*^~"))

    one, two = opened(other + GOOD)

    assert (one.faults, two.faults) == ([], [])
    assert (one.messages[0].faults, two.messages[0].faults) == ((), ())


def test_line_breaks_do_not_change_the_hash():
    assert opened(GOOD)[0].content_hash == opened(GOOD.replace("'", "'\r\n"))[0].content_hash


def test_a_truncated_second_interchange_leaves_the_first_whole():
    one, two = opened(GOOD + GOOD[: GOOD.index("UNT")])

    assert one.faults == []
    assert two.faults[0].code == "unz-missing"


def test_more_messages_than_the_limit_is_a_fault_of_the_file():
    found = opened(GOOD + GOOD, Limits(messages=1))

    assert found[-1].faults[0].code == "too-many-messages"
    assert not found[-1].answerable


def test_a_byte_order_mark_is_skipped_with_a_warning():
    (interchange,) = opened(b"\xef\xbb\xbf" + GOOD.encode())

    assert interchange.faults == []
    assert interchange.warnings


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_faults_and_never_an_exception(data):
    for start in (b"", b"UNA:+.? '", b"UNB+UNOC:3+A+B+261116:0800+1'UNH+1+ORDERS:D:96A:UN'"):
        opened(start + data)


@given(st.integers(0, len(GOOD)), st.sampled_from(["", "'", "+", ":", "?", "\n", "UNB+", "\x00"]))
@settings(max_examples=200, deadline=None)
def test_a_damaged_interchange_never_raises(place, damage):
    opened(GOOD[:place] + damage + GOOD[place + 1 :])


_TEXT = st.text(st.sampled_from("AB1?+:' é"), min_size=1, max_size=8)


@given(st.lists(st.lists(_TEXT, min_size=1, max_size=4), min_size=1, max_size=5))
def test_our_segments_are_those_of_the_stock_parser(segments):
    text = "".join(
        "ABC+" + "+".join(":".join([escape(el), "X"]) for el in elements) + "'\r\n"
        for elements in segments
    )

    ours = [(s.tag, s.elements) for s in parse_segments(text, DEFAULT)]

    assert ours == [(s.tag, s.elements) for s in Parser().parse(text)]


def test_una_that_gives_one_character_two_roles_is_refused():
    assert ServiceCharacters.from_una("UNA+++++++") is None
    assert ServiceCharacters.from_una("UNA:+.? '") == DEFAULT


BUYER = Party(
    gln="5412345000013", name="Acme Bâtiment", city="Lyon", postcode="69001", country="FR"
)
SUPPLIER = Party(gln="4012345500004", name="Werk", vat_number="FR12345678901")

ORDER = Order(
    number="4500001",
    issue_date=date(2026, 11, 16),
    currency="EUR",
    contract_number="C-1",
    requested_delivery=date(2026, 11, 24),
    buyer=BUYER,
    supplier=SUPPLIER,
    invoicee=Party(identifier="X1", identifier_scheme="92"),
    notes=("Livrer à l'entrée B: 12+34?", "two"),
    line_count=1,
    lines=(
        OrderLine(
            number="1",
            quantity=Quantity(value=Decimal("12.5"), unit="KGM"),
            supplier_article="SA-1",
            buyer_article="IN-1",
            description="Colle époxy",
            price=Price(amount=Decimal("34.90"), per=Decimal("1000"), unit="PCE"),
            position=15,
        ),
    ),
)

RESPONSE = OrderResponse(
    number="R1",
    issue_date=date(2026, 11, 16),
    order_number="4500001",
    order_date=date(2026, 11, 15),
    status=ResponseStatus.CHANGED,
    currency="EUR",
    buyer=BUYER,
    supplier=Party(gln="4012345500004"),
    lines=(
        ResponseLine(
            number="1",
            order_line="000010",
            action=LineAction.CHANGED,
            ordered=Decimal("10"),
            confirmed=Decimal("12"),
            gtin="3760123450041",
            supplier_article="SA-1",
            price=Price(amount=Decimal("6.80")),
            reason="not a pack multiple",
        ),
        ResponseLine(
            number="2",
            order_line="20",
            action=LineAction.REJECTED,
            ordered=Decimal("1"),
            confirmed=Decimal("0"),
            buyer_article="77",
            reason="unknown article",
        ),
    ),
)

INVOICE = Invoice(
    number="F1",
    issue_date=date(2026, 11, 16),
    currency="EUR",
    due_date=date(2026, 12, 16),
    payment_days=30,
    order_number="4500001",
    order_date=date(2026, 11, 15),
    despatch_number="BL1",
    delivery_date=date(2026, 11, 17),
    buyer=BUYER,
    supplier=Party(gln="4012345500004", vat_number="FR1", registration="123456789"),
    net_amount=Decimal("81.60"),
    vat_amount=Decimal("16.32"),
    payable_amount=Decimal("97.92"),
    notes=(Note(subject="PMD", text="late payment " + "word " * 20 + "end"),),
    vat=(
        VatTotal(category="S", rate=Decimal("20"), taxable=Decimal("81.60"), tax=Decimal("16.32")),
    ),
    lines=(
        InvoiceLine(
            number="1",
            quantity=Decimal("12"),
            unit="PCE",
            price=Price(amount=Decimal("6.80")),
            amount=Decimal("81.60"),
            vat_rate=Decimal("20"),
            description="Colle",
            gtin="3760123450041",
            order_line="1",
        ),
    ),
)


@pytest.mark.parametrize("release", ["d96a", "d01b"])
@pytest.mark.parametrize(
    ("name", "document"),
    [("orders", ORDER), ("ordrsp", RESPONSE), ("invoic", INVOICE)],
    ids=["order", "response", "invoice"],
)
def test_what_is_written_keeps_to_the_table_and_reads_back_equal(name, document, release):
    mapping = LIBRARY.find(f"edifact/{name}-{release}")

    data = write_interchange(envelope(), [(mapping, document), (mapping, document)])

    (interchange,) = opened(data)
    assert interchange.faults == []
    assert [message.faults for message in interchange.messages] == [(), ()]
    result = read(data, 1)
    assert result.missing == ()
    assert _without_position(result.document) == _without_position(document)


def _without_position(document):
    if not isinstance(document, Order):
        return document
    return replace(document, lines=tuple(replace(x, position=None) for x in document.lines))


def test_a_line_without_gtin_carries_its_main_identification_in_pia_5():
    mapping = LIBRARY.find("edifact/ordrsp-d96a")

    text = write_interchange(envelope(), [(mapping, RESPONSE)]).decode("latin-1")

    assert "LIN+2+7'PIA+5+77:IN'" in text
    assert "RFF+ON:4500001:000010'" in text
    assert "PIA+1+SA-1:SA'" in text


def test_text_is_transliterated_to_the_agreed_repertoire():
    mapping = LIBRARY.find("edifact/orders-d96a")

    text = write_interchange(envelope(syntax="UNOA"), [(mapping, ORDER)]).decode("ascii")

    assert "COLLE EPOXY" in text
    assert "LIVRER A L?'ENTREE B?: 12?+34??" in text


def test_a_place_that_does_not_exist_is_named_with_file_and_line(tmp_path):
    (tmp_path / "edifact").mkdir()
    (tmp_path / "edifact" / "own.toml").write_text(
        'extends = "edifact/orders-d96a"\n[header]\n"BGM 9999" = "number"\n'
    )
    mapping = MappingLibrary(tmp_path).find("edifact/own")

    with pytest.raises(ConfigError, match=r"own.toml:3: BGM has no 9999"):
        compile_mapping(mapping)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not on this machine")
@pytest.mark.parametrize(
    ("name", "lines"),
    [("01-plain", 3), ("09-buyer-codes-only", 2), ("16-latin1-and-release-characters", 2), ("17-d01b", 2)],
)  # fmt: skip
def test_a_sample_order_is_read(name, lines):
    result = read((SHARED / "samples" / "orders" / f"{name}.edi").read_bytes())

    assert result.missing == ()
    assert len(result.document.lines) == lines
    assert result.document.currency == "EUR"


@pytest.mark.parametrize(
    ("name", "document", "named"),
    [
        pytest.param("orders-d96a", {"number": "N" * 36}, "number (BGM 1004): '", id="BGM 1004"),
        pytest.param("orders-d96a", {"contract_number": "C" * 36}, "(RFF 1154)", id="RFF 1154"),
        pytest.param("orders-d96a", {"buyer": Party(gln="1" * 36)}, "(NAD 3039)", id="NAD 3039"),
        pytest.param("orders-d96a", {"total_amount": Decimal(10) ** 40}, "(MOA 5004)", id="amount"),
    ],
)
def test_a_value_that_is_too_long_for_its_element_is_held_not_cut(name, document, named):
    mapping = LIBRARY.find(f"edifact/{name}")

    with pytest.raises(HeldError) as held:
        write_interchange(envelope(), [(mapping, replace(ORDER, **document))])

    assert held.value.code == "value-too-long"
    assert named in str(held.value)
    assert "the element takes" in str(held.value)
    assert held.value.remedy


def test_an_article_number_that_is_too_long_is_held():
    mapping = LIBRARY.find("edifact/ordrsp-d96a")
    line = replace(RESPONSE.lines[0], gtin="3" * 36)

    with pytest.raises(HeldError, match=r"gtin \(LIN 7140\): '3+' has 36 characters.*takes 35"):
        write_interchange(envelope(), [(mapping, replace(RESPONSE, lines=(line,)))])


def test_a_sign_and_a_decimal_mark_do_not_count_as_digits():
    mapping = LIBRARY.find("edifact/ordrsp-d96a")
    line = replace(RESPONSE.lines[0], ordered=Decimal("-1234567890123.45"))

    data = write_interchange(envelope(), [(mapping, replace(RESPONSE, lines=(line,)))])

    assert b"QTY+21:-1234567890123.45'" in data


def test_a_long_note_goes_on_in_further_components_and_segments():
    mapping = LIBRARY.find("edifact/invoic-d96a")
    words = [f"word{number:04d}" for number in range(60)]
    note = Note(subject="PMD", text=" ".join(words))

    data = write_interchange(envelope(), [(mapping, replace(INVOICE, notes=(note,)))])

    assert data.count(b"'FTX+PMD+++word") == 2
    document = read(data).document
    assert " ".join(note.text for note in document.notes).split() == words
    assert opened(data)[0].messages[0].faults == ()


def test_a_long_description_goes_on_in_a_second_imd():
    mapping = LIBRARY.find("edifact/ordrsp-d96a")
    line = replace(RESPONSE.lines[0], description="Colle " * 20)

    data = write_interchange(envelope(), [(mapping, replace(RESPONSE, lines=(line,)))])

    assert data.count(b"IMD+F++:::Colle") == 2
    assert data.count(b"Colle") == 20


def test_service_characters_at_the_end_of_a_value_are_kept_where_empty_elements_are_cut():
    mapping = LIBRARY.find("edifact/orders-d96a")
    order = replace(ORDER, buyer=Party(identifier="A:", name="B+", city="C?"), number="D'")

    data = write_interchange(envelope(), [(mapping, order)])

    assert b"NAD+BY+A?:++B?+++C??'" in data
    assert read(data).document.buyer == order.buyer
    assert read(data).document.number == "D'"
