"""How commands print: tables for people, one JSON value for programs, sentences for refusals."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from edi_gateway.errors import ConfigError, GatewayError, HeldError

#: Sentences are wrapped by the terminal, not by us, so that they can be searched and copied.
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

#: Exit codes.
FINE, ATTENTION, WRONG_USE = 0, 1, 2

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The configuration; paths in it are relative to it."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value for programs.")]

DEFAULT_CONFIG = Path("config.toml")

#: The --config that stood before the command.
given_before: ContextVar[Path | None] = ContextVar("given_before", default=None)


def config_file(given: Path | None) -> Path:
    """The configuration: given with the command, before it, or config.toml here."""
    return given or given_before.get() or DEFAULT_CONFIG


def print_json(value: Any) -> None:
    """Print one JSON value; numbers that must stay exact are strings."""
    write_text([json.dumps(value, default=_jsonable, ensure_ascii=False, indent=2), "\n"])


def write_text(pieces: Iterable[str]) -> None:
    """Write text for programs: UTF-8 whatever the terminal's own; file names may be no text."""
    sys.stdout.flush()
    for piece in pieces:
        sys.stdout.buffer.write(piece.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def _jsonable(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)


def print_table(title: str, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Print rows as a table; the column names are keys of the rows."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(shown(row.get(column)) for column in columns))
    console.print(table)


def shown(value: Any) -> str:
    """A value as people want to read it; markup and controls in partners' texts do nothing."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return printable(str(value)).replace("[", r"\[")


def printable(text: str) -> str:
    r"""
    Return `text` with everything that could act on a terminal spelt out.

    >>> printable("a\x1b[2J\n")
    'a\\x1b[2J\\n'
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


@contextmanager
def refusals() -> Iterator[None]:
    """Print what we raise on purpose as sentences, never as a traceback."""
    try:
        yield
    except ConfigError as error:
        for fault in error.faults:
            errors.print(shown(fault))
        raise SystemExit(WRONG_USE) from error
    except HeldError as error:
        errors.print(shown(error.advice))
        raise SystemExit(ATTENTION) from error
    except GatewayError as error:
        errors.print(shown(error))
        raise SystemExit(ATTENTION) from error
    except BrokenPipeError as error:
        raise SystemExit(FINE) from error
    except OSError as error:
        errors.print(shown(f"{error.filename or 'the disk'}: {error.strerror}; nothing was lost"))
        raise SystemExit(ATTENTION) from error
