"""`contract ...`: what was agreed with customers, and what is left of it."""

from __future__ import annotations

import typer

from edi_gateway.cli import blankets, catalogues

app = typer.Typer(help="Contracts: what was agreed, and what is left.", no_args_is_help=True)

app.command()(blankets.blankets)
app.command()(catalogues.catalogue)
