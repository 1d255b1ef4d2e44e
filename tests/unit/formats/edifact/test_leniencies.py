"""Every fault a partner's package may tolerate: a fault by default, a warning by agreement."""

from __future__ import annotations

import io

import pytest

from edi_gateway.contract.partner import TOLERABLE, WARNINGS
from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.edifact.faults import CATALOGUE
from edi_gateway.formats.edifact.hints import find_hints
from edi_gateway.formats.interchange import Level, Limits, OpenedInterchange, ReadMessage, Sender
from edi_gateway.formats.mapping import MappingLibrary
from tests.orders import interchange

GOOD = interchange(reference="L1", numbers=["L-1"])
TWO = interchange(reference="L1", numbers=["L-1", "L-2"])
GROUPED = GOOD.replace(b"UNH+1", b"UNG+ORDERS+A:14+B:14+261116:0815+G1+UN+D:96A'\nUNH+1").replace(
    b"UNZ+1", b"UNE+1+G1'\nUNZ+1"
)
LIBRARY = MappingLibrary()
FORMAT = EdifactFormat()


def opened(data: bytes, sender: Sender | None) -> OpenedInterchange:
    found = FORMAT.open(
        io.BytesIO(data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: sender
    )
    return next(iter(found))


def read(data: bytes, interchange: OpenedInterchange) -> ReadMessage:
    message = interchange.messages[0]
    part = data[message.offset : message.offset + message.length]
    return FORMAT.read(part, interchange, message, library=LIBRARY, partner=None)


def faults(interchange: OpenedInterchange) -> set[str]:
    messages = [fault for message in interchange.messages for fault in message.faults]
    groups = [fault for group in interchange.groups for fault in group.faults]
    return {fault.code for fault in [*interchange.faults, *groups, *messages]}


def replaced(old: bytes, new: bytes, data: bytes = GOOD) -> bytes:
    assert old in data
    return data.replace(old, new)


def wrapped(data: bytes) -> bytes:
    whole = data.replace(b"\n", b"")
    return b"\r\n".join(whole[at : at + 80] for at in range(0, len(whole), 80))


FAULTY = {
    "unt-count": replaced(b"UNT+20+1", b"UNT+21+1"),
    "unt-reference": replaced(b"UNT+20+1", b"UNT+20+2"),
    "une-count": replaced(b"UNE+1+G1", b"UNE+2+G1", GROUPED),
    "une-reference": replaced(b"UNE+1+G1", b"UNE+1+G2", GROUPED),
    "une-missing": replaced(b"UNE+1+G1'\n", b"", GROUPED),
    "unz-count": replaced(b"UNZ+1+", b"UNZ+2+"),
    "unz-reference": replaced(b"UNZ+1+L1", b"UNZ+1+L2"),
    "unz-missing": replaced(b"UNZ+1+L1'\n", b""),
    "unh-duplicate": TWO.replace(b"UNH+2", b"UNH+1").replace(b"UNT+20+2", b"UNT+20+1"),
    "envelope-identity": replaced(b"L1", b"L12345678901234"),
    "characters-invalid": replaced(b"MV-501", b"MV\x01501"),
    "characters-undeclared": replaced(b"UNOC", b"UNOA").replace(b"MV-501", "MÉ501".encode()),
    "segment-unexpected": replaced(b"UNS+S", b"XYZ+1'\nUNS+S").replace(b"UNT+20", b"UNT+21"),
    "segment-missing": replaced(b"UNS+S'\n", b"").replace(b"UNT+20", b"UNT+19"),
    "segment-repeated": replaced(b"BGM+", b"BGM+220+L-1+9'\nBGM+").replace(b"UNT+20", b"UNT+21"),
    "group-repeated": replaced(b"CUX+2:EUR:9'\n", b"CUX+2:EUR:9'\n" * 6).replace(
        b"UNT+20", b"UNT+25"
    ),
    "element-missing": replaced(b"RFF+CT:MV-2026", b"RFF"),
    "element-excess": replaced(b"UNS+S", b"UNS+S+X"),
    "element-type": replaced(b"CNT+2:2", b"CNT+2:two"),
    "element-too-long": replaced(b"CUX+2:EUR:9", b"CUX+2:EURO:9"),
    "element-value": replaced(b"DTM+2:20261123", b"DTM+2:20261323"),
    "tag-lower-case": replaced(b"BGM+", b"bgm+"),
    "lines-wrapped": wrapped(GOOD),
}


def test_every_tolerable_fault_is_shown_here() -> None:
    assert set(FAULTY) == set(TOLERABLE)
    assert set(TOLERABLE) - {"lines-wrapped"} <= set(CATALOGUE)
    assert set(WARNINGS) <= set(CATALOGUE)


@pytest.mark.parametrize("code", [code for code in FAULTY if code != "lines-wrapped"])
def test_it_rejects_unless_it_is_tolerated(code: str) -> None:
    assert code in faults(opened(FAULTY[code], None))


@pytest.mark.parametrize("code", FAULTY)
def test_a_tolerated_fault_leaves_a_warning_and_an_order(code: str) -> None:
    data = FAULTY[code]
    interchange = opened(data, Sender(partner="p", tolerates=frozenset({code})))

    document = read(data, interchange).document

    assert faults(interchange) == set()
    assert getattr(document, "number", None) == "L-1"
    warned = [w.code for message in interchange.messages for w in message.warnings]
    assert warned or interchange.warnings or code == "lines-wrapped"


def test_wrapped_lines_give_the_text_that_was_wrapped() -> None:
    data = FAULTY["lines-wrapped"]
    interchange = opened(data, Sender(partner="p", tolerates=frozenset({"lines-wrapped"})))

    plain = read(GOOD, opened(GOOD, None))

    assert read(data, interchange) == plain


def test_an_unknown_code_is_a_warning_unless_the_partner_insists() -> None:
    data = replaced(b"L-1+9'", b"L-1+99'")

    lenient = opened(data, Sender(partner="p"))
    strict = opened(data, Sender(partner="p", insists=frozenset({"code-unknown"})))

    assert [warning.code for warning in lenient.messages[0].warnings] == ["code-unknown"]
    assert faults(strict) == {"code-unknown"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(b"UNZ+1+", b"UNZ+0000001+", "UNZ: '0000001' has 7 characters", id="UNZ 0036"),
        pytest.param(b":0815+L1", b":815+L1", "UNB: '815' has 3 characters", id="UNB 0019"),
        pytest.param(b"ORDERS++1", b"ORDERS++YES", "UNB: 'YES' is not a number", id="UNB 0031"),
        pytest.param(b"UNE+1+G1", b"UNE+1+G1+X", "UNE: 'X' is one element more", id="UNE"),
    ],
)
def test_a_value_the_envelope_cannot_have_is_a_warning_unless_the_partner_insists(
    old: bytes, new: bytes, said: str
) -> None:
    data = replaced(old, new, GROUPED)

    lenient = opened(data, Sender(partner="p"))
    strict = opened(data, Sender(partner="p", insists=frozenset({"envelope-value"})))

    assert faults(lenient) == set()
    assert any(warning.startswith(said) for warning in lenient.warnings)
    assert faults(strict) == {"envelope-value"}


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        pytest.param(b"UNT+20+", b"UNT+0000020+", (20, 2, None, "39"), id="UNT 0074"),
        pytest.param(b"UNT+20+1", b"UNT+20+1+X", (20, None, None, "16"), id="UNT"),
        pytest.param(b":UN:EAN008", b":UN:EAN008A", (1, 3, 5, "39"), id="UNH 0057"),
        pytest.param(b":UN:EAN008", b"", (1, 3, 4, "13"), id="UNH 0051"),
        pytest.param(b"EAN008'", b"EAN008++X:A'", (1, 5, 1, "37"), id="UNH 0070"),
    ],
)
def test_a_value_unh_or_unt_cannot_have_is_a_warning_unless_the_partner_insists(
    old: bytes, new: bytes, at: tuple[int, int | None, int | None, str]
) -> None:
    data = replaced(old, new)

    (lenient,) = opened(data, Sender(partner="p")).messages
    (strict,) = opened(data, Sender(partner="p", insists=frozenset({"envelope-value"}))).messages

    (warning,) = lenient.warnings
    assert (warning.segment, warning.element, warning.component, warning.edifact_code) == at
    assert lenient.faults == ()
    assert strict.faults == (warning,)
    assert warning.level is Level.MESSAGE


def test_what_is_insisted_on_in_a_group_rejects_the_group_alone() -> None:
    data = replaced(b"UNE+1+G1", b"UNE+0000001+G1", GROUPED)

    strict = opened(data, Sender(partner="p", insists=frozenset({"envelope-value"})))

    assert strict.faults == []
    assert [fault.code for fault in strict.groups[0].faults] == ["envelope-value"]


@pytest.mark.parametrize(
    ("version", "stated", "warned"),
    [
        pytest.param("3", "0000020", ["envelope-value"], id="six digits in version 3"),
        pytest.param("4", "0000020", [], id="ten digits in version 4"),
        pytest.param("4", "00000000020", ["envelope-value"], id="eleven digits in version 4"),
    ],
)
def test_how_long_a_count_may_be_is_a_matter_of_the_syntax_version(
    version: str, stated: str, warned: list[str]
) -> None:
    data = replaced(b"UNOC:3", b"UNOC:" + version.encode())
    data = replaced(b"UNT+20", b"UNT+" + stated.encode(), data)

    (message,) = opened(data, Sender(partner="p")).messages

    assert [warning.code for warning in message.warnings] == warned


@pytest.mark.parametrize("tag", ["UNG", "UNH", "UNT", "UNE", "UNZ"])
def test_a_service_tag_in_lower_case_is_told_even_where_nothing_follows_it(tag: str) -> None:
    at = GROUPED.index(f"{tag}+".encode())
    data = GROUPED[:at] + tag.lower().encode() + GROUPED[GROUPED.index(b"'", at) :]

    found = opened(data, Sender(partner="p"))

    assert "tag-lower-case" in faults(found)


def test_another_decimal_mark_than_the_declared_is_told_once_and_read() -> None:
    data = replaced(b"AAA:8.90:", b"AAA:8,90:").replace(b"AAA:3.20:", b"AAA:3,20:")
    lenient = opened(data, Sender(partner="p"))
    strict = opened(data, Sender(partner="p", insists=frozenset({"decimal-mark"})))

    document = read(data, lenient).document

    assert document == read(GOOD, opened(GOOD, None)).document
    assert [warning.code for warning in lenient.messages[0].warnings] == ["decimal-mark"]
    assert faults(strict) == {"decimal-mark"}


def test_level_b_is_read_without_una_by_its_own_separators() -> None:
    marks = bytes.maketrans(b"+:'", b"\x1d\x1f\x1c")
    data = replaced(b"UNOC", b"UNOB").replace(b"\n", b"").translate(marks)

    found = opened(data, None)

    assert (found.reference, faults(found)) == ("L1", set())
    assert read(data, found).document == read(GOOD, opened(GOOD, None)).document


def test_a_sentence_about_a_long_value_repeats_its_beginning_only() -> None:
    data = replaced(b"CUX+2:EUR:9", b"CUX+2:" + b"E" * 60_000 + b":9")

    (message,) = opened(data, None).messages

    (fault,) = message.faults
    assert fault.code == "element-too-long"
    assert len(fault.text) < 200


@pytest.mark.parametrize("end", [b"", b"\r\n"])
def test_a_file_of_wrapped_lines_is_recognised_however_it_ends(end: bytes) -> None:
    data = wrapped(GOOD) + end

    (hint,) = find_hints(io.BytesIO(data), {"UNOC"})

    assert "after every 80 characters" in hint
