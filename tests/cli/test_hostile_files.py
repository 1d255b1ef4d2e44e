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

#: What is not as it should be yet, and why.
MISSING = {
    "release_at_eof.edi": "what stands behind the last UNZ is found, and not shown",
}


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


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("hostile")
    for name, data in OWN.items():
        (folder / name).write_bytes(data)
    return inspected(sorted(folder.iterdir()))


@pytest.fixture(scope="module")
def malicious() -> dict[str, Any]:
    return inspected(_malicious())


def _malicious() -> list[Path]:
    return sorted(path for path in MALICIOUS.rglob("*") if path.is_file())


def _params(names: list[str]) -> list[object]:
    return [
        pytest.param(
            name,
            marks=[pytest.mark.xfail(strict=True, reason=MISSING[name])] if name in MISSING else [],
        )
        for name in names
    ]


@pytest.mark.parametrize("name", _params(sorted(OWN)))
def test_a_hostile_file_of_our_own_gets_a_located_verdict(own: dict[str, Any], name: str) -> None:
    outcome = own[name]

    assert outcome["exit"] in ({0} if name in VALID else {1, 2})
    check(outcome)


@pytest.mark.skipif(not MALICIOUS.is_dir(), reason="the shared corpus is not on this machine")
@pytest.mark.parametrize("name", _params([path.name for path in _malicious()]))
def test_a_hostile_file_of_the_corpus_gets_a_located_verdict(
    malicious: dict[str, Any], name: str
) -> None:
    outcome = malicious[name]

    assert outcome["exit"] in ({0} if name in VALID else {1, 2})
    check(outcome)


def check(outcome: dict[str, Any]) -> None:
    """A verdict in JSON, every error with its place; no traceback; no more memory than allowed."""
    assert "Traceback" not in outcome["out"] + outcome["err"]
    errors = list(_errors(json.loads(outcome["out"])))
    assert bool(errors) == (outcome["exit"] != 0)
    for error in errors:
        assert error["segment"] is not None or error["offset"] is not None, error
        assert error["text"]
        assert error["remedy"]
    assert outcome["megabytes"] <= MEGABYTES


def _errors(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from found["errors"]
    for interchange in found["interchanges"]:
        yield from interchange["errors"]
        for message in interchange["messages"]:
            yield from message["errors"]
