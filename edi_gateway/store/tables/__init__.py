"""
The ledger's tables. Nobody outside `store` imports them.

Bytes of files taken in live in the archive; bytes of files going out live here, because they must
be written in the same transaction as the decision they follow from.
"""

from edi_gateway.store.tables.blankets import Blanket, BlanketConsumption, BlanketLine
from edi_gateway.store.tables.bookkeeping import BusinessKey, Event, Sequence
from edi_gateway.store.tables.incoming import (
    OURS,
    Document,
    Finding,
    Interchange,
    Message,
    Transmission,
)
from edi_gateway.store.tables.orders import (
    Approval,
    CustomerOrder,
    Sale,
    SaleHistory,
    SaleLine,
    SeenFinding,
)
from edi_gateway.store.tables.outgoing import (
    Acknowledgement,
    Delivery,
    DeliveryContent,
    DeliveryDocument,
    DeliveryMessage,
)
from edi_gateway.store.tables.packages import Package, PackageFile, SentCatalogue
from edi_gateway.store.tables.stock import Stock, StockReservation

__all__ = [
    "OURS",
    "Acknowledgement",
    "Approval",
    "Blanket",
    "BlanketConsumption",
    "BlanketLine",
    "BusinessKey",
    "CustomerOrder",
    "Delivery",
    "DeliveryContent",
    "DeliveryDocument",
    "DeliveryMessage",
    "Document",
    "Event",
    "Finding",
    "Interchange",
    "Message",
    "Package",
    "PackageFile",
    "Sale",
    "SaleHistory",
    "SaleLine",
    "SeenFinding",
    "SentCatalogue",
    "Sequence",
    "Stock",
    "StockReservation",
    "Transmission",
]
