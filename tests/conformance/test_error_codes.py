"""
The table of syntax errors (0085): one interchange for each, its one fault at its one place.

A place is segment, element and component as CONTRL counts them (0096, 0098, 0104): UNH is segment
1, the tag is element 1. The last column is what the CONTRL says, and at which level.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from edi_gateway.formats.edifact.contrl import write_contrl
from edi_gateway.formats.interchange import Fault, Level, Limits, OpenedInterchange
from tests.conformance.orders import ENVELOPE, MESSAGE, ORDER, changed, counted, opened, said

Place = tuple[int | None, int | None, int | None]


@dataclass(frozen=True)
class Row:
    """A damaged order, and the one fault it has."""

    name: str
    data: bytes
    code: str
    place: Place
    #: The text in the file where the fault lies; None is the end of the file.
    at: str | None
    says: str


def row(
    name: str, changes: str | tuple[str, ...] | bytes, code: str, place: Place, at: str | None,
    says: str,
) -> Row:  # fmt: skip
    if isinstance(changes, str):
        changes = (changes,)
    data = changes if isinstance(changes, bytes) else changed(*changes)
    return Row(name, data, code, place, at, says)


def grouped(*groups: str, unz: int | None = None) -> bytes:
    """An interchange of functional groups."""
    begin, end = ORDER[: ORDER.index("UNH")], f"UNZ+{unz or len(groups)}+10001'"
    return counted(begin + "".join(groups) + end).encode("latin-1")


def group(*messages: str, unh: str = "G1", une: str = "G1", count: int | None = None) -> str:
    """A functional group."""
    held = len(messages) if count is None else count
    return (
        f"UNG+ORDERS+5412345000013:14+4012345500004:14+261116:0800+{unh}+UN+D:96A'"
        f"{''.join(messages)}UNE+{held}+{une}'"
    )


SECOND = MESSAGE.replace("UNH+1", "UNH+2").replace("+#+1", "+#+2")
RESPONSE = SECOND.replace("ORDERS", "ORDRSP").replace("BGM+220+4500001+9", "BGM+231+4500001+29")
#: What 1225 has for an order (original), and an order response does not.
RESPONDED = ("ORDERS:D => ORDRSP:D", "BGM+220+4500001+9 => BGM+231+4500001+9")
#: Dangerous goods in a despatch advice, with a UN number of three digits.
DESPATCHED = (
    "ORDERS:D => DESADV:D", "BGM+220 => BGM+351", "LIN => CPS+1'LIN",
    "PRI+AAA:129.90'UNS+S'CNT+2:1 => DGS+ADR++123",
)  # fmt: skip
RFFS = "".join(f"RFF+ON:{number}'" for number in range(10))
DTMS = "DTM+2:20261116:102'" * 34

NO_UNS, NO_CNT = "129.90'UNS+S' => 129.90'", "UNS+S'CNT+2:1' => UNS+S'"
LINES = "".join(f"LIN+{number}++3760123450072:EN'QTY+21:2'" for number in (2, 3))

INTERCHANGE = [
    row("2 unknown syntax identifier", "UNOC:3 => XXXX:3", "2", (None, 2, 1), "UNB", "UCI 2 UNB 2:1"),
    row("2 unknown syntax version", "UNOC:3 => UNOC:9", "2", (None, 2, 2), "UNB", "UCI 2 UNB 2:2"),
    row("13 no recipient in UNB", "+4012345500004:14 => +:14", "13", (None, 4, 1), "UNB", "UCI 13 UNB 4:1"),
    row("13 no date in UNB", "+261116:0800+ => ++", "13", (None, 5, 1), "UNB", "UCI 13 UNB 5:1"),
    row("13 no UNZ", "UNZ+1+10001' => ", "13", (None, 1, None), None, "UCI 13 UNZ"),
    row("19 a digit for a decimal mark in UNA", "UNB => UNA:+5? 'UNB", "19", (None, None, None), "UNA", "UCI 19 UNA"),
    row("20 one character with two roles in UNA", "UNB => UNA:+.+ 'UNB", "20", (None, None, None), "UNA", "UCI 20 UNA"),
    row("20 a letter as separator in UNA", "UNB => UNA:+.A 'UNB", "20", (None, None, None), "UNA", "UCI 20 UNA"),
    row("21 a control character in UNB", "10001++ORDERS => 10001++OR\x01ERS", "21", (None, 8, None), "UNB", "UCI 21 UNB 8"),
    row("22 a release character at the end of the file", changed("UNZ => UNZ")[:-1] + b"?", "22", (None, None, None), "UNZ", "UCI 22 UNZ"),
    row("28 UNZ of another interchange", "UNZ+1+10001 => UNZ+1+10002", "28", (None, 3, None), "UNZ", "UCI 28 UNZ 3"),
    row("28 references are compared as text", "UNZ+1+10001 => UNZ+1+010001", "28", (None, 3, None), "UNZ", "UCI 28 UNZ 3"),
    row("29 UNZ counts too many", "UNZ+1+ => UNZ+2+", "29", (None, 2, None), "UNZ", "UCI 29 UNZ 2"),
    row("29 UNZ counts no number", "UNZ+1+ => UNZ+one+", "29", (None, 2, None), "UNZ", "UCI 29 UNZ 2"),
    row("30 a message beside a group", grouped(group(MESSAGE), SECOND, unz=1), "30", (None, None, None), "UNH+2", "UCI 30 UNH"),
    row("30 a group beside a message", grouped(MESSAGE, group(SECOND), unz=1), "30", (None, None, None), "UNG", "UCI 30 UNG"),
    row("32 no message at all", b"UNB+UNOC:3+A:14+B:14+261116:0800+10001'UNZ+0+10001'", "32", (None, None, None), "UNZ", "UCI 32 UNZ"),
    row("33 a segment between UNT and UNZ", "UNZ => FTX+AAI'UNZ", "33", (None, None, None), "FTX", "UCI 33"),
    row("13 no message type in UNH", "ORDERS:D:96A => :D:96A", "13", (1, 3, 1), "UNH", "UCI 13 UNH 3:1"),
    row("13 no version in UNH", "ORDERS:D:96A => ORDERS::96A", "13", (1, 3, 2), "UNH", "UCI 13 UNH 3:2"),
    row("39 a control reference too long", ("+10001+ => +123456789012345+", "UNZ+1+10001 => UNZ+1+123456789012345"), "39", (None, 6, None), "UNB", "UCI 12 UNB 6"),
    row("39 a sender too long", "+5412345000013 => +" + "5" * 36, "39", (None, 3, 1), "UNB", "UCI 12 UNB 3:1"),
    row("39 a recipient too long", "+4012345500004 => +" + "4" * 36, "39", (None, 4, 1), "UNB", "UCI 12 UNB 4:1"),
    row("33 UNT without UNH", "UNZ => UNT+1+1'UNZ", "33", (None, None, None), "UNT+1+", "UCI 33 UNT"),
]  # fmt: skip

GROUP = [
    row("13 no UNE", grouped(group(MESSAGE).replace("UNE+1+G1'", "")), "13", (None, None, None), "UNZ", "UCF 13 UNE"),
    row("21 a control character in UNG", grouped(group(MESSAGE).replace("UNG+ORDERS", "UNG+OR\x02ERS")), "21", (None, 2, None), "UNG", "UCF 21 UNG 2"),
    row("28 UNE of another group", grouped(group(MESSAGE, une="G2")), "28", (None, 3, None), "UNE", "UCF 28 UNE 3"),
    row("29 UNE counts too many", grouped(group(MESSAGE, count=2)), "29", (None, 2, None), "UNE", "UCF 29 UNE 2"),
    row("29 UNZ counts messages where there are groups", grouped(group(MESSAGE, SECOND), unz=2), "29", (None, 2, None), "UNZ", "UCI 29 UNZ 2"),
    row("31 two message types in a group", grouped(group(MESSAGE, RESPONSE)), "31", (None, None, None), "UNH+2", "UCF 31 UNH"),
    row("32 a group without a message", grouped(group(MESSAGE), group(unh="G2", une="G2")), "32", (None, None, None), "UNE+0", "UCF 32 UNE"),
    row("39 a group reference too long", grouped(group(MESSAGE, unh="G" * 15, une="G" * 15)), "39", (None, 6, None), "UNG", "UCF 12 UNG 6"),
    row("39 a group's sender too long", grouped(group(MESSAGE).replace("+5412345000013", "+" + "5" * 36, 1)), "39", (None, 3, 1), "UNG", "UCF 12 UNG 3:1"),
    row("33 a segment between UNT and UNE", grouped(group(MESSAGE, "FTX+AAI'", count=1)), "33", (None, None, None), "FTX", "UCF 33"),
]  # fmt: skip

MESSAGES = [
    row("13 no UNT", "UNT+#+1' => ", "13", (9, None, None), "UNZ", "UCM 13 UNT"),
    row("13 no reference in UNT", "UNT+#+1 => UNT+#", "13", (10, 3, None), "UNT", "UCM 13 UNT 3"),
    row("21 a control character in UNH", "EAN008 => EAN\x02", "21", (1, 3, 5), "UNH", "UCM 21 UNH 3:5"),
    row("26 a message reference twice", ("UNZ+1 => " + MESSAGE + "UNZ+2",), "26", (1, 2, None), "UNH+1+", "UCM 26 UNH 2"),
    row("28 UNT of another message", "UNT+#+1 => UNT+#+2", "28", (10, 3, None), "UNT", "UCM 28 UNT 3"),
    row("39 a message reference too long", ("UNH+1+ => UNH+123456789012345+", "UNT+#+1 => UNT+#+123456789012345"), "39", (1, 2, None), "UNH", "UCM 12 UNH 2"),
    row("39 a message type too long", "ORDERS:D => ORDERSX:D", "39", (1, 3, 1), "UNH", "UCM 12 UNH 3:1"),
    row("29 UNT counts no number", "UNT+# => UNT+ten", "29", (10, 2, None), "UNT", "UCM 29 UNT 2"),
    row("29 UNT counts one segment less", "UNT+# => UNT+9", "29", (10, 2, None), "UNT", "UCM 29 UNT 2"),
]  # fmt: skip

SEGMENTS = [
    row("13 no DTM behind BGM", "DTM+137:20261116:102' => ", "13", (2, None, None), "NAD", "UCS 2 13"),
    row("13 no UNS before UNT", ("UNS+S' => ", "CNT+2:1' => "), "13", (7, None, None), "UNT", "UCS 7 13"),
    row("15 a member of a group without its first segment", "NAD+BY+5412345000013::9 => CTA+OC", "15", (4, None, None), "CTA", "UCS 4 15"),
    row("15 a segment the message has not", "QTY+21:2 => CPS+1", "15", (6, None, None), "CPS", "UCS 6 15"),
    row("15 a segment nobody knows", "QTY+21:2 => XXX+1", "15", (6, None, None), "XXX", "UCS 6 15"),
    row("15 a segment before its place", "LIN => QTY+21:2'LIN", "15", (5, None, None), "QTY", "UCS 5 15"),
    row("15 a segment of the end at the beginning", "BGM => CNT+2:1'BGM", "15", (2, None, None), "CNT", "UCS 2 15"),
    row("15 UNS before the lines", ("LIN => UNS+S'LIN", NO_UNS), "15", (5, None, None), "UNS", "UCS 5 15"),
    row("15 UNS before the lines and in its place", "LIN => UNS+S'LIN", "15", (5, None, None), "UNS", "UCS 5 15"),
    row("15 UNS before the parties", ("NAD => UNS+S'NAD", NO_UNS), "15", (4, None, None), "UNS", "UCS 4 15"),
    row("15 UNS before a segment that must be", ("DTM => UNS+S'DTM", NO_UNS), "15", (3, None, None), "UNS", "UCS 3 15"),
    row("15 UNS in a line", ("QTY => UNS+S'QTY", NO_UNS), "15", (6, None, None), "UNS", "UCS 6 15"),
    row("15 UNS in a line and in its place", "PRI => UNS+S'PRI", "15", (7, None, None), "UNS", "UCS 7 15"),
    row("15 UNS between lines", (f"UNS+S' => UNS+S'{LINES}",), "15", (8, None, None), "UNS", "UCS 8 15"),
    row("15 UNS and what follows it before the lines", ("LIN => UNS+S'CNT+2:1'LIN", "129.90'UNS+S'CNT+2:1' => 129.90'"), "15", (5, None, None), "UNS", "UCS 5 15"),
    row("15 CNT before the lines", ("LIN => CNT+2:1'LIN", NO_CNT), "15", (5, None, None), "CNT", "UCS 5 15"),
    row("15 CNT in a line", ("QTY => CNT+2:1'QTY", NO_CNT), "15", (6, None, None), "CNT", "UCS 6 15"),
    row("15 CNT before UNS", ("UNS => CNT+2:1'UNS", NO_CNT), "15", (8, None, None), "CNT", "UCS 8 15"),
    row("15 one segment of a line behind UNS", "UNS+S' => UNS+S'PRI+AAA:1'", "15", (9, None, None), "PRI+AAA:1'", "UCS 9 15"),
    row("35 UNS twice", "UNS+S' => UNS+S'UNS+D'", "35", (9, None, None), "UNS+D", "UCS 9 35"),
    row("16 an element too many", "BGM+220+4500001+9 => BGM+220+4500001+9+AB+X", "16", (2, None, None), "BGM", "UCS 2 16"),
    row("21 a control character in a message", "BGM+220 => BGM+220:::A\x02", "21", (2, None, None), "BGM", "UCS 2 21"),
    row("21 bytes that are no UTF-8", ("UNOC:3 => UNOY:4", "::9 => ::9++\xff", ":0800 => :0800", "+261116 => +20261116"), "21", (4, None, None), "NAD", "UCS 4 21"),
    row("35 a segment once too often", "BGM+220+4500001+9 => BGM+220+1+9'BGM+220+4500001+9", "35", (3, None, None), "BGM+220+4500001", "UCS 3 35"),
    row("35 DTM 36 times", "DTM+137:20261116:102 => " + DTMS + "DTM+137:20261116:102'DTM+9:20261116:102", "35", (38, None, None), "DTM+9", "UCS 38 35"),
    row("36 a group once too often", "NAD => " + RFFS + "RFF+ON:11'NAD", "36", (14, None, None), "RFF+ON:11", "UCS 14 36"),
]  # fmt: skip

ELEMENTS = [
    row("12 a date no calendar has", ":20261116: => :20261332:", "12", (3, 2, 2), "DTM", "UCD 3 12 2:2"),
    row("13 no element that must be", "NAD+BY => NAD+", "13", (4, 2, None), "NAD", "UCD 4 13 2"),
    row("13 no composite that must be", "QTY+21:2 => QTY", "13", (6, 2, 1), "QTY", "UCD 6 13 2:1"),
    row("13 no component that must be", "QTY+21:2 => QTY+21", "13", (6, 2, 2), "QTY", "UCD 6 13 2:2"),
    row("14 a code that is none of an order response", RESPONDED, "14", (2, 4, None), "BGM", "UCD 2 14 4"),
    row("16 a component too many", "QTY+21:2 => QTY+21:2:PCE:X", "16", (6, 2, None), "QTY", "UCD 6 16 2"),
    row("19 two decimal marks", "QTY+21:2 => QTY+21:1.234,5", "19", (6, 2, 2), "QTY", "UCD 6 19 2:2"),
    row("37 letters in a number", "QTY+21:2 => QTY+21:AB", "37", (6, 2, 2), "QTY", "UCD 6 37 2:2"),
    row("37 a plus sign", "QTY+21:2 => QTY+21:?+2", "37", (6, 2, 2), "QTY", "UCD 6 37 2:2"),
    row("38 no digit before the mark", "QTY+21:2 => QTY+21:.5", "38", (6, 2, 2), "QTY", "UCD 6 38 2:2"),
    row("39 an element too long", "BGM+220+4500001 => BGM+220+" + "4" * 36, "39", (2, 3, None), "BGM", "UCD 2 39 3"),
    row("39 a component too long", "QTY+21:2 => QTY+21:" + "2" * 16, "39", (6, 2, 2), "QTY", "UCD 6 39 2:2"),
    row("39 a qualifier too long", "NAD+BY => NAD+BYERS", "39", (4, 2, None), "NAD", "UCD 4 39 2"),
    row("40 a number of four digits too short", DESPATCHED, "40", (8, 4, 1), "DGS", "UCD 8 40 4:1"),
]  # fmt: skip


def params(rows: list[Row]) -> list[object]:
    return [pytest.param(one, id=one.name) for one in rows]


def places(found: list[OpenedInterchange]) -> list[tuple[str, Place, int | None]]:
    """Code, place and offset of every fault in the file."""
    faults: list[Fault] = []
    for interchange in found:
        faults += interchange.faults
        faults += [fault for each in interchange.groups for fault in each.faults]
        faults += [fault for message in interchange.messages for fault in message.faults]
    return [
        (fault.edifact_code, (fault.segment, fault.element, fault.component), fault.offset)
        for fault in faults
    ]


def offset(one: Row) -> int:
    if one.at is None:
        return len(one.data)
    place = one.at.encode("latin-1")
    return one.data.rindex(place) if one.code == "26" else one.data.index(place)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(changed("UNH => UNH"), id="one message"),
        pytest.param(changed("UNZ+1 => " + SECOND + "UNZ+2"), id="two messages"),
        pytest.param(grouped(group(MESSAGE, SECOND)), id="a group of two"),
        pytest.param(
            grouped(group(MESSAGE), group(MESSAGE, unh="G2", une="G2")),
            id="the same message reference in two groups",
        ),
        pytest.param(grouped(group(MESSAGE), group(RESPONSE, unh="G2", une="G2")), id="two types"),
    ],
)
def test_what_is_right_has_no_fault_and_nothing_is_said_against_it(data: bytes) -> None:
    found = opened(data)

    assert places(found) == []
    assert said(write_contrl(found[0], ENVELOPE)) == []


@pytest.mark.parametrize("one", params([*INTERCHANGE, *GROUP, *MESSAGES, *SEGMENTS, *ELEMENTS]))
def test_a_fault_is_found_alone_at_its_place_and_said_at_its_level(one: Row) -> None:
    found = opened(one.data)

    assert places(found) == [(one.code, one.place, offset(one))]
    assert said(write_contrl(found[0], ENVELOPE)) == [one.says]


@pytest.mark.parametrize(
    "one",
    params([one for one in [*MESSAGES, *SEGMENTS, *ELEMENTS] if one.code != "26"]),
)
def test_a_fault_of_a_message_rejects_that_message_alone(one: Row) -> None:
    second = counted(SECOND.replace("UNH+2", "UNH+OTHER").replace("+#+2", "+#+OTHER")).encode()
    data = one.data.replace(b"UNZ+1", second + b"UNZ+2").replace(b"UNZ+2+10001", b"UNZ+#+10001")
    data = data.replace(b"UNZ+#", b"UNZ+%d" % data.count(b"UNH+"))

    (interchange,) = opened(data)

    assert interchange.faults == []
    assert interchange.messages[-1].faults == ()


@pytest.mark.parametrize("code", ["7", "17", "23", "25", "26"])
def test_a_refusal_of_the_whole_interchange_is_said_by_its_code(code: str) -> None:
    (subject,) = opened(changed("UNB => UNB"))

    contrl = write_contrl(subject, ENVELOPE, refusal=(code, "UNB", "3:1"))

    assert said(contrl) == [f"UCI {code} UNB 3:1"]


def test_more_messages_than_the_limit_is_18_where_the_first_too_many_begins() -> None:
    data = changed("UNZ+1 => " + SECOND + "UNZ+2")

    found = opened(data, Limits(messages=1))

    assert places(found[-1:]) == [("18", (None, None, None), data.index(b"UNH+2"))]
    assert found[-1].faults[0].level is Level.FILE


@pytest.mark.parametrize(
    ("change", "place"),
    [
        pytest.param("5412345000013:14+4 => :14+4", (None, 3, 1), id="no sender"),
        pytest.param("+10001++ => +++", (None, 6, None), id="no reference"),
    ],
)
def test_without_sender_or_reference_nobody_can_be_answered(change: str, place: Place) -> None:
    (interchange,) = opened(changed(change))

    assert ("13", place, 0) in places([interchange])
    assert not interchange.answerable


@pytest.mark.parametrize(
    ("change", "place"),
    [
        pytest.param("BGM+220 => BGM+999", (2, 2, 1), id="BGM 1001"),
        pytest.param("QTY+21 => QTY+QQQ", (6, 2, 1), id="QTY 6063"),
        pytest.param("NAD+BY => NAD+QQ", (4, 2, None), id="NAD 3035"),
    ],
)
def test_an_unknown_code_is_12_as_a_warning_and_rejects_nothing(change: str, place: Place) -> None:
    (interchange,) = opened(changed(change))

    (message,) = interchange.messages
    assert message.faults == ()
    (warning,) = message.warnings
    found = (warning.edifact_code, (warning.segment, warning.element, warning.component))
    assert found == ("12", place)


def test_explicit_nesting_is_read_as_if_it_were_not_there() -> None:
    """Legal in syntax 1 to 3, so not error 34, which is for agreements that forbid it."""
    (interchange,) = opened(changed("LIN+1 => LIN:1+1"))

    assert places([interchange]) == []


WITH_BREAKS = [one for one in [*INTERCHANGE, *MESSAGES, *SEGMENTS, *ELEMENTS] if one.at]


@pytest.mark.parametrize("one", params(WITH_BREAKS))
def test_line_breaks_move_the_offset_to_where_the_segment_is_and_nothing_else(one: Row) -> None:
    broken = replace(one, data=one.data.replace(b"'", b"'\r\n"))

    found = opened(broken.data)

    assert places(found) == [(one.code, one.place, offset(broken))]


BODY = (
    *("BGM+220+4500001+9'", "DTM+137:20261116:102'", "RFF+CT:1'", "NAD+BY+5412345000013::9'"),
    *("CTA+OC'", "CUX+2:EUR:9'", "LIN+1++3760123450072:EN'", "IMD+F++:::X'", "QTY+21:2'"),
    *("PRI+AAA:129.90'", "LIN+2++3760123450072:EN'", "QTY+21:2'", "PRI+AAA:129.90'"),
    *("UNS+S'", "MOA+79:1'", "CNT+2:2'"),
)  # fmt: skip


@pytest.mark.parametrize("release", ["93A", "96A", "97A", "99B", "01B"])
@pytest.mark.parametrize("tag", ["UNS", "CNT"])
def test_wherever_uns_or_cnt_comes_too_early_it_is_the_one_fault(tag: str, release: str) -> None:
    place = next(at for at, raw in enumerate(BODY) if raw.startswith(tag))
    rest = [*BODY[:place], *BODY[place + 1 :]]
    begin, _ = ORDER.split("BGM")
    found: dict[int, list[str]] = {}

    for at in range(place):
        body = "".join([*rest[:at], BODY[place], *rest[at:]])
        text = f"{begin}{body}UNT+#+1'UNZ+1+10001'".replace("96A:UN:EAN008", f"{release}:UN")
        (interchange,) = opened(counted(text).encode("latin-1"))
        found[at] = [fault.edifact_code for fault in interchange.messages[0].faults]

    assert set(map(tuple, found.values())) == {("15",)}
