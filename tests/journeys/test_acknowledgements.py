"""What partners say about our messages: settled, refused with its place, late, or about nothing."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edi_gateway.cli import app
from edi_gateway.config import load_settings
from edi_gateway.errors import HeldError
from edi_gateway.exchange.operator import close, release, resend
from edi_gateway.gateway import open_gateway
from edi_gateway.store.queries import list_deliveries
from tests.conftest import SAMPLES, Installation
from tests.journeys.answers import controls
from tests.orders import interchange

PARTNER = "maisonvert"
OURS, THEIRS = "4012345500004:14", "3019999000011:14"

#: UNH of CONTRL by syntax version.
IDENTITY = {"2": "CONTRL:2:2:UN:EAN002", "3": "CONTRL:D:3:UN:EAN004", "4": "CONTRL:4:1:UN"}


def with_keys(installation: Installation, keys: str) -> None:
    """Import the sample partner with further keys in [partner]."""
    folder = installation.base / "package"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SAMPLES / "partners" / PARTNER, folder)
    file = folder / "partner.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[partner]\n", f"[partner]\n{keys}\n", 1), encoding="utf-8")
    installation.import_partner(folder)


def said(
    body: str,
    *,
    reference: str = "P1",
    version: str = "3",
    type_: str | None = None,
    tail: str = "",
) -> bytes:
    """A partner's interchange with one acknowledgement."""
    segments = [segment for segment in body.split("'") if segment]
    date = "20261117" if version == "4" else "261117"
    return (
        f"UNB+UNOC:{version}+{THEIRS}+{OURS}+{date}:0900+{reference}{tail}'"
        f"UNH+1+{type_ or IDENTITY[version]}'{body}UNT+{len(segments) + 2}+1'UNZ+1+{reference}'"
    ).encode("latin-1")


def contrl(our_reference: str, rest: str, **more: Any) -> bytes:
    return said(f"UCI+{our_reference}+{OURS}+{THEIRS}+{rest}'", **more)


def deliveries(installation: Installation) -> dict[str, dict[str, Any]]:
    """What went to the partner, the newest of each type."""
    with installation.open() as gateway:
        rows = list_deliveries(gateway.place.store, partner=PARTNER)
    return {row["type"]: row for row in reversed(rows)}


def told(installation: Installation, *words: str) -> Any:
    result = CliRunner().invoke(app, [*words, "--json", "--config", str(installation.config)])
    return json.loads(result.output)


def newest(installation: Installation) -> dict[str, Any]:
    return installation.messages()[-1]


@pytest.fixture
def answered(sample_installation: Installation) -> Installation:
    """An order was answered: CONTRL, ORDRSP and INVOIC were sent."""
    sample_installation.drop(PARTNER, "order.edi", interchange(reference="1", numbers=["A-1"]))
    sample_installation.work()
    return sample_installation


def give(installation: Installation, data: bytes, name: str = "said.edi") -> None:
    installation.drop(PARTNER, name, data)
    installation.work()


@pytest.mark.parametrize("version", ["2", "3", "4"])
@pytest.mark.parametrize("action", ["7", "8", "1", "2", "5"])
def test_a_positive_contrl_of_any_version_acknowledges_what_it_names(
    answered: Installation, version: str, action: str
) -> None:
    response = deliveries(answered)["ORDRSP"]

    give(answered, contrl(response["reference"], action, version=version))

    after = deliveries(answered)
    assert after["ORDRSP"]["state"] == "acknowledged"
    assert after["INVOIC"]["state"] == "sent"
    assert (newest(answered)["type"], newest(answered)["state"]) == ("CONTRL", "answered")


def test_a_contrl_is_not_answered(answered: Installation) -> None:
    before = answered.out(PARTNER)
    response = deliveries(answered)["ORDRSP"]

    give(answered, contrl(response["reference"], "7", tail="++CONTRL++1"))

    assert answered.out(PARTNER) == before


def test_an_order_beside_a_contrl_is_acknowledged_for_itself(answered: Installation) -> None:
    response = deliveries(answered)["ORDRSP"]
    order = interchange(reference="2", numbers=["A-2"]).split(b"\n", 1)[1]
    order = order.replace(b"UNH+1+", b"UNH+2+").replace(b"UNT+20+1", b"UNT+99+2")
    data = contrl(response["reference"], "7").replace(b"UNT+3", b"UNT+9")

    give(answered, data.split(b"UNZ")[0] + order.rsplit(b"UNZ", 1)[0] + b"UNZ+2+P1'")

    assert deliveries(answered)["ORDRSP"]["state"] == "acknowledged"
    assert controls(answered.base / "outbound" / PARTNER)["P1"] == [["UCI 7", "UCM 2 4 29"]]


def test_a_contrl_with_faults_of_its_own_is_taken_and_not_answered(answered: Installation) -> None:
    before = answered.out(PARTNER)
    response = deliveries(answered)["ORDRSP"]
    data = (
        contrl(response["reference"], "7").replace(b"UNT+3", b"UNT+9").replace(b"UCI", b"XYZ+1'UCI")
    )

    give(answered, data)

    assert deliveries(answered)["ORDRSP"]["state"] == "acknowledged"
    assert answered.out(PARTNER) == before


def test_a_contrl_that_is_cut_off_waits_for_a_person(answered: Installation) -> None:
    before = answered.out(PARTNER)
    response = deliveries(answered)["ORDRSP"]

    give(answered, contrl(response["reference"], "7")[:-12])

    assert (newest(answered)["state"], newest(answered)["code"]) == ("held", "unz-missing")
    assert answered.out(PARTNER) == before


def test_an_interchange_the_partner_rejects_is_refused_with_the_reason_in_words(
    answered: Installation,
) -> None:
    response = deliveries(answered)["ORDRSP"]

    give(answered, contrl(response["reference"], "4+29+UNZ+2"))

    refused = deliveries(answered)["ORDRSP"]
    assert (refused["state"], refused["code"]) == ("refused", "contrl-refused")
    assert "29 control count does not match number of instances received" in refused["reason"]
    assert f"(UNZ+1+{response['reference']})" in refused["reason"]


def test_a_message_the_partner_rejects_is_told_with_the_segment_we_sent(
    answered: Installation,
) -> None:
    response = deliveries(answered)["ORDRSP"]
    item = response["item"]
    body = (
        f"UCI+{response['reference']}+{OURS}+{THEIRS}+7'UCM+1+ORDRSP:D:96A:UN:EAN005+4'"
        "UCS+2'UCD+12+2:1'UCS+4+13'"
    )

    give(answered, said(body))

    shown = told(answered, "show", item)
    assert shown["state"] == "refused"
    (acknowledgement,) = shown["acknowledgements"]
    value, missing = acknowledgement["complaints"]
    place = ("message", "document", "segment", "element", "component", "code", "meaning")
    assert [value[name] for name in place] == ["1", "R00000001", 2, 2, 1, "12", "invalid value"]
    assert value["quoted"].startswith("BGM+231+R00000001")
    assert (missing["segment"], missing["code"], missing["element"]) == (4, "13", None)
    assert missing["quoted"]


def test_the_operator_finds_a_refusal_from_the_order_it_answers(answered: Installation) -> None:
    response = deliveries(answered)["ORDRSP"]

    give(answered, contrl(response["reference"], "4+18"))

    order = next(m for m in told(answered, "messages") if m["number"] == "A-1")
    assert order["attention"] == f"{response['item']} refused"
    assert [d["item"] for d in told(answered, "deliveries", "--state", "refused")] == [
        response["item"]
    ]
    text = CliRunner().invoke(app, ["show", response["item"], "--config", str(answered.config)])
    assert text.exit_code == 1
    assert "18 unspecified error" in text.output


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(contrl("999", "7"), "acknowledgement-unmatched", id="no such interchange"),
        pytest.param(
            contrl("2", "7").replace(b"UCI+2+4012345500004", b"UCI+2+9999999999994"),
            "acknowledgement-unmatched",
            id="other parties",
        ),
        pytest.param(said("BGM+1'"), "acknowledgement-unreadable", id="no UCI"),
        pytest.param(contrl("2", "9"), "acknowledgement-unclear", id="an action there is not"),
    ],
)
def test_a_contrl_that_settles_nothing_is_held_with_its_reason(
    answered: Installation, data: bytes, code: str
) -> None:
    assert deliveries(answered)["ORDRSP"]["reference"] == "2"

    give(answered, data)

    held = newest(answered)
    assert (held["state"], held["code"]) == ("held", code)
    assert "discard" in held["reason"]
    assert deliveries(answered)["ORDRSP"]["state"] == "sent"


def test_a_partner_that_swaps_sender_and_recipient_is_understood(answered: Installation) -> None:
    reference = deliveries(answered)["ORDRSP"]["reference"]

    give(answered, said(f"UCI+{reference}+{THEIRS}+{OURS}+7'"))

    assert deliveries(answered)["ORDRSP"]["state"] == "acknowledged"


def test_what_was_said_before_changes_nothing(answered: Installation) -> None:
    reference = deliveries(answered)["ORDRSP"]["reference"]
    give(answered, contrl(reference, "7", reference="P1"))

    give(answered, contrl(reference, "7", reference="P2"), "again.edi")

    again = newest(answered)
    assert (again["state"], deliveries(answered)["ORDRSP"]["state"]) == (
        "duplicate",
        "acknowledged",
    )


def test_a_refusal_after_an_acknowledgement_counts_and_stands(answered: Installation) -> None:
    reference = deliveries(answered)["ORDRSP"]["reference"]

    give(answered, contrl(reference, "8", reference="P1"), "1.edi")
    give(answered, contrl(reference, "4+13+UNZ", reference="P2"), "2.edi")
    give(answered, contrl(reference, "7", reference="P3"), "3.edi")

    assert deliveries(answered)["ORDRSP"]["state"] == "refused"
    assert newest(answered)["code"] == "acknowledgement-contradicts"


def test_a_refused_delivery_is_closed_by_an_operator(answered: Installation) -> None:
    response = deliveries(answered)["ORDRSP"]
    give(answered, contrl(response["reference"], "4+13"))

    with answered.open() as gateway:
        close(gateway.place, response["item"], "settled by telephone", "anna")

    shown = told(answered, "show", response["item"])
    assert (shown["state"], shown["reason"]) == ("closed", "settled by telephone")
    assert shown["events"][-1]["who"] == "anna"


def test_only_a_refused_delivery_can_be_closed(answered: Installation) -> None:
    item = deliveries(answered)["ORDRSP"]["item"]

    with answered.open() as gateway, pytest.raises(HeldError, match="no refused delivery"):
        close(gateway.place, item, "why not", "anna")


def test_a_refused_delivery_that_is_sent_again_waits_for_its_own_acknowledgement(
    answered: Installation,
) -> None:
    response = deliveries(answered)["ORDRSP"]
    give(answered, contrl(response["reference"], "4+13", reference="P1"), "1.edi")
    with answered.open() as gateway:
        resend(gateway.place, response["item"], "they lost it", "anna")
    for file in answered.out(PARTNER, "ORDRSP*"):
        file.unlink()
    answered.work()

    give(answered, contrl(response["reference"], "7", reference="P2"), "2.edi")

    newer = deliveries(answered)["ORDRSP"]
    assert (newer["resend_of"], newer["state"]) == (response["item"], "acknowledged")
    assert told(answered, "show", response["item"])["state"] == "closed"


def test_a_copy_refused_as_a_duplicate_leaves_the_first_acknowledged(
    answered: Installation,
) -> None:
    response = deliveries(answered)["ORDRSP"]
    give(answered, contrl(response["reference"], "7", reference="P1"), "1.edi")
    with answered.open() as gateway:
        resend(gateway.place, response["item"], "to be sure", "anna")
    answered.work()

    give(answered, contrl(response["reference"], "4+26+UNB+6", reference="P2"), "2.edi")

    assert deliveries(answered)["ORDRSP"]["state"] == "refused"
    assert told(answered, "show", response["item"])["state"] == "acknowledged"


# --- in time --------------------------------------------------------------------------------------


class Clock:
    """A clock the test sets."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def work(self, installation: Installation) -> None:
        with open_gateway(load_settings(installation.config), now=self) as gateway:
            gateway.runner.run_until_idle(0.01)


@pytest.fixture
def clock(sample_installation: Installation) -> Clock:
    """An order was answered at eight; the partner acknowledges within 24 hours."""
    clock = Clock()
    with_keys(sample_installation, "acknowledgement_hours = 24")
    data = interchange(reference="1", numbers=["A-1"])
    sample_installation.drop(PARTNER, "order.edi", data)
    clock.work(sample_installation)
    return clock


def test_an_acknowledgement_is_asked_for_where_it_is_watched(
    sample_installation: Installation, clock: Clock
) -> None:
    (response,) = sample_installation.out(PARTNER, "ORDRSP*")
    (acknowledgement,) = sample_installation.out(PARTNER, "CONTRL*")

    assert re.search(rb"UNB\+.{40,80}\+\+ORDRSP\+\+1'UNH", response.read_bytes())
    assert re.search(rb"UNB\+.{40,80}\+\+CONTRL'UNH", acknowledgement.read_bytes())


def test_nothing_is_asked_for_where_it_is_not_watched(answered: Installation) -> None:
    (response,) = answered.out(PARTNER, "ORDRSP*")

    assert re.search(rb"UNB\+.{40,80}\+\+ORDRSP'UNH", response.read_bytes())


def test_an_acknowledgement_that_does_not_come_in_time_is_overdue(
    sample_installation: Installation, clock: Clock
) -> None:
    clock.now += timedelta(hours=23, minutes=59)
    clock.work(sample_installation)
    before = deliveries(sample_installation)["ORDRSP"]["state"]

    clock.now += timedelta(minutes=1)
    clock.work(sample_installation)

    after = deliveries(sample_installation)
    assert before == "sent"
    assert (after["ORDRSP"]["state"], after["ORDRSP"]["code"]) == (
        "overdue",
        "acknowledgement-overdue",
    )
    assert after["CONTRL"]["state"] == "sent"


def test_a_late_acknowledgement_is_still_taken(
    sample_installation: Installation, clock: Clock
) -> None:
    reference = deliveries(sample_installation)["ORDRSP"]["reference"]
    clock.now += timedelta(hours=30)
    clock.work(sample_installation)
    sample_installation.drop(PARTNER, "late.edi", contrl(reference, "7"))

    clock.work(sample_installation)

    after = deliveries(sample_installation)
    assert (after["ORDRSP"]["state"], after["INVOIC"]["state"]) == ("acknowledged", "overdue")


def test_what_needs_a_person_makes_a_run_end_with_1(answered: Installation) -> None:
    reference = deliveries(answered)["ORDRSP"]["reference"]
    answered.drop(PARTNER, "said.edi", contrl(reference, "4+13"))

    result = CliRunner().invoke(app, ["run", "--until-idle", "--config", str(answered.config)])

    assert result.exit_code == 1
    assert "1 refused: see `edi-gateway deliveries --state refused`" in result.output


def test_an_acknowledgement_of_what_we_think_unsent_proves_that_it_arrived(
    answered: Installation, tmp_path: Path
) -> None:
    response = deliveries(answered)["ORDRSP"]
    (file,) = answered.out(PARTNER, "ORDRSP*")
    file.write_bytes(b"other content")
    with answered.open() as gateway:
        resend(gateway.place, response["item"], "again", "anna")
    answered.work()
    held = deliveries(answered)["ORDRSP"]["state"]

    give(answered, contrl(response["reference"], "7"))

    assert (held, deliveries(answered)["ORDRSP"]["state"]) == ("held", "acknowledged")


# --- APERAK of the partner ------------------------------------------------------------------------


def aperak(body: str, **more: Any) -> bytes:
    return said(body, **{"type_": "APERAK:D:96A:UN:EAN000"} | more)


@pytest.mark.parametrize(
    ("named", "type_"),
    [
        pytest.param("RFF+ON:A-1'", "ORDRSP", id="the order it answers"),
        pytest.param("RFF+POR:R00000001'", "ORDRSP", id="order response"),
        pytest.param("RFF+IV:{invoice}'RFF+ON:A-1'", "INVOIC", id="invoice before order"),
        pytest.param("RFF+ACW:{invoice}'", "INVOIC", id="a number as reference"),
        pytest.param("RFF+ACW:2'", "ORDRSP", id="our interchange"),
    ],
)
def test_an_aperak_refuses_the_document_it_names(
    answered: Installation, named: str, type_: str
) -> None:
    order = told(answered, "show", "m1")
    invoice = next(d["number"] for d in order["documents"] if d["kind"] == "invoice")
    body = f"BGM+12E::9+X1+27'{named.format(invoice=invoice)}ERC+77::92'FTX+AAO+++unknown site'"

    give(answered, aperak(body))

    after = deliveries(answered)
    assert [name for name, row in after.items() if row["state"] == "refused"] == [type_]
    assert after[type_]["code"] == "aperak-refused"
    assert "77 unknown site" in after[type_]["reason"]


@pytest.mark.parametrize(
    "type_", ["APERAK:D:96A:UN:EAN000", "APERAK:D:01B:UN:EAN003", "APERAK:1:1"]
)
def test_an_aperak_of_any_release_accepts_what_it_names(answered: Installation, type_: str) -> None:
    give(answered, aperak("BGM+312+X1+6'DTM+137:20261117:102'RFF+ON:A-1'", type_=type_))

    assert deliveries(answered)["ORDRSP"]["state"] == "acknowledged"


def test_an_aperak_about_nothing_of_ours_is_held(answered: Installation) -> None:
    give(answered, aperak("BGM+12E::9+X1+27'RFF+ON:NEVER'"))

    assert newest(answered)["code"] == "acknowledgement-unmatched"
    assert "ON NEVER" in newest(answered)["reason"]


def test_an_aperak_may_be_acknowledged_by_contrl_but_never_by_aperak(
    answered: Installation,
) -> None:
    with_keys(answered, 'application_errors = "aperak"')
    before = {file.name for file in answered.out(PARTNER)}

    give(answered, aperak("BGM+12E::9+X1+27'RFF+ON:A-1'", tail="++APERAK++1"))

    new = {file.name for file in answered.out(PARTNER)} - before
    assert [name.partition("_")[0] for name in new] == ["CONTRL"]


def test_one_document_accepted_leaves_an_interchange_of_several_open(
    sample_installation: Installation,
) -> None:
    data = interchange(reference="1", numbers=["A-1", "A-2"])
    sample_installation.drop(PARTNER, "orders.edi", data)
    sample_installation.work()

    give(sample_installation, aperak("BGM+12E::9+X1+6'RFF+ON:A-1'"))

    assert deliveries(sample_installation)["ORDRSP"]["state"] == "sent"
    assert "of the others nothing is said" in newest(sample_installation)["reason"]


# --- APERAK of ours -------------------------------------------------------------------------------


def with_bad_lines(*numbers: str) -> bytes:
    data = interchange(reference="1", numbers=numbers)
    return data.replace(b"3769999000121", b"3769999009995").replace(b"MV-502", b"XX-999")


def reports(installation: Installation) -> list[str]:
    return [file.read_text("latin-1") for file in installation.out(PARTNER, "APERAK*")]


def test_a_rejected_line_is_told_beside_the_order_response(
    sample_installation: Installation,
) -> None:
    with_keys(sample_installation, 'application_errors = "aperak"')

    give(sample_installation, with_bad_lines("A-1"))

    (report,) = reports(sample_installation)
    assert "'UNH+1+APERAK:D:96A:UN:EAN000'BGM+12E::9+A00000001+" in report
    assert "'RFF+ON:A-1'DTM+171:20261116:102'RFF+ACW:1'NAD+BY+3019999000011::9'" in report
    assert "'ERC+UNKITEM::91'FTX+AAO+++" in report
    assert "'RFF+ON:A-1:2'UNT+" in report


def test_the_orders_of_an_interchange_are_told_in_one_interchange(
    sample_installation: Installation,
) -> None:
    with_keys(sample_installation, 'application_errors = "aperak"')

    give(sample_installation, with_bad_lines("A-1", "A-2"))

    (report,) = reports(sample_installation)
    assert report.count("'UNH+") == 2
    assert report.count("UNZ+2+") == 1


def test_a_held_order_is_told_once_however_often_it_is_released(
    sample_installation: Installation,
) -> None:
    with_keys(sample_installation, 'application_errors = "aperak"')
    data = interchange(reference="1", numbers=["A-1"]).replace(b"CUX+2:EUR", b"CUX+2:USD")
    give(sample_installation, data)

    with sample_installation.open() as gateway:
        release(gateway.place, "m1", "try again", "anna")
    sample_installation.work()

    (report,) = reports(sample_installation)
    assert "+A00000001+27'" in report
    assert "'ERC+CURR::91'" in report
    assert newest(sample_installation)["state"] == "held"


def test_an_order_number_used_again_is_told(sample_installation: Installation) -> None:
    with_keys(sample_installation, 'application_errors = "aperak"')
    give(sample_installation, interchange(reference="1", numbers=["A-1"]), "1.edi")

    give(sample_installation, interchange(reference="2", numbers=["A-1"], lines=1), "2.edi")

    (report,) = reports(sample_installation)
    assert "'ERC+DUPORD::91'" in report


def test_nothing_is_told_where_it_is_not_agreed(sample_installation: Installation) -> None:
    give(sample_installation, with_bad_lines("A-1"))

    assert reports(sample_installation) == []


def test_a_good_order_is_not_told(sample_installation: Installation) -> None:
    with_keys(sample_installation, 'application_errors = "aperak"')

    give(sample_installation, interchange(reference="1", numbers=["A-1"]))

    assert reports(sample_installation) == []
