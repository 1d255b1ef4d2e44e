"""
What hostile shapes cost: time that grows no faster than the file, memory that does not grow with it.

    .venv/bin/python benchmarks/hostile.py [--megabytes 8] [--rounds 3] [--limit 120] [SHAPE ...]

Each shape is opened at half the size and at the size, every time in a process of its own; the work
is counted in instructions where `perf` can count them here, else in CPU seconds. By the clock one
opening of a tenth of a second tells more of the machine than of the work, so the process opens the
file again and again for a second: the best tenth of it counts, and of the rounds the median.

A shape fails when twice the size takes more than 2.3 times the work, when one opening takes more
CPU seconds than `--limit`, or when its process holds more than 512 MB.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.fuzz.shapes import SHAPES  # noqa: E402  (the repository's own shapes)

#: CPU seconds of openings that one figure is taken from, where the clock tells.
LEAST_SECONDS = 1.0
#: What is done this soon is too little to compare, however often it is done.
TOO_SHORT = 0.005
#: Twice the size may take this many times the work: 2, and what start and end of a file cost.
LINEAR = 2.3
MOST_MEGABYTES = 512
PERF = ["perf", "stat", "-x,", "-e", "instructions:u", "--"]

Figures = dict[str, float]


def main() -> int:
    """Measure every shape and print one line for each."""
    arguments = parse()
    if arguments.child:
        print(json.dumps(opened(Path(arguments.child), arguments.limit, arguments.least)))
        return 0
    unit = "instructions" if counts_instructions() else "CPU seconds"
    half = arguments.megabytes * 500_000
    print(f"| shape | {unit}: {half / 1e6:g} MB | {half / 5e5:g} MB | ratio | MB/s | peak MB |")
    print("|---|---|---|---|---|---|")
    failed = [
        name
        for name in arguments.shapes or SHAPES
        if not show(name, half, arguments.rounds, arguments.limit)
    ]
    print(f"not so: {', '.join(failed)}" if failed else "every shape is linear and bounded")
    return 1 if failed else 0


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=", ".join(SHAPES))
    parser.add_argument("--megabytes", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=120, help="CPU seconds for one opening")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--least", type=float, default=0.0, help=argparse.SUPPRESS)
    return parser.parse_args()


def show(name: str, half: int, rounds: int, limit: int) -> bool:
    """Print the line of a shape; whether it is linear and bounded."""
    empty = measure(name, 0, rounds, limit)
    one, two = (measure(name, size, rounds, limit) for size in (half, 2 * half))
    if empty is None or one is None or two is None:
        print(f"| {name} | more than {limit} CPU seconds | | | | |", flush=True)
        return False
    work = [figures["work"] - empty["work"] for figures in (one, two)]
    ratio = work[1] / max(work[0], 1e-9)
    comparable = counts_instructions() or work[1] > TOO_SHORT
    shown = f"{ratio:.2f}" if comparable else "-"
    speed = 2 * half / 1e6 / max(two["seconds"], 1e-9)
    print(
        f"| {name} | {work[0]:.3g} | {work[1]:.3g} | {shown} | {speed:.1f} | {two['rss_mb']:.0f} |",
        flush=True,
    )
    return (ratio <= LINEAR or not comparable) and two["rss_mb"] <= MOST_MEGABYTES


def measure(name: str, size: int, rounds: int, limit: int) -> Figures | None:
    """Medians of the rounds; None when one of them took too long."""
    found: list[Figures] = []
    with tempfile.NamedTemporaryFile() as file:
        file.write(SHAPES[name](size).encode("latin-1"))
        file.flush()
        for _ in range(1 if counts_instructions() else rounds):
            figures = run(file.name, limit)
            if figures is None:
                return None
            found.append(figures)
    return {key: statistics.median(figures[key] for figures in found) for key in found[0]}


def run(file: str, limit: int) -> Figures | None:
    """One opening in a process of its own."""
    child = [sys.executable, __file__, "--child", file, "--limit", str(limit)]
    by_clock = [*child, "--least", str(LEAST_SECONDS)]
    command = [*PERF, *child] if counts_instructions() else by_clock
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        if done.returncode == -9 or "CPU time" in done.stderr:
            return None
        raise SystemExit(done.stderr)
    figures: Figures = json.loads(done.stdout)
    figures["work"] = figures["seconds"]
    if counts_instructions():
        figures["work"] = float(done.stderr.strip().splitlines()[-1].split(",")[0])
    return figures


def opened(path: Path, limit: int, least: float) -> Figures:
    """Open a file in this process until it has taken `least` CPU seconds, but at least once."""
    from edi_gateway.formats.edifact import EdifactFormat
    from edi_gateway.formats.interchange import Limits
    from edi_gateway.formats.mapping import MappingLibrary

    library = MappingLibrary()
    resource.setrlimit(resource.RLIMIT_CPU, (limit + int(time.process_time() + least) + 2,) * 2)
    taken: list[float] = []
    total = 0.0
    while not taken or total < least:
        begin, spent, count = time.process_time(), 0.0, 0
        while not count or spent < least / 10:
            with path.open("rb") as file:
                for _ in EdifactFormat().open(
                    file, limits=Limits(), library=library, partner_of=lambda *_: None
                ):
                    pass
            count += 1
            spent = time.process_time() - begin
        taken.append(spent / count)
        total += spent
    return {"seconds": min(taken), "rss_mb": memory()}


def memory() -> float:
    """The most memory this process has held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def counts_instructions() -> bool:
    """Whether `perf` is here, and this machine lets it count."""
    global _counts
    if _counts is None:
        _counts = False
        if shutil.which("perf"):
            done = subprocess.run([*PERF, "true"], check=False, capture_output=True, text=True)
            _counts = done.returncode == 0 and done.stderr.strip().split(",")[0].isdigit()
    return _counts


_counts: bool | None = None

if __name__ == "__main__":
    sys.exit(main())
