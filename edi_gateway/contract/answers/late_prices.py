"""
Price what is invoiced by the day that counts, where it came after the order was answered.

Under `price_date = "despatch"` or `"invoice"` an order is answered at provisional prices. What is
invoiced is priced anew for its day, by the same lists and brackets: the quantity that was ordered
reaches a break, whatever part of it leaves. Where that day has no price nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

import msgspec
from msgspec.structs import replace

from edi_gateway.contract.blankets import CALL_OFF
from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.pricing.figures import EXACT, price_text
from edi_gateway.contract.pricing.inquiry import Inquiry
from edi_gateway.contract.pricing.quoting import Question, Quote, quote
from edi_gateway.contract.pricing.steps import Step, told
from edi_gateway.contract.terms import Agreement, Contract
from edi_gateway.documents import ErpOrder, ErpOrderLine, Order, OrderLine
from edi_gateway.errors import HeldError

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePrice:
    """A line at the price of its day, and how that came about."""

    line: ErpOrderLine
    steps: tuple[str | Step, ...]

    @property
    def trace(self) -> tuple[str, ...]:
        """How it came to this, in sentences."""
        return told(self.steps)


def is_provisional(line: ErpOrderLine) -> bool:
    """Whether the line was answered at a provisional price."""
    return line.provisional_until is not msgspec.UNSET


def priced_for(
    days: Mapping[str, date],
    handed: ErpOrder,
    ordered: Order,
    agreement: Agreement,
    *,
    bought: Mapping[str, Decimal],
) -> list[LatePrice]:
    """
    Price lines of an order as it was handed over, each for its day; `HeldError` naming all faults.

    `ordered` is the customer's order as it stands, `bought` what was bought before it where prices
    count that. `agreement` has the contract the order was decided under, as it is now.
    """
    prices, faults = [], []
    with localcontext(EXACT):
        pricing = _Pricing(handed, ordered, agreement, bought)
        for line in handed.lines:
            if line.number in days:
                found = pricing.of(line, days[line.number])
                if isinstance(found, LatePrice):
                    prices.append(found)
                else:
                    faults.append(f"line {line.number}: {found}")
    if faults:
        raise HeldError(
            "; ".join(faults),
            code="no-price-to-invoice",
            remedy="Import a package with the price of that day and release this, or discard it.",
        )
    return prices


def with_prices(order: ErpOrder, prices: list[LatePrice]) -> ErpOrder:
    """The order with these lines in the place of their provisional ones."""
    later = {price.line.number: price.line for price in prices}
    return replace(order, lines=tuple(later.get(line.number, line) for line in order.lines))


class _Pricing:
    """The price questions of one order that was answered before."""

    def __init__(
        self,
        handed: ErpOrder,
        ordered: Order,
        agreement: Agreement,
        bought: Mapping[str, Decimal],
    ) -> None:
        self._handed = handed
        self._ordered = {line.number: line for line in ordered.lines}
        self._agreement = agreement
        self._inquiry = Inquiry(ordered, agreement, Circumstances(bought=bought))

    def of(self, line: ErpOrderLine, on: date) -> LatePrice | str:
        """The line at its price of a day, or why there is none."""
        asked = self._ordered.get(line.number)
        contract = self._contract_of(line, asked)
        if asked is None:
            return "the customer's order has no such line"
        if isinstance(contract, str):
            return contract
        if not contract.is_valid_on(on):
            until = contract.valid_until or "further notice"
            return f"contract {contract.number} is valid {contract.valid_from} to {until}, not {on}"
        steps: list[str | Step] = [f"priced for the day of the {contract.price_date}, {on}"]
        found = self._quoted(line, asked, contract, on, steps)
        if isinstance(found, str):
            return found
        steps += found.steps
        if found.price is None:
            return found.fault or found.steps[-1].sentences()[0]
        price = found.price
        if line.price is not None and line.price_per is not None:
            before = price_text(line.price, line.price_per)
            steps.append(f"the order was answered at {before}, provisionally")
        priced = replace(
            line, price=price.amount, price_per=price.per, provisional_until=msgspec.UNSET
        )
        return LatePrice(line=priced, steps=tuple(steps))

    def _contract_of(self, line: ErpOrderLine, asked: OrderLine | None) -> Contract | str:
        """The contract a line was decided under, as it is now; or that it is there no more."""
        if self._agreement.contract.number != self._handed.contract:
            return f"contract {self._handed.contract} is no longer in the package"
        named = asked.contract_number if asked is not None else None
        own = self._agreement.named(named) if named else self._agreement.contract
        if own is not None:
            return own
        if named == line.blanket_order or self._handed.type_code == CALL_OFF:
            return self._agreement.contract
        return f"contract {named} is no longer in the package"

    def _quoted(
        self,
        line: ErpOrderLine,
        asked: OrderLine,
        contract: Contract,
        on: date,
        steps: list[str | Step],
    ) -> Quote | str:
        """The price of a line, found as it was when the line was decided, but for another day."""
        agreement = self._agreement.under(contract)
        article = agreement.articles.by_code.get(line.article or "")
        if article is None:
            return f"article {line.article} is no longer in the package"
        factor, quantity = agreement.units.factor(article, line.unit), self._inquiry.ordered(asked)
        if factor is None or quantity is None:
            return f"units.csv no longer has {asked.quantity.unit or line.unit} of {article.code}"
        step = self._inquiry.for_break(asked, article, quantity, contract)
        before = _ZERO
        if step is not None:
            steps.append(step)
            before = self._inquiry.before(asked, article, contract)
        confirmed = line.confirmed_quantity + (line.backordered or _ZERO)
        return quote(
            Question(
                agreement=agreement,
                article=article,
                chain=self._inquiry.chain(asked, contract),
                on=on,
                quantity=quantity if step is None else step.result,
                confirmed=confirmed * factor,
                before=before,
                factor=factor,
                unit=line.unit or article.unit,
            )
        )
