"""Explain the price of one article, as an order of it would be decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

import msgspec

from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.decision import Decision
from edi_gateway.contract.partner import Company
from edi_gateway.contract.pricing.steps import data
from edi_gateway.contract.rules import decide
from edi_gateway.contract.terms import Agreement, Contract, StockCheck
from edi_gateway.documents import Order, OrderLine, Party, Quantity

_NOON = time(12)


class Enquiry(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to know the price of."""

    #: Our code, the customer's, or a GTIN.
    article: str
    quantity: Decimal
    #: Of the order, of its delivery and of its receipt at once.
    on: date
    unit: str | None = None
    delivery_party: str | None = None
    currency: str | None = None
    contract: str | None = None
    price_list: str | None = None
    promotion: str | None = None


def explain(enquiry: Enquiry, agreement: Agreement, company: Company, zone: tzinfo) -> Decision:
    """Decide an order of the one article that states no price; its one line has the explanation."""
    party = enquiry.delivery_party
    order = Order(
        number="enquiry",
        issue_date=enquiry.on,
        requested_delivery=enquiry.on,
        currency=enquiry.currency,
        contract_number=enquiry.contract,
        price_list=enquiry.price_list,
        promotion=enquiry.promotion,
        delivery_party=Party(gln=party) if party else None,
        lines=(_line(enquiry, agreement),),
    )
    agreement = _for_one_line(agreement)
    now = datetime.combine(enquiry.on, _NOON, tzinfo=zone)
    return decide(order, agreement, company=company, circumstances=Circumstances(now=now))


def explanation(decision: Decision) -> dict[str, Any]:
    """What was found out, for programs: figures as they are, and each step with its own."""
    line = decision.lines[0]
    return {
        "action": line.action,
        "article": line.article.code if line.article else None,
        "ordered": line.ordered,
        "confirmed": line.confirmed,
        "unit": line.unit,
        "price": line.price.amount if line.price else None,
        "per": line.price.per if line.price else None,
        "amount": line.amount,
        "sentences": list(line.trace),
        "steps": [data(step) for step in line.steps],
        "findings": [
            {"code": each.code, "effect": each.effect, "text": each.text}
            for each in decision.findings
        ],
    }


def _for_one_line(agreement: Agreement) -> Agreement:
    """The agreement without what it asks of a whole order, of stock and dates: a price has none."""

    def bare(contract: Contract) -> Contract:
        return replace(
            contract,
            minimum_order_value=Decimal(0),
            maximum_order_value=None,
            charges=(),
            stock=StockCheck.IGNORE,
            guards=None,
            approvals=(),
            duplicate_days=None,
            lead_time_days=None,
            delivery_days=frozenset(),
            holidays=frozenset(),
            holiday_calendar=None,
            closing_periods=(),
        )

    contracts = tuple(map(bare, agreement.contracts))
    main = contracts[0] if contracts else bare(agreement.contract)
    return replace(agreement, contract=main, contracts=contracts)


def _line(enquiry: Enquiry, agreement: Agreement) -> OrderLine:
    """The line, naming the article by whichever kind of code this is."""
    code, index = enquiry.article, agreement.articles
    theirs = code not in index.by_code and code in index.by_buyer_code
    gtin = code not in index.by_code and not theirs and code.isdecimal()
    return OrderLine(
        number="1",
        quantity=Quantity(value=enquiry.quantity, unit=enquiry.unit),
        supplier_article=None if theirs or gtin else code,
        buyer_article=code if theirs else None,
        gtin=code if gtin else None,
    )
