"""A customer changes an order; a person is told what it wants, and nothing is decided."""

from __future__ import annotations

import pytest

from edi_gateway.exchange.operator import discard, release
from edi_gateway.store.queries import story
from tests.conftest import SAMPLES, Installation

ORDER = (SAMPLES / "orders" / "1-accepted.edi").read_bytes()
CHANGE = (
    b"UNB+UNOC:3+3019999000011:14+4012345500004:14+261117:0815+901++ORDCHG++1+EANCOM'"
    b"UNH+1+ORDCHG:D:96A:UN:EAN005'BGM+230+CHG-1+4'DTM+137:20261117:102'RFF+ON:MV-1001'"
    b"NAD+BY+3019999000011::9'NAD+SU+4012345500004::9'CUX+2:EUR:9'"
    b"LIN+1+3+3769999000114:EN'QTY+21:30'LIN+2+2+3769999000138:EN'"
    b"UNS+S'CNT+2:2'UNT+13+1'UNZ+1+901'"
)


@pytest.fixture
def changed(sample_installation: Installation) -> Installation:
    sample_installation.drop("maisonvert", "1-order.edi", ORDER)
    sample_installation.work()
    sample_installation.drop("maisonvert", "2-change.edi", CHANGE)
    sample_installation.work()
    return sample_installation


def test_a_change_is_held_with_what_it_wants(changed: Installation) -> None:
    (change,) = [m for m in changed.messages() if m["type"] == "ORDCHG"]

    assert (change["state"], change["code"], change["number"]) == ("held", "order-change", "CHG-1")
    assert change["reason"].startswith(
        "Change CHG-1 changes order MV-1001 (lines: 1 changed, 1 deleted), which we answered with "
        "R00000001 (m1). Settle it"
    )


def test_a_change_is_acknowledged_and_answered_by_nothing_else(changed: Installation) -> None:
    names = [file.name.split("_")[0] for file in changed.out("maisonvert")]

    assert sorted(names) == ["CONTRL", "CONTRL", "INVOIC", "ORDRSP"]


@pytest.mark.parametrize(
    ("function", "wish"),
    [("1", "cancels order MV-1001"), ("5", "replaces order MV-1001"), ("4", "changes order")],
)
def test_the_function_is_said_in_words(
    sample_installation: Installation, function: str, wish: str
) -> None:
    data = CHANGE.replace(b"CHG-1+4'", f"CHG-1+{function}'".encode())
    sample_installation.drop("maisonvert", "change.edi", data)

    sample_installation.work()

    (change,) = sample_installation.messages()
    assert wish in change["reason"]
    assert "which we have not answered" in change["reason"]


def test_a_released_change_is_held_again_and_recorded_once(changed: Installation) -> None:
    with changed.open() as gateway:
        release(gateway.place, "m2", "a second look", "test")
    changed.work()

    with changed.open() as gateway:
        told = story(gateway.place.store, "m", 2)

    assert told is not None
    assert told.fields["state"] == "held"
    assert [(d["kind"], d["number"], d["order_number"]) for d in told.parts["documents"]] == [
        ("order-change", "CHG-1", "MV-1001")
    ]


def test_a_change_may_be_discarded(changed: Installation) -> None:
    with changed.open() as gateway:
        discard(gateway.place, "m2", "settled by telephone", "test")

    (change,) = [m for m in changed.messages() if m["type"] == "ORDCHG"]
    assert change["state"] == "discarded"
