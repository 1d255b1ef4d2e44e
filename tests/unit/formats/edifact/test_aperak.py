"""APERAK out in both releases, and in from anybody."""

import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.contract.partner import EDIFACT_FORMATS
from edi_gateway.documents import Party
from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.edifact.acknowledgements import UnreadableAcknowledgement
from edi_gateway.formats.edifact.aperak import (
    ApplicationError,
    ApplicationReport,
    read_aperak,
    write_aperak,
)
from edi_gateway.formats.edifact.writer import Envelope, wrap
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary

FORMAT = EdifactFormat()
LIBRARY = MappingLibrary()
D96A, D01B = "EDIFACT D.96A", "EDIFACT D.01B"

ENVELOPE = Envelope(
    sender="4012345500004",
    sender_qualifier="14",
    recipient="5412345000013",
    recipient_qualifier="14",
    reference="77",
    created=datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
)


def report(**other):
    return ApplicationReport(
        **{
            "number": "APK0001",
            "issued": date(2026, 11, 22),
            "accepted": False,
            "order_number": "652744",
            "order_date": date(2026, 11, 21),
            "message_reference": "ME000001",
            "buyer": Party(gln="5412345000013"),
            "supplier": Party(gln="4012345500004"),
            "errors": (
                ApplicationError(code="CTREXP", text="CONTRACT C-88 EXPIRED 20261031", line="23"),
            ),
        }
        | other
    )


def opened(body):
    file = io.BytesIO(wrap(ENVELOPE, [body], 1))
    return next(FORMAT.open(file, limits=Limits(), library=LIBRARY, partner_of=lambda *_: None))


def read(body):
    message = f"UNH+1+APERAK:D:96A:UN'{body}UNT+0+1'"
    return read_aperak(message.encode("latin-1"), opened(message))


def test_the_errors_of_an_order_are_written_as_the_guideline_has_them():
    assert write_aperak(report(), "1", D96A, "UNOC") == (
        "UNH+1+APERAK:D:96A:UN:EAN000'BGM+12E::9+APK0001+27'DTM+137:20261122:102'RFF+ON:652744'"
        "DTM+171:20261121:102'RFF+ACW:ME000001'NAD+BY+5412345000013::9'NAD+SU+4012345500004::9'"
        "ERC+CTREXP::91'FTX+AAO+++CONTRACT C-88 EXPIRED 20261031'RFF+ON:652744:23'UNT+12+1'"
    )


@pytest.mark.parametrize(
    ("accepted", "beginning"),
    [
        pytest.param(False, "BGM+313+APK0001+27'", id="application error"),
        pytest.param(True, "BGM+305+APK0001+6'", id="error and acknowledgement"),
    ],
)
def test_d01b_has_codes_of_its_own_for_what_it_says(accepted, beginning):
    written = write_aperak(report(accepted=accepted), "1", D01B, "UNOC")

    assert written.startswith("UNH+1+APERAK:D:01B:UN:EAN003'" + beginning)


@pytest.mark.parametrize(
    ("release", "beginning"),
    [
        pytest.param(
            "EDIFACT D.93A", "UNH+1+APERAK:D:96A:UN:EAN000'BGM+12E::9+", id="D.93A has none"
        ),
        pytest.param("EDIFACT D.97A", "UNH+1+APERAK:D:97A:UN'BGM++", id="no code for it yet"),
        pytest.param("EDIFACT D.99B", "UNH+1+APERAK:D:99B:UN'BGM+313+", id="D.99B"),
    ],
)
def test_a_release_is_written_with_the_codes_it_has(release, beginning):
    assert write_aperak(report(), "1", release, "UNOC").startswith(beginning)


@pytest.mark.parametrize("release", EDIFACT_FORMATS)
def test_no_text_is_longer_than_its_release_takes(release):
    long = ApplicationError(code="PRICE", text="word " * 1000)

    written = write_aperak(report(errors=(long,)), "1", release, "UNOC")

    assert opened(written).messages[0].faults == ()


def test_a_long_text_goes_on_in_further_components_and_ends_where_there_are_no_more():
    long = ApplicationError(code="PRICE", text="word " * 90)

    written = write_aperak(report(errors=(long,)), "1", D96A, "UNOC")

    texts = written[written.index("AAO+++") + 6 :].partition("'")[0].split(":")
    assert len(texts) == 5
    assert max(len(text) for text in texts) <= 70
    assert texts[-1].endswith("...")


def test_a_line_number_no_element_can_hold_stands_in_the_text():
    error = ApplicationError(code="UOM", text="other unit", line="LINE-0001")

    written = write_aperak(report(errors=(error,)), "1", D96A, "UNOC")

    assert written.endswith("FTX+AAO+++line LINE-0001?: other unit'UNT+11+1'")


def test_an_order_number_no_element_can_hold_leaves_the_message_reference():
    written = write_aperak(report(order_number="N" * 36), "1", D96A, "UNOC")

    assert "RFF+ON" not in written
    assert "RFF+ACW:ME000001'" in written


_SIGNS = st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f")
_TEXT = st.text(_SIGNS, min_size=1, max_size=400).filter(str.strip)
_ERRORS = st.lists(
    st.builds(
        ApplicationError,
        code=st.sampled_from(["PRICE", "UNKITEM"]),
        text=_TEXT,
        line=st.none() | st.text("0123456789", min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)


@given(errors=_ERRORS, syntax=st.sampled_from(["UNOA", "UNOB", "UNOC", "UNOY"]))
@pytest.mark.parametrize("release", EDIFACT_FORMATS)
@settings(max_examples=100, deadline=None)
def test_what_is_written_keeps_to_its_table_and_is_read_back(release, errors, syntax):
    written = write_aperak(report(errors=tuple(errors)), "1", release, "UNOC")

    interchange = opened(written)

    assert interchange.faults == []
    assert interchange.messages[0].faults == ()
    said = read_aperak(written.encode("latin-1"), interchange)
    assert (said.accepted, said.reference, said.documents[0]) == (
        False,
        "ME000001",
        ("ON", "652744"),
    )
    assert [c.code for c in said.complaints] == [error.code for error in errors]


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        pytest.param("BGM+12E::9+A1+6'", True, id="confirmation"),
        pytest.param("BGM+12E::9+A1+27'", False, id="not accepted"),
        pytest.param("BGM++A1+29'", True, id="accepted without amendment"),
        pytest.param("BGM++A1+34'ERC+1'", True, id="accepted with amendment"),
        pytest.param("BGM+312+A1'", True, id="acknowledgement"),
        pytest.param("BGM+313+A1'", False, id="application error"),
        pytest.param("BGM+305+A1'ERC+1'", False, id="an error and nothing else"),
        pytest.param("BGM++0109094405'RFF+ON:1'", True, id="nothing but a reference"),
    ],
)
def test_what_an_aperak_says_is_read_from_its_codes(body, accepted):
    assert read(body).accepted is accepted


def test_an_error_is_read_with_its_text_its_document_and_its_line():
    said = read(
        "BGM+313+A1+27'RFF+IV:INV-1'ERC+42:ZZZ:92'FTX+AAO+++price:wrong'RFF+ON:4711:20'"
        "ERC+43'FTX+AAO+++no more'"
    )

    first, second = said.complaints
    assert (first.code, first.meaning, first.document, first.line) == (
        "42",
        "price wrong",
        "4711",
        "20",
    )
    assert (second.code, second.meaning, second.document) == ("43", "no more", "INV-1")


def test_a_document_of_d01b_is_read_from_doc():
    assert read("BGM+313+A1'DOC+380+INV-1'").documents == (("DOC 380", "INV-1"),)


def test_an_aperak_without_beginning_says_nothing():
    with pytest.raises(UnreadableAcknowledgement):
        read("RFF+ON:1'")
