"""
One transaction on the ledger: what is written through it becomes true together, or not at all.

Each part of the ledger has a file here. Rows are collected and written in bulk through SQLAlchemy
Core when the transaction ends, because the ORM measured twelve times slower.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from edi_gateway.store.ledger.approvals import Approvals
from edi_gateway.store.ledger.deliveries import Deliveries
from edi_gateway.store.ledger.documents import Documents
from edi_gateway.store.ledger.events import Events
from edi_gateway.store.ledger.interchanges import Interchanges
from edi_gateway.store.ledger.messages import Messages
from edi_gateway.store.ledger.numbers import Keys, Series
from edi_gateway.store.ledger.order_book import OrderBook
from edi_gateway.store.ledger.sales import Sales
from edi_gateway.store.ledger.stock import StockLedger
from edi_gateway.store.ledger.transmissions import Transmissions
from edi_gateway.store.packages import add_package
from edi_gateway.store.records import NewPackage


class Ledger:
    """
    The writing side of one transaction, part by part. `who` stands in every event.

    What comes in are transmissions with their interchanges and messages; what is made of them are
    documents with their numbers, and orders that stand; what goes out are deliveries.
    """

    def __init__(self, connection: Connection, now: datetime, who: str) -> None:
        #: For the other modules of this room, which write in the same transaction.
        self.connection = connection
        self.now = now
        self._who = who
        self.events = events = Events(connection, now, who)
        self.transmissions = Transmissions(connection, now, events)
        self.interchanges = Interchanges(connection, now, events)
        self.messages = Messages(connection, now, events)
        self.documents = Documents(connection)
        #: The numbers of documents that are in use, and those we count ourselves.
        self.keys = Keys(connection)
        self.series = Series(connection)
        self.orders = OrderBook(connection, now)
        self.approvals = Approvals(connection, now)
        self.sales = Sales(connection)
        #: What the ERP has, and what orders take of it.
        self.stock = StockLedger(connection)
        self.deliveries = Deliveries(connection, now, events)

    def clear_decision(self, message_id: int) -> None:
        """Forget what an earlier decision left, before it is taken again."""
        self.messages.forget_findings(message_id)
        self.documents.forget(message_id)
        self.keys.forget(message_id)

    def add_package(self, new: NewPackage) -> int:
        """Record a new version of a package; return its id."""
        key = add_package(self.connection, new, now=self.now, who=self._who)
        since = new.effective_from.isoformat(timespec="seconds")
        self.events.add(f"{new.kind}.imported", f"{new.partner} version {new.version} from {since}")
        return key

    def flush(self) -> None:
        """Write what was collected; the store calls this before it commits."""
        self.messages.flush()
        self.deliveries.flush()
        self.orders.flush()
        self.stock.flush()
        self.keys.flush()
        self.documents.flush()
        self.events.flush()
        self.sales.flush()
        self.series.flush()
