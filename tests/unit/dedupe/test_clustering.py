"""How a component is cut into clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from schemas.reference import MatchDecision
from services.dedupe.clustering import Cluster, Link, Standing, refine, settle
from services.dedupe.matching import PairScore, confidence
from tests.unit.dedupe.resolving import decision

Pair = tuple[str, str]
APART = PairScore(-500, confidence(-500), ())


def score(weight: int, forbidden: bool = False) -> PairScore:
    return PairScore(weight, confidence(weight), (), forbidden)


def clusters(scores: Mapping[Pair, PairScore], standing: Standing | None = None, most: int = 200) -> list[Cluster]:
    """Clusters of the records that `scores` names; its pairs of at least 250 are links, unnamed pairs weigh -500."""

    def on_demand(pairs: Sequence[Pair]) -> list[PairScore]:
        return [scores.get(pair, APART) for pair in pairs]

    members = sorted({record for pair in scores for record in pair})
    links = [Link(*pair, s) for pair, s in scores.items() if s.links(85)]
    return refine(members, links, on_demand, standing or Standing(), 85, most)


def members(found: list[Cluster]) -> list[str]:
    return ["".join(cluster.members) for cluster in found]


def test_the_strongest_link_is_made_first_and_a_weak_one_may_not_pull_another_in() -> None:
    found = clusters({("a", "b"): score(900), ("b", "c"): score(300), ("a", "c"): score(-900)})
    assert members(found) == ["ab", "c"]


def test_a_chain_whose_ends_agree_well_enough_is_one() -> None:
    found = clusters({("a", "b"): score(900), ("b", "c"): score(900), ("a", "c"): score(100)})
    assert members(found) == ["abc"]
    assert [(a.low, a.high) for a in found[0].accepted] == [("a", "b"), ("b", "c")]


def test_records_that_an_id_forbids_are_never_joined_however_strong_the_rest() -> None:
    found = clusters({("a", "b"): score(2000), ("b", "c"): score(2000), ("a", "c"): score(2000, forbidden=True)})
    assert members(found) == ["ab", "c"]


def test_decisions_come_before_links() -> None:
    standing = settle([decision("a", "c", "same"), decision("a", "b", "different")])
    found = clusters({("a", "b"): score(900), ("b", "c"): score(900)}, standing)
    assert members(found) == ["ac", "b"]
    assert found[0].accepted[0].decided


def test_of_contradictions_the_later_stands_and_the_other_is_set_aside() -> None:
    earlier, later = decision("a", "b", "different", 1), decision("a", "b", "same", 2)
    assert settle([earlier, later]) == Standing((("a", "b"),), frozenset(), (earlier,))
    parted = [decision("a", "b", "different", 3), decision("a", "c", "same", 2), decision("b", "c", "same", 1)]
    assert settle(parted) == Standing((("a", "c"),), frozenset({("a", "b")}), (parted[2],))


def test_a_cluster_that_grows_too_large_is_cut_and_says_so() -> None:
    found = clusters({(a, b): score(900) for a in "abcde" for b in "abcde" if a < b}, most=3)
    assert members(found) == ["abc", "de"]
    assert all(cluster.oversized for cluster in found)


RECORDS = "abcdef"
WEIGHTS = st.integers(-1500, 2500)
SCORES = st.dictionaries(
    st.tuples(st.sampled_from(RECORDS), st.sampled_from(RECORDS)).filter(lambda pair: pair[0] < pair[1]),
    st.builds(score, WEIGHTS, st.sampled_from((False, False, False, True))),
    min_size=1,
)
VERDICTS = st.sampled_from(("same", "different", "withdrawn"))
DECISIONS = st.dictionaries(
    st.sampled_from([(a, b) for a in RECORDS for b in RECORDS if a < b]),
    st.tuples(VERDICTS, st.integers(0, 3)),
    max_size=5,
)


def decided(said: Mapping[Pair, tuple[str, int]]) -> list[MatchDecision]:
    return [decision(*pair, verdict, at) for pair, (verdict, at) in said.items()]


@given(SCORES)
def test_the_order_in_which_links_are_named_does_not_show(scores: dict[Pair, PairScore]) -> None:
    reversed_scores = dict(reversed(scores.items()))
    assert clusters(scores) == clusters(reversed_scores)


@given(SCORES, DECISIONS, st.sampled_from((2, 3, 200)))
def test_every_record_is_in_one_cluster_and_every_cluster_is_held_by_its_unions(
    scores: dict[Pair, PairScore], said: dict[Pair, tuple[str, int]], most: int
) -> None:
    records = {record for pair in scores for record in pair}
    standing = settle([one for one in decided(said) if {one.low, one.high} <= records])
    found = clusters(scores, standing, most)
    assert sorted("".join(members(found))) == sorted(records)
    home = {record: cluster.members[0] for cluster in found for record in cluster.members}
    assert all(home[low] == home[high] for low, high in standing.same)
    assert not any(home[low] == home[high] for low, high in standing.different)
    for cluster in found:
        assert len(cluster.accepted) == len(cluster.members) - 1
        by_hand = any(union.decided for union in cluster.accepted)
        assert by_hand or len(cluster.members) <= most
        inside = set(cluster.members)
        assert by_hand or not any(s.forbidden for (a, b), s in scores.items() if a in inside and b in inside)


def test_a_component_that_is_too_large_loses_its_weakest_links_first() -> None:
    pair = {("a", "b"): score(900), ("c", "d"): score(800), ("b", "c"): score(700)}
    assert members(clusters({**pair, ("a", "c"): score(700), ("a", "d"): score(700)}, most=3)) == ["ab", "cd"]


@given(DECISIONS)
def test_what_stands_never_contradicts_itself(said: dict[Pair, tuple[str, int]]) -> None:
    standing = settle(decided(said))
    assert standing == settle(reversed(decided(said)))
    group = {record: record for record in RECORDS}
    for low, high in standing.same:
        merged = group[low]
        group = {record: group[high] if of == merged else of for record, of in group.items()}
    assert not any(group[a] == group[b] for a, b in standing.different)
    withdrawn = sum(verdict == "withdrawn" for verdict, _ in said.values())
    assert len(standing.same) + len(standing.different) + len(standing.set_aside) + withdrawn == len(said)
