"""Orders after their first answer: changes, confirmations, what the ERP reports."""
