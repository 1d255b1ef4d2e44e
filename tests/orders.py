"""Orders of the repository's own sample customer, made to measure."""

from __future__ import annotations

from collections.abc import Sequence

#: GTIN, buyer's code, quantity, price, unit (empty: pieces), price basis.
LINES = (
    ("3769999000114", "MV-501", "6", "8.90", "", "1"),
    ("3769999000121", "MV-502", "24", "3.20", "", "1"),
    ("3769999000138", "MV-503", "75", "18.50", "KGM", "100"),
    ("3769999000145", "MV-504", "30", "1.15", "", "1"),
)


def interchange(
    *, reference: str, numbers: Sequence[str], lines: int = 2, test: bool = False
) -> bytes:
    """An EDIFACT interchange with one valid order for each number."""
    segments = [
        "UNB+UNOC:3+3019999000011:14+4012345500004:14+261116:0815+"
        f"{reference}++ORDERS++1+EANCOM{'+1' if test else ''}"
    ]
    for position, number in enumerate(numbers, 1):
        segments += order(position, number, lines)
    segments.append(f"UNZ+{len(numbers)}+{reference}")
    return "".join(f"{segment}'\n" for segment in segments).encode("latin-1")


def order(position: int, number: str, lines: int) -> list[str]:
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
    for line in range(lines):
        gtin, code, quantity, price, unit, per = LINES[line % len(LINES)]
        segments += [
            f"LIN+{line + 1}++{gtin}:EN",
            f"PIA+1+{code}:IN",
            f"QTY+21:{quantity}{':' + unit if unit else ''}",
            f"PRI+AAA:{price}:CT:NTP:{per}:{unit or 'PCE'}",
        ]
    segments += ["UNS+S", f"CNT+2:{lines}"]
    segments.append(f"UNT+{len(segments) + 1}+{position}")
    return segments
