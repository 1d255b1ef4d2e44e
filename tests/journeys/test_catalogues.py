"""A customer's own catalogue goes out when its terms change, and when its time comes."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edi_gateway.cli import app
from edi_gateway.config import load_settings
from edi_gateway.documents import Catalogue
from edi_gateway.exchange import catalogues
from edi_gateway.exchange.catalogues import send_catalogue, send_due_catalogues
from edi_gateway.exchange.packages import forms
from edi_gateway.exchange.packages.onboarding import import_package, read_folder
from edi_gateway.formats import recognise
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.gateway import Gateway, open_gateway
from edi_gateway.store import StepLost
from edi_gateway.store.catalogues import last_catalogue
from tests.conftest import SAMPLES, Installation

LIBRARY = MappingLibrary()
MONDAY = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)


@dataclass
class Shop:
    """A gateway whose clock and packages a test moves."""

    installation: Installation
    folder: Path
    now: datetime = MONDAY
    seen: set[str] = field(default_factory=set)

    def work(self) -> list[Catalogue]:
        """Let the gateway look once; return the catalogues that went out."""
        with self.open() as gateway:
            gateway.runner.run_until_idle(0)
        return self.new()

    def open(self) -> Gateway:
        return open_gateway(load_settings(self.installation.config), now=lambda: self.now)

    def package(self, *changes: tuple[str, str, str]) -> None:
        """Change texts of the package and put it in force."""
        for name, before, after in changes:
            file = self.folder / name
            text = file.read_text(encoding="utf-8")
            assert before in text
            file.write_text(text.replace(before, after, 1), encoding="utf-8")
        with self.open() as gateway:
            import_package(gateway.place, read_folder(self.folder), origin="test", who="test")

    def new(self) -> list[Catalogue]:
        out = self.installation.base / "outbound" / "maisonvert"
        files = [p for p in sorted(out.glob("*")) if p.name.startswith(("PRICAT", "Catalogue"))]
        fresh = [path for path in files if path.name not in self.seen]
        self.seen |= {path.name for path in fresh}
        return [document for path in fresh for document in read(path.read_bytes())]


def read(data: bytes) -> list[Catalogue]:
    form = recognise(data[:4096])
    documents = []
    for opened in form.open(
        io.BytesIO(data), limits=Limits(), library=LIBRARY, partner_of=lambda *_: None
    ):
        for message in opened.messages:
            assert message.faults == ()
            part = data[message.offset : message.offset + message.length]
            held = form.read(part, opened, message, library=LIBRARY, partner=None)
            assert isinstance(held.document, Catalogue)
            documents.append(held.document)
    return documents


def agreed(format_: str, extra: str = "") -> tuple[tuple[str, str, str], ...]:
    return (
        ("partner.toml", "[partner.formats]", f'[partner.formats]\ncatalogue = "{format_}"'),
        ("partner.toml", "[partner]\n", f"[partner]\n{extra}\n"),
    )


@pytest.fixture
def shop(installation: Installation, tmp_path: Path) -> Shop:
    folder = tmp_path / "package"
    shutil.copytree(SAMPLES / "partners" / "maisonvert", folder)
    return Shop(installation, folder)


def codes(catalogue: Catalogue) -> dict[str | None, str]:
    return {line.supplier_article: line.action for line in catalogue.lines}


def test_without_an_agreed_format_nothing_goes_out(shop: Shop) -> None:
    shop.package()

    assert shop.work() == []


@pytest.mark.parametrize("format_", ["EDIFACT D.96A", "EDIFACT D.01B", "UBL 2.1"])
def test_the_whole_catalogue_goes_out_first_and_once(shop: Shop, format_: str) -> None:
    shop.package(*agreed(format_))

    (catalogue,) = shop.work()

    assert catalogue.function == "9"
    assert set(codes(catalogue).values()) == {"1"}
    bucket = next(line for line in catalogue.lines if line.supplier_article == "SEAU-10")
    prices = [price for price in catalogue.prices if price.line == bucket.number]
    assert (bucket.gtin, bucket.buyer_article) == ("3769999000114", "MV-501")
    assert [str(price.amount) for price in prices if price.from_quantity == 1] == ["8.90"]
    assert catalogue.currency == "EUR"
    assert shop.work() == []


@pytest.mark.parametrize("format_", ["EDIFACT D.96A", "UBL 2.1"])
def test_a_new_version_sends_what_it_changes(shop: Shop, format_: str) -> None:
    shop.package(*agreed(format_))
    shop.work()

    shop.package(("prices.csv", "8.90", "9.10"), ("articles.csv", "Gants de jardin", "Gants"))
    (changes,) = shop.work()

    assert changes.function == "4"
    assert codes(changes) == {"SEAU-10": "3", "GANT-J": "3"}
    assert {str(price.amount) for price in changes.prices} >= {"9.10"}
    assert shop.work() == []


def test_a_version_that_says_the_same_sends_nothing(shop: Shop) -> None:
    shop.package(*agreed("EDIFACT D.96A"))
    shop.work()

    shop.package(("partner.toml", "[partner]\n", "[partner]\nreference_months = 13\n"))

    assert shop.work() == []


def test_an_article_that_is_gone_is_deleted(shop: Shop) -> None:
    shop.package(*agreed("EDIFACT D.01B"))
    shop.work()

    for name in ("articles.csv", "prices.csv"):
        file = shop.folder / name
        lines = file.read_text("utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if "GRAINE-R" not in line), "utf-8")
    shop.package()
    (changes,) = shop.work()

    assert codes(changes) == {"GRAINE-R": "2"}


def test_the_schedule_sends_the_whole_again(shop: Shop) -> None:
    shop.package(
        *agreed("EDIFACT D.96A", 'catalogue_on = "schedule"\ncatalogue_schedule = "0 6 * * mon"')
    )
    shop.work()

    shop.now += timedelta(days=6)
    before = shop.work()
    shop.now += timedelta(days=1)
    (catalogue,) = shop.work()

    assert before == []
    assert (catalogue.function, set(codes(catalogue).values())) == ("5", {"1"})
    assert shop.work() == []


def test_what_failed_half_way_is_sent_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.package(*agreed("EDIFACT D.96A"))
    with shop.open() as gateway, monkeypatch.context() as patch:
        patch.setattr(
            "edi_gateway.exchange.catalogues.put_in_outbox",
            lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")),
        )
        with pytest.raises(OSError, match="disk full"):
            send_catalogue(gateway.place, gateway.place.partners.get("maisonvert"), "test")

    (catalogue,) = shop.work()

    assert catalogue.number == "C00000001"


@pytest.mark.parametrize("format_", ["EDIFACT D.96A", "EDIFACT D.01B", "UBL 2.1"])
@pytest.mark.parametrize("is_large", [False, True], ids=["small", "through its index"])
def test_a_long_one_goes_out_in_parts_that_say_which_of_how_many_they_are(
    shop: Shop, format_: str, is_large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edi_gateway.exchange.catalogues.LARGEST", 2)
    monkeypatch.setattr("edi_gateway.exchange.catalogues._SLICE", 3)
    monkeypatch.setattr(forms, "WHOLE_BYTES", 0 if is_large else 1_000_000)
    shop.package(*agreed(format_))

    parts = shop.work()

    assert [(part.number, part.function, len(part.lines)) for part in parts] == [
        ("C00000001-1", "9", 1),
        ("C00000001-2", "4", 2),
        ("C00000001-3", "4", 2),
    ]
    assert [part.notes for part in parts] == [
        (f"part {place} of 3 of catalogue C00000001, 5 articles in all",) for place in (1, 2, 3)
    ]
    assert [line.number for part in parts for line in part.lines] == ["1", "2", "3", "4", "5"]
    assert shop.work() == []


def test_of_a_large_package_only_what_changed_goes_out(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edi_gateway.exchange.catalogues._SLICE", 2)
    monkeypatch.setattr(forms, "WHOLE_BYTES", 0)
    shop.package(*agreed("EDIFACT D.96A"))
    shop.work()

    for name in ("articles.csv", "prices.csv"):
        file = shop.folder / name
        lines = file.read_text("utf-8").splitlines(keepends=True)
        file.write_text("".join(line for line in lines if "GRAINE-R" not in line), "utf-8")
    shop.package(("prices.csv", "8.90", "9.10"))
    (changes,) = shop.work()

    assert codes(changes) == {"SEAU-10": "3", "GRAINE-R": "2"}
    assert shop.work() == []


def test_a_catalogue_is_the_same_however_the_package_is_read(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edi_gateway.exchange.catalogues._SLICE", 2)
    shop.package(*agreed("EDIFACT D.96A"))
    (small,) = shop.work()

    monkeypatch.setattr(forms, "WHOLE_BYTES", 0)
    shop.package(("partner.toml", "[partner]\n", "[partner]\nreference_months = 13\n"))

    assert shop.work() == []
    assert len(small.lines) == 5


def test_one_that_another_look_sent_meanwhile_is_not_sent_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.package(*agreed("EDIFACT D.96A", 'catalogue_on = "never"'))
    with shop.open() as gateway:
        agreement = gateway.place.partners.get("maisonvert")
        assert agreement is not None
        offers = catalogues.offers_in

        def overtaken(*words: Any) -> Any:
            monkeypatch.setattr(catalogues, "offers_in", offers)
            send_catalogue(gateway.place, agreement, "another")
            return offers(*words)

        monkeypatch.setattr(catalogues, "offers_in", overtaken)
        with pytest.raises(StepLost):
            send_catalogue(gateway.place, agreement, "test")

    assert [catalogue.number for catalogue in shop.work()] == ["C00000001"]


def test_the_command_shows_it_to_people_and_programs(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edi_gateway.cli.catalogues._SHOWN", 2)
    shop.package()
    words = ["contract", "catalogue", "--partner", "maisonvert"]
    config = ["--config", str(shop.installation.config)]

    table = CliRunner().invoke(app, [*words, *config])
    found = json.loads(CliRunner().invoke(app, [*words, "--json", *config]).stdout)

    assert f"5 article(s), {len(found['prices'])} price(s)" in table.stdout
    assert f"and {len(found['prices']) - 2} more prices; --json has them all" in table.stdout
    assert (found["partner"], found["articles"]) == ("maisonvert", 5)
    assert found["prices"][0] == {
        "article": "SEAU-10",
        "description": "Seau galvanisé 10 L",
        "from_quantity": "1",
        "price": "8.90",
        "per": "1",
        "unit": "PCE",
        "valid_until": "2030-12-31",
    }


def test_by_hand_it_is_sent_whatever_was_sent_before(shop: Shop) -> None:
    shop.package(*agreed("EDIFACT D.96A", 'catalogue_on = "never"'))
    assert shop.work() == []

    with shop.open() as gateway:
        agreement = gateway.place.partners.get("maisonvert")
        assert agreement is not None
        send_catalogue(gateway.place, agreement, "test")
        send_due_catalogues(gateway.place)
        with gateway.place.store.transaction("test") as ledger:
            last = last_catalogue(ledger, "maisonvert")
    sent = shop.work()

    assert last is not None
    assert [catalogue.number for catalogue in sent] == [last.number]
