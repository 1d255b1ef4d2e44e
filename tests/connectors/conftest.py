"""What the connector tests share: servers that run once, and a clock one turns by hand."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from edi_gateway.connectors import Connector, FolderConnector, SftpConnector


def _load_servers() -> ModuleType:
    """The `tests` folder is no package, so its modules are loaded by their place."""
    name = "sftp_server"
    if name not in sys.modules:
        place = Path(__file__).parents[1] / "sftp_server.py"
        spec = importlib.util.spec_from_file_location(name, place)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


servers = _load_servers()


class Clock:
    """Time that passes only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += seconds


class Mailbox:
    """A partner's place as the partner sees it: the folders behind the connector."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self.inbound, self.outbound, self.done = root / "in", root / "out", root / "done"
        for folder in (self.inbound, self.outbound, self.done):
            folder.mkdir()
        self.clock = clock
        self.make: Callable[..., Connector]
        self._made: list[Connector] = []

    def connector(self, **options: object) -> Connector:
        connector = self.make(
            inbound=self.inbound,
            outbound=self.outbound,
            settle_seconds=30,
            partner="acme",
            clock=self.clock,
            **options,
        )
        self._made.append(connector)
        return connector

    def put(self, name: bytes | str, content: bytes = b"UNB+...'", modified: int = 0) -> Path:
        path = self.inbound / os.fsdecode(name)
        path.write_bytes(content)
        if modified:
            os.utime(path, (modified, modified))
        return path

    def waiting(self, connector: Connector) -> list:
        """The files of a second look, long enough after a first."""
        list(connector.fetch())
        self.clock.pass_seconds(30)
        return list(connector.fetch())

    def close(self) -> None:
        for connector in self._made:
            connector.close()


def make_folder(**options: object) -> FolderConnector:
    return FolderConnector("folder", **options)


def make_sftp(server: object, **options: object) -> SftpConnector:
    texts = {
        name: str(options[name])
        for name in ("inbound", "outbound", "done")
        if options.get(name) is not None
    }
    return SftpConnector("sftp", **{**server.login, **options, **texts})


@pytest.fixture(scope="session")
def openssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    if servers.SSHD is None:
        pytest.skip("needs an OpenSSH server: no sshd on this machine")
    with servers.openssh(tmp_path_factory.mktemp("openssh")) as server:
        yield server


@pytest.fixture(scope="session")
def asyncssh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    pytest.importorskip("asyncssh", reason="needs asyncssh, which is not installed")
    with servers.in_process(tmp_path_factory.mktemp("asyncssh")) as server:
        yield server


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> object:
    """OpenSSH where it is installed, else asyncssh, else a skip that says why."""
    return request.getfixturevalue("openssh" if servers.SSHD else "asyncssh_server")


@pytest.fixture
def sftp_box(tmp_path: Path, server: object) -> Iterator[Mailbox]:
    box = Mailbox(tmp_path, Clock())
    box.make = lambda **options: make_sftp(server, **options)
    yield box
    box.close()


@pytest.fixture
def folder_box(tmp_path: Path) -> Mailbox:
    box = Mailbox(tmp_path, Clock())
    box.make = make_folder
    return box


@pytest.fixture(params=["folder", "sftp"])
def box(request: pytest.FixtureRequest) -> Mailbox:
    return request.getfixturevalue(f"{request.param}_box")
