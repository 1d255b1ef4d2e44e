"""Check everything before it is needed: configuration, mappings, partners, connectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from edi_gateway.config import Settings
from edi_gateway.contract.terms import Agreement
from edi_gateway.errors import ConfigError, GatewayError, TransientError
from edi_gateway.exchange.operator import utc_now
from edi_gateway.exchange.packages.agreements import lists_in_force, load_package
from edi_gateway.formats import check_mapping
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.gateway import build_connector, route
from edi_gateway.store import Package, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was checked; `fault` is None when it is right."""

    what: str
    fault: str | None


def check_everything(settings: Settings, *, connect: bool) -> list[Check]:
    """Check all there is, and collect every fault; log in at connectors only with `connect`."""
    return [
        Check(what="configuration", fault=None),
        *check_mappings(MappingLibrary(settings.path(settings.gateway.mappings))),
        *_check_partners(settings),
        *_check_connectors(settings, connect=connect),
    ]


def check_mappings(library: MappingLibrary) -> Iterator[Check]:
    """Load and compile every mapping against the document model and the message tables."""
    for name in library.names():
        yield _check(f"mapping {name}", partial(check_mapping, library, name))


def _check_partners(settings: Settings) -> Iterator[Check]:
    data = settings.path(settings.gateway.data)
    if not (data / "ledger.sqlite").exists():
        return
    store = Store.open_readonly(data, utc_now)
    for package in store.packages():

        def read(package: Package = package) -> None:
            known = load_package(store, package, lists_in_force(store, utc_now()))
            route(settings, package.partner)
            _check_roles(settings, known if isinstance(known, Agreement) else known.terms)

        yield _check(f"partner {package.partner}", read)
    store.close()


def _check_roles(settings: Settings, agreement: Agreement) -> None:
    """Whoever must approve can: orders would wait for a role that nobody has."""
    contracts = agreement.contracts or (agreement.contract,)
    wanted = {clause.role for contract in contracts for clause in contract.approvals}
    missing = ", ".join(sorted(role for role in wanted if not settings.roles.get(role)))
    if missing:
        raise ConfigError(
            f"approvals wait for {missing}, and nobody is one; name them in [roles] of config.toml"
        )


def _check_connectors(settings: Settings, *, connect: bool) -> Iterator[Check]:
    for name in settings.connectors:

        def build(name: str = name) -> None:
            connector = build_connector(settings, name)
            if connect:
                try:
                    list(connector.fetch())
                finally:
                    with suppress(TransientError):
                        connector.close()

        yield _check(f"connector {name}", build)


def _check(what: str, work: Callable[[], object]) -> Check:
    try:
        work()
    except ConfigError as error:
        return Check(what=what, fault="; ".join(error.faults))
    except (GatewayError, OSError) as error:
        return Check(what=what, fault=str(error))
    return Check(what=what, fault=None)
