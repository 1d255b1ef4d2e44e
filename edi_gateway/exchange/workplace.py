"""What the main path has at hand: the ledger, the partners, the mappings, the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from edi_gateway.contract.partner import Company
from edi_gateway.exchange.packages.partners import Partners
from edi_gateway.formats.interchange import Limits
from edi_gateway.formats.mapping import MappingLibrary
from edi_gateway.store import Store

#: The built-in partner: the company's own ERP.
ERP = "erp"


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
