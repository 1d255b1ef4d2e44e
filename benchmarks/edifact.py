"""
EDIFACT beside stock pydifact: tokens, reading, writing; one case in this process, as JSON.

`benchmarks/run.py` runs the cases in turn; the orders are those of `benchmarks/data.py`.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.data import orders  # noqa: E402
from edi_gateway.documents import Document  # noqa: E402
from edi_gateway.formats.edifact import EdifactFormat  # noqa: E402
from edi_gateway.formats.edifact.tokens import (  # noqa: E402
    DEFAULT,
    split_elements,
    split_segments,
)
from edi_gateway.formats.edifact.writer import Envelope, write_interchange  # noqa: E402
from edi_gateway.formats.interchange import Limits  # noqa: E402
from edi_gateway.formats.mapping import MappingLibrary  # noqa: E402

LIBRARY, FORMAT = MappingLibrary(), EdifactFormat()


def timed(count: int, work: Callable[[], object]) -> dict[str, float]:
    """The best of three runs: what the machine does besides is no part of it."""
    best = min(_seconds(work) for _ in range(3))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": best, "orders_s": count / best, "rss_mb": memory}


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def pydifact_parse(count: int) -> dict[str, float]:
    from pydifact.parser import Parser

    text = b"".join(orders(count)).decode("latin-1")
    return timed(count, lambda: sum(1 for _ in Parser().parse(text)))


def tokens(count: int) -> dict[str, float]:
    text = b"".join(orders(count))[9:].decode("latin-1")

    def work() -> None:
        for raw in split_segments(text, DEFAULT)[0]:
            split_elements(raw.lstrip(), DEFAULT)

    return timed(count, work)


def read(count: int) -> dict[str, float]:
    data = b"".join(orders(count))
    return timed(count, lambda: sum(1 for _ in documents(io.BytesIO(data), data)))


def documents(file: io.BufferedIOBase, data: bytes | None = None) -> Iterator[Document]:
    """Open an interchange with its whole structure checked, and read every order."""
    opened = FORMAT.open(
        file, limits=Limits(), library=LIBRARY, partner_of=lambda _sender, _qualifier: None
    )
    for interchange in opened:
        for found in interchange.messages:
            if data is None:
                file.seek(found.offset)
                part = file.read(found.length)
            else:
                part = data[found.offset : found.offset + found.length]
            held = FORMAT.read(part, interchange, found, library=LIBRARY, partner=None)
            if found.faults or held.document is None:
                raise SystemExit(f"message {found.reference} was not read")
            yield held.document


def pydifact_write(count: int) -> dict[str, float]:
    from pydifact.parser import Parser
    from pydifact.serializer import Serializer

    text = b"".join(orders(count))[9:].decode("latin-1").lstrip()
    segments = list(Parser().parse(text))
    return timed(count, lambda: Serializer().serialize(segments))


def write(count: int) -> dict[str, float]:
    data = b"".join(orders(count))
    mapping = LIBRARY.find("edifact/orders-d96a")
    if mapping is None:
        raise SystemExit("the mapping of ORDERS is missing")
    messages = [(mapping, document) for document in documents(io.BytesIO(data), data)]
    envelope = Envelope(
        sender="3019999000011",
        sender_qualifier="14",
        recipient="4012345500004",
        recipient_qualifier="14",
        reference="1",
        created=datetime.now(UTC),
    )
    return timed(count, lambda: write_interchange(envelope, messages))


def read_big(megabytes: int) -> dict[str, float]:
    """Peak memory of opening and reading a file of this size, streamed from the disk."""
    import tempfile

    one = sum(len(part) for part in orders(100)) / 100
    count = int(megabytes * 1_000_000 / one)
    with tempfile.TemporaryFile() as file:
        for part in orders(count):
            file.write(part)
        size = file.tell() / 1e6
        file.seek(0)
        start = time.process_time()
        with open(file.fileno(), "rb", closefd=False) as stream:
            total = sum(1 for _ in documents(stream))
        seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "orders_s": total / seconds, "rss_mb": memory, "megabytes": size}


CASES: dict[str, Callable[[int], dict[str, float]]] = {
    "pydifact-parse": pydifact_parse,
    "tokens": tokens,
    "read": read,
    "pydifact-write": pydifact_write,
    "write": write,
    "read-big": read_big,
}


def main() -> None:
    print(json.dumps(CASES[sys.argv[1]](int(sys.argv[2]))))


if __name__ == "__main__":
    main()
