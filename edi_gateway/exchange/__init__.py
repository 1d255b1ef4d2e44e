"""
What happens to one interchange between its bytes and the ledger.

`admission` gives the verdict on an interchange and acknowledges it; `messages` sends each of its
messages where it belongs: `deciding` turns orders into answers, `life` takes what comes after,
`fulfilment` turns the ERP's despatches and invoices into invoices, `settlement` hears what partners
say of ours. `outgoing` writes files for the outbox.
"""
