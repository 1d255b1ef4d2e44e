"""
Send each customer its own catalogue: when its terms change, and when its time comes.

The file goes into the outbox in the transaction that records what it said, so that each catalogue
goes out exactly once. That a version came into force is not announced, it is seen: so one that was
dated ahead is sent on its day, and none is lost with a crash.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from apscheduler.triggers.cron import CronTrigger
from msgspec.structs import replace as replace_fields

from edi_gateway.contract.answers.cataloguing import (
    LARGEST,
    ORIGINAL,
    REPLACEMENT,
    catalogue_of,
    changes_of,
    digests_of,
    parts_of,
)
from edi_gateway.contract.partner import CatalogueOn
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import Catalogue, DocumentType
from edi_gateway.errors import ConfigError
from edi_gateway.exchange.outgoing import put_in_outbox
from edi_gateway.exchange.workplace import Workplace
from edi_gateway.store import Ledger
from edi_gateway.store.catalogues import SentCatalogue, last_catalogue, record_catalogue


def send_due_catalogues(place: Workplace) -> None:
    """Send what is due to each partner that has agreed a format of catalogues."""
    for agreement in list(place.partners):
        if _wants(agreement):
            place.attempt(partial(_send_if_due, place, agreement))


def send_catalogue(place: Workplace, agreement: Agreement, who: str) -> Catalogue:
    """Send the whole catalogue now; `ConfigError` where the partner has agreed no format of it."""
    if agreement.partner.formats.catalogue is None:
        raise ConfigError(
            f"{agreement.partner.id} has agreed no format of a catalogue; "
            "write `catalogue` into [partner.formats]"
        )
    with place.store.transaction(who) as ledger:
        last = last_catalogue(ledger, agreement.partner.id)
        sending = _Sending(place, ledger, _all_of(place, agreement), last)
        return sending.send(sending.whole())


def preview_catalogue(place: Workplace, agreement: Agreement) -> Catalogue:
    """The whole catalogue as it would be sent now."""
    today = place.now().astimezone(place.zone).date()
    whole = _all_of(place, agreement)
    return catalogue_of(whole, company=place.company, number="PREVIEW", today=today)


def price_rows(catalogue: Catalogue) -> list[dict[str, str | None]]:
    """The prices of a catalogue, each with its article, for people."""
    lines = {line.number: line for line in catalogue.lines}
    return [
        {
            "article": lines[price.line].supplier_article,
            "description": lines[price.line].description,
            "from_quantity": str(price.from_quantity),
            "price": str(price.amount),
            "per": str(price.per),
            "unit": price.unit,
            "valid_until": price.valid_until.isoformat() if price.valid_until else None,
        }
        for price in catalogue.prices
    ]


def _wants(agreement: Agreement) -> bool:
    partner = agreement.partner
    return partner.formats.catalogue is not None and partner.catalogue_on is not CatalogueOn.NEVER


def _send_if_due(place: Workplace, agreement: Agreement) -> None:
    with place.store.transaction("schedule") as ledger:
        last = last_catalogue(ledger, agreement.partner.id)
        sending = _Sending(place, ledger, agreement, last)
        if last is None or sending.is_scheduled(last):
            sending.agreement = _all_of(place, agreement)
            sending.send(sending.whole())
        elif sending.may_have_changed(last):
            sending.agreement = _all_of(place, agreement)
            changes = sending.changes(last)
            if changes is not None:
                sending.send(changes)


def _all_of(place: Workplace, agreement: Agreement) -> Agreement:
    """The agreement with every article and price, also where the package is large."""
    return place.partners.whole(agreement.partner.id) or agreement


@dataclass(slots=True)
class _Sending:
    """One look at one partner."""

    place: Workplace
    ledger: Ledger
    agreement: Agreement
    last: SentCatalogue | None

    @property
    def today(self) -> date:
        """The business day."""
        return self.ledger.now.astimezone(self.place.zone).date()

    def is_scheduled(self, last: SentCatalogue) -> bool:
        """Whether the time of the schedule has come since the last catalogue."""
        partner = self.agreement.partner
        if partner.catalogue_schedule is None or partner.catalogue_on is CatalogueOn.CHANGE:
            return False
        trigger = CronTrigger.from_crontab(partner.catalogue_schedule, timezone=self.place.zone)
        due = trigger.get_next_fire_time(last.sent_at, last.sent_at)
        return due is not None and last.sent_at < due <= self.ledger.now

    def may_have_changed(self, last: SentCatalogue) -> bool:
        """Whether there is reason to compare: another version, or a day on which articles end."""
        if self.agreement.partner.catalogue_on is CatalogueOn.SCHEDULE:
            return False
        return (last.version, last.day) != (self.agreement.version, self.today)

    def whole(self) -> Catalogue:
        """The whole catalogue."""
        return catalogue_of(
            self.agreement,
            company=self.place.company,
            number=self._number(),
            today=self.today,
            function=ORIGINAL if self.last is None else REPLACEMENT,
        )

    def changes(self, last: SentCatalogue) -> Catalogue | None:
        """What changed since the last; that nothing did is recorded."""
        full = catalogue_of(self.agreement, company=self.place.company, number="", today=self.today)
        changes = changes_of(full, self.agreement, last.digests)
        if changes is not None:
            return replace_fields(changes, number=self._number())
        looked = replace(
            last,
            version=self.agreement.version,
            day=self.today,
            revision=last.revision + 1,
        )
        record_catalogue(self.ledger, last, looked)
        return None

    def send(self, catalogue: Catalogue) -> Catalogue:
        """Record the catalogue and put it into the outbox, in as many messages as it takes."""
        digests = digests_of(catalogue)
        if catalogue.function not in {ORIGINAL, REPLACEMENT} and self.last is not None:
            gone = {line.supplier_article for line in catalogue.lines if line.action == "2"}
            kept = {code: one for code, one in self.last.digests.items() if code not in gone}
            digests = kept | {code: one for code, one in digests.items() if code not in gone}
        now = SentCatalogue(
            partner=self.agreement.partner.id,
            version=self.agreement.version,
            day=self.today,
            number=catalogue.number,
            sent_at=self.ledger.now,
            revision=self.last.revision + 1 if self.last is not None else 1,
            digests=digests,
        )
        record_catalogue(self.ledger, self.last, now)
        for part in parts_of(catalogue, LARGEST):
            put_in_outbox(
                self.place,
                self.ledger,
                self.agreement,
                DocumentType.CATALOGUE,
                [(None, part)],
                interchange_id=None,
                test=False,
            )
            self.ledger.flush()
        self.ledger.events.add(
            "catalogue.sent",
            f"{now.partner}: catalogue {now.number}, {len(catalogue.lines)} articles, "
            f"package version {now.version}",
        )
        return catalogue

    def _number(self) -> str:
        return f"C{self.ledger.series.next(f'catalogue:{self.agreement.partner.id}'):08d}"
