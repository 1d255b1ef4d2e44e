"""
The price of an article under a contract, and how it came about.

`book` finds the row: line contract before header contract before promotion before the customer's
price list before the group's before the base list. `breaks` says for which quantity, `cascade`
turns a gross price into a net one, `units` converts exactly or not at all. Each leaves a step
(`steps`) that tells what it did.
"""
