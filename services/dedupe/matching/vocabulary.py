"""The words that matching knows: what is dropped, what is spelled out, what counts, what many share."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split(":", 1) for pair in text.split())


STOP_WORDS = _words("the of and und et e y de la le les du des di del della da do der die das den van for")
ABBREVIATIONS = _pairs(
    """
    intl:international natl:national mgmt:management mgt:management inv:investment invs:investment invt:investment
    invest:investment fin:financial assoc:associate assn:association hldg:holding hldgs:holding grp:group svc:service
    svcs:service serv:service ptnr:partner ptnrs:partner ptrs:partner ind:industry inds:industry industrie:industry
    ins:insurance tech:technology dev:development mfg:manufacturing mfr:manufacturing prop:property props:property
    amer:american univ:university govt:government dept:department bros:brother centre:center ctr:center comm:commercial
    engg:engineering engr:engineering eng:engineering dist:distribution distr:distribution equip:equipment
    elec:electric saint:st mount:mt fort:ft tr:trust fd:fund fds:fund cap:capital pharma:pharmaceutical
    labs:laboratory lab:laboratory sys:system mktg:marketing constr:construction transp:transport sec:security
    ret:retirement bldg:building series:serie
    """
)
_TENS = ("", "x", "xx", "xxx")
_UNITS = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
ROMAN = {_TENS[n // 10] + _UNITS[n % 10]: str(n) for n in range(1, 40)}
NUMBER_WORDS = _pairs("one:1 two:2 three:3 four:4 five:5 six:6 seven:7 eight:8 nine:9 ten:10")
# After one of these a single letter is a name (Class A), not an initial.
COUNTED = _words(
    "class serie share fund tranche portfolio cell unit trust plan pool compartment no nr number phase partner"
)
FUNDS = _words("fund fond etf portfolio serie sicav feeder ucit trust subfund icav cell compartment sif raif oeic fcp")
# In the name of a fund every word tells one fund from the next, but for these.
LIGHT_IN_FUNDS = _words("fund trust portfolio sicav etf fond limited company")
# Elsewhere a clerk leaves out what says no more than that this is a firm.
LIGHT = _words("group company private limited corporation incorporated enterprise firm organization llc inc ltd")

UNITS = _words(
    "suite ste floor fl unit apt apartment room rm flat level bldg building block door dept etage stock piso office "
    "no nr tower house"
)
WAYS = _words(
    "street st avenue ave av road rd boulevard blvd bd drive dr lane ln square sq place pl parkway pkwy court ct way "
    "terrace highway hwy circle close crescent row rue via viale vle corso cso piazza pza calle c cl avenida avda "
    "plaza paseo rua strasse str platz allee straat laan gatan vej gade ul ulica the of de la du des der den del di "
    "north south east west n s e w ne nw se sw"
)
CITY_WORDS = _pairs("saint:st sankt:st fort:ft mount:mt")
NO_CITY = frozenset(("na", "n a", "none", "unknown", "tbd", "null"))

FREE_MAIL = _words(
    "gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk live.com msn.com yahoo.com yahoo.co.uk yahoo.co.in "
    "yahoo.fr yahoo.de ymail.com aol.com icloud.com me.com mac.com proton.me protonmail.com gmx.de gmx.net gmx.com "
    "web.de t-online.de orange.fr wanadoo.fr free.fr laposte.net libero.it virgilio.it tin.it mail.ru yandex.ru "
    "qq.com 163.com 126.com comcast.net verizon.net att.net sbcglobal.net bellsouth.net btinternet.com sky.com "
    "rediffmail.com zoho.com mail.com bluewin.ch hotmail.fr hotmail.it seznam.cz wp.pl naver.com"
)
SHARED_HOSTS = _words(
    "linkedin.com facebook.com fb.com twitter.com x.com instagram.com youtube.com google.com goo.gl bit.ly "
    "wordpress.com blogspot.com wixsite.com wix.com squarespace.com github.io medium.com weebly.com tumblr.com "
    "godaddysites.com business.site xing.com crunchbase.com bloomberg.com wikipedia.org sites.google.com "
    "example.com example.org test.com domain.com none.com email.com company.com"
)
SECOND_LEVELS = _words("co com org net gov ac edu ne or gob gouv govt plc ltd nom mil sch")
ROLES = _words("info office contact sales admin mail hello support enquiries service none na test noreply")
