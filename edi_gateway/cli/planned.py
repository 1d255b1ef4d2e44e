"""What a changed package changes, in words for people: keys, rows, days without a price."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from edi_gateway.cli.output import console, shown
from edi_gateway.contract.comparing import (
    ArticleChange,
    Gap,
    KeyChange,
    PriceChange,
    UnitChange,
)
from edi_gateway.exchange.packages.planning import Changes, Listed, Plan, counted
from edi_gateway.exchange.packages.shared_lists import Concerned, ListPlan

T = TypeVar("T")

#: How many of each kind are shown unless --all is given.
SHOWN = 20


def print_plan(found: Plan) -> None:
    """Print what putting a package in force would change."""
    if found.version is None:
        console.print(f"{shown(found.partner)}: a new partner")
    else:
        console.print(f"{shown(found.partner)}: compared with version {found.version}")
    _print_warnings(found.warnings)
    _print_keys(found.keys, "  ")
    _print_listed("articles", found.articles, _article_sentence)
    _print_listed("units", found.units, _unit_sentence)
    _print_listed("prices", found.prices, _price_sentence)
    _print_gaps(found.gaps, "")


def print_list_plan(found: ListPlan) -> None:
    """Print what putting a shared price list in force would change, and for whom."""
    if found.version is None:
        console.print(f"{shown(found.price_list)}: a new price list")
    else:
        console.print(f"{shown(found.price_list)}: compared with version {found.version}")
    _print_warnings(found.warnings)
    _print_keys(found.keys, "  ")
    _print_listed("prices", found.prices, _price_sentence)
    console.print(f"partners: {len(found.partners) or 'none'}")
    for each in found.partners:
        console.print(f"  {_concerned_sentence(each, is_new=found.version is None)}", markup=False)
        if each.articles:
            _print_gaps(each.gaps, "    ")


def print_changes(found: Changes) -> None:
    """Print what a version changed, below its title; nothing of what it left alone."""
    _print_keys(found.keys, "  ")
    if found.articles.counts:
        _print_listed("articles", found.articles, _article_sentence, margin="  ")
    if found.units.counts:
        _print_listed("units", found.units, _unit_sentence, margin="  ")
    if found.prices.counts:
        _print_listed("prices", found.prices, _price_sentence, margin="  ")


def _print_warnings(warnings: list[str]) -> None:
    for warning in warnings:
        console.print(f"warning: {warning}", markup=False)


def _print_gaps(gaps: Listed[Gap], margin: str) -> None:
    total = sum(gaps.counts.values())
    said = counted(total, "gap") if total else "none"
    _print_items("days without a price", said, gaps, _gap_sentence, margin)


def _print_keys(keys: list[KeyChange], margin: str) -> None:
    for key in keys:
        console.print(f"{margin}{key.key}: {shown(key.old)} -> {shown(key.new)}", markup=False)
        if key.meaning:
            console.print(f"{margin}  {key.meaning}", markup=False)


def _print_listed(
    title: str, listed: Listed[T], sentence: Callable[[T], str], margin: str = ""
) -> None:
    counts = ", ".join(f"{count} {what}" for what, count in sorted(listed.counts.items()))
    _print_items(title, counts or "none", listed, sentence, margin)


def _print_items(
    title: str, counts: str, listed: Listed[T], sentence: Callable[[T], str], margin: str
) -> None:
    console.print(f"{margin}{title}: {counts}")
    for item in listed.first:
        console.print(f"{margin}  {sentence(item)}", markup=False)
    left = sum(listed.counts.values()) - len(listed.first)
    if left > 0:
        console.print(f"{margin}  and {left} more; --all shows them")


def _concerned_sentence(each: Concerned, *, is_new: bool) -> str:
    contracts = f"contract{'' if len(each.contracts) == 1 else 's'} {', '.join(each.contracts)}"
    prices = "prices" if is_new else "other prices"
    articles = counted(each.articles, "article") if each.articles else "no article"
    return f"{each.partner}, {contracts}: {articles} with {prices} in the list"


def _article_sentence(change: ArticleChange) -> str:
    said = "; ".join(
        f"{name}: {old or 'nothing'} -> {new or 'nothing'}"
        for name, (old, new) in change.fields.items()
    )
    return f"{change.article} {change.what}{f': {said}' if said else ''}"


def _unit_sentence(change: UnitChange) -> str:
    said = f"{change.article} {change.unit} {change.what}: "
    if change.what != "changed":
        gtin = change.new_gtin or change.old_gtin
        return f"{said}factor {change.new or change.old}{f', GTIN {gtin}' if gtin else ''}"
    parts = [f"factor {change.old} -> {change.new}"] if change.old != change.new else []
    if change.old_gtin != change.new_gtin:
        parts.append(f"GTIN {change.old_gtin or 'none'} -> {change.new_gtin or 'none'}")
    return said + ", ".join(parts)


def _price_sentence(change: PriceChange) -> str:
    scope = "".join(f", {name} {value}" for name, value in change.scope.items())
    place = f"{change.article} from {change.from_quantity}{scope}"
    if change.what != "changed":
        price = change.new or change.old
        return f"{place}: {change.what}: {price}, {_days(change.new_days or change.old_days)}"
    percent = f" ({change.percent:+} %)" if change.percent else ""
    days = _days(change.new_days)
    if change.old_days != change.new_days:
        days = f"{_days(change.old_days)} -> {days}"
    price = change.new if change.old == change.new else f"{change.old} -> {change.new}"
    return f"{place}: {price}{percent}, {days}"


def _days(days: Any) -> str:
    since, until = days
    return f"{since} to {until or 'further notice'}"


def _gap_sentence(gap: Gap) -> str:
    return f"{gap.article}: from {gap.since} to {gap.until or 'further notice'}"
