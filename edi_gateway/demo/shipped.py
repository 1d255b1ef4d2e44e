"""Where the sample partners and orders lie that ship with the program."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def samples() -> Path:
    """The folder with `partners/`, `orders/` and `company.toml`."""
    return Path(str(resources.files("edi_gateway") / "demo" / "samples"))
