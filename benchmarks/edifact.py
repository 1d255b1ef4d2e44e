"""
EDIFACT beside stock pydifact: tokens, reading, writing; one case in this process, as JSON.

The interchange is of one customer with a catalogue of 2 000 articles: 10 lines an order, 7 segments
a line, quantities and amounts as they come. `benchmarks/run.py` runs the cases in turn.
"""

from __future__ import annotations

import io
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from edi_gateway.documents import Document, gs1_check_digit  # noqa: E402
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
ARTICLES = 2000
NAMES = ("BOULON", "ECROU", "JOINT", "CABLE", "VIS")


def orders(count: int) -> Iterator[bytes]:
    """The interchange, message by message: about 1.6 kB and 73 segments each."""
    chance = random.Random(7)  # noqa: S311  (data, no secret)
    catalogue = [article(number, chance) for number in range(ARTICLES)]
    head = "UNB+UNOC:3+3019999000011:14+4012345500004:14+261116:0815+B1++ORDERS++1+EANCOM"
    yield f"UNA:+.? '\n{head}'\n".encode()
    for position in range(1, count + 1):
        segments = list(message(position, catalogue, chance))
        text = "'\n".join([*segments, f"UNT+{len(segments) + 1}+{position}"])
        yield f"{text}'\n".encode()
    yield f"UNZ+{count}+B1'\n".encode()


def article(number: int, chance: random.Random) -> tuple[str, str, str, str]:
    """GTIN, buyer's code, price and description."""
    gtin = f"376999{number:06d}"
    price = f"{chance.randint(1, 900)}.{chance.randint(0, 99):02d}"
    name = f"{chance.choice(NAMES)} {number} MM"
    return gtin + gs1_check_digit(gtin), f"MV-{number:05d}", price, name


def message(
    position: int, catalogue: list[tuple[str, str, str, str]], chance: random.Random
) -> Iterator[str]:
    """One order without its UNT."""
    yield f"UNH+{position}+ORDERS:D:96A:UN:EAN008"
    yield f"BGM+220+B-{position:07d}+9"
    yield "DTM+137:20261116:102"
    yield f"DTM+2:202611{chance.randint(17, 28)}:102"
    yield "RFF+CT:MV-2026"
    yield "NAD+BY+3019999000011::9"
    yield "NAD+SU+4012345500004::9"
    yield f"NAD+DP+301999900{chance.randint(1000, 1020)}::9"
    yield "CUX+2:EUR:9"
    for line in range(1, 11):
        gtin, code, price, name = chance.choice(catalogue)
        quantity = chance.randint(1, 400)
        yield f"LIN+{line}++{gtin}:EN"
        yield f"PIA+1+{code}:IN"
        yield f"IMD+F++:::{name}"
        yield f"QTY+21:{quantity}"
        yield f"MOA+203:{float(price) * quantity:.2f}"
        yield f"PRI+AAA:{price}:CT:NTP:1:PCE"
    yield "UNS+S"
    yield "MOA+86:1000.00"
    yield "CNT+2:10"


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
