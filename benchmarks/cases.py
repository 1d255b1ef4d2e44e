"""One case of the benchmark in this process; prints its figures as JSON."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.data import order_files, orders, package  # noqa: E402


def timed(count: int, work: Callable[[], object], **more: float) -> dict[str, float]:
    """Time the work."""
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "orders_s": count / seconds, "rss_mb": memory, **more}


def pydifact_one(count: int) -> dict[str, float]:
    from pydifact.parser import Parser

    text = b"".join(orders(count)).decode("latin-1")
    return timed(count, lambda: [None for _ in Parser().parse(text)])


def pydifact_each(count: int) -> dict[str, float]:
    from pydifact.parser import Parser

    texts = [data.decode("latin-1") for data in order_files(count)]
    return timed(count, lambda: [list(Parser().parse(text)) for text in texts])


def job(count: int, files: list[bytes], *, sftp: bool = False) -> dict[str, float]:
    """
    The whole job in an empty installation, from waiting files to delivered answers.

    What it leaves is cleared by `run.py`, at the end: for minutes after files were deleted, ext4
    makes each new one much dearer, and the next case would pay for it.
    """
    from edi_gateway.config import load_settings
    from edi_gateway.exchange.packages.onboarding import import_package
    from edi_gateway.gateway import open_gateway
    from edi_gateway.logs import set_up_logs
    from edi_gateway.runner import keep_start_up

    set_up_logs("error", as_json=True)
    base = Path(tempfile.mkdtemp(prefix="bench-", dir=on_disk()))
    home, config, end = install_sftp(base) if sftp else install_folder(base)
    with open_gateway(load_settings(config)) as gateway:
        import_package(gateway.place, package(), origin="", who="bench")
        for number, data in enumerate(files):
            (home / f"order{number:06d}.edi").write_bytes(data)
        keep_start_up()
        figures = timed(count, lambda: gateway.runner.run_until_idle(0))
    answered = len(list((base / "outbound" / "erp").glob("order*.json")))
    if answered != count:
        raise SystemExit(f"{answered} of {count} orders were handed over")
    end()
    return figures


def on_disk() -> Path:
    """A folder beside the program: the usual one for temporary files may be in memory."""
    folder = ROOT / "build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def install_folder(base: Path) -> tuple[Path, Path, Callable[[], object]]:
    text = (ROOT / "config.toml").read_text().replace("settle_seconds = 1", "settle_seconds = 0")
    (base / "config.toml").write_text(text)
    home = base / "inbound" / "maisonvert"
    home.mkdir(parents=True)
    return home, base / "config.toml", lambda: None


def install_sftp(base: Path) -> tuple[Path, Path, Callable[[], object]]:
    """One SFTP account on a real OpenSSH server on loopback."""
    from contextlib import ExitStack

    from tests.conftest import Installation, use_sftp
    from tests.sftp_server import openssh

    stack = ExitStack()
    (base / "sftp").mkdir()
    server = stack.enter_context(openssh(base / "sftp"))
    install_folder(base)
    (base / "inbound" / "maisonvert").rmdir()
    use_sftp(Installation(base), server, ["maisonvert"])
    return base / "inbound" / "maisonvert", base / "config.toml", stack.close


def job_big(megabytes: int) -> dict[str, float]:
    one = sum(map(len, orders(1000))) / 1000
    count = int(megabytes * 1_000_000 / one)
    base = Path(tempfile.mkdtemp(prefix="bench-", dir=on_disk()))
    with (base / "big.edi").open("wb") as file:
        file.writelines(orders(count))
    size = (base / "big.edi").stat().st_size / 1e6
    # The file is made by another process's memory: this one only moves it into place.
    sys.stdout.flush()
    import subprocess

    done = subprocess.run(
        [sys.executable, __file__, "job-file", str(count), str(base / "big.edi")],
        check=True,
        capture_output=True,
        text=True,
    )
    return {**json.loads(done.stdout.splitlines()[-1]), "megabytes": size, "orders": count}


def job_file(count: int, file: Path) -> dict[str, float]:
    from edi_gateway.config import load_settings
    from edi_gateway.exchange.packages.onboarding import import_package
    from edi_gateway.gateway import open_gateway
    from edi_gateway.logs import set_up_logs
    from edi_gateway.runner import keep_start_up

    set_up_logs("error", as_json=True)
    home, config, _ = install_folder(file.parent)
    with open_gateway(load_settings(config)) as gateway:
        import_package(gateway.place, package(), origin="", who="bench")
        file.rename(home / "big.edi")
        keep_start_up()
        return timed(count, lambda: gateway.runner.run_until_idle(0))


def main() -> None:
    case, size = sys.argv[1], int(sys.argv[2])
    figures = {
        "pydifact-one": lambda: pydifact_one(size),
        "pydifact-each": lambda: pydifact_each(size),
        "job-one": lambda: job(size, [b"".join(orders(size))]),
        "job-each": lambda: job(size, order_files(size)),
        "job-sftp": lambda: job(size, order_files(size), sftp=True),
        "job-big": lambda: job_big(size),
        "job-file": lambda: job_file(size, Path(sys.argv[3])),
    }[case]()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
