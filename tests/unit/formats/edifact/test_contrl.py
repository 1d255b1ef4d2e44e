"""CONTRL out: every layout of the standard, every version, and nothing but the faults."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi_gateway.formats.edifact import EdifactFormat
from edi_gateway.formats.edifact.contrl import write_contrl
from edi_gateway.formats.edifact.faults import CATALOGUE, fault
from edi_gateway.formats.edifact.syntax_errors import LEVELS, SYNTAX_ERRORS, code_for
from edi_gateway.formats.edifact.tokens import DEFAULT, components, split_elements, split_segments
from edi_gateway.formats.edifact.writer import Envelope, marks_of
from edi_gateway.formats.interchange import (
    Fault,
    Level,
    Limits,
    OpenedInterchange,
    OpenedMessage,
)
from edi_gateway.formats.mapping import MappingLibrary

FORMAT = EdifactFormat()
LIBRARY = MappingLibrary()

UNB = "UNB+UNOC:{version}+5412345000013:14+4012345500004:14+{date}:0800+10001++ORDERS++1+EANCOM'"
UCI = "UCI+10001+5412345000013:14+4012345500004:14+"
UCM = "UCM+ME000002+ORDERS:D:96A:UN:EAN008+4"


def unb(version="3"):
    return UNB.format(version=version, date="20261116" if version == "4" else "261116")


def order(reference="ME000002", type_="ORDERS"):
    return (
        f"UNH+{reference}+{type_}:D:96A:UN:EAN008'BGM+220+4500001+9'DTM+137:20261116:102'"
        "NAD+BY+5412345000013::9'LIN+1++3760123450072:EN'QTY+21:2:KGM'PRI+AAA:129.90'"
        f"UNS+S'CNT+2:1'UNT+10+{reference}'"
    )


GOOD = unb() + order() + "UNZ+1+10001'"
GROUP = (
    "UNG+ORDERS+5412345000013:14+4012345500004:14+261116:0800+{reference}+UN+D:96A'{messages}"
    "UNE+{count}+{reference}'"
)


def grouped(*groups, version="3"):
    """An interchange of functional groups, each a list of messages."""
    text = unb(version)
    for number, messages in enumerate(groups, 1):
        text += GROUP.format(
            reference=f"G{number}", messages="".join(messages), count=len(messages)
        )
    return text + f"UNZ+{len(groups)}+10001'"


def opened(text):
    data = text if isinstance(text, bytes) else text.encode("latin-1")
    file = io.BytesIO(data)
    return list(FORMAT.open(file, limits=Limits(), library=LIBRARY, partner_of=lambda *_: None))


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


def contrl(text, **options):
    (subject,) = opened(text)
    return write_contrl(subject, envelope(), **options).decode("latin-1")


def body(text, **options):
    """What stands between UNH and UNT of the CONTRL about `text`."""
    written = contrl(text, **options)
    return written[written.index("'UCI") + 1 : written.rindex("UNT+")]


def test_an_interchange_without_fault_is_acknowledged_in_these_bytes():
    written = contrl(GOOD)

    assert written == (
        "UNB+UNOC:3+4012345500004:14+5412345000013:14+261116:0830+77'"
        "UNH+1+CONTRL:D:3:UN:EAN004'UCI+10001+5412345000013:14+4012345500004:14+7'UNT+3+1'UNZ+1+77'"
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"receipt": True}, "8'", id="receipt only"),
        pytest.param({"refusal": ("26", "UNB", "6")}, "4+26+UNB+6'", id="duplicate"),
        pytest.param({"refusal": ("25", "UNB", "12")}, "4+25+UNB+12'", id="test refused"),
        pytest.param({"refusal": ("23", "UNB", "3:1")}, "4+23+UNB+3:1'", id="unknown sender"),
    ],
)
def test_each_layout_of_the_interchange_is_written_as_the_standard_has_it(options, expected):
    assert body(GOOD, **options) == UCI + expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("UNZ+1+", "UNZ+2+", UCI + "4+29+UNZ+2'", id="UNZ count wrong"),
        pytest.param("UNT+10+", "UNT+9+", f"{UCI}7'{UCM}+29+UNT+2'", id="message reject"),
        pytest.param("DTM+137:20261116:102'", "", f"{UCI}7'{UCM}+29+UNT+2'UCS+2+13'", id="missing"),
        pytest.param("LIN+1", "XXX+1", "UCS+5+15'", id="segment unknown"),
        pytest.param("QTY+21:2", "QTY+21:ABC", f"{UCI}7'{UCM}'UCS+6'UCD+37+2:2'", id="element"),
        pytest.param("137:20261116", "137:20261332", f"{UCM}'UCS+3'UCD+12+2:2'", id="value"),
        pytest.param(
            "ORDERS:D:96A:UN:EAN008", "ORDERS", UCI + "4+13+UNH+3:2'", id="UNH incomplete"
        ),
        pytest.param("UNOC:3", "XXXX:7", UCI + "4+2+UNB+2:1'", id="unknown syntax"),
        pytest.param("UNZ+1+10001'", "", UCI + "4+13+UNZ'", id="cut off"),
    ],
)
def test_a_fault_stands_in_its_layout(old, new, expected):
    assert expected in body(GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("version", "identity", "date"),
    [
        ("1", "CONTRL:2:2:UN:EAN002", "261116"),
        ("2", "CONTRL:2:2:UN:EAN002", "261116"),
        ("3", "CONTRL:D:3:UN:EAN004", "261116"),
        ("4", "CONTRL:4:1:UN", "20261116"),
    ],
)
def test_contrl_is_written_in_the_syntax_version_of_its_subject(version, identity, date):
    written = contrl(unb(version) + order() + "UNZ+1+10001'")

    assert written.startswith(
        f"UNB+UNOC:{version}+4012345500004:14+5412345000013:14+{date}:0830+77'"
    )
    assert f"'UNH+1+{identity}'{UCI}7'UNT+3+1'UNZ+1+77'" in written


def test_a_version_there_is_not_is_answered_in_ours():
    assert contrl(GOOD.replace("UNOC:3", "XXXX:7")).startswith("UNB+UNOC:3+")


def test_all_components_of_the_parties_are_copied_and_not_swapped():
    subject = GOOD.replace("5412345000013:14", "5412345000013:14:BACK", 1)

    assert body(subject) == "UCI+10001+5412345000013:14:BACK+4012345500004:14+7'"


def test_version_4_copies_the_internal_addresses_and_escapes_its_repetition_separator():
    subject = (unb("4") + order() + "UNZ+1+1?*1'").replace("+10001+", "+1?*1+")
    subject = "UNA:+.?*'" + subject.replace("5412345000013:14", "5412345000013:14:A:B", 1)

    assert body(subject) == "UCI+1?*1+5412345000013:14:A:B+4012345500004:14+7'"


def test_the_repetition_of_an_element_is_named_in_version_4_only():
    found = fault("element-value", "x", segment=2, element=3, component=1)
    found = Fault(**{n: getattr(found, n) for n in found.__slots__} | {"repetition": 5})
    message = OpenedMessage(index=0, reference="1", type="ORDERS", release="D.96A", faults=(found,))

    def said(version):
        subject = OpenedInterchange(
            format="edifact", reference="1", syntax="UNOC", version=version, messages=[message]
        )
        return write_contrl(subject, envelope()).decode()

    assert "UCD+12+3:1:5'" in said("4")
    assert "UCD+12+3:1'" in said("3")


def test_a_character_its_repertoire_cannot_hold_is_a_point():
    subject = GOOD.replace("UNOC", "UNOA").replace("10001", "1é1")

    assert "UCI+1.1+" in contrl(subject)


def test_in_an_interchange_of_groups_only_the_group_with_a_fault_is_named():
    bad = order("2").replace("UNT+10", "UNT+11")

    written = body(grouped([order("1")], [bad, order("3")]))

    assert written == (
        f"{UCI}7'UCF+G2+5412345000013:14+4012345500004:14+7'"
        "UCM+2+ORDERS:D:96A:UN:EAN008+4+29+UNT+2'"
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("UNE+1+G1", "UNE+2+G1", "4+29+UNE+2'", id="UNE count"),
        pytest.param("UNE+1+G1", "UNE+1+G9", "4+28+UNE+3'", id="UNE reference"),
        pytest.param("UNE+1+G1'", "", "4+13+UNE'", id="no UNE"),
    ],
)
def test_a_fault_of_a_group_rejects_that_group_and_names_no_message_in_it(old, new, expected):
    bad = order("1").replace("UNT+10", "UNT+11")

    written = body(grouped([bad], [order("2")]).replace(old, new, 1))

    assert written == f"{UCI}7'UCF+G1+5412345000013:14+4012345500004:14+{expected}"


def test_two_message_types_in_a_group_are_31_before_version_4_and_allowed_in_it():
    messages = [order("1"), order("2", "ORDRSP")]

    three, four = (opened(grouped(messages, version=version))[0] for version in ("3", "4"))

    assert [f.edifact_code for f in three.groups[0].faults] == ["31"]
    assert four.groups[0].faults == []


def test_a_group_without_messages_is_32():
    assert "UCF+G1+5412345000013:14+4012345500004:14+4+32+UNE'" in body(grouped([]))


def test_a_group_without_reference_rejects_the_interchange():
    assert body(grouped([order()]).replace("0800+G1+", "0800++")) == UCI + "4+13+UNG+6'"


def test_at_most_999_segments_and_99_elements_of_each_are_named():
    faults = [
        fault("element-value", "x", segment=2, element=2 + n, component=1) for n in range(120)
    ]
    faults += [fault("segment-unexpected", "x", segment=3 + n) for n in range(1100)]
    message = OpenedMessage(
        index=0, reference="1", type="ORDERS", release="D.96A", faults=tuple(faults)
    )
    subject = OpenedInterchange(
        format="edifact", reference="1", syntax="UNOC", version="3", messages=[message]
    )

    written = write_contrl(subject, envelope()).decode()

    assert (written.count("'UCS+"), written.count("'UCD+")) == (999, 99)


@pytest.mark.parametrize(
    ("code", "level", "in_3", "in_4"),
    [
        ("19", "UCD", "19", "12"),
        ("38", "UCD", "38", "12"),
        ("34", "UCS", "34", "12"),
        ("43", "UCI", "43", "7"),
        ("31", "UCF", "31", "18"),
        ("41", "UCI", "41", "18"),
        ("27", "UCM", "27", "18"),
        ("45", "UCS", "16", "45"),
        ("46", "UCI", "2", "46"),
        ("48", "UCD", "18", "48"),
        ("3", "UCM", "17", "17"),
        ("3", "UCD", "12", "12"),
        ("37", "UCS", "18", "18"),
        ("37", "UCI", "12", "12"),
        ("39", "UCM", "12", "12"),
    ],
)
def test_a_code_a_version_or_a_level_does_not_have_is_the_nearest_it_has(code, level, in_3, in_4):
    assert (code_for(code, level, "3"), code_for(code, level, "4")) == (in_3, in_4)


@pytest.mark.parametrize("version", ["1", "2", "3", "4"])
@pytest.mark.parametrize("level", LEVELS)
def test_no_code_is_written_where_the_list_does_not_have_it(version, level):
    for code in SYNTAX_ERRORS:
        listed = SYNTAX_ERRORS[code_for(code, level, version)]

        assert level in listed.levels
        assert listed.in_4 if version == "4" else listed.in_3


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("10001", "1" * 15, f"UCI+{'1' * 14}+", id="0020"),
        pytest.param("+5412345000013", "+" + "5" * 36, f"+{'5' * 35}:14+", id="0004"),
        pytest.param("ME000002", "M" * 15, f"UCM+{'M' * 14}+ORDERS:D:96A:UN:EAN008+4+12+UNH+2", id="0062"),
    ],
)  # fmt: skip
def test_what_is_too_long_to_be_repeated_is_cut(old, new, expected):
    written = body(GOOD.replace(old, new))

    assert expected in written


def test_every_fault_of_ours_keeps_its_code_at_its_level():
    at = {
        Level.INTERCHANGE: "UCI",
        Level.GROUP: "UCF",
        Level.MESSAGE: "UCM",
        Level.SEGMENT: "UCS",
        Level.ELEMENT: "UCD",
    }

    changed = {
        name: code_for(code, at[level], "3")
        for name, (code, level, _) in CATALOGUE.items()
        if level in at and code_for(code, at[level], "3") != code
    }

    assert changed == {}


# --- any interchange ------------------------------------------------------------------------------

EDITS = [
    ("UNZ+", "UNZ+9"), ("UNE+", "UNE+9"), ("UNT+10", "UNT+11"), ("UNT+10", "UNT+1x"),
    ("DTM+137:20261116:102'", ""), ("UNS+S'", ""), ("QTY+21:2", "QTY+21:x"), ("QTY+21:2", "QTY"),
    ("QTY+21:2", "QTY+21:.5"), ("PRI+AAA", "ZZZ+AAA"), ("LIN+1", "L1"), ("NAD", "NAD+BY'NAD"),
    ("UNH+", "UNH++"), ("ORDERS:D", "INVOIC:D"), ("137:20261116", "137:99999999"), ("BGM+", "BGM'"),
    ("+ME1'", "+ME9'"), ("+G1'", "+X'"), ("CNT+2:1'", "CNT+2:1'FTX+AAI'"), ("UNT+10+ME1'", ""),
]  # fmt: skip


@st.composite
def interchanges(draw):
    """Interchanges of any version, with or without groups, damaged here and there."""
    version = draw(st.sampled_from(["1", "2", "3", "4"]))
    sizes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    numbers = iter(range(1, 100))
    groups = [[order(f"ME{next(numbers)}") for _ in range(size)] for size in sizes]
    if draw(st.booleans()):
        text = grouped(*groups, version=version)
    else:
        messages = [message for group in groups for message in group]
        text = unb(version) + "".join(messages) + f"UNZ+{len(messages)}+10001'"
    for old, new in draw(st.lists(st.sampled_from(EDITS), max_size=4)):
        parts = text.split(old)
        if len(parts) > 1:
            at = draw(st.integers(1, len(parts) - 1))
            text = old.join(parts[:at]) + new + old.join(parts[at:])
    return text


def values(raw, marks):
    return [components(element, marks) for element in split_elements(raw, marks)]


def said_by(written, version):
    """What a CONTRL says: the answer for the interchange, each group, each message."""
    marks = marks_of(version)
    said = {"groups": {}, "messages": {}}
    current = None
    for raw in split_segments(written, marks)[0]:
        tag, *rest = values(raw, marks)
        rest = [part if part != [""] else [] for part in rest]
        match tag[0]:
            case "UCI":
                said["interchange"] = (rest[3][0], *(part[0] for part in rest[4:6] if part))
            case "UCF":
                said["groups"][rest[0][0]] = (rest[3][0], *(part[0] for part in rest[4:5] if part))
            case "UCM":
                current = said["messages"].setdefault(rest[0][0], {"faults": set()})
                current["code"] = rest[3][0] if len(rest) > 3 and rest[3] else None
            case "UCS":
                position = rest[0][0]
                if len(rest) > 1:
                    current["faults"].add((position, rest[1][0]))
            case "UCD":
                current["faults"].add((position, rest[0][0], *rest[1]))
    return said


def told(subject, version):
    """What the CONTRL must say, from the faults alone."""
    if subject.faults:
        first = code_for(subject.faults[0].edifact_code, "UCI", version)
        return ("4", first), {}, {}
    rejected = {n: g for n, g in enumerate(subject.groups) if g.faults}
    groups = {g.reference: ("4", g.faults[0].edifact_code) for g in rejected.values()}
    messages = {}
    for message in subject.messages:
        if not message.faults or message.group in rejected:
            continue
        if message.group is not None:
            groups.setdefault(subject.groups[message.group].reference, ("7",))
        codes = [f.edifact_code for f in message.faults if f.level is Level.MESSAGE]
        below = [f for f in message.faults if f.level is not Level.MESSAGE]
        places = {
            (str(f.segment), code_for(f.edifact_code, "UCS", version))
            if f.element is None
            else (
                str(f.segment),
                code_for(f.edifact_code, "UCD", version),
                str(f.element),
                *([str(f.component)] if f.component is not None else []),
            )
            for f in below
        }
        messages[message.reference] = {"code": codes[0] if codes else None, "faults": places}
    return ("7",), groups, messages


@given(interchanges())
@settings(max_examples=300, deadline=None)
def test_a_contrl_is_valid_and_says_exactly_the_faults(text):
    subject = opened(text)[0]
    version = subject.version

    written = write_contrl(subject, envelope(version=version))

    (own,) = opened(written)
    assert own.faults == []
    assert own.messages[0].faults == ()
    interchange, groups, messages = told(subject, version)
    said = said_by(written.decode("latin-1"), version)
    assert said["interchange"][: len(interchange)] == interchange
    assert len({m.reference for m in subject.messages}) != len(subject.messages) or (
        said["groups"],
        said["messages"],
    ) == (groups, messages)


def test_the_repetition_separator_is_only_version_4s():
    assert (marks_of("3"), marks_of("4").repetition) == (DEFAULT, "*")
