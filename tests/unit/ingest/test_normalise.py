import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from schemas.events import FIELD_NAMES
from services.ingest.normalise import normalise
from tests.unit.ingest.builders import VALID_LEI, field, problem

texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "n/a",
            "-",
            "US",
            "usa",
            "Deutschland",
            "NY",
            "US-NY",
            "(212) 555-0123",
            "+44 20 7946 0958",
            VALID_LEI,
            "https://www.Acme.com/about",
            "Info@Acme.com",
            "2026-01-05",
            "1,250,000.00",
            "12-3456789",
            "DE129273398",
        ]
    ),
)
raw_fields = st.dictionaries(
    st.sampled_from(FIELD_NAMES),
    st.one_of(
        texts,
        st.integers(),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.lists(texts, max_size=4),
        st.dictionaries(st.sampled_from(["crd", "duns", "amount", "currency"]), texts, max_size=3),
        st.booleans(),
    ),
)


@settings(deadline=None)
@given(raw_fields)
def test_normalising_twice_changes_nothing(raw: dict[str, object]) -> None:
    once = normalise(raw, "salesforce").fields
    twice = normalise(msgspec.to_builtins(once), "salesforce")
    assert twice.fields == once
    assert not twice.problems
    assert not twice.originals


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(st.sampled_from(FIELD_NAMES), st.recursive(texts | st.none() | st.integers(), st.lists)))
def test_whatever_is_sent_is_read_or_refused_and_never_raises(raw: dict[str, object]) -> None:
    read = normalise(raw, "salesforce")
    assert all(p.message.startswith(p.pointer.removeprefix("/fields/")) for p in read.problems)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("USA", "US"),
        ("u.s.", "US"),
        ("UK", "GB"),
        ("Deutschland", "DE"),
        ("gbr", "GB"),
        ("The Netherlands", "NL"),
        ("Côte d’Ivoire", "CI"),
        ("South Korea", "KR"),
        ("NA", "NA"),
        ("México", "MX"),
        ("hong kong", "HK"),
        ("Trinidad & Tobago", "TT"),
        ("St. Kitts & Nevis", "KN"),
        ("St Lucia", "LC"),
        ("ST", "ST"),
        ("Bahamas, The", "BS"),
        ("Bahamas", "BS"),
        ("Netherlands (the)", "NL"),
        ("Bosnia", "BA"),
        ("Bosnia & Herzegovina", "BA"),
        ("Republic of Ireland", "IE"),
        ("Korea South", "KR"),
        ("Korea, Republic of", "KR"),
        ("KSA", "SA"),
        ("Luxemburg", "LU"),
    ],
)
def test_a_country_is_read_by_code_name_or_alias(sent: str, code: str) -> None:
    assert field(sent, "country") == code


def test_what_is_no_country_is_refused_with_value_and_remedy() -> None:
    assert problem("Atlantis", "country") == (
        "country: 'Atlantis' is not a country; give its ISO 3166-1 code (US, USA) or its English name"
    )


@pytest.mark.parametrize(
    ("sent", "country", "code"),
    [("NY", "US", "US-NY"), ("New York", "USA", "US-NY"), ("Québec", "CA", "CA-QC"), ("England", "UK", "GB-ENG")],
)
def test_a_subdivision_is_read_in_its_country(sent: str, country: str, code: str) -> None:
    assert field(sent, "subdivision", country=country) == code


@pytest.mark.parametrize(
    ("sent", "country", "number"),
    [
        ("(212) 555-0123", "US", "+12125550123"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+49 30 123456", "US", "+4930123456"),
        ("212-555-0123 ext. 45", "US", "+12125550123"),
        ("+49 30 901820 / 901821", "DE", "+4930901820"),
        ("+49 30 901820; +49 30 901821", None, "+4930901820"),
        ("212-555-0123, 212-555-0124", "US", "+12125550123"),
        ("212-555-0123 or 212-555-0124", "US", "+12125550123"),
        ("030/901820", "DE", "+4930901820"),
    ],
)
def test_a_phone_becomes_e164_in_its_country(sent: str, country: str, number: str) -> None:
    assert field(sent, "phone", country=country) == number


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("phone", "call me"),
        ("phone", "000-000-0000"),
        ("phone", "5550100"),
        ("phone", "123-456-7890"),
        ("phone", "+1 123 456 7890"),
        ("phone", "+44 0000 000000"),
        ("tax_id", "TBC"),
        ("tax_id", "XXXXX"),
        ("tax_id", "not known"),
        ("tax_id", "00-0000000"),
        ("tax_id", "99-9999999"),
        ("email", "info@"),
        ("website", "not a site"),
        ("subdivision", "Atlantis"),
        ("employees", "51-200"),
    ],
)
def test_what_is_no_phone_email_website_or_count_leaves_the_field_empty_and_is_kept_beside(
    name: str, sent: str
) -> None:
    read = normalise({name: sent, "country": "US"}, "salesforce")
    assert getattr(read.fields, name) is UNSET
    assert read.originals[name] == sent
    assert read.emptied == (name,)
    assert not read.problems


@pytest.mark.parametrize("sent", ["n/a", "N/A", "-", "none", "Unknown", "?", "  ", "TBD"])
def test_a_placeholder_counts_as_absent(sent: str) -> None:
    assert field(sent, "city") is UNSET


def test_an_lei_is_compacted_and_its_check_digits_hold() -> None:
    assert field(VALID_LEI.lower(), "lei") == VALID_LEI
    assert "fails the LEI's check digits" in problem(VALID_LEI[:-1] + "2", "lei")
    assert "is not an LEI" in problem("549300", "lei")


@pytest.mark.parametrize(
    ("sent", "country", "kept"),
    [
        ("12-3456789", "US", "123456789"),
        ("DE 129 273 398", "DE", "129273398"),
        ("de-1", "DE", "DE1"),
        ("12 34", None, "1234"),
    ],
)
def test_a_tax_id_is_compact_and_kept_where_it_is_invalid(sent: str, country: str | None, kept: str) -> None:
    assert field(sent, "tax_id", country=country) == kept


@pytest.mark.parametrize(
    ("sent", "host"),
    [
        ("https://www.Acme.com/about?x=1", "acme.com"),
        ("ACME.CO.UK", "acme.co.uk"),
        ("acme.com:8080", "acme.com"),
        ("http://bücher.de", "xn--bcher-kva.de"),
    ],
)
def test_a_website_is_its_bare_host(sent: str, host: str) -> None:
    assert field(sent, "website") == host


@pytest.mark.parametrize(
    "sent",
    ["2026-01-05T10:11:00Z", "2026-01-05 10:11", "2026-01-05T11:11:00+01:00", "1767607860000", "/Date(1767607860000)/"],
)
def test_a_moment_is_read_in_every_notation_that_crms_use(sent: str) -> None:
    assert str(field(sent, "created_at")) == "2026-01-05 10:11:00+00:00"


@pytest.mark.parametrize("sent", ["05/01/2026", "yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_moment_is_refused(sent: str) -> None:
    assert "is not a moment" in problem(sent, "created_at")


def test_text_is_folded_without_controls_or_invisible_marks() -> None:
    assert field("  Cafe\u0301\x07  Capital\u200b\n LLC ", "name") == "Café Capital LLC"


def test_half_of_a_surrogate_pair_is_refused() -> None:
    assert "surrogate" in problem("Acme \ud800", "name")


def test_an_overlong_text_is_refused() -> None:
    assert "send at most 1,000" in problem("x" * 1_001, "name")


def test_a_bare_parent_is_one_of_the_same_source() -> None:
    assert field("002", "parent_record") == "salesforce:002"
    assert field("hubspot:7", "parent_record") == "hubspot:7"
    assert field("hubspot:a:7", "parent_record") == "hubspot:a:7"


@pytest.mark.parametrize("sent", ["hubspot:", ":7", "HubSpot:7", "hub spot:7"])
def test_a_parent_that_is_no_record_is_refused(sent: str) -> None:
    assert f"{sent!r} is not a record; give SOURCE:ID such as salesforce:002" in problem(sent, "parent_record")


def test_identifiers_and_tags_are_in_one_order() -> None:
    assert field({"DUNS": "2", "crd": 1}, "identifiers") == {"crd": "1", "duns": "2"}
    assert field("b;a; b", "tags") == field(["b", "a"], "tags") == ("a", "b")


def test_all_problems_of_a_change_are_told_at_once() -> None:
    read = normalise({"country": "Atlantis", "aum": "-1", "lei": "X", "name": "Acme"}, "salesforce")
    assert [p.pointer for p in read.problems] == ["/fields/country", "/fields/lei", "/fields/aum"]
