"""
Measure the SFTP connector over loopback: `.venv/bin/python tests/connectors/measure.py [orders]`.

An order is one file fetched, read and settled, and three answers sent, in groups of 100. Not a
test: figures depend on the machine, so compare them only within one run.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import sftp_server

from edi_gateway.connectors import SftpConnector

_GROUP = 100
_CONTENT = b"LIN+1++4000000000001:EN'" * 70


def _report(what: str, count: int, started: float) -> None:
    seconds = time.perf_counter() - started
    sys.stdout.write(f"{what:<44} {count / seconds:8.0f} /s   ({count} in {seconds:.2f} s)\n")


def _fill(inbound: Path, count: int) -> None:
    for number in range(count):
        (inbound / f"order-{number:06}.edi").write_bytes(_CONTENT)


def _groups(files: list) -> list[list]:
    return [files[start : start + _GROUP] for start in range(0, len(files), _GROUP)]


def _one_by_one(connector: SftpConnector, count: int) -> None:
    list(connector.fetch())
    started = time.perf_counter()
    for file in connector.fetch():
        connector.open(file).read()
        connector.settle(file)
    _report("fetch, read, settle one by one", count, started)
    started = time.perf_counter()
    for number in range(count):
        connector.send("acme", f"single-{number}.edi", _CONTENT)
    _report("send one by one", count, started)


def _in_groups(connector: SftpConnector, count: int) -> None:
    list(connector.fetch())
    started = time.perf_counter()
    files = []
    for file in connector.fetch():
        connector.open(file).read()
        files.append(file)
        if len(files) == _GROUP:
            connector.settle_many(files)
            files = []
    connector.settle_many(files)
    _report("fetch, read, settle_many", count, started)
    answers = [(f"many-{number}.edi", _CONTENT) for number in range(3 * count)]
    started = time.perf_counter()
    for group in _groups(answers):
        connector.send_many("acme", group)
    _report("send_many", len(answers), started)


def _orders(connector: SftpConnector, count: int) -> None:
    list(connector.fetch())
    started = time.perf_counter()
    files = list(connector.fetch())
    for group in _groups(files):
        for file in group:
            connector.open(file).read()
        connector.settle_many(group)
        names = [f"{kind}-{f.name.decode()}" for f in group for kind in ("CONTRL", "ORDRSP", "INV")]
        connector.send_many("acme", [(name, _CONTENT) for name in names])
    _report("whole orders (1 in, 3 out)", count, started)


def main(count: int) -> None:
    """Run the three ways and print files or orders a second."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("in", "out", "done", "server"):
            (root / name).mkdir()
        with sftp_server.openssh(root / "server") as server:
            for way in (_one_by_one, _in_groups, _orders):
                _fill(root / "in", count)
                connector = SftpConnector(
                    "measure",
                    partner="acme",
                    inbound=str(root / "in"),
                    outbound=str(root / "out"),
                    done=str(root / "done"),
                    settle_seconds=0,
                    **server.login,
                )
                way(connector, count)
                connector.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
