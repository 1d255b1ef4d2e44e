"""`inspect`, `convert` and `schema`: work on files, without a ledger."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from edi_gateway.cli.marked import Page, show_marked
from edi_gateway.cli.output import (
    ATTENTION,
    DEFAULT_CONFIG,
    WRONG_USE,
    JsonOption,
    config_file,
    console,
    print_json,
    write_text,
)
from edi_gateway.config import load_settings
from edi_gateway.conversion import convert_file
from edi_gateway.documents import DocumentType, json_schema
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.operator import utc_now
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.gateway import limits_of
from edi_gateway.inspection import as_json, existing, inspect_file

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
        str, typer.Option("--to", help="json, edifact-d96a, edifact-d01b or ubl")
    ] = "json",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Else printed.")] = None,
    config: OptionalConfig = None,
    json: JsonOption = False,
) -> None:
    """Convert a readable file to canonical JSON, or to any format that is written."""
    library, limits = _from_config(config)
    data = convert_file(existing(file), to, library, limits, utc_now())
    if output is not None:
        output.write_bytes(data)
    if json:
        print_json({"file": str(file), "to": to, "bytes": len(data), "output": str(output or "-")})
    elif output is None:
        sys.stdout.buffer.write(data)


def schema(
    document: Annotated[str, typer.Argument(help=", ".join(DocumentType))],
    json: JsonOption = False,
) -> None:
    """Print the JSON Schema of a canonical document."""
    del json  # It is JSON either way.
    if document not in set(DocumentType):
        raise ConfigError(f"{document!r} is none of {', '.join(DocumentType)}")
    print_json(json_schema(DocumentType(document)))


def _from_config(config: Path | None) -> tuple[MappingLibrary, Limits]:
    chosen = config_file(config)
    if chosen == DEFAULT_CONFIG and not chosen.is_file():
        return MappingLibrary(), Limits()
    settings = load_settings(chosen)
    return MappingLibrary(settings.path(settings.gateway.mappings)), limits_of(settings)
