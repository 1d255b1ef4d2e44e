"""`python -m edi_gateway` and the `edi-gateway` command."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line."""
    # What is loaded stays; to look through it for garbage meanwhile takes a tenth of the start.
    gc.disable()
    from edi_gateway.cli import run_cli

    gc.enable()
    run_cli()


if __name__ == "__main__":
    main()
