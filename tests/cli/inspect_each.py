"""
Inspect files one by one, each in a process of its own with bounded memory and time.

    python -m tests.cli.inspect_each FILE ...

The processes are forked from this one, which has imported the command already: a process for each
file would cost a second each. Prints one JSON object: file -> exit code, output, errors, megabytes.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from edi_gateway.cli import app
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.inspection import inspect_file

SAMPLES = Path(__file__).parents[2] / "edi_gateway" / "demo" / "samples" / "orders"

MEGABYTES, SECONDS = 512, 10


def main() -> None:
    for sample in sorted(SAMPLES.iterdir()):  # what one file loads, the next need not
        inspect_file(sample, MappingLibrary(), Limits())
    found = {name: inspect(name) for name in sys.argv[1:]}
    json.dump(found, sys.stdout)


def inspect(name: str) -> dict[str, Any]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            _become_the_command(name, out.fileno(), err.fileno())
        _, status, usage = os.wait4(child, 0)
        return {
            "exit": os.waitstatus_to_exitcode(status),
            "out": _text(out),
            "err": _text(err),
            "megabytes": usage.ru_maxrss // 1024,
        }


def _become_the_command(name: str, out: int, err: int) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES << 20,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS,) * 2)
    os.dup2(out, 1)
    os.dup2(err, 2)
    try:
        app(["inspect", name, "--json"])
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else 1)
    finally:
        os._exit(99)  # the command always ends with SystemExit


def _text(file: Any) -> str:
    file.seek(0)
    return Path(f"/dev/fd/{file.fileno()}").read_bytes().decode("utf-8", "replace")


if __name__ == "__main__":
    main()
