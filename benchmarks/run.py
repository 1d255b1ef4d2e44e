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
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.contracts import section as contracts_section  # noqa: E402

#: The whole job, by wall clock: against stock pydifact, which merely parses the file.
JOB = {
    "stock pydifact: parse one file": ("cases.py", "pydifact-one"),
    "stock pydifact: parse a file each": ("cases.py", "pydifact-each"),
    "gateway: whole job, one file": ("cases.py", "job-one"),
    "gateway: whole job, a file each, folder": ("cases.py", "job-each"),
    "gateway: whole job, a file each, SFTP": ("cases.py", "job-sftp"),
}
#: EDIFACT alone, by CPU time of one process.
READING = {
    "stock pydifact: parse": ("edifact.py", "pydifact-parse"),
    "gateway: tokens (segments and elements)": ("edifact.py", "tokens"),
    "gateway: check the whole structure, read canonical orders": ("edifact.py", "read"),
}
WRITING = {
    "stock pydifact: serialize": ("edifact.py", "pydifact-write"),
    "gateway: write canonical orders": ("edifact.py", "write"),
}

Cases = dict[str, tuple[str, str]]


def main() -> None:
    """Run every case in every round and print the tables."""
    arguments = parse()
    lines: list[str] = []
    for title, cases in (
        ("## The whole job", JOB),
        ("## Reading EDIFACT", READING),
        ("## Writing EDIFACT", WRITING),
    ):
        lines += [title, "", *table(measured(cases, arguments)), ""]
    lines += ["## Deciding", "", deciding(arguments.orders), ""]
    lines += [*contracts(arguments.orders), ""]
    if arguments.big:
        lines += ["## Memory", "", *big(arguments.big)]
    lines += ["## Hostile files", "", *hostile()]
    shutil.rmtree(ROOT / "build" / "bench", ignore_errors=True)
    print("\n".join(lines))
    if arguments.write:
        write(lines)


def measured(cases: Cases, arguments: argparse.Namespace) -> dict[str, list[dict[str, float]]]:
    """The figures of each case in each round; the cases take turns."""
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in cases}
    for round_ in range(arguments.rounds):
        for name, (script, case) in cases.items():
            figures[name].append(run(script, case, arguments.orders))
            print(f"round {round_ + 1}: {name}: {figures[name][-1]['orders_s']:.0f} orders/s")
    return figures


def deciding(count: int) -> str:
    """What deciding an order costs beyond bare arithmetic."""
    found = run("deciding.py", "decide", count)
    return (
        f"Deciding an order of 10 lines takes {found['decide_us']:.0f} us; pricing the same lines "
        f"from a dictionary takes {found['dictionary_us']:.0f} us. Holding it against the contract "
        f"costs {found['beyond_us']:.0f} us."
    )


def contracts(count: int) -> list[str]:
    """What a list of 1 000 000 prices costs, beside a small one."""
    figures = run("contracts.py", "compare", count)
    return contracts_section(figures)


def big(megabytes: int) -> list[str]:
    """Peak memory on one large interchange: read alone, and the whole job."""
    shown = []
    for what, script, case in (
        ("Opened, checked and read", "edifact.py", "read-big"),
        ("Whole job", "cases.py", "job-big"),
    ):
        found = run(script, case, megabytes)
        shown.append(
            f"{what}, one interchange of {found['megabytes']:.0f} MB: peak memory "
            f"{found['rss_mb']:.0f} MB, {found['orders_s']:.0f} orders/s.\n"
        )
    return shown


def hostile() -> list[str]:
    """What files cost that were made to cost much."""
    command = [sys.executable, str(ROOT / "benchmarks" / "hostile.py")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    *rows, verdict = done.stdout.splitlines()
    return [
        "Each shape is opened at half the size and at the size, in processes of their own. What is "
        "refused at once, as more than 65 536 characters without an end, is too little to compare.",
        "",
        *rows,
        "",
        f"{verdict[0].upper()}{verdict[1:]}.",
    ]


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--big", type=int, default=100, help="megabytes; 0 leaves it out")
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


def run(script: str, case: str, size: int) -> dict[str, Any]:
    """Run one case in a process of its own."""
    command = [sys.executable, str(ROOT / "benchmarks" / script), case, str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def table(figures: dict[str, list[dict[str, float]]]) -> list[str]:
    """Median and range of each case; ratios against the first case in the same round."""
    base = next(iter(figures.values()))
    lines = [
        "| case | orders/s, median [min..max] | ratio to the first | peak MB |",
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
        "Made by `make bench`. Orders of 10 lines and 73 segments, from a catalogue of 2 000 "
        "articles. The whole job is taking in, checking, deciding, and delivering CONTRL, ORDRSP, "
        "INVOIC and a file for the ERP for each order, SQLite with `synchronous=FULL`, by wall "
        "clock; the others are CPU time. Ratios compare cases of the same round; absolute figures "
        "depend on the machine.",
        "",
        f"Machine: {os.cpu_count()} x {model}, Linux {platform.release()}, "
        f"Python {platform.python_version()}.",
        "",
    ]
    (ROOT / "docs" / "performance.md").write_text("\n".join(head + lines) + "\n")


if __name__ == "__main__":
    main()
