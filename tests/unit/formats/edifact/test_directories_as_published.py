"""
Every table and code list against a machine-readable copy of the directories, where there is one.

The copy is not ours to ship. Where we depart from it on purpose, it says so below, with the reason.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from edi_gateway.formats.edifact.codes import find_codes
from edi_gateway.formats.edifact.directory import (
    Element,
    Node,
    Value,
    find_table,
    message_types,
    releases,
)

DIRECTORIES = Path(__file__).parents[5] / "shared" / "reference" / "directories"

pytestmark = pytest.mark.skipif(
    not DIRECTORIES.is_dir(), reason=f"no published directories in {DIRECTORIES}"
)

#: The copy of each release.
COPIES = {
    **{release: release.replace(".", "") for release in releases() if release[:1] == "D"},
    "2.2": "3.0",
    "D.3": "3.0",
    "4.1": "4.1",
}
PAIRS = [(type_, release) for release in COPIES for type_ in message_types(release)]
DATED = [release for release in COPIES if release[:2] == "D." and release != "D.3"]

#: The copy gives the service segments of its time; we give those of syntax version 4 to each.
SERVICE = {"UNH", "UNT", "UNS"}

#: The copy of syntax 3 has the layouts of syntax 4 (0135 for 0013, S011 with 0136 ...).
LAID_OUT_AS_SYNTAX_4 = {"2.2", "D.3"}

#: Lists that are kept by users and other agencies.
OPEN_LISTS = {"1131", "3055"}

#: Element repetitions: D.99B and later state `M 3`; the copy leaves it out again from D.01B.
REPEATED = {("D.01B", "COM"): 3, ("D.14B", "COM"): 3}

#: The copy of D.99B has no representation of coded elements. What we took instead, where the
#: directories before and after do not agree or do not have the element.
CODED_IN_D99B = {
    "1131": "an..3",  # an..17 since D.00A
    "3285": "an..35",  # since D.99A
    "3301": "an..35",
    "4475": "an..17",
}


@cache
def copy_of(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DIRECTORIES / f"{name}.json").read_text("utf-8"))
    return loaded


def published_tree(type_: str, release: str) -> list[dict[str, Any]]:
    name = COPIES[release]
    versions = copy_of(f"{name}_versions")["DocumentTypes"]
    tree: list[dict[str, Any]] = versions[f"{name}_{type_}"]["TransactionSet"]
    return tree


def flat(members: list[dict[str, Any]], depth: int = 0) -> Iterator[tuple[int, str, bool, int]]:
    """Depth, tag, whether mandatory, how often; the first of a group carries what its group has."""
    for member in members:
        must, most = member.get("Min", 1) != 0, member.get("Max", 1)
        if "Loop" in member:
            first, *rest = member["Loop"]
            yield depth, first.get("Id", first.get("ID")), must, most
            yield from flat(rest, depth + 1)
        else:
            yield depth, member.get("Id", member.get("ID")), must, most


def depth_of(node: Node) -> int:
    return 0 if node.parent is None else 1 + depth_of(node.parent)


@pytest.mark.parametrize(("type_", "release"), PAIRS)
def test_the_segments_of_a_message_are_those_published(type_, release):
    table = find_table(type_, release)
    assert table is not None

    ours = [(depth_of(node), node.tag, node.mandatory, node.most) for node in table.nodes]

    published = [
        (depth, tag, must or tag in SERVICE, most)
        for depth, tag, must, most in flat(published_tree(type_, release))
    ]
    assert ours == published


def shape(elements: tuple[Element, ...]) -> list[tuple[str, bool, int, list[tuple[str, bool]]]]:
    return [
        (e.id, e.mandatory, e.repeats, [(v.id, v.mandatory) for v in e.values if e.composite])
        for e in elements
    ]


def published_shape(release: str, tag: str) -> list[tuple[str, bool, int, list[tuple[str, bool]]]]:
    return [
        (
            element["Id"],
            element.get("Required", False),
            element.get("Repeat", REPEATED.get((release, tag), 1)),
            [(part["Id"], part["Required"]) for part in element.get("Components", [])],
        )
        for element in copy_of(COPIES[release])["Segments"][tag]["Elements"]
    ]


@pytest.mark.parametrize(
    ("type_", "release"), [pair for pair in PAIRS if pair[1] not in LAID_OUT_AS_SYNTAX_4]
)
def test_the_elements_of_each_segment_are_those_published(type_, release):
    table = find_table(type_, release)
    assert table is not None
    tags = table.segments.keys() - SERVICE

    ours = {tag: shape(table.segments[tag]) for tag in tags}

    assert ours == {tag: published_shape(release, tag) for tag in tags}


def written(value: Value) -> str:
    return f"{value.kind}{'' if value.shortest else '..'}{value.length}"


def published_values(release: str, tag: str) -> list[dict[str, Any]]:
    elements = copy_of(COPIES[release])["Segments"][tag]["Elements"]
    return [part for element in elements for part in element.get("Components", [element])]


def published_representation(release: str, part: dict[str, Any]) -> str:
    if "MaxLength" not in part:
        return CODED_IN_D99B.get(part["Id"], "an..3") if release == "D.99B" else "an..3"
    kind = part["DataType"].lower()
    if release == "D.99B" and kind == "a":
        kind = "n"  # the copy of D.99B calls numbers alphabetic
    fixed = part["MinLength"] == part["MaxLength"]
    return f"{kind}{'' if fixed else '..'}{part['MaxLength']}"


#: Coded elements of more than three characters, which the copy of D.99B leaves out as well.
LONG_CODES = {"4277", "5273", "6155", "7009", "7187", "7295", "8155", "8179"}


@pytest.mark.parametrize("release", DATED)
def test_the_representation_of_each_element_is_that_published(release):
    tables = [table for type_ in message_types(release) if (table := find_table(type_, release))]
    specs = {tag: spec for table in tables for tag, spec in table.segments.items()}

    apart = {
        (tag, value.id, written(value))
        for tag in specs.keys() - SERVICE
        for value, part in zip(
            (value for element in specs[tag] for value in element.values),
            published_values(release, tag),
            strict=True,
        )
        if written(value) != published_representation(release, part)
        and not (release == "D.99B" and value.id in LONG_CODES)
    }

    assert apart == set()


@pytest.mark.parametrize("id_", sorted(LONG_CODES))
def test_a_long_code_of_d99b_is_as_long_as_before_and_after(id_):
    lengths = {
        release: {
            written(value)
            for type_ in message_types(release)
            if (table := find_table(type_, release))
            for spec in table.segments.values()
            for element in spec
            for value in element.values
            if value.id == id_
        }
        for release in ("D.97A", "D.99B", "D.01B")
    }

    assert lengths["D.99B"] == lengths["D.97A"] == lengths["D.01B"]


@pytest.mark.parametrize("release", DATED)
def test_the_codes_of_each_element_are_those_published(release):
    copy = copy_of(COPIES[release])
    tables = [table for type_ in message_types(release) if (table := find_table(type_, release))]
    tags = {tag for table in tables for tag in table.segments} - SERVICE

    published = {
        part["Id"]: frozenset(copy["Qualifiers"][part["QualifierRef"]])
        for tag in tags
        for part in published_values(release, tag)
        if "QualifierRef" in part and part["Id"] not in OPEN_LISTS
    }

    ours = find_codes(release)
    assert {id_: ours.get(id_) for id_ in published} == published
