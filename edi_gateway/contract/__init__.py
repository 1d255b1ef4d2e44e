"""What we agreed with each partner, and what follows from it: findings, answers, invoices."""
