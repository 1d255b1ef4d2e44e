"""The commands as operators and programs use them: real processes, exit codes, JSON."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, SAMPLES, Installation
from tests.orders import interchange

HELD = (SAMPLES / "orders" / "4-price-expired.edi").read_bytes()
GOOD = interchange(reference="1", numbers=["OK-1"])


def command(installation: Installation, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edi_gateway", "--config", str(installation.config), *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )


def json_of(installation: Installation, *words: str) -> Any:
    return json.loads(command(installation, *words, "--json").stdout)


@contextmanager
def service(installation: Installation) -> Iterator[subprocess.Popen[str]]:
    """`run` in a process of its own, from "service.started" until SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, "-m", "edi_gateway", "--config", str(installation.config), "run"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stderr is not None
    try:
        wait_for(process, "service.started")
        yield process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def wait_for(process: subprocess.Popen[str], event: str, **fields: Any) -> dict[str, Any]:
    """Read the service's log until this event."""
    assert process.stderr is not None
    for line in process.stderr:
        entry: dict[str, Any] = json.loads(line)
        if entry["event"] == event and fields.items() <= entry.items():
            return entry
    raise AssertionError(f"the service ended without {event}")


def test_run_until_idle_ends_with_0_when_everything_is_answered(
    sample_installation: Installation,
) -> None:
    sample_installation.drop("maisonvert", "1.edi", GOOD)

    done = command(sample_installation, "run", "--until-idle", "--json")

    assert done.returncode == 0
    assert json.loads(done.stdout)["messages"] == {"answered": 1}


def test_run_until_idle_ends_with_1_when_something_is_held(
    sample_installation: Installation,
) -> None:
    sample_installation.drop("maisonvert", "1.edi", HELD)

    done = command(sample_installation, "run", "--until-idle")

    assert done.returncode == 1
    assert "messages --state held" in done.stdout


def test_a_misspelt_key_ends_with_2_and_is_named(sample_installation: Installation) -> None:
    text = sample_installation.config.read_text().replace("interval_seconds", "intervall_seconds")
    sample_installation.config.write_text(text)

    done = command(sample_installation, "run", "--until-idle")

    assert done.returncode == 2
    assert "connectors.local.intervall_seconds" in done.stderr
    assert "did you mean interval_seconds?" in done.stderr


def test_show_tells_the_price_used_and_why(sample_installation: Installation) -> None:
    sample_installation.drop("maisonvert", "1.edi", GOOD)
    sample_installation.work()

    told = json_of(sample_installation, "show", "m1")

    assert told["number"] == "OK-1"
    assert any("8.90" in sentence for sentence in told["lines"][0]["trace"])
    assert {d["type"] for d in told["deliveries"]} == {"CONTRL", "ORDRSP", "INVOIC", "order"}


def test_show_tells_what_to_do_about_what_holds_an_order(sample_installation: Installation) -> None:
    sample_installation.drop("maisonvert", "1.edi", HELD)
    sample_installation.work()

    told = json_of(sample_installation, "show", "m1")

    (one,) = told["to_do"]
    assert one["code"] == "no-valid-price"
    assert "prices.csv" in one["do"]
    assert "release" in one["do"]


def test_a_refused_order_is_answered_with_27(sample_installation: Installation) -> None:
    sample_installation.drop("maisonvert", "1.edi", HELD)
    sample_installation.work()

    done = command(sample_installation, "refuse", "m1", "--reason", "not sold any more")

    assert done.returncode == 0
    (response,) = sample_installation.out("maisonvert", "ORDRSP*")
    assert b"+27'" in response.read_bytes()
    assert json_of(sample_installation, "show", "m1")["state"] == "answered"


def test_an_action_of_a_command_is_logged_beside_its_json(
    sample_installation: Installation,
) -> None:
    sample_installation.drop("maisonvert", "1.edi", HELD)
    sample_installation.work()

    done = command(sample_installation, "release", "m1", "--reason", "look again", "--json")

    assert json.loads(done.stdout)["action"] == "release"
    assert json.loads(done.stderr.splitlines()[0])["event"] == "message.decided"


def test_the_line_that_holds_an_order_is_shown_as_held(sample_installation: Installation) -> None:
    sample_installation.drop("maisonvert", "1.edi", HELD)
    sample_installation.work()

    done = command(sample_installation, "show", "m1")

    assert ": held, ARROSOIR, ordered" in done.stdout


def test_an_order_that_is_owed_an_answer_cannot_be_discarded(
    sample_installation: Installation,
) -> None:
    sample_installation.drop("maisonvert", "1.edi", HELD)
    sample_installation.work()

    done = command(sample_installation, "discard", "m1", "--reason", "away with it")

    assert done.returncode == 1
    assert "Refuse it" in done.stderr


def test_a_released_order_is_decided_by_the_contract_of_now(
    sample_installation: Installation,
) -> None:
    sample_installation.drop("maisonvert", "1.edi", HELD)
    sample_installation.work()
    folder = sample_installation.base / "package"
    folder.mkdir()
    for file in (SAMPLES / "partners" / "maisonvert").iterdir():
        text = file.read_text(encoding="utf-8").replace("2026-03-31", "2030-12-31")
        (folder / file.name).write_text(text, encoding="utf-8")

    imported = json_of(sample_installation, "partner", "import", str(folder))
    command(sample_installation, "release", "m1", "--reason", "price prolonged")

    assert imported[0]["version"] == 2
    assert json_of(sample_installation, "show", "m1")["state"] == "answered"
    assert len(sample_installation.out("maisonvert", "INVOIC*")) == 1


def test_a_sent_file_is_sent_again_with_the_same_bytes(sample_installation: Installation) -> None:
    sample_installation.drop("maisonvert", "1.edi", GOOD)
    sample_installation.work()
    (sent,) = sample_installation.out("maisonvert", "ORDRSP*")
    content = sent.read_bytes()
    sent.unlink()
    told = json_of(sample_installation, "show", "m1")
    (item,) = [d["item"] for d in told["deliveries"] if d["type"] == "ORDRSP"]

    done = command(sample_installation, "resend", item, "--reason", "the partner lost it")

    assert done.returncode == 0
    assert sent.read_bytes() == content


def test_the_service_takes_orders_and_ends_cleanly_on_sigterm(
    sample_installation: Installation,
) -> None:
    with service(sample_installation) as process:
        sample_installation.drop("maisonvert", "1.edi", GOOD)
        wait_for(process, "delivery.sent", type="INVOIC")

        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=10) == 0


def test_a_command_beside_the_service_is_performed_by_it(
    sample_installation: Installation,
) -> None:
    sample_installation.drop("maisonvert", "1.edi", HELD)
    sample_installation.work()

    with service(sample_installation) as process:
        done = command(sample_installation, "refuse", "m1", "--reason", "no")
        wait_for(process, "delivery.sent", type="ORDRSP")

    assert done.returncode == 0


def test_run_beside_a_running_service_ends_with_2(sample_installation: Installation) -> None:
    with service(sample_installation):
        done = command(sample_installation, "run", "--until-idle")

    assert done.returncode == 2
    assert "another gateway is running" in done.stderr


def test_check_names_a_faulty_mapping_with_file_and_line(
    sample_installation: Installation,
) -> None:
    mapping = sample_installation.base / "mappings" / "edifact" / "orders-d96a.toml"
    mapping.write_text(mapping.read_text().replace('"BGM 1004"', '"BGM 9999"'))

    done = command(sample_installation, "check")

    assert done.returncode == 1
    assert "edifact/orders-d96a.toml:" in done.stdout


def test_an_exported_partner_is_the_imported_one(sample_installation: Installation) -> None:
    target = sample_installation.base / "exported"

    command(sample_installation, "partner", "export", "maisonvert", str(target))

    for file in (SAMPLES / "partners" / "maisonvert").iterdir():
        assert (target / file.name).read_bytes() == file.read_bytes()


def test_importing_the_same_package_again_changes_nothing(
    sample_installation: Installation,
) -> None:
    folder = str(SAMPLES / "partners" / "maisonvert")

    (result,) = json_of(sample_installation, "partner", "import", folder)

    assert (result["changed"], result["version"]) == (False, 1)


def test_a_bad_package_is_refused_as_a_whole_with_every_fault(
    sample_installation: Installation,
) -> None:
    folder = sample_installation.base / "bad"
    folder.mkdir()
    for file in (SAMPLES / "partners" / "maisonvert").iterdir():
        text = file.read_text(encoding="utf-8")
        text = text.replace("8.90,", '"8,90",').replace('"correct"', '"korrekt"')
        (folder / file.name).write_text(text, encoding="utf-8")

    done = command(sample_installation, "partner", "import", str(folder))

    assert done.returncode == 2
    assert "prices.csv:2:" in done.stderr
    assert "partner.toml:" in done.stderr
    assert [p["version"] for p in json_of(sample_installation, "partner", "list")] == [1, 1]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(GOOD, 0, id="valid"),
        pytest.param(GOOD.replace(b"UNT+", b"UNT+9"), 1, id="faulty"),
        pytest.param(b"nothing of the kind", 2, id="not EDI"),
    ],
)
def test_inspect_ends_with_0_1_or_2(installation: Installation, data: bytes, code: int) -> None:
    file = installation.base / "file"
    file.write_bytes(data)

    done = command(installation, "inspect", str(file), "--json")

    assert done.returncode == code
    assert json.loads(done.stdout)["bytes"] == len(data)


def test_convert_writes_an_edifact_order_as_ubl_and_back(installation: Installation) -> None:
    source, ubl, back = (installation.base / name for name in ("a.edi", "b.xml", "c.json"))
    source.write_bytes(GOOD)

    command(installation, "convert", str(source), "--to", "ubl", "--output", str(ubl))
    command(installation, "convert", str(ubl), "--to", "json", "--output", str(back))

    order = json.loads(back.read_bytes())
    assert order["number"] == "OK-1"
    assert [line["quantity"]["value"] for line in order["lines"]] == ["6", "24"]


def test_schema_prints_a_json_schema(installation: Installation) -> None:
    schema = json_of(installation, "schema", "order")

    assert "Order" in schema["$defs"]


def test_the_ledger_is_private_to_its_user(sample_installation: Installation) -> None:
    with service(sample_installation):
        mode = (sample_installation.base / "data" / "control.sock").stat().st_mode

    assert mode & 0o077 == 0


# --- approvals ---

APPROVALS = """
[[contract.approvals]]
role = "sales"
above_value = "10"
"""


@pytest.fixture
def waits_for_sales(sample_installation: Installation, tmp_path: Path) -> Installation:
    """An order that waits for the approval of a role, which the one who tests is a member of."""
    folder = tmp_path / "package"
    shutil.copytree(SAMPLES / "partners" / "maisonvert", folder)
    with (folder / "partner.toml").open("a", encoding="utf-8") as file:
        file.write(APPROVALS)
    with sample_installation.config.open("a", encoding="utf-8") as file:
        file.write(f'\n[roles]\nsales = ["{pwd.getpwuid(os.getuid()).pw_name}"]\n')
    sample_installation.import_partner(folder)
    sample_installation.drop("maisonvert", "order.edi", GOOD)
    sample_installation.work()
    return sample_installation


def test_messages_lists_what_waits_for_a_role(waits_for_sales: Installation) -> None:
    mine = json_of(waits_for_sales, "messages", "--role", "sales")
    others = json_of(waits_for_sales, "messages", "--role", "logistics")

    assert [(row["number"], row["code"]) for row in mine] == [("OK-1", "approval-needed")]
    assert others == []


def test_approve_answers_an_order_without_a_service(waits_for_sales: Installation) -> None:
    done = command(waits_for_sales, "approve", "m1", "--reason", "a good customer")

    assert done.returncode == 0
    assert done.stdout.endswith("m1 approved for sales; it is decided again now\n")
    assert len(waits_for_sales.out("maisonvert", "ORDRSP*")) == 1


def test_approve_is_handed_to_the_running_service_with_who_asks(
    waits_for_sales: Installation,
) -> None:
    with service(waits_for_sales) as process:
        command(waits_for_sales, "approve", "m1", "--reason", "a good customer")
        wait_for(process, "delivery.sent", type="ORDRSP")

    events = json_of(waits_for_sales, "show", "m1")["events"]
    assert [event["why"] for event in events if event["what"] == "message.approved"] == [
        "sales: a good customer"
    ]


def test_approve_is_refused_to_who_has_no_such_role(waits_for_sales: Installation) -> None:
    text = waits_for_sales.config.read_text(encoding="utf-8")
    waits_for_sales.config.write_text(text.partition("[roles]")[0], encoding="utf-8")

    done = command(waits_for_sales, "approve", "m1", "--reason", "a good customer")

    assert done.returncode == 1
    assert "waits for sales" in done.stderr
    assert "[roles] of config.toml (sales: nobody)" in done.stderr
