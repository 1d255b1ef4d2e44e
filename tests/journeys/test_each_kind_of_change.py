"""
Each kind of change that an answer can bring: an order in, the answer out, in EDIFACT and in UBL.

Both customers have the same contract and send the same order; their answers must mean the same.
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from edi_gateway.config import load_settings
from edi_gateway.documents import (
    LineAction,
    Order,
    OrderChange,
    OrderLine,
    OrderResponse,
    Party,
    Price,
    Quantity,
    ResponseLine,
    ResponseStatus,
)
from edi_gateway.formats import recognise
from edi_gateway.formats.edifact.writer import Envelope, write_interchange
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.formats.targets import mapping_for, mappings_of
from edi_gateway.formats.xml.writer import write_document
from edi_gateway.gateway import open_gateway
from tests.conftest import Installation, install
from tests.journeys.test_supply import POLICIES, package

LIBRARY = MappingLibrary()
#: What each agreed format is called where documents are converted.
TARGET = {"EDIFACT D.96A": "edifact-d96a", "EDIFACT D.01B": "edifact-d01b", "UBL 2.1": "ubl"}
NOW = datetime(2026, 11, 17, 7, 0, tzinfo=UTC)
LATER = "2026-12-03"


@dataclass(frozen=True)
class Kind:
    """One kind of change: what is ordered, what the package and the ERP say, what is answered."""

    name: str
    #: Article's GTIN, quantity and price of each line ordered.
    lines: tuple[tuple[str, str, str], ...]
    status: ResponseStatus
    #: Of each line answered: order line, action, confirmed, what else is asked of it.
    answered: tuple[tuple[str, LineAction, str, dict[str, object]], ...]
    articles: dict[str, str] = field(default_factory=dict)
    policies: tuple[tuple[str, str], ...] = ()
    stock: dict[str, dict[str, str]] = field(default_factory=dict)
    #: Further keys and clauses of the contract, and the charges answered.
    terms: str = ""
    clauses: str = ""
    charges: tuple[str, ...] = ()
    #: The QVR of each line that has one: by how much it differs, and why (4221, 4295).
    variances: tuple[str, ...] = ()
    #: Whether the customer cancels the order once it is answered.
    cancelled: bool = False


PAIL, GLOVES, SEEDS, CAN = (
    "3769999000114",
    "3769999000121",
    "3769999000145",
    "3769999000152",
)
ACCEPTED, CHANGED, REJECTED = LineAction.ACCEPTED, LineAction.CHANGED, LineAction.REJECTED

KINDS = (
    Kind(
        name="quantity",
        lines=((SEEDS, "5", "1.15"), (PAIL, "40", "8.90")),
        status=ResponseStatus.CHANGED,
        answered=(("1", CHANGED, "10", {}), ("2", ACCEPTED, "40", {})),
        variances=("QVR+5:21++PC",),
    ),
    Kind(
        name="pack rounding",
        lines=((GLOVES, "65", "3.20"),),
        status=ResponseStatus.CHANGED,
        answered=(("1", CHANGED, "72", {}),),
        variances=("QVR+7:21++PC",),
    ),
    Kind(
        name="price",
        lines=((PAIL, "40", "7.00"),),
        status=ResponseStatus.CHANGED,
        answered=(("1", CHANGED, "40", {"price": Decimal("8.90")}),),
        variances=("QVR+0:21++UP",),
    ),
    Kind(
        name="date",
        lines=((PAIL, "40", "8.90"),),
        stock={"SEAU-10": {"available": "0", "next_date": LATER, "next_quantity": "100"}},
        status=ResponseStatus.CHANGED,
        answered=(("1", CHANGED, "40", {"promised_delivery": date(2026, 12, 3)}),),
        variances=("QVR+0:21++DC",),
    ),
    Kind(
        name="date by lead time",
        lines=((PAIL, "40", "8.90"),),
        terms="lead_time_days = 5\n",
        policies=(("\nstock_unknown", '\ndate_not_possible = "propose"\nstock_unknown'),),
        status=ResponseStatus.CHANGED,
        answered=(("1", CHANGED, "40", {"promised_delivery": date(2026, 11, 24)}),),
        variances=("QVR+0:21++DC",),
    ),
    Kind(
        name="split delivery",
        lines=((PAIL, "40", "8.90"),),
        stock={"SEAU-10": {"available": "25", "next_date": LATER}},
        status=ResponseStatus.CHANGED,
        answered=(
            ("1", CHANGED, "25", {}),
            ("1", LineAction.ADDED, "15", {"promised_delivery": date(2026, 12, 3)}),
        ),
        variances=("QVR+-15:21+BP+AV",),
    ),
    Kind(
        name="backorder",
        lines=((PAIL, "40", "8.90"),),
        stock={"SEAU-10": {"available": "25"}},
        status=ResponseStatus.CHANGED,
        answered=(("1", CHANGED, "25", {"backordered": Decimal(15)}),),
        variances=("QVR+-15:21+BP+AV",),
    ),
    Kind(
        name="partial acceptance",
        lines=((PAIL, "40", "8.90"),),
        stock={"SEAU-10": {"available": "25"}},
        policies=(('"backorder"', '"cancel_rest"'),),
        status=ResponseStatus.CHANGED,
        answered=(("1", CHANGED, "25", {"backordered": None}),),
        variances=("QVR+-15:21+CP+AV",),
    ),
    Kind(
        name="added charge",
        lines=((PAIL, "40", "8.90"),),
        clauses='\n[[contract.charges]]\nkind = "freight"\namount = "9.90"\nreason = "Port"\n',
        status=ResponseStatus.CHANGED,
        answered=(("1", ACCEPTED, "40", {}),),
        charges=("9.90",),
    ),
    Kind(
        name="line cancelled",
        lines=((PAIL, "40", "8.90"), (GLOVES, "60", "3.20")),
        stock={"SEAU-10": {"available": "0"}, "GANT-J": {"available": "60"}},
        policies=(('"backorder"', '"cancel_rest"'),),
        status=ResponseStatus.CHANGED,
        answered=(("1", REJECTED, "0", {}), ("2", ACCEPTED, "60", {})),
        variances=("QVR+-40:21++AV",),
    ),
    Kind(
        name="order refused",
        lines=((PAIL, "40", "8.90"),),
        stock={"SEAU-10": {"available": "0"}},
        policies=(('"backorder"', '"cancel_rest"'),),
        status=ResponseStatus.REJECTED,
        answered=(("1", REJECTED, "0", {}),),
        variances=("QVR+-40:21++AV",),
    ),
    Kind(
        name="order cancelled",
        lines=((PAIL, "40", "8.90"), (GLOVES, "60", "3.20")),
        policies=(("\nstock_unknown", '\norder_changes = "apply"\nstock_unknown'),),
        cancelled=True,
        status=ResponseStatus.ACCEPTED,
        answered=(("1", ACCEPTED, "0", {"price": None}), ("2", ACCEPTED, "0", {"price": None})),
    ),
    Kind(
        name="replaced article",
        lines=((PAIL, "4", "12.40"),),
        articles={"SEAU-10": ",,ARROSOIR,"},
        status=ResponseStatus.CHANGED,
        answered=(
            (
                "1",
                CHANGED,
                "4",
                {
                    "gtin": CAN,
                    "supplier_article": "ARROSOIR",
                    "replaced_gtin": PAIL,
                    "replaced_supplier_article": "SEAU-10",
                },
            ),
        ),
        variances=("QVR+0:21+CS",),
    ),
    Kind(
        name="substitution",
        lines=((PAIL, "4", "12.40"),),
        articles={"SEAU-10": ",2026-11-01,,ARROSOIR"},
        status=ResponseStatus.CHANGED,
        answered=(
            (
                "1",
                CHANGED,
                "4",
                {"supplier_article": "ARROSOIR", "replaced_supplier_article": "SEAU-10"},
            ),
        ),
        variances=("QVR+0:21+CS+AS",),
    ),
)


def order_of(kind: Kind) -> Order:
    lines = tuple(
        OrderLine(
            number=str(place),
            quantity=Quantity(value=Decimal(quantity), unit="PCE"),
            gtin=gtin,
            price=Price(amount=Decimal(price), unit="PCE"),
        )
        for place, (gtin, quantity, price) in enumerate(kind.lines, 1)
    )
    return Order(
        number="K-1",
        issue_date=date(2026, 11, 16),
        requested_delivery=date(2026, 11, 23),
        currency="EUR",
        contract_number="MV-2026",
        buyer=Party(gln="3019999000011", name="Maison Vert Distribution SA"),
        supplier=Party(gln="4012345500004", name="Fournitures Durand SAS", country="FR"),
        lines=lines,
        line_count=len(lines),
    )


def cancellation_of(order: Order) -> OrderChange:
    """What the customer sends when it wants nothing of its order any more."""
    return OrderChange(
        number="K-1-C",
        issue_date=order.issue_date,
        order_number=order.number,
        function="1",
        reason="no longer wanted",
        currency=order.currency,
        buyer=order.buyer,
        supplier=order.supplier,
        line_count=0,
    )


def file_of(document: Order | OrderChange, format_: str) -> bytes:
    """The document as the customer sends it."""
    mapping = mapping_for(document, mappings_of(TARGET[format_], LIBRARY), LIBRARY)
    assert mapping is not None
    if format_.startswith("UBL"):
        return write_document(mapping, document)
    envelope = Envelope(
        sender="3019999000011",
        sender_qualifier="14",
        recipient="4012345500004",
        recipient_qualifier="14",
        reference="K1" if isinstance(document, Order) else "K2",
        created=NOW,
    )
    return write_interchange(envelope, [(mapping, document)])


def answer_to(kind: Kind, format_: str, installation: Installation) -> OrderResponse:
    """Let the gateway answer the order of a customer that has agreed `format_`."""
    policies = POLICIES
    for before, after in kind.policies:
        policies = policies.replace(before, after)
    folder = package(installation.base, kind.articles, policies)
    toml = (folder / "partner.toml").read_text("utf-8")
    toml = toml.replace('order_response = "EDIFACT D.96A"', f'order_response = "{format_}"')
    toml = toml.replace("\n[contract.policies]", f"{kind.terms}\n[contract.policies]")
    if kind.cancelled:
        toml = toml.replace('invoice_on = "acceptance"', 'invoice_on = "despatch"')
    (folder / "partner.toml").write_text(toml + kind.clauses, "utf-8")
    installation.import_partner(folder)
    if kind.stock:
        items = [{"article": code} | said for code, said in kind.stock.items()]
        report = {"type": "stock", "at": "2026-11-17T06:00:00+00:00", "items": items}
        work(installation, "erp", "stock.json", json.dumps(report).encode())
    suffix = "xml" if format_.startswith("UBL") else "edi"
    order, answers = order_of(kind), installation.base / "outbound" / "maisonvert"
    work(installation, "maisonvert", f"order.{suffix}", file_of(order, format_))
    if kind.cancelled:
        before = answer_file(answers)
        data = file_of(cancellation_of(order), format_)
        work(installation, "maisonvert", f"cancellation.{suffix}", data)
        before.unlink()
    return answer_in(answers)


def work(installation: Installation, partner: str, name: str, data: bytes) -> None:
    installation.drop(partner, name, data)
    moment = NOW.timestamp() - 60
    os.utime(installation.base / "inbound" / partner / name, (moment, moment))
    settings = load_settings(installation.config)
    with open_gateway(settings, now=lambda: NOW) as gateway:
        gateway.runner.run_until_idle(0)


def answer_file(folder: Path) -> Path:
    (file,) = [*folder.glob("ORDRSP*"), *folder.glob("OrderResponse*")]
    return file


def answer_in(folder: Path) -> OrderResponse:
    data = answer_file(folder).read_bytes()
    form = recognise(data[:4096])
    (opened,) = form.open(
        io.BytesIO(data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: None
    )
    (message,) = opened.messages
    assert (opened.faults, message.faults) == ([], ())
    part = data[message.offset : message.offset + message.length]
    response = form.read(part, opened, message, library=LIBRARY, partner=None).document
    assert isinstance(response, OrderResponse)
    return response


def words(said: OrderResponse | ResponseLine) -> tuple[str, ...]:
    """All that is said in words; in UBL the reason is one of the notes."""
    return tuple(filter(None, (said.reason, *said.notes)))


def meaning(response: OrderResponse) -> tuple[OrderResponse, tuple[ResponseLine, ...]]:
    """
    What an answer says in either format: UBL has one note, no quantity ordered, and one date, which
    is that of what comes.
    """
    as_requested = response.status is not ResponseStatus.REJECTED and not any(
        line.promised_delivery not in (None, response.requested_delivery) for line in response.lines
    )
    lines = tuple(
        replace(
            line,
            ordered=None,
            requested_delivery=None,
            promised_delivery=(
                line.promised_delivery
                or line.requested_delivery
                or response.promised_delivery
                or response.requested_delivery
            )
            if line.confirmed
            else None,
            unit=line.unit or "PCE",
            reason=None,
            notes=words(line),
        )
        for line in response.lines
    )
    head = replace(
        response,
        lines=(),
        requested_delivery=None,
        promised_delivery=response.promised_delivery
        or (response.requested_delivery if as_requested else None),
        process=None,
        specification=None,
        reason=None,
        notes=words(response),
        supplier=Party(gln=response.supplier.gln),
        buyer=Party(gln=response.buyer.gln),
    )
    return head, lines


@pytest.mark.parametrize("format_", TARGET)
@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in KINDS])
def test_the_answer_says_what_was_decided(
    kind: Kind, format_: str, installation: Installation
) -> None:
    response = answer_to(kind, format_, installation)

    assert (response.order_number, response.status) == ("K-1", kind.status)
    charges = [str(charge.amount) for charge in response.allowances if charge.is_charge]
    assert charges == list(kind.charges)
    said = [(line.order_line, line.action, str(line.confirmed)) for line in response.lines]
    assert said == [(order_line, action, n) for order_line, action, n, _ in kind.answered]
    for line, (*_, facts) in zip(response.lines, kind.answered, strict=True):
        told = {
            name: line.price.amount if name == "price" and line.price else getattr(line, name)
            for name in facts
        }
        assert told == facts
        must_say_why = line.action not in {ACCEPTED, LineAction.ADDED} or kind.cancelled
        assert bool(words(line)) is must_say_why


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in KINDS])
def test_a_code_says_by_how_much_a_line_differs_and_why(
    kind: Kind, installation: Installation
) -> None:
    answer_to(kind, "EDIFACT D.96A", installation)

    said = answer_file(installation.base / "outbound" / "maisonvert").read_text("latin-1")
    found = [segment.strip() for segment in said.split("'") if segment.strip().startswith("QVR")]
    assert found == list(kind.variances)


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in KINDS])
def test_edifact_and_ubl_say_the_same(kind: Kind, tmp_path: Path) -> None:
    answers = []
    for place, format_ in enumerate(("EDIFACT D.96A", "UBL 2.1")):
        base = tmp_path / str(place)
        base.mkdir()
        answers.append(meaning(answer_to(kind, format_, install(base))))

    edifact, ubl = answers
    assert ubl == edifact
