"""
How prices come about, case by case, as a pricing manager would write them down.

A setting is what the contract says: keys of `[contract]` and further tables, and rows of prices.csv.
Its cases stand in a table of five columns:

    what it shows | what else the order says | its lines | what each is answered | the arithmetic

A line is QUANTITY[UNIT] ARTICLE [@PRICE[/PER][:UNIT]] and what else it says; several are joined by
` + `. It is answered `PRICE[/PER]` (accepted), `QUANTITY[UNIT] at PRICE` (changed), `added QUANTITY
at PRICE`, `rejected CODE`, or the order is `held CODE`. The arithmetic leads to the order's net amount, charges
included, rounded half up to cents.
"""

from __future__ import annotations

from dataclasses import dataclass

ARTICLES = """\
article,gtin,buyer_code,description,unit,pack_multiple,minimum_quantity,vat_rate,break_group
TAPE,3760123450058,778805,Tape,PCE,,,20.0,
GLUE,3760123450041,778804,Glue,PCE,6,,20.0,
NAIL,3760123450010,778801,Nails,PCE,100,,20.0,
PUTTY,3760123450065,778806,Putty,KGM,,,20.0,
RED,,,Red paint,PCE,,,20.0,PAINT
BLUE,,,Blue paint,PCE,,,20.0,PAINT
"""

YEAR = "2026-01-01,2026-12-31"


@dataclass(frozen=True)
class Setting:
    title: str
    prices: str
    cases: str
    contract: str = ""
    more: str = ""
    units: str = ""
    #: The header of `prices`, where it has more columns than the mandatory ones.
    columns: str = ""
    shared: tuple[tuple[str, str], ...] = ()


BREAKS = f"""\
TAPE,1,2.49,1,{YEAR}
TAPE,48,2.29,1,{YEAR}
TAPE,144,1.99,1,{YEAR}
PUTTY,0.5,3.1250,1,{YEAR}
PUTTY,25,2.9875,1,{YEAR}
"""

SETTINGS = [
    Setting(
        "breaks for all units of a line",
        prices=BREAKS,
        cases="""\
the first unit                         | | 1 TAPE      | 2.49   | 1*2.49 = 2.49
one below the second break             | | 47 TAPE     | 2.49   | 47*2.49 = 117.03
the boundary is the higher bracket     | | 48 TAPE     | 2.29   | 48*2.29 = 109.92
one above the second break             | | 49 TAPE     | 2.29   | 49*2.29 = 112.21
one below the third break              | | 143 TAPE    | 2.29   | 143*2.29 = 327.47
the third boundary                     | | 144 TAPE    | 1.99   | 144*1.99 = 286.56
far above the last break               | | 100000 TAPE | 1.99   | 100000*1.99 = 199000.00
a fraction below the first break       | | 0.5 TAPE    | held no-valid-price | 0 = 0
a break of a fraction                  | | 0.5 PUTTY   | 3.1250 | 0.5*3.1250 = 1.56
just below a break, by weight          | | 24.999 PUTTY | 3.1250 | 24.999*3.1250 = 78.12
the boundary by weight                 | | 25 PUTTY    | 2.9875 | 25*2.9875 = 74.69
half a cent is rounded up              | | 12.4 PUTTY  | 3.1250 | 12.4*3.1250 = 38.75
lines of one article are looked up alone | | 30 TAPE + 30 TAPE | 2.49; 2.49 | 60*2.49 = 149.40
each line has its own break            | | 48 TAPE + 144 TAPE | 2.29; 1.99 | 48*2.29+144*1.99 = 396.48
the article by GTIN                    | | 48 3760123450058 | 2.29 | 48*2.29 = 109.92
the article by the buyer's code        | | 48 778805 | 2.29 | 48*2.29 = 109.92
""",
    ),
    Setting(
        "prices for a number of units",
        prices=f"""\
NAIL,1,38.50,1000,{YEAR}
NAIL,5000,34.90,1000,{YEAR}
TAPE,1,5,3,{YEAR}
PUTTY,0,0.0375,0.5,{YEAR}
""",
        cases="""\
a price for a thousand                 | | 1000 NAIL | 38.50/1000 | 1000*38.50/1000 = 38.50
a tenth of what it is for              | | 100 NAIL  | 38.50/1000 | 100*38.50/1000 = 3.85
the break counts units, not thousands  | | 5000 NAIL | 34.90/1000 | 5000*34.90/1000 = 174.50
below that break                       | | 4900 NAIL | 38.50/1000 | 4900*38.50/1000 = 188.65
the ordered price for other units      | | 1000 NAIL @3.85/100 | 38.50/1000 | 1000*38.50/1000 = 38.50
the ordered price for one              | | 1000 NAIL @0.0385 | 38.50/1000 | 1000*0.0385 = 38.50
a division that does not end           | | 10 TAPE   | 5/3 | 10*5/3 = 16.67
another                                | | 1 TAPE    | 5/3 | 1*5/3 = 1.67
per half a kilogram                    | | 3 PUTTY   | 0.0375/0.5 | 3*0.0375/0.5 = 0.23
""",
    ),
    Setting(
        "the first and the last day, by the date of the order",
        prices="""\
TAPE,1,2.00,1,2026-03-01,2026-06-30
TAPE,1,2.20,1,2026-07-01,2026-09-30
TAPE,10,1.80,1,2026-03-01,2026-03-31
GLUE,1,6.00,1,2026-03-01,
""",
        cases="""\
the day before the first               | on=2026-02-28 | 1 TAPE | held no-valid-price | 0 = 0
the first day                          | on=2026-03-01 | 1 TAPE | 2.00 | 1*2.00 = 2.00
the last day                           | on=2026-06-30 | 1 TAPE | 2.00 | 1*2.00 = 2.00
the first day of the next price        | on=2026-07-01 | 1 TAPE | 2.20 | 1*2.20 = 2.20
the last day of the next price         | on=2026-09-30 | 1 TAPE | 2.20 | 1*2.20 = 2.20
the day after the last                 | on=2026-10-01 | 1 TAPE | held no-valid-price | 0 = 0
a break on its last day                | on=2026-03-31 | 10 TAPE | 1.80 | 10*1.80 = 18.00
a break that ended leaves the lower    | on=2026-04-01 | 10 TAPE | 2.00 | 10*2.00 = 20.00
a price without end                    | on=2026-12-31 | 6 GLUE | 6.00 | 6*6.00 = 36.00
the first day of the contract          | on=2026-01-01 | 6 GLUE | held no-valid-price | 0 = 0
after the last day of the contract     | on=2027-01-01 | 6 GLUE | held outside-validity | 0 = 0
the delivery does not matter           | on=2026-03-01 delivery=2026-12-01 | 1 TAPE | 2.00 | 1*2.00 = 2.00
""",
    ),
    Setting(
        "prices by requested delivery",
        contract='price_date = "delivery"',
        prices="TAPE,1,2.00,1,2026-01-01,2026-06-30\nTAPE,1,2.20,1,2026-07-01,2026-12-31\n",
        cases="""\
the order's delivery                   | delivery=2026-06-30 | 1 TAPE | 2.00 | 1*2.00 = 2.00
the day after                          | delivery=2026-07-01 | 1 TAPE | 2.20 | 1*2.20 = 2.20
the line's own delivery goes first     | delivery=2026-06-30 | 1 TAPE delivery=2026-07-01 | 2.20 | 1*2.20 = 2.20
two lines, two dates, two prices       | delivery=2026-06-30 | 1 TAPE + 1 TAPE delivery=2026-07-01 | 2.00; 2.20 | 2.00+2.20 = 4.20
no delivery is requested               | delivery=none | 1 TAPE | held no-price-date | 0 = 0
""",
    ),
    Setting(
        "prices by the day of receipt, at the other end of the world",
        contract='price_date = "receipt"\ntime_zone = "Pacific/Auckland"',
        prices="TAPE,1,2.00,1,2026-01-01,2026-06-30\nTAPE,1,2.20,1,2026-07-01,2026-12-31\n",
        cases="""\
the last moment of June in Auckland    | now=2026-06-30T11:59:59Z | 1 TAPE | 2.00 | 1*2.00 = 2.00
the first moment of July in Auckland   | now=2026-06-30T12:00:00Z | 1 TAPE | 2.20 | 1*2.20 = 2.20
the date of the order does not matter  | on=2026-01-02 now=2026-08-01T00:00:00Z | 1 TAPE | 2.20 | 1*2.20 = 2.20
the hour is not known                  | now=none | 1 TAPE | held no-price-date | 0 = 0
""",
    ),
    Setting(
        "prices by the day of receipt, in the company's own zone",
        contract='price_date = "receipt"',
        prices="TAPE,1,2.00,1,2026-01-01,2026-06-30\nTAPE,1,2.20,1,2026-07-01,2026-12-31\n",
        cases="""\
the last moment of June in Paris       | now=2026-06-30T21:59:59Z | 1 TAPE | 2.00 | 1*2.00 = 2.00
the first moment of July in Paris      | now=2026-06-30T22:00:00Z | 1 TAPE | 2.20 | 1*2.20 = 2.20
the year ends at midnight in Paris     | now=2026-12-31T22:59:59Z | 1 TAPE | 2.20 | 1*2.20 = 2.20
and then the contract does             | now=2026-12-31T23:00:00Z | 1 TAPE | held outside-validity | 0 = 0
""",
    ),
    Setting(
        "the most specific source decides",
        contract='group_price_list = "GROUP"\nbase_price_list = "BASE"',
        more='[[contracts]]\nnumber = "C-2"\ndelivery_parties = ["5412345000020"]\n',
        columns="price_list,contract,promotion",
        prices=f"""\
TAPE,1,5.00,1,{YEAR},,,
TAPE,1,5.50,1,{YEAR},OTHER,,
TAPE,1,4.00,1,2026-06-01,2026-06-30,,,SUMMER
TAPE,1,3.00,1,2026-05-01,2026-06-15,,C-1,
TAPE,1,2.00,1,{YEAR},,C-2,
GLUE,1,9.00,1,2026-06-01,2026-06-30,,,SUMMER
""",
        shared=(
            (
                "GROUP",
                f"TAPE,1,6.00,1,{YEAR}\nGLUE,1,8.00,1,{YEAR}\nNAIL,1,0.06,1,{YEAR}\n",
            ),
            (
                "BASE",
                f"TAPE,1,7.00,1,{YEAR}\nGLUE,1,7.50,1,{YEAR}\nPUTTY,1,7.00,1,{YEAR}\n",
            ),
        ),
        cases="""\
the customer's list before group and base | on=2026-03-01 | 1 TAPE | 5.00 | 1*5.00 = 5.00
a row of the contract before all        | on=2026-05-01 | 1 TAPE | 3.00 | 1*3.00 = 3.00
the contract's row before a promotion   | on=2026-06-15 | 1 TAPE | 3.00 | 1*3.00 = 3.00
the promotion before the list           | on=2026-06-16 | 1 TAPE | 4.00 | 1*4.00 = 4.00
the promotion on its last day           | on=2026-06-30 | 1 TAPE | 4.00 | 1*4.00 = 4.00
then the list again                     | on=2026-07-01 | 1 TAPE | 5.00 | 1*5.00 = 5.00
the promotion, being named              | on=2026-06-16 promotion=SUMMER | 1 TAPE | 4.00 | 1*4.00 = 4.00
a promotion that is over gives nothing  | on=2026-07-01 promotion=SUMMER | 1 TAPE | 5.00 | 1*5.00 = 5.00
a promotion nobody knows                | promotion=WINTER | 1 TAPE | held unknown-promotion | 0 = 0
a line's promotion nobody knows         | | 1 TAPE promotion=WINTER | held unknown-promotion | 0 = 0
a promotion before the group's list     | on=2026-06-01 | 6 GLUE | 9.00 | 6*9.00 = 54.00
the group's list where ours has none    | | 6 GLUE | 8.00 | 6*8.00 = 48.00
the group's list, another article       | | 100 NAIL | 0.06 | 100*0.06 = 6.00
the base list where the group has none  | | 1 PUTTY | 7.00 | 1*7.00 = 7.00
no list has it                          | | 1 RED | held no-valid-price | 0 = 0
the list the order names                | list=OTHER | 1 TAPE | 5.50 | 1*5.50 = 5.50
the list a line names                   | | 1 TAPE list=OTHER + 1 TAPE | 5.50; 5.00 | 5.50+5.00 = 10.50
a named list without the article        | list=OTHER | 6 GLUE | 8.00 | 6*8.00 = 48.00
the group's list by its name            | list=GROUP | 1 TAPE | 6.00 | 1*6.00 = 6.00
the base list by its name               | list=BASE | 6 GLUE | 7.50 | 6*7.50 = 45.00
a list nobody knows                     | list=NONE | 1 TAPE | held unknown-price-list | 0 = 0
a list nobody knows, on a line          | | 1 TAPE list=NONE | held unknown-price-list | 0 = 0
the line's contract before the order's  | on=2026-05-01 | 1 TAPE contract=C-2 + 1 TAPE | 2.00; 3.00 | 2.00+3.00 = 5.00
a contract that is for others           | contract=C-2 | 1 TAPE | held unknown-delivery-party | 0 = 0
a contract the order names              | contract=C-2 party=5412345000020 | 1 TAPE | 2.00 | 1*2.00 = 2.00
the line's contract has no such article | | 6 GLUE contract=C-2 | 8.00 | 6*8.00 = 48.00
a contract nobody knows                 | contract=C-9 | 1 TAPE | held unknown-contract | 0 = 0
a contract nobody knows, on a line      | | 1 TAPE contract=C-9 | held unknown-contract | 0 = 0
the contract for the delivery party     | party=5412345000020 contract=none | 1 TAPE | 2.00 | 1*2.00 = 2.00
another delivery party                  | party=5412345000037 contract=none | 1 TAPE | 5.00 | 1*5.00 = 5.00
""",
    ),
    Setting(
        "promotions that must be named",
        contract='promotions = "named"',
        columns="promotion",
        prices=f"TAPE,1,5.00,1,{YEAR},\nTAPE,1,4.00,1,{YEAR},SUMMER\nTAPE,1,4.50,1,{YEAR},CLUB\n",
        cases="""\
not named                               | | 1 TAPE | 5.00 | 1*5.00 = 5.00
named by the order                      | promotion=SUMMER | 1 TAPE | 4.00 | 1*4.00 = 4.00
another named by the order              | promotion=CLUB | 1 TAPE | 4.50 | 1*4.50 = 4.50
named by one line                       | | 1 TAPE promotion=SUMMER + 1 TAPE | 4.00; 5.00 | 4.00+5.00 = 9.00
the line's goes before the order's      | promotion=CLUB | 1 TAPE promotion=SUMMER | 4.00 | 1*4.00 = 4.00
""",
    ),
    Setting(
        "prices for one delivery party, and in another currency",
        columns="delivery_party,currency",
        prices=f"""\
TAPE,1,5.00,1,{YEAR},,
TAPE,100,4.00,1,{YEAR},,
TAPE,1,4.50,1,{YEAR},5412345000020,
TAPE,1,5.60,1,{YEAR},,USD
TAPE,1,5.20,1,{YEAR},5412345000020,USD
GLUE,1,6.00,1,{YEAR},,
""",
        cases="""\
for all                                 | | 1 TAPE | 5.00 | 1*5.00 = 5.00
for this delivery party                 | party=5412345000020 | 1 TAPE | 4.50 | 1*4.50 = 4.50
for another delivery party              | party=5412345000037 | 1 TAPE | 5.00 | 1*5.00 = 5.00
its row goes before a better break      | party=5412345000020 | 100 TAPE | 4.50 | 100*4.50 = 450.00
others reach the break                  | | 100 TAPE | 4.00 | 100*4.00 = 400.00
where it has no row, that for all       | party=5412345000020 | 6 GLUE | 6.00 | 6*6.00 = 36.00
in another currency                     | currency=USD | 1 TAPE | 5.60 | 1*5.60 = 5.60
in another currency, for this party     | currency=USD party=5412345000020 | 1 TAPE | 5.20 | 1*5.20 = 5.20
no row in that currency: no conversion  | currency=USD | 6 GLUE | held no-valid-price | 0 = 0
a currency without any row              | currency=CHF | 1 TAPE | held wrong-currency | 0 = 0
the currency need not be stated         | currency=none | 1 TAPE | 5.00 | 1*5.00 = 5.00
""",
    ),
    Setting(
        "amounts of money are never converted",
        contract='minimum_order_value = "50.00"',
        columns="currency",
        prices=f"TAPE,1,5.60,1,{YEAR},USD\nTAPE,1,5.00,1,{YEAR},\n",
        cases="""\
the minimum is in euro                  | currency=USD | 20 TAPE | held wrong-currency | 0 = 0
the minimum is reached                  | | 10 TAPE | 5.00 | 10*5.00 = 50.00
""",
    ),
    Setting(
        "several contracts",
        contract='price_list = "PL-A"',
        more="""\
[[contracts]]
number = "C-USD"
currency = "USD"
price_list = "PL-USD"

[[contracts]]
number = "C-NORTH"
delivery_parties = ["5412345000020"]
price_list = "PL-NORTH"
price_tolerance_percent = "10"

[contracts.policies]
price_within_tolerance = "ordered"
no_price = "reject"

[[contracts]]
number = "C-2027"
valid_from = 2027-01-01
valid_until = 2027-12-31
""",
        columns="price_list,currency",
        prices="""\
TAPE,1,5.00,1,2026-01-01,2026-12-31,,
TAPE,1,5.10,1,2027-01-01,2027-12-31,,
TAPE,1,6.00,1,2026-01-01,2026-12-31,PL-USD,USD
TAPE,1,4.00,1,2026-01-01,2026-12-31,PL-NORTH,
""",
        cases="""\
the contract                            | contract=none | 1 TAPE | 5.00 | 1*5.00 = 5.00
by the currency                         | contract=none currency=USD | 1 TAPE | 6.00 | 1*6.00 = 6.00
by the delivery party                   | contract=none party=5412345000020 | 1 TAPE | 4.00 | 1*4.00 = 4.00
by the date                             | contract=none on=2027-03-01 | 1 TAPE | 5.10 | 1*5.10 = 5.10
the last day of the one                 | contract=none on=2026-12-31 | 1 TAPE | 5.00 | 1*5.00 = 5.00
the first day of the other              | contract=none on=2027-01-01 | 1 TAPE | 5.10 | 1*5.10 = 5.10
after all of them                       | contract=none on=2028-01-01 | 1 TAPE | held outside-validity | 0 = 0
being named, in its currency            | contract=C-USD currency=USD | 1 TAPE | 6.00 | 1*6.00 = 6.00
being named, in another currency        | contract=C-USD currency=EUR | 1 TAPE | held wrong-currency | 0 = 0
its own tolerance                       | contract=C-NORTH party=5412345000020 | 1 TAPE @4.40 | 4.40 | 1*4.40 = 4.40
the other has none                      | contract=C-1 | 1 TAPE @5.01 | held price-beyond-tolerance | 0 = 0
its own policy                          | contract=C-NORTH party=5412345000020 | 6 GLUE | rejected no-valid-price | 0 = 0
a line under a contract in other money  | contract=C-1 | 1 TAPE contract=C-USD | held wrong-currency; held no-valid-price | 0 = 0
a line under its own contract           | contract=C-1 | 1 TAPE contract=C-NORTH + 1 TAPE | 4.00; 5.00 | 4.00+5.00 = 9.00
a line outside its contract's validity  | contract=C-1 | 1 TAPE contract=C-2027 | held outside-validity | 0 = 0
""",
    ),
    Setting(
        "each bracket its own price, from one",
        contract='quantity_breaks = "tiered"',
        prices=f"""\
TAPE,1,3.00,1,{YEAR}
TAPE,100,2.50,1,{YEAR}
TAPE,200,2.00,1,{YEAR}
NAIL,1,10,1000,{YEAR}
NAIL,1001,8,1000,{YEAR}
GLUE,10,6.00,1,{YEAR}
""",
        cases="""\
within the first bracket                | | 50 TAPE  | 150.00/50 | 50*3.00 = 150.00
the last unit of the first bracket      | | 99 TAPE  | 297.00/99 | 99*3.00 = 297.00
the unit that reaches the break         | | 100 TAPE | 299.50/100 | 99*3.00+1*2.50 = 299.50
two brackets                            | | 150 TAPE | 424.50/150 | 99*3.00+51*2.50 = 424.50
the unit that reaches the third         | | 200 TAPE | 549.00/200 | 99*3.00+100*2.50+1*2.00 = 549.00
three brackets                          | | 250 TAPE | 649.00/250 | 99*3.00+100*2.50+51*2.00 = 649.00
prices for a thousand                   | | 1500 NAIL | 14.00/1500 | 1000*10/1000+500*8/1000 = 14.00
an ordered price equal to the average   | | 250 TAPE @2.596 | 649.00/250 | 250*2.596 = 649.00
no price for the first units            | | 12 GLUE  | held price-not-usable | 0 = 0
""",
    ),
    Setting(
        "each bracket its own price, from nothing",
        contract='quantity_breaks = "tiered"',
        prices=f"PUTTY,0,3.00,1,{YEAR}\nPUTTY,100,2.50,1,{YEAR}\nTAPE,0,1,3,{YEAR}\n",
        cases="""\
up to the break                         | | 100 PUTTY | 300.00/100 | 100*3.00 = 300.00
just above it                           | | 100.5 PUTTY | 301.25/100.5 | 100*3.00+0.5*2.50 = 301.25
half in each                            | | 200 PUTTY | 550.00/200 | 100*3.00+100*2.50 = 550.00
an amount that does not end             | | 7 TAPE | 2.33/7 | 7*1/3 = 2.33
""",
    ),
    Setting(
        "brackets over the whole order",
        contract='quantity_breaks = "tiered"\nbreaks_by = "order"',
        prices=f"TAPE,1,3.00,1,{YEAR}\nTAPE,100,2.50,1,{YEAR}\n",
        cases="""\
the second line goes on where the first ended | | 60 TAPE + 60 TAPE | 180.00/60; 169.50/60 | 60*3.00+39*3.00+21*2.50 = 349.50
one line                                | | 120 TAPE | 349.50/120 | 99*3.00+21*2.50 = 349.50
""",
    ),
    Setting(
        "breaks by all the order orders",
        contract='breaks_by = "order"',
        prices=f"""\
TAPE,1,2.49,1,{YEAR}
TAPE,48,2.29,1,{YEAR}
RED,1,9.00,1,{YEAR}
RED,10,8.00,1,{YEAR}
BLUE,1,9.50,1,{YEAR}
BLUE,10,8.50,1,{YEAR}
""",
        cases="""\
two lines reach the break together      | | 24 TAPE + 24 TAPE | 2.29; 2.29 | 48*2.29 = 109.92
one short of it                         | | 24 TAPE + 23 TAPE | 2.49; 2.49 | 47*2.49 = 117.03
another article does not count          | | 24 TAPE + 24 RED | 2.49; 8.00 | 24*2.49+24*8.00 = 251.76
a group reaches it together             | | 5 RED + 5 BLUE | 8.00; 8.50 | 5*8.00+5*8.50 = 82.50
a group one short of it                 | | 5 RED + 4 BLUE | 9.00; 9.50 | 5*9.00+4*9.50 = 83.00
a line without quantity adds nothing    | | 9 RED + -1 BLUE | 9.00; rejected quantity-not-positive | 9*9.00 = 81.00
what is bought elsewhere does not count | bought=TAPE:100 | 24 TAPE | 2.49 | 24*2.49 = 59.76
""",
    ),
    Setting(
        "lines of one article merged",
        contract="merge_same_article = true",
        prices=f"TAPE,1,2.49,1,{YEAR}\nTAPE,48,2.29,1,{YEAR}\nRED,1,9.00,1,{YEAR}\nRED,10,8.00,1,{YEAR}\nBLUE,1,9.50,1,{YEAR}\n",
        cases="""\
two lines reach the break together      | | 24 TAPE + 24 TAPE | 2.29; 2.29 | 48*2.29 = 109.92
three lines do                          | | 16 TAPE + 16 TAPE + 16 778805 | 2.29; 2.29; 2.29 | 48*2.29 = 109.92
one short of it                         | | 24 TAPE + 23 TAPE | 2.49; 2.49 | 47*2.49 = 117.03
a group is not merged                   | | 5 RED + 5 BLUE | 9.00; 9.50 | 5*9.00+5*9.50 = 92.50
""",
    ),
    Setting(
        "breaks by what was bought in the period",
        contract='breaks_by = "cumulative"\nbreaks_period = "quarter"',
        prices=f"TAPE,1,2.49,1,{YEAR}\nTAPE,1000,2.29,1,{YEAR}\nRED,1,9.00,1,{YEAR}\nRED,100,8.00,1,{YEAR}\n",
        cases="""\
nothing bought before                   | | 24 TAPE | 2.49 | 24*2.49 = 59.76
with what was bought, the boundary      | bought=TAPE:976 | 24 TAPE | 2.29 | 24*2.29 = 54.96
one short of it                         | bought=TAPE:975 | 24 TAPE | 2.49 | 24*2.49 = 59.76
this order's other line counts          | bought=TAPE:952 | 24 TAPE + 24 TAPE | 2.29; 2.29 | 48*2.29 = 109.92
another article does not count          | bought=GLUE:5000 | 24 TAPE | 2.49 | 24*2.49 = 59.76
the whole group counts                  | bought=BLUE:90,RED:5 | 5 RED | 8.00 | 5*8.00 = 40.00
""",
    ),
    Setting(
        "brackets over the period",
        contract='quantity_breaks = "tiered"\nbreaks_by = "cumulative"',
        prices=f"TAPE,1,3.00,1,{YEAR}\nTAPE,1000,2.50,1,{YEAR}\n",
        cases="""\
what was bought fills the lower bracket | bought=TAPE:989 | 20 TAPE | 55.00/20 | 10*3.00+10*2.50 = 55.00
it filled it before                     | bought=TAPE:2000 | 20 TAPE | 50.00/20 | 20*2.50 = 50.00
nothing bought before                   | | 20 TAPE | 60.00/20 | 20*3.00 = 60.00
""",
    ),
    Setting(
        "other units, by factor",
        prices=f"TAPE,1,2.49,1,{YEAR}\nTAPE,48,2.29,1,{YEAR}\nGLUE,1,6.40,1,{YEAR}\nPUTTY,1,0.25,100,{YEAR}\n",
        units="""\
article,unit,factor,gtin
TAPE,CT,12,13760123450055
TAPE,PF,864,
GLUE,CT,10,
GLUE,PF,7,
PUTTY,GRM,0.001,
""",
        cases="""\
a carton                                | | 1CT TAPE | 29.88 | 12*2.49 = 29.88
four cartons reach the break of 48      | | 4CT TAPE | 27.48 | 4*12*2.29 = 109.92
three do not                            | | 3CT TAPE | 29.88 | 3*12*2.49 = 89.64
a pallet                                | | 1PF TAPE | 1978.56 | 864*2.29 = 1978.56
a carton by its GTIN                    | | 4 13760123450055 | 27.48 | 4*12*2.29 = 109.92
a carton by its GTIN, counted as pieces | | 4PCE 13760123450055 | 27.48 | 4*12*2.29 = 109.92
a carton by its GTIN, in cartons        | | 4CT 13760123450055 | 27.48 | 4*12*2.29 = 109.92
its GTIN and a unit nobody knows        | | 4KGM 13760123450055 | held unit-differs | 0 = 0
a unit without factor                   | | 4BX TAPE | held unit-differs | 0 = 0
an article without that unit            | | 4CT PUTTY | held unit-differs | 0 = 0
pieces are pieces                       | | 4H87 TAPE | 2.49 | 4*2.49 = 9.96
the price of the carton                 | | 4CT TAPE @27.48 | 27.48 | 4*27.48 = 109.92
the price of the carton, saying so      | | 4CT TAPE @27.48:CT | 27.48 | 4*27.48 = 109.92
the price of the piece                  | | 4CT TAPE @2.29:PCE | 27.48 | 4*12*2.29 = 109.92
the price of twelve pieces              | | 4CT TAPE @27.48/12:PCE | 27.48 | 4*12*2.29 = 109.92
pieces at the price of the carton       | | 48 TAPE @27.48:CT | 2.29 | 48*2.29 = 109.92
a price in a unit without factor        | | 48 TAPE @27.48:BX | held unit-differs | 0 = 0
grams of what is sold by weight         | | 5000GRM PUTTY | 0.25/100000 | 5*0.25/100 = 0.01
rounded up to the pack, in cartons      | | 1CT GLUE | 1.2CT at 64.00 | 12*6.40 = 76.80
three cartons are five packs            | | 3CT GLUE | 64.00 | 30*6.40 = 192.00
what is no round number is in pieces    | | 1PF GLUE | 12PCE at 6.40 | 12*6.40 = 76.80
and so is the price that was ordered    | | 1PF GLUE @44.80 | 12PCE at 6.40 | 12*6.40 = 76.80
""",
    ),
    Setting(
        "prices in another unit than the article's",
        columns="unit",
        prices=f"TAPE,1,24.00,1,{YEAR},CT\nTAPE,10,21.60,1,{YEAR},CT\nGLUE,1,50.00,1,{YEAR},CT\nGLUE,1,3.00,1,2025-01-01,2025-12-31,\n",
        units="article,unit,factor\nTAPE,CT,12\nTAPE,PF,864\nGLUE,CT,9\n",
        cases="""\
by the carton                           | | 2CT TAPE | 24.00 | 2*24.00 = 48.00
the break counts cartons                | | 10CT TAPE | 21.60 | 10*21.60 = 216.00
pieces at the carton's price            | | 12 TAPE | 24.00/12 | 12*24.00/12 = 24.00
pieces reach the cartons' break         | | 120 TAPE | 21.60/12 | 120*21.60/12 = 216.00
one piece short of it                   | | 119 TAPE | 24.00/12 | 119*24.00/12 = 238.00
pieces below the first carton           | | 11 TAPE | held no-valid-price | 0 = 0
a pallet at the carton's price          | | 1PF TAPE | 1555.20 | 864*21.60/12 = 1555.20
a division that does not end            | | 12 GLUE | 50.00/9 | 12*50.00/9 = 66.67
""",
    ),
    Setting(
        "gross prices, 10 % and then 5 %",
        more="""\
[[contract.allowances]]
sequence = 2
percent = "5"
reason = "loyalty"

[[contract.allowances]]
sequence = 1
percent = "10"
reason = "trade discount"
""",
        columns="kind",
        prices=f"TAPE,1,34.90,1,{YEAR},gross\nTAPE,10,30.00,1,{YEAR},gross\nGLUE,1,6.40,1,{YEAR},net\nNAIL,1,38.50,1000,{YEAR},gross\nRED,1,0.01,1,{YEAR},gross\n",
        cases="""\
14.5 % and not 15 %                     | | 1 TAPE | 29.8395 | 34.90*0.90*0.95 = 29.84
from the price of the break             | | 10 TAPE | 25.65 | 10*30.00*0.90*0.95 = 256.50
a net price is not touched              | | 6 GLUE | 6.40 | 6*6.40 = 38.40
a price for a thousand, to 4 decimals   | | 1000 NAIL | 32.9175/1000 | 1000*38.50*0.90*0.95/1000 = 32.92
a small price is rounded at the end     | | 100 RED | 0.0086 | 100*0.0086 = 0.86
an ordered net price that agrees        | | 1 TAPE @29.8395 | 29.8395 | 1*29.8395 = 29.84
an ordered gross price does not         | | 1 TAPE @34.90 | held price-beyond-tolerance | 0 = 0
""",
    ),
    Setting(
        "gross prices: one sequence, amounts, charges, conditions",
        more="""\
[[contract.allowances]]
sequence = 1
percent = "10"

[[contract.allowances]]
sequence = 1
percent = "5"

[[contract.allowances]]
sequence = 2
amount = "0.50"
articles = ["GLUE"]

[[contract.allowances]]
sequence = 3
percent = "2"
charge = true
articles = ["NAIL"]

[[contract.allowances]]
sequence = 4
percent = "20"
articles = ["PUTTY"]
valid_from = 2026-06-01
valid_until = 2026-06-30

[[contract.allowances]]
sequence = 5
percent = "50"
price_list = "OTHER"
""",
        columns="kind,price_list",
        prices=f"""\
TAPE,1,10.00,1,{YEAR},gross,
TAPE,1,20.00,1,{YEAR},gross,OTHER
GLUE,1,10.00,1,{YEAR},gross,
NAIL,1,10.00,100,{YEAR},gross,
PUTTY,1,10.00,1,{YEAR},gross,
""",
        cases="""\
one sequence, one base                  | | 1 TAPE | 8.50 | 10.00-10.00*0.10-10.00*0.05 = 8.50
an amount for each unit                 | | 6 GLUE | 8.00 | 6*(10.00*0.85-0.50) = 48.00
a charge after the allowances           | | 100 NAIL | 8.67/100 | 100*10.00*0.85*1.02/100 = 8.67
before an allowance is valid            | on=2026-05-31 | 1 PUTTY | 8.50 | 10.00*0.85 = 8.50
its first day                           | on=2026-06-01 | 1 PUTTY | 6.80 | 10.00*0.85*0.80 = 6.80
its last day                            | on=2026-06-30 | 1 PUTTY | 6.80 | 10.00*0.85*0.80 = 6.80
after it                                | on=2026-07-01 | 1 PUTTY | 8.50 | 10.00*0.85 = 8.50
for another price list only             | list=OTHER | 1 TAPE | 8.50 | 20.00*0.85*0.50 = 8.50
""",
    ),
    Setting(
        "rounded after each step",
        contract='rounding = "step"\nprice_decimals = 2',
        more='[[contract.allowances]]\nsequence = 1\npercent = "10"\n\n[[contract.allowances]]\nsequence = 2\npercent = "5"\n',
        columns="kind",
        prices=f"TAPE,1,1.25,1,{YEAR},gross\n",
        cases="""\
1.125 becomes 1.13 before the 5 %       | | 100 TAPE | 1.07 | 100*1.07 = 107.00
""",
    ),
    Setting(
        "rounded at the end",
        contract='rounding = "end"\nprice_decimals = 2',
        more='[[contract.allowances]]\nsequence = 1\npercent = "10"\n\n[[contract.allowances]]\nsequence = 2\npercent = "5"\n',
        columns="kind",
        prices=f"TAPE,1,1.23,1,{YEAR},gross\nGLUE,1,0.30,1,{YEAR},gross\n",
        cases="""\
1.05165 becomes 1.05                    | | 100 TAPE | 1.05 | 100*1.05 = 105.00
half a cent is rounded up               | | 6 GLUE | 0.26 | 6*0.26 = 1.56
""",
    ),
    Setting(
        "gross prices in cartons, and bracket by bracket",
        contract='quantity_breaks = "tiered"',
        more='[[contract.allowances]]\nsequence = 1\namount = "0.50"\n',
        columns="kind,unit",
        prices=f"TAPE,1,24.00,1,{YEAR},gross,CT\nGLUE,1,6.00,1,{YEAR},gross,\nGLUE,11,5.00,1,{YEAR},gross,\nRED,1,0.40,1,{YEAR},gross,\n",
        units="article,unit,factor\nTAPE,CT,12\n",
        cases="""\
the amount is for each piece            | | 24 GLUE | 118.00/24 | 10*(6.00-0.50)+14*(5.00-0.50) = 118.00
an amount above the price               | | 1 RED | held price-not-usable | 0 = 0
""",
    ),
    Setting(
        "allowances that leave nothing",
        contract="price_decimals = 2",
        more='[[contract.allowances]]\nsequence = 1\npercent = "100"\narticles = ["RED"]\n\n[[contract.allowances]]\nsequence = 1\npercent = "10"\narticles = ["GLUE", "TAPE"]\n',
        columns="kind",
        prices=f"RED,1,5.00,1,{YEAR},gross\nGLUE,1,0.005,1,{YEAR},gross\nTAPE,1,0.01,1,{YEAR},gross\n",
        cases="""\
all of it is taken: nothing is given away | | 1 RED | held price-not-usable | 0 = 0
0.0045 would be rounded to nothing      | | 1 GLUE | held price-not-usable | 0 = 0
0.009 is rounded to a cent              | | 1 TAPE | 0.01 | 1*0.01 = 0.01
""",
    ),
    Setting(
        "an order that states gross prices",
        contract='price_tolerance_percent = "0"',
        prices=f"TAPE,1,29.84,1,{YEAR}\n",
        cases="""\
net is gross less 10 % and then 5 %     | | 1 TAPE @29.84 gross=34.90 alc=10%,5%/2 | 29.84 | 1*29.84 = 29.84
it is not: a note, and our price stands | | 1 TAPE @29.84 gross=34.90 alc=10% | 29.84 | 1*29.84 = 29.84
no net price: the gross leads to it     | | 1 TAPE gross=37.30 alc=20% | 29.84 | 37.30*0.80 = 29.84
no net price, and it is another         | | 1 TAPE gross=37.30 alc=10% | held price-beyond-tolerance | 0 = 0
a gross price alone says nothing        | | 1 TAPE gross=37.30 | 29.84 | 1*29.84 = 29.84
an amount on the whole line             | | 10 TAPE @29.84 gross=30.84 alc=10.00 | 29.84 | 10*29.84 = 298.40
""",
    ),
    Setting(
        "gross prices that do not add up are held",
        more='[contract.policies]\nprice_arithmetic = "hold"\n',
        prices=f"TAPE,1,29.84,1,{YEAR}\n",
        cases="""\
they add up                             | | 1 TAPE @29.84 gross=34.90 alc=10%,5%/2 | 29.84 | 1*29.84 = 29.84
they do not                             | | 1 TAPE @29.84 gross=34.90 alc=10%,5% | held price-arithmetic | 0 = 0
gross and net without allowances        | | 1 TAPE @29.84 gross=34.90 | held price-arithmetic | 0 = 0
""",
    ),
    Setting(
        "gross prices that do not add up are rejected",
        more='[contract.policies]\nprice_arithmetic = "reject"\n',
        prices=f"TAPE,1,29.84,1,{YEAR}\n",
        cases="""\
the line is rejected                    | | 1 TAPE @29.84 gross=34.90 + 1 TAPE | rejected price-arithmetic; 29.84 | 1*29.84 = 29.84
""",
    ),
    Setting(
        "a tolerance in per cent, at the ordered price",
        contract='price_tolerance_percent = "2"',
        more='[contract.policies]\nprice_within_tolerance = "ordered"\nprice_beyond_tolerance = "correct"\n',
        prices=f"TAPE,1,10.00,1,{YEAR}\n",
        cases="""\
the price                               | | 1 TAPE @10.00 | 10.00 | 1*10.00 = 10.00
the limit above                         | | 1 TAPE @10.20 | 10.20 | 1*10.20 = 10.20
beyond it                               | | 1 TAPE @10.21 | 1 at 10.00 | 1*10.00 = 10.00
the limit below                         | | 1 TAPE @9.80 | 9.80 | 1*9.80 = 9.80
below it                                | | 1 TAPE @9.79 | 1 at 10.00 | 1*10.00 = 10.00
for a hundred                           | | 1 TAPE @1020/100 | 1020/100 | 1020/100 = 10.20
no price                                | | 1 TAPE | 10.00 | 1*10.00 = 10.00
""",
    ),
    Setting(
        "a tolerance in money, at our price",
        contract='price_tolerance_amount = "0.05"',
        more='[contract.policies]\nprice_within_tolerance = "contract"\nprice_beyond_tolerance = "reject"\n',
        prices=f"TAPE,1,10.00,1,{YEAR}\nNAIL,1,10.00,100,{YEAR}\n",
        units="article,unit,factor\nTAPE,CT,12\n",
        cases="""\
the limit                               | | 1 TAPE @10.05 | 1 at 10.00 | 1*10.00 = 10.00
beyond it                               | | 1 TAPE @10.06 + 1 TAPE | rejected price-beyond-tolerance; 10.00 | 1*10.00 = 10.00
the limit below                         | | 1 TAPE @9.95 | 1 at 10.00 | 1*10.00 = 10.00
for one unit, not for a hundred         | | 100 NAIL @15.00/100 | 100 at 10.00/100 | 100*10.00/100 = 10.00
twelve times as much for a carton       | | 1CT TAPE @120.60 | 1CT at 120.00 | 12*10.00 = 120.00
and a cent more                         | | 1CT TAPE @120.61 + 1 TAPE | rejected price-beyond-tolerance; 10.00 | 1*10.00 = 10.00
""",
    ),
    Setting(
        "either limit suffices, in our favour only",
        contract='price_tolerance_amount = "0.05"\nprice_tolerance_percent = "1"\nprice_tolerance_direction = "in_our_favour"',
        more='[contract.policies]\nprice_within_tolerance = "ordered"\nprice_beyond_tolerance = "correct"\n',
        prices=f"TAPE,1,10.00,1,{YEAR}\nGLUE,1,1.00,1,{YEAR}\n",
        cases="""\
one per cent of 10.00 is more           | | 1 TAPE @10.10 | 10.10 | 1*10.10 = 10.10
beyond both                             | | 1 TAPE @10.11 | 1 at 10.00 | 1*10.00 = 10.00
five cents of 1.00 are more             | | 6 GLUE @1.05 | 1.05 | 6*1.05 = 6.30
a cent less is beyond                   | | 1 TAPE @9.99 | 1 at 10.00 | 1*10.00 = 10.00
the price itself is not                 | | 1 TAPE @10.00 | 10.00 | 1*10.00 = 10.00
""",
    ),
    Setting(
        "a tolerance of the whole order, corrected beyond it",
        contract='price_tolerance_percent = "5"\norder_tolerance_amount = "10.00"',
        more='[contract.policies]\nprice_within_tolerance = "ordered"\nprice_beyond_tolerance = "correct"\n',
        prices=f"TAPE,1,10.00,1,{YEAR}\nGLUE,1,20.00,1,{YEAR}\n",
        cases="""\
each line and the whole are within      | | 10 TAPE @10.50 | 10.50 | 10*10.50 = 105.00
the limit                               | | 20 TAPE @10.50 | 10.50 | 20*10.50 = 210.00
the whole is beyond                     | | 21 TAPE @10.50 | 21 at 10.00 | 21*10.00 = 210.00
lines add up to more                    | | 12 TAPE @10.50 + 6 GLUE @21.00 | 12 at 10.00; 6 at 20.00 | 12*10.00+6*20.00 = 240.00
lines even out                          | | 12 TAPE @10.50 + 6 GLUE @19.00 | 10.50; 19.00 | 12*10.50+6*19.00 = 240.00
the line that agrees is not changed     | | 21 TAPE @10.50 + 6 GLUE @20.00 | 21 at 10.00; 20.00 | 21*10.00+6*20.00 = 330.00
""",
    ),
    Setting(
        "a tolerance of the whole order in per cent, held beyond it",
        contract='price_tolerance_percent = "5"\norder_tolerance_percent = "1"',
        more='[contract.policies]\nprice_within_tolerance = "ordered"\n',
        prices=f"TAPE,1,10.00,1,{YEAR}\nGLUE,1,20.00,1,{YEAR}\n",
        cases="""\
one per cent of 600                     | | 12 TAPE @10.50 + 24 GLUE @20.00 | 10.50; 20.00 | 12*10.50+24*20.00 = 606.00
more than one per cent                  | | 13 TAPE @10.50 + 24 GLUE @20.00 | held order-beyond-tolerance | 0 = 0
""",
    ),
    Setting(
        "free goods",
        more="""\
[[contract.free_goods]]
article = "GLUE"
for_every = "24"
free = "1"

[[contract.free_goods]]
article = "TAPE"
for_every = "10"
free = "2"
free_article = "RED"
valid_until = 2026-06-30
""",
        prices=f"GLUE,1,6.40,1,{YEAR}\nTAPE,1,2.49,1,{YEAR}\n",
        units="article,unit,factor\nGLUE,CT,12\n",
        cases="""\
one short of it                         | | 18 GLUE | 6.40 | 18*6.40 = 115.20
the boundary                            | | 24 GLUE | 6.40; added 1 at 0.00 | 24*6.40 = 153.60
not yet twice                           | | 42 GLUE | 6.40; added 1 at 0.00 | 42*6.40 = 268.80
twice                                   | | 48 GLUE | 6.40; added 2 at 0.00 | 48*6.40 = 307.20
in cartons                              | | 4CT GLUE | 76.80; added 2 at 0.00 | 48*6.40 = 307.20
what is confirmed counts                | | 23 GLUE | 24 at 6.40; added 1 at 0.00 | 24*6.40 = 153.60
of another article                      | on=2026-06-30 | 10 TAPE | 2.49; added 2 at 0.00 | 10*2.49 = 24.90
after its last day                      | on=2026-07-01 | 10 TAPE | 2.49 | 10*2.49 = 24.90
""",
    ),
    Setting(
        "charges",
        contract='minimum_order_value = "20.00"',
        more="""\
[[contract.charges]]
kind = "small-order"
amount = "15.00"
below = "100.00"

[[contract.charges]]
kind = "freight"
amount = "9.90"
below = "300.00"

[[contract.charges]]
kind = "packing"
amount = "0.25"
per = "pack"

[contract.policies]
below_minimum_value = "reject"
""",
        prices=f"GLUE,1,5.00,1,{YEAR}\nTAPE,1,1.00,1,{YEAR}\n",
        units="article,unit,factor\nGLUE,CT,12\n",
        cases="""\
small order, freight, five packs        | | 30 GLUE | 5.00 | 30*5.00+9.90+5*0.25 = 161.15
small                                   | | 18 GLUE | 5.00 | 18*5.00+15.00+9.90+3*0.25 = 115.65
the limit of a small order              | | 100 TAPE | 1.00 | 100*1.00+9.90+100*0.25 = 134.90
the limit of free delivery              | | 60 GLUE | 5.00 | 60*5.00+10*0.25 = 302.50
packs of cartons                        | | 5CT GLUE | 60.00 | 60*5.00+10*0.25 = 302.50
the minimum is compared before charges  | | 19 TAPE | rejected below-minimum-value | 0 = 0
the minimum itself                      | | 20 TAPE | 1.00 | 20*1.00+15.00+9.90+20*0.25 = 49.90
nothing is confirmed                    | | -1 TAPE | rejected quantity-not-positive | 0 = 0
""",
    ),
]
