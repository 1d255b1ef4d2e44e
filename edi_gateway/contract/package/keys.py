"""The keys of partner.toml: how each value is read, and what is mandatory."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from edi_gateway.contract.clauses import GuardPolicy
from edi_gateway.contract.package.calendar_values import (
    days,
    holiday_calendar,
    hour,
    period,
    weekdays,
    zone,
)
from edi_gateway.contract.package.columns import CURRENCY
from edi_gateway.contract.package.toml_file import Key
from edi_gateway.contract.package.values import (
    any_text,
    cron,
    figure,
    gs1_number,
    matching,
    not_negative,
    one_of,
    percentage,
    positive,
    several,
    toml_day,
    whole,
    written,
    yes_or_no,
)
from edi_gateway.contract.partner import (
    CATALOGUE_FORMATS,
    FORMAT_NAMES,
    TOLERABLE,
    WARNINGS,
    Acknowledge,
    ApplicationErrors,
    CatalogueOn,
    DuplicateInterchange,
    ExplainPrices,
)
from edi_gateway.contract.policies import (
    AboveMaximumQuantity,
    AboveMaximumValue,
    BelowMinimumQuantity,
    BelowMinimumValue,
    BlanketExpired,
    BlanketOrders,
    ChangeConfirmation,
    ChangedOrderNumber,
    Copies,
    DateNotPossible,
    DelistedArticle,
    ErpSubstitution,
    InvoiceBeyondDespatch,
    InvoicedChanges,
    InvoicePriceDiffers,
    LateChange,
    NoPrice,
    OrderChanges,
    OutdatedChange,
    OverConsumption,
    PartialAcceptance,
    PhoneConfirmations,
    PriceArithmetic,
    PriceBeyondTolerance,
    PriceWithinTolerance,
    Proposals,
    QuantityNotMultiple,
    ReplacedArticle,
    Silence,
    StockShort,
    StockUnknown,
    SuspectedDuplicate,
    TotalDiffers,
    UnknownArticle,
    UnknownBlanket,
    UnknownDeliveryParty,
)
from edi_gateway.contract.pricing.breaks import BreaksBy, BreaksPeriod, Promotions, QuantityBreaks
from edi_gateway.contract.pricing.cascade import Rounding
from edi_gateway.contract.pricing.extras import ChargeKind, ChargePer
from edi_gateway.contract.terms import (
    InvoiceNumberBy,
    InvoiceOn,
    PriceDate,
    StockCheck,
    Substitution,
    ToleranceDirection,
)

_Choice = TypeVar("_Choice", bound=StrEnum)


def _choice(kind: type[_Choice]) -> Key:
    known = one_of([member.value for member in kind])
    return Key(read=written(lambda text: kind(str(known(text)))))


def _required(key: Key) -> Key:
    return Key(read=key.read, default=...)


_TEXT = Key(read=written(any_text))
_CODE = Key(read=written(matching(r"[A-Z0-9]{1,3}", "write a code of UNCL 7161, as in FC")))
_GLN = gs1_number(13)
_FORMAT = Key(read=written(one_of(FORMAT_NAMES)), default=...)

PARTNER_KEYS: dict[str, Key] = {
    "id": Key(
        read=written(
            matching(
                r"(?!erp$)[a-z0-9][a-z0-9_-]*",
                "write lower-case letters, digits, _ and -, and not `erp`",
            )
        ),
        default=...,
    ),
    "name": _required(_TEXT),
    "gln": Key(read=written(_GLN), default=...),
    "interchange_id": Key(
        read=written(matching(r".{1,35}", "write at most 35 characters")), default=...
    ),
    "interchange_qualifier": Key(
        read=written(matching(r"[0-9A-Z]{1,4}", "write a code of 0007 such as 14"))
    ),
    "vat_number": Key(
        read=written(matching(r"[A-Z]{2}[0-9A-Z+*]{2,13}", "write it as in FR25900000019"))
    ),
    "siren": Key(read=written(matching(r"\d{9}", "write 9 digits"))),
    "siret": Key(read=written(matching(r"\d{14}", "write 14 digits"))),
    "street": _TEXT,
    "city": _TEXT,
    "postcode": _TEXT,
    "country": Key(
        read=written(matching(r"[A-Z]{2}", "write two capital letters (ISO 3166-1), as in FR"))
    ),
    "buyers": Key(read=several(_GLN)),
    "acknowledge": _choice(Acknowledge),
    "duplicate_interchange": _choice(DuplicateInterchange),
    "application_errors": _choice(ApplicationErrors),
    "catalogue_on": _choice(CatalogueOn),
    "catalogue_schedule": Key(read=written(cron)),
    "explain_prices": _choice(ExplainPrices),
    "one_message_per_interchange": Key(read=yes_or_no),
    "acknowledgement_hours": Key(read=whole(1, 8760)),
    "reference_months": Key(read=whole(1, 120)),
    "references_in_sequence": Key(read=yes_or_no),
    "numbering_year": Key(read=yes_or_no),
    "tolerates": Key(read=several(one_of(TOLERABLE))),
    "insists": Key(read=several(one_of(WARNINGS))),
    "syntax": Key(read=written(one_of(("UNOA", "UNOB", "UNOC", "UNOY")))),
}

FORMAT_KEYS = {
    "order_response": _FORMAT,
    "invoice": _FORMAT,
    "acknowledgement": _FORMAT,
    "despatch_advice": Key(read=written(one_of(FORMAT_NAMES))),
    "catalogue": Key(read=written(one_of(CATALOGUE_FORMATS))),
}

CONTRACT_KEYS: dict[str, Key] = {
    "number": _required(_TEXT),
    "price_list": _TEXT,
    "valid_from": Key(read=toml_day, default=...),
    "valid_until": Key(read=toml_day),
    "currency": Key(read=written(CURRENCY), default=...),
    "price_date": _required(_choice(PriceDate)),
    "price_tolerance_percent": Key(read=figure(percentage)),
    "price_tolerance_amount": Key(read=figure(not_negative)),
    "price_tolerance_direction": _choice(ToleranceDirection),
    "order_tolerance_percent": Key(read=figure(percentage)),
    "order_tolerance_amount": Key(read=figure(not_negative)),
    "minimum_order_value": Key(read=figure(not_negative)),
    "payment_days": Key(read=whole(0, 365), default=...),
    "invoice_on": _required(_choice(InvoiceOn)),
    "invoice_series": Key(
        read=written(
            matching(r"[A-Za-z0-9+_/-]{1,20}", "write at most 20 letters, digits, + _ / -")
        )
    ),
    "invoice_number_by": _choice(InvoiceNumberBy),
    "change_until_days": Key(read=whole(0, 365)),
    "park_hours": Key(read=whole(1, 8760)),
    "silence_days": Key(read=whole(1, 365)),
    "time_zone": Key(read=written(zone)),
    "order_types": Key(read=several(one_of(("220", "105", "224", "227", "228")))),
    "delivery_parties": Key(read=several(_GLN)),
    "maximum_order_value": Key(read=figure(positive)),
    "maximum_line_value": Key(read=figure(positive)),
    "duplicate_days": Key(read=whole(1, 366)),
    "lead_time_days": Key(read=whole(0, 365)),
    "rush_lead_time_days": Key(read=whole(0, 365)),
    "order_cutoff": Key(read=hour),
    "delivery_days": Key(read=weekdays),
    "holidays": Key(read=days),
    "holiday_calendar": Key(read=written(holiday_calendar)),
    "closing_periods": Key(read=several(period)),
    "group_price_list": _TEXT,
    "base_price_list": _TEXT,
    "promotions": _choice(Promotions),
    "quantity_breaks": _choice(QuantityBreaks),
    "breaks_by": _choice(BreaksBy),
    "breaks_period": _choice(BreaksPeriod),
    "merge_same_article": Key(read=yes_or_no),
    "rounding": _choice(Rounding),
    "price_decimals": Key(read=whole(2, 9)),
    "substitution": _choice(Substitution),
    "stock": _choice(StockCheck),
    "blanket_orders": _choice(BlanketOrders),
}

#: A further contract: what it does not say, it inherits from `[contract]`.
FURTHER_KEYS = {
    name: key if name == "number" else replace(key, default=None)
    for name, key in CONTRACT_KEYS.items()
}

#: `[[contract.allowances]]`: what is taken from gross prices, or added to them.
ALLOWANCE_KEYS: dict[str, Key] = {
    "sequence": Key(read=whole(1, 99), default=...),
    "percent": Key(read=figure(percentage)),
    "amount": Key(read=figure(positive)),
    "charge": Key(read=yes_or_no),
    "code": _CODE,
    "reason": _TEXT,
    "articles": Key(read=several(any_text)),
    "price_list": _TEXT,
    "valid_from": Key(read=toml_day),
    "valid_until": Key(read=toml_day),
}

#: `[[contract.free_goods]]`.
FREE_KEYS: dict[str, Key] = {
    "article": _required(_TEXT),
    "for_every": Key(read=figure(positive), default=...),
    "free": Key(read=figure(positive), default=...),
    "free_article": _TEXT,
    "valid_from": Key(read=toml_day),
    "valid_until": Key(read=toml_day),
}

#: `[[contract.charges]]`: charges on the order as a whole.
CHARGE_KEYS: dict[str, Key] = {
    "kind": _required(_choice(ChargeKind)),
    "amount": Key(read=figure(positive), default=...),
    "below": Key(read=figure(positive)),
    "per": _choice(ChargePer),
    "code": _CODE,
    "reason": _TEXT,
}

GUARD_KEYS: dict[str, Key] = {
    "quantity_factor": Key(read=figure(positive)),
    "quantity_policy": _choice(GuardPolicy),
    "value_factor": Key(read=figure(positive)),
    "value_policy": _choice(GuardPolicy),
    "new_delivery_address": _choice(GuardPolicy),
    "minimum_orders": Key(read=whole(1, 100)),
    "last_orders": Key(read=whole(1, 100)),
    "within_months": Key(read=whole(1, 120)),
}

APPROVAL_KEYS: dict[str, Key] = {
    "role": Key(
        read=written(matching(r"[a-z0-9][a-z0-9_-]*", "write the name of a role of config.toml")),
        default=...,
    ),
    "above_value": Key(read=figure(not_negative)),
    "findings": Key(read=several(matching(r"[a-z]+(-[a-z]+)+", "write codes of findings"))),
}

#: Of each table of [[contract.blankets]].
BLANKET_KEYS: dict[str, Key] = {
    "number": _required(_TEXT),
    "valid_from": Key(read=toml_day, default=...),
    "valid_until": Key(read=toml_day),
    "value": Key(read=figure(positive)),
}

POLICY_KEYS: dict[str, Key] = {
    "price_within_tolerance": _choice(PriceWithinTolerance),
    "price_beyond_tolerance": _choice(PriceBeyondTolerance),
    "no_price": _choice(NoPrice),
    "quantity_not_multiple": _choice(QuantityNotMultiple),
    "below_minimum_quantity": _choice(BelowMinimumQuantity),
    "unknown_article": _choice(UnknownArticle),
    "below_minimum_value": _choice(BelowMinimumValue),
    "price_arithmetic": _choice(PriceArithmetic),
    "changed_order_number": _choice(ChangedOrderNumber),
    "order_changes": _choice(OrderChanges),
    "late_change": _choice(LateChange),
    "outdated_change": _choice(OutdatedChange),
    "invoiced_changes": _choice(InvoicedChanges),
    "copies": _choice(Copies),
    "phone_confirmations": _choice(PhoneConfirmations),
    "proposals": _choice(Proposals),
    "change_confirmation": _choice(ChangeConfirmation),
    "silence": _choice(Silence),
    "erp_substitution": _choice(ErpSubstitution),
    "above_maximum_value": _choice(AboveMaximumValue),
    "date_not_possible": _choice(DateNotPossible),
    "partial_acceptance": _choice(PartialAcceptance),
    "total_differs": _choice(TotalDiffers),
    "unknown_delivery_party": _choice(UnknownDeliveryParty),
    "suspected_duplicate": _choice(SuspectedDuplicate),
    "delisted_article": _choice(DelistedArticle),
    "replaced_article": _choice(ReplacedArticle),
    "above_maximum_quantity": _choice(AboveMaximumQuantity),
    "stock_short": _choice(StockShort),
    "stock_unknown": _choice(StockUnknown),
    "invoice_beyond_despatch": _choice(InvoiceBeyondDespatch),
    "invoice_price_differs": _choice(InvoicePriceDiffers),
    "over_consumption": _choice(OverConsumption),
    "blanket_expired": _choice(BlanketExpired),
    "unknown_blanket": _choice(UnknownBlanket),
}
