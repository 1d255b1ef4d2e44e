"""
What happens to one interchange between its bytes and the ledger.

`admission` gives the verdict on an interchange and acknowledges it, `deciding` turns orders into
answers, `fulfilment` turns the ERP's despatches and invoices into invoices, `outgoing` writes
files for the outbox. `pipeline.py` calls them in that order.
"""
