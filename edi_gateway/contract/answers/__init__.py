"""What follows from a decision: responses, invoices, despatch advices, catalogues."""
