"""`inspect`, `convert` and `schema`: work on files, without a ledger."""

from __future__ import annotations

import os
import sys
from json import dumps
from pathlib import Path
from typing import Annotated

import typer

from edi_gateway.cli.converted import show_conversion
from edi_gateway.cli.marked import Page, show_marked
from edi_gateway.cli.output import (
    ATTENTION,
    DEFAULT_CONFIG,
    WRONG_USE,
    JsonOption,
    config_file,
    console,
    errors,
    print_json,
    write_text,
)
from edi_gateway.config import load_settings
from edi_gateway.conversion import Conversion, convert_file, names_of, report_of
from edi_gateway.documents import DocumentType, json_schema
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.operator import utc_now
from edi_gateway.formats.edifact.charsets import decode
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.formats.targets import JSON
from edi_gateway.gateway import limits_of
from edi_gateway.inspection import as_json, inspect_file

OptionalConfig = Annotated[
    Path | None, typer.Option("--config", "-c", help="For its limits and mappings.")
]


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("inspect")(inspect)
    app.command()(convert)
    app.command()(schema)


def inspect(
    file: Annotated[Path, typer.Argument(help="Any file.")],
    config: OptionalConfig = None,
    json: JsonOption = False,
) -> None:
    """Say what a file is: interchanges, messages, and every fault with its place and remedy."""
    library, limits = _from_config(config)
    found = inspect_file(file, library, limits)
    if json:
        write_text(as_json(found))
    else:
        for line in show_marked(found, _page()):
            console.print(line)
    if found.format is None:
        raise typer.Exit(WRONG_USE)
    if not found.valid:
        raise typer.Exit(ATTENTION)


def _page() -> Page:
    """The terminal; in a pipe lines are long, unless COLUMNS says otherwise, and not wrapped."""
    if sys.stdout.isatty():
        return Page(console.width, wraps=True)
    columns = os.environ.get("COLUMNS", "")
    return Page(int(columns) if columns.isdecimal() else 200, wraps=False)


def convert(
    file: Annotated[Path, typer.Argument(help="EDIFACT, UBL, or canonical JSON.")],
    to: Annotated[
        str, typer.Option("--to", help="json, ubl, or edifact-RELEASE such as edifact-d96a.")
    ] = JSON,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A file, or a folder for several. Else printed."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write what was not carried as JSON.")
    ] = None,
    config: OptionalConfig = None,
    json: JsonOption = False,
) -> None:
    """Convert a readable file to canonical JSON, or to any format that is written."""
    library, limits = _from_config(config)
    done = convert_file(_existing(file), to, library, limits, utc_now())
    written = _deliver(done, output, printed=not json)
    told = report_of(done, file) | {"output": written}
    if report is not None:
        report.write_text(_json_text(told), encoding="utf-8", errors="backslashreplace")
    if json:
        content = [_text_of(b"".join(data)) for _, data in done.files] if output is None else None
        write_text([_json_text(told | ({"content": content} if content is not None else {}))])
    else:
        for line in show_conversion(done):
            errors.print(line)
    if not done.whole:
        raise typer.Exit(ATTENTION)


def _deliver(done: Conversion, output: Path | None, *, printed: bool) -> list[str]:
    """Write the converted files where they are wanted; return their paths."""
    if output is not None and output.is_dir():
        named = [(output / name, data) for name, data in names_of(done.files, done.target)]
    elif len(done.files) > 1 and (output is not None or printed):
        raise ConfigError(
            f"{len(done.files)} documents, and a UBL file holds one: name a folder with --output"
        )
    else:
        named = [(output, data) for _, data in done.files] if output is not None else []
    for path, pieces in named:
        with path.open("wb") as file:
            file.writelines(pieces)
    if output is None and printed:
        sys.stdout.flush()
        for _, data in done.files:
            sys.stdout.buffer.writelines(data)
        sys.stdout.buffer.flush()
    return [str(path) for path, _ in named]


def _text_of(data: bytes) -> str:
    """What was written, as text: JSON and UBL are UTF-8, EDIFACT is written in UNOC."""
    return decode(data, "utf-8")


def _json_text(value: dict[str, object]) -> str:
    return dumps(value, ensure_ascii=False, indent=2) + "\n"


def schema(
    document: Annotated[str, typer.Argument(help=", ".join(DocumentType))],
    json: JsonOption = False,
) -> None:
    """Print the JSON Schema of a canonical document."""
    del json  # It is JSON either way.
    if document not in set(DocumentType):
        raise ConfigError(f"{document!r} is none of {', '.join(DocumentType)}")
    print_json(json_schema(DocumentType(document)))


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise ConfigError(f"{file}: there is no such file")
    return file


def _from_config(config: Path | None) -> tuple[MappingLibrary, Limits]:
    chosen = config_file(config)
    if chosen == DEFAULT_CONFIG and not chosen.is_file():
        return MappingLibrary(), Limits()
    settings = load_settings(chosen)
    return MappingLibrary(settings.path(settings.gateway.mappings)), limits_of(settings)
