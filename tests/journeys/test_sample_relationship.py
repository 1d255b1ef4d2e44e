"""The sample trading relationship gets exactly the answers it must get, line by line."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from edi_gateway.store.queries import count_states
from tests.conftest import SHARED, Installation, install, use_sftp
from tests.journeys.answers import (
    controls,
    edifact_invoices,
    edifact_responses,
    erp_orders,
    ubl_responses,
)
from tests.sftp_server import SSHD, in_process, openssh

EXPECTED = SHARED / "samples" / "EXPECTED.md"
ORDERS = SHARED / "samples" / "orders"

pytestmark = pytest.mark.skipif(
    not EXPECTED.exists(), reason="the sample trading relationship is not on this machine"
)


@dataclass
class Row:
    """One row of the table of expectations."""

    file: str
    partner: str
    acknowledgement: str
    header: str
    lines: str
    invoice: str
    erp: str
    state: str

    @property
    def order(self) -> str:
        return self.state.split()[1]


def rows() -> list[Row]:
    if not EXPECTED.exists():
        return []
    table = [
        line for line in EXPECTED.read_text("utf-8").splitlines() if re.match(r"\| \d\d-", line)
    ]
    return [Row(*(cell.strip() for cell in line.strip("| ").split("|"))) for line in table]


@pytest.fixture(scope="module", params=["folder", "sftp"])
def worked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """The sample orders, worked through local folders or through a real OpenSSH server."""
    installation = install(tmp_path_factory.mktemp("samples"))
    with ExitStack() as stack:
        if request.param == "sftp":
            start = openssh if SSHD else in_process
            server = stack.enter_context(start(tmp_path_factory.mktemp("sftp")))
            use_sftp(installation, server, ["acme", "nordmarkt"])
        yield work_samples(installation)


def work_samples(installation: Installation) -> Installation:
    for folder in sorted((SHARED / "samples" / "partners").iterdir()):
        installation.import_partner(folder)
    for row in rows():
        installation.drop(row.partner, row.file, (ORDERS / row.file).read_bytes())
    installation.work()
    return installation


def expected_lines(text: str) -> dict[str, tuple[str, Decimal | None, Decimal | None, Decimal]]:
    lines = {}
    for part in text.split("<br>"):
        number, _, said = part.partition(": ")
        cells = [cell.strip() for cell in re.sub(r"\(.*\)", "", said).split(",")]
        if cells[0] == "7":
            lines[number] = ("7", Decimal(0), None, Decimal(1))
            continue
        price, _, per = cells[2].partition("/")
        lines[number] = (cells[0], Decimal(cells[1]), Decimal(price.strip()), Decimal(per or "1"))
    return lines


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.file}-{row.order}")
def test_the_order_response_is_the_expected_one(worked: Installation, row: Row) -> None:
    folder = worked.base / "outbound" / row.partner
    found = [r for r in edifact_responses(folder) + ubl_responses(folder) if r.order == row.order]

    if not row.header.startswith(("29", "4", "27", "AP", "CA", "RE")):
        earlier = [other for other in rows() if other.order == row.order and other.lines != "none"]
        assert bool(found) == bool(earlier)
        return
    assert found[0].header == row.header
    got = {
        number: (
            action,
            quantity,
            price if action != "7" else None,
            per if action != "7" else Decimal(1),
        )
        for number, (action, quantity, price, per) in found[0].lines.items()
    }
    assert got == expected_lines(row.lines)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.file}-{row.order}")
def test_the_invoice_is_the_expected_one(worked: Installation, row: Row) -> None:
    found = [
        b for b in edifact_invoices(worked.base / "outbound" / row.partner) if b.order == row.order
    ]

    if row.invoice == "none":
        first = [other for other in rows() if other.order == row.order and other.invoice != "none"]
        assert len(found) == len(first)
        return
    assert len(found) == 1
    said = dict(re.findall(r"(net|payable) (\d+\.\d\d)", row.invoice))
    vat = {
        Decimal(rate): (Decimal(base), Decimal(tax))
        for rate, base, tax in re.findall(r"VAT ([\d.]+) % of ([\d.]+): ([\d.]+)", row.invoice)
    }
    assert (found[0].net, found[0].payable, found[0].vat) == (
        Decimal(said["net"]),
        Decimal(said["payable"]),
        vat,
    )


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.file}-{row.order}")
def test_the_order_is_handed_to_the_erp_exactly_when_expected(
    worked: Installation, row: Row
) -> None:
    found = [o for o in erp_orders(worked.base / "outbound" / "erp") if o["number"] == row.order]

    handed = any(other.erp == "yes" for other in rows() if other.order == row.order)
    assert len(found) == (1 if handed else 0)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.file}-{row.order}")
def test_the_file_is_acknowledged_as_expected(worked: Installation, row: Row) -> None:
    folder = worked.base / "outbound" / row.partner
    reference = re.search(rb"UNZ\+\d+\+(\d+)", (ORDERS / row.file).read_bytes())

    if reference is None:
        assert len(list(folder.glob("ApplicationResponse*"))) == 1
        return
    said = controls(folder).get(reference[1].decode(), [])
    if row.acknowledgement == "none":
        assert said == []
        return
    wanted = row.acknowledgement.removeprefix("CONTRL ").split(" again")[0]
    expected = wanted.replace(" error", "").split(", ")
    files = {path for path in ORDERS.glob("*.edi") if b"+" + reference[1] in path.read_bytes()}
    assert said == [expected] * len(files)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.file}-{row.order}")
def test_the_message_ends_in_the_expected_state(worked: Installation, row: Row) -> None:
    found = [m for m in worked.messages() if m["file"] == row.file and m["number"] == row.order]

    _, _, verdict = row.state.split(" ", 2)
    state, _, reason = verdict.partition(": ")
    assert [m["state"] for m in found] == [state]
    assert reason in (found[0]["reason"] or "")


def test_the_test_interchange_is_answered_as_a_test(worked: Installation) -> None:
    found = edifact_responses(worked.base / "outbound" / "acme")

    assert [r.order for r in found if r.test] == ["4500013"]


def test_nothing_else_is_found_in_the_files(worked: Installation) -> None:
    with worked.open() as gateway:
        counts = count_states(gateway.place.store)

    assert counts["files"] == {"opened": 17}
    assert counts["messages"] == {"answered": 13, "duplicate": 1, "held": 3, "rejected": 1}


def test_a_second_run_does_nothing_twice(worked: Installation, tmp_path: Path) -> None:
    copy = Installation(tmp_path / "copy")
    shutil.copytree(worked.base, copy.base)
    before = sorted(path.relative_to(copy.base) for path in (copy.base / "outbound").rglob("*"))

    copy.work()

    after = sorted(path.relative_to(copy.base) for path in (copy.base / "outbound").rglob("*"))
    assert after == before
