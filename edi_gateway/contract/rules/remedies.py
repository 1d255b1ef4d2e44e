"""What a person does about a finding that holds an order: the words `show` has beside it."""

from __future__ import annotations

from collections.abc import Iterable

_AGREE = "agree with the customer"
_ASK = "ask the customer"
_CORRECT = "import the corrected package and release, or refuse"

#: For each finding that may hold an order; `docs/operating.md` says more.
REMEDIES = {
    "above-maximum-quantity": f"{_AGREE}; raise maximum_quantity, {_CORRECT}",
    "above-maximum-value": f"{_ASK} whether so much is meant; release, or refuse",
    "approval-needed": "a member of the role approves it (edi-gateway approve); or refuse",
    "article-not-offered": f"{_AGREE}; correct the article's dates or the policy, {_CORRECT}",
    "article-replaced": f"{_AGREE} on the successor; set replaced_article, {_CORRECT}",
    "below-minimum-value": f"{_AGREE}; lower minimum_order_value, {_CORRECT}",
    "blanket-below-consumed": f"{_AGREE} on no less than was called off; refuse",
    "blanket-exists": "ask for the blanket order under a new number; refuse",
    "blanket-expired": f"{_AGREE} on a new blanket order; release when it is there, or refuse",
    "blanket-line-differs": f"{_ASK} which line is meant; refuse",
    "blanket-line-unclear": f"{_ASK} which line is meant; refuse",
    "blanket-validity": f"{_ASK} for it with other dates, under a new number; refuse",
    "codes-disagree": f"{_ASK} which article is meant; correct the codes, {_CORRECT}",
    "date-after-cancellation": f"{_AGREE} on a day; release to confirm the requested one, or refuse",
    "date-not-possible": f"{_AGREE} on a day; release to confirm the requested one, or refuse",
    "date-past": f"{_AGREE} on a day; release to confirm the requested one, or refuse",
    "duplicate-line-number": "ask for the order again under a new number; refuse",
    "figure-not-usable": f"{_ASK} for the right figure, under a new number; refuse",
    "line-above-maximum-value": f"{_ASK} whether so much is meant; release, or refuse",
    "line-count-differs": "ask for the order again under a new number; refuse",
    "new-delivery-address": f"{_ASK} whether the address is right; release, or refuse",
    "no-lines": "ask for the order again under a new number; refuse",
    "no-price-date": f"{_ASK} for the delivery date, under a new number; refuse",
    "no-valid-price": f"add the price to prices.csv, {_CORRECT}",
    "not-as-a-whole": f"{_AGREE}; release to confirm it in part, or refuse",
    "order-beyond-tolerance": f"{_AGREE} on the prices, {_CORRECT}",
    "order-function-not-handled": "handle it by hand; refuse, saying so",
    "order-type-not-handled": "handle it by hand; refuse, saying so",
    "outside-validity": f"prolong the contract, or add the one that follows; {_CORRECT}",
    "over-consumption": f"{_AGREE} on more in the blanket order; release when it is there, or refuse",
    "price-arithmetic": f"{_ASK} which price is meant; correct the policy, {_CORRECT}",
    "price-beyond-tolerance": f"{_AGREE} on the price, {_CORRECT}",
    "price-not-final": f"let the order name the contract of the line, or set its price_date, {_CORRECT}",
    "price-not-usable": f"correct the row, the allowances or units.csv, {_CORRECT}",
    "stock-short": "release when the ERP has reported more stock, or refuse",
    "stock-unknown": "release when the ERP has reported the article's stock, or refuse",
    "substitute-offered": f"{_ASK}; release to supply the substitute, or refuse",
    "suspected-duplicate": f"{_ASK} whether both are meant; release, or refuse",
    "total-differs": f"{_ASK} which is right, lines or total; release, or refuse",
    "unit-differs": f"{_ASK} what one unit holds; add it to units.csv, {_CORRECT}",
    "unknown-article": f"add the article to articles.csv, {_CORRECT}",
    "unknown-blanket": "release when the blanket order is there, or refuse",
    "unknown-buyer": f"add the GLN to buyers, {_CORRECT}",
    "unknown-contract": f"add the contract, {_CORRECT}",
    "unknown-delivery-party": "release this once; or add it to delivery_parties, import and release",
    "unknown-price-list": f"add prices of that list, {_CORRECT}",
    "unknown-promotion": f"add prices of that promotion, {_CORRECT}",
    "unknown-supplier": "the order is for another company: refuse",
    "unusual-quantity": f"{_ASK} whether so much is meant; release, or refuse",
    "unusual-value": f"{_ASK} whether so much is meant; release, or refuse",
    "wrong-currency": f"add a contract or prices in that currency, {_CORRECT}",
}


def what_to_do(codes: Iterable[str]) -> list[dict[str, str]]:
    """For each of these findings what to do about it, once."""
    return [
        {"code": code, "do": REMEDIES[code]} for code in dict.fromkeys(codes) if code in REMEDIES
    ]
