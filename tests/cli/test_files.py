"""`inspect` and `convert` as programs use them: one JSON object, exit codes, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edi_gateway.cli import run_cli
from tests.conftest import ROOT
from tests.orders import interchange

GOOD = interchange(reference="1", numbers=["OK-1", "OK-2"])
ERROR_KEYS = [
    "code",
    "edifact_code",
    "level",
    "segment",
    "tag",
    "element",
    "component",
    "offset",
    "value",
    "text",
    "remedy",
]


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: bytes
    stderr: bytes


def process(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "edi_gateway", *words],
        capture_output=True,
        cwd=ROOT / "tests",
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        timeout=60,
    )


@pytest.fixture
def command(monkeypatch, capsysbinary):
    """Run a command in this process, as the program does."""
    monkeypatch.chdir(ROOT / "tests")

    def run(*words: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["edi-gateway", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            run_cli()
        out, err = capsysbinary.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture
def inspected(command):
    def run(file: Path) -> tuple[Any, int]:
        done = command("inspect", file, "--json")
        assert done.stderr == b""
        return json.loads(done.stdout), done.returncode

    return run


@pytest.fixture
def file(tmp_path: Path):
    def make(data: bytes, name: str = "a.edi") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return make


def test_a_valid_file_is_one_object_with_every_key(inspected, file):
    path = file(GOOD)

    found, code = inspected(path)

    assert code == 0
    assert list(found) == ["file", "bytes", "format", "interchanges", "errors", "warnings"]
    assert (found["file"], found["bytes"], found["format"]) == (str(path), len(GOOD), "edifact")
    (opened,) = found["interchanges"]
    messages = opened.pop("messages")
    assert opened == {
        "sender": "3019999000011",
        "sender_qualifier": "14",
        "recipient": "4012345500004",
        "recipient_qualifier": "14",
        "reference": "1",
        "syntax": "UNOC",
        "version": "3",
        "test": False,
        "valid": True,
        "errors": [],
        "warnings": [],
    }
    assert messages[1] == {
        "reference": "2",
        "type": "ORDERS",
        "release": "D.96A",
        "association": "EAN008",
        "segments": 20,
        "valid": True,
        "errors": [],
        "warnings": [],
    }


def test_an_error_has_its_place_its_value_and_its_remedy(inspected, file):
    data = GOOD.replace(b"QTY+21:24", b"QTY+21:viele", 1)

    found, code = inspected(file(data))

    first, second = found["interchanges"][0]["messages"]
    (error,) = first["errors"]
    assert (code, first["valid"], second["valid"]) == (1, False, True)
    assert list(error) == ERROR_KEYS
    assert (error["code"], error["edifact_code"]) == ("element-type", "37")
    assert (error["segment"], error["tag"], error["element"], error["component"]) == (
        16,
        "QTY",
        2,
        2,
    )
    assert error["value"] == "viele"


def test_values_are_in_the_characters_of_the_file_whatever_the_locale(file):
    data = GOOD.replace(b"UNOC:3", b"UNOY:4").replace(b"QTY+21:24", "QTY+21:fünf".encode(), 1)

    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = process("inspect", file(data), "--json", **plain)

    found = json.loads(done.stdout)
    (error,) = found["interchanges"][0]["messages"][0]["errors"]
    assert error["value"] == "fünf"
    assert "'fünf'" in error["text"]


def test_an_error_of_xml_has_its_line(inspected, file):
    data = b'<?xml version="1.0"?>\n<Order>\n  <ID>1</Id>\n</Order>'

    found, code = inspected(file(data))

    (error,) = found["errors"]
    assert code == 1
    assert (error["code"], error["segment"], error["offset"]) == ("xml-not-well-formed", 3, 39)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param(b"", "empty-file", id="empty"),
        pytest.param(b" \r\n", "empty-file", id="white space"),
        pytest.param(b"\x00\xff\x1b[2J", "unreadable-file", id="bytes"),
        pytest.param(b"%PDF-1.7\n", "dialect-not-built", id="PDF"),
        pytest.param(b"PK\x03\x04\x14", "dialect-not-built", id="ZIP"),
        pytest.param(b"Artikel;Preis\n4711;1,20\n", "dialect-not-built", id="CSV"),
    ],
)
def test_what_is_no_edi_ends_with_2_and_says_what_it_is(inspected, file, data, error):
    found, code = inspected(file(data))

    assert (code, found["format"], found["interchanges"]) == (2, None, [])
    assert [each["code"] for each in found["errors"]] == [error]


def test_what_is_no_file_ends_with_2_and_is_not_waited_for(inspected, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")

    told = {name: inspected(tmp_path / name) for name in (".", "pipe", "loop", "absent")}

    assert {code for _, code in told.values()} == {2}
    assert {
        name: found["errors"][0]["text"].split(str(tmp_path))[1]
        for name, (found, _) in told.items()
    } == {
        ".": " is a folder, not a file.",
        "pipe": "/pipe is a named pipe, not a file.",
        "loop": "/loop: Too many levels of symbolic links.",
        "absent": "/absent: No such file or directory.",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_told(inspected, file):
    path = file(GOOD)
    path.chmod(0)

    found, code = inspected(path)

    assert (code, found["errors"][0]["code"]) == (2, "unreadable-file")


def test_a_file_over_the_limit_is_not_looked_at(command, file, tmp_path):
    config = (ROOT / "config.toml").read_text(encoding="utf-8")
    (tmp_path / "config.toml").write_text(
        f"{config}\n[limits]\ninterchange_megabytes = 1\n", encoding="utf-8"
    )
    path = file(GOOD + b" " * 1_000_000)

    done = command("inspect", path, "--config", tmp_path / "config.toml", "--json")

    found = json.loads(done.stdout)
    assert (done.returncode, found["format"]) == (1, "edifact")
    assert found["errors"][0]["code"] == "file-too-large"


def test_a_name_that_is_no_text_is_told_all_the_same(tmp_path):
    path = tmp_path / os.fsdecode(b"na\xffme.edi")
    path.write_bytes(GOOD)

    done = process("inspect", path, "--json")

    assert done.returncode == 0
    assert json.loads(done.stdout)["file"].endswith("na\udcffme.edi")
    assert process("inspect", path).returncode == 0


def test_inspect_prints_no_colour_into_a_pipe(file):
    done = process("inspect", file(GOOD))

    assert b"\x1b" not in done.stdout
    assert done.stdout.decode().endswith("No fault in 2 messages.\n")


# --- convert --------------------------------------------------------------------------------------


def test_a_message_converted_whole_ends_with_0(command, file):
    done = command("convert", file(GOOD))

    assert done.returncode == 0
    assert [order["number"] for order in json.loads(done.stdout)] == ["OK-1", "OK-2"]
    assert [order["document"] for order in json.loads(done.stdout)] == ["order", "order"]
    assert done.stderr == b"2 of 2 messages converted, 2 whole.\n"


def test_what_is_lost_is_told_on_stderr_and_ends_with_1(command, file):
    data = GOOD.replace(b"RFF+CT:MV-2026", b"RFF+ZZZ:7", 1)

    done = command("convert", file(data))

    assert done.returncode == 1
    assert json.loads(done.stdout)[0]["contract_number"] is None
    assert b"  segment 5 RFF: no field takes it: RFF+ZZZ:7\n" in done.stderr


def test_a_faulty_message_is_told_and_the_others_are_converted(command, file, tmp_path):
    data = GOOD.replace(b"UNT+20+1", b"UNT+21+1")

    done = command("convert", file(data), "--report", tmp_path / "report.json")

    report = json.loads((tmp_path / "report.json").read_bytes())
    assert done.returncode == 1
    assert [order["number"] for order in json.loads(done.stdout)] == ["OK-2"]
    assert [message["converted"] for message in report["messages"]] == [False, True]
    assert report["messages"][0]["errors"][0]["code"] == "unt-count"


def test_with_json_the_report_is_one_object_on_stdout(command, file, tmp_path):
    data = GOOD.replace(b"RFF+CT:MV-2026", b"RFF+ZZZ:7", 1)
    target = tmp_path / "out.json"

    done = command("convert", file(data), "--output", target, "--json")

    report = json.loads(done.stdout)
    (lost,) = report["messages"][0]["not_carried"]
    assert (report["to"], report["whole"], report["output"]) == ("json", False, [str(target)])
    assert lost == {
        "segment": 5,
        "tag": "RFF",
        "element": None,
        "component": None,
        "repetition": None,
        "value": "RFF+ZZZ:7",
        "text": "segment 5 RFF: no field takes it",
    }
    assert len(json.loads(target.read_bytes())) == 2


def test_several_documents_become_several_files_of_ubl_in_a_folder(command, file, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()

    alone = command("convert", file(GOOD), "--to", "ubl")
    done = command("convert", file(GOOD), "--to", "ubl", "--output", folder)

    assert alone.returncode == 2
    assert b"name a folder with --output" in alone.stderr
    assert done.returncode == 0
    assert sorted(each.name for each in folder.iterdir()) == ["1.xml", "2.xml"]


def test_interchanges_keep_their_senders(command, inspected, file, tmp_path):
    other = GOOD.replace(b"3019999000011:14", b"9999999999994:14")
    target = tmp_path / "out.edi"

    command("convert", file(GOOD + other), "--to", "edifact-d01b", "--output", target)

    found, code = inspected(target)
    assert code == 0
    assert [each["sender"] for each in found["interchanges"]] == ["3019999000011", "9999999999994"]
    assert [len(each["messages"]) for each in found["interchanges"]] == [2, 2]


def test_what_the_target_does_not_hold_is_told(command, file, tmp_path):
    order = json.loads(command("convert", file(GOOD)).stdout)[0] | {"process": "urn:x"}
    source = file(json.dumps(order).encode(), "order.json")

    done = command("convert", source, "--to", "edifact-d96a", "--output", tmp_path / "o", "--json")

    assert done.returncode == 1
    assert json.loads(done.stdout)["messages"][0]["not_written"] == [
        {"field": "process", "value": "urn:x", "written": None}
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(
            ["--to", "edifact-d99z"], b"there are json, edifact-d93a", id="no such target"
        ),
        pytest.param(["--to", "json"], b"This is PDF", id="no EDI"),
    ],
)
def test_wrong_use_of_convert_ends_with_2(command, file, words, told):
    done = command("convert", file(b"%PDF-1.7"), *words)

    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == b""
