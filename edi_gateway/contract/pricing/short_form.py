"""How a price came about in one sentence: what the customer reads of it in the response."""

from __future__ import annotations

from collections.abc import Sequence

from edi_gateway.contract.pricing.book import Source
from edi_gateway.contract.pricing.figures import price_text
from edi_gateway.contract.pricing.steps import (
    BlanketPriceStep,
    RowStep,
    StandingStep,
    Step,
    TierStep,
)
from edi_gateway.documents import Price


def short_form(steps: Sequence[Step | str], price: Price, unit: str) -> str | None:
    """One sentence for the customer: its price, by what, and from which quantity."""
    found = next((step for step in steps if isinstance(step, RowStep | BlanketPriceStep)), None)
    if found is None:
        return None
    by = (
        f"blanket order {found.blanket}"
        if isinstance(found, BlanketPriceStep)
        else _short_source(found, steps, unit)
    )
    standing = [step.is_ordered for step in steps if isinstance(step, StandingStep)]
    how = "as ordered, within the tolerance of" if standing and standing[-1] else "per"
    return f"Price {price_text(price.amount, price.per)} {how} {by}"


def _short_source(row: RowStep, steps: Sequence[Step | str], unit: str) -> str:
    """Where a price comes from, and the break or the brackets that led to it."""
    contract, scope = row.agreement.contract.number, row.link.scope
    by = f"contract {contract}"
    if row.link.source is Source.PROMOTION:
        by += f", promotion {row.row.promotion}"
    elif scope.name and scope.name != contract:
        by += f", {row.link.source} {scope.name}"
    brackets = [step for step in steps if isinstance(step, TierStep)]
    if brackets:
        shares = (f"{each.quantity} at {price_text(each.price, each.per)}" for each in brackets)
        return f"{by}: {' + '.join(shares)}"
    return f"{by}, from {row.row.from_quantity} {row.row.unit or unit}"
