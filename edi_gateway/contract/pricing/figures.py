"""Exact figures: what a document can mean, rounding, and the amount of a line."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

_CENT = Decimal("0.01")

#: The factor of what is not converted; compared by identity on the way of every line.
ONE = Decimal(1)

#: Wide enough that no product of figures that pass `is_usable` is ever rounded on the way.
EXACT = Context(prec=90)


def price_text(amount: Decimal, per: Decimal) -> str:
    """
    Return a price as people write it.

    >>> price_text(Decimal("34.90"), Decimal(1000))
    '34.90 / 1000'
    """
    return str(amount) if per == ONE else f"{amount!s} / {per!s}"


def is_usable(figure: Decimal) -> bool:
    """
    Whether a figure is one a document can mean: finite, of a sane size, at most 20 characters.

    >>> is_usable(Decimal("12.5")), is_usable(Decimal("1E+400")), is_usable(Decimal("NaN"))
    (True, False, False)
    """
    return first_unusable(figure) is None


def first_unusable(*figures: Decimal) -> Decimal | None:
    """The first of the figures that no document can mean, as in `is_usable`."""
    for figure in figures:
        if not (figure.is_finite() and -10 < figure.adjusted() < 16 and len(str(figure)) <= 20):
            return figure
    return None


def to_cents(amount: Decimal) -> Decimal:
    """
    Round half up to cents.

    >>> to_cents(Decimal("74.525"))
    Decimal('74.53')
    """
    return amount.quantize(_CENT, ROUND_HALF_UP)


def line_amount(quantity: Decimal, price: Decimal, per: Decimal) -> Decimal:
    """The net amount of a line: quantity x price / per, rounded half up to cents (BT-131)."""
    amount = quantity * price
    if per != ONE:
        amount /= per
    return amount.quantize(_CENT, ROUND_HALF_UP)


def rounded(figure: Decimal, decimals: int) -> Decimal:
    """
    Round half up to a number of decimals; what has no more of them stays as it is written.

    >>> rounded(Decimal("29.83950"), 3), rounded(Decimal("34.90"), 4)
    (Decimal('29.840'), Decimal('34.90'))
    """
    exponent = figure.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > decimals:
        return figure.quantize(ONE.scaleb(-decimals), ROUND_HALF_UP)
    return figure


def plain(figure: Decimal) -> Decimal:
    """
    Drop the zeros a calculation left behind the point, and any exponent.

    >>> plain(Decimal("36.000")), plain(Decimal("1E+2"))
    (Decimal('36'), Decimal('100'))
    """
    figure = figure.normalize(EXACT)
    return figure.quantize(ONE, context=EXACT) if figure == figure.to_integral_value() else figure


def money(figure: Decimal) -> Decimal:
    """
    The same as `plain`, for a price: at least two decimals.

    >>> money(Decimal("64.0000")), money(Decimal("29.83950"))
    (Decimal('64.00'), Decimal('29.8395'))
    """
    figure = figure.normalize(EXACT)
    exponent = figure.as_tuple().exponent
    return figure.quantize(_CENT, context=EXACT) if int(exponent) > -2 else figure
