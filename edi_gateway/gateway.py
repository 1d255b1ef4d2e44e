"""Puts the pieces together; the only place that does."""

from __future__ import annotations

import fcntl
import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from edi_gateway.config import FolderSettings, Settings, SftpSettings
from edi_gateway.connectors import TEMPORARY, Connector, FolderConnector, SftpConnector
from edi_gateway.contract.partner import Company
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.operator import utc_now
from edi_gateway.exchange.packages.partners import Partners
from edi_gateway.exchange.workplace import ERP, Workplace
from edi_gateway.formats import check_mapping
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.runner import Runner, attempt
from edi_gateway.store import Store


class AlreadyRunning(ConfigError):
    """Another process holds the data directory."""


@dataclass(kw_only=True)
class Gateway:
    """A gateway that is ready to work."""

    settings: Settings
    place: Workplace
    connectors: dict[str, Connector]
    runner: Runner
    stop: threading.Event


@contextmanager
def open_gateway(settings: Settings, *, now: Callable[[], datetime] = utc_now) -> Iterator[Gateway]:
    """
    Lock the data directory, open the ledger, and assemble the gateway.

    Raises `AlreadyRunning` when another process holds the directory, `ConfigError` when the
    configuration cannot work.
    """
    data = settings.path(settings.gateway.data)
    with lock_data(data):
        store = Store.open(data, now)
        try:
            yield _assemble(settings, store, now)
        finally:
            store.close()


@contextmanager
def lock_data(data: Path) -> Iterator[None]:
    """Hold the data directory for this process; the lock ends with it, however it ends."""
    data.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(
                f"{data}: another gateway is running on this data directory; end it first"
            ) from error
        yield
    finally:
        os.close(descriptor)


def _assemble(settings: Settings, store: Store, now: Callable[[], datetime]) -> Gateway:
    stop = threading.Event()
    place = Workplace(
        store=store,
        partners=Partners(store, now),
        library=MappingLibrary(settings.path(settings.gateway.mappings)),
        company=company_of(settings),
        limits=limits_of(settings),
        zone=ZoneInfo(settings.gateway.timezone),
        now=now,
        route=lambda partner: route(settings, partner),
        attempt=attempt,
        stopping=stop.is_set,
        jitter=lambda: random.uniform(0.5, 1),  # noqa: S311  (spreads retries, keeps no secret)
        reference_months=settings.gateway.reference_months,
        package_policy=settings.erp.partner_packages,
        roles=settings.roles,
    )
    for partner in (ERP, *(agreement.partner.id for agreement in place.partners)):
        route(settings, partner)
    for name in place.library.names():
        check_mapping(place.library, name)
    _make_folders(settings)
    connectors = {name: build_connector(settings, name) for name in settings.connectors}
    runner = Runner(place, connectors, stop)
    return Gateway(settings=settings, place=place, connectors=connectors, runner=runner, stop=stop)


def _make_folders(settings: Settings) -> None:
    """The folders partners and the ERP drop files into, and fetch them from."""
    for connector in settings.connectors.values():
        if isinstance(connector, FolderSettings):
            for folder in (connector.inbound, connector.outbound):
                settings.path(folder).mkdir(parents=True, exist_ok=True)


def company_of(settings: Settings) -> Company:
    """The company as contracts and documents know it."""
    return Company(**settings.company.model_dump(by_alias=True))


def limits_of(settings: Settings) -> Limits:
    """The limits a file must keep."""
    return Limits(
        interchange_bytes=settings.limits.interchange_megabytes * 1_000_000,
        messages=settings.limits.messages,
    )


def route(settings: Settings, partner: str) -> str:
    """The connector that serves a partner: its own account, else the shared folder."""
    shared = None
    for name, connector in settings.connectors.items():
        if connector.partner == partner:
            return name
        if connector.partner is None:
            shared = name
    if shared is None:
        raise ConfigError(
            f"config.toml: no connector serves partner {partner!r}; give one `partner = "
            f'"{partner}"`, or configure a folder connector without partner'
        )
    return shared


def build_connector(settings: Settings, name: str) -> Connector:
    """The connector a section of config.toml describes."""
    connector = settings.connectors[name]
    if isinstance(connector, FolderSettings):
        return FolderConnector(
            name,
            inbound=settings.path(connector.inbound),
            outbound=settings.path(connector.outbound),
            partner=connector.partner,
            settle_seconds=connector.settle_seconds,
            done=settings.path(connector.done) if connector.done else None,
            trigger=connector.trigger,
            temporary=_temporary(connector),
        )
    keys = connector.host_key
    return SftpConnector(
        name,
        partner=connector.partner,
        host=connector.host,
        port=connector.port,
        username=connector.username,
        host_keys=(keys,) if isinstance(keys, str) else keys,
        key=settings.secret(connector.key),
        key_passphrase=settings.secret(connector.key_passphrase),
        password=settings.secret(connector.password),
        inbound=connector.inbound,
        outbound=connector.outbound,
        done=connector.done,
        settle_seconds=connector.settle_seconds,
        trigger=connector.trigger,
        prefetch=connector.prefetch,
        rename=connector.rename,
        connect_seconds=connector.connect_seconds,
        operation_seconds=connector.operation_seconds,
        temporary=_temporary(connector),
    )


def _temporary(connector: FolderSettings | SftpSettings) -> tuple[str, ...]:
    return TEMPORARY if connector.temporary is None else connector.temporary


def pause_between_looks(settings: Settings) -> float:
    """How long `run --until-idle` waits before it looks again."""
    return max(connector.settle_seconds for connector in settings.connectors.values())
