"""Every pricing case of the table leads to the answer and the amount written there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from edi_gateway.contract.circumstances import Circumstances
from edi_gateway.contract.decision import Decision, Effect, LineDecision, Outcome
from edi_gateway.contract.package import read_package
from edi_gateway.contract.package.price_list import read_price_list
from edi_gateway.contract.pricing.figures import EXACT
from edi_gateway.contract.rules import decide
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import (
    AllowanceCharge,
    LineAction,
    Order,
    OrderLine,
    Party,
    Price,
    Quantity,
)
from tests.unit.contract.builders import COMPANY
from tests.unit.contract.pricing_table import ARTICLES, SETTINGS, Setting

PARTNER = """\
[partner]
id = "acme"
name = "Acme"
gln = "5412345000013"
interchange_id = "5412345000013"

[partner.formats]
order_response = "EDIFACT D.96A"
invoice = "EDIFACT D.96A"
acknowledgement = "EDIFACT D.96A"

[contract]
number = "C-1"
valid_from = 2026-01-01
valid_until = 2026-12-31
currency = "EUR"
payment_days = 30
invoice_on = "acceptance"
"""
DEFAULTS = 'price_date = "order"\n'
ROUND_UP = 'quantity_not_multiple = "round_up"\n'
COLUMNS = "article,from_quantity,price,per_quantity,valid_from,valid_until"
PARIS = ZoneInfo("Europe/Paris")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Case:
    setting: Setting
    shows: str
    order: str
    lines: str
    answers: str
    arithmetic: str


def cases() -> list[Case]:
    return [
        Case(setting, *(cell.strip() for cell in row.split("|")))
        for setting in SETTINGS
        for row in setting.cases.splitlines()
    ]


@cache
def agreement_of(setting: Setting) -> Agreement:
    contract = setting.contract
    if "price_date" not in contract:
        contract = DEFAULTS + contract
    more = setting.more
    if "[contract.policies]" in more:
        more = more.replace("[contract.policies]\n", f"[contract.policies]\n{ROUND_UP}")
    else:
        more = f"[contract.policies]\n{ROUND_UP}\n{more}"
    columns = f"{COLUMNS},{setting.columns}" if setting.columns else COLUMNS
    files = {
        "partner.toml": f"{PARTNER}{contract}\n\n{more}".encode(),
        "articles.csv": ARTICLES.encode(),
        "prices.csv": f"{columns}\n{setting.prices}".encode(),
    }
    if setting.units:
        files["units.csv"] = setting.units.encode()
    shared = {name: shared_list(name, prices) for name, prices in setting.shared}
    return read_package(files, "acme", shared=shared)


def shared_list(name: str, prices: str):
    head = f'[price_list]\nid = "{name}"\ncurrency = "EUR"\n'
    files = {"price-list.toml": head.encode(), "prices.csv": f"{COLUMNS}\n{prices}".encode()}
    return read_price_list(files, name)


def said(text: str) -> dict[str, str | None]:
    pairs = (each.split("=", 1) for each in text.split())
    return {key: None if value == "none" else value for key, value in pairs}


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def order_of(case: Case) -> Order:
    says = {"on": "2026-11-16", "delivery": "2026-11-24", "currency": "EUR", **said(case.order)}
    read = [line_of(n, text) for n, text in enumerate(case.lines.split(" + "), start=1)]
    return Order(
        number="1",
        issue_date=day(says["on"]) or date.min,
        requested_delivery=day(says["delivery"]),
        currency=says["currency"],
        contract_number=says.get("contract"),
        price_list=says.get("list"),
        promotion=says.get("promotion"),
        delivery_party=Party(gln=says.get("party")),
        allowances=tuple(each for _, allowances in read for each in allowances),
        lines=tuple(line for line, _ in read),
    )


LINE = re.compile(
    r"(?P<quantity>-?[\d.]+)(?P<unit>[A-Z]\w*)? (?P<article>\w+)(?: @(?P<price>\S+))?(?P<more>.*)"
)


def line_of(number: int, text: str) -> tuple[OrderLine, list[AllowanceCharge]]:
    match = LINE.fullmatch(text.strip())
    assert match, text
    code, says = match["article"], said(match["more"])
    gtin = code if len(code) > 12 else None
    buyer = code if code.isdigit() and not gtin else None
    line = OrderLine(
        number=str(number),
        quantity=Quantity(value=Decimal(match["quantity"]), unit=match["unit"]),
        gtin=gtin,
        buyer_article=buyer,
        supplier_article=None if gtin or buyer else code,
        price=price_of(match["price"]),
        gross_price=price_of(says.get("gross")),
        requested_delivery=day(says.get("delivery")),
        contract_number=says.get("contract"),
        price_list=says.get("list"),
        promotion=says.get("promotion"),
    )
    stated = (says.get("alc") or "").split(",")
    return line, [allowance_of(line.number, each) for each in stated if each]


def price_of(text: str | None) -> Price | None:
    if text is None:
        return None
    figures, _, unit = text.partition(":")
    amount, _, per = figures.partition("/")
    return Price(amount=Decimal(amount), per=Decimal(per or 1), unit=unit or None)


def allowance_of(line: str, text: str) -> AllowanceCharge:
    """`10%/2`: ten per cent, sequence 2; `10.00`: an amount on the line."""
    figure, _, sequence = text.partition("/")
    number = int(sequence or 1)
    if figure.endswith("%"):
        return AllowanceCharge(line=line, sequence=number, percent=Decimal(figure[:-1]))
    return AllowanceCharge(line=line, sequence=number, amount=Decimal(figure))


def circumstances_of(case: Case) -> Circumstances:
    says = {"now": "2026-11-16T10:00:00Z", **said(case.order)}
    bought = (each.split(":") for each in (says.get("bought") or "").split(",") if each)
    now = datetime.fromisoformat(says["now"]).astimezone(PARIS) if says["now"] else None
    return Circumstances(now=now, bought={code: Decimal(figure) for code, figure in bought})


def decision_of(case: Case) -> Decision:
    return decide(
        order_of(case),
        agreement_of(case.setting),
        company=COMPANY,
        circumstances=circumstances_of(case),
    )


def answered(decision: Decision) -> list[str]:
    if decision.outcome is Outcome.HELD:
        return [f"held {f.code}" for f in decision.findings if f.effect is Effect.HOLD]
    return [answer_of(line) for line in decision.lines]


def answer_of(line: LineDecision) -> str:
    if line.price is None:
        return f"rejected {line.reason_code}"
    price = f"{line.price.amount}" + (f"/{line.price.per}" if line.price.per != 1 else "")
    if line.action is LineAction.ADDED:
        return f"added {line.confirmed} at {price}"
    if line.action is LineAction.ACCEPTED:
        return price
    unit = line.unit if line.unit != line.line.quantity.unit else line.unit or ""
    return f"{line.confirmed}{unit if line.line.quantity.unit else ''} at {price}"


ALL = cases()
EACH = pytest.mark.parametrize(
    "case", ALL, ids=[f"{case.setting.title}: {case.shows}" for case in ALL]
)


@EACH
def test_each_line_is_answered_as_the_case_says(case):
    decision = decision_of(case)

    assert answered(decision) == [answer.strip() for answer in case.answers.split(";")]


@EACH
def test_the_arithmetic_leads_to_the_net_amount(case):
    written, _, result = case.arithmetic.rpartition(" = ")
    exact = re.sub(r"[\d.]+", lambda figure: f"Decimal('{figure[0]}')", written)

    worked_out = eval(exact, {"Decimal": Decimal})  # noqa: S307  (figures of the table above)

    assert worked_out.quantize(CENT, ROUND_HALF_UP) == Decimal(result)


@EACH
def test_the_net_amount_is_the_one_worked_out(case):
    decision = decision_of(case)

    stated = Decimal(case.arithmetic.rpartition(" = ")[2])
    assert decision.outcome is Outcome.HELD or decision.net_amount == stated


@EACH
def test_each_line_amounts_to_quantity_times_price(case):
    for line in decision_of(case).lines:
        if line.price is not None:
            exact = EXACT.divide(line.confirmed * line.price.amount, line.price.per)
            assert line.amount == exact.quantize(CENT, ROUND_HALF_UP)


def test_there_are_enough_cases():
    assert len(ALL) >= 150
