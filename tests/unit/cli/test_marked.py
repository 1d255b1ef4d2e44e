"""What `inspect` prints for people: the file, the faulty places, a sentence under each."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from rich.cells import cell_len

from edi_gateway.cli.marked import Page, show_marked
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.inspection import inspect_file
from tests.orders import interchange

LIBRARY = MappingLibrary()
UNB = "UNB+UNOC:3+5412345000013:14+4012345500004:14+261116:0800+10001'"
ORDER = (
    "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+4500001+9'DTM+137:20261116:102'"
    "NAD+BY+5412345000013::9'NAD+SU+4012345500004::9'LIN+1++3760123450072:EN'QTY+21:2'"
    "PRI+AAA:129.90'UNS+S'CNT+2:1'UNT+11+1'"
)
GOOD = f"{UNB}{ORDER}UNZ+1+10001'"


@pytest.fixture
def shown(tmp_path: Path):
    def show(data: str | bytes, *, width: int = 100, wraps: bool = False) -> list[str]:
        file = tmp_path / "a.edi"
        file.write_bytes(data if isinstance(data, bytes) else data.encode("latin-1"))
        found = inspect_file(file, LIBRARY, Limits())
        lines = [line.plain for line in show_marked(found, Page(width, wraps))]
        return [line.replace(str(tmp_path), "") for line in lines]

    return show


def test_a_valid_file_is_shown_segment_by_segment_with_number_and_offset(shown):
    lines = shown(GOOD)

    assert "\n".join(lines) + "\n" == textwrap.dedent("""\
        /a.edi: 262 bytes, EDIFACT
        interchange 10001 from 5412345000013 (14) to 4012345500004 (14), UNOC 3: valid
                         0  UNB+UNOC:3+5412345000013:14+4012345500004:14+261116:0800+10001'
          message 1, ORDERS D.96A EAN008, 11 segments: valid
             1          63  UNH+1+ORDERS:D:96A:UN:EAN008'
             2          92  BGM+220+4500001+9'
             3         110  DTM+137:20261116:102'
             4         131  NAD+BY+5412345000013::9'
             5         155  NAD+SU+4012345500004::9'
             6         179  LIN+1++3760123450072:EN'
             7         203  QTY+21:2'
             8         212  PRI+AAA:129.90'
             9         227  UNS+S'
            10         233  CNT+2:1'
            11         241  UNT+11+1'
                       250  UNZ+1+10001'
        No fault in 1 message.
        """)


def test_carets_stand_under_the_faulty_component_and_the_sentences_under_them(shown):
    lines = shown(GOOD.replace("QTY+21:2'", "QTY+21:2x'"))

    at = next(n for n, line in enumerate(lines) if "QTY+21" in line)
    assert lines[at : at + 4] == [
        "     7         203  QTY+21:2x'",
        "                           ^^",
        "                    element-type (0085: 37): segment 7 QTY: '2x' is not a number such as 12"
        " or 12.5",
        "                    Ask the partner to write the number as digits with at most one decimal "
        "mark, and to send the message again.",
    ]


@pytest.mark.parametrize(
    ("segment", "carets"),
    [
        pytest.param("PRI+AAA:?+?:x::::", "        ^^^^^", id="release characters in the value"),
        pytest.param(
            "FTX+AAI+++a?+b?:?'c:d:e:f:g:h",
            " " * 10 + "^" * 19,
            id="release characters in a composite",
        ),
        pytest.param("DTM+2:20261399:102", "      ^^^^^^^^", id="a date"),
        pytest.param("XYZ+1", "^^^", id="a segment that is not expected"),
        pytest.param("QTY+:5", "    ^", id="a value that is missing"),
    ],
)
def test_the_faulty_place_is_marked(shown, segment, carets):
    lines = shown(GOOD.replace("PRI+AAA", f"{segment}'PRI+AAA"))

    at = next(n for n, line in enumerate(lines) if segment in line)
    assert lines[at + 1][20:] == carets


def test_multi_byte_text_in_front_does_not_move_the_carets(shown):
    text = GOOD.replace("UNOC:3", "UNOY:4").replace("UNB", "UNA:+.?*'UNB", 1)
    text = text.replace("QTY+21:2'", "IMD+F++:::Größe Ø ščř'QTY+21:zwölf'")

    lines = shown(text.encode())

    at = next(n for n, line in enumerate(lines) if "QTY+21" in line)
    assert lines[at - 1].endswith("IMD+F++:::Größe Ø ščř'")
    assert lines[at].endswith("QTY+21:zwölf'")
    assert lines[at + 1][20:] == "       ^^^^^"
    assert "'zwölf' is not a number" in lines[at + 2]


def test_line_breaks_between_segments_are_not_shown_and_offsets_are_those_of_the_tags(shown):
    data = GOOD.replace("'", "'\r\n").replace("QTY+21:2'", "QTY+21:x'").encode()

    lines = shown(data)

    assert not any("\\r" in line for line in lines)
    (line,) = [line for line in lines if "QTY+21" in line]
    assert line.split() == ["7", f"{data.index(b'QTY'):,}", "QTY+21:x'"]


def test_every_interchange_has_its_heading_and_verdict(shown):
    second = GOOD.replace("10001", "10002").replace("UNT+11", "UNT+12")

    lines = shown(GOOD + second)

    assert [line.split()[1::9] for line in lines if line.startswith("interchange")] == [
        ["10001", "valid"],
        ["10002", "1"],
    ]
    assert lines[-1] == "1 fault: 1 of 2 messages faulty."


def test_a_functional_group_has_its_heading(shown):
    group = f"UNG+ORDERS+A:14+B:14+261116:0800+77+UN+D:96A'{ORDER}UNE+2+77'"

    lines = shown(f"{UNB}{group}UNZ+1+10001'")

    assert "  group 77, ORDERS from A (14) to B (14): 1 fault" in lines
    at = next(n for n, line in enumerate(lines) if "UNE+2" in line)
    assert lines[at + 1][20:] == "    ^"
    assert "une-count" in lines[at + 2]


def test_a_missing_segment_is_marked_behind_the_one_in_front_of_it(shown):
    lines = shown(GOOD.replace("DTM+137:20261116:102'", "").replace("UNT+11", "UNT+10"))

    at = next(n for n, line in enumerate(lines) if "BGM+220" in line)
    assert lines[at + 1][20:] == " " * len("BGM+220+4500001+9'") + "^"
    assert "DTM is mandatory" in lines[at + 2]


def test_a_file_cut_off_shows_where_it_ends(shown):
    lines = shown(GOOD[:221])

    at = next(n for n, line in enumerate(lines) if line.endswith("PRI+AAA:1"))
    assert [line.split()[0] for line in lines[at + 1 : at + 6 : 2]] == ["^^^", "The", "unz-missing"]
    assert "'PRI+AAA:1', has no terminator" in lines[at + 2]


def test_only_what_is_near_a_fault_is_shown_of_a_large_file(shown):
    data = interchange(reference="1", numbers=[f"A-{n}" for n in range(100)], lines=4)
    head, mark, rest = data.partition(b"UNH+50+")
    rest = rest.replace(b"QTY+21:6", b"QTY+21:six", 1)

    lines = shown(head + mark + rest)

    assert [line.strip() for line in lines if "without fault" in line] == [
        "... 49 messages without fault (1 to 49) ...",
        "... 8 segments without fault ...",
        "... 13 segments without fault ...",
        "... 50 messages without fault (51 to 100) ...",
    ]
    assert sum(line[:6].strip().isdigit() for line in lines) == 7


def test_a_file_with_very_many_faulty_messages_shows_some_and_counts_the_others(shown):
    data = interchange(reference="1", numbers=[f"A-{n}" for n in range(100)], lines=1)

    lines = shown(data.replace(b"QTY+21:6", b"QTY+21:six"))

    assert sum("element-type" in line for line in lines) == 50
    assert "50 further messages, 50 faulty; --json tells each" in "\n".join(lines)
    assert lines[-1] == "100 faults: 100 of 100 messages faulty."


def test_a_segment_wider_than_the_page_is_cut_around_the_faulty_place(shown):
    long = f"IMD+F++:::{'x' * 300}'QTY+21:{'y' * 10}'"
    text = GOOD.replace("QTY+21:2'", f"FTX+AAI+++{'z' * 200}:{'w' * 90}'{long}")

    lines = shown(text.replace("UNT+11", "UNT+99"), width=60)

    segments = [line for line in lines if line[:6].strip().isdigit()]
    assert all(cell_len(line) <= 60 for line in segments)
    assert any(line.endswith("…") for line in segments)


def test_a_faulty_place_far_behind_in_a_segment_is_on_the_page(shown):
    text = GOOD.replace("UNZ+1+10001", f"UNZ+1+{'9' * 300}X")

    lines = shown(text.replace("UNZ+1+", "UNZ+" + "0" * 300 + "1+"), width=60)

    at = next(n for n, line in enumerate(lines) if "unz-reference" in line)
    assert lines[at - 1].strip(" ").startswith("^")
    assert "…9" in lines[at - 2] or "+9" in lines[at - 2]
    assert cell_len(lines[at - 1]) <= 60


def test_control_characters_are_spelt_out(shown):
    lines = shown(GOOD.replace("4500001", "45\x1b[2J\x07\u009b0"))

    assert all(line.isprintable() for line in lines)
    assert any("45\\x1b[2J\\x07\\x9b0" in line for line in lines)


def test_sentences_are_wrapped_on_a_terminal_and_whole_in_a_pipe(shown):
    faulty = GOOD.replace("QTY+21:2'", "QTY+21:2x'")

    terminal, pipe = shown(faulty, width=60, wraps=True), shown(faulty, width=60)

    assert all(cell_len(line) <= 60 for line in terminal[2:])
    assert sum("send the message again." in line for line in pipe) == 1


def test_segments_outside_any_interchange_are_shown(shown):
    lines = shown(f"{GOOD}BGM+220+1+9'")

    at = lines.index("outside any interchange: faulty")
    assert lines[at + 1].endswith("BGM+220+1+9'")
    assert "outside-envelope" in lines[at + 3]


def test_a_file_that_is_no_edi_shows_how_it_begins(shown):
    assert shown(b"Dear Sirs,\n\x00") == [
        "/a.edi: 12 bytes, no EDI",
        "  unreadable-file (0085: 18): The file is not EDI: neither EDIFACT nor XML begins like this.",
        "  Ask the partner for the file again, or discard it with a reason.",
        "  It begins with: Dear Sirs,\\n\\x00",
        "No EDI: nothing in the file was checked.",
    ]


def test_a_faulty_line_of_xml_is_marked(shown):
    data = ORDER_XML.replace(">1.5<", ">1,5<")

    lines = shown(data)

    at = next(n for n, line in enumerate(lines) if ">1,5<" in line)
    assert lines[at + 1].index("^^^") == lines[at].index("1,5")
    assert "xml-value (0085: 37)" in lines[at + 2]


def test_xml_that_is_not_well_formed_is_marked_where_it_breaks(shown):
    lines = shown(ORDER_XML.replace("</cbc:ID>", "</cbc:Id>", 1))

    at = next(n for n, line in enumerate(lines) if "xml-not-well-formed" in line)
    assert lines[at - 1].index("^") == lines[at - 2].index("cbc:Id>")


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        pytest.param(
            "\n".join(textwrap.wrap(GOOD, 40, drop_whitespace=False)), "every 40 char", id="wrapped"
        ),
        pytest.param(
            GOOD.replace("4500001", "Kühn").encode(), "its text is UTF-8", id="another charset"
        ),
    ],
)
def test_what_most_likely_happened_to_the_file_is_told(shown, data, hint):
    assert any(line.startswith("  note: ") and hint in line for line in shown(data))


def test_the_faulty_repetition_of_an_element_is_marked(shown):
    text = GOOD.replace("UNOC:3", "UNOC:4").replace("UNB", "UNA:+.?*'UNB", 1)
    text = text.replace("QTY+21:2'", "PIA+5+A1:SA*B?*2:long*C:SA'QTY+21:2'").replace(
        "+10+1'", "+11+1'"
    )

    lines = shown(text)

    at = next(n for n, line in enumerate(lines) if "PIA+5" in line)
    assert lines[at + 1][20:] == " " * 17 + "^^^^"


def test_a_warning_is_marked_and_makes_nothing_faulty(shown):
    lines = shown(GOOD.replace(":EAN008", "").replace("4500001+9", "4500001+99"))

    at = next(n for n, line in enumerate(lines) if "BGM+220" in line)
    assert lines[at + 1][20:] == " " * 16 + "^^"
    assert "warning, code-unknown" in lines[at + 2]
    assert lines[-1] == "No fault in 1 message, 1 warning."


def test_a_type_without_a_table_is_told_not_to_be_checked(shown):
    lines = shown(GOOD.replace("ORDERS:D:96A", "ZZTOPS:D:96A"))

    assert any("its content is not checked" in line for line in lines)


ORDER_XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:ID>4711</cbc:ID>
  <cbc:IssueDate>2026-11-16</cbc:IssueDate>
  <cac:OrderLine>
    <cac:LineItem>
      <cbc:ID>1</cbc:ID>
      <cbc:Quantity unitCode="C62">1.5</cbc:Quantity>
    </cac:LineItem>
  </cac:OrderLine>
</Order>
"""
