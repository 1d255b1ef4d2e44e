"""The code lists: what they hold, and where they apply."""

import pytest

from edi_gateway.formats.edifact.codes import find_codes, is_listed
from edi_gateway.formats.edifact.directory import Value, find_table, releases


def value_of(tag: str, id_: str, release: str = "D.96A") -> Value:
    table = find_table("ORDERS", release)
    assert table is not None
    return next(v for element in table.segments[tag] for v in element.values if v.id == id_)


@pytest.mark.parametrize(
    ("release", "id_", "code", "known"),
    [
        pytest.param("D.96A", "1001", "220", True, id="an order"),
        pytest.param("D.96A", "1001", "258", False, id="a standing order, in D.96A"),
        pytest.param("D.01B", "1001", "258", True, id="a standing order, in D.01B"),
        pytest.param("D.93A", "2005", "269", True, id="a date D.96A dropped, before"),
        pytest.param("D.96A", "2005", "269", False, id="a date D.96A dropped, since"),
        pytest.param("D.97A", "2005", "269", False, id="a date D.96A dropped, later"),
        pytest.param("D.96A", "5305", "AA", False, id="a lower rate, in D.96A"),
        pytest.param("D.01B", "5305", "AA", True, id="a lower rate, in D.01B"),
        pytest.param("D.01B", "7143", "SRV", True, id="a GTIN, in D.01B"),
        pytest.param("D.96A", "7143", "SRV", False, id="a GTIN, in D.96A"),
        pytest.param("D.96A", "2005", "43E", False, id="a code of EANCOM"),
        pytest.param("D.96A", "0081", "S", True, id="a service code"),
        pytest.param("D.3", "0085", "19", True, id="a syntax error of version 3"),
        pytest.param("4.1", "0085", "19", False, id="a syntax error version 4 dropped"),
        pytest.param("4.1", "0085", "45", True, id="a syntax error of version 4"),
    ],
)
def test_a_code_is_listed_in_the_directories_that_have_it(release, id_, code, known):
    codes = find_codes(release)[id_]

    assert (code in codes) is known


@pytest.mark.parametrize("release", releases())
@pytest.mark.parametrize("id_", ["1131", "3055", "7140", "1154", "6411", "3207"])
def test_lists_that_others_keep_are_not_among_ours(release, id_):
    codes = find_codes(release)

    assert id_ not in codes


@pytest.mark.parametrize("release", releases())
def test_every_list_is_of_codes_that_fit_their_element(release):
    codes = find_codes(release)

    assert all(codes.values())
    assert all(0 < len(code) <= 6 for listed in codes.values() for code in listed)


def test_a_release_there_is_none_of_has_no_lists():
    assert find_codes("D.95B") == {}


@pytest.mark.parametrize(
    ("given", "listed"),
    [
        pytest.param(["220"], True, id="of the directory"),
        pytest.param(["XXX"], False, id="of no list"),
        pytest.param(["XXX", "", ""], False, id="no list and no agency named"),
        pytest.param(["XXX", "", "6"], False, id="the UN named as agency"),
        pytest.param(["12E", "", "9"], True, id="another agency"),
        pytest.param(["XXX", "25"], True, id="another list"),
    ],
)
def test_a_code_is_looked_up_unless_the_composite_names_another_list(given, listed):
    name = value_of("BGM", "1001")

    assert is_listed(name, given, find_codes("D.96A")) is listed


def test_an_element_without_list_may_hold_anything():
    number = value_of("BGM", "1004")

    assert is_listed(number, ["whatever"], find_codes("D.96A"))
