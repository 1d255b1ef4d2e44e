"""
Invoice what was confirmed: one function, whatever triggers the invoice.

Amounts follow EN 16931: lines half up to cents, VAT once per category and rate on the sum of its
lines and charges (BR-CO-17, BR-S-08), never as a sum of rounded line taxes. The net amount is the
lines' plus the charges' (BR-CO-10, BR-CO-12, BR-CO-13).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, localcontext

from msgspec.structs import replace

from edi_gateway.contract.partner import Company
from edi_gateway.contract.pricing.figures import EXACT, is_usable, line_amount, to_cents
from edi_gateway.contract.terms import Agreement
from edi_gateway.documents import (
    ErpInvoiceLine,
    ErpOrder,
    ErpOrderLine,
    Invoice,
    InvoiceAllowance,
    InvoiceLine,
    Note,
    Party,
    Price,
    VatTotal,
)
from edi_gateway.documents.invoice import CREDIT_NOTE
from edi_gateway.errors import HeldError

_ZERO = Decimal(0)
_ONE = Decimal(1)
_NOTHING = Decimal("0.00")
_PIECE = "PCE"

#: Specification (BT-24) and process (BT-23) of the invoice formats that state them.
_PROFILES = {
    "UBL 2.1": ("urn:cen.eu:en16931:2017", None),
    "Peppol BIS 3": (
        "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
        "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
    ),
}

#: What French law wants on every invoice between companies (C. com. L441-9, L441-10, D441-5), by
#: the subjects of BR-FR-05. Without the euro sign, which EDIFACT UNOC cannot write.
_FRENCH_NOTES = (
    Note(
        subject="PMT",
        text="Indemnité forfaitaire pour frais de recouvrement en cas de retard de paiement : "
        "40 EUR.",
    ),
    Note(
        subject="PMD",
        text="Pénalités de retard : taux de refinancement de la BCE majoré de 10 points.",
    ),
    Note(subject="AAB", text="Pas d'escompte pour paiement anticipé."),
)


def bill(
    order: ErpOrder,
    quantities: Mapping[str, Decimal],
    *,
    agreement: Agreement,
    company: Company,
    number: str,
    issue_date: date,
    delivery_date: date | None = None,
    despatch_number: str | None = None,
    due_date: date | None = None,
    overrides: Mapping[str, ErpInvoiceLine] | None = None,
    is_first: bool = True,
) -> Invoice:
    """
    Invoice `quantities` of a decided order, by the customer's line number, at confirmed prices.

    Lines of no quantity are left out. Nothing is compared with what was confirmed or invoiced
    before: `within_confirmed` does that. The charges on the order stand in the first invoice of it.
    `HeldError` where no lawful invoice can be made.
    """
    _refuse_unusable(order, quantities)
    wanted = [line for line in order.lines if quantities.get(line.number, _ZERO) > _ZERO]
    if not wanted:
        raise _not_billable(f"order {order.number}: no line with a quantity to invoice")
    given = overrides or {}
    with localcontext(EXACT):
        lines = tuple(
            _line(place, line, quantities[line.number], given.get(line.number))
            for place, line in enumerate(wanted, start=1)
        )
        charges = _charges(order, lines) if is_first else ()
        vat = vat_totals(lines, charges)
        net = sum([total.taxable for total in vat], _NOTHING)
        tax = sum([total.tax for total in vat], _NOTHING)
    due, days = _due(issue_date, due_date, agreement.contract.payment_days)
    specification, process = _PROFILES.get(agreement.partner.formats.invoice, (None, None))
    return Invoice(
        number=number,
        issue_date=issue_date,
        currency=order.currency,
        lines=lines,
        vat=vat,
        net_amount=net,
        vat_amount=tax,
        payable_amount=net + tax,
        allowances=charges,
        due_date=due,
        payment_days=days,
        order_number=order.number,
        order_date=order.issue_date,
        contract_number=order.contract,
        despatch_number=despatch_number,
        delivery_date=delivery_date,
        buyer=_buyer(order, agreement),
        supplier=company.party(),
        delivery_party=order.delivery_party,
        iban=company.iban.replace(" ", "") if company.iban else None,
        notes=_notes(company, agreement),
        process=process,
        specification=specification,
    )


def credit(
    invoice: Invoice, *, agreement: Agreement, number: str, issue_date: date, reason: str
) -> Invoice:
    """
    Take an invoice back as a whole, by a credit note that names it (BT-25, BT-26) and says why.

    Every figure is the invoice's own, positive as EN 16931 wants it, so that both together are nothing.
    It asks for no payment.
    """
    text = f"{reason} (invoice {invoice.number} of {invoice.issue_date})"
    days = agreement.contract.payment_days
    return replace(
        invoice,
        number=number,
        issue_date=issue_date,
        type_code=CREDIT_NOTE,
        preceding_invoice=invoice.number,
        preceding_date=invoice.issue_date,
        due_date=issue_date + timedelta(days=days),
        payment_days=days,
        iban=None,
        notes=_with_reason(invoice.notes, text, agreement),
    )


def is_same_bill(one: Invoice, other: Invoice) -> bool:
    """Whether two invoices of one order ask for the same, whenever they were issued."""
    return (one.lines, one.allowances, one.vat) == (other.lines, other.allowances, other.vat)


def _with_reason(notes: tuple[Note, ...], reason: str, agreement: Agreement) -> tuple[Note, ...]:
    """The notes with one more; of Peppol, which allows no second, with more in it."""
    if agreement.partner.formats.invoice == "Peppol BIS 3" and notes:
        first, *others = notes
        return (replace(first, text=f"{reason}. {first.text}"), *others)
    return (*notes, Note(subject="AAI", text=reason))


def within_confirmed(
    order: ErpOrder, already: Mapping[str, Decimal], quantities: Mapping[str, Decimal]
) -> list[str]:
    """
    Name every line of `quantities` that is unknown, negative, or more than is left of it.

    What is left is the confirmed quantity, backorders included, less `already`. An empty list means
    all is well.
    """
    confirmed = {
        line.number: line.confirmed_quantity + (line.backordered or _ZERO) for line in order.lines
    }
    sentences = []
    for number, quantity in quantities.items():
        limit, before = confirmed.get(number), already.get(number, _ZERO)
        if limit is None:
            sentences.append(f"line {number}: order {order.number} has no such line")
        elif not is_usable(quantity) or quantity < _ZERO:
            sentences.append(f"line {number}: {quantity} is not a quantity to supply")
        elif quantity > _ZERO and before + quantity > limit:
            sentences.append(
                f"line {number}: {quantity} with {before} before is more than the {limit} confirmed"
            )
    return sentences


def vat_totals(
    lines: tuple[InvoiceLine, ...], charges: tuple[InvoiceAllowance, ...] = ()
) -> tuple[VatTotal, ...]:
    """Return one total per VAT category and rate, charges included, the lowest rate first."""
    taxable: dict[tuple[Decimal, str], Decimal] = {}
    for line in lines:
        key = (line.vat_rate, line.vat_category)
        taxable[key] = taxable.get(key, _NOTHING) + line.amount
    for charge in charges:
        key = (charge.vat_rate, charge.vat_category)
        amount = charge.amount if charge.is_charge else -charge.amount
        taxable[key] = taxable.get(key, _NOTHING) + amount
    return tuple(
        VatTotal(
            category=category,
            rate=rate,
            taxable=amount,
            tax=to_cents(amount * rate / 100),
        )
        for (rate, category), amount in sorted(taxable.items())
    )


def _charges(order: ErpOrder, lines: tuple[InvoiceLine, ...]) -> tuple[InvoiceAllowance, ...]:
    """
    The charges on the order, under the VAT of the main supply they are ancillary to.

    That is the rate most of the amount falls under, the higher of two that are equal.
    """
    whole = [each for each in order.allowances if each.line is None]
    if not whole:
        return ()
    main = max(vat_totals(lines), key=lambda total: (total.taxable, total.rate))
    return tuple(
        InvoiceAllowance(
            is_charge=each.is_charge,
            amount=each.amount or _NOTHING,
            vat_rate=main.rate,
            vat_category=main.category,
            code=each.code,
            reason=each.reason,
        )
        for each in whole
    )


def _line(
    place: int, line: ErpOrderLine, quantity: Decimal, override: ErpInvoiceLine | None
) -> InvoiceLine:
    if override is not None:
        line = _overridden(line, override)
    price, rate = _price(line), line.vat_rate
    if rate is None or not is_usable(rate) or rate < _ZERO:
        raise _not_billable(f"line {line.number}: VAT rate {rate} is not usable")
    return InvoiceLine(
        number=str(place),
        quantity=quantity,
        unit=line.unit or _PIECE,
        price=price,
        amount=line_amount(quantity, price.amount, price.per),
        vat_rate=rate,
        vat_category="S" if rate > _ZERO else "Z",
        description=line.description or "",
        gtin=line.gtin,
        supplier_article=line.article,
        buyer_article=line.buyer_article,
        order_line=line.free_with or line.number,
        replaced_gtin=line.substituted_gtin,
        replaced_supplier_article=line.substituted_for,
        replaced_buyer_article=line.substituted_buyer_article,
    )


def _overridden(line: ErpOrderLine, override: ErpInvoiceLine) -> ErpOrderLine:
    """The line with what the ERP states instead; each value defaults on its own."""
    return replace(
        line,
        price=line.price if override.price is None else override.price,
        price_per=line.price_per if override.price_per is None else override.price_per,
        vat_rate=line.vat_rate if override.vat_rate is None else override.vat_rate,
        description=override.description or line.description,
    )


def _price(line: ErpOrderLine) -> Price:
    amount, per = line.price, line.price_per
    if amount is None:
        raise _not_billable(f"line {line.number}: no price was confirmed and none is given")
    if not is_usable(amount) or amount < _ZERO:
        raise _not_billable(f"line {line.number}: price {amount} is not usable (BR-27)")
    if per is None:
        per = _ONE
    if not is_usable(per) or per <= _ZERO:
        raise _not_billable(f"line {line.number}: a price per {per} units is not usable")
    return Price(amount=amount, per=per, unit=line.unit or _PIECE)


def _due(issue: date, due: date | None, days: int) -> tuple[date, int]:
    """The due date and its distance in days; never before the invoice itself (BR-FR-CO-07)."""
    if due is None:
        return issue + timedelta(days=days), days
    if due < issue:
        raise _not_billable(f"due date {due} lies before the invoice date {issue}")
    return due, (due - issue).days


def _buyer(order: ErpOrder, agreement: Agreement) -> Party:
    """The contract's customer, under the GLN that ordered."""
    known = agreement.partner.party()
    gln = order.buyer.gln
    return replace(known, gln=gln) if gln and agreement.partner.may_buy(gln) else known


def _notes(company: Company, agreement: Agreement) -> tuple[Note, ...]:
    """The legal notes; as one under Peppol, which allows no second (PEPPOL-EN16931-R002)."""
    legal = company.legal_note()
    notes = [Note(subject="REG", text=legal)] if legal else []
    if company.country == "FR":
        notes.extend(_FRENCH_NOTES)
    if agreement.partner.formats.invoice == "Peppol BIS 3" and len(notes) > 1:
        text = " ".join(note.text if note.text.endswith(".") else f"{note.text}." for note in notes)
        return (Note(subject="AAI", text=text),)
    return tuple(notes)


def _refuse_unusable(order: ErpOrder, quantities: Mapping[str, Decimal]) -> None:
    known = {line.number for line in order.lines}
    for number, quantity in quantities.items():
        if number not in known:
            raise _not_billable(f"order {order.number} has no line {number}")
        if not is_usable(quantity):
            raise _not_billable(f"line {number}: quantity {quantity} is not usable")


def _not_billable(text: str) -> HeldError:
    return HeldError(
        text,
        code="not-billable",
        remedy="Correct the ERP's file and send it again, or discard it with a reason.",
    )
