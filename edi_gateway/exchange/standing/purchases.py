"""What was bought of each article in a period so far, for prices that fall with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from edi_gateway.contract.pricing.breaks import BreaksBy, period_of
from edi_gateway.contract.rules.line import article_of
from edi_gateway.contract.terms import Agreement, Contract
from edi_gateway.documents import Order
from edi_gateway.exchange.standing.usual import SalesThen
from edi_gateway.store import Sale

_NOTHING: Mapping[str, Decimal] = {}


def counting_contract(agreement: Agreement) -> Contract | None:
    """The first contract whose prices count what was bought; None where no contract's do."""
    known = agreement.every_contract
    return next((each for each in known if each.breaks_by is BreaksBy.CUMULATIVE), None)


class Purchases:
    """What one customer bought in the periods the orders of a chunk fall into; kept up with them."""

    def __init__(self, ledger: SalesThen, agreement: Agreement, orders: Sequence[Order]) -> None:
        self._ledger = ledger
        self._agreement = agreement
        self._contract = counting_contract(agreement)
        self._articles = _articles_that_count(orders, agreement) if self._contract else set()
        self._bought: dict[tuple[date, date], dict[str, Decimal]] = {}

    def before(
        self, order: Order, contract: Contract, *, besides: int | None = None
    ) -> Mapping[str, Decimal]:
        """
        By our article codes, what was bought in the order's period, besides one order.

        The period is that of the contract the order is under; where that one does not count, the
        period of the first that does, which lines of the order may name.
        """
        period = self._period(order, contract)
        if period is None:
            return _NOTHING
        if besides is not None:
            return self._look_up(period, besides=besides)
        if period not in self._bought:
            self._bought[period] = self._look_up(period)
        return dict(self._bought[period])

    def until(self, order: Order, contract: Contract, message_id: int) -> Mapping[str, Decimal]:
        """The same as it was when the order's message came, whatever was ordered since."""
        period = self._period(order, contract)
        return _NOTHING if period is None else self._look_up(period, before=message_id)

    def _period(self, order: Order, contract: Contract) -> tuple[date, date] | None:
        if self._contract is None:
            return None
        if contract.breaks_by is not BreaksBy.CUMULATIVE:
            contract = self._contract
        return period_of(contract.breaks_period, order.issue_date, contract)

    def _look_up(
        self, period: tuple[date, date], *, besides: int | None = None, before: int | None = None
    ) -> dict[str, Decimal]:
        since, until = period
        return self._ledger.sales.bought(
            self._agreement.partner.id,
            self._articles,
            since=since,
            until=until,
            besides=besides,
            before=before,
        )

    def add(self, sale: Sale) -> None:
        """Count an order that was just answered."""
        for (since, until), bought in self._bought.items():
            if since <= sale.ordered_on < until:
                for article, sold in sale.articles.items():
                    bought[article] = bought.get(article, Decimal(0)) + sold.quantity

    def forget(self) -> None:
        """Look again, because an order was taken out of what was sold."""
        self._bought.clear()


def _articles_that_count(orders: Iterable[Order], agreement: Agreement) -> set[str]:
    """Our codes of the articles that are ordered, and of those that reach a break with them."""
    ordered = [
        article
        for order in orders
        for line in order.lines
        if (article := article_of(line, agreement.articles)) is not None
    ]
    groups = {article.break_group for article in ordered} - {None}
    codes = {article.code for article in ordered}
    if groups:
        codes |= {each.code for each in agreement.articles if each.break_group in groups}
    return codes
