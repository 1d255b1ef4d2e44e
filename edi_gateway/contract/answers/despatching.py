"""
The despatch advice for the customer, from what the ERP reports and what was confirmed.

The ERP names its pallets and cartons; the consignment around them is ours. A wrong SSCC or a carton on
no pallet is found here, before the lorry is: the customer's scanner would find it next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edi_gateway.contract.partner import Company
from edi_gateway.documents import (
    CONSIGNMENT,
    DespatchAdvice,
    DespatchLine,
    ErpDespatch,
    ErpDespatchLine,
    ErpOrder,
    ErpOrderLine,
    Package,
    is_sscc,
)
from edi_gateway.errors import HeldError


def advise(report: ErpDespatch, order: ErpOrder, *, company: Company) -> DespatchAdvice:
    """
    Write the despatch advice of a reported despatch; `HeldError` where its packing cannot be true.

    Lines are counted in the order of their packages, so that they are ascending in a message.
    """
    _refuse_wrong_packing(report)
    numbers = {package.number: str(n) for n, package in enumerate(report.packages, 2)}
    confirmed = {line.number: line for line in order.lines}
    packed = sorted(
        ((numbers.get(line.package or "", CONSIGNMENT), line) for line in report.lines),
        key=lambda pair: int(pair[0]),
    )
    return DespatchAdvice(
        number=report.number,
        issue_date=report.issue_date,
        lines=tuple(
            _line(place, package, line, confirmed[line.order_line])
            for place, (package, line) in enumerate(packed, 1)
        ),
        packages=(
            Package(number=CONSIGNMENT),
            *(_package(package, numbers) for package in report.packages),
        ),
        order_number=order.number,
        order_date=order.issue_date,
        contract_number=order.contract,
        despatch_date=report.despatch_date or report.issue_date,
        delivery_date=report.delivery_date,
        carrier=report.carrier,
        buyer=order.buyer,
        supplier=company.party(),
        delivery_party=order.delivery_party or order.buyer,
    )


def _line(place: int, package: str, line: ErpDespatchLine, confirmed: ErpOrderLine) -> DespatchLine:
    return DespatchLine(
        number=str(place),
        package=package,
        order_line=confirmed.free_with or line.order_line,
        quantity=line.quantity,
        unit=confirmed.unit,
        ordered=confirmed.ordered_quantity,
        gtin=confirmed.gtin,
        supplier_article=confirmed.article,
        buyer_article=confirmed.buyer_article,
        description=confirmed.description,
        batch=line.batch,
        best_before=line.best_before,
        replaced_gtin=confirmed.substituted_gtin,
        replaced_supplier_article=confirmed.substituted_for,
        replaced_buyer_article=confirmed.substituted_buyer_article,
    )


def _package(package: Package, numbers: dict[str, str]) -> Package:
    return Package(
        number=numbers[package.number],
        parent=numbers[package.parent] if package.parent is not None else CONSIGNMENT,
        count=package.count or 1,
        type_code=package.type_code,
        type_agency=package.type_agency,
        sscc=package.sscc,
    )


def _refuse_wrong_packing(report: ErpDespatch) -> None:
    wrong = [*_wrong_packages(report.packages), *_wrong_lines(report)]
    if wrong:
        raise HeldError(
            "; ".join(wrong),
            code="packing-wrong",
            remedy="Correct the ERP's file and send it again, or discard it with a reason.",
        )


def _wrong_packages(packages: Sequence[Package]) -> Iterator[str]:
    before: set[str] = set()
    codes: set[str] = set()
    for package in packages:
        named = f"package {package.number}"
        if package.number in before:
            yield f"{named} is listed twice"
        if package.parent is not None and package.parent not in before:
            yield f"{named} lies in {package.parent}, which is not listed before it"
        if package.count is not None and package.count < 1:
            yield f"{named} is there {package.count} times"
        before.add(package.number)
        if package.sscc is None:
            continue
        if not is_sscc(package.sscc):
            yield f"{named}: {package.sscc} is no SSCC (18 digits with a check digit)"
        if package.sscc in codes or package.count not in {None, 1}:
            yield f"{named}: an SSCC belongs to one package alone"
        codes.add(package.sscc)


def _wrong_lines(report: ErpDespatch) -> Iterator[str]:
    known = {package.number for package in report.packages}
    for line in report.lines:
        if line.package is not None and line.package not in known:
            yield f"line {line.order_line} lies in package {line.package}, which is not listed"
