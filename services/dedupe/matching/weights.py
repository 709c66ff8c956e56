"""Every number that decides a match, in hundredths of a bit: log2 of how much likelier a field agrees (or differs)
so between two records of one client than between two clients.

Static, hence the same whatever has arrived. Method: Fellegi and Sunter (1969), with missing fields counted as 0.
"""

from __future__ import annotations

import math
from functools import cache

ENGINE_CODE = 1  # the version that `Engine.code` names: any change in matching that can move a match is a new one
POSSIBLE = 60  # confidence from which a pair is shown for review

# One pair in ~1,400 that share a blocking key is one client: calibrated with the weights below.
PRIOR = -1050

# A registry's id names one legal entity; a parent's tax id is written on subsidiaries, so it may not decide alone.
LEI_EXACT, LEI_CLOSE, LEI_DIFFERENT, LEI_FORBIDS = 2400, 500, -800, -3000
TAX_EXACT, TAX_CLOSE, TAX_DIFFERENT, TAX_FORBIDS = 1800, 400, -800, -3000
IDENTIFIER_EXACT, IDENTIFIER_CLOSE, IDENTIFIER_DIFFERENT = 1600, 300, -400

# A name's weight is that of its words (tokens.py), the later ones discounted: words of a name hang together.
NAME_DISCOUNTS = (100, 50, 30, 20)  # per cent, by falling weight; none beyond
NAME_COMMON_CAP = 800  # a name made of common words only: namesakes are many
NAME_CAP, NAME_RARE_CAP = 1200, 1350  # one uncommon word; two or more
WORD_TYPO = 150  # off the weight of a word, for every typing error in it
WORD_EXTRA = 200  # off for every light word that only one of the names has
NAME_ACRONYM = 600  # IBM for International Business Machines: letters collide soon
NAME_CONTAINED = -300  # one common word more: a sister, or a word left out; for people to say
NAME_PARTLY_DIFFERENT = -500  # an uncommon word is shared, but each name has one of its own
NAME_DIFFERENT = -1000
NAME_FUND_DIFFERENT = -2800  # funds of one family share all the rest
NUMERALS_EXACT, NUMERALS_PARTIAL, NUMERALS_DIFFERENT = 100, -1500, -3000  # Fund I and Fund II are two clients
LEGAL_FORM_EXACT, LEGAL_FORM_DIFFERENT = 50, -400

# Fund families share telephone and site, and a tower holds hundreds of firms: each alone is worth less than a name.
PHONE_EXACT, PHONE_CLOSE, PHONE_DIFFERENT = 700, 250, -250
DOMAIN_EXACT, DOMAIN_DIFFERENT = 600, -300
MAILBOX_EXACT = 600
STREET_EXACT, STREET_CLOSE, STREET_NAME_ONLY, STREET_DIFFERENT = 600, 350, 100, -300
POSTAL_EXACT, POSTAL_CLOSE, POSTAL_DIFFERENT = 250, 100, -100
CITY_EXACT, CITY_CLOSE, CITY_DIFFERENT = 150, 100, -200
COUNTRY_DIFFERENT = -400  # only where records of several pools are resolved together
FOUNDED_EXACT, FOUNDED_NEW_YEAR, FOUNDED_CLOSE, FOUNDED_DIFFERENT = 500, 200, 100, -150  # 1 January: only a year


@cache
def confidence(weight: int) -> float:
    """100 × the probability that a pair of this total weight is one client, to two decimals."""
    return round(100 / (1 + math.exp2(-weight / 100)), 2)


@cache
def weight_of(threshold: int) -> int:
    """The least weight whose confidence reaches the threshold (percent, 1 to 100)."""
    low, high = -2000, 2000
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if confidence(middle) >= threshold else (middle + 1, high)
    return low


POSSIBLE_WEIGHT = weight_of(POSSIBLE)
CAPPED_WEIGHT = weight_of(85) - 1  # the most that a pair weighs which may be reviewed, and must not match
