"""Legal forms: how people write them, and which spellings are one form.

Own table instead of a library's: it must split a name in microseconds, keep spellings of one form together
(`Limited` is `Ltd`, `Inc` is `Corp`), and never eat a word that tells two institutions apart.
"""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA

# form: its spellings, folded, words separated by spaces. A form is what must not differ between two records of one
# legal entity; spellings that people mix up without meaning it (Inc, Corp, Co) are one form.
_SPELLINGS = {
    "corporation": "inc|incorporated|corp|corporation|co|company|co inc|pbc",
    "limited": "ltd|limited|co ltd|company limited|pty ltd|pty limited|proprietary limited|pte ltd|pte limited|"
    "private limited|pvt ltd|pvt limited|p ltd|pty|pte|pvt|proprietary|ltda|limitada|lda|ltee|limitee",
    "plc": "plc|public limited company|public company limited|pcl|dac|designated activity company",
    "llc": "llc|limited liability company|limited liability co|l l c|lc|pllc|ulc|unlimited company|fzco|fze|fz llc",
    "partnership": "lp|l p|limited partnership|ltd partnership|partnership|scsp|s c sp|sc sp|scs|sca|slp|ilp|"
    "societe en commandite|societe en commandite speciale",
    "llp": "llp|l l p|limited liability partnership|lllp",
    "gmbh": "gmbh|g m b h|gesellschaft mit beschrankter haftung|mbh|ggmbh|gesmbh|ug|ug haftungsbeschrankt",
    "ag": "ag|aktiengesellschaft|se|societas europaea",
    "kg": "kg|kommanditgesellschaft|gmbh co kg|gmbh und co kg|ag co kg|co kg|kgaa|gmbh co kgaa|ohg|gbr|ek|e k|ev|e v",
    "sa": "sa|s a|societe anonyme|sociedad anonima|sociedade anonima|spolka akcyjna|sa de cv|s a de c v|sab de cv|"
    "sa nv|sau|sociedad anonima unipersonal",
    "sas": "sas|s a s|sasu|societe par actions simplifiee|sapi de cv",
    "sarl": "sarl|s a r l|sa rl|s ar l|s a rl|societe a responsabilite limitee|sarlu|eurl|sprl|srl|s r l|"
    "societa a responsabilita limitata|srls|sl|s l|sociedad limitada|slu|sociedad limitada unipersonal|"
    "sociedad de responsabilidad limitada|s de rl de cv|bvba|besloten vennootschap met beperkte aansprakelijkheid",
    "spa": "spa|s p a|societa per azioni",
    "bv": "bv|b v|besloten vennootschap",
    "nv": "nv|n v|naamloze vennootschap",
    "vof": "vof|v o f|cv|c v|coop ua|cooperatief ua|ua|u a",
    "ab": "ab|aktiebolag|a b|publ ab|ab publ|oy|oyj|osakeyhtio|osaakeyhtio|oy ab|hb|handelsbolag|kommanditbolag",
    "as": "as|a s|aksjeselskap|aktieselskab|asa|a s a",
    "aps": "aps|a p s|anpartsselskab|is|ivs|k s|ks",
    "ou": "ou|osauhing|uab|sia|mb|eood|ood|ead|ad|doo|d o o|d d",
    "sro": "sro|s r o|s ro|spol s ro|spol s r o|spol sro|spolecnost s rucenim omezenym|akciova spolecnost",
    "kft": "kft|korlatolt felelossegu tarsasag|zrt|nyrt|bt|beteti tarsasag|zartkoruen mukodo reszvenytarsasag",
    "spzoo": "sp zoo|sp z o o|sp z oo|spolka z ograniczona odpowiedzialnoscia|sp j|sp k|spolka komandytowa|"
    "spolka z ograniczona odpowiedzialnoscia spolka komandytowa|sp z oo sp k",
    "pt": "tbk|pt|bhd|berhad|sdn bhd|sendirian berhad|kk|kabushiki kaisha|gk|godo kaisha",
    "ooo": "ooo|oao|zao|pao|ao",
    "ae": "ae|epe|ee|ike",
}
_FORM = {tuple(spelling.split()): form for form, line in _SPELLINGS.items() for spelling in line.split("|")}
_LONGEST = max(map(len, _FORM))
_LAST_WORDS = frozenset(spelling[-1] for spelling in _FORM)
_LONG = ("limited", "incorporated", "corporation", "company", "partnership")  # worth mistyping
_IN_FRONT = {"pt": "pt", "ooo": "ooo", "oao": "ooo", "zao": "ooo", "pao": "ooo"}


def split_legal_form(words: list[str]) -> tuple[list[str], str]:
    """Folded words without the forms at their end, and the form (the first of several, `Ltd` in `Acme Ltd Co`).

    A name that is nothing but a form keeps its words.
    """
    end, form = len(words), ""
    while end > 1 and words[end - 1] in _LAST_WORDS:
        for length in range(min(_LONGEST, end - 1), 0, -1):
            found = _FORM.get(tuple(words[end - length : end]))
            if found is not None and not _is_initials(words, end - length):
                end, form = end - length, found
                break
        else:
            break
    if not form and end > 1 and (mended := _mended(words[end - 1])):
        return words[: end - 1], _FORM[(mended,)]
    if not form and end > 1 and words[0] in _IN_FRONT:
        return words[1:], _IN_FRONT[words[0]]
    return words[:end], form


def _is_initials(words: list[str], start: int) -> bool:
    """Whether the form's first letter belongs to the name: `E & P Ltd` is no `(P) Ltd`."""
    return len(words[start]) == 1 and start > 0 and len(words[start - 1]) == 1


@lru_cache(maxsize=16_384)  # last words repeat
def _mended(word: str) -> str:
    """The long form word that this is with one typing error, else empty."""
    if len(word) < 6:
        return ""
    return next((form for form in _LONG if OSA.distance(word, form, score_cutoff=1) <= 1), "")
