"""Bad input gets a clear error, is kept and visible, and stops nothing else."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest

from tests.conftest import SAMPLES, Installation
from tests.journeys.answers import controls, edifact_responses
from tests.orders import interchange

GOOD = interchange(reference="G1", numbers=["GOOD-1"])
UNKNOWN_TYPE = GOOD.replace(b"ORDERS:D:96A", b"XYZABC:D:96A").replace(b"G1", b"G2")
FOREIGN = GOOD.replace(b"3019999000011:14+40", b"3333333333333:14+40")
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE Order [<!ENTITY x "1">]><Order>&x;</Order>'
CXML = b'<?xml version="1.0"?><cXML payloadID="1"><Request><OrderRequest/></Request></cXML>'


def only(installation: Installation) -> dict[str, Any]:
    (row,) = [m for m in installation.messages() if m["file"] != "good.edi"]
    return row


@pytest.mark.parametrize(
    ("data", "state", "code"),
    [
        pytest.param(b"hello, this is no EDI", "held", "unreadable-file", id="garbage"),
        pytest.param(b"", "held", "empty-file", id="empty"),
        pytest.param(GOOD[:-20], "rejected", "unz-missing", id="truncated"),
        pytest.param(FOREIGN, "held", "unknown-sender", id="unknown sender"),
        pytest.param(UNKNOWN_TYPE, "held", "no-agreement", id="unknown message type"),
        pytest.param(DOCTYPE, "held", "doctype", id="DOCTYPE"),
        pytest.param(CXML, "held", "dialect-not-built", id="a dialect not built"),
        pytest.param(
            GOOD.replace(b"UNZ+1", b"UNZ+2"), "rejected", "unz-count", id="wrong UNZ count"
        ),
        pytest.param(
            GOOD.replace(b"QTY+21:6", b"QTY+21:six"), "rejected", "element-type", id="no number"
        ),
    ],
)
def test_it_is_told_by_its_code_and_the_good_file_beside_it_is_answered(
    sample_installation: Installation, data: bytes, state: str, code: str
) -> None:
    sample_installation.drop("maisonvert", "bad.edi", data)
    sample_installation.drop(
        "maisonvert", "good.edi", interchange(reference="OK1", numbers=["OK-1"])
    )

    sample_installation.work()

    row = only(sample_installation)
    assert (row["state"], row["code"]) == (state, code)
    assert row["reason"]
    folder = sample_installation.base / "outbound" / "maisonvert"
    assert [response.order for response in edifact_responses(folder)] == ["OK-1"]


def test_a_file_over_the_limit_is_kept_unread_and_names_the_limit(
    sample_installation: Installation,
) -> None:
    config = sample_installation.config
    config.write_text(config.read_text() + "\n[limits]\ninterchange_megabytes = 1\n")
    sample_installation.drop("maisonvert", "big.edi", GOOD + b" " * 1_000_001)

    sample_installation.work()

    row = only(sample_installation)
    assert (row["state"], row["code"]) == ("held", "file-too-large")
    assert "limits.interchange_megabytes" in row["reason"]


def test_a_name_that_is_not_utf_8_is_taken_like_any_other(
    sample_installation: Installation,
) -> None:
    sample_installation.drop("maisonvert", os.fsdecode(b"commande-\xe9t\xe9.edi"), GOOD)

    sample_installation.work()

    row = only(sample_installation)
    assert (row["state"], row["file"]) == ("answered", "commande-\\xe9t\\xe9.edi")


def test_a_sender_may_not_use_another_partners_folder(sample_installation: Installation) -> None:
    sample_installation.drop("nordlys", "order.edi", GOOD)

    sample_installation.work()

    row = only(sample_installation)
    assert (row["state"], row["code"]) == ("held", "sender-not-allowed")
    assert sample_installation.out("maisonvert") == []
    assert sample_installation.out("nordlys") == []


def test_a_file_in_nobodys_folder_is_held(sample_installation: Installation) -> None:
    (sample_installation.base / "inbound").mkdir(exist_ok=True)
    (sample_installation.base / "inbound" / "lost.edi").write_bytes(GOOD)

    sample_installation.work()

    assert only(sample_installation)["code"] == "sender-not-allowed"


def test_the_same_reference_with_other_content_is_refused_with_26(
    sample_installation: Installation,
) -> None:
    sample_installation.drop("maisonvert", "1.edi", interchange(reference="7", numbers=["A-1"]))
    sample_installation.work()
    sample_installation.drop("maisonvert", "2.edi", interchange(reference="7", numbers=["A-2"]))

    sample_installation.work()

    said = controls(sample_installation.base / "outbound" / "maisonvert")["7"]
    assert said == [["UCI 7"], ["UCI 4 26"]]


def test_of_two_interchanges_in_a_file_the_second_cut_off_the_first_is_processed(
    sample_installation: Installation,
) -> None:
    first = interchange(reference="1", numbers=["F-1"])
    second = interchange(reference="2", numbers=["F-2"])[:-10]
    sample_installation.drop("maisonvert", "two.edi", first + second)

    sample_installation.work()

    folder = sample_installation.base / "outbound" / "maisonvert"
    assert controls(folder) == {"1": [["UCI 7"]], "2": [["UCI 4 13"]]}
    assert [response.order for response in edifact_responses(folder)] == ["F-1"]


def test_a_bug_in_one_message_holds_that_message_only(
    sample_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edi_gateway.exchange import deciding

    decide = deciding.decide

    def fails_on_one(order: Any, *arguments: Any, **more: Any) -> Any:
        if order.number == "C-2":
            raise RuntimeError("a bug")
        return decide(order, *arguments, **more)

    monkeypatch.setattr(deciding, "decide", fails_on_one)
    data = interchange(reference="9", numbers=["C-1", "C-2", "C-3"])
    sample_installation.drop("maisonvert", "three.edi", data)

    sample_installation.work()

    states = {m["number"] or m["code"]: m["state"] for m in sample_installation.messages()}
    assert states == {"C-1": "answered", "C-2": "held", "C-3": "answered"}


def test_an_order_that_cannot_be_answered_in_its_format_is_held_alone(
    sample_installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    package = tmp_path_factory.mktemp("packages") / "maisonvert"
    shutil.copytree(SAMPLES / "partners" / "maisonvert", package)
    text = (package / "partner.toml").read_text(encoding="utf-8")
    text = text.replace("[partner]", '[partner]\ntolerates = ["element-too-long"]', 1)
    (package / "partner.toml").write_text(text, encoding="utf-8")
    sample_installation.import_partner(package)
    # 36 characters: one more than RFF 1154 of the order response can hold.
    long = "N" * 36
    data = interchange(reference="9", numbers=["C-1", long, "C-3"])
    sample_installation.drop("maisonvert", "three.edi", data)

    sample_installation.work()

    states = {m["number"]: (m["state"], m["code"]) for m in sample_installation.messages()}
    assert states["C-1"][0] == states["C-3"][0] == "answered"
    assert states[long] == ("held", "value-too-long")
