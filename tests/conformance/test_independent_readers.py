"""
What we send is accepted by readers that are not ours: stock pydifact, mock-edi and ts-edifact.

mock-edi plays the partner: it checks envelopes, trailers, segments and elements against tables of
its own, CONTRL among them. ts-edifact checks the order of segments too, of the messages it has
tables of. Each reader is shown a broken file first, so that its silence means something.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from mockedi import edifact as mock_edifact
from mockedi import validate as mock_validate
from pydifact.segmentcollection import Interchange

from edi_gateway.contract.partner import RELEASES
from edi_gateway.formats.edifact import MAPPINGS, MESSAGE_TYPES
from edi_gateway.formats.edifact.contrl import write_contrl
from edi_gateway.formats.edifact.writer import write_interchange
from edi_gateway.formats.mapping import MappingLibrary
from tests.conformance.orders import ENVELOPE, changed, opened
from tests.conformance.test_error_codes import ELEMENTS, GROUP, INTERCHANGE, MESSAGES, SEGMENTS
from tests.conftest import SAMPLES, install
from tests.documents import EXAMPLES
from tests.orders import interchange
from tests.unit.formats.edifact.test_messages import carried

NODE = Path(__file__).parent / "node"

#: Partners' orders in; one of each kind that is answered otherwise.
ORDERS = [path for path in sorted((SAMPLES / "orders").iterdir()) if path.suffix == ".edi"]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every EDIFACT file the gateway sends for the samples and for some faulty orders."""
    home = install(tmp_path_factory.mktemp("answers"))
    for folder in sorted((SAMPLES / "partners").iterdir()):
        home.import_partner(folder)
    for path in ORDERS:
        home.drop("maisonvert", path.name, path.read_bytes())
    good = interchange(reference="Z1", numbers=["Z-1", "Z-2"], lines=4)
    home.drop("maisonvert", "two.edi", good)
    home.drop("maisonvert", "cut.edi", good.replace(b"Z1", b"Z2").replace(b"Z-", b"Y-")[:-9])
    bad = good.replace(b"Z1", b"Z3").replace(b"Z-", b"X-").replace(b"QTY+21:6", b"QTY+21:six", 1)
    home.drop("maisonvert", "bad.edi", bad)
    home.work()
    return [path for path in home.out("maisonvert") if path.read_bytes()[:3] in {b"UNA", b"UNB"}]


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every message type in every release, as the mappings write an example of each document."""
    folder = tmp_path_factory.mktemp("messages")
    library = MappingLibrary()
    files = []
    for kind, type_ in MESSAGE_TYPES.items():
        for release in RELEASES:
            mapping = library.find(MAPPINGS[type_, release])
            assert mapping is not None
            document = carried(kind, release, EXAMPLES[kind]())
            files.append(folder / f"{type_}_{release}.edi")
            files[-1].write_bytes(write_interchange(ENVELOPE, [(mapping, document)] * 2))
    return files


@pytest.fixture(scope="module")
def acknowledgements(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A CONTRL for every fault of the table of errors, and for none."""
    folder = tmp_path_factory.mktemp("contrl")
    subjects = {
        row.name: row.data for row in (*INTERCHANGE, *GROUP, *MESSAGES, *SEGMENTS, *ELEMENTS)
    }
    subjects["no fault"] = changed("UNH => UNH")
    files = []
    for number, data in enumerate(subjects.values()):
        (subject, *_) = opened(data)
        if subject.answerable:
            files.append(folder / f"{number}.edi")
            files[-1].write_bytes(write_contrl(subject, ENVELOPE))
    return files


def test_the_answers_are_of_every_kind(answers: list[Path]) -> None:
    kinds = {path.name.split("_")[0] for path in answers}

    assert kinds >= {"CONTRL", "ORDRSP", "INVOIC"}


def test_stock_pydifact_reads_every_answer_and_its_trailers_agree(
    answers: list[Path], messages: list[Path], acknowledgements: list[Path]
) -> None:
    for path in (*answers, *messages, *acknowledgements):
        read = Interchange.from_str(path.read_bytes().decode("latin-1"))

        held = len(list(read.get_messages()))
        assert held, path.name
        trailer = path.read_bytes().decode("latin-1").split("'")[-2].split("+")
        assert trailer == ["UNZ", str(held), read.control_reference], path.name


def objections(path: Path) -> list[str]:
    """What mock-edi says about a file."""
    report = mock_validate.validate(mock_edifact.parse(path.read_bytes().decode("latin-1")))
    found = [str(error) for error in (*report.envelope_errors, *report.interchange_findings)]
    for message in report.messages:
        # 1: a message type it has no table of; 5: only that something is wrong with a segment.
        found += [note for code, note in message.set_errors if code not in {"1", "5"}]
        found += [
            f"{finding.tag}: {finding.note} {finding.elements}"
            for finding in message.segments
            if not _beyond_mock(message.code, finding)
        ]
    return found


def _beyond_mock(message: str, finding: mock_validate.SegmentFinding) -> bool:
    """
    Whether it is the tables of mock-edi that fall short.

    They list few codes, one release, and of business messages only the segments it uses itself;
    of CONTRL they are complete but for functional groups.
    """
    if finding.elements:
        notes = [element.note for element in finding.elements]
        return all("is not a code" in note or "the dictionary defines" in note for note in notes)
    beyond = ("is not a segment this transaction set defines", "but not at this point")
    if message == "CONTRL":
        return finding.note.startswith("UCF is not a segment")
    return any(words in finding.note for words in beyond)


def test_mock_edi_accepts_every_answer(
    answers: list[Path], messages: list[Path], acknowledgements: list[Path]
) -> None:
    files = (*answers, *messages, *acknowledgements)

    found = {path.name: objections(path) for path in files}

    assert {name: said for name, said in found.items() if said} == {}


def test_mock_edi_objects_to_a_broken_acknowledgement(acknowledgements: list[Path]) -> None:
    broken = acknowledgements[0].with_suffix(".broken")
    broken.write_bytes(acknowledgements[0].read_bytes().replace(b"UCI+", b"UCX+"))

    assert objections(broken)


WITH_NODE = pytest.mark.skipif(
    shutil.which("node") is None or not (NODE / "node_modules" / "ts-edifact").is_dir(),
    reason="ts-edifact is not installed: tools/install-test-servers does it where npm is",
)


def by_ts_edifact(files: Sequence[Path]) -> dict[str, tuple[str, str]]:
    """How deep ts-edifact read each file, and its objection."""
    done = subprocess.run(
        ["node", "read.js"],
        input=json.dumps([str(path) for path in files]),
        capture_output=True,
        check=True,
        text=True,
        cwd=NODE,
    )
    read = json.loads(done.stdout.splitlines()[-1])
    return {Path(name).name: (depth, said) for name, (depth, said) in read.items()}


@WITH_NODE
def test_ts_edifact_accepts_every_answer(
    answers: list[Path], messages: list[Path], acknowledgements: list[Path]
) -> None:
    # It knows no UTF-8 (UNOW, UNOY).
    known = [
        path
        for path in acknowledgements
        if b"UNO" in (data := path.read_bytes()) and not (b"UNOY" in data or b"UNOW" in data)
    ]

    read = by_ts_edifact([*answers, *messages, *known])

    assert {name: said for name, (_, said) in read.items() if said} == {}
    depths = {depth for name, (depth, _) in read.items() if name.startswith("INVOIC")}
    assert depths == {"structure"}


@WITH_NODE
def test_ts_edifact_objects_to_a_broken_invoice(answers: list[Path]) -> None:
    invoice = next(path for path in answers if path.name.startswith("INVOIC"))
    broken = invoice.with_suffix(".broken")
    segments = invoice.read_bytes().split(b"'")
    broken.write_bytes(b"'".join(s for s in segments if not s.startswith(b"BGM")))

    ((depth, said),) = by_ts_edifact([broken]).values()

    assert depth == "structure"
    assert "BGM" in said
