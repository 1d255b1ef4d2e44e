"""
The clauses about one line: each rule reads and completes the line's worksheet.

They run in the order of `rules.LINE_RULES`; a rule closes the sheet where nothing sensible can be
said any further.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from edi_gateway.contract.articles import Article, Catalogue
from edi_gateway.contract.blankets import Blanket, BlanketLine
from edi_gateway.contract.decision import Effect, Finding, Later, Taken
from edi_gateway.contract.order_rules import SAMPLE, Case, price_date
from edi_gateway.contract.policies import (
    BelowMinimumQuantity,
    PriceBeyondTolerance,
    PriceWithinTolerance,
    QuantityNotMultiple,
)
from edi_gateway.contract.pricing import PriceRow, first_unusable, price_text, why
from edi_gateway.contract.stock import PIECES
from edi_gateway.documents import OrderLine, Price, gtin_key

_ZERO = Decimal(0)
_HUNDRED = Decimal(100)


class Worksheet:
    """
    One line while its rules run: each rule reads what the earlier ones found out.

    A rule closes the sheet where nothing sensible can be said any further.
    """

    __slots__ = (
        "agreement",
        "article",
        "blanket",
        "call_offs",
        "case",
        "circumstances",
        "committed",
        "confirmed",
        "findings",
        "is_closed",
        "later",
        "line",
        "order",
        "price",
        "promised",
        "replaced",
        "taken",
        "trace",
    )

    def __init__(self, line: OrderLine, case: Case) -> None:
        self.line = line
        self.case = case
        self.order = case.order
        self.agreement = case.agreement
        self.circumstances = case.circumstances
        self.call_offs = case.call_offs
        #: The blanket order that the line calls off, and its line.
        self.blanket: tuple[Blanket, BlanketLine] | None = None
        #: What a line of a blanket order commits to that orders no quantity.
        self.committed: Decimal | None = None
        self.article: Article | None = None
        self.confirmed = line.quantity.value
        self.price: Price | None = None
        #: The day of delivery we name, where it is not the requested one.
        self.promised: date | None = None
        #: What is confirmed for later, beside `confirmed`.
        self.later: tuple[Later, ...] = ()
        #: The article that was ordered, where `article` takes its place.
        self.replaced: Article | None = None
        self.taken: Taken | None = None
        self.findings: list[Finding] = []
        self.trace: list[str] = []
        self.is_closed = False

    def find(self, code: str, text: str, effect: Effect, **details: object) -> None:
        """Note a departure of this line."""
        self.findings.append(
            Finding(
                code=code,
                text=text,
                effect=effect,
                line=self.line.number,
                details={key: str(value) for key, value in details.items()},
            )
        )


def article_known(sheet: Worksheet) -> None:
    """The article is found by GTIN, else by our code, else by the buyer's; they must not differ."""
    line, index = sheet.line, sheet.agreement.articles
    gtin, ours, theirs = line.gtin, line.supplier_article, line.buyer_article
    named: list[tuple[str, str, Article | None]] = []
    if gtin:
        named.append(("GTIN", gtin, index.by_gtin.get(gtin_key(gtin))))
    if ours:
        named.append(("our code", ours, index.by_code.get(ours.strip())))
    if theirs:
        named.append(("buyer's code", theirs, index.by_buyer_code.get(theirs.strip())))
    for kind, code, article in named:
        if article is None:
            sheet.trace.append(f"{kind} {code} is not in the contract")
        elif sheet.article is None:
            sheet.article = article
            sheet.trace.append(f"article {article.code} found by {kind} {code}")
        elif article is not sheet.article:
            _note_disagreement(sheet, named)
            return
    if sheet.article is None:
        codes = ", ".join(f"{kind} {code}" for kind, code, _ in named) or "the line has no code"
        policy = sheet.agreement.contract.policies.unknown_article
        sheet.find("unknown-article", f"unknown article: {codes}", Effect(policy.value))
        sheet.trace.append(f"policy unknown_article = {policy}")
        sheet.is_closed = True


def article_of(line: OrderLine, articles: Catalogue) -> Article | None:
    """The article a line names by one of its codes; `article_known` judges whether they agree."""
    article = articles.by_gtin.get(gtin_key(line.gtin)) if line.gtin else None
    if article is None and line.supplier_article:
        article = articles.by_code.get(line.supplier_article.strip())
    if article is None and line.buyer_article:
        article = articles.by_buyer_code.get(line.buyer_article.strip())
    return article


def numbers_usable(sheet: Worksheet) -> None:
    """The quantity is above nothing, and no figure is beyond what an order can mean."""
    quantity, price = sheet.line.quantity.value, sheet.line.price
    figures = (quantity,) if price is None else (quantity, price.amount, price.per)
    unusable = first_unusable(*figures)
    if unusable is not None:
        sheet.find("figure-not-usable", f"figure not usable: {str(unusable)[:40]}", Effect.HOLD)
        sheet.is_closed = True
        return
    if quantity <= _ZERO:
        sheet.find(
            "quantity-not-positive",
            f"quantity not positive: {quantity} ordered",
            Effect.REJECT,
            ordered=quantity,
        )
        sheet.is_closed = True
    elif price is not None and price.per <= _ZERO:
        sheet.find(
            "figure-not-usable", f"figure not usable: a price per {price.per} units", Effect.HOLD
        )
        sheet.is_closed = True


def unit_agreed(sheet: Worksheet) -> None:
    """Quantity and price are in the article's unit; nothing is converted."""
    article, price = sheet.article, sheet.line.price
    if article is None:
        return
    for what, unit in (
        ("quantity", sheet.line.quantity.unit),
        ("price", price.unit if price is not None else None),
    ):
        if unit and unit != article.unit and not (unit in PIECES and article.unit in PIECES):
            sheet.find(
                "unit-differs",
                f"unit differs: {what} in {unit}, the contract sells {article.code} "
                f"in {article.unit}",
                Effect.HOLD,
                ordered=unit,
                contract=article.unit,
            )
            sheet.is_closed = True


def quantity_packed(sheet: Worksheet) -> None:
    """
    The quantity reaches the minimum and is a multiple of the pack.

    One below the minimum falls under that policy, any other that is no multiple under the other.
    """
    article, ordered = sheet.article, sheet.line.quantity.value
    if article is None:
        return
    minimum, pack = article.minimum_quantity, article.pack_multiple
    if minimum is not None and ordered < minimum:
        _below_minimum(sheet, minimum, pack)
    elif pack is not None and ordered % pack:
        _not_a_multiple(sheet, minimum, pack)


def sample_free(sheet: Worksheet) -> None:
    """Samples (1001: 228) cost nothing, whatever price the order states."""
    if sheet.order.type_code != SAMPLE or sheet.article is None:
        return
    sheet.price = Price(amount=_ZERO, per=Decimal(1), unit=sheet.article.unit)
    sheet.trace.append("a sample order: nothing is charged")
    asked = sheet.line.price
    if asked is not None and asked.amount:
        said = price_text(asked.amount, asked.per)
        sheet.find("sample-free", f"sample free: {said} ordered, nothing charged", Effect.CHANGE)


def price_agreed(sheet: Worksheet) -> None:
    """The ordered price is the contract price of the price date, give or take the tolerance."""
    article, ordered = sheet.article, sheet.line.quantity.value
    agreement, asked = sheet.agreement, sheet.line.price
    on = price_date(sheet.order, sheet.line, agreement)
    if article is None or on is None or not agreement.contract.is_valid_on(on):
        return  # `contract_valid` reports a missing date and one outside the contract
    if sheet.price is not None:
        return  # A sample is free.
    row = None if sheet.blanket is None else _blanket_price(*sheet.blanket, article)
    if row is not None and sheet.blanket is not None:
        price = price_text(row.price, row.per_quantity)
        explanation = f"price {price} of blanket order {sheet.blanket[0].number}"
    else:
        row = agreement.prices.find(article.code, ordered, on)
        explanation = why(agreement.prices, article.code, ordered, on, row)
    sheet.trace.append(explanation)
    if row is None:
        policy = agreement.contract.policies.no_price
        sheet.trace.append(f"policy no_price = {policy}")
        sheet.find(
            "no-valid-price",
            f"no valid price: {explanation}",
            Effect(policy.value),
            article=article.code,
            date=on,
        )
    elif asked is None:
        sheet.price = _contract_price(row, article)
        sheet.trace.append("the order states no price: the contract price applies")
    else:
        _compare(sheet, asked, row, article)


def _blanket_price(blanket: Blanket, line: BlanketLine, article: Article) -> PriceRow | None:
    """The price of the blanket order that a line calls off, where it has one of its own."""
    if line.price is None:
        return None
    return PriceRow(
        article=article.code,
        from_quantity=_ZERO,
        price=line.price,
        per_quantity=line.per,
        valid_from=blanket.valid_from,
        valid_until=blanket.valid_until,
    )


def _note_disagreement(sheet: Worksheet, named: list[tuple[str, str, Article | None]]) -> None:
    said = "; ".join(f"{kind} {code} is {a.code}" for kind, code, a in named if a is not None)
    sheet.find("codes-disagree", f"codes disagree about the article: {said}", Effect.HOLD)
    sheet.article = None
    sheet.is_closed = True


def _below_minimum(sheet: Worksheet, minimum: Decimal, pack: Decimal | None) -> None:
    ordered = sheet.line.quantity.value
    policy = sheet.agreement.contract.policies.below_minimum_quantity
    sheet.trace.append(f"{ordered} is below the minimum of {minimum}; policy {policy}")
    text = f"below minimum quantity: {ordered} ordered, at least {minimum}"
    details = {"ordered": ordered, "minimum": minimum}
    if policy is BelowMinimumQuantity.RAISE:
        sheet.confirmed = _rounded_up(minimum, pack)
        text = f"{text}, {sheet.confirmed} confirmed"
        sheet.find("below-minimum-quantity", text, Effect.CHANGE, **details)
    else:
        sheet.find("below-minimum-quantity", text, Effect.REJECT, **details)


def _not_a_multiple(sheet: Worksheet, minimum: Decimal | None, pack: Decimal) -> None:
    ordered = sheet.line.quantity.value
    policy = sheet.agreement.contract.policies.quantity_not_multiple
    sheet.trace.append(f"{ordered} is not a multiple of {pack}; policy {policy}")
    text = f"not a pack multiple: {ordered} ordered, pack of {pack}"
    effect = Effect.CHANGE
    if policy is QuantityNotMultiple.ROUND_UP:
        sheet.confirmed = _rounded_up(ordered, pack)
    elif policy is QuantityNotMultiple.ROUND_DOWN:
        sheet.confirmed = ordered - ordered % pack
        if sheet.confirmed <= _ZERO or (minimum is not None and sheet.confirmed < minimum):
            sheet.trace.append(f"rounded down to {sheet.confirmed}, which cannot be supplied")
            effect = Effect.REJECT
    else:
        effect = Effect.REJECT
    if effect is Effect.CHANGE:
        text = f"{text}, {sheet.confirmed} confirmed"
    sheet.find("not-a-pack-multiple", text, effect, ordered=ordered, pack=pack)


def _rounded_up(quantity: Decimal, pack: Decimal | None) -> Decimal:
    """
    Return the smallest multiple of `pack` that reaches `quantity`.

    >>> _rounded_up(Decimal(10), Decimal(6))
    Decimal('12')
    """
    rest = quantity % pack if pack is not None else _ZERO
    return quantity - rest + pack if pack is not None and rest else quantity


def _contract_price(row: PriceRow, article: Article) -> Price:
    return Price(amount=row.price, per=row.per_quantity, unit=article.unit)


def _compare(sheet: Worksheet, asked: Price, row: PriceRow, article: Article) -> None:
    """Compare prices of one unit by cross-multiplication: nothing is rounded on the way."""
    ordered, agreed = asked.amount * row.per_quantity, row.price * asked.per
    policies = sheet.agreement.contract.policies
    stands = policies.price_within_tolerance is PriceWithinTolerance.ORDERED
    if ordered == agreed:
        sheet.price = asked if stands else _contract_price(row, article)
        sheet.trace.append("the ordered price equals the contract price")
        return
    difference = abs(ordered - agreed)
    limit = sheet.agreement.contract.price_tolerance_percent
    is_within = difference * _HUNDRED <= limit * agreed
    asked_text = price_text(asked.amount, asked.per)
    agreed_text = price_text(row.price, row.per_quantity)
    shown = f"{asked_text} ordered, {agreed_text} in the contract"
    relation = "within" if is_within else "beyond"
    percent = f"{difference * _HUNDRED / agreed:.2f}"
    sheet.trace.append(f"{shown}: {percent} % apart, {relation} the tolerance of {limit} %")
    details = {"ordered": asked_text, "contract": agreed_text, "percent": percent}
    if is_within and stands:
        sheet.price = asked
        sheet.trace.append("policy price_within_tolerance = ordered: the ordered price stands")
        sheet.find(
            "price-within-tolerance", f"price within tolerance: {shown}", Effect.NOTE, **details
        )
    elif is_within:
        sheet.price = _contract_price(row, article)
        sheet.trace.append("policy price_within_tolerance = contract: the contract price applies")
        sheet.find(
            "price-within-tolerance", f"price within tolerance: {shown}", Effect.CHANGE, **details
        )
    else:
        _beyond(sheet, shown, details)
        sheet.price = _contract_price(row, article)


def _beyond(sheet: Worksheet, shown: str, details: dict[str, str]) -> None:
    policy = sheet.agreement.contract.policies.price_beyond_tolerance
    sheet.trace.append(f"policy price_beyond_tolerance = {policy}")
    effect = _BEYOND[policy]
    sheet.find("price-beyond-tolerance", f"price beyond tolerance: {shown}", effect, **details)


_BEYOND = {
    PriceBeyondTolerance.CORRECT: Effect.CHANGE,
    PriceBeyondTolerance.REJECT: Effect.REJECT,
    PriceBeyondTolerance.HOLD: Effect.HOLD,
}
