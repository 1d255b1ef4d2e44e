"""The canonical business documents, free of any wire format, and their JSON form."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from edi_gateway.documents.catalogue import Catalogue, CatalogueLine, CataloguePrice
from edi_gateway.documents.change import OrderChange, OrderChangeLine
from edi_gateway.documents.common import (
    AllowanceCharge,
    Canonical,
    LineAction,
    Party,
    Price,
    Quantity,
    ResponseStatus,
    gs1_check_digit,
    gtin_key,
    is_canonical,
    is_gln,
    is_sscc,
)
from edi_gateway.documents.despatch import CONSIGNMENT, DespatchAdvice, DespatchLine, Package
from edi_gateway.documents.erp import (
    ErpDespatch,
    ErpDespatchLine,
    ErpInvoice,
    ErpInvoiceLine,
    ErpOrder,
    ErpOrderLine,
    ErpOrderStatus,
    ErpStatusLine,
    ErpStock,
    ErpStockItem,
    PartnerPackage,
)
from edi_gateway.documents.invoice import Invoice, InvoiceAllowance, InvoiceLine, Note, VatTotal
from edi_gateway.documents.order import Order, OrderLine
from edi_gateway.documents.response import OrderResponse, ResponseLine

__all__ = [
    "CONSIGNMENT",
    "DOCUMENTS",
    "AllowanceCharge",
    "Canonical",
    "Catalogue",
    "CatalogueLine",
    "CataloguePrice",
    "DespatchAdvice",
    "DespatchLine",
    "Document",
    "DocumentType",
    "ErpDespatch",
    "ErpDespatchLine",
    "ErpInvoice",
    "ErpInvoiceLine",
    "ErpOrder",
    "ErpOrderLine",
    "ErpOrderStatus",
    "ErpStatusLine",
    "ErpStock",
    "ErpStockItem",
    "Invoice",
    "InvoiceAllowance",
    "InvoiceLine",
    "LineAction",
    "Note",
    "Order",
    "OrderChange",
    "OrderChangeLine",
    "OrderLine",
    "OrderResponse",
    "Package",
    "PartnerPackage",
    "Party",
    "Price",
    "Quantity",
    "ResponseLine",
    "ResponseStatus",
    "VatTotal",
    "from_json",
    "gs1_check_digit",
    "gtin_key",
    "is_canonical",
    "is_gln",
    "is_sscc",
    "json_schema",
    "to_json",
]


class DocumentType(StrEnum):
    """Every kind of business document the gateway knows."""

    ORDER = "order"
    ORDER_CHANGE = "order-change"
    ORDER_RESPONSE = "order-response"
    DESPATCH_ADVICE = "despatch-advice"
    INVOICE = "invoice"
    CATALOGUE = "catalogue"
    #: Those the ERP and the gateway exchange in JSON only.
    ERP_ORDER = "erp-order"
    ERP_DESPATCH = "erp-despatch"
    ERP_INVOICE = "erp-invoice"
    ERP_ORDER_STATUS = "erp-order-status"
    ERP_STOCK = "erp-stock"
    PARTNER_PACKAGE = "partner-package"


Document = (
    Order
    | OrderChange
    | OrderResponse
    | DespatchAdvice
    | Invoice
    | Catalogue
    | ErpOrder
    | ErpDespatch
    | ErpInvoice
    | ErpOrderStatus
    | ErpStock
    | PartnerPackage
)

#: The class of each document type.
DOCUMENTS: dict[DocumentType, type[Document]] = {
    DocumentType.ORDER: Order,
    DocumentType.ORDER_CHANGE: OrderChange,
    DocumentType.ORDER_RESPONSE: OrderResponse,
    DocumentType.DESPATCH_ADVICE: DespatchAdvice,
    DocumentType.INVOICE: Invoice,
    DocumentType.CATALOGUE: Catalogue,
    DocumentType.ERP_ORDER: ErpOrder,
    DocumentType.ERP_DESPATCH: ErpDespatch,
    DocumentType.ERP_INVOICE: ErpInvoice,
    DocumentType.ERP_ORDER_STATUS: ErpOrderStatus,
    DocumentType.ERP_STOCK: ErpStock,
    DocumentType.PARTNER_PACKAGE: PartnerPackage,
}

_encoder = msgspec.json.Encoder(decimal_format="string")
_decoders = {kind: msgspec.json.Decoder(DOCUMENTS[kind]) for kind in DocumentType}


def to_json(document: Document) -> bytes:
    """Return the canonical JSON: UTF-8, numbers as strings, dates as ISO 8601, fields in order."""
    return _encoder.encode(document)


def from_json(kind: DocumentType, data: bytes) -> Document:
    """
    Read canonical JSON.

    Raises `msgspec.ValidationError` naming the faulty field's path.
    """
    return _decoders[kind].decode(data)


def json_schema(kind: DocumentType) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a document type."""
    return msgspec.json.schema(DOCUMENTS[kind])
