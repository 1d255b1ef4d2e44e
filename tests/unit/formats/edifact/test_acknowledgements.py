"""CONTRL and APERAK in: whatever partners write, and what of ours they mean."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.errors import HeldError
from edi_gateway.formats.acknowledgement import Complaint
from edi_gateway.formats.edifact.acknowledgements import SentInterchange, read_contrl
from edi_gateway.formats.edifact.aperak import read_aperak
from edi_gateway.formats.edifact.contrl import write_contrl
from edi_gateway.formats.interchange import OpenedInterchange
from tests.unit.formats.edifact.test_contrl import GOOD, envelope, grouped, opened, order

PLAIN = OpenedInterchange(format="edifact")

OURS = (
    b"UNA:+.? 'UNB+UNOC:3+A:14+B:14+261116:0800+7++ORDRSP'\n"
    b"UNH+1+ORDRSP:D:96A:UN'BGM+231+R1+29'DTM+137:20261116:102'UNT+4+1'"
    b"UNH+2+ORDRSP:D:96A:UN'BGM+231+R?+2+27'FTX+AAI+++caf\xe9'UNT+4+2'UNZ+2+7'"
)


def contrl(body):
    return read_contrl(f"UNH+1+CONTRL:D:3:UN'{body}UNT+9+1'".encode(), PLAIN)


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        *[pytest.param(f"UCI+7+A+B+{code}'", True, id=f"UCI {code}") for code in "12578"],
        *[pytest.param(f"UCI+7+A+B+{code}'", False, id=f"UCI {code}") for code in "46"],
        pytest.param("UCI+7+A+B+3'", None, id="a withdrawn code that says neither"),
        pytest.param("UCI+7+A+B'", None, id="no code"),
        pytest.param("UCI+7+A+B+7'UCM+1+ORDRSP:D:96A:UN+7'", True, id="messages accepted"),
        pytest.param("UCI+7+A+B+7'UCM+1+ORDRSP:D:96A:UN+4+29'", False, id="a message rejected"),
        pytest.param("UCI+7+A+B+7'UCF+1+A+B+4+29'", False, id="a group rejected"),
        pytest.param("UCI+7+A+B+2'UCM+1+X:1:1:UN+2+12'UCS+2+12'", True, id="remarks only"),
    ],
)
def test_what_a_contrl_says_is_read_from_its_actions(body, accepted):
    assert contrl(body).accepted is accepted


def test_a_rejection_without_any_error_is_a_complaint_all_the_same():
    (complaint,) = contrl("UCI+7+A+B+7'UCM+1+ORDRSP:D:96A:UN+4'").complaints

    assert (complaint.message, complaint.code, complaint.meaning) == ("1", "", "rejected")


def test_a_code_of_no_list_is_told_as_it_is():
    (complaint,) = contrl("UCI+7+A+B+4+99'").complaints

    assert complaint.meaning == "error 99, which no list explains"


def test_the_place_of_a_complaint_is_read_to_its_repetition():
    complaints = contrl("UCI+7+A+B+7'UCM+2+X:D:96A:UN+4'UCS+3'UCD+12+4:2:5'").complaints

    assert complaints == (
        Complaint(
            code="12",
            meaning="invalid value",
            message="2",
            segment=3,
            element=4,
            component=2,
            repetition=5,
        ),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(GOOD, [], id="accepted"),
        pytest.param(GOOD.replace("UNZ+1", "UNZ+2"), [(None, None, "29", 2)], id="UNZ"),
        pytest.param(
            GOOD.replace("QTY+21:2", "QTY+21:x"), [("ME000002", 6, "37", 2)], id="element"
        ),
        pytest.param(
            grouped([order("1").replace("UNT+10", "UNT+11")]), [("1", None, "29", 2)], id="group"
        ),
    ],
)
def test_our_own_contrl_is_read_back_as_it_was_meant(text, expected):
    written = write_contrl(opened(text)[0], envelope())

    said = read_contrl(written, opened(written)[0])

    assert said.accepted is not bool(expected)
    assert [(c.message, c.segment, c.code, c.element) for c in said.complaints] == expected


@pytest.mark.parametrize(
    ("place", "quoted"),
    [
        pytest.param({"message": "2", "segment": 2}, "BGM+231+R?+2+27", id="a segment"),
        pytest.param({"message": "2", "segment": 3}, "FTX+AAI+++café", id="in its characters"),
        pytest.param({"message": "1", "service": "UNT"}, "UNT+4+1", id="a message's trailer"),
        pytest.param({"service": "UNZ"}, "UNZ+2+7", id="the interchange's trailer"),
        pytest.param({"message": "1", "segment": 9}, None, id="beyond the message"),
        pytest.param({"message": "3", "segment": 1}, None, id="no such message"),
        pytest.param({}, None, id="no place"),
    ],
)
def test_the_segment_a_complaint_is_about_is_quoted_as_we_sent_it(place, quoted):
    complaint = Complaint(code="12", meaning="invalid value", **place)

    assert SentInterchange(OURS).quote(complaint) == quoted


def test_the_document_of_a_message_of_ours_is_named():
    sent = SentInterchange(OURS)

    assert [sent.document_number(reference) for reference in ("1", "2", "3")] == ["R1", "R+2", None]
    assert len(sent) == 2


_PIECES = st.sampled_from(
    ["UCI+7+A+B+", "UCM+1+X+4", "UCS+", "UCD+12+", "UCF+1", "BGM+313+1+27", "ERC+1", "FTX+AAO+++x",
     "RFF+ON:1:2", "DOC+380+1", "'", "+", ":", "?", "4", "99999999999", "\n", "é"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=30).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_held(text):
    for read in (read_contrl, read_aperak):
        try:
            said = read(text.encode("latin-1"), PLAIN)
        except HeldError as held:
            assert held.code == "acknowledgement-unreadable"
        else:
            sent = SentInterchange(text.encode("latin-1"))
            quoted = [sent.quote(complaint) for complaint in said.complaints]
            assert len(quoted) == len(said.complaints)
