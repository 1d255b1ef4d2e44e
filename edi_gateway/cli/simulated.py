"""What a changed package or shared price list would have made of real orders, for people and programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from edi_gateway.cli.output import console, print_table, shown
from edi_gateway.contract.decision import Outcome
from edi_gateway.exchange.operator import utc_now
from edi_gateway.exchange.packages.agreements import lists_in_force, load_indexed, with_lists
from edi_gateway.exchange.packages.forms import IndexedList, IndexedPackage
from edi_gateway.exchange.packages.shared_lists import each_partner_twice
from edi_gateway.exchange.packages.simulating import (
    LineEffect,
    OrderEffect,
    Simulation,
    Totals,
    Trial,
    simulate,
)
from edi_gateway.store import Package

_COLUMNS = tuple(asdict(Totals()))


def told_of_package(
    trial: Trial, current: Package, new: IndexedPackage, *, json: bool
) -> dict[str, Any]:
    """Try a package on the orders of its partner; print what comes out otherwise, unless as JSON."""
    lists = lists_in_force(trial.store, utc_now())
    old = load_indexed(trial.store, current, lists)
    simulation = Simulation()
    effects = simulate(trial, old, with_lists(new, lists), simulation)
    orders = _told(effects, json=json)
    if not json:
        print_table("Totals", ("delivered to", *_COLUMNS), list(_rows(simulation)))
        _print_unknown(simulation)
    return {
        "partner": new.terms.partner.id,
        "version": current.version,
        "since": trial.since,
        **_results(orders, simulation),
    }


def told_of_list(
    trial: Trial, new: IndexedList, version: int | None, *, json: bool
) -> dict[str, Any]:
    """Try a shared list on the orders of each partner whose package names it, and sum them up."""
    totals, partners = Totals(), []
    rows: list[dict[str, Any]] = []
    for old, package in each_partner_twice(trial.store, new, utc_now()):
        partner, simulation = package.terms.partner.id, Simulation()
        if not json:
            console.print(f"{shown(partner)}, version {package.version}:")
        orders = _told(simulate(trial, old, package, simulation), json=json)
        totals.include(simulation.totals.get("", Totals()))
        rows += [{"partner": partner, **row} for row in _rows(simulation)]
        head = {"partner": partner, "version": package.version}
        partners.append({**head, **_results(orders, simulation)})
        if not json:
            _print_unknown(simulation)
    if not json:
        rows.append({"partner": "all", "delivered to": "all", **asdict(totals)})
        print_table("Totals", ("partner", "delivered to", *_COLUMNS), rows)
    return {
        "price_list": new.id,
        "version": version,
        "since": trial.since,
        "partners": partners,
        "totals": {"all": asdict(totals)},
    }


def _told(effects: Iterable[OrderEffect], *, json: bool) -> list[dict[str, Any]]:
    """The orders for programs; for people each is printed as soon as it is decided."""
    if json:
        return [asdict(effect) for effect in effects]
    for effect in effects:
        _print_effect(effect)
    return []


def _results(orders: list[dict[str, Any]], simulation: Simulation) -> dict[str, Any]:
    return {
        "orders": orders,
        "totals": {name or "all": asdict(total) for name, total in simulation.totals.items()},
        "unknown": simulation.unknown,
    }


def _rows(simulation: Simulation) -> Iterator[dict[str, Any]]:
    for name, total in simulation.totals.items():
        yield {"delivered to": name or "all", **asdict(total)}


def _print_effect(effect: OrderEffect) -> None:
    console.print(f"{effect.item} order {shown(effect.number)}: {_outcome(effect)}")
    if effect.reason and effect.old_outcome != effect.new_outcome:
        console.print(f"  {shown(effect.reason)}")
    for line in effect.lines:
        _print_line(line)


def _outcome(effect: OrderEffect) -> str:
    if effect.old_outcome == effect.new_outcome:
        return f"{effect.new_outcome}, {effect.old_amount} -> {effect.new_amount}"
    became = f"{effect.old_outcome} -> {effect.new_outcome}"
    if effect.new_outcome == Outcome.HELD:
        return f"{became}, {effect.held_amount} would wait"
    return f"{became}, {effect.new_amount} would not wait"


def _print_line(line: LineEffect) -> None:
    action = line.new_action
    if line.old_action != line.new_action:
        action = f"{line.old_action} -> {line.new_action}"
    reason = f": {shown(line.reason)}" if line.reason else ""
    console.print(
        f"  line {shown(line.line)} {shown(line.article)}: {action}, "
        f"{line.old_amount} -> {line.new_amount}{reason}"
    )


def _print_unknown(simulation: Simulation) -> None:
    for text in simulation.unknown:
        console.print(f"Not known: {shown(text)}")
