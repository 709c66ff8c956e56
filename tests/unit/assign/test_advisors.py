"""Weighted rendezvous: fair by capacity, and a change of the roster moves only what it must."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.assign.rules.advisors import Candidate, choose, score

CLIENTS = [f"c_{n}" for n in range(4_000)]
rosters = st.lists(
    st.builds(Candidate, st.sampled_from([f"a{n}" for n in range(9)]), st.integers(1, 200)),
    min_size=1,
    max_size=6,
    unique_by=lambda candidate: candidate.id,
)


@given(rosters, st.lists(st.text(max_size=8), max_size=20), st.randoms(use_true_random=False))
def test_the_choice_is_the_strongest_claim_in_any_order(
    roster: list[Candidate], clients: list[str], chance: random.Random
) -> None:
    for client in clients:
        strongest = max(sorted(roster, key=lambda c: c.id), key=lambda c: score(client, c))
        assert choose(client, roster) == strongest.id
        chance.shuffle(roster)
        assert choose(client, roster) == strongest.id


@given(rosters, st.integers(1, 200))
def test_who_joins_or_leaves_moves_only_their_own_clients(roster: list[Candidate], capacity: int) -> None:
    joined = [*roster, Candidate("new", capacity)]
    for client in CLIENTS[:200]:
        before, after = choose(client, roster), choose(client, joined)
        assert after in (before, "new")


def test_clients_are_shared_out_in_proportion_to_capacity() -> None:
    roster = [Candidate("small", 50), Candidate("middle", 100), Candidate("large", 250)]
    shares = Counter(choose(client, roster) for client in CLIENTS)
    for candidate in roster:
        expected = len(CLIENTS) * candidate.capacity / 400
        assert abs(shares[candidate.id] - expected) < 4 * expected**0.5


def test_nobody_is_chosen_from_an_empty_roster_and_the_choice_is_fixed_for_good() -> None:
    assert choose("c_1", []) is None
    assert [choose(f"c_{n}", [Candidate("ann", 10), Candidate("bob", 20)]) for n in range(6)] == FIXED


FIXED = ["ann", "bob", "ann", "bob", "bob", "bob"]
