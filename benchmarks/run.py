"""
Speed of the whole job beside stock pydifact, measured in the same run on the same machine.

    .venv/bin/python benchmarks/run.py [--orders 1000] [--rounds 3] [--big 100] [--write]

Each case is its own process; cases run in turn, round after round; the table shows medians and the
range. `--write` puts the table into docs/performance.md with the machine's description.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CASES = {
    "stock pydifact: parse one file": ("cases.py", "pydifact-one"),
    "stock pydifact: parse a file each": ("cases.py", "pydifact-each"),
    "gateway: open and read one file": ("cases.py", "read-one"),
    "gateway: whole job, one file": ("cases.py", "job-one"),
    "gateway: whole job, a file each, folder": ("cases.py", "job-each"),
    "gateway: whole job, a file each, SFTP": ("cases.py", "job-sftp"),
}


def main() -> None:
    """Run every case in every round and print the table."""
    arguments = parse()
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in CASES}
    for round_ in range(arguments.rounds):
        for name, (script, case) in CASES.items():
            figures[name].append(run(script, case, arguments.orders))
            print(f"round {round_ + 1}: {name}: {figures[name][-1]['orders_s']:.0f} orders/s")
    lines = table(figures)
    if arguments.big:
        big = run("cases.py", "job-big", arguments.big)
        lines.append("")
        lines.append(
            f"Whole job on one interchange of {big['megabytes']:.0f} MB ({big['orders']:.0f} orders "
            f"of 10 lines): peak memory {big['rss_mb']:.0f} MB, {big['orders_s']:.0f} orders/s, "
            f"{big['seconds']:.0f} s."
        )
    print("\n".join(lines))
    if arguments.write:
        write(lines)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--big", type=int, default=100, help="megabytes; 0 leaves it out")
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


def run(script: str, case: str, size: int) -> dict[str, float]:
    """Run one case in a process of its own."""
    command = [sys.executable, str(ROOT / "benchmarks" / script), case, str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def table(figures: dict[str, list[dict[str, float]]]) -> list[str]:
    """Median and range of each case; ratios against pydifact's parse of the same round."""
    base = figures["stock pydifact: parse one file"]
    lines = [
        "| case | orders/s, median [min..max] | ratio to pydifact's parse | peak MB |",
        "|---|---|---|---|",
    ]
    for name, rounds in figures.items():
        speed = [figure["orders_s"] for figure in rounds]
        ratio = statistics.median(
            a["orders_s"] / b["orders_s"] for a, b in zip(rounds, base, strict=True)
        )
        memory = max(figure["rss_mb"] for figure in rounds)
        lines.append(
            f"| {name} | {statistics.median(speed):.0f} [{min(speed):.0f}..{max(speed):.0f}] "
            f"| {ratio:.2f}x | {memory:.0f} |"
        )
    return lines


def write(lines: list[str]) -> None:
    """Put the table into docs/performance.md."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    head = [
        "# Performance",
        "",
        "Made by `make bench`. Orders of 10 lines; the whole job is taking in, checking, deciding, "
        "CONTRL, ORDRSP, INVOIC and ERP files delivered, SQLite with `synchronous=FULL`. Ratios "
        "compare cases of the same round; absolute figures depend on the machine.",
        "",
        f"Machine: {os.cpu_count()} x {model}, Linux {platform.release()}, "
        f"Python {platform.python_version()}.",
        "",
    ]
    (ROOT / "docs" / "performance.md").write_text("\n".join(head + lines) + "\n")


if __name__ == "__main__":
    main()
