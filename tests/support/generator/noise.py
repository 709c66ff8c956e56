"""What people do to a value when they type it. Pure functions of a random number generator and the clean value.

Words that tell one fund, series or class from the next are never touched.
"""

import random
import unicodedata

import phonenumbers

from tests.support.generator.names import is_identity, split_form

_ABBREVIATIONS = {
    **{"international": "Intl", "management": "Mgmt", "investment": "Inv", "investments": "Invs"},
    **{"associates": "Assoc", "holdings": "Hldgs", "holding": "Hldg", "services": "Svcs", "group": "Grp"},
    **{"partners": "Ptnrs", "company": "Co", "corporation": "Corp", "industries": "Inds", "and": "&"},
    **{"insurance": "Ins", "technology": "Tech", "technologies": "Tech", "financial": "Fin", "national": "Natl"},
    **{"development": "Dev", "manufacturing": "Mfg", "properties": "Props", "association": "Assn"},
}
_STREET_WORDS = {
    **{"Street": ("St", "St."), "Avenue": ("Ave", "Ave."), "Road": ("Rd", "Rd."), "Boulevard": ("Blvd",)},
    **{"Drive": ("Dr",), "Lane": ("Ln",), "Square": ("Sq",), "Place": ("Pl",), "Parkway": ("Pkwy",)},
    **{"Suite": ("Ste", "#"), "Floor": ("Fl",), "boulevard": ("bd", "blvd"), "avenue": ("av.", "av")},
    **{"Calle": ("C/", "Cl."), "Avenida": ("Avda.", "Av."), "Plaza": ("Pza.",), "Corso": ("C.so",)},
    **{"Viale": ("V.le",), "Piazza": ("P.za",)},
}
JUNK_PHONES = ("n/a", "000-000-0000", "N/A", "unknown", "0000000000", "-")
JUNK_EMAILS = ("info@", "n/a", "none@none")
JUNK_SITES = ("https://www.linkedin.com/company/{slug}", "https://www.facebook.com/{slug}", "n/a")
FREE_MAIL = ("gmail.com", "outlook.com", "yahoo.com", "hotmail.com")


def misname(name: str, rng: random.Random) -> str:
    """The name as somebody types it: legal form, abbreviations, order, typing errors, accents, case."""
    typed = _with_other_form(name, rng)
    if rng.random() < 0.18:
        typed = " ".join(_ABBREVIATIONS.get(word.casefold(), word) for word in typed.split())
    if rng.random() < 0.03:
        typed = _reordered(typed, rng)
    chance = rng.random()
    for _ in range(2 if chance < 0.035 else 1 if chance < 0.13 else 0):
        typed = _mistyped(typed, rng)
    if not typed.isascii() and rng.random() < 0.35:
        typed = _without_accents(typed)
    if rng.random() < 0.03:
        typed = typed.replace(" ", "  ", 1)
    return _cased(typed, rng)


def mistype_street(street: str, rng: random.Random) -> str:
    typed = street
    if rng.random() < 0.5:
        typed = " ".join(rng.choice(_STREET_WORDS.get(word, (word,))) for word in street.split())
    if rng.random() < 0.3:
        typed = typed.replace("straße", rng.choice(("str.", "strasse"))).replace("strasse", "str.")
    if ", " in typed and rng.random() < 0.25:
        typed = typed.rsplit(", ", 1)[0]
    return typed.upper() if rng.random() < 0.06 else typed


def format_phone(phone: str, rng: random.Random, abroad: bool) -> str:
    """One of the usual ways to write the number; with its country code where the reader can't know the country."""
    number = phonenumbers.parse(phone, None)
    formats = phonenumbers.PhoneNumberFormat
    chance = rng.random()
    if abroad or chance < 0.4:
        return str(phonenumbers.format_number(number, formats.INTERNATIONAL if chance < 0.3 else formats.E164))
    national = str(phonenumbers.format_number(number, formats.NATIONAL))
    if chance < 0.5:
        return national.replace("(", "").replace(") ", ".").replace("-", ".")
    return f"{national} ext. {rng.randint(10, 999)}" if chance < 0.53 else national


def format_site(domain: str, rng: random.Random) -> str:
    form = rng.choice(("www.{}", "https://www.{}", "http://{}", "{}", "https://{}/", "https://www.{}/en/about-us"))
    typed = form.format(domain)
    return typed.upper() if rng.random() < 0.02 else typed


def _with_other_form(name: str, rng: random.Random) -> str:
    rest, written, forms = split_form(name)
    chance = rng.random()
    if not written or chance < 0.4:
        return name
    if chance < 0.58:
        return rest
    return f"{rest}{rng.choice((' ', ' ', ', '))}{rng.choice(forms[:2])}"


def _reordered(name: str, rng: random.Random) -> str:
    words = name.split()
    if words[0].casefold() == "the":
        return f"{' '.join(words[1:])}, {words[0]}"
    if len(words) < 3 or any(is_identity(word) for word in words):
        return name
    return " ".join([words[1], words[0], *words[2:]])


def _mistyped(name: str, rng: random.Random) -> str:
    """One edit inside one longer word, never at its first letter."""
    words = name.split(" ")
    long = [i for i, word in enumerate(words) if len(word) >= 5 and word.isalpha() and not is_identity(word)]
    if not long:
        return name
    at = rng.choice(long)
    word, cut, wrong = words[at], rng.randint(1, len(words[at]) - 2), rng.choice("aeionrst")
    words[at] = rng.choice(
        (
            word[:cut] + word[cut + 1 :],
            word[:cut] + word[cut] + word[cut:],
            word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :],
            word[:cut] + (wrong.upper() if word.isupper() else wrong) + word[cut + 1 :],
        )
    )
    return " ".join(words)


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _cased(name: str, rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.35 and name.isupper():
        return " ".join(word if len(word) <= 3 or is_identity(word) else word.capitalize() for word in name.split(" "))
    if chance < 0.45:
        return name.upper() if chance < 0.43 else name.lower()
    return name
