"""Who exchanges documents: the company that runs the gateway, and its partners."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from edi_gateway.documents import DocumentType, Party

#: The releases of UN/EDIFACT that messages are read and written in.
RELEASES = ("D.93A", "D.96A", "D.97A", "D.99B", "D.01B")

EDIFACT_FORMATS = tuple(f"EDIFACT {release}" for release in RELEASES)

#: The formats a partner package may name.
FORMAT_NAMES = (*EDIFACT_FORMATS, "UBL 2.1", "Peppol BIS 3")

#: Those a catalogue may be agreed in.
CATALOGUE_FORMATS = ("EDIFACT D.96A", "EDIFACT D.01B", "UBL 2.1", "Peppol BIS 3")


#: Faults of syntax a package may let pass (`tolerates`), by their codes in docs/errors.md. The
#: last two are ways of writing: tags in lower case, and lines broken every 80 columns.
TOLERABLE = (
    "unt-count",
    "unt-reference",
    "une-count",
    "une-reference",
    "une-missing",
    "unz-count",
    "unz-reference",
    "unz-missing",
    "unh-duplicate",
    "envelope-identity",
    "characters-invalid",
    "characters-undeclared",
    "segment-unexpected",
    "segment-missing",
    "segment-repeated",
    "group-repeated",
    "element-missing",
    "element-excess",
    "element-type",
    "element-too-long",
    "element-value",
    "tag-lower-case",
    "lines-wrapped",
)

#: Warnings a package may make faults (`insists`).
WARNINGS = (
    "code-unknown",
    "text-too-long",
    "decimal-mark",
    "envelope-value",
    "profile-segment",
    "profile-element",
    "profile-value",
)


class Acknowledge(StrEnum):
    """When an interchange is acknowledged; a negative acknowledgement only `never` prevents."""

    ALWAYS = "always"
    #: The same, with UCI 8 (received) where it would be 7 (acknowledged).
    RECEIPT = "receipt"
    #: Only where the sender asks for it (UNB 0031).
    REQUESTED = "requested"
    NEVER = "never"


class DuplicateInterchange(StrEnum):
    """What the sender of an identical interchange gets."""

    #: The earlier acknowledgement again: ours may have been lost.
    ACKNOWLEDGE = "acknowledge"
    #: CONTRL with UCI 4 and error 26.
    REJECT = "reject"


class ApplicationErrors(StrEnum):
    """How the sender of an order learns at once that it cannot be taken as it is."""

    NONE = "none"
    #: APERAK, beside the order response.
    APERAK = "aperak"


class CatalogueOn(StrEnum):
    """When a partner is sent its catalogue, if it has agreed a format of it."""

    #: What changed, when a version of its package is in force that says otherwise.
    CHANGE = "change"
    #: The whole, at the times of `catalogue_schedule`.
    SCHEDULE = "schedule"
    BOTH = "both"
    #: Only by hand.
    NEVER = "never"


class ExplainPrices(StrEnum):
    """Which lines of an order response say how their price came about."""

    NEVER = "never"
    #: Those that are changed.
    CHANGES = "changes"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The company that runs the gateway: the supplier in every order."""

    name: str
    gln: str
    interchange_id: str
    interchange_qualifier: str
    vat_number: str | None = None
    siren: str | None = None
    siret: str | None = None
    legal_form: str | None = None
    capital: str | None = None
    register: str | None = None
    iban: str | None = None
    street: str | None = None
    city: str | None = None
    postcode: str | None = None
    country: str | None = None

    def party(self) -> Party:
        """The company as it stands in a document."""
        return Party(
            gln=self.gln,
            name=self.name,
            street=self.street,
            city=self.city,
            postcode=self.postcode,
            country=self.country,
            vat_number=self.vat_number,
            registration=self.siren,
            legal_note=self.legal_note(),
        )

    def legal_note(self) -> str | None:
        """
        Legal form, share capital and register, as French law wants them on an invoice.

        In French for a French company (C. com. R123-237, R123-238), else the bare values.
        """
        form = self.legal_form
        if self.country == "FR" and self.capital:
            form = f"{form or 'Société'} au capital de {self.capital}"
        elif self.capital:
            form = f"{form}, {self.capital}" if form else self.capital
        register = self.register
        if register and self.siren and self.siren not in register.replace(" ", ""):
            register = f"{register} {self.siren}"
        return ", ".join(part for part in (form, register) if part) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """The format of each document we send to a partner; one of `FORMAT_NAMES`."""

    order_response: str
    invoice: str
    acknowledgement: str
    #: None: it gets no despatch advices.
    despatch_advice: str | None = None
    #: None: it gets no catalogue. One of `CATALOGUE_FORMATS`.
    catalogue: str | None = None

    def of(self, kind: DocumentType) -> str | None:
        """The format this kind of document is sent in; None where it is not sent."""
        agreed = {
            DocumentType.ORDER_RESPONSE: self.order_response,
            DocumentType.DESPATCH_ADVICE: self.despatch_advice,
            DocumentType.INVOICE: self.invoice,
            DocumentType.CATALOGUE: self.catalogue,
        }
        return agreed.get(kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A customer, and the interchange agreement with it."""

    #: The name of its folders: lower-case letters, digits, `_` and `-`; never `erp`.
    id: str
    name: str
    gln: str
    interchange_id: str
    interchange_qualifier: str = "14"
    formats: Formats
    vat_number: str | None = None
    siren: str | None = None
    siret: str | None = None
    street: str | None = None
    city: str | None = None
    postcode: str | None = None
    country: str | None = None
    #: Further GLNs that may stand as buyer (NAD+BY), beside `gln`.
    buyers: tuple[str, ...] = ()
    acknowledge: Acknowledge = Acknowledge.ALWAYS
    duplicate_interchange: DuplicateInterchange = DuplicateInterchange.ACKNOWLEDGE
    application_errors: ApplicationErrors = ApplicationErrors.NONE
    catalogue_on: CatalogueOn = CatalogueOn.CHANGE
    #: When the whole catalogue is sent: five fields of cron, in the gateway's time zone.
    catalogue_schedule: str | None = None
    explain_prices: ExplainPrices = ExplainPrices.NEVER
    #: Whether every answer travels in an interchange of its own.
    one_message_per_interchange: bool = False
    #: Hours in which an EDIFACT interchange of ours must be acknowledged; then UNB 0031 asks for it.
    acknowledgement_hours: int | None = None
    #: Months in which its control reference must not come twice; None: as the gateway says.
    reference_months: int | None = None
    #: Whether it numbers its interchanges without gaps, so that a skipped number is worth a warning.
    references_in_sequence: bool = False
    #: Whether its order numbers begin anew each year.
    numbering_year: bool = False
    #: Faults of syntax that are let pass with a warning, and warnings that reject the message.
    tolerates: tuple[str, ...] = ()
    insists: tuple[str, ...] = ()
    #: Syntax identifier (0001) of the interchanges we open.
    syntax: str = "UNOC"

    def party(self) -> Party:
        """The partner as it stands in a document."""
        return Party(
            gln=self.gln,
            name=self.name,
            street=self.street,
            city=self.city,
            postcode=self.postcode,
            country=self.country,
            vat_number=self.vat_number,
            registration=self.siren,
        )

    def may_buy(self, gln: str) -> bool:
        """Whether `gln` may stand as buyer in an order of this partner."""
        return gln == self.gln or gln in self.buyers
