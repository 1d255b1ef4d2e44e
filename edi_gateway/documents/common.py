"""What every business document is made of: parties, quantities, prices, and GS1 check digits."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TypeGuard, dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Canonical(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    What documents and their parts are: named values that never change.

    `msgspec.structs.replace` copies one. A struct of msgspec and no dataclass, because it is built
    ten times faster, and each order leads to a hundred of them. They never form a cycle, so the
    garbage collector need not look at them.
    """


def is_canonical(kind: object) -> TypeGuard[type[Canonical]]:
    """Whether a type is that of a document or of one of its parts."""
    return isinstance(kind, type) and issubclass(kind, Canonical)


class Party(Canonical):
    """A company in a document. `gln` identifies it (GS1, 13 digits); the rest describes it."""

    gln: str | None = None
    #: An identifier that is not a GLN, with its qualifier (3055 or ICD scheme).
    identifier: str | None = None
    identifier_scheme: str | None = None
    name: str | None = None
    street: str | None = None
    city: str | None = None
    postcode: str | None = None
    #: ISO 3166-1 alpha-2.
    country: str | None = None
    vat_number: str | None = None
    #: National company number (in France: SIREN, 9 digits).
    registration: str | None = None
    #: Legal form, capital and register, as the law wants them on an invoice.
    legal_note: str | None = None
    contact: str | None = None


class Quantity(Canonical):
    """An amount of something; `unit` is a UN/ECE code as EDIFACT writes it (6411), None = pieces."""

    value: Decimal
    unit: str | None = None


class Price(Canonical):
    """
    A net price in the document's currency for `per` units.

    `amount` 34.90 with `per` 1000 is 0.0349 for each unit (PRI 5118 and 5284, BT-146 and BT-149).
    """

    amount: Decimal
    per: Decimal = Decimal(1)
    unit: str | None = None


def price_reduction(gross: Price | None, net: Price | None) -> Decimal | None:
    """What is taken off the gross price; None where they cannot be compared, or it is no less."""
    if gross is None or net is None or (gross.per, gross.unit) != (net.per, net.unit):
        return None
    taken = gross.amount - net.amount
    return taken if taken >= 0 else None


class AllowanceCharge(Canonical):
    """
    An allowance or a charge on a document or on one of its lines (ALC, BG-20, BG-21, BG-27, BG-28).

    It takes `percent` of the amount it applies to, or `amount`; in the document's currency.
    """

    is_charge: bool = False
    #: The number of the line it belongs to; None: the document as a whole.
    line: str | None = None
    #: 1227: all with one number apply to the same amount, higher ones to what the lower ones left.
    sequence: int | None = None
    percent: Decimal | None = None
    amount: Decimal | None = None
    #: UNCL 7161 or 5189: DI discount, TD trade discount, PC packing, FC freight ...
    code: str | None = None
    reason: str | None = None


class LineAction(StrEnum):
    """What we say to one order line (data element 1229 / UNCL 1229)."""

    #: 1: a line the supplier added.
    ADDED = "added"
    #: 3: accepted with the changes shown.
    CHANGED = "changed"
    #: 5: accepted without amendment.
    ACCEPTED = "accepted"
    #: 7: not accepted.
    REJECTED = "rejected"


class ResponseStatus(StrEnum):
    """What we say to the whole order (data element 1225 of BGM+231 / UNCL 4343)."""

    #: 29 / AP: every line accepted without amendment.
    ACCEPTED = "accepted"
    #: 4 / CA: some line changed or rejected.
    CHANGED = "changed"
    #: 27 / RE: nothing will be supplied.
    REJECTED = "rejected"


def gs1_check_digit(digits: str) -> str:
    """
    Return the GS1 mod-10 check digit of `digits` (GS1 General Specifications, section 7.9).

    >>> gs1_check_digit("401234550000")
    '4'
    """
    total = sum(
        int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


def is_gln(text: str) -> bool:
    """Whether `text` is a well-formed GLN: 13 digits with a right check digit."""
    return (
        len(text) == 13
        and text.isascii()
        and text.isdigit()
        and gs1_check_digit(text[:-1]) == text[-1]
    )


def is_sscc(text: str) -> bool:
    """Whether `text` is a well-formed SSCC: 18 digits with a right check digit."""
    return (
        len(text) == 18
        and text.isascii()
        and text.isdigit()
        and gs1_check_digit(text[:-1]) == text[-1]
    )


def gtin_key(gtin: str) -> str:
    """
    Return `gtin` padded to 14 digits, so that GTIN-8, -12, -13 and -14 compare as equal.

    >>> gtin_key("3760123450072") == gtin_key("03760123450072")
    True
    """
    return gtin.strip().zfill(14)
