"""The message tables: that they are read as they are written, and lead through a message."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edi_gateway.formats.edifact.directory import (
    Node,
    Table,
    find_service_segments,
    find_table,
    message_types,
    releases,
)

PAIRS = [(type_, release) for release in releases() for type_ in message_types(release)]

COMMON = "ORDERS ORDCHG ORDRSP DESADV INVOIC REMADV PRICAT INVRPT SLSRPT DELFOR PARTIN"


def table_of(type_: str, release: str) -> Table:
    table = find_table(type_, release)
    assert table is not None
    return table


def node_at(table: Table, path: str) -> Node:
    """The first node of a path such as LIN/QTY."""
    members = [node for node in table.nodes if node.parent is None]
    for tag in path.split("/"):
        node = next(node for node in members if node.tag == tag)
        members = node.group[1:]
    return node


def spelled(table: Table, tag: str) -> list[str]:
    return [element.id for element in table.segments[tag]]


@pytest.mark.parametrize(
    ("release", "types"),
    [
        pytest.param("D.93A", COMMON, id="D.93A"),
        pytest.param("D.96A", f"{COMMON} RECADV APERAK", id="D.96A"),
        pytest.param("D.97A", f"{COMMON} RECADV APERAK", id="D.97A"),
        pytest.param("D.99B", f"{COMMON} RECADV APERAK", id="D.99B"),
        pytest.param("D.01B", f"{COMMON} RECADV APERAK", id="D.01B"),
        pytest.param("D.14B", "INVOIC", id="D.14B"),
        pytest.param("2.2", "CONTRL", id="CONTRL 2 2"),
        pytest.param("D.3", "CONTRL", id="CONTRL D 3"),
        pytest.param("4.1", "CONTRL", id="CONTRL 4 1"),
    ],
)
def test_a_release_has_these_messages(release, types):
    known = message_types(release)

    assert sorted(known) == sorted(types.split())


@pytest.mark.parametrize(
    ("type_", "release"),
    [
        pytest.param("RECADV", "D.93A", id="a message of a later directory"),
        pytest.param("ORDERS", "D.95B", id="a directory there is none of"),
        pytest.param("ORDERS", "", id="no release at all"),
    ],
)
def test_what_there_is_no_table_of_is_not_found(type_, release):
    table = find_table(type_, release)

    assert table is None


@pytest.mark.parametrize(("type_", "release"), PAIRS)
def test_every_table_is_whole(type_, release):
    table = table_of(type_, release)

    assert [node.number for node in table.nodes] == list(range(len(table.nodes)))
    assert {node.tag for node in table.nodes} == set(table.segments)
    assert (table.nodes[0].tag, table.nodes[-1].tag) == ("UNH", "UNT")
    assert all(element.values for spec in table.segments.values() for element in spec)


@pytest.mark.parametrize(
    ("type_", "release", "tag", "id_", "representation"),
    [
        pytest.param("ORDERS", "D.96A", "CUX", "6345", ("an", 0, 3), id="an..3"),
        pytest.param("ORDERS", "D.96A", "PRI", "5284", ("n", 0, 9), id="n..9"),
        pytest.param("ORDERS", "D.96A", "UNS", "0081", ("a", 1, 1), id="a1"),
        pytest.param("ORDERS", "D.01B", "DGS", "7124", ("n", 4, 4), id="n4"),
        pytest.param("ORDERS", "D.96A", "MOA", "5004", ("n", 0, 18), id="an amount of D.96A"),
        pytest.param("ORDERS", "D.01B", "MOA", "5004", ("n", 0, 35), id="an amount of D.01B"),
        pytest.param("ORDERS", "D.96A", "LIN", "1082", ("n", 0, 6), id="a line number of D.96A"),
        pytest.param("ORDERS", "D.01B", "LIN", "1082", ("an", 0, 6), id="a line number of D.01B"),
        pytest.param("ORDERS", "D.96A", "QTY", "6060", ("n", 0, 15), id="a quantity of D.96A"),
        pytest.param("ORDERS", "D.01B", "QTY", "6060", ("an", 0, 35), id="a quantity of D.01B"),
        pytest.param("ORDERS", "D.99B", "NAD", "1131", ("an", 0, 3), id="1131 of D.99B"),
        pytest.param("ORDERS", "D.01B", "NAD", "1131", ("an", 0, 17), id="1131 of D.01B"),
    ],
)
def test_a_fixed_length_is_told_from_a_greatest_one(type_, release, tag, id_, representation):
    spec = table_of(type_, release).segments[tag]

    value = next(value for element in spec for value in element.values if value.id == id_)

    assert (value.kind, value.shortest, value.length) == representation
    assert value.numeric == (value.kind == "n")


def test_a_directory_takes_over_what_it_does_not_change():
    older, newer = table_of("ORDERS", "D.96A"), table_of("ORDERS", "D.97A")

    assert older.segments["NAD"] == newer.segments["NAD"]
    assert spelled(older, "BGM") == ["C002", "1004", "1225", "4343"]
    assert spelled(newer, "BGM") == ["C002", "C106", "1225", "4343"]


def test_a_composite_has_its_components_in_order_with_their_status():
    spec = table_of("ORDERS", "D.96A").segments["PRI"]

    composite = spec[0]

    assert (composite.id, composite.mandatory, composite.composite) == ("C509", False, True)
    assert [(v.id, v.component, v.mandatory) for v in composite.values[:2]] == [
        ("5125", 0, True),
        ("5118", 1, False),
    ]
    assert [value.element for value in spec[1].values] == [2]


def test_the_code_of_a_composite_knows_where_its_list_is_named():
    spec = table_of("INVOIC", "D.96A").segments["TAX"]

    details = next(element for element in spec if element.id == "C243")

    assert {v.id: v.listed_by for v in details.values if v.id in {"5279", "5273"}} == {
        "5279": (1, 2),
        "5273": (5, 6),
    }
    assert all(v.listed_by == () for v in details.values if v.id == "3055")


@pytest.mark.parametrize(
    ("version", "tag", "id_", "representation"),
    [
        pytest.param("2", "UNB", "0017", ("n", 6, 6), id="a date of six digits"),
        pytest.param("3", "UNB", "0017", ("n", 6, 6), id="the same in version 3"),
        pytest.param("4", "UNB", "0017", ("n", 8, 8), id="a date of eight digits"),
        pytest.param("3", "UNB", "0001", ("a", 4, 4), id="the syntax identifier"),
        pytest.param("3", "UNT", "0074", ("n", 0, 6), id="a count of six digits"),
        pytest.param("4", "UNT", "0074", ("n", 0, 10), id="a count of ten digits"),
        pytest.param("9", "UNT", "0074", ("n", 0, 6), id="an unknown version is read as 3"),
    ],
)
def test_service_segments_are_those_of_their_syntax_version(version, tag, id_, representation):
    spec = find_service_segments(version)[tag]

    value = next(value for element in spec for value in element.values if value.id == id_)

    assert (value.kind, value.shortest, value.length) == representation


def test_packages_are_of_syntax_version_4_alone():
    assert set(find_service_segments("3")) == {"UNB", "UNG", "UNH", "UNS", "UNT", "UNE", "UNZ"}
    assert set(find_service_segments("4")) - set(find_service_segments("3")) == {"UNO", "UNP"}


def test_a_repetition_of_syntax_version_4_is_told_from_one_place_after_another():
    references = find_service_segments("4")["UNO"][1]
    items = table_of("ORDERS", "D.96A").segments["PIA"]

    assert (references.id, references.repeats) == ("S020", 99)
    assert [(element.id, element.repeats) for element in items[1:]] == [("C212", 1)] * 5


@pytest.mark.parametrize("release", ["2.2", "D.3"])
def test_a_contrl_of_syntax_3_names_the_service_segment_by_0013(release):
    table = table_of("CONTRL", release)

    assert spelled(table, "UCI") == ["0020", "S002", "S003", "0083", "0085", "0013", "S011"]


def test_groups_nest_and_the_first_segment_of_a_group_stands_for_it():
    table = table_of("ORDERS", "D.96A")

    contact = node_at(table, "NAD/CTA/COM")

    assert contact.most == 5
    assert contact.parent is not None
    assert (contact.parent.tag, contact.parent.most) == ("CTA", 5)
    assert contact.parent.parent is node_at(table, "NAD")


def test_the_same_tag_leads_to_the_nearest_place_ahead():
    table = table_of("ORDERS", "D.96A")
    party, line = node_at(table, "NAD"), node_at(table, "LIN")

    below_party = table.steps[party.number]["RFF"]
    below_line = table.steps[line.number]["RFF"]

    assert below_party.target == node_at(table, "NAD/RFF").number
    assert below_line.target == node_at(table, "LIN/RFF").number


def test_a_step_past_a_mandatory_segment_names_it():
    table = table_of("ORDERS", "D.96A")
    heading = node_at(table, "BGM")

    step = table.steps[heading.number]["NAD"]

    assert step.missed == ("DTM",)


@pytest.mark.parametrize(("type_", "release"), [pair for pair in PAIRS if pair[0] != "CONTRL"])
def test_line_items_may_repeat_without_bound(type_, release):
    table = table_of(type_, release)

    bounds = {s["LIN"].most for s in table.steps if "LIN" in s}

    assert bounds <= {2**62}


def mandatory(nodes: list[Node]) -> Iterator[Node]:
    """The nodes of the shortest message: what is mandatory, in the order of the table."""
    for node in nodes:
        if node.mandatory:
            yield node
            yield from mandatory(node.group[1:])


@pytest.mark.parametrize(("type_", "release"), PAIRS)
def test_the_shortest_message_goes_through_its_table(type_, release):
    table = table_of(type_, release)
    shortest = list(mandatory([node for node in table.nodes if node.parent is None]))

    state, missed = 0, []
    for node in shortest[1:-1]:
        step = table.steps[state][node.tag]
        state, missed = step.target, [*missed, *step.missed]

    end = table.ends[state]
    assert missed == []
    assert end is not None
    assert end.missed == ()


def drawn(draw: st.DrawFn, nodes: list[Node]) -> Iterator[Node]:
    """Nodes of a valid message: optional ones here and there, some of them repeated."""
    for node in nodes:
        least = 1 if node.mandatory else 0
        for _ in range(draw(st.integers(least, min(2, node.most)))):
            yield node
            yield from drawn(draw, node.group[1:])


#: Tables that are ambiguous in the standard itself, whatever program reads them.
AMBIGUOUS = {
    # Two scheduling methods, of which a message uses one: parties with items, items with parties.
    ("DELFOR", "D.93A"),
    ("DELFOR", "D.96A"),
    # QTY below PAC, and QTY that opens a group behind it.
    ("INVRPT", "D.96A"),
}


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, str, list[int]]:
    type_, release = draw(st.sampled_from([pair for pair in PAIRS if pair not in AMBIGUOUS]))
    top = [node for node in table_of(type_, release).nodes if node.parent is None]
    return type_, release, [node.number for node in drawn(draw, top)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(messages())
def test_a_valid_message_is_never_lost_on_its_table(message):
    type_, release, numbers = message
    table = table_of(type_, release)

    state, lost = 0, []
    for number in numbers[1:-1]:
        tag = table.nodes[number].tag
        step = table.steps[state].get(tag)
        if step is None or step.missed:
            lost.append((tag, number))
            break
        state = step.target

    assert lost == []


def test_a_segment_that_may_stand_once_gives_way_to_the_next_of_its_tag():
    table = table_of("DELFOR", "D.96A")
    first, last = (node.number for node in table.nodes if node.tag == "UNS")

    step = table.steps[first]["UNS"]

    assert (step.target, step.repeats) == (last, False)


def test_a_segment_that_may_stand_once_is_still_known_the_second_time():
    table = table_of("ORDERS", "D.96A")
    heading = node_at(table, "BGM")

    step = table.steps[heading.number]["BGM"]

    assert (step.target, step.repeats, step.most) == (heading.number, True, 1)


@pytest.mark.parametrize(
    ("type_", "path", "summary"),
    [
        pytest.param("ORDERS", "LIN", False, id="a line item"),
        pytest.param("ORDERS", "CNT", True, id="a control total"),
        pytest.param("DELFOR", "LIN", False, id="a line item between two UNS"),
        pytest.param("DESADV", "CPS", False, id="a package of a message without UNS"),
    ],
)
def test_the_summary_begins_behind_the_last_uns(type_, path, summary):
    table = table_of(type_, "D.96A")

    node = node_at(table, path)

    assert node.summary is summary
