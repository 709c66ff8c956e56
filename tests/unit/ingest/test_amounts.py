"""What amounts of money and counts are read as, to the last digit, and which are refused."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.events import Money
from tests.unit.ingest.builders import field, problem


@pytest.mark.parametrize(
    ("sent", "money"),
    [
        ("1,250,000.00", Money("1250000.00", "USD")),
        ("1 250 000", Money("1250000", "USD")),
        ("1.250.000,50", Money("1250000.50", "USD")),
        ("€1,000", Money("1000", "EUR")),
        ("1000 gbp", Money("1000", "GBP")),
        ("1.5E+9", Money("1500000000", "USD")),
        (7, Money("7", "USD")),
        ("1,000", Money("1000", "USD")),
        ("1000.000", Money("1000.000", "USD")),
        ("0.125", Money("0.125", "USD")),
        ("1.000,50", Money("1000.50", "USD")),
        (Decimal("1.125"), Money("1.1250", "USD")),
        (Decimal("0.1"), Money("0.1", "USD")),
        (Decimal("0.30000000000000004"), Money("0.300000", "USD")),
        (
            {"amount": "12345678901234567890123.123456", "currency": "chf"},
            Money("12345678901234567890123.123456", "CHF"),
        ),
    ],
)
def test_money_is_exact_to_the_last_digit(sent: object, money: Money) -> None:
    assert field(sent, "aum") == money


@settings(deadline=None)
@given(st.decimals(min_value=0, max_value=10**22, places=6))
def test_a_grouped_amount_and_a_plain_one_are_the_same(amount: Decimal) -> None:
    grouped, plain = field(f"{amount:,}", "aum"), field(f"{amount:f}", "aum")
    assert grouped == plain
    assert isinstance(plain, Money)
    assert Decimal(plain.amount) == amount


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ("-5", "is negative"),
        (-5, "is negative"),
        ("NaN", "is not a number"),
        ("Infinity", "is not a number"),
        ("1,25", "is not a number"),
        ("1.25bn", "is not a number"),
        ("5 XQZ", "is not a currency"),
        ("9" * 30, "digits"),
        ({"amount": "5", "unit": "bn"}, "money has no 'unit'"),
        ({"amount": "€5", "currency": "USD"}, "make them agree"),
        (True, "is not a text"),
        ([5], "is not a text"),
        ("1e999", "digits"),
    ],
)
def test_an_impossible_amount_is_refused(sent: object, why: str) -> None:
    assert why in problem(sent, "aum")


@pytest.mark.parametrize(
    ("sent", "name"), [("1.000", "aum"), ("€1.000", "aum"), ("-12.500", "revenue"), ("1.000", "employees")]
)
def test_a_point_that_may_group_thousands_is_refused_as_ambiguous(sent: str, name: str) -> None:
    assert f"{name}: '{sent}' is ambiguous; write " in problem(sent, name)


def test_both_readings_of_an_ambiguous_amount_are_told_and_can_be_sent() -> None:
    said = problem("EUR 1.000", "aum")
    assert said == (
        "aum: 'EUR 1.000' is ambiguous; write 1000.00 if the point groups thousands, 1.0000 if it is the decimal point"
    )
    assert field("EUR 1000.00", "aum") == Money("1000.00", "EUR")
    assert field("EUR 1.0000", "aum") == Money("1.0000", "EUR")


def test_a_number_of_json_is_never_ambiguous() -> None:
    assert field(Decimal("1.000"), "employees") == 1
    assert field({"amount": Decimal("1.000"), "currency": "EUR"}, "aum") == Money("1.0000", "EUR")


@pytest.mark.parametrize("sent", ["  $1.25bn ", "$-5", "USD 5  EUR", "€1e999"])
def test_a_refused_amount_is_quoted_as_it_was_sent(sent: str) -> None:
    assert repr(sent) in problem(sent, "aum")
