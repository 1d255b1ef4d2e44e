"""
Deciding beside bare arithmetic: what an order costs beyond pricing its lines from a dictionary.

`decide` holds each line against the contract, explains it, and decides it; `dictionary` looks up
the price of the same ten lines and adds up the amounts, in `Decimal` as well.
"""

from __future__ import annotations

import gc
import io
import json
import sys
import time
import tomllib
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.data import catalogue, orders, package  # noqa: E402
from benchmarks.edifact import documents  # noqa: E402
from edi_gateway.contract.package import read_package  # noqa: E402
from edi_gateway.contract.partner import Company  # noqa: E402
from edi_gateway.contract.rules import decide  # noqa: E402
from edi_gateway.documents import Order  # noqa: E402

CENT = Decimal("0.01")
ROUNDS = 7


def compare(count: int) -> dict[str, float]:
    """CPU microseconds for an order, each way: medians of rounds in which they take turns."""
    data = b"".join(orders(count))
    found = list(documents(io.BytesIO(data), data))
    agreement = read_package(package(), origin="")
    company = Company(**tomllib.loads((ROOT / "config.toml").read_text("utf-8"))["company"])
    prices = {article.gtin: article.price for article in catalogue()}

    def by_dictionary(order: Order) -> Decimal:
        total = Decimal(0)
        for line in order.lines:
            amount = line.quantity.value * prices[line.gtin or ""]
            total += amount.quantize(CENT, ROUND_HALF_UP)
        return total

    def by_contract(order: Order) -> Decimal:
        return decide(order, agreement, company=company).net_amount

    if list(map(by_dictionary, found)) != list(map(by_contract, found)):
        raise SystemExit("the two ways lead to different amounts")
    rounds = [
        (_microseconds(by_dictionary, found), _microseconds(by_contract, found))
        for _ in range(ROUNDS)
    ]
    return {
        "dictionary_us": median(bare for bare, _ in rounds),
        "decide_us": median(whole for _, whole in rounds),
        "beyond_us": median(whole - bare for bare, whole in rounds),
    }


def _microseconds(work: Callable[[Order], object], found: list[Order]) -> float:
    gc.collect()
    start = time.process_time()
    for order in found:
        work(order)
    return (time.process_time() - start) / len(found) * 1e6


if __name__ == "__main__":
    print(json.dumps(compare(int(sys.argv[2]) if len(sys.argv) > 2 else 300)))
