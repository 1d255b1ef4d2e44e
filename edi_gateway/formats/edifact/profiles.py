"""
Profiles: what the users of an industry ask for beyond the directory, as EANCOM does for GS1.

A profile is a text file beside the tables, named by nothing in a message but its association
assigned code (UNH 0057). What departs from it is no fault of syntax: the directory allows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from edi_gateway.documents.common import is_gln
from edi_gateway.formats.edifact.codes import find_codes
from edi_gateway.formats.edifact.directory import Node, Table, find_table

#: The file of a profile, by release and the beginning of the association assigned code.
_FILES = {("D.96A", "EAN"): "eancom97", ("D.01B", "EAN"): "eancom2002"}

_NEEDS = re.compile(
    r"(?:(?P<opener>[A-Z]{3}) (?:without (?P<absent>\w+) )?)?needs (?P<tag>[A-Z]{3})"
    r"(?:\[(?P<qualifiers>[^\]]+)\])?"
)
_RULE = re.compile(
    r"(?P<tag>[A-Z]{3})(?:\[(?P<qualifiers>[^\]]+)\])? "
    r"(?:(?P<id>\w+) = (?P<codes>[^!]+?)(?: if (?P<gln>\w+) is GLN)?|(?P<musts>\w+!(?: \w+!)*))"
)

#: A segment: its position (UNH is 1), the node of the table it stands at, its elements.
Seen = tuple[int, int, Sequence[Sequence[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileDeparture:
    """Where a message departs from its profile, counted as CONTRL counts: the tag is element 1."""

    code: str
    segment: int
    tag: str
    element: int | None = None
    component: int | None = None
    value: str = ""
    expected: str


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a data element or composite stands in a segment; `component` is None for a whole."""

    id: str
    element: int
    component: int | None
    composite: bool

    def fetch(self, elements: Sequence[Sequence[str]]) -> str:
        """Return what stands there; for a whole composite, anything in it."""
        parts = elements[self.element] if self.element < len(elements) else ()
        if self.component is None:
            return next((part for part in parts if part), "")
        return parts[self.component] if self.component < len(parts) else ""

    def is_open(self, elements: Sequence[Sequence[str]]) -> bool:
        """Whether its absence counts: in a composite, only where anything of that is there."""
        if self.component is None or not self.composite:
            return True
        return self.element < len(elements) and any(elements[self.element])


@dataclass(frozen=True, slots=True)
class _Check:
    """What the values of a segment must be."""

    qualifiers: frozenset[str]
    required: tuple[_Spot, ...] = ()
    spot: _Spot | None = None
    codes: tuple[str, ...] = ()
    only_with_gln: _Spot | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Need:
    """A segment that a message or group must have; the node that opens it is UNH or a trigger."""

    tag: str
    qualifiers: frozenset[str]
    absent: _Spot | None

    def __str__(self) -> str:
        """Return the segment as `NAD+BY`."""
        return self.tag + (f"+{' or '.join(sorted(self.qualifiers))}" if self.qualifiers else "")


@dataclass(slots=True)
class _Watch:
    """What to do with the segments at one node."""

    opens: list[_Need] = field(default_factory=list)
    meets: list[_Need] = field(default_factory=list)
    checks: list[_Check] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A profile of one message type, laid over the table of its release."""

    name: str
    #: The codes of the directory and those the profile adds, by data element.
    codes: Mapping[str, frozenset[str]]
    watches: Mapping[int, _Watch]

    @property
    def nodes(self) -> frozenset[int]:
        """The nodes whose segments it looks at; others need not be handed in."""
        return frozenset(self.watches)


def find_profile(type_: str, release: str, association: str) -> Profile | None:
    """Return the profile that a message claims by its association code (0057), or None."""
    name = _FILES.get((release, association[:3]))
    table = find_table(type_, release)
    return _load(name, table) if name is not None and table is not None else None


@cache
def _load(name: str, table: Table) -> Profile | None:
    type_, release = table.type, table.release
    codes = dict(find_codes(release))
    watches: dict[int, _Watch] = {}
    types: list[str] = []
    known = False
    for line in _lines(name):
        keyword, _, rest = line.partition(" ")
        if keyword == "codes":
            id_, *added = rest.split()
            codes[id_] = codes.get(id_, frozenset()).union(added)
        elif keyword == "message":
            types = rest.split()
            known = known or type_ in types
        elif type_ in types:
            _lay(line, table, watches)
    return Profile(name, codes, watches) if known else None


def check_profile(profile: Profile, segments: Iterable[Seen]) -> Iterator[ProfileDeparture]:
    """
    Yield where a message departs from its profile.

    The segments come in their order; those at nodes the profile does not look at may be left out.
    """
    pending: dict[_Need, int] = {}
    for position, node, elements in segments:
        watch = profile.watches.get(node)
        if watch is None:
            continue
        if watch.opens:
            yield from _open(watch.opens, pending, position, elements)
        for need in watch.meets:
            if need in pending and _is_meant(need.qualifiers, elements):
                del pending[need]
        for check in watch.checks:
            if _is_meant(check.qualifiers, elements):
                yield from _check(check, position, elements)
    for need, position in pending.items():
        yield _missing(need, position)


def _open(
    needs: list[_Need], pending: dict[_Need, int], position: int, elements: Sequence[Sequence[str]]
) -> Iterator[ProfileDeparture]:
    """Begin a message or group; what its predecessor still needed is missing."""
    for need in needs:
        if need in pending:
            yield _missing(need, pending.pop(need))
        if need.absent is None or not need.absent.fetch(elements):
            pending[need] = position


def _check(
    check: _Check, position: int, elements: Sequence[Sequence[str]]
) -> Iterator[ProfileDeparture]:
    for spot in check.required:
        if not spot.fetch(elements) and spot.is_open(elements):
            yield _departure("profile-element", position, elements, spot, "", spot.id)
    if check.spot is None:
        return
    value = check.spot.fetch(elements)
    if value in check.codes:
        return
    expected = ", ".join(check.codes)
    if check.only_with_gln is None:
        wrong = bool(value)
    else:
        wrong = is_gln(check.only_with_gln.fetch(elements))
        expected += f", as {check.only_with_gln.id} holds a GLN"
    if wrong:
        yield _departure("profile-value", position, elements, check.spot, value, expected)


def _departure(
    code: str,
    position: int,
    elements: Sequence[Sequence[str]],
    spot: _Spot,
    value: str,
    expected: str,
) -> ProfileDeparture:
    return ProfileDeparture(
        code=code,
        segment=position,
        tag=elements[0][0],
        element=spot.element + 1,
        component=spot.component + 1 if spot.composite and spot.component is not None else None,
        value=value,
        expected=expected,
    )


def _missing(need: _Need, position: int) -> ProfileDeparture:
    return ProfileDeparture(
        code="profile-segment", segment=position, tag=need.tag, expected=str(need)
    )


def _is_meant(qualifiers: frozenset[str], elements: Sequence[Sequence[str]]) -> bool:
    return not qualifiers or (len(elements) > 1 and elements[1][0] in qualifiers)


def _lines(name: str) -> Iterator[str]:
    path = resources.files(__package__) / "tables" / "profiles" / f"{name}.txt"
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "release ")):
            yield line


def _lay(line: str, table: Table, watches: dict[int, _Watch]) -> None:
    """Put one rule of the profile to the nodes it looks at."""
    needs = _NEEDS.fullmatch(line)
    if needs is not None:
        _lay_need(needs, table, watches)
        return
    rule = _RULE.fullmatch(line)
    assert rule is not None, line  # noqa: S101  # the profiles are ours
    tag, musts = rule["tag"], (rule["musts"] or "").replace("!", "").split()
    check = _Check(
        qualifiers=_split(rule["qualifiers"]),
        required=tuple(_spot(table, tag, id_) for id_ in musts),
        spot=_spot(table, tag, rule["id"]) if rule["id"] else None,
        codes=tuple((rule["codes"] or "").split()),
        only_with_gln=_spot(table, tag, rule["gln"]) if rule["gln"] else None,
    )
    for node in table.nodes:
        if node.tag == tag:
            watches.setdefault(node.number, _Watch()).checks.append(check)


def _lay_need(needs: re.Match[str], table: Table, watches: dict[int, _Watch]) -> None:
    opener, tag = needs["opener"] or "UNH", needs["tag"]
    absent = _spot(table, opener, needs["absent"]) if needs["absent"] else None
    for node in table.nodes:
        if node.tag == opener:
            need = _Need(tag, _split(needs["qualifiers"]), absent)
            watches.setdefault(node.number, _Watch()).opens.append(need)
            for met in _within(node, table):
                if met.tag == tag:
                    watches.setdefault(met.number, _Watch()).meets.append(need)


def _within(opener: Node, table: Table) -> list[Node]:
    """The segments a group holds, or, for UNH, those of the message."""
    if opener.number == 0:
        return [node for node in table.nodes if node.parent is None]
    return opener.group[1:]


def _split(qualifiers: str | None) -> frozenset[str]:
    return frozenset(qualifiers.split("|")) if qualifiers else frozenset()


def _spot(table: Table, tag: str, id_: str) -> _Spot:
    """Return the first place in a segment that holds a data element, or that is a composite."""
    for at, element in enumerate(table.segments[tag], 1):
        if element.id == id_:
            return _Spot(id_, at, None if element.composite else 0, element.composite)
        for value in element.values:
            if value.id == id_:
                return _Spot(id_, at, value.component, element.composite)
    raise KeyError(f"{tag} has no {id_}")
