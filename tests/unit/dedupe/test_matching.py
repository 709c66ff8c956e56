"""What makes two records one client, and what must not."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.events import ClientFields
from services.dedupe.matching import (
    POSSIBLE,
    POSSIBLE_WEIGHT,
    Features,
    PairScore,
    blocking_keys,
    confidence,
    features,
    possible_pairs,
    score_pairs,
    weight_of,
)
from services.dedupe.matching.weights import PRIOR

THRESHOLD = 85
LEI, OTHER_LEI = "5493001KJTIIGC8Y1R12", "549300MLUDYVRQOOXS22"
PLACE = ClientFields(street="12 Main Street", city="Boston", postal_code="02110-1234", country="US")
DESK = replace(PLACE, phone="+16175550123", website="https://www.zorblax.com/about")


def score(left: ClientFields, right: ClientFields, grain: str = "entity") -> PairScore:
    return score_pairs([(features("a:1", left), features("b:1", right))], grain)[0]


def named(name: str, of: ClientFields = DESK, **said: object) -> ClientFields:
    return replace(of, name=name, **said)


def matches(left: ClientFields, right: ClientFields) -> bool:
    return score(left, right).links(THRESHOLD)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Zorblax Group, Inc.", "ZORBLAX GROUP INCORPORATED"),
        ("Société Zorblax S.A.", "Societe Zorblax SA"),
        ("Zorblax Quimby Management LLC", "Quimby Zorblax Mgmt L.L.C."),
        ("Zorblax Quimby Mgmt", "Zorblaxx Quimby Management"),
        ("Blue Rock Zorblax Ltd", "Bluerock Zorblax Limited"),
        ("Zorblax Fund II, L.P.", "ZORBLAX FUND 2 LP"),
        ("Zorblax Hauptverwaltung GmbH & Co. KG", "Zorblax Hauptverwaltung GmbH und Co KG"),
        ("International Business Machines Corp", "IBM"),
        ("Deutsche Zorblax Boston", "Deutsche Zorblax"),
        ("J.P. Zorblax & Co", "JP Zorblax and Company"),
    ],
)
def test_two_spellings_of_one_name_at_one_desk_match(one: str, other: str) -> None:
    assert matches(named(one), named(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zorblax Fund I", "Zorblax Fund II"),
        ("Zorblax Fund Class A", "Zorblax Fund Class B"),
        ("Zorblax Auto Receivables 2013-2 Trust", "Zorblax Auto Receivables 2014-2 Trust"),
        ("Zorblax Fund", "Zorblax Fund III"),
        ("Zorblax Growth Fund", "Zorblax Value Fund"),
        ("Zorblax Growth Fund", "Zorblax Growth Index Fund"),
        ("Zorblax Capital", "Quimby Capital"),
        ("Zorblax Capital", "Zorblax Insurance"),
        ("Zorblax", "Zorblax Quimby"),
        ("Tower Capital", "Power Capital"),
    ],
)
def test_two_clients_that_share_desk_telephone_and_site_do_not_match(one: str, other: str) -> None:
    assert not matches(named(one), named(other))
    assert score(named(one), named(other)).capped


def test_ids_of_one_scheme_that_both_check_forbid_and_a_typing_error_does_not() -> None:
    assert score(named("Zorblax", lei=LEI), named("Zorblax", lei=OTHER_LEI)).forbidden
    assert matches(named("Zorblax", lei=LEI), named("Zorblax", lei=LEI[:-1] + "3"))
    left, right = (
        named("Zorblax", country="DE", tax_id="DE136695976"),
        named("Zorblax", country="DE", tax_id="129274202"),
    )
    assert score(left, right).forbidden
    assert not score(named("Zorblax", tax_id="91-1144442"), named("Zorblax", tax_id="04-2103594")).forbidden


def test_a_registrys_id_matches_over_another_city_and_carries_another_name_to_review_at_least() -> None:
    moved = named("Zorblax", ClientFields(city="Austin", country="US"), lei=LEI)
    assert matches(named("Zorblax", lei=LEI), moved)
    assert score(named("Quimby", lei=LEI), moved).confidence >= POSSIBLE


def test_other_identifiers_are_evidence_and_never_a_veto() -> None:
    known = named("Zorblax", identifiers={"crd": "104123", "sec": "801-1"})
    assert (
        score(known, named("Zorblax", identifiers={"crd": "104123", "duns": "1"})).weight
        > score(known, named("Zorblax")).weight
    )
    assert not score(known, named("Zorblax", identifiers={"crd": "999777"})).forbidden


def test_the_same_name_in_another_city_is_a_possible_match_and_no_more() -> None:
    here, there = (ClientFields(name="Zorblax Quimby", city=city, country="US") for city in ("Boston", "Austin"))
    found = score(here, there)
    assert found.capped
    assert found.confidence >= POSSIBLE
    assert matches(replace(here, phone="+16175550123"), replace(there, phone="+16175550123"))
    assert not matches(replace(here, email="z@gmail.com"), replace(there, email="q@gmail.com"))


def test_grain_site_tells_two_addresses_apart() -> None:
    uptown = named("Zorblax", street="9 Oak Avenue")
    assert matches(named("Zorblax"), uptown)
    assert not score(named("Zorblax"), uptown, "site").links(THRESHOLD)
    assert score(named("Zorblax"), named("Zorblax"), "site").links(THRESHOLD)


def test_a_place_or_a_shared_desk_alone_never_matches() -> None:
    assert not matches(named("Zorblax", PLACE), named("Quimby", PLACE))
    assert not matches(named("Zorblax"), named("Quimby"))
    assert not matches(named("& - .", PLACE), named("& - .", PLACE))


def test_a_name_of_common_words_weighs_less_than_one_of_rare_words() -> None:
    common, rare = (
        score(named(n, ClientFields()), named(n, ClientFields())) for n in ("Global Equity", "Zorblax Quimby")
    )
    assert common.weight < rare.weight
    assert not common.links(THRESHOLD)


def test_a_namesake_with_its_own_desk_does_not_match() -> None:
    other = ClientFields(
        name="Zorblax Capital", street="9 Oak Road", city="Boston", country="US", phone="+16175559999", website="z.com"
    )
    assert not matches(named("Zorblax Capital"), other)


def test_free_mail_shared_hosts_and_placeholders_are_no_evidence() -> None:
    of = features(
        "a:1",
        ClientFields(
            name="Zorblax",
            phone="+10000000000",
            website="https://linkedin.com/company/z",
            email="info@gmail.com",
            lei="0000",
        ),
    )
    assert (of.phone, of.domains, of.mailbox, of.lei) == ("", (), "", "")


def test_records_that_share_an_id_a_desk_or_a_spelling_share_a_key() -> None:
    def meet(left: ClientFields, right: ClientFields) -> bool:
        keys = (set(blocking_keys(features(key, said))) for key, said in (("a:1", left), ("b:1", right)))
        return bool(set.intersection(*keys))

    nowhere = ClientFields(name="Quimby")
    assert meet(named("Zorblax", lei=LEI), replace(nowhere, lei=LEI))
    assert meet(named("Zorblax"), replace(nowhere, phone="+16175550123"))
    assert meet(named("Zorblax"), replace(nowhere, email="q@zorblax.com"))
    assert meet(named("Zorblax Hauser"), named("Zorblxa Hausre", ClientFields(city="Boston")))
    assert meet(named("Zorblax Quimby Capital", ClientFields()), named("Capital Quimby Zorblx", ClientFields()))
    assert meet(named("Blue Rock", ClientFields()), named("Bluerock", ClientFields()))
    assert not meet(named("Zorblax", ClientFields()), nowhere)


def test_confidence_is_the_probability_of_the_weight() -> None:
    assert (confidence(0), confidence(-2000), confidence(2000)) == (50.0, 0.0, 100.0)
    assert confidence(weight_of(85)) >= 85 > confidence(weight_of(85) - 1)
    assert confidence(weight_of(100)) == 100


WORDS = st.sampled_from(
    "zorblax quimby zorblx fund ii i capital global the of LLC Ltd A 2013 international business ibm".split()
)
FIELDS = st.builds(
    lambda words, **said: ClientFields(name=" ".join(words), **{k: v for k, v in said.items() if v is not None}),
    st.lists(WORDS, min_size=1, max_size=5),
    city=st.sampled_from((None, "Boston", "Bostn", "Austin", "New York", "New York City")),
    street=st.sampled_from((None, "1 Main St", "1 Maine Street", "9 Oak Avenue", "Hauptstr. 9", "Oak")),
    postal_code=st.sampled_from((None, "02110", "02111", "K1A 0B1")),
    phone=st.sampled_from((None, "+16175550123", "+16175550124", "+13035550199")),
    website=st.sampled_from((None, "zorblax.com", "quimby.co.uk")),
    email=st.sampled_from((None, "joe@gmail.com", "info@zorblax.com")),
    lei=st.sampled_from((None, LEI, OTHER_LEI, LEI[:-1] + "3")),
    tax_id=st.sampled_from((None, "DE136695976", "129274202", "12-3456789")),
    country=st.sampled_from(("US", "DE")),
    founded_on=st.sampled_from((None, "2001-02-03", "2001-03-02", "1999-01-01")),
    identifiers=st.sampled_from((None, {"crd": "104123"}, {"crd": "104124"}, {"duns": "777123"})),
)


@given(FIELDS, FIELDS, st.sampled_from(("entity", "site")))
@example(ClientFields(name="Zorblax Fund 2 Series 2"), ClientFields(name="Zorblax Fund 2 Series 3"), "entity")
def test_a_score_is_the_same_from_either_side(left: ClientFields, right: ClientFields, grain: str) -> None:
    a, b = features("a:1", left), features("b:1", right)
    assert score_pairs([(a, b)], grain) == score_pairs([(b, a)], grain)
    assert possible_pairs([(a, b)], grain) == possible_pairs([(b, a)], grain)


@given(FIELDS, FIELDS)
def test_what_is_passed_over_early_is_below_a_possible_match(left: ClientFields, right: ClientFields) -> None:
    pairs = [(features("a:1", left), features("b:1", right))]
    [whole], [early] = score_pairs(pairs), possible_pairs(pairs)
    assert early == (whole if whole.weight >= POSSIBLE_WEIGHT else None)
    assert whole.confidence == confidence(whole.weight)
    assert whole.weight == PRIOR + sum(evidence.weight for evidence in whole.evidence)
    assert not (whole.capped and whole.confidence >= THRESHOLD)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_has_features_and_keys(name: str, other: str) -> None:
    fields = ClientFields(name=name, street=other, city=other, postal_code=name, phone=other, website=other, email=name)
    of = features("a:1", fields)
    assert isinstance(of, Features)
    keys = blocking_keys(of)
    assert len(keys) == len(set(keys)) <= 16
    assert all(0 <= key < 2**64 for key in keys)
    assert keys == blocking_keys(features("b:1", fields))
