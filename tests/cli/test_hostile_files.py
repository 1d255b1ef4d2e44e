"""
Hostile files through `inspect`, each in a process of its own with bounded memory and time.

The verdict is a place and a remedy, the exit code 1 or 2; never a traceback. What is right by its
syntax and hostile by its meaning (a negative quantity, a path for a reference) is let pass here:
contract and ledger judge it.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.inspect_each import MEGABYTES
from tests.conftest import ROOT, SHARED
from tests.fuzz.shapes import SHAPES, WHOLE

MALICIOUS = SHARED / "corpus" / "malicious"

#: Right by syntax.
VALID = {
    "empty-segments.edi",
    "dup_interchange.edi",
    "qty_comma.edi",
    "qty_neg.edi",
    "ref_traversal.edi",
    "sender_is_receiver.edi",
    "injection_strings.xml",
    "stylesheet_pi.xml",
}

_ORDER = b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2">%s</Order>'
_LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"lol") for n in range(10)
)

#: Our own, which never skip.
OWN: dict[str, bytes] = {
    "una-with-one-character.edi": b"UNA++++++" + WHOLE.encode(),
    "una-cut-off.edi": b"UNA:+",
    "unb-alone.edi": WHOLE[: WHOLE.index("UNH")].encode(),
    "nested-unb.edi": WHOLE.replace("UNS", WHOLE).encode(),
    "bad-utf8.edi": WHOLE.replace("UNOC:3", "UNOY:4").encode().replace(b"+1+9'", b"+\xff\xfe+9'"),
    "control-characters.edi": WHOLE.replace("+1+9'", "+\x1b[2J+9'").encode(),
    "many-components.edi": WHOLE.replace("+1+9'", f"+1{':' * 100_000}X+9'").encode(),
    "number-of-a-megabyte.edi": WHOLE.replace("21:2'", f"21:{'9' * 1_000_000}'").encode(),
    "exponent.edi": WHOLE.replace("21:2'", "21:1e999999999'").encode(),
    "compressed.edi": gzip.compress(WHOLE.encode(), mtime=0),
    "random.edi": SHAPES["garbage"](50_000).encode("latin-1"),
    "empty.edi": b"",
    "blank.edi": b" \r\n" * 1000,
    "laughs.xml": b"<!DOCTYPE Order [%s]>%s" % (_LAUGHS, _ORDER % b"&l9;"),
    "foreign-file.xml": b'<!DOCTYPE Order [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + _ORDER % b"&x;",
    "deep.xml": _ORDER % (b"<a>" * 100_000 + b"</a>" * 100_000),
    "giant-attribute.xml": _ORDER % b'<a b="%s"/>' % (b"x" * 5_000_000),
    "many-attributes.xml": _ORDER % b"<a %s/>" % b" ".join(b'a%d=""' % n for n in range(50_000)),
    "nul.xml": _ORDER % b"<a>\x00</a>",
    "odd-encoding.xml": b'<?xml version="1.0" encoding="utf-7"?>' + _ORDER % b"+ADw-a/+AD4-",
    "cut-off.xml": (_ORDER % b"<a>")[:-9],
    "zip.xml": b"PK\x03\x04" + b"\x00" * 100,
    "page.pdf": b"%PDF-1.7\n1 0 obj",
} | {f"{name.replace(' ', '-')}.edi": shape(100_000).encode("latin-1") for name, shape in SHAPES.items() if name != "many segments"}  # fmt: skip


def inspected(files: list[Path]) -> dict[str, Any]:
    """Exit code, output and memory of `inspect FILE --json` for every file."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.cli.inspect_each", *map(str, files)],
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return {Path(name).name: outcome for name, outcome in found.items()}


def test_hostile_files_of_our_own_get_a_located_verdict(tmp_path: Path) -> None:
    for name, data in OWN.items():
        (tmp_path / name).write_bytes(data)

    outcomes = inspected(sorted(tmp_path.iterdir()))

    assert wrong(outcomes) == {}


@pytest.mark.skipif(not MALICIOUS.is_dir(), reason="the shared corpus is not on this machine")
def test_hostile_files_of_the_corpus_get_a_located_verdict() -> None:
    outcomes = inspected(sorted(path for path in MALICIOUS.rglob("*") if path.is_file()))

    assert wrong(outcomes) == {}


def wrong(outcomes: dict[str, Any]) -> dict[str, str]:
    """What is wrong with which verdict."""
    found = {name: _complaint(name, outcome) for name, outcome in outcomes.items()}
    return {name: complaint for name, complaint in found.items() if complaint}


def _complaint(name: str, outcome: dict[str, Any]) -> str:
    if outcome["exit"] not in ({0} if name in VALID else {1, 2}):
        return f"exit code {outcome['exit']}: {outcome['err'][-2000:]}"
    if "Traceback" in outcome["out"] + outcome["err"]:
        return "a traceback is shown"
    errors = list(_errors(json.loads(outcome["out"])))
    if bool(errors) != (outcome["exit"] != 0):
        return f"{len(errors)} errors with exit code {outcome['exit']}"
    if any(error["segment"] is None and error["offset"] is None for error in errors):
        return "an error has no place"
    if not all(error["text"] and error["remedy"] for error in errors):
        return "an error says neither what it is nor what to do"
    if outcome["megabytes"] > MEGABYTES:
        return f"{outcome['megabytes']} MB"
    return ""


def _errors(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from found["errors"]
    for interchange in found["interchanges"]:
        yield from interchange["errors"]
        for message in interchange["messages"]:
            yield from message["errors"]
