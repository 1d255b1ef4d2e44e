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
from edi_gateway.contract.policies import BelowMinimumQuantity, QuantityNotMultiple
from edi_gateway.contract.pricing.figures import ONE, first_unusable, plain, price_text
from edi_gateway.contract.pricing.quoting import stated
from edi_gateway.contract.pricing.steps import NoPriceStep, RowStep, Step, UnitStep
from edi_gateway.contract.pricing.units import PIECES
from edi_gateway.contract.resolution import price_date
from edi_gateway.contract.rules.order import SAMPLE, Case
from edi_gateway.contract.terms import PriceDate
from edi_gateway.documents import OrderLine, Price, gtin_key

_ZERO = Decimal(0)
_MICRO = Decimal("0.000001")


class Worksheet:
    """
    One line while its rules run: each rule reads what the earlier ones found out.

    A rule closes the sheet where nothing sensible can be said any further.
    """

    __slots__ = (
        "agreement",
        "article",
        "asked",
        "blanket",
        "call_offs",
        "case",
        "circumstances",
        "committed",
        "confirmed",
        "contract_price",
        "factor",
        "findings",
        "inquiry",
        "is_closed",
        "later",
        "line",
        "order",
        "ordered",
        "ordered_factor",
        "price",
        "promised",
        "provisional_until",
        "replaced",
        "taken",
        "trace",
        "unit",
    )

    def __init__(self, line: OrderLine, case: Case) -> None:
        self.line = line
        self.case = case
        self.order = case.order
        named = line.contract_number
        self.agreement = case.agreement if named is None else case.agreement_of(line)
        self.circumstances = case.circumstances
        self.inquiry = case.inquiry
        self.call_offs = case.call_offs
        #: The blanket order that the line calls off, and its line.
        self.blanket: tuple[Blanket, BlanketLine] | None = None
        #: What a line of a blanket order commits to that orders no quantity.
        self.committed: Decimal | None = None
        self.article: Article | None = None
        #: The unit the line is answered in, and how many of the article's unit it holds: the
        #: ordered one, unless what is confirmed cannot be stated in it.
        self.unit = line.quantity.unit
        self.factor = ONE
        self.ordered_factor = ONE
        #: What is ordered and what is confirmed, in the article's unit.
        self.ordered = line.quantity.value
        self.confirmed = line.quantity.value
        #: The price the order states, or what its gross price leads to.
        self.asked = line.price
        #: The price that stands, and the contract's where the order states one; in `unit`.
        self.price: Price | None = None
        self.contract_price: Price | None = None
        #: Until when the price is provisional; None: it stands.
        self.provisional_until: PriceDate | None = None
        #: The day of delivery we name, where it is not the requested one.
        self.promised: date | None = None
        #: What is confirmed for later, beside `confirmed`.
        self.later: tuple[Later, ...] = ()
        #: The article that was ordered, where `article` takes its place.
        self.replaced: Article | None = None
        self.taken: Taken | None = None
        self.findings: list[Finding] = []
        self.trace: list[str | Step] = []
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

    @property
    def all_confirmed(self) -> Decimal:
        """What is confirmed, now and for later, in the article's unit."""
        if not self.later:
            return self.confirmed
        return sum([part.quantity for part in self.later], self.confirmed)

    @property
    def names_terms(self) -> bool:
        """Whether the trace names the contract, as that of a price does, or of none that was found."""
        return any(isinstance(step, RowStep | NoPriceStep) for step in self.trace)

    @property
    def article_price(self) -> Price | None:
        """The price that stands, for the article's unit."""
        return self._for_article(self.price)

    def price_date(self) -> date | None:
        """The date the line's price must be valid on; None where the order does not say it."""
        return price_date(self.order, self.line, self.agreement.contract, self.circumstances)

    def in_unit(self, quantity: Decimal) -> Decimal:
        """A quantity in the article's unit, in the line's."""
        return quantity if self.factor is ONE else plain(quantity / self.factor)

    def fit_unit(self) -> None:
        """Answer in the article's unit where what is confirmed is no round number of the ordered."""
        if self.factor is ONE:
            return
        for quantity in (self.confirmed, *(part.quantity for part in self.later)):
            if (quantity / self.factor).quantize(_MICRO) * self.factor != quantity:
                self.trace.append(f"{quantity} is no round number of {self.unit}")
                self.state_in_article_unit()
                return

    def state_in_article_unit(self) -> None:
        """Answer in the article's unit, whatever the order's is."""
        if self.factor is ONE or self.article is None:
            return
        self.price = self._for_article(self.price)
        self.contract_price = self._for_article(self.contract_price)
        self.unit, self.factor = self.article.unit, ONE
        self.trace.append(f"the line is answered in {self.unit}")

    def _for_article(self, price: Price | None) -> Price | None:
        if price is None or self.factor is ONE or self.article is None:
            return price
        return stated(price.amount, price.per, self.factor, ONE, self.article.unit)


def article_known(sheet: Worksheet) -> None:
    """The article is found by GTIN, else by our code, else by the buyer's; they must not differ."""
    line, index = sheet.line, sheet.agreement.articles
    gtin, ours, theirs = line.gtin, line.supplier_article, line.buyer_article
    named: list[tuple[str, str, Article | None]] = []
    if gtin:
        named.append(("GTIN", gtin, index.by_gtin.get(gtin_key(gtin)) or _level(sheet, gtin)))
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
    """Quantity and price are in the article's unit, or in one whose factor the package states."""
    article, price, units = sheet.article, sheet.line.price, sheet.agreement.units
    if article is None:
        return
    for what, unit in (
        ("quantity", sheet.unit),
        ("price", price.unit if price is not None else None),
    ):
        if not unit or unit == article.unit or (unit in PIECES and article.unit in PIECES):
            continue
        factor = units.factor(article, unit)
        if factor is None:
            _note_unit(sheet, what, unit, article)
        elif what == "quantity":
            sheet.factor = sheet.ordered_factor = factor
            sheet.ordered = sheet.confirmed = plain(sheet.line.quantity.value * factor)
            sheet.trace.append(
                UnitStep(
                    quantity=sheet.line.quantity.value,
                    unit=unit,
                    factor=factor,
                    result=sheet.ordered,
                    article_unit=article.unit,
                )
            )


def quantity_packed(sheet: Worksheet) -> None:
    """
    The quantity reaches the minimum and is a multiple of the pack.

    One below the minimum falls under that policy, any other that is no multiple under the other.
    """
    article, ordered = sheet.article, sheet.ordered
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
    sheet.price = Price(amount=_ZERO, per=ONE, unit=sheet.article.unit)
    sheet.trace.append("a sample order: nothing is charged")
    asked = sheet.line.price
    if asked is not None and asked.amount:
        said = price_text(asked.amount, asked.per)
        sheet.find("sample-free", f"sample free: {said} ordered, nothing charged", Effect.CHANGE)


def _level(sheet: Worksheet, gtin: str) -> Article | None:
    """The article one of whose packaging levels a GTIN names; the quantity then counts those."""
    level = sheet.agreement.units.level(gtin)
    if level is None:
        return None
    if sheet.unit is None or sheet.unit in PIECES:
        sheet.unit = level.unit
    return sheet.agreement.articles.by_code.get(level.article)


def _note_unit(sheet: Worksheet, what: str, unit: str, article: Article) -> None:
    sheet.find(
        "unit-differs",
        f"unit differs: {what} in {unit}, the contract sells {article.code} in {article.unit}",
        Effect.HOLD,
        ordered=unit,
        contract=article.unit,
    )
    sheet.trace.append(f"units.csv has no factor of {unit} for {article.code}: nothing is guessed")
    sheet.is_closed = True


def _note_disagreement(sheet: Worksheet, named: list[tuple[str, str, Article | None]]) -> None:
    said = "; ".join(f"{kind} {code} is {a.code}" for kind, code, a in named if a is not None)
    text = f"codes disagree about the article: {said}"
    sheet.find("codes-disagree", text, Effect.HOLD)
    sheet.trace.append(f"{text}; none is weighed against another")
    sheet.article = None
    sheet.is_closed = True


def _below_minimum(sheet: Worksheet, minimum: Decimal, pack: Decimal | None) -> None:
    ordered = sheet.ordered
    policy = sheet.agreement.contract.policies.below_minimum_quantity
    sheet.trace.append(f"{ordered} is below the minimum of {minimum}")
    sheet.trace.append(f"policy below_minimum_quantity = {policy}")
    text = f"below minimum quantity: {ordered} ordered, at least {minimum}"
    details = {"ordered": ordered, "minimum": minimum}
    if policy is BelowMinimumQuantity.RAISE:
        sheet.confirmed = _rounded_up(minimum, pack)
        text = f"{text}, {sheet.confirmed} confirmed"
        sheet.find("below-minimum-quantity", text, Effect.CHANGE, **details)
    else:
        sheet.find("below-minimum-quantity", text, Effect.REJECT, **details)


def _not_a_multiple(sheet: Worksheet, minimum: Decimal | None, pack: Decimal) -> None:
    ordered = sheet.ordered
    policy = sheet.agreement.contract.policies.quantity_not_multiple
    sheet.trace.append(f"{ordered} is not a multiple of {pack}")
    sheet.trace.append(f"policy quantity_not_multiple = {policy}")
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
