"""
The operator's commands.

Output is for people on a terminal and for programs with `--json`. Exit codes: 0 fine, 1 something
needs attention, 2 wrong use or configuration.
"""

from __future__ import annotations

import typer

from edi_gateway.cli import contracts, files, operating, partners, service, stock, waiting
from edi_gateway.cli.output import ConfigOption, given_before, refusals

app = typer.Typer(
    name="edi-gateway",
    help="Order exchange: customers' order files in, every answer out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def main(config: ConfigOption = None) -> None:
    """Order exchange: customers' order files in, every answer out."""
    given_before.set(config)


service.add_to(app)
files.add_to(app)
operating.add_to(app)
stock.add_to(app)
waiting.add_to(app)
app.add_typer(partners.app, name="partner")
app.add_typer(contracts.app, name="contract")


def run_cli() -> None:
    """Run the command line; a refusal is printed in sentences and ends with status 2."""
    with refusals():
        app()
