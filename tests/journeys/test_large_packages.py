"""A package too large to be read whole: imported beside the service, decided through its index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edi_gateway.config import load_settings
from edi_gateway.control import ControlServer
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.packages import forms as packages
from edi_gateway.exchange.packages.onboarding import import_package, read_folder, stage
from edi_gateway.operations import import_folder, perform
from edi_gateway.store import staging
from tests.conftest import SAMPLES, Installation, install
from tests.orders import departures, interchange
from tests.unit.contract.builders import line_of, order_of

PARTNER = "maisonvert"
FOLDER = SAMPLES / "partners" / PARTNER


@pytest.fixture
def _every_package_is_large(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(packages, "WHOLE_BYTES", 0)
    return


@pytest.fixture
def large(installation: Installation, _every_package_is_large: None) -> Installation:
    installation.import_partner(FOLDER)
    return installation


def decided(installation: Installation) -> list[Any]:
    """What the ERP was handed, and what was held and why."""
    installation.drop(PARTNER, "1.edi", interchange(reference="1", numbers=["N-1", "N-2"]))
    installation.drop(PARTNER, "2.edi", departures(reference="2"))
    installation.work()
    handed = [json.loads(file.read_bytes()) for file in installation.out("erp")]
    messages = installation.messages()
    return [handed, [(m["number"], m["state"], m["code"], m["reason"]) for m in messages]]


def test_orders_are_decided_as_if_all_of_it_were_read(
    large: Installation, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with large.open() as gateway:
        known = gateway.place.partners.get(PARTNER)
    found = decided(large)
    monkeypatch.undo()
    small = install(tmp_path_factory.mktemp("small"))
    small.import_partner(FOLDER)

    assert known is not None
    with pytest.raises(packages.NotAtHand):
        list(known.articles)
    assert found == decided(small)


def test_nobody_takes_an_article_that_is_not_at_hand_for_unknown(large: Installation) -> None:
    with large.open() as gateway:
        terms = gateway.place.partners.get(PARTNER)
        slices = list(gateway.place.partners.in_slices(PARTNER, 2))

    assert terms is not None
    assert [len(list(codes)) for _, codes in slices] == [2, 2, 1]
    assert slices[0][0].articles.by_code["SEAU-10"].unit == "PCE"
    with pytest.raises(packages.NotAtHand):
        terms.articles.by_code.get("SEAU-10")


def test_it_is_exported_byte_for_byte(large: Installation) -> None:
    with large.open() as gateway:
        (package,) = gateway.place.store.packages()
        files = gateway.place.store.package_files(package)

    assert isinstance(files["prices.csv"], Path)
    assert {name: packages.bytes_of(file) for name, file in files.items()} == read_folder(FOLDER)


def test_a_faulty_one_leaves_nothing_behind(large: Installation) -> None:
    files = read_folder(FOLDER) | {"prices.csv": b"article\n"}
    with large.open() as gateway, pytest.raises(ConfigError):
        import_package(gateway.place, files, origin="", who="test")

    with large.open() as gateway:
        assert [package.version for package in gateway.place.store.package_versions()] == [1]
    assert list((large.base / "data" / "staged").iterdir()) == []


def test_an_index_that_was_lost_is_built_again(large: Installation) -> None:
    (index,) = (large.base / "data" / "packages").iterdir()
    index.unlink()

    handed, _ = decided(large)

    assert handed
    assert index.exists()


def test_a_start_removes_what_a_killed_import_left(large: Installation) -> None:
    left = large.base / "data" / "staged" / "0123"
    left.mkdir()
    (left / "lock").touch()
    (left / "prices.csv").write_bytes(b"half")
    orphan = large.base / "data" / "packages" / "00.sqlite"
    orphan.touch()

    with large.open():
        pass

    assert not left.exists()
    assert not orphan.exists()


def test_a_start_leaves_an_import_at_work_alone(large: Installation) -> None:
    with staging(large.base / "data") as folder:
        with large.open():
            pass
        assert folder.exists()


def test_only_this_user_may_read_what_is_staged(large: Installation) -> None:
    with staging(large.base / "data") as folder:
        stage(read_folder(FOLDER), folder, origin="")
        modes = {file.name: file.stat().st_mode & 0o077 for file in (folder, folder / "prices.csv")}

    assert set(modes.values()) == {0}


def test_the_running_service_is_handed_the_folder_only(large: Installation) -> None:
    requests: list[dict[str, Any]] = []
    with large.open() as gateway:

        def answer(request: dict[str, Any]) -> dict[str, Any]:
            requests.append(request)
            return perform(gateway, request)

        control = ControlServer(large.base / "data", answer)
        control.start()
        changed = large.base / "changed"
        changed.mkdir()
        for name, data in read_folder(FOLDER).items():
            (changed / name).write_bytes(data.replace(b",8.90,", b",9.30,"))
        told: list[str] = []
        done = import_folder(
            load_settings(large.config), changed, progress=lambda what, *_: told.append(what)
        )
        control.stop()
        agreement = gateway.place.partners.get(PARTNER)

    assert (done["version"], agreement and agreement.version) == (2, 2)
    assert "files" not in requests[0]
    assert {"reading", "sorting", "checking"} <= set(told)


def test_a_changed_partner_beside_the_same_tables_shares_their_index(large: Installation) -> None:
    files = read_folder(FOLDER)
    files["partner.toml"] += b"\n# The same, with a remark.\n"
    with large.open() as gateway:
        import_package(gateway.place, files, origin="", who="test")
        first, second = gateway.place.store.package_versions()

    assert first.index_sha256 == second.index_sha256
    assert len(list((large.base / "data" / "packages").iterdir())) == 1


ORDER = order_of(line_of(None, supplier_article="ARROSOIR"))
SHARED = b'[price_list]\nid = "GROUP"\ncurrency = "EUR"\n'
GROUP_PRICES = (
    b"article,from_quantity,price,per_quantity,valid_from,valid_until\n"
    b"ARROSOIR,1,12.40,1,2026-01-01,2030-12-31\n"
)


@pytest.mark.parametrize("limit", [0, 1_000_000])
def test_a_shared_price_list_is_asked_where_the_customers_own_has_no_price(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(packages, "WHOLE_BYTES", limit)
    files = read_folder(FOLDER)
    files["partner.toml"] = files["partner.toml"].replace(
        b"[contract]\n", b'[contract]\ngroup_price_list = "GROUP"\n'
    )
    shared = {"price-list.toml": SHARED, "prices.csv": GROUP_PRICES}
    with installation.open() as gateway:
        import_package(gateway.place, files, origin="", who="test")
        import_package(gateway.place, shared, origin="", who="test")
        agreement = gateway.place.partners.for_orders(PARTNER, [ORDER])

    assert agreement is not None
    prices = [str(row.price) for row in agreement.prices.of("ARROSOIR")]
    assert prices[-1] == "12.40"
