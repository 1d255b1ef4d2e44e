"""`messages`, `show`, and the operator's actions on one item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import typer

from edi_gateway.cli.output import (
    ATTENTION,
    ConfigOption,
    JsonOption,
    config_file,
    console,
    print_json,
    print_table,
    shown,
)
from edi_gateway.config import load_settings
from edi_gateway.contract.rules.remedies import what_to_do
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.operator import ACTIONS, parse_item, utc_now
from edi_gateway.exchange.settlement import sentence
from edi_gateway.operations import change
from edi_gateway.store import Store
from edi_gateway.store.queries import list_deliveries, list_messages, story
from edi_gateway.store.records import Story

#: In `--json` only: long, or of no use to a reader.
_NOT_SHOWN = {"content", "sha256", "next_attempt_at", "created_at", "complaints"}


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(messages)
    app.command()(deliveries)
    app.command()(show)
    app.command()(poll)
    for name, action in ACTIONS.items():
        app.command(name=name, help=action.__doc__)(_action_command(name))


def messages(
    config: ConfigOption = None,
    state: Annotated[
        str | None, typer.Option(help="received, answered, rejected, duplicate, held, discarded")
    ] = None,
    partner: Annotated[str | None, typer.Option(help="Only this partner's.")] = None,
    number: Annotated[str | None, typer.Option(help="Only documents of this number.")] = None,
    role: Annotated[
        str | None, typer.Option(help="Only orders that wait for this role's approval.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many, newest first.")] = 200,
    json: JsonOption = False,
) -> None:
    """List messages, and files that were held before they had any; newest first."""
    rows = list_messages(
        _store(config), state=state, partner=partner, number=number, role=role, limit=limit
    )
    if json:
        print_json(rows)
    else:
        columns = ("item", "partner", "type", "number", "state", "attention", "file", "reason")
        print_table(f"{len(rows)} message(s), newest first", columns, rows)


def deliveries(
    config: ConfigOption = None,
    state: Annotated[
        str | None,
        typer.Option(help="pending, sent, acknowledged, overdue, refused, held, closed, discarded"),
    ] = None,
    partner: Annotated[str | None, typer.Option(help="Only those to this partner.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many, newest first.")] = 200,
    json: JsonOption = False,
) -> None:
    """List what was sent or is to be sent, and what partners said about it; newest first."""
    states = (state,) if state else ()
    rows = list_deliveries(_store(config), states=states, partner=partner, limit=limit)
    if json:
        print_json(rows)
    else:
        columns = ("item", "partner", "type", "reference", "document", "state", "name", "reason")
        print_table(f"{len(rows)} delivery(s), newest first", columns, rows)


def show(
    item: Annotated[str, typer.Argument(help="m12 (message), t12 (file) or d12 (delivery).")],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Tell an item's story: file, interchange, document, findings, answers, deliveries, events."""
    kind, key = parse_item(item)
    found = story(_store(config), kind, key)
    if found is None:
        raise ConfigError(f"there is no {item}; `messages` lists what there is")
    if found.fields.get("state") == "held":
        holding = [
            row["code"] for row in found.parts.get("findings", ()) if row["effect"] == "hold"
        ]
        found = replace(found, parts={"to_do": what_to_do(holding), **found.parts})
    if json:
        print_json({"item": found.item, **found.fields, **found.parts})
    else:
        _print_story(found)
    if found.fields.get("state") in {"held", "refused", "overdue"}:
        raise typer.Exit(ATTENTION)


def _print_story(found: Story) -> None:
    console.print(f"[bold]{found.item}[/bold]")
    for name, value in found.fields.items():
        if value not in (None, ""):
            console.print(f"  {name.replace('_', ' '):<10} {shown(value)}")
    for title, rows in found.parts.items():
        if rows and title == "lines":
            _print_lines(rows)
        elif rows:
            console.print(f"\n[bold]{title.replace('_', ' ')}[/bold]")
            for row in rows:
                if title == "to_do":
                    console.print(f"  {row['code']}: {row['do']}", markup=False)
                else:
                    _print_row(row)


def _print_row(row: dict[str, Any]) -> None:
    """One line for the values of a row, and one below it for each complaint it holds."""
    values = [
        (name.replace("_", " "), shown(value))
        for name, value in row.items()
        if name not in _NOT_SHOWN and value not in (None, "", [])
    ]
    console.print("  " + ", ".join(f"{name} {value}" for name, value in values))
    for complaint in row.get("complaints", ()):
        console.print(f"     {shown(sentence(complaint))}")


def _print_lines(rows: list[dict[str, Any]]) -> None:
    console.print("\n[bold]lines[/bold]")
    for row in rows:
        price = f"{row['price']} / {row['per']}" if row.get("price") else "no price"
        console.print(
            f"  {row['line']}: {row['action'] or 'held'}, {shown(row['article'])}, ordered {row['ordered']}, "
            f"confirmed {row['confirmed']} at {price}"
        )
        for step in row["trace"]:
            console.print(f"     {shown(step)}")


def poll(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Look at every connector now."""
    result = change(load_settings(config_file(config)), {"action": "poll"})
    if json:
        print_json(result)
    else:
        console.print(result["text"])


def _action_command(name: str) -> Callable[..., None]:
    def command(
        item: Annotated[str, typer.Argument(help="m12 (message), t12 (file) or d12 (delivery).")],
        reason: Annotated[str, typer.Option("--reason", "-r", help="Why; kept in the history.")],
        config: ConfigOption = None,
        json: JsonOption = False,
    ) -> None:
        request = {"action": name, "item": item, "reason": reason}
        result = change(load_settings(config_file(config)), request)
        if json:
            print_json(result)
        else:
            console.print(shown(result["text"]))

    return command


def _store(config: Any) -> Store:
    settings = load_settings(config_file(config))
    return Store.open_readonly(settings.path(settings.gateway.data), utc_now)
