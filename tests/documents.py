"""One full example of each document we exchange in messages; every field that EDIFACT carries is set."""

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from edi_gateway.documents import (
    AllowanceCharge,
    Catalogue,
    CatalogueLine,
    CataloguePrice,
    DespatchAdvice,
    DespatchLine,
    DocumentType,
    Invoice,
    InvoiceAllowance,
    InvoiceLine,
    LineAction,
    Note,
    Order,
    OrderChange,
    OrderChangeLine,
    OrderLine,
    OrderResponse,
    Package,
    Party,
    Price,
    Quantity,
    ResponseLine,
    ResponseStatus,
    VatTotal,
)

BUYER = Party(
    gln="5412345000013",
    name="Maison Verte SA",
    street="12 rue de l'Ourcq",
    city="Paris",
    postcode="75019",
    country="FR",
    vat_number="FR26900000084",
)
SUPPLIER = Party(
    gln="4012345500004",
    name="Fournitures Durand SAS",
    street="3 quai Nord",
    city="Lyon",
    postcode="69002",
    country="FR",
    vat_number="FR25900000019",
)
DELIVERY = Party(
    identifier="DEPOT-7",
    identifier_scheme="92",
    name="Dépôt Nord",
    street="1 avenue du Canal",
    city="Lille",
    postcode="59000",
    country="FR",
)
INVOICEE = Party(gln="5412345000020", name="Maison Verte Comptabilité", city="Paris", country="FR")
PRICE = Price(amount=Decimal("34.90"), per=Decimal(1000), unit="PCE")
CODES = {
    "gtin": "3760123450041",
    "supplier_article": "VIS-4X40",
    "buyer_article": "MV-10020",
    "description": "Vis à bois 4 x 40 mm, boîte de 1000",
}
#: Of the whole document, then of its lines.
ALLOWANCES = (
    AllowanceCharge(is_charge=True, amount=Decimal("15.00"), code="FC", reason="Port"),
    AllowanceCharge(percent=Decimal(2), sequence=1, code="DI", reason="Remise"),
    AllowanceCharge(line="10", percent=Decimal(10), sequence=1, code="TD"),
    AllowanceCharge(line="10", percent=Decimal("5.5"), sequence=2, code="QD", reason="Quantité"),
    AllowanceCharge(
        line="20", is_charge=True, amount=Decimal("1.20"), code="PC", reason="Emballage"
    ),
)
#: What a line refers to instead of the order, and its gross price.
LINE_TERMS = {
    "gross_price": Price(amount=Decimal("41.00"), per=Decimal(1000), unit="PCE"),
    "earliest_delivery": date(2026, 11, 27),
    "latest_delivery": date(2026, 12, 4),
    "contract_number": "MV-78",
    "price_list": "PL-2026-B",
    "promotion": "PROMO-11",
    "blanket_order": "CADRE-3",
    "blanket_line": "7",
}
#: The same of an order as a whole.
TERMS = {
    "price_list_date": date(2026, 1, 1),
    "promotion": "PROMO-12",
    "blanket_order": "CADRE-1",
    "earliest_delivery": date(2026, 11, 20),
    "latest_delivery": date(2026, 11, 27),
    "cancel_after": date(2026, 12, 24),
    "allowances": ALLOWANCES,
}
#: For a line that the GTIN does not name.
OWN_CODES = {"supplier_article": "COLLE-50", "description": "Colle"}


def order(**other):
    return Order(
        **{
            "number": "4500001",
            "issue_date": date(2026, 11, 16),
            "type_code": "226",
            "function": "9",
            "currency": "EUR",
            "contract_number": "MV-77",
            "price_list": "PL-2026",
            "valid_from": date(2026, 11, 1),
            "valid_until": date(2027, 10, 31),
            "requested_delivery": date(2026, 11, 24),
            **TERMS,
            "buyer": BUYER,
            "supplier": SUPPLIER,
            "delivery_party": DELIVERY,
            "invoicee": INVOICEE,
            "notes": ("Livraison le matin", "Quai 3"),
            "line_count": 2,
            "total_amount": Decimal("161.30"),
            "lines": (
                OrderLine(
                    number="10",
                    quantity=Quantity(value=Decimal(2000), unit="PCE"),
                    price=PRICE,
                    line_amount=Decimal("69.80"),
                    requested_delivery=date(2026, 11, 30),
                    notes=("Ne pas gerber",),
                    position=37,
                    **LINE_TERMS,
                    **CODES,
                ),
                OrderLine(
                    number="20", quantity=Quantity(value=Decimal("1.5")), position=46, **OWN_CODES
                ),
            ),
        }
        | other
    )


def order_change(**other):
    return OrderChange(
        **{
            "number": "CHG-9",
            "issue_date": date(2026, 11, 17),
            "order_number": "4500001",
            "function": "4",
            "order_date": date(2026, 11, 16),
            "response_number": "R00000042",
            "currency": "EUR",
            "contract_number": "MV-77",
            "price_list": "PL-2026",
            "requested_delivery": date(2026, 11, 26),
            "reason": "Chantier repoussé",
            **TERMS,
            "buyer": BUYER,
            "supplier": SUPPLIER,
            "delivery_party": DELIVERY,
            "invoicee": INVOICEE,
            "notes": ("Voir notre appel",),
            "line_count": 2,
            "total_amount": Decimal("34.90"),
            "lines": (
                OrderChangeLine(
                    number="10",
                    action="3",
                    quantity=Quantity(value=Decimal(1000), unit="PCE"),
                    price=PRICE,
                    line_amount=Decimal("34.90"),
                    requested_delivery=date(2026, 12, 1),
                    notes=("Moitié seulement",),
                    position=40,
                    **LINE_TERMS,
                    **CODES,
                ),
                OrderChangeLine(number="20", action="2", position=49, **OWN_CODES),
            ),
        }
        | other
    )


def order_response(**other):
    return OrderResponse(
        **{
            "number": "R00000042",
            "issue_date": date(2026, 11, 16),
            "order_number": "4500001",
            "order_date": date(2026, 11, 15),
            "status": ResponseStatus.CHANGED,
            "currency": "EUR",
            "contract_number": "MV-77",
            "buyer": BUYER_OF_RESPONSE,
            "supplier": SUPPLIER_OF_RESPONSE,
            "delivery_party": DELIVERY,
            "reason": "Prix du contrat",
            "requested_delivery": date(2026, 11, 24),
            "promised_delivery": date(2026, 11, 25),
            "change_number": "CHG-9",
            "notes": ("Livraison en deux fois",),
            "allowances": tuple(
                replace(each, line={"10": "1", "20": "4"}.get(each.line)) for each in ALLOWANCES
            ),
            "lines": (
                ResponseLine(
                    number="1",
                    order_line="10",
                    action=LineAction.CHANGED,
                    ordered=Decimal(2000),
                    confirmed=Decimal(1000),
                    unit="PCE",
                    price=PRICE,
                    reason="Quantité multiple de 1000",
                    requested_delivery=date(2026, 11, 30),
                    promised_delivery=date(2026, 12, 1),
                    backordered=Decimal(1000),
                    replaced_gtin="3760123450058",
                    replaced_supplier_article="VIS-4X35",
                    replaced_buyer_article="MV-10019",
                    notes=("Prix de la liste PL-2026",),
                    **CODES,
                ),
                ResponseLine(
                    number="2",
                    order_line="10",
                    action=LineAction.ADDED,
                    ordered=Decimal(2000),
                    confirmed=Decimal(1000),
                    unit="PCE",
                    price=PRICE,
                    promised_delivery=date(2026, 12, 15),
                    **CODES,
                ),
                ResponseLine(
                    number="3",
                    order_line="10",
                    action=LineAction.ADDED,
                    ordered=Decimal(0),
                    confirmed=Decimal(50),
                    free=Decimal(50),
                    unit="PCE",
                    price=Price(amount=Decimal("0.00"), per=Decimal(1), unit="PCE"),
                    **CODES,
                ),
                ResponseLine(
                    number="4",
                    order_line="20",
                    action=LineAction.REJECTED,
                    ordered=Decimal("1.5"),
                    confirmed=Decimal(0),
                    **OWN_CODES,
                ),
            ),
        }
        | other
    )


def without_vat_number(party):
    return Party(
        gln=party.gln,
        name=party.name,
        street=party.street,
        city=party.city,
        postcode=party.postcode,
        country=party.country,
    )


BUYER_OF_RESPONSE = without_vat_number(BUYER)
SUPPLIER_OF_RESPONSE = without_vat_number(SUPPLIER)


def despatch_advice(**other):
    return DespatchAdvice(
        **{
            "number": "BL-2026-0042",
            "issue_date": date(2026, 11, 23),
            "order_number": "4500001",
            "order_date": date(2026, 11, 16),
            "contract_number": "MV-77",
            "despatch_date": date(2026, 11, 23),
            "delivery_date": date(2026, 11, 24),
            "carrier": "Transports Petit & Fils",
            "buyer": BUYER,
            "supplier": SUPPLIER,
            "delivery_party": DELIVERY,
            "packages": (
                Package(number="1", count=2, type_code="201", type_agency="9"),
                Package(
                    number="2",
                    parent="1",
                    count=1,
                    type_code="201",
                    type_agency="9",
                    sscc="340123450000000014",
                ),
                Package(number="3", parent="2", count=6, type_code="CT"),
                Package(number="4", parent="1", count=1, sscc="340123450000000021"),
            ),
            "lines": (
                DespatchLine(
                    number="1",
                    package="1",
                    order_line="20",
                    quantity=Decimal("1.5"),
                    unit="KGM",
                    **OWN_CODES,
                ),
                DespatchLine(
                    number="2",
                    package="3",
                    order_line="10",
                    quantity=Decimal(600),
                    unit="PCE",
                    ordered=Decimal(2000),
                    batch="LOT-7A",
                    best_before=date(2028, 5, 31),
                    replaced_gtin="3760123450058",
                    replaced_supplier_article="VIS-4X35",
                    replaced_buyer_article="MV-10019",
                    **CODES,
                ),
                DespatchLine(
                    number="3",
                    package="4",
                    order_line="10",
                    quantity=Decimal(400),
                    unit="PCE",
                    ordered=Decimal(2000),
                    **CODES,
                ),
            ),
        }
        | other
    )


def invoice(**other):
    return Invoice(
        **{
            "number": "F-2026-000017",
            "issue_date": date(2026, 11, 23),
            "currency": "EUR",
            "net_amount": Decimal("86.60"),
            "vat_amount": Decimal("15.32"),
            "payable_amount": Decimal("101.92"),
            "allowances": (
                InvoiceAllowance(
                    is_charge=True,
                    amount=Decimal("5.00"),
                    vat_rate=Decimal(20),
                    code="FC",
                    reason="Port",
                ),
                InvoiceAllowance(
                    is_charge=False,
                    amount=Decimal("2.00"),
                    vat_rate=Decimal(20),
                    code="DI",
                    reason="Remise",
                ),
            ),
            "due_date": date(2026, 12, 23),
            "payment_days": 30,
            "order_number": "4500001",
            "order_date": date(2026, 11, 16),
            "contract_number": "MV-77",
            "despatch_number": "BL-2026-0042",
            "delivery_date": date(2026, 11, 24),
            "buyer": BUYER,
            "supplier": SUPPLIER,
            "delivery_party": DELIVERY,
            "notes": (
                Note(subject="REG", text="SAS au capital de 50 000 EUR, RCS Lyon 900000019"),
                Note(subject="PMT", text="Indemnité forfaitaire de recouvrement : 40 EUR"),
            ),
            "vat": (
                VatTotal(
                    category="S",
                    rate=Decimal("5.5"),
                    taxable=Decimal("13.80"),
                    tax=Decimal("0.76"),
                ),
                VatTotal(
                    category="S", rate=Decimal(20), taxable=Decimal("72.80"), tax=Decimal("14.56")
                ),
            ),
            "lines": (
                InvoiceLine(
                    number="1",
                    quantity=Decimal(2000),
                    unit="PCE",
                    price=PRICE,
                    amount=Decimal("69.80"),
                    vat_rate=Decimal(20),
                    order_line="10",
                    replaced_gtin="3760123450058",
                    replaced_supplier_article="VIS-4X35",
                    replaced_buyer_article="MV-10019",
                    **CODES,
                ),
                InvoiceLine(
                    number="2",
                    quantity=Decimal("1.5"),
                    unit="KGM",
                    price=Price(amount=Decimal("9.20"), unit="KGM"),
                    amount=Decimal("13.80"),
                    vat_rate=Decimal("5.5"),
                    order_line="20",
                    **OWN_CODES,
                ),
            ),
        }
        | other
    )


def catalogue(**other):
    return Catalogue(
        **{
            "number": "CAT-2027",
            "issue_date": date(2026, 12, 1),
            "function": "9",
            "currency": "EUR",
            "contract_number": "MV-77",
            "price_list": "PL-2027",
            "valid_from": date(2027, 1, 1),
            "valid_until": date(2027, 12, 31),
            "buyer": BUYER,
            "supplier": SUPPLIER,
            "notes": ("Prix nets hors taxes",),
            "lines": (
                CatalogueLine(
                    number="1",
                    action="3",
                    unit="PCE",
                    pack_multiple=Decimal(1000),
                    minimum_quantity=Decimal(2000),
                    maximum_quantity=Decimal(50000),
                    replaced_by="VIS-4X42",
                    replaced_by_gtin="3760123450065",
                    valid_from=date(2027, 2, 1),
                    valid_until=date(2027, 11, 30),
                    vat_rate=Decimal("5.5"),
                    vat_category="S",
                    **CODES,
                ),
                CatalogueLine(number="2", action="2", **OWN_CODES),
            ),
            "prices": (
                CataloguePrice(
                    line="1", amount=Decimal("34.90"), per=Decimal(1000), from_quantity=Decimal(1)
                ),
                CataloguePrice(
                    line="1",
                    amount=Decimal("31.50"),
                    per=Decimal(1000),
                    kind="AAB",
                    from_quantity=Decimal(10000),
                    valid_from=date(2027, 3, 1),
                    valid_until=date(2027, 6, 30),
                ),
                CataloguePrice(line="2", amount=Decimal("6.40"), unit="KGM"),
            ),
        }
        | other
    )


#: The example of each document that has a message type.
EXAMPLES = {
    DocumentType.ORDER: order,
    DocumentType.ORDER_CHANGE: order_change,
    DocumentType.ORDER_RESPONSE: order_response,
    DocumentType.DESPATCH_ADVICE: despatch_advice,
    DocumentType.INVOICE: invoice,
    DocumentType.CATALOGUE: catalogue,
}
