"""
A first look: simulated customers on a real SFTP server on this machine, and the gateway for them.

The server (asyncssh, the extra `demo`) runs in this process; the gateway reaches it over loopback
like any partner's account, with a pinned host key and a key of its own.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path

from rich.console import Console

from edi_gateway.config import load_settings
from edi_gateway.demo.customers import CUSTOMERS, play
from edi_gateway.demo.server import SftpServer
from edi_gateway.demo.shipped import samples
from edi_gateway.exchange.packages.onboarding import import_package, read_folder
from edi_gateway.gateway import Gateway, open_gateway
from edi_gateway.logs import set_up_logs
from edi_gateway.schedule import build_scheduler

console = Console(highlight=False)

_CONNECTOR = """
[connectors.{name}]
type = "sftp"
partner = "{name}"
host = "127.0.0.1"
port = {port}
username = "{name}"
host_key = "{host_key}"
key = "file:client_key"
inbound = "orders"
outbound = "answers"
done = "done"
interval_seconds = 1
settle_seconds = 0.5
"""

_ERP = """
[connectors.erp]
type = "folder"
partner = "erp"
inbound = "inbound/erp"
outbound = "outbound/erp"
interval_seconds = 1
settle_seconds = 0.5
"""


def run_demo(seconds: float) -> None:
    """Run the demo until Ctrl-C, or for `seconds` (0: no end)."""
    set_up_logs("error")
    home = Path(tempfile.mkdtemp(prefix="edi-gateway-demo-"))
    stop = threading.Event()
    console.print("[bold]EDI Gateway demo[/bold]: customers drop orders on an SFTP server here.\n")
    try:
        with SftpServer(home / "sftp", [customer.name for customer in CUSTOMERS]) as server:
            config = _configure(home, server)
            with open_gateway(load_settings(config)) as gateway:
                _import_samples(gateway)
                _work(gateway, server, config, stop, seconds)
    finally:
        console.print(f"\nThe files of this demo stay in {home}.", soft_wrap=True)


def _configure(home: Path, server: SftpServer) -> Path:
    """Write a configuration with one SFTP account for each customer."""
    (home / "client_key").write_text(server.client_key, encoding="ascii")
    (home / "client_key").chmod(0o600)
    company = (samples() / "company.toml").read_text(encoding="utf-8")
    sections = [
        _CONNECTOR.format(name=customer.name, port=server.port, host_key=server.host_key)
        for customer in CUSTOMERS
    ]
    config = home / "config.toml"
    config.write_text(company + "".join(sections) + _ERP, encoding="utf-8")
    for folder in ("inbound/erp", "outbound/erp"):
        (home / folder).mkdir(parents=True)
    return config


def _import_samples(gateway: Gateway) -> None:
    for folder in sorted((samples() / "partners").iterdir()):
        import_package(gateway.place, read_folder(folder), origin=folder.name, who="demo")


def _work(
    gateway: Gateway, server: SftpServer, config: Path, stop: threading.Event, seconds: float
) -> None:
    scheduler = build_scheduler(
        gateway.settings, gateway.runner.poll_and_wake, gateway.runner.watch
    )
    customers = threading.Thread(
        target=play, args=(server.root, samples() / "orders", stop, _say), daemon=True
    )
    service = threading.Thread(target=gateway.runner.serve, daemon=True)
    scheduler.start()
    service.start()
    customers.start()
    try:
        customers.join(timeout=seconds or None)
        _say_where_to_look(config, server.root)
        _wait(seconds)
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        gateway.stop.set()
        gateway.runner.wake()
        scheduler.shutdown(wait=True)
        service.join(timeout=10)


def _wait(seconds: float) -> None:
    if seconds:
        return
    console.print("\nDrop files of your own there; Ctrl-C ends the demo.")
    while True:
        time.sleep(3600)


def _say(text: str) -> None:
    console.print(text)


def _say_where_to_look(config: Path, root: Path) -> None:
    command = f"edi-gateway --config {config}"
    for line in (
        "\nWhere to look",
        f"  the customers' answers   {root}/<customer>/answers/",
        f"  orders for the ERP       {config.parent}/outbound/erp/",
        f"  every message, and why   {command} messages",
        f"  one message's story      {command} show m2",
    ):
        console.print(line, soft_wrap=True, markup=False)
