"""
Read a shared price list: price-list.toml and prices.csv, or refuse it as a whole.

A buying group's list, or the base list, is imported once, and named by the contracts it is for
(`group_price_list`, `base_price_list`). What articles there are, each customer's package says.
"""

from __future__ import annotations

from collections.abc import Mapping

from edi_gateway.contract.package.columns import CURRENCY, PRICES
from edi_gateway.contract.package.csv_file import decoded
from edi_gateway.contract.package.faults import Faults
from edi_gateway.contract.package.prices import Surroundings, read_prices
from edi_gateway.contract.package.toml_file import Key, TomlFile
from edi_gateway.contract.package.values import any_text, written
from edi_gateway.contract.pricing.book import SharedList
from edi_gateway.errors import ConfigError

PRICE_LIST = "price-list.toml"

#: The files of a shared price list; both are required.
PRICE_LIST_FILES = (PRICE_LIST, PRICES)

PRICE_LIST_KEYS = {
    "id": Key(read=written(any_text), default=...),
    "currency": Key(read=written(CURRENCY), default=...),
}


def read_price_list(files: Mapping[str, bytes], origin: str) -> SharedList:
    """Read a shared price list; `ConfigError` with every fault it has, as in `read_package`."""
    faults = Faults(origin, PRICE_LIST_FILES)
    for name in PRICE_LIST_FILES:
        if name not in files:
            wanted = ", ".join(PRICE_LIST_FILES)
            faults.add(name, 1, 1, f"the file is missing; a price list is {wanted}")
    values = _read_head(files.get(PRICE_LIST), faults)
    name, currency = str(values.get("id", "")), str(values.get("currency", ""))
    around = Surroundings(home=name, currency=currency)
    rows = read_prices(files.get(PRICES), around, faults)
    for row in rows:
        if row.contract or row.promotion or row.price_list not in (None, name):
            text = f"a shared list holds rows of its own only; remove the row, or name {name!r}"
            faults.add(PRICES, row.source_line or 1, 1, text)
    if faults:
        raise ConfigError(*faults.sentences())
    return SharedList(id=name, currency=currency, rows=tuple(rows))


def _read_head(data: bytes | None, faults: Faults) -> dict[str, object]:
    text = decoded(PRICE_LIST, data, faults) if data is not None else None
    if text is None:
        return {}
    file = TomlFile(PRICE_LIST, text, faults)
    if not file.is_readable:
        return {}
    file.read("", {}, inner=("price_list",))
    return file.read("price_list", PRICE_LIST_KEYS)
