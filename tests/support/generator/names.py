"""Names of institutions: their legal form, their core, their family.

The core is what is left of a name without case, accents, punctuation and legal form: two institutions of one core and
country are namesakes. A family shares its two leading words.
"""

import re
import unicodedata
from functools import lru_cache

# Each line is one legal form with the ways in which people write it.
LEGAL_FORMS: tuple[tuple[str, ...], ...] = (
    ("Inc.", "Inc", "Incorporated"),
    ("Ltd", "Ltd.", "Limited"),
    ("LLC", "L.L.C.", "Limited Liability Company"),
    ("LP", "L.P.", "Limited Partnership"),
    ("LLP", "L.L.P."),
    ("Corp", "Corp.", "Corporation"),
    ("Co", "Co.", "Company"),
    ("PLC", "plc", "P.L.C."),
    ("GmbH", "G.m.b.H.", "Gesellschaft mit beschränkter Haftung"),
    ("AG", "Aktiengesellschaft"),
    ("KG", "Kommanditgesellschaft"),
    ("S.A.", "SA", "Société Anonyme"),
    ("SAS", "S.A.S."),
    ("S.à r.l.", "SARL", "S.A R.L.", "Sàrl"),
    ("B.V.", "BV", "Besloten Vennootschap"),
    ("N.V.", "NV"),
    ("S.r.l.", "SRL"),
    ("S.p.A.", "SpA"),
    ("S.L.", "SL", "Sociedad Limitada"),
    ("AB", "Aktiebolag"),
    ("A/S", "AS"),
    ("ApS", "A.p.S."),
    ("Oy", "Osakeyhtiö"),
    ("OÜ", "Osaühing"),
    ("s.r.o.", "spol. s r.o."),
    ("SCSp", "S.C.Sp."),
    ("Kft.", "Korlátolt Felelősségű Társaság"),
    ("Sp. z o.o.", "Spółka z ograniczoną odpowiedzialnością"),
)
_NUMBERED = re.compile(r"^(?:[ivx]+|[a-z]|\d.*|.*\d)$", re.IGNORECASE)
_LONGEST_FORM = 5


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Casefolded, without accents; punctuation joins (`B.V.` is `bv`), dashes and slashes separate."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    plain = plain.casefold().replace("&", " and ").replace("-", " ").replace("ø", "o").replace("ł", "l")
    return " ".join(re.sub(r"[^\w\s]", "", plain.replace("/", "")).split())


_FORM_OF = {fold(spelling): forms for forms in LEGAL_FORMS for spelling in forms}


def split_form(name: str) -> tuple[str, str, tuple[str, ...]]:
    """The name without its trailing legal form, that form as written, and the ways to write it."""
    words = name.split()
    for length in range(min(_LONGEST_FORM, len(words) - 1), 0, -1):
        written = " ".join(words[-length:])
        forms = _FORM_OF.get(fold(written))
        if forms is not None:
            return " ".join(words[:-length]).rstrip(" ,"), written, forms
    return name, "", ()


@lru_cache(maxsize=65536)
def core_name(name: str) -> str:
    """The folded name without leading `the` and all trailing legal forms."""
    rest, form, _ = split_form(name)
    while form:
        rest, form, _ = split_form(rest)
    return fold(rest).removeprefix("the ")


def family_key(name: str) -> str:
    """The two leading words of the core, empty where it has fewer than three."""
    words = core_name(name).split()
    return " ".join(words[:2]) if len(words) >= 3 else ""


def is_identity(word: str) -> bool:
    """A number, a Roman numeral, a single letter: the word that tells a fund, series or class from the next."""
    return bool(_NUMBERED.match(fold(word)))


def too_alike(left: str, right: str) -> bool:
    """Whether two cores differ by nothing that a reader would trust: no identity word, no word of its own."""
    mine, other = set(left.split()), set(right.split())
    only_left, only_right = mine - other, other - mine
    if any(is_identity(word) for word in only_left | only_right):
        return False
    stems = {word[:4] for word in only_left} ^ {word[:4] for word in only_right}
    return not any(len(word) >= 4 for word in stems)
