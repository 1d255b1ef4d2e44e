"""EANCOM laid over the tables: what departs from it, and what does not."""

import pytest

from edi_gateway.formats.edifact.directory import find_table
from edi_gateway.formats.edifact.faults import CATALOGUE
from edi_gateway.formats.edifact.profiles import Profile, Seen, check_profile, find_profile

ORDER = (
    "UNH+1+ORDERS:D:96A:UN:EAN008",
    "BGM+220+128576+9",
    "DTM+137:20261122:102",
    "NAD+BY+5412345000013::9",
    "NAD+SU+4012345500004::9",
    "CUX+2:EUR:9",
    "LIN+1++5412345000129:EN",
    "QTY+21:48",
    "UNS+S",
)


def profile_of(type_: str = "ORDERS", release: str = "D.96A") -> Profile:
    profile = find_profile(type_, release, "EAN008")
    assert profile is not None
    return profile


def seen(raws: tuple[str, ...], type_: str = "ORDERS", release: str = "D.96A") -> list[Seen]:
    """Walk segments along their table."""
    table = find_table(type_, release)
    assert table is not None
    state, walked = 0, []
    for position, raw in enumerate(raws, 1):
        if position > 1:
            state = table.steps[state][raw[:3]].target
        walked.append((position, state, [part.split(":") for part in raw.split("+")]))
    return walked


def departures(*changes: tuple[str, str | None]) -> list[tuple[str, int, int | None, int | None]]:
    """What departs in the order, with a segment replaced, or left out where it is None."""
    changed = dict(changes)
    raws = tuple(new for raw in ORDER if (new := changed.get(raw, raw)) is not None)
    found = check_profile(profile_of(), seen(raws))
    return [(d.code, d.segment, d.element, d.component) for d in found]


@pytest.mark.parametrize("release", ["D.96A", "D.01B"])
@pytest.mark.parametrize("type_", ["ORDERS", "ORDCHG", "ORDRSP", "DESADV", "INVOIC"])
def test_eancom_is_known_for_the_messages_of_the_order_cycle(type_, release):
    profile = find_profile(type_, release, "EAN008")

    assert profile is not None
    assert profile.watches


@pytest.mark.parametrize(
    ("type_", "release", "association"),
    [
        pytest.param("ORDERS", "D.96A", "", id="no association"),
        pytest.param("ORDERS", "D.96A", "A01051", id="another association"),
        pytest.param("ORDERS", "D.93A", "EAN007", id="a directory there is no profile of"),
        pytest.param("PARTIN", "D.96A", "EAN005", id="a message there is no profile of"),
        pytest.param("NOSUCH", "D.96A", "EAN008", id="a message there is no table of"),
    ],
)
def test_a_message_without_profile_has_none(type_, release, association):
    profile = find_profile(type_, release, association)

    assert profile is None


def test_a_message_that_keeps_to_eancom_departs_in_nothing():
    found = departures()

    assert found == []


@pytest.mark.parametrize(
    ("segment", "replacement", "expected"),
    [
        pytest.param(
            "BGM+220+128576+9",
            "BGM+220+128576",
            [("profile-element", 2, 4, None)],
            id="no message function",
        ),
        pytest.param(
            "BGM+220+128576+9",
            "BGM+220++9",
            [("profile-element", 2, 3, None)],
            id="no order number",
        ),
        pytest.param(
            "BGM+220+128576+9",
            "BGM+:::Bestellung+128576+9",
            [("profile-element", 2, 2, 1)],
            id="a document name without code",
        ),
        pytest.param(
            "BGM+220+128576+9",
            "BGM+220+128576+5",
            [("profile-value", 2, 4, None)],
            id="a function EANCOM does not have",
        ),
        pytest.param(
            "BGM+220+128576+9",
            "BGM+380+128576+9",
            [("profile-value", 2, 2, 1)],
            id="an invoice named in an order",
        ),
        pytest.param(
            "DTM+137:20261122:102",
            "DTM+2:20261122:102",
            [("profile-segment", 1, None, None)],
            id="no document date",
        ),
        pytest.param(
            "DTM+137:20261122:102",
            "DTM+137:20261122",
            [("profile-element", 3, 2, 3)],
            id="a date without format",
        ),
        pytest.param(
            "NAD+BY+5412345000013::9", None, [("profile-segment", 1, None, None)], id="no buyer"
        ),
        pytest.param(
            "NAD+SU+4012345500004::9", None, [("profile-segment", 1, None, None)], id="no supplier"
        ),
        pytest.param(
            "NAD+BY+5412345000013::9",
            "NAD+BY+5412345000013::92",
            [("profile-value", 4, 3, 3)],
            id="a GLN that claims another agency",
        ),
        pytest.param(
            "NAD+BY+5412345000013::9",
            "NAD+BY+5412345000013",
            [("profile-element", 4, 3, 3), ("profile-value", 4, 3, 3)],
            id="a GLN without agency",
        ),
        pytest.param(
            "NAD+BY+5412345000013::9", "NAD+BY+4711::92", [], id="a number of the buyer's own"
        ),
        pytest.param(
            "CUX+2:EUR:9",
            "CUX+3:EUR:9",
            [("profile-value", 6, 2, 1)],
            id="a target currency alone",
        ),
        pytest.param(
            "LIN+1++5412345000129:EN",
            "LIN+1++5412345000129:SA",
            [("profile-value", 7, 4, 2)],
            id="a line known by the supplier's number",
        ),
        pytest.param(
            "LIN+1++5412345000129:EN",
            "LIN+1",
            [("profile-segment", 7, None, None)],
            id="a line without number, and without PIA+5",
        ),
        pytest.param("QTY+21:48", None, [("profile-segment", 7, None, None)], id="no quantity"),
        pytest.param(
            "QTY+21:48",
            "QTY+59:48",
            [("profile-segment", 7, None, None)],
            id="a quantity of consumer units alone",
        ),
    ],
)
def test_a_departure_is_found_at_its_place(segment, replacement, expected):
    found = departures((segment, replacement))

    assert found == expected


def test_each_line_is_looked_at_for_itself():
    raws = (*ORDER[:8], "LIN+2++5412345000129:EN", "LIN+3++5412345000129:EN", *ORDER[7:])

    found = list(check_profile(profile_of(), seen(raws)))

    assert [(d.code, d.segment, d.tag) for d in found] == [("profile-segment", 9, "QTY")]


def test_a_line_without_number_may_name_its_product_below():
    raws = (*ORDER[:6], "LIN+1", "PIA+5+ABC-10:SA", *ORDER[7:])

    found = list(check_profile(profile_of(), seen(raws)))

    assert found == []


def test_a_date_below_another_segment_is_not_the_date_of_the_message():
    raws = (*ORDER[:2], "DTM+2:20261122:102", "RFF+CT:C-88", "DTM+137:20261122:102", *ORDER[3:])

    found = list(check_profile(profile_of(), seen(raws)))

    assert [(d.code, d.tag, d.expected) for d in found] == [("profile-segment", "DTM", "DTM+137")]


def test_segments_at_places_the_profile_does_not_look_at_may_be_left_out():
    profile = profile_of()
    raws = (*ORDER[:8], "MOA+203:600.00", "PRI+AAA:12.50", "UNS+S", "CNT+2:1")

    looked_at = [segment for segment in seen(raws) if segment[1] in profile.nodes]

    assert len(looked_at) < len(raws)
    assert list(check_profile(profile, looked_at)) == []


@pytest.mark.parametrize(
    ("id_", "code"),
    [("1001", "12E"), ("2005", "43E"), ("4233", "33E"), ("5125", "1E"), ("1001", "220")],
)
def test_a_profile_adds_its_own_codes_to_those_of_the_directory(id_, code):
    codes = profile_of().codes[id_]

    assert code in codes


def test_a_function_is_allowed_where_its_edition_has_it():
    order = ("UNH+1+ORDERS:D:01B:UN:EAN010", "BGM+220+128576+5", *ORDER[2:])

    found = check_profile(profile_of("ORDERS", "D.01B"), seen(order, "ORDERS", "D.01B"))

    assert [d.code for d in found] == []


def test_an_answer_must_name_its_order():
    answer = (
        "UNH+1+ORDRSP:D:96A:UN:EAN005",
        "BGM+231+R5501+30",
        "DTM+137:20261122:102",
        "NAD+BY+5412345000013::9",
        "NAD+SU+4012345500004::9",
        "UNS+S",
    )

    found = list(check_profile(profile_of("ORDRSP"), seen(answer, "ORDRSP")))

    assert [(d.code, d.value, d.expected) for d in found] == [
        ("profile-value", "30", "4, 12, 27, 29"),
        ("profile-segment", "", "RFF+ON"),
    ]


def test_every_departure_is_a_known_fault():
    codes = {
        code for code, *_ in departures(("BGM+220+128576+9", "BGM+380++5"), ("QTY+21:48", None))
    }

    assert codes == {"profile-element", "profile-segment", "profile-value"}
    assert codes <= CATALOGUE.keys()
