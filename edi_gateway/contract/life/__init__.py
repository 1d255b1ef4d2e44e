"""What becomes of an order after its first answer: changes, confirmations, reports of the ERP."""
