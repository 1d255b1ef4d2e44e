"""Real order files of other people, through the whole job over a real SFTP server."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from edi_gateway.documents import Order, gs1_check_digit
from edi_gateway.formats import recognise
from edi_gateway.formats.interchange import Limits, OpenedInterchange, Sender
from edi_gateway.formats.mapping import MappingLibrary
from tests.conftest import SHARED, Installation, use_sftp
from tests.sftp_server import SSHD, in_process, openssh

CORPUS = SHARED / "corpus"
#: What each file ends as, by its own content.
ANSWERED, TEST, HELD = "answered", "answered as a test", "held: unknown article"
FILES = {
    "edifact/EdiFabric_EDIFACT.NET/EDIFACT/PurchaseOrder.txt": TEST,
    "edifact/EdiFabric_EDIFACT.NET/EDIFACT/PurchaseOrders.txt": TEST,
    "edifact/EdiFabric_EDIFACT.NET/EDIFACT/PurchaseOrderCustom1.txt": TEST,
    "edifact/EdiFabric_EDIFACT.NET/EDIFACT/PurchaseOrderModified.txt": TEST,
    "edifact/EdiFabric_EDIFACT.NET/EDIFACT/DuplicateGroup.txt": TEST,
    "edifact/php-edifact_edifact/example_order_ok.edi": "held: unit differs",
    "ubl/OpenPEPPOL_poacc-upgrade-3/Order_use_cases/UC1_Order.xml": ANSWERED,
    "ubl/OpenPEPPOL_poacc-upgrade-3/Order_use_cases/UC2_Order.xml": HELD,
    "ubl/OpenPEPPOL_poacc-upgrade-3/Order_use_cases/UC3_Order.xml": HELD,
    "ubl/OpenPEPPOL_poacc-upgrade-3/Order_use_cases/UC4_Order.xml": ANSWERED,
    "ubl/OpenPEPPOL_poacc-upgrade-3/Order_use_cases/UC6_Order.xml": "held: order type not handled",
    "ubl/OpenPEPPOL_poacc-upgrade-3/advanced_ordering_sc1/Order_sc1.xml": HELD,
    "ubl/phax_ph-ubl/order/UBL-Order-2.1-Example.xml": ANSWERED,
}
#: What a customer gets.
SENT = {
    ("edifact", ANSWERED): {"CONTRL", "ORDRSP", "INVOIC"},
    ("edifact", TEST): {"CONTRL", "ORDRSP"},
    ("ubl", ANSWERED): {"ApplicationResponse", "OrderResponse", "Invoice"},
}

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not on this machine")


def read_first(data: bytes) -> tuple[OpenedInterchange, Order]:
    """The first order of a file that can be read."""
    library = MappingLibrary()
    format_ = recognise(data[:4096])
    for opened in format_.open(
        io.BytesIO(data), limits=Limits(), library=library, partner_of=lambda _s, _q: AGREED
    ):
        for message in opened.messages:
            if message.faults:
                continue
            part = data[message.offset : message.offset + message.length]
            read = format_.read(part, opened, message, library=library, partner=None)
            assert isinstance(read.document, Order), read.missing
            return opened, read.document
    raise AssertionError("no message can be read")


#: Two of the files have elements of their partner's own, and one a longer unit.
AGREED = Sender(partner="", tolerates=frozenset({"element-excess", "element-too-long"}))


def agree(installation: Installation, opened: OpenedInterchange, order: Order, wire: str) -> None:
    """Write the company and a package under which this order is as agreed."""
    config = installation.config
    text = config.read_text(encoding="utf-8")
    text = text.replace(
        'interchange_id = "4012345500004"', f'interchange_id = "{opened.recipient}"'
    )
    qualifier = f'interchange_qualifier = "{opened.recipient_qualifier}"'
    text = text.replace('interchange_qualifier = "14"', qualifier)
    if order.supplier.gln:
        text = text.replace('gln = "4012345500004"', f'gln = "{order.supplier.gln}"')
    config.write_text(text, encoding="utf-8")
    package = installation.base / "package"
    package.mkdir()
    for name, content in package_of(opened, order, wire).items():
        (package / name).write_text(content, encoding="utf-8")
    installation.import_partner(package)


def is_gtin(text: str) -> bool:
    return len(text) in {8, 12, 13, 14} and gs1_check_digit(text[:-1]) == text[-1]


def package_of(opened: OpenedInterchange, order: Order, wire: str) -> dict[str, str]:
    buyers = [order.buyer.gln] if order.buyer.gln else []
    partner = f"""
[partner]
id = "customer"
name = "A real customer"
gln = "5412345000013"
interchange_id = "{opened.sender}"
interchange_qualifier = "{opened.sender_qualifier}"
buyers = {buyers}
tolerates = {sorted(AGREED.tolerates)}
[partner.formats]
order_response = "{wire}"
invoice = "{wire}"
acknowledgement = "{wire}"
[contract]
number = "{order.contract_number or "C-1"}"
valid_from = 1990-01-01
currency = "{order.currency or "EUR"}"
price_date = "order"
payment_days = 30
invoice_on = "acceptance"
"""
    named = [order.price_list, *(line.price_list for line in order.lines)]
    if price_list := next(filter(None, named), None):
        partner = partner.replace("[contract]", f'[contract]\nprice_list = "{price_list}"')
    articles = ["article,gtin,buyer_code,description,unit,pack_multiple,minimum_quantity,vat_rate"]
    prices = ["article,from_quantity,price,per_quantity,valid_from,valid_until"]
    seen: set[Any] = set()
    for place, line in enumerate(order.lines):
        gtin = line.gtin if line.gtin and is_gtin(line.gtin) else ""
        key = gtin or line.supplier_article or line.buyer_article
        if key in seen:
            continue
        seen.add(key)
        code = line.supplier_article or f"A{place}"
        unit = line.quantity.unit or (line.price and line.price.unit) or "PCE"
        buyer = line.buyer_article or ""
        articles.append(f'"{code}","{gtin}","{buyer}",An article,{unit},,,20.0')
        amount, per = (
            (line.price.amount, line.price.per) if line.price else (Decimal(1), Decimal(1))
        )
        prices.append(f'"{code}",0.001,{amount},{per},1990-01-01,')
    return {
        "partner.toml": partner,
        "articles.csv": "\n".join(articles) + "\n",
        "prices.csv": "\n".join(prices) + "\n",
    }


@pytest.mark.parametrize(("name", "expected"), FILES.items())
def test_a_real_order_is_worked_over_sftp(
    installation: Installation,
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    expected: str,
) -> None:
    data = (CORPUS / name).read_bytes()
    opened, order = read_first(data)
    kind = name.split("/")[0]
    agree(installation, opened, order, "UBL 2.1" if kind == "ubl" else "EDIFACT D.96A")
    start = openssh if SSHD else in_process

    with start(tmp_path_factory.mktemp("sftp")) as server:
        use_sftp(installation, server, ["customer"])
        installation.drop("customer", Path(name).name, data)
        installation.work()

    first = installation.messages()[0]
    state, _, reason = expected.partition(": ")
    assert (first["state"], first["number"]) == (state.split()[0], order.number), first["reason"]
    assert reason in (first["reason"] or "")
    sent = {path.name.split("_")[0] for path in installation.out("customer")}
    receipt = {"ubl": "ApplicationResponse", "edifact": "CONTRL"}[kind]
    assert sent == SENT.get((kind, expected), {receipt})
    assert len(installation.out("erp", "order_*.json")) == (expected == ANSWERED)
