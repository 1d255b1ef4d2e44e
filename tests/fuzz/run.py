"""
Fuzz every entrance; an hour in all unless told otherwise.

    .venv/bin/python -m tests.fuzz.run [--seconds 3600] [--corpus data/fuzz] [TARGET ...]

With atheris (the extra `fuzz`) coverage guides the search, and what it learnt stays in the corpus
folder for the next run. Without it, a seeded mutator of our own goes on from the mutant at which
the last run stopped. A run fails on an uncaught exception, on more than 512 MB, and on an input
that takes more than 10 s; the input is kept in the corpus folder under `found/`.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.guard import MEGABYTES, SECONDS, resident_megabytes, within
from tests.fuzz.mutate import SEEDS, WORDS, mutants, seeds

NAMES = ("tokens", "envelope", "reading", "xml", "any-file")
ROOT = Path(__file__).parents[2]


def main() -> int:
    """Run the targets one after the other, each in a process of its own."""
    arguments = _parse()
    if arguments.child:
        return _fuzz(arguments.targets[0], arguments.seconds, arguments.corpus)
    names = arguments.targets or list(NAMES)
    failed = [
        name
        for name in names
        if subprocess.run(
            [
                *(sys.executable, "-m", "tests.fuzz.run", "--child", name),
                *("--corpus", str(arguments.corpus)),
                *("--seconds", str(arguments.seconds // len(names))),
            ],
            check=False,
            cwd=ROOT,
        ).returncode
    ]
    print(f"failed: {', '.join(failed)}" if failed else "no target failed")
    return 1 if failed else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    parser.add_argument("--seconds", type=int, default=3600, help="for all targets together")
    parser.add_argument("--corpus", type=Path, default=ROOT / "data" / "fuzz")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    unknown = set(arguments.targets) - set(NAMES)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    arguments.corpus = arguments.corpus.resolve()
    return arguments


def _fuzz(name: str, seconds: int, corpus: Path) -> int:
    (corpus / name).mkdir(parents=True, exist_ok=True)
    (corpus / "found").mkdir(exist_ok=True)
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed: the seeded mutator is used")
        return _by_our_own(name, seconds, corpus)
    return _by_atheris(name, seconds, corpus)


def _by_atheris(name: str, seconds: int, corpus: Path) -> int:
    import atheris

    with atheris.instrument_imports(include=["edi_gateway"]):
        from tests.fuzz.targets import TARGETS
    target, kind = TARGETS[name]
    dictionary = corpus / f"{kind}.dict"
    dictionary.write_text(_dictionary(kind), encoding="ascii")
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={seconds}",
            f"-rss_limit_mb={MEGABYTES}",
            f"-timeout={SECONDS}",
            f"-artifact_prefix={corpus / 'found'}/{name}-",
            f"-dict={dictionary}",
            "-max_len=20000",
            "-print_final_stats=1",
            "-verbosity=1",
            str(corpus / name),
            str(SEEDS / kind),
        ],
        target,
    )
    atheris.Fuzz()  # ends the process
    return 0


def _dictionary(kind: str) -> str:
    """The words of a kind, in the form libFuzzer reads."""
    words = ("".join(f"\\x{byte:02X}" for byte in word) for word in WORDS[kind])
    return "".join(f'"{word}"\n' for word in words)


def _by_our_own(name: str, seconds: int, corpus: Path) -> int:
    from tests.fuzz.targets import TARGETS

    target, kind = TARGETS[name]
    pool = seeds(kind)
    counter = corpus / f"{name}.next"
    number = first = int(counter.read_text()) if counter.is_file() else 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = mutants(kind, number, pool)
        number += 1
        if not _survives(target, data):
            kept = corpus / "found" / f"{name}-{hashlib.sha256(data).hexdigest()[:16]}"
            kept.write_bytes(data)
            counter.write_text(str(number))
            print(f"{name}: mutant {number - 1} fails; kept as {kept}")
            return 1
    counter.write_text(str(number))
    print(f"{name}: {number - first} mutants, the next is {number}; {resident_megabytes()} MB")
    return 0


def _survives(target: Callable[[bytes], None], data: bytes) -> bool:
    try:
        with within():
            target(data)
    except Exception:  # noqa: BLE001  (whatever it is, it is what we look for)
        traceback.print_exc()
        return False
    return resident_megabytes() <= MEGABYTES


if __name__ == "__main__":
    sys.exit(main())
