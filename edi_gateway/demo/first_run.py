"""The first `make run`: import the sample partners, process their sample orders, say what happened."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from edi_gateway.config import load_settings
from edi_gateway.demo.shipped import samples
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.packages.onboarding import import_package, read_folder
from edi_gateway.gateway import AlreadyRunning, Gateway, open_gateway, pause_between_looks
from edi_gateway.logs import set_up_logs
from edi_gateway.store.queries import list_messages

console = Console(highlight=False)


def main() -> None:
    """Do it once: a ledger that exists already is left alone."""
    set_up_logs("error")
    try:
        settings = load_settings(Path("config.toml"))
        if (settings.path(settings.gateway.data) / "ledger.sqlite").exists():
            return
        with open_gateway(settings) as gateway:
            _process_samples(gateway)
            _say_what_happened(gateway)
    except AlreadyRunning:
        return
    except ConfigError as error:
        console.print("\n".join(error.faults), markup=False)
        sys.exit(2)


def _process_samples(gateway: Gateway) -> None:
    base = gateway.settings.base
    for folder in sorted((samples() / "partners").iterdir()):
        import_package(gateway.place, read_folder(folder), origin=folder.name, who="first run")
    for order in sorted((samples() / "orders").iterdir()):
        partner = "nordlys" if order.suffix == ".xml" else "maisonvert"
        target = base / "inbound" / partner / order.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(order.read_bytes())
    gateway.runner.run_until_idle(pause_between_looks(gateway.settings))


def _say_what_happened(gateway: Gateway) -> None:
    console.print(
        "\n[bold]EDI Gateway is set up[/bold] with two sample customers. It took in their sample "
        "orders:\n"
    )
    for row in reversed(list_messages(gateway.place.store)):
        number, why = row["number"] or "-", row["reason"] or ""
        line = f"  {row['file']:<24} {row['type'] or '-':<7} {number:<9} {row['state']:<10} {why}"
        console.print(line, markup=False, soft_wrap=True)
    console.print(
        "\n  answers       outbound/maisonvert/  outbound/nordlys/\n"
        "  for the ERP   outbound/erp/\n\n"
        "[bold]Try next[/bold], in another terminal:\n"
        "  .venv/bin/edi-gateway messages              all of them, and why\n"
        "  .venv/bin/edi-gateway show m1               one message's whole story\n"
        "  cp edi_gateway/demo/samples/orders/1-accepted.edi inbound/maisonvert/\n"
        "  .venv/bin/edi-gateway demo                  the same over SFTP\n"
    )


if __name__ == "__main__":
    main()
