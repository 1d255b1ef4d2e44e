"""Guards, approvals and requested dates: a file comes in, and waits, is approved, or is answered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from edi_gateway.checks import check_everything
from edi_gateway.config import load_settings
from edi_gateway.documents import DocumentType, OrderResponse, from_json
from edi_gateway.errors import HeldError
from edi_gateway.exchange.operator import approve, refuse, release
from edi_gateway.gateway import open_gateway
from edi_gateway.store.queries import list_messages, story
from tests.conftest import SAMPLES, Installation
from tests.journeys.answers import UBL
from tests.orders import PAIL, enclosed, order_of

NOW = datetime(2026, 11, 17, 9, 30, tzinfo=UTC)

GUARDS = """
[contract.guards]
quantity_factor = "5"
value_factor = "5"
new_delivery_address = "flag"
minimum_orders = 3
"""
APPROVALS = """
[[contract.approvals]]
role = "sales"
findings = ["unusual-quantity"]

[[contract.approvals]]
role = "management"
above_value = "1000"
"""
ROLES = """
[roles]
sales = ["alice"]
management = ["mona"]
"""

Given = Callable[..., "Customer"]


class Customer:
    """The sample customer under other terms, and its orders, numbered as they come."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self._installation = installation
        self._folder = folder
        self._sent = 0

    def agree(self, clauses: str, terms: str = "", policies: str = "") -> None:
        """Import the package with further clauses."""
        folder = self._folder / f"package{self._sent}"
        shutil.copytree(SAMPLES / "partners" / "maisonvert", folder, dirs_exist_ok=True)
        file = folder / "partner.toml"
        text = file.read_text(encoding="utf-8")
        text = text.replace("[contract.policies]\n", f"{terms}\n[contract.policies]\n{policies}")
        file.write_text(text + clauses, encoding="utf-8")
        self._installation.import_partner(folder)

    def send(
        self, *orders: tuple[str, list[tuple[str, ...]]], place: str = "3019999001018"
    ) -> None:
        """Send orders in one interchange, and let the gateway work."""
        self._sent += 1
        messages = []
        for position, (number, lines) in enumerate(orders, 1):
            segments = order_of(position, number, lines)  # type: ignore[arg-type]
            messages.append([s.replace("3019999001018", place) for s in segments])
        self._installation.drop(
            "maisonvert", f"{self._sent}.edi", enclosed(f"R{self._sent}", messages)
        )
        self.work()

    def work(self) -> None:
        with self.open() as gateway:
            gateway.runner.run_until_idle(0)

    def open(self) -> Any:
        return open_gateway(load_settings(self._installation.config), now=lambda: NOW)

    def act(self, action: Callable[..., str], number: str, who: str) -> None:
        item = self.message(number)["item"]
        with self.open() as gateway:
            action(gateway.place, item, "it is right", who)
        self.work()

    def message(self, number: str) -> dict[str, Any]:
        return next(row for row in self._installation.messages() if row["number"] == number)

    def states(self) -> dict[str, str]:
        return {row["number"]: row["state"] for row in self._installation.messages()}

    def told(self, number: str) -> dict[str, list[dict[str, Any]]]:
        key = int(self.message(number)["item"][1:])
        with self.open() as gateway:
            found = story(gateway.place.store, "m", key)
        assert found is not None
        return found.parts

    def codes(self, number: str) -> list[str]:
        return [finding["code"] for finding in self.told(number)["findings"]]

    def response(self, number: str) -> OrderResponse:
        key = int(self.message(number)["item"][1:])
        with self.open() as gateway:
            stored = gateway.place.store.document(key, DocumentType.ORDER_RESPONSE)
        answer = from_json(DocumentType.ORDER_RESPONSE, stored.content)
        assert isinstance(answer, OrderResponse)
        return answer

    def answers(self) -> list[bytes]:
        return [file.read_bytes() for file in self._installation.out("maisonvert", "ORDRSP*")]


@pytest.fixture
def customer(sample_installation: Installation, tmp_path: Path) -> Customer:
    with sample_installation.config.open("a", encoding="utf-8") as config:
        config.write(ROLES)
    return Customer(sample_installation, tmp_path / "packages")


def pails(quantity: int) -> list[tuple[str, ...]]:
    gtin, code, _, _, unit, per = PAIL
    return [(gtin, code, str(quantity), "", unit, per)]


def usual(*numbers: str) -> list[tuple[str, list[tuple[str, ...]]]]:
    return [(number, pails(10)) for number in numbers]


# --- guards ---


def test_an_order_far_outside_the_usual_is_held_with_the_figures(customer: Customer) -> None:
    customer.agree(GUARDS)
    customer.send(*usual("U-1", "U-2", "U-3"))

    customer.send(("U-4", pails(60)))

    held = customer.message("U-4")
    assert (held["state"], held["code"]) == ("held", "unusual-quantity")
    assert (
        "60 of SEAU-10 ordered; usually 10, most 10 in 3 orders since 2026-11-16"
        in (held["reason"])
    )


def test_the_orders_before_it_in_one_file_say_what_is_usual(customer: Customer) -> None:
    customer.agree(GUARDS)

    customer.send(*usual("U-1", "U-2", "U-3"), ("U-4", pails(60)), ("U-5", pails(50)))

    assert customer.states()["U-4"] == "held"
    assert customer.states()["U-5"] == "answered"


def test_too_few_orders_say_nothing(customer: Customer) -> None:
    customer.agree(GUARDS)
    customer.send(*usual("U-1", "U-2"))

    customer.send(("U-3", pails(60)))

    assert customer.states()["U-3"] == "answered"


def test_an_order_an_operator_looked_at_and_released_is_answered(customer: Customer) -> None:
    customer.agree(GUARDS)
    customer.send(*usual("U-1", "U-2", "U-3"), ("U-4", pails(60)))

    customer.act(release, "U-4", "olga")

    assert customer.states()["U-4"] == "answered"
    assert customer.response("U-4").lines[0].confirmed == 60


def test_a_new_delivery_address_is_flagged_and_the_order_answered(customer: Customer) -> None:
    customer.agree(GUARDS)
    customer.send(*usual("U-1", "U-2", "U-3"))

    customer.send(("U-4", pails(10)), place="3019999001025")
    customer.send(("U-5", pails(10)), place="3019999001025")

    assert customer.codes("U-4") == ["new-delivery-address"]
    assert customer.codes("U-5") == []


def test_orders_answered_before_there_were_guards_say_what_is_usual(customer: Customer) -> None:
    customer.send(*usual("U-1", "U-2", "U-3"))
    customer.agree(GUARDS)

    customer.send(("U-4", pails(60)))

    assert customer.message("U-4")["code"] == "unusual-quantity"


def test_nothing_is_recorded_where_the_contract_asks_for_nothing(
    customer: Customer, sample_installation: Installation
) -> None:
    customer.send(*usual("U-1"))

    with sample_installation.open() as gateway, gateway.place.store.transaction() as ledger:
        assert ledger.sales.recorded("maisonvert") == set()


# --- the same under another number ---


def test_the_same_under_another_number_is_held_in_one_file_and_in_the_next(
    customer: Customer,
) -> None:
    customer.agree("", terms="duplicate_days = 7")

    customer.send(("T-1", pails(10)), ("T-2", pails(10)))
    customer.send(("T-3", pails(10)), ("T-4", pails(15)))

    assert [customer.states()[f"T-{n}"] for n in (1, 2, 3, 4)] == [
        "answered",
        "held",
        "held",
        "answered",
    ]
    assert "order T-1 of 2026-11-16 asked for the same" in customer.message("T-3")["reason"]


def test_the_same_as_before_the_clause_was_agreed_is_held_too(customer: Customer) -> None:
    customer.send(("T-1", pails(10)))
    customer.agree("", terms="duplicate_days = 7")

    customer.send(("T-2", pails(10)))

    assert customer.message("T-2")["code"] == "suspected-duplicate"


# --- approvals ---


@pytest.fixture
def waiting(customer: Customer) -> Customer:
    """An order of 1424.00 that is unusual besides, so that two roles are asked."""
    customer.agree(GUARDS + APPROVALS)
    customer.send(*usual("A-1", "A-2", "A-3"))
    customer.send(("A-4", pails(200)))
    return customer


def test_an_order_waits_for_each_role_that_is_asked(waiting: Customer) -> None:
    message = waiting.message("A-4")

    assert (message["state"], message["code"]) == ("held", "approval-needed")
    with waiting.open() as gateway:
        for role in ("sales", "management"):
            rows = list_messages(gateway.place.store, role=role)
            assert [row["number"] for row in rows] == ["A-4"]


def test_a_release_does_not_replace_an_approval(waiting: Customer) -> None:
    waiting.act(release, "A-4", "olga")

    assert waiting.message("A-4")["code"] == "approval-needed"
    assert waiting.codes("A-4").count("approval-needed") == 2


def test_nobody_else_may_approve(waiting: Customer) -> None:
    with pytest.raises(HeldError, match="olga has no such role"):
        waiting.act(approve, "A-4", "olga")

    assert waiting.states()["A-4"] == "held"


def test_the_same_is_not_asked_twice_of_a_role_that_approved(waiting: Customer) -> None:
    waiting.act(approve, "A-4", "alice")

    with waiting.open() as gateway:
        store = gateway.place.store
        assert list_messages(store, role="sales") == []
        assert [row["number"] for row in list_messages(store, role="management")] == ["A-4"]


def test_an_order_that_every_role_approved_is_answered(waiting: Customer) -> None:
    waiting.act(approve, "A-4", "alice")
    waiting.act(approve, "A-4", "mona")

    assert waiting.states()["A-4"] == "answered"
    assert waiting.response("A-4").lines[0].confirmed == 200


def test_the_history_says_who_approved_for_which_role_and_why(waiting: Customer) -> None:
    waiting.act(approve, "A-4", "alice")

    event = next(e for e in waiting.told("A-4")["events"] if e["what"] == "message.approved")
    given = next(a for a in waiting.told("A-4")["approvals"] if a["approved_at"])

    assert (event["who"], event["why"]) == ("alice", "sales: it is right")
    assert (given["role"], given["who"], given["why"]) == ("sales", "alice", "it is right")


def test_another_decision_is_asked_about_again(waiting: Customer) -> None:
    waiting.act(approve, "A-4", "alice")
    waiting.agree(
        GUARDS.replace('quantity_factor = "5"', 'quantity_factor = "5"\nquantity_policy = "flag"')
        + APPROVALS,
        terms='maximum_line_value = "1000"',
    )

    waiting.act(release, "A-4", "olga")

    with waiting.open() as gateway:
        assert [row["number"] for row in list_messages(gateway.place.store, role="sales")] == [
            "A-4"
        ]


def test_an_order_that_waits_may_be_refused(waiting: Customer) -> None:
    waiting.act(refuse, "A-4", "olga")

    assert waiting.states()["A-4"] == "answered"
    with waiting.open() as gateway:
        assert list_messages(gateway.place.store, role="sales") == []


# --- requested dates ---

DATES = """
time_zone = "Europe/Paris"
lead_time_days = 4
order_cutoff = "10:00"
holidays = [2026-11-20]
"""


def test_another_day_is_proposed_where_the_requested_one_is_not_possible(
    customer: Customer,
) -> None:
    customer.agree("", terms=DATES, policies='date_not_possible = "propose"\n')

    customer.send(("D-1", pails(10)))

    (line,) = customer.response("D-1").lines
    (answer,) = customer.answers()
    assert line.promised_delivery is not None
    assert b"LIN+1+3+" in answer
    assert f"DTM+69:{line.promised_delivery:%Y%m%d}:102'".encode() in answer
    assert f"{line.promised_delivery}" == "2026-11-25"


def test_the_erp_is_told_the_day_that_was_promised(
    customer: Customer, sample_installation: Installation
) -> None:
    customer.agree("", terms=DATES, policies='date_not_possible = "propose"\n')

    customer.send(("D-1", pails(10)))

    (handed,) = sample_installation.out("erp", "order*")
    assert b'"promised_delivery":"2026-11-25"' in handed.read_bytes().replace(b": ", b":")


def test_a_ubl_order_is_answered_with_the_day_that_is_promised(
    customer: Customer, sample_installation: Installation, tmp_path: Path
) -> None:
    folder = tmp_path / "nordlys"
    shutil.copytree(SAMPLES / "partners" / "nordlys", folder)
    file = folder / "partner.toml"
    text = file.read_text(encoding="utf-8").replace(
        "[contract.policies]\n",
        'lead_time_days = 10\n[contract.policies]\ndate_not_possible = "propose"\n',
    )
    file.write_text(text, encoding="utf-8")
    sample_installation.import_partner(folder)

    sample_installation.drop("nordlys", "1.xml", (SAMPLES / "orders" / "7-ubl.xml").read_bytes())
    customer.work()

    (answer,) = sample_installation.out("nordlys", "OrderResponse*")
    tree = etree.parse(answer)
    days = tree.xpath(
        "//cac:LineItem/cac:Delivery/cac:PromisedDeliveryPeriod/cbc:StartDate/text()",
        namespaces=UBL,
    )
    assert (tree.findtext("cbc:OrderResponseCode", None, UBL), days) == (
        "CA",
        ["2026-12-01", "2026-12-01"],
    )


def test_a_date_an_operator_looked_at_is_confirmed_as_requested(customer: Customer) -> None:
    customer.agree("", terms=DATES)
    customer.send(("D-1", pails(10)))
    held = customer.message("D-1")

    customer.act(release, "D-1", "olga")

    assert (held["state"], held["code"]) == ("held", "date-not-possible")
    assert customer.states()["D-1"] == "answered"
    assert customer.response("D-1").lines[0].promised_delivery is None


# --- before it is needed ---


@pytest.mark.parametrize(
    ("role", "fault"),
    [
        pytest.param("sales", None, id="a role somebody has"),
        pytest.param(
            "board",
            "approvals wait for board, and nobody is one; name them in [roles] of config.toml",
            id="a role nobody has",
        ),
    ],
)
def test_check_names_the_roles_nobody_has(
    customer: Customer, sample_installation: Installation, role: str, fault: str | None
) -> None:
    customer.agree(APPROVALS.replace("management", role))

    checks = check_everything(load_settings(sample_installation.config), connect=False)

    assert {c.what: c.fault for c in checks}["partner maisonvert"] == fault
