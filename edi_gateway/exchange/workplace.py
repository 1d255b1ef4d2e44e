"""What the main path has at hand: the ledger, the partners, the mappings, the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from edi_gateway.contract.package import read_package
from edi_gateway.contract.partner import Company
from edi_gateway.contract.terms import Agreement
from edi_gateway.formats.interchange import Limits, Sender
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.store import Store

log = structlog.get_logger()

#: The built-in partner: the company's own ERP.
ERP = "erp"


class Partners:
    """The agreements in force, by partner id and by interchange identifier."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_id: dict[str, Agreement] = {}
        self._by_sender: dict[tuple[str, str], Agreement] = {}
        self.reload()

    def reload(self) -> None:
        """Read the newest package of every partner from the ledger."""
        agreements = [
            replace(
                read_package(package.files, origin=f"partner {package.partner}"),
                version=package.version,
            )
            for package in self._store.packages()
        ]
        self._by_id = {agreement.partner.id: agreement for agreement in agreements}
        # A GLN identifies its owner whatever the agreed interchange identifier is (qualifier 14).
        self._by_sender = {(a.partner.gln, "14"): a for a in agreements} | {
            (a.partner.interchange_id, a.partner.interchange_qualifier): a for a in agreements
        }

    def __iter__(self) -> Iterator[Agreement]:
        return iter(self._by_id.values())

    def get(self, partner: str | None) -> Agreement | None:
        """The agreement with a partner, by its id."""
        return self._by_id.get(partner) if partner is not None else None

    def of_sender(self, identifier: str, qualifier: str) -> Agreement | None:
        """The agreement with whoever uses this interchange identifier and qualifier."""
        return self._by_sender.get((identifier, qualifier))

    def id_of_sender(self, identifier: str, qualifier: str) -> str | None:
        """The id of the partner who uses this interchange identifier."""
        agreement = self.of_sender(identifier, qualifier)
        return agreement.partner.id if agreement else None

    def sender(self, identifier: str, qualifier: str) -> Sender | None:
        """The partner who uses this interchange identifier, with what is agreed about syntax."""
        agreement = self.of_sender(identifier, qualifier)
        if agreement is None:
            return None
        partner = agreement.partner
        return Sender(
            partner=partner.id,
            tolerates=frozenset(partner.tolerates),
            insists=frozenset(partner.insists),
        )


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """Everything the main path needs, handed in once by `gateway.py`."""

    store: Store
    partners: Partners
    library: MappingLibrary
    company: Company
    limits: Limits
    zone: ZoneInfo
    now: Callable[[], datetime]
    #: Name of the connector that serves a partner.
    route: Callable[[str], str]
    #: Runs a piece of work; on a bug rolls it back, logs it and returns False.
    attempt: Callable[[Callable[[], object]], bool]
    #: Whether the service was asked to end; long loops stop between two commits.
    stopping: Callable[[], bool]
    #: Between 0.5 and 1: spreads the attempts of a back-off.
    jitter: Callable[[], float]
    #: Months in which a partner's interchange reference must not come twice.
    reference_months: int = 12
    #: What becomes of a partner package the ERP sends: apply | hold.
    package_policy: str = "hold"
    #: The members of each role that may approve orders: names of accounts on this machine.
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Messages decided in one commit.
    chunk: int = field(default=1000)
