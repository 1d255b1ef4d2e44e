"""Orders of the repository's own sample customer, made to measure."""

from __future__ import annotations

from collections.abc import Sequence

#: GTIN, buyer's code, quantity, price, unit (empty: pieces), price basis.
Line = tuple[str, str, str, str, str, str]

LINES: tuple[Line, ...] = (
    ("3769999000114", "MV-501", "6", "8.90", "", "1"),
    ("3769999000121", "MV-502", "24", "3.20", "", "1"),
    ("3769999000138", "MV-503", "75", "18.50", "KGM", "100"),
    ("3769999000145", "MV-504", "30", "1.15", "", "1"),
)

PAIL, GLOVES, SOIL, SEEDS = LINES

#: Orders that stray from the contract, or come close to it, each in its way.
DEPARTURES: dict[str, tuple[Line, ...]] = {
    "D-CHANGED": (
        ("3769999000114", "MV-501", "50", "7.95", "", "1"),
        ("3769999000114", "MV-501", "5", "9.03", "", "1"),
        ("3769999000114", "MV-501", "5", "9.04", "", "1"),
        ("3769999000121", "MV-502", "20", "3.20", "", "1"),
        ("3769999000121", "MV-502", "5", "", "", "1"),
        ("3769999000138", "MV-503", "77", "0.1855", "KGM", "1"),
        ("3769999000138", "", "123.5", "18.50", "KGM", "100"),
        ("3769999000145", "", "5", "1.15", "EA", "1"),
        ("3769999000145", "", "0", "1.15", "", "1"),
        ("3769999000107", "MV-599", "5", "1.15", "", "1"),
        ("", "MV-504", "30", "1.1500", "", "1"),
        ("", "", "30", "1.15", "", "1"),
    ),
    "D-DISAGREE": (PAIL, ("3769999000121", "MV-501", "12", "3.20", "", "1")),
    "D-UNIT": (PAIL, ("3769999000138", "MV-503", "75", "18.50", "", "100")),
    "D-EXPIRED": (PAIL, ("3769999000152", "MV-505", "1", "12.40", "", "1")),
    "D-UNKNOWN": (("3769999000107", "MV-599", "5", "1.15", "", "1"),),
    "D-SMALL": (("3769999000145", "MV-504", "10", "1.15", "", "1"),),
    "D-TERMS": (PAIL, SOIL),
    "D-TOTAL": (PAIL, SOIL),
}

#: What is written otherwise in the orders as a whole.
REWRITTEN = {
    "D-TERMS": (("RFF+CT:MV-2026", "RFF+CT:MV-2025"), ("CUX+2:EUR:9", "CUX+2:SEK:9")),
    "D-TOTAL": (("CNT+2:2", "MOA+79:99.99"),),
}


def interchange(
    *, reference: str, numbers: Sequence[str], lines: int = 2, test: bool = False
) -> bytes:
    """An EDIFACT interchange with one valid order for each number."""
    orders = [order(position, number, lines) for position, number in enumerate(numbers, 1)]
    return enclosed(reference, orders, test=test)


def departures(*, reference: str) -> bytes:
    """An EDIFACT interchange with the orders that stray from the contract."""
    orders = []
    for position, (number, lines) in enumerate(DEPARTURES.items(), 1):
        segments = order_of(position, number, lines)
        for said, instead in REWRITTEN.get(number, ()):
            segments = [instead if segment == said else segment for segment in segments]
        orders.append(segments)
    return enclosed(reference, orders)


def enclosed(reference: str, orders: Sequence[Sequence[str]], *, test: bool = False) -> bytes:
    """These messages in an interchange."""
    segments = [
        "UNB+UNOC:3+3019999000011:14+4012345500004:14+261116:0815+"
        f"{reference}++ORDERS++1+EANCOM{'+1' if test else ''}"
    ]
    for order_segments in orders:
        segments += order_segments
    segments.append(f"UNZ+{len(orders)}+{reference}")
    return "".join(f"{segment}'\n" for segment in segments).encode("latin-1")


def order(position: int, number: str, lines: int) -> list[str]:
    """A valid order."""
    return order_of(position, number, [LINES[line % len(LINES)] for line in range(lines)])


def order_of(position: int, number: str, lines: Sequence[Line]) -> list[str]:
    """An order of these lines; what is empty in a line is left out."""
    segments = [
        f"UNH+{position}+ORDERS:D:96A:UN:EAN008",
        f"BGM+220+{number}+9",
        "DTM+137:20261116:102",
        "DTM+2:20261123:102",
        "RFF+CT:MV-2026",
        "NAD+BY+3019999000011::9",
        "NAD+SU+4012345500004::9",
        "NAD+DP+3019999001018::9",
        "CUX+2:EUR:9",
    ]
    for line, (gtin, code, quantity, price, unit, per) in enumerate(lines, 1):
        segments.append(f"LIN+{line}++{gtin}:EN" if gtin else f"LIN+{line}")
        if code:
            segments.append(f"PIA+1+{code}:IN")
        segments.append(f"QTY+21:{quantity}{':' + unit if unit else ''}")
        if price:
            segments.append(f"PRI+AAA:{price}:CT:NTP:{per}:{unit or 'PCE'}")
    segments += ["UNS+S", f"CNT+2:{len(lines)}"]
    segments.append(f"UNT+{len(segments) + 1}+{position}")
    return segments
