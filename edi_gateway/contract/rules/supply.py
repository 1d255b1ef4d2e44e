"""
The clauses about what can be supplied: whether the article is sold, how much, and what is there.

An article that takes another's place is judged like one that was ordered: by its own unit, pack,
price and stock. What was ordered stays on the sheet, for the answer and all that follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from edi_gateway.contract.articles import Article
from edi_gateway.contract.blankets import BLANKET_ORDER
from edi_gateway.contract.decision import NOTHING_TAKEN, Effect, Later
from edi_gateway.contract.policies import (
    AboveMaximumQuantity,
    DelistedArticle,
    ReplacedArticle,
    StockShort,
    StockUnknown,
)
from edi_gateway.contract.rules.line import Worksheet
from edi_gateway.contract.rules.looks import looked_at, sight_of
from edi_gateway.contract.stock import (
    Promise,
    StockFigure,
    promise_in_time,
    promise_rest,
    step_of,
    whole,
)
from edi_gateway.contract.terms import StockCheck, Substitution

_ZERO = Decimal(0)

_STOPPING = frozenset({Effect.HOLD, Effect.REJECT})


def article_offered(sheet: Worksheet) -> None:
    """
    The article is sold on the price date; a successor or a substitute takes its place by policy.

    Where the order names no price date, the day it was issued counts.
    """
    article = sheet.article
    if article is None:
        return
    if (article.delisted_from or article.orderable_from or article.replaced_by) is None:
        return
    on = sheet.price_date() or sheet.order.issue_date
    if article.replaced_by is not None and not _is_before(on, article.delisted_from):
        _replaced(sheet, article, on)
    elif not _is_offered(article, on):
        _not_offered(sheet, article, on)


def quantity_within_maximum(sheet: Worksheet) -> None:
    """What would be confirmed is no more than the article's maximum."""
    article = sheet.article
    if article is None or article.maximum_quantity is None:
        return
    wanted, maximum = sheet.confirmed, article.maximum_quantity
    if wanted <= maximum:
        return
    policy = sheet.agreement.contract.policies.above_maximum_quantity
    sheet.trace.append(f"{wanted} is above the maximum of {maximum}")
    sheet.trace.append(f"policy above_maximum_quantity = {policy}")
    text = f"above maximum quantity: {wanted} wanted, at most {maximum}"
    details = {"ordered": sheet.line.quantity.value, "maximum": maximum}
    effect = _ABOVE[policy]
    if effect is Effect.CHANGE:
        sheet.confirmed = whole(maximum, step_of(article))
        text = f"{text}, {sheet.confirmed} confirmed"
    sheet.find("above-maximum-quantity", text, effect, **details)


def article_in_stock(sheet: Worksheet) -> None:
    """Under `stock_short = "substitute"`, another article takes the place of one that is short."""
    policy = sheet.agreement.contract.policies.stock_short
    if policy is not StockShort.SUBSTITUTE or sheet.article is None or not _is_checked(sheet):
        return
    article, wanted = sheet.article, sheet.confirmed
    figure = _figure(sheet, article)
    if figure is None:
        return
    promised = _promised_in_time(sheet, article, figure, wanted)
    if promised.in_time < wanted:
        sheet.trace.append(figure.text(article.code))
        sheet.trace.append(f"{promised.in_time} of {wanted} in time; policy stock_short = {policy}")
        _substitute_in_stock(sheet, article, wanted, promised.in_time)


def stock_promised(sheet: Worksheet) -> None:
    """
    What is confirmed is there when it is wanted, by the ERP's figures; what is short is settled.

    The last of the rules: what it promises is what all others left of the line.
    """
    article = sheet.article
    if article is None or sheet.price is None or not _is_checked(sheet):
        return
    wanted, figure = sheet.confirmed, _figure(sheet, article)
    if figure is None:
        _no_figure(sheet, article)
        return
    sheet.trace.append(figure.text(article.code))
    promised = _promised_in_time(sheet, article, figure, wanted)
    if promised.in_time == wanted:
        _take(sheet, article, promised)
        return
    policy = sheet.agreement.contract.policies.stock_short
    sheet.trace.append(f"{promised.in_time} of {wanted} in time; policy stock_short = {policy}")
    if policy in _SHORT_STOPS:
        _short(sheet, wanted, promised.in_time, _SHORT_STOPS[policy])
        return
    if policy is StockShort.BACKORDER:
        promised = _with_rest(sheet, article, figure, wanted, promised)
    _confirm_in_part(sheet, article, wanted, promised)


# --- articles that are no longer sold --------------------------------------------------------------


def _is_before(on: date, day: date | None) -> bool:
    return day is not None and on < day


def _is_offered(article: Article, on: date) -> bool:
    if _is_before(on, article.orderable_from):
        return False
    return article.delisted_from is None or on < article.delisted_from


def _replaced(sheet: Worksheet, article: Article, on: date) -> None:
    """Go from successor to successor until one is sold."""
    policy = sheet.agreement.contract.policies.replaced_article
    successor = _successor(sheet, article, on)
    if successor is None:
        sheet.trace.append(f"no successor of {article.code} is sold on {on}")
        if not _is_offered(article, on):
            _not_offered(sheet, article, on)
        return
    sheet.trace.append(f"policy replaced_article = {policy}")
    text = f"article replaced: {article.code} is replaced by {successor.code}"
    effect = _REPLACED[policy]
    sheet.find("article-replaced", text, effect, article=article.code, successor=successor.code)
    if effect is Effect.CHANGE:
        _take_instead(sheet, article, successor)


def _successor(sheet: Worksheet, article: Article, on: date) -> Article | None:
    """The first of the successors that is sold on the day; the package has no circles."""
    at: Article | None = article
    while at is not None and at.replaced_by is not None and not _is_before(on, at.delisted_from):
        since = f" since {at.delisted_from}" if at.delisted_from else ""
        sheet.trace.append(f"article {at.code} is replaced by {at.replaced_by}{since}")
        at = sheet.agreement.articles.by_code.get(at.replaced_by)
    return at if at is not None and _is_offered(at, on) else None


def _not_offered(sheet: Worksheet, article: Article, on: date) -> None:
    policies = sheet.agreement.contract.policies
    policy = policies.delisted_article
    if _is_before(on, article.orderable_from):
        text = f"article {article.code} is sold from {article.orderable_from} on, not on {on}"
    else:
        text = f"article {article.code} is no longer sold since {article.delisted_from}"
    sheet.trace.append(f"{text}; policy delisted_article = {policy}")
    text = f"article not offered: {text}"
    if policy is DelistedArticle.SUBSTITUTE:
        for other in _candidates(sheet, article, on):
            _offer_instead(sheet, article, other, "article-not-offered", text)
            return
        text = f"{text}, and nothing may be supplied instead"
    effect = Effect.HOLD if policy is DelistedArticle.HOLD else Effect.REJECT
    sheet.find("article-not-offered", text, effect, article=article.code, date=on)


# --- other articles instead -----------------------------------------------------------------------


def _candidates(sheet: Worksheet, article: Article, on: date) -> Iterator[Article]:
    """What the contract allows instead and is sold on the day, the successor first."""
    allowed = sheet.agreement.contract.substitution
    sheet.trace.append(f"contract substitution = {allowed}")
    if allowed is Substitution.NONE:
        return
    codes = [] if article.replaced_by is None else [article.replaced_by]
    if allowed is not Substitution.SAME_ARTICLE:
        codes += article.substitutes
    for code in dict.fromkeys(codes):
        other = sheet.agreement.articles.by_code.get(code)
        if other is None or not _is_offered(other, on):
            sheet.trace.append(f"substitute {code} is not sold on {on}")
        else:
            yield other


def _offer_instead(
    sheet: Worksheet, article: Article, other: Article, code: str, text: str
) -> None:
    """Supply another article; where a person is to be asked each time, once they released it."""
    details = {"article": article.code, "substitute": other.code}
    if sheet.agreement.contract.substitution is Substitution.ASK:
        asked = f"{other.code} could be supplied instead of {article.code}"
        seen = looked_at(
            sheet.circumstances, sight_of("substitute-offered", asked), sheet.line.number
        )
        if not seen:
            sheet.find(code, text, Effect.NOTE, **details)
            sheet.find("substitute-offered", asked, Effect.HOLD, **details)
            return
        sheet.trace.append(f"{asked}: released by a person")
    sheet.find(code, f"{text}; {other.code} is supplied instead", Effect.CHANGE, **details)
    _take_instead(sheet, article, other)


def _take_instead(sheet: Worksheet, article: Article, other: Article) -> None:
    sheet.trace.append(f"article {other.code} takes the place of {article.code}")
    sheet.replaced = sheet.replaced or article
    sheet.state_in_article_unit()  # a carton of the one may hold more than one of the other
    sheet.article = other


# --- stock ----------------------------------------------------------------------------------------


def _is_checked(sheet: Worksheet) -> bool:
    """Whether something will be shipped that the contract holds against stock."""
    if sheet.agreement.contract.stock is not StockCheck.CHECK:
        return False
    if sheet.order.type_code == BLANKET_ORDER:
        return False
    return not any(finding.effect in _STOPPING for finding in sheet.findings)


def _figure(sheet: Worksheet, article: Article) -> StockFigure | None:
    """The article's figure, less what earlier lines of the order take."""
    figure = sheet.circumstances.stock.get(article.code)
    taken = sheet.case.taken.get(article.code)
    return figure if figure is None or taken is None else figure.less(taken)


def _today(sheet: Worksheet) -> date | None:
    now = sheet.circumstances.now
    return now.date() if now is not None else None


def _promised_in_time(
    sheet: Worksheet, article: Article, figure: StockFigure, wanted: Decimal
) -> Promise:
    requested = sheet.promised or sheet.line.requested_delivery or sheet.order.requested_delivery
    return promise_in_time(
        wanted, figure, step=step_of(article), today=_today(sheet), requested=requested
    )


def _with_rest(
    sheet: Worksheet, article: Article, figure: StockFigure, wanted: Decimal, promised: Promise
) -> Promise:
    """The promise with the rest for later, as far as the customer still takes it (DTM 61)."""
    last, day = sheet.order.cancel_after, _delivery_day(sheet, figure.next_date)
    with_rest = promise_rest(
        promised,
        wanted,
        figure,
        step=step_of(article),
        today=_today(sheet),
        day=day,
        last=last,
    )
    if not with_rest.later:
        sheet.trace.append(f"more can be delivered on {day}; the customer cancels after {last}")
    return with_rest


def _delivery_day(sheet: Worksheet, day: date | None) -> date | None:
    """The first day of delivery from a day on, by the contract's calendar where it has one."""
    contract = sheet.agreement.contract
    if day is None or not contract.has_calendar:
        return day
    delivered = contract.calendar().delivery_day(day)
    if delivered != day:
        sheet.trace.append(f"the first day of delivery from {day} on is {delivered}")
    return delivered


def _no_figure(sheet: Worksheet, article: Article) -> None:
    policy = sheet.agreement.contract.policies.stock_unknown
    sheet.trace.append(f"no stock figure of {article.code}; policy stock_unknown = {policy}")
    if policy is StockUnknown.HOLD:
        text = f"stock unknown: the ERP gave no figure of {article.code}"
        sheet.find("stock-unknown", text, Effect.HOLD, article=article.code)


def _short(
    sheet: Worksheet, wanted: Decimal, in_time: Decimal, effect: Effect, said: str = ""
) -> None:
    text = f"stock short: {wanted} wanted, {in_time} there in time{said}"
    sheet.find("stock-short", text, effect, wanted=wanted, available=in_time)


def _confirm_in_part(
    sheet: Worksheet, article: Article, wanted: Decimal, promised: Promise
) -> None:
    """Confirm what was promised, and say what becomes of the rest."""
    total, minimum = promised.total, article.minimum_quantity or _ZERO
    if total <= _ZERO or total < minimum:
        said = f", fewer than the minimum of {minimum}" if total > _ZERO else ""
        _short(sheet, wanted, promised.in_time, Effect.REJECT, said)
        return
    sheet.confirmed, sheet.later = promised.in_time, promised.later
    _take(sheet, article, promised)
    if total < wanted:
        text = f"rest cancelled: {wanted} wanted, {total} there in time"
        sheet.find("rest-cancelled", text, Effect.CHANGE, wanted=wanted, available=total)
        return
    said = "".join(f", {part.quantity} {_when(part)}" for part in promised.later)
    _short(sheet, wanted, promised.in_time, Effect.CHANGE, said)


def _take(sheet: Worksheet, article: Article, promised: Promise) -> None:
    """Take what is promised, so that later lines of the order no longer find it."""
    sheet.taken = promised.taken
    taken = sheet.case.taken
    taken[article.code] = promised.taken.plus(taken.get(article.code, NOTHING_TAKEN))


def _when(part: Later) -> str:
    return f"on {part.on}" if part.on is not None else "later, on a day not known yet"


def _substitute_in_stock(
    sheet: Worksheet, article: Article, wanted: Decimal, in_time: Decimal
) -> None:
    """Take another article of which all is there in time, in quantities it is sold in."""
    on = sheet.price_date() or sheet.order.issue_date
    for other in _candidates(sheet, article, on):
        figure = _figure(sheet, other)
        if figure is None:
            sheet.trace.append(f"no stock figure of substitute {other.code}")
            continue
        promised = _promised_in_time(sheet, other, figure, wanted)
        if promised.in_time == wanted and _is_sold_in(other, wanted):
            text = f"stock short: {wanted} of {article.code} wanted, {in_time} there in time"
            _offer_instead(sheet, article, other, "stock-short", text)
            return
        sheet.trace.append(figure.text(other.code))
        sheet.trace.append(f"substitute {other.code} cannot be supplied in {wanted}")
    _short(sheet, wanted, in_time, Effect.HOLD, ", and nothing may be supplied instead")


def _is_sold_in(article: Article, quantity: Decimal) -> bool:
    """Whether the quantity fits an article's pack, minimum and maximum as it is."""
    minimum, maximum = article.minimum_quantity, article.maximum_quantity
    if minimum is not None and quantity < minimum:
        return False
    if maximum is not None and quantity > maximum:
        return False
    return whole(quantity, step_of(article)) == quantity


_REPLACED = {
    ReplacedArticle.REPLACE: Effect.CHANGE,
    ReplacedArticle.HOLD: Effect.HOLD,
    ReplacedArticle.REJECT: Effect.REJECT,
}
_ABOVE = {
    AboveMaximumQuantity.LOWER: Effect.CHANGE,
    AboveMaximumQuantity.REJECT: Effect.REJECT,
    AboveMaximumQuantity.HOLD: Effect.HOLD,
}
_SHORT_STOPS = {StockShort.REJECT: Effect.REJECT, StockShort.HOLD: Effect.HOLD}
