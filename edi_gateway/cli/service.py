"""`run`, `demo`, `check`, and `config`: the service itself."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Annotated, Any

import structlog
import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from edi_gateway.cli.output import (
    ATTENTION,
    ConfigOption,
    JsonOption,
    config_file,
    console,
    errors,
    print_json,
    print_table,
    shown,
)
from edi_gateway.config import load_settings
from edi_gateway.control import ControlServer
from edi_gateway.errors import ConfigError
from edi_gateway.gateway import Gateway, open_gateway, pause_between_looks
from edi_gateway.logs import set_up_logs
from edi_gateway.operations import perform
from edi_gateway.runner import keep_start_up
from edi_gateway.schedule import build_scheduler
from edi_gateway.store.queries import count_states, list_deliveries

log = structlog.get_logger()

#: States in which an item waits for a person.
_NEEDS_A_PERSON = ("held", "refused", "overdue")


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(run)
    app.command()(demo)
    app.command()(check)


def run(
    config: ConfigOption = None,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="Return when there is nothing left to do.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Take in, process and deliver: as a service until Ctrl-C, or until nothing is left."""
    settings = load_settings(config_file(config))
    set_up_logs(settings.gateway.log_level)
    with open_gateway(settings) as gateway:
        _end_on_signals(gateway.stop)
        keep_start_up()
        if until_idle:
            _run_until_idle(gateway, as_json=json)
        else:
            serve(gateway)


def _run_until_idle(gateway: Gateway, *, as_json: bool) -> None:
    pause = pause_between_looks(gateway.settings)
    progress = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=errors
    )
    if errors.is_terminal and not as_json:
        with progress:
            progress.add_task("working until nothing is left to do")
            gateway.runner.run_until_idle(pause)
    else:
        gateway.runner.run_until_idle(pause)
    summary = summarise(gateway)
    if as_json:
        print_json(summary)
    else:
        print_summary(summary)
    if any(summary[state] for state in _NEEDS_A_PERSON):
        raise typer.Exit(ATTENTION)


def summarise(gateway: Gateway) -> dict[str, Any]:
    """What the ledger holds now, and what needs a person."""
    counts = count_states(gateway.place.store)
    attention = {
        state: sum(states.get(state, 0) for states in counts.values()) for state in _NEEDS_A_PERSON
    }
    return {
        **counts,
        **attention,
        "due_later": list_deliveries(gateway.place.store, states=("pending",)),
    }


def print_summary(summary: dict[str, Any]) -> None:
    """Print what happened, and what to do about what is held."""
    for name in ("files", "messages", "deliveries"):
        states = ", ".join(f"{count} {state}" for state, count in sorted(summary[name].items()))
        console.print(f"{name:<11} {states or 'none'}")
    if summary["due_later"]:
        print_table(
            "Deliveries to be tried again",
            ("item", "partner", "name", "attempts", "next_attempt_at", "reason"),
            summary["due_later"],
        )
    if summary["held"]:
        console.print(
            f"{summary['held']} held: see them with `edi-gateway messages --state held`, "
            "one whole with `edi-gateway show ITEM`"
        )
    for state in ("refused", "overdue"):
        if summary[state]:
            console.print(f"{summary[state]} {state}: see `edi-gateway deliveries --state {state}`")


def serve(gateway: Gateway) -> None:
    """Run the service in this process until it is asked to end."""
    data = gateway.settings.path(gateway.settings.gateway.data)
    scheduler = build_scheduler(
        gateway.settings, gateway.runner.poll_and_wake, gateway.runner.watch
    )
    control = ControlServer(
        data,
        lambda request: perform(gateway, request),
        group=gateway.settings.gateway.operators,
    )
    control.start()
    scheduler.start()
    log.info("service.started", connectors=sorted(gateway.connectors))
    try:
        gateway.runner.serve()
    finally:
        scheduler.shutdown(wait=True)
        control.stop()
        log.info("service.ended")


def _end_on_signals(stop: threading.Event) -> None:
    def end(signum: int, frame: FrameType | None) -> None:
        del frame
        if stop.is_set() and signum == signal.SIGINT:
            raise KeyboardInterrupt  # A second Ctrl-C does not wait for the step under way.
        stop.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)


def demo(
    seconds: Annotated[
        float, typer.Option(help="End by itself after this long; 0 = until Ctrl-C.")
    ] = 0,
) -> None:
    """Show a day's work: an SFTP server with customers on this machine, and the gateway for them."""
    try:
        from edi_gateway.demo.show import run_demo
    except ImportError as error:
        raise ConfigError(
            f"the demo needs the package {error.name}: pip install 'edi-gateway[demo]'"
        ) from error
    run_demo(seconds)


def check(
    config: ConfigOption = None,
    connect: Annotated[bool, typer.Option("--connect", help="Also log in everywhere.")] = False,
    json: JsonOption = False,
) -> None:
    """Check configuration, mappings, partners and connectors, and say in words what is wrong."""
    from edi_gateway.checks import check_everything

    results = check_everything(load_settings(config_file(config)), connect=connect)
    if json:
        print_json([{"what": r.what, "fault": r.fault} for r in results])
    else:
        for result in results:
            verdict = shown(result.fault) if result.fault else "ok"
            console.print(f"{result.what:<28} {verdict}")
    if any(result.fault for result in results):
        raise typer.Exit(ATTENTION)
