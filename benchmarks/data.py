"""Orders of one customer with a catalogue of 2 000 articles, and the package they are decided by."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from edi_gateway.documents import gs1_check_digit

ROOT = Path(__file__).parents[1]
ARTICLES = 2000
NAMES = ("BOULON", "ECROU", "JOINT", "CABLE", "VIS")
ARTICLE_HEAD = "article,gtin,buyer_code,description,unit,pack_multiple,minimum_quantity,vat_rate\n"
PRICE_HEAD = "article,from_quantity,price,per_quantity,valid_from,valid_until\n"
PACKAGE = ROOT / "edi_gateway" / "demo" / "samples" / "partners" / "maisonvert"


@dataclass(frozen=True)
class Article:
    """An article of the catalogue."""

    gtin: str
    code: str
    price: Decimal
    name: str


def catalogue(count: int = ARTICLES) -> list[Article]:
    """The same articles each time."""
    chance = random.Random(7)  # noqa: S311  (data, no secret)
    return [_article(number, chance) for number in range(count)]


def _article(number: int, chance: random.Random) -> Article:
    gtin = f"376999{number:06d}"
    price = Decimal(chance.randint(100, 90_000)).scaleb(-2)
    name = f"{chance.choice(NAMES)} {number} MM"
    return Article(gtin + gs1_check_digit(gtin), f"MV-{number:05d}", price, name)


def orders(count: int, *, articles: int = ARTICLES, first: int = 1) -> Iterator[bytes]:
    """One interchange, part by part: orders of 10 lines, about 1.5 kB and 73 segments each."""
    numbers = range(first, first + count)
    yield from _interchange(f"B{first}", numbers, catalogue(articles))


def order_files(count: int) -> list[bytes]:
    """An interchange for each of as many orders."""
    articles = catalogue()
    return [b"".join(_interchange(f"B{n}", [n], articles)) for n in range(1, count + 1)]


def _interchange(
    reference: str, numbers: range | list[int], articles: list[Article]
) -> Iterator[bytes]:
    head = f"UNB+UNOC:3+3019999000011:14+4012345500004:14+261116:0815+{reference}++ORDERS++1+EANCOM"
    yield f"UNA:+.? '\n{head}'\n".encode()
    for position, number in enumerate(numbers, 1):
        segments = list(_order(position, number, articles))
        text = "'\n".join([*segments, f"UNT+{len(segments) + 1}+{position}"])
        yield f"{text}'\n".encode()
    yield f"UNZ+{len(numbers)}+{reference}'\n".encode()


def _order(position: int, number: int, articles: list[Article]) -> Iterator[str]:
    """One order without its UNT."""
    chance = random.Random(number)  # noqa: S311
    yield f"UNH+{position}+ORDERS:D:96A:UN:EAN008"
    yield f"BGM+220+B-{number:07d}+9"
    yield "DTM+137:20261116:102"
    yield f"DTM+2:202611{chance.randint(17, 28)}:102"
    yield "RFF+CT:MV-2026"
    yield "NAD+BY+3019999000011::9"
    yield "NAD+SU+4012345500004::9"
    yield f"NAD+DP+301999900{chance.randint(1000, 1020)}::9"
    yield "CUX+2:EUR:9"
    total = Decimal(0)
    for line in range(1, 11):
        article, quantity = chance.choice(articles), chance.randint(1, 400)
        amount = article.price * quantity
        total += amount
        yield f"LIN+{line}++{article.gtin}:EN"
        yield f"PIA+1+{article.code}:IN"
        yield f"IMD+F++:::{article.name}"
        yield f"QTY+21:{quantity}"
        yield f"MOA+203:{amount}"
        yield f"PRI+AAA:{article.price}:CT:NTP:1:PCE"
    yield "UNS+S"
    yield f"MOA+86:{total}"
    yield "CNT+2:10"


def write_package(folder: Path, count: int) -> None:
    """A package of as many articles, each with five prices: breaks, and those of a later year."""
    folder.mkdir(parents=True)
    (folder / "partner.toml").write_bytes((PACKAGE / "partner.toml").read_bytes())
    with (
        (folder / "articles.csv").open("w") as articles,
        (folder / "prices.csv").open("w") as prices,
    ):
        articles.write(ARTICLE_HEAD)
        prices.write(PRICE_HEAD)
        for number, article in enumerate(catalogue(count)):
            code = f"A{number}"
            articles.write(f"{code},{article.gtin},{article.code},{article.name},PCE,1,1,20.0\n")
            for quantity, percent in ((1, 100), (500, 95), (5000, 90)):
                price = f"{article.price * percent / 100:.4f}"
                prices.write(f"{code},{quantity},{price},1,2026-01-01,2028-12-31\n")
            for quantity, percent in ((1, 103), (500, 98)):
                price = f"{article.price * percent / 100:.4f}"
                prices.write(f"{code},{quantity},{price},1,2029-01-01,2030-12-31\n")


def package() -> dict[str, bytes]:
    """The customer's package: the sample's agreement, and this catalogue at its prices."""
    articles = ["article,gtin,buyer_code,description,unit,pack_multiple,minimum_quantity,vat_rate"]
    prices = ["article,from_quantity,price,per_quantity,valid_from,valid_until"]
    for number, article in enumerate(catalogue()):
        articles.append(f"A{number},{article.gtin},{article.code},{article.name},PCE,1,1,20.0")
        prices.append(f"A{number},1,{article.price},1,2026-01-01,2030-12-31")
    return {
        "partner.toml": (PACKAGE / "partner.toml").read_bytes(),
        "articles.csv": "\n".join(articles).encode() + b"\n",
        "prices.csv": "\n".join(prices).encode() + b"\n",
    }
