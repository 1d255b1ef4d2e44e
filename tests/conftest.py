"""Shared fixtures: an installation in an empty folder, as a newcomer would have it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from edi_gateway.config import load_settings
from edi_gateway.exchange.packages.onboarding import import_package, read_folder
from edi_gateway.gateway import Gateway, open_gateway
from edi_gateway.logs import set_up_logs
from edi_gateway.store.queries import list_messages
from tests.sftp_server import Server

# A deadline would be a timed assertion: a busy machine is no fault of the code.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
SAMPLES = ROOT / "edi_gateway" / "demo" / "samples"


@pytest.fixture(autouse=True)
def _quiet_logs() -> None:
    set_up_logs("error", as_json=True)


@dataclass
class Installation:
    """A working installation: a copy of config.toml in an empty folder."""

    base: Path

    @property
    def config(self) -> Path:
        return self.base / "config.toml"

    def open(self) -> Any:
        return open_gateway(load_settings(self.config))

    def import_partner(self, folder: Path) -> None:
        with self.open() as gateway:
            import_package(gateway.place, read_folder(folder), origin=str(folder), who="test")

    def drop(self, partner: str, name: str, data: bytes) -> None:
        folder = self.base / "inbound" / partner
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)

    def work(self) -> None:
        with self.open() as gateway:
            gateway.runner.run_until_idle(0.01)

    def messages(self) -> list[dict[str, Any]]:
        with self.open() as gateway:
            return list(reversed(list_messages(gateway.place.store, limit=100_000)))

    def out(self, partner: str, pattern: str = "*") -> list[Path]:
        return sorted((self.base / "outbound" / partner).glob(pattern))


def install(base: Path) -> Installation:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    text = text.replace("settle_seconds = 1", "settle_seconds = 0")
    (base / "config.toml").write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "mappings", base / "mappings")
    return Installation(base)


SFTP_CONNECTOR = """
[connectors.{partner}]
type = "sftp"
partner = "{partner}"
host = "127.0.0.1"
port = {port}
username = "{username}"
host_key = "{host_key}"
key = "file:client_key"
inbound = "{base}/inbound/{partner}"
outbound = "{base}/outbound/{partner}"
done = "{base}/done/{partner}"
settle_seconds = 0
"""


def use_sftp(installation: Installation, server: Server, partners: list[str]) -> None:
    """Give each partner an SFTP account of its own on `server`."""
    key = installation.base / "client_key"
    key.write_text(server.key, encoding="ascii")
    key.chmod(0o600)
    text = installation.config.read_text(encoding="utf-8")
    for partner in partners:
        for folder in ("inbound", "outbound", "done"):
            (installation.base / folder / partner).mkdir(parents=True)
        text += SFTP_CONNECTOR.format(
            partner=partner,
            port=server.port,
            username=server.username,
            host_key=server.host_key,
            base=installation.base,
        )
    installation.config.write_text(text, encoding="utf-8")


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return install(tmp_path)


@pytest.fixture
def sample_installation(installation: Installation) -> Installation:
    """With the repository's own sample partners imported."""
    for folder in sorted((SAMPLES / "partners").iterdir()):
        installation.import_partner(folder)
    return installation


@pytest.fixture
def opened() -> Iterator[Callable[[Installation], Gateway]]:
    with ExitStack() as stack:
        yield lambda installation: stack.enter_context(installation.open())


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=50, help="kills of the crash test")
    parser.addoption("--cases", type=int, default=2000, help="cases of the differential test")
    parser.addoption("--seed", type=int, default=20261122, help="seed of the tests with chance")
    parser.addoption("--pin", action="store_true", help="pin the answers as they are now")


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--kills"))


@pytest.fixture
def cases(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--cases"))


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--seed"))
