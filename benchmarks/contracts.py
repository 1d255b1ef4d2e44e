"""
A customer's whole price list: how long it takes to import, and what deciding by it costs.

A small list and one of 200 000 articles with 1 000 000 prices, each in processes of its own: one
imports the package, another starts as a service would and decides.
"""

from __future__ import annotations

import compileall
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.cases import install_folder, on_disk  # noqa: E402
from benchmarks.data import orders, write_package  # noqa: E402

SMALL, LARGE = 2_000, 200_000

#: Where it is set, Python keeps no compiled modules, and every start compiles all of them again.
_UNCOMPILED = "PYTHONDONTWRITEBYTECODE"


def compare(count: int) -> dict[str, dict[str, float]]:
    """The figures of both lists, with orders of 10 lines."""
    # As an installation has it: `pip install` compiles what it unpacks.
    compileall.compile_dir(ROOT / "edi_gateway", quiet=1)
    return {str(articles): measure(articles, count) for articles in (SMALL, LARGE)}


def measure(articles: int, count: int) -> dict[str, float]:
    """Import a list in one process, and decide by it in another."""
    base = Path(tempfile.mkdtemp(prefix="contracts-", dir=on_disk()))
    try:
        home, config, _ = install_folder(base)
        write_package(base / "package", articles)
        imported = _run("import", config, base / "package")
        (home / "first.edi").write_bytes(b"".join(orders(1, articles=articles)))
        more = base / "more.edi"
        more.write_bytes(b"".join(orders(count, articles=articles, first=2)))
        return {**imported, **_run("decide", config, home, more, count)}
    finally:
        shutil.rmtree(base, ignore_errors=True)


def import_it(config: Path, folder: Path) -> dict[str, float]:
    """Import as `partner import` does."""
    from edi_gateway.config import load_settings
    from edi_gateway.operations import import_folder

    start = time.perf_counter()
    done = import_folder(load_settings(config), folder)
    return {
        "articles": done["articles"],
        "prices": done["prices"],
        "import_s": time.perf_counter() - start,
        "import_cpu_s": time.process_time(),
        "import_rss_mb": _peak(),
    }


def decide(config: Path, home: Path, more: Path, count: int) -> dict[str, float]:
    """Start, decide the order that waits, then many more."""
    start = time.perf_counter()
    from edi_gateway.config import load_settings
    from edi_gateway.gateway import open_gateway
    from edi_gateway.logs import set_up_logs
    from edi_gateway.runner import keep_start_up

    set_up_logs("error", as_json=True)
    with open_gateway(load_settings(config)) as gateway:
        keep_start_up()
        while not gateway.runner.run_pass().sent:
            pass  # A file is taken when it did not change between two looks.
        first, first_cpu = time.perf_counter() - start, time.process_time()
        _count_answered(config.parent, 1)
        more.rename(home / more.name)
        start = time.perf_counter()
        gateway.runner.run_until_idle(0)
        seconds, cpu = time.perf_counter() - start, time.process_time() - first_cpu
    _count_answered(config.parent, count + 1)
    return {
        "first_s": first,
        "first_cpu_s": first_cpu,
        "orders_s": count / seconds,
        "orders_cpu_s": count / cpu,
        "service_rss_mb": _peak(),
    }


def section(figures: dict[str, dict[str, float]]) -> list[str]:
    """The figures side by side, as a section of docs/performance.md."""
    lines = [
        "## Large price lists",
        "",
        "Each list is imported in one process; another starts, decides one order that waits, then "
        "many more in one file, each of 10 lines with articles drawn from the whole list. Seconds "
        "by wall clock (and of CPU time); the start includes the interpreter's own.",
        "",
        "| articles | prices | import | peak MB of the import | first order after a start "
        "| orders/s | peak MB of the service |",
        "|---|---|---|---|---|---|---|",
    ]
    for found in figures.values():
        lines.append(
            f"| {found['articles']:.0f} | {found['prices']:.0f} "
            f"| {found['import_s']:.1f} s ({found['import_cpu_s']:.1f} s) "
            f"| {found['import_rss_mb']:.0f} "
            f"| {found['first_s']:.2f} s ({found['first_cpu_s']:.2f} s) "
            f"| {found['orders_s']:.0f} ({found['orders_cpu_s']:.0f} a CPU second) "
            f"| {found['service_rss_mb']:.0f} |"
        )
    return lines


def _count_answered(base: Path, wanted: int) -> None:
    answered = len(list((base / "outbound" / "erp").glob("order*.json")))
    if answered != wanted:
        raise SystemExit(f"{answered} of {wanted} orders were handed over")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _run(case: str, *arguments: object) -> dict[str, float]:
    command = [sys.executable, __file__, case, *map(str, arguments)]
    compiled = {name: value for name, value in os.environ.items() if name != _UNCOMPILED}
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=compiled
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    case, *rest = sys.argv[1:] or ["table", "1000"]
    if case == "import":
        figures: object = import_it(Path(rest[0]), Path(rest[1]))
    elif case == "decide":
        figures = decide(Path(rest[0]), Path(rest[1]), Path(rest[2]), int(rest[3]))
    elif case == "table":
        print("\n".join(section(compare(int(rest[0])))))
        return
    else:
        figures = compare(int(rest[0]))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
