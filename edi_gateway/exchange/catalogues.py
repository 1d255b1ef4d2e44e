"""
Send each customer its own catalogue: when its terms change, and when its time comes.

The file goes into the outbox in the transaction that records what it said, so that each catalogue
goes out exactly once. That a version came into force is not announced, it is seen: so one that was
dated ahead is sent on its day, and none is lost with a crash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import msgspec
from apscheduler.triggers.cron import CronTrigger

from edi_gateway.contract.answers.cataloguing import (
    CHANGE,
    LARGEST,
    ORIGINAL,
    REPLACEMENT,
    Offer,
    Sizes,
    changed_since,
    gone_since,
    head_of,
    offers_of,
    parts_of,
)
from edi_gateway.contract.partner import CatalogueOn
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import DocumentType
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.outgoing import put_in_outbox
from edi_gateway.exchange.packages.partners import Partners
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store.catalogues import SentCatalogue, last_catalogue, record_catalogue

#: Articles of a large package that are at hand, and priced, at a time.
_SLICE = 500

_decoder = msgspec.json.Decoder(Offer)


def send_due_catalogues(place: Workplace) -> None:
    """Send what is due to each partner that has agreed a format of catalogues."""
    for agreement in list(place.partners):
        if _wants(agreement):
            place.attempt(partial(_send_if_due, place, agreement))


def send_catalogue(place: Workplace, agreement: Agreement, who: str) -> tuple[str, int]:
    """
    Send the whole catalogue now; return its number, and how many articles are in it.

    `ConfigError` where the partner has agreed no format of it.
    """
    if agreement.partner.formats.catalogue is None:
        raise ConfigError(
            f"{agreement.partner.id} has agreed no format of a catalogue; "
            "write `catalogue` into [partner.formats]"
        )
    look = _Look(place, agreement, _last(place, agreement), who)
    return look.send_whole()


def offers_in(partners: Partners, partner: str, today: date) -> Iterator[Offer]:
    """All that a customer may order, with its prices: what its catalogue says now."""
    for agreement, codes in partners.in_slices(partner, _SLICE):
        yield from offers_of(agreement, codes, today)


def _wants(agreement: Agreement) -> bool:
    partner = agreement.partner
    return partner.formats.catalogue is not None and partner.catalogue_on is not CatalogueOn.NEVER


def _last(place: Workplace, agreement: Agreement) -> SentCatalogue | None:
    with place.store.transaction() as ledger:
        return last_catalogue(ledger, agreement.partner.id)


def _send_if_due(place: Workplace, agreement: Agreement) -> None:
    look = _Look(place, agreement, _last(place, agreement), "schedule")
    if look.last is None or look.is_scheduled(look.last):
        look.send_whole()
    elif look.may_have_changed(look.last):
        look.send_changes(look.last)


@dataclass(slots=True)
class _Look:
    """
    One look at one partner: what was sent last, and what its catalogue would say now.

    Every article is priced before the transaction, and waits in a file: the ledger is free meanwhile,
    and no more than a part of a long catalogue is ever in memory. What was sent by another look
    meanwhile makes the transaction fail (`StepLost`), and nothing goes out twice.
    """

    place: Workplace
    agreement: Agreement
    last: SentCatalogue | None
    who: str
    #: The business day.
    today: date = field(init=False)

    def __post_init__(self) -> None:
        self.today = self.place.now().astimezone(self.place.zone).date()

    def is_scheduled(self, last: SentCatalogue) -> bool:
        """Whether the time of the schedule has come since the last catalogue."""
        partner = self.agreement.partner
        if partner.catalogue_schedule is None or partner.catalogue_on is CatalogueOn.CHANGE:
            return False
        trigger = CronTrigger.from_crontab(partner.catalogue_schedule, timezone=self.place.zone)
        due = trigger.get_next_fire_time(last.sent_at, last.sent_at)
        return due is not None and last.sent_at < due <= self.place.now()

    def may_have_changed(self, last: SentCatalogue) -> bool:
        """Whether there is reason to compare: another version, or a day on which articles end."""
        if self.agreement.partner.catalogue_on is CatalogueOn.SCHEDULE:
            return False
        return (last.version, last.day) != (self.agreement.version, self.today)

    def send_whole(self) -> tuple[str, int]:
        """Send every article."""
        digests: dict[str, str] = {}
        function = ORIGINAL if self.last is None else REPLACEMENT
        with self._spooled(changed_since({}, self._offers(), digests)) as spool:
            return self._send(spool, function, digests)

    def send_changes(self, last: SentCatalogue) -> None:
        """Send what changed since the last; that nothing did is recorded."""
        digests: dict[str, str] = {}
        changed = changed_since(last.digests, self._offers(), digests)
        with self._spooled(chain(changed, self._gone(last.digests, digests))) as spool:
            if spool.sizes.total:
                self._send(spool, CHANGE, digests)
                return
        looked = replace(
            last,
            version=self.agreement.version,
            day=self.today,
            revision=last.revision + 1,
        )
        with self.place.store.transaction(self.who) as ledger:
            record_catalogue(ledger, last, looked)

    def _spooled(self, offers: Iterable[Offer]) -> AbstractContextManager[_Spool]:
        return _spooled(self.place.store.data, offers)

    def _offers(self) -> Iterator[Offer]:
        return offers_in(self.place.partners, self.agreement.partner.id, self.today)

    def _gone(self, before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Offer]:
        """What the customer may not order any more; asked when all there is was gone through."""
        gone = [code for code in before if code not in now]
        for start in range(0, len(gone), _SLICE):
            some = dict.fromkeys(gone[start : start + _SLICE], "")
            agreement = self.place.partners.for_articles(self.agreement.partner.id, some)
            yield from gone_since(some, now, agreement or self.agreement)

    def _send(self, spool: _Spool, function: str, digests: Mapping[str, str]) -> tuple[str, int]:
        """Record the catalogue and put it into the outbox, in as many messages as it takes."""
        partner = self.agreement.partner.id
        with self.place.store.transaction(self.who) as ledger:
            number = f"C{ledger.series.next(f'catalogue:{partner}'):08d}"
            now = SentCatalogue(
                partner=partner,
                version=self.agreement.version,
                day=self.today,
                number=number,
                sent_at=ledger.now,
                revision=self.last.revision + 1 if self.last is not None else 1,
                digests=digests,
            )
            record_catalogue(ledger, self.last, now)
            head = head_of(
                self.agreement,
                company=self.place.company,
                number=number,
                today=self.today,
                function=function,
            )
            for part in parts_of(head, spool.offers(), spool.sizes):
                put_in_outbox(
                    self.place,
                    ledger,
                    self.agreement,
                    DocumentType.CATALOGUE,
                    [(None, part)],
                    interchange_id=None,
                    test=False,
                )
                ledger.flush()
            ledger.events.add(
                "catalogue.sent",
                f"{partner}: catalogue {number}, {spool.sizes.total} articles, "
                f"package version {now.version}",
            )
        return number, spool.sizes.total


@dataclass(frozen=True, slots=True)
class _Spool:
    """Offers in a file, one a line, until they are written into messages."""

    file: IO[bytes]
    sizes: Sizes

    def offers(self) -> Iterator[Offer]:
        """All of them, in their order."""
        self.file.seek(0)
        return map(_decoder.decode, self.file)


@contextmanager
def _spooled(folder: Path, offers: Iterable[Offer]) -> Iterator[_Spool]:
    """Write offers to a file without a name beside the ledger: the system's own may be memory."""
    with TemporaryFile(dir=folder) as file:
        sizes = Sizes(LARGEST)
        for offer in offers:
            file.write(msgspec.json.encode(offer) + b"\n")
            sizes.count(offer)
        yield _Spool(file, sizes)
