"""`python -m edi_gateway` and the `edi-gateway` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from edi_gateway.cli import run_cli

    run_cli()


if __name__ == "__main__":
    main()
