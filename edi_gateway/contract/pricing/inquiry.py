"""
What an order asks of the price lists: which lists are asked, and for which quantity.

Built once for an order; what only some contracts need (quantities of other lines) is worked out
when it is first asked for.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from edi_gateway.contract.pricing.book import Ask, Chain, Kind
from edi_gateway.contract.pricing.breaks import BreaksBy, Promotions
from edi_gateway.contract.pricing.steps import BreakStep
from edi_gateway.contract.pricing.units import PIECES
from edi_gateway.contract.resolution import local_day
from edi_gateway.contract.terms import PriceDate
from edi_gateway.documents import gtin_key

if TYPE_CHECKING:
    from edi_gateway.contract.articles import Article
    from edi_gateway.contract.circumstances import Circumstances
    from edi_gateway.contract.terms import Agreement, Contract
    from edi_gateway.documents import Order, OrderLine

_ZERO = Decimal(0)
_ONE = Decimal(1)

#: An article and how much of it, in its own unit.
Wanted = tuple["Article", Decimal]


class Inquiry:
    """The price questions of one order."""

    __slots__ = (
        "_agreement",
        "_bought",
        "_order",
        "_wanted",
        "common",
        "currency",
        "day",
        "is_plain",
        "referring",
    )

    def __init__(self, order: Order, agreement: Agreement, circumstances: Circumstances) -> None:
        self._order = order
        self._agreement = agreement
        self._bought = circumstances.bought
        self._wanted: list[Wanted | None] | None = None
        contract = agreement.contract
        own = contract.currency
        #: The lines that name a contract, a price list or a promotion of their own.
        self.referring = [
            line
            for line in order.lines
            if line.contract_number or line.price_list or line.promotion
        ]
        #: The price date of all lines, where they have one and the contract is valid on it.
        self.day = None if self.referring else _day(order, contract, circumstances)
        #: Whether each line is priced by its own quantity, from the lists of all.
        self.is_plain = not self.referring and contract.has_plain_breaks
        #: The order's, if there are prices in it under its contract; else it is held.
        self.currency = order.currency or own
        #: The lists to ask for the price of a line that names none of its own.
        self.common = self._asked(contract, None, order.promotion, order.price_list)
        if not self.common and self.currency != own:
            self.currency = own
            self.common = self._asked(contract, None, order.promotion, order.price_list)

    def chain(self, line: OrderLine, contract: Contract) -> Chain:
        """The lists to ask for the price of a line, which may name its own references."""
        if not self.referring or line not in self.referring:
            return self.common
        header = self._order
        promotion = line.promotion or header.promotion
        return self._asked(
            contract, line.contract_number, promotion, line.price_list or header.price_list
        )

    def for_break(
        self, line: OrderLine, article: Article, quantity: Decimal, contract: Contract
    ) -> BreakStep | None:
        """The quantity that reaches a break, where it is not the line's own `quantity`."""
        by = contract.breaks_by
        if by is BreaksBy.LINE and not contract.merge_same_article:
            return None
        others = self._others(line, article, contract, before_it=False)
        bought = self._bought_of(article, contract)
        return BreakStep(
            line=quantity,
            others=others,
            bought=bought,
            period=contract.breaks_period.value,
            result=quantity + others + bought,
        )

    def ordered(self, line: OrderLine) -> Decimal | None:
        """What a line orders in its article's unit; None where that is not clear."""
        wanted = _wanted(line, self._agreement)
        return None if wanted is None else wanted[1]

    def before(self, line: OrderLine, article: Article, contract: Contract) -> Decimal:
        """How many units fill the brackets before the line's own do."""
        if contract.breaks_by is BreaksBy.LINE and not contract.merge_same_article:
            return _ZERO
        others = self._others(line, article, contract, before_it=True)
        return others + self._bought_of(article, contract)

    def _asked(
        self,
        contract: Contract,
        line_contract: str | None,
        promotion: str | None,
        price_list: str | None,
    ) -> Chain:
        agreement, party = self._agreement, self._order.delivery_party
        group, base, book = contract.group_price_list, contract.base_price_list, agreement.prices
        if price_list is not None and not book.knows(Kind.LIST, price_list):
            price_list = None
        if promotion is not None and not book.knows(Kind.PROMOTION, promotion):
            promotion = None
        ask = Ask(
            currency=self.currency,
            delivery_party=party.gln if party is not None else None,
            contract=agreement.contract.number,
            line_contract=line_contract,
            promotion=promotion,
            automatic=contract.promotions is Promotions.AUTOMATIC,
            price_list=price_list or contract.price_list or book.home,
            group_list=None if price_list and price_list == base else group,
            base_list=base,
        )
        return book.chain(ask)

    def _bought_of(self, article: Article, contract: Contract) -> Decimal:
        if contract.breaks_by is not BreaksBy.CUMULATIVE:
            return _ZERO
        bought = self._bought
        if article.break_group is None:
            return bought.get(article.code, _ZERO)
        group = [a.code for a in self._agreement.articles if a.break_group == article.break_group]
        return sum((bought.get(code, _ZERO) for code in group), _ZERO)

    def _others(
        self, line: OrderLine, article: Article, contract: Contract, *, before_it: bool
    ) -> Decimal:
        """What other lines order of the article, or of its group where breaks count by order."""
        by_group = article.break_group is not None and contract.breaks_by is not BreaksBy.LINE
        if self._wanted is None:
            self._wanted = [_wanted(each, self._agreement) for each in self._order.lines]
        total = _ZERO
        for other, wanted in zip(self._order.lines, self._wanted, strict=True):
            if other is line:
                if before_it:
                    break
                continue
            if wanted is None:
                continue
            same = wanted[0] is article
            if same or (by_group and wanted[0].break_group == article.break_group):
                total += wanted[1]
        return total


def _day(order: Order, contract: Contract, circumstances: Circumstances) -> date | None:
    if not contract.price_date.is_of_order:
        return None
    day: date | None = order.issue_date
    if contract.price_date is PriceDate.RECEIPT:
        day = local_day(contract, circumstances)
    return day if day is not None and contract.is_valid_on(day) else None


def _wanted(line: OrderLine, agreement: Agreement) -> Wanted | None:
    """What a line orders; None where it is not clear, for then its own rules stop it."""
    quantity = line.quantity.value
    if not quantity.is_finite() or quantity <= _ZERO:
        return None
    named = [found for found in _named(line, agreement) if found is not None]
    if not named or any(article is not named[0][0] for article, _ in named):
        return None
    article, level = named[0]
    unit = line.quantity.unit
    if level is not None and (unit is None or unit in PIECES):
        unit = level
    factor = agreement.units.factor(article, unit)
    return None if factor is None else (article, quantity * factor)


def _named(line: OrderLine, agreement: Agreement) -> list[tuple[Article, str | None] | None]:
    """Each article the line's codes name, with the packaging level a GTIN stands for."""
    index, found = agreement.articles, list[tuple["Article", str | None] | None]()
    if line.gtin:
        article, level = index.by_gtin.get(gtin_key(line.gtin)), None
        if article is None and (row := agreement.units.level(line.gtin)) is not None:
            article, level = index.by_code.get(row.article), row.unit
        found.append((article, level) if article is not None else None)
    for code, codes in (
        (line.supplier_article, index.by_code),
        (line.buyer_article, index.by_buyer_code),
    ):
        article = codes.get(code.strip()) if code else None
        found.append((article, None) if article is not None else None)
    return found
