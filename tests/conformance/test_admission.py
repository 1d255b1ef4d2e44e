"""Syntax errors from end to end: a file in, and what the CONTRL that goes out says."""

from __future__ import annotations

import re

import pytest

from tests.conformance.orders import said
from tests.conformance.test_error_codes import (
    ELEMENTS,
    GROUP,
    INTERCHANGE,
    MESSAGES,
    SEGMENTS,
    Row,
)
from tests.conftest import Installation
from tests.journeys.test_acknowledgements import with_keys
from tests.orders import interchange

PARTNER = "maisonvert"
ORDER = interchange(reference="A1", numbers=["ADMIT-1"])
OTHER = interchange(reference="A1", numbers=["ADMIT-2"])

#: Without a sender or recipient we know nobody can be answered: such a file waits for a person.
#: The CONTRL about a reference that is too long has its beginning only.
APART = {
    "13 no recipient in UNB",
    "39 a sender too long",
    "39 a recipient too long",
    "39 a control reference too long",
}
ROWS = [
    one for one in [*INTERCHANGE, *GROUP, *MESSAGES, *SEGMENTS, *ELEMENTS] if one.name not in APART
]


def of_the_partner(one: Row, reference: str) -> bytes:
    """The damaged order as the sample partner sends it, with a control reference of its own."""
    data = one.data.replace(b"+5412345000013:14+4012", b"+3019999000011:14+4012")
    data = data.replace(b"UNOC:3+A:14+B:14", b"UNOC:3+3019999000011:14+4012345500004:14")
    return data.replace(b"10001", reference.encode())


def contrls(installation: Installation) -> dict[str, list[list[str]]]:
    """Reference of the subject -> what each CONTRL says against it, in the order they went out."""
    found: dict[str, list[list[str]]] = {}
    for file in installation.out(PARTNER, "CONTRL*"):
        content = file.read_bytes()
        subject = re.search(rb"UCI\+([^+']*)", content)
        assert subject is not None
        found.setdefault(subject[1].decode(), []).append(said(content))
    return found


def test_every_syntax_error_goes_out_at_its_place(sample_installation: Installation) -> None:
    references = {f"{number}": one for number, one in enumerate(ROWS, 20_001)}
    for reference, one in references.items():
        sample_installation.drop(PARTNER, f"{reference}.edi", of_the_partner(one, reference))

    sample_installation.work()

    assert contrls(sample_installation) == {
        reference: [[one.says]] for reference, one in references.items()
    }


def test_another_interchange_with_a_reference_that_was_used_is_26(
    sample_installation: Installation,
) -> None:
    sample_installation.drop(PARTNER, "1.edi", ORDER)
    sample_installation.work()
    sample_installation.drop(PARTNER, "2.edi", OTHER)

    sample_installation.work()

    assert contrls(sample_installation) == {"A1": [[], ["UCI 26 UNB 6"]]}


def test_the_same_interchange_again_is_26_where_that_is_agreed(
    sample_installation: Installation,
) -> None:
    with_keys(sample_installation, 'duplicate_interchange = "reject"')
    sample_installation.drop(PARTNER, "1.edi", ORDER)
    sample_installation.work()
    sample_installation.drop(PARTNER, "2.edi", ORDER)

    sample_installation.work()

    assert contrls(sample_installation) == {"A1": [[], ["UCI 26 UNB 6"]]}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        pytest.param("4012345500004:14", "4012345500011:14", "not-for-us", id="7"),
        pytest.param("3019999000011:14+", "3333333333333:14+", "unknown-sender", id="23"),
    ],
)
def test_what_a_person_must_look_at_is_held_and_not_refused(
    sample_installation: Installation, old: str, new: str, code: str
) -> None:
    """A wrong address here is as likely as a wrong address there; so nothing goes out."""
    data = ORDER.replace(old.encode(), new.encode(), 1)
    sample_installation.drop(PARTNER, "1.edi", data)

    sample_installation.work()

    (message,) = sample_installation.messages()
    assert (message["state"], message["code"]) == ("held", code)
    assert contrls(sample_installation) == {}


def test_a_message_nobody_agreed_to_is_held_and_its_syntax_acknowledged(
    sample_installation: Installation,
) -> None:
    """17 would say that such messages are never taken; that is for a person to say."""
    data = ORDER.replace(b"ORDERS:D:96A", b"XYZABC:D:96A")
    sample_installation.drop(PARTNER, "1.edi", data)

    sample_installation.work()

    (message,) = sample_installation.messages()
    assert (message["state"], message["code"]) == ("held", "no-agreement")
    assert contrls(sample_installation) == {"A1": [[]]}


def test_a_test_is_taken_so_25_is_never_said(sample_installation: Installation) -> None:
    data = interchange(reference="A1", numbers=["ADMIT-1"], test=True)
    sample_installation.drop(PARTNER, "1.edi", data)

    sample_installation.work()

    (message,) = sample_installation.messages()
    assert message["state"] == "answered"
    assert contrls(sample_installation) == {"A1": [[]]}
