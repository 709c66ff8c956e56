"""The family table against a recursive oracle: who is touched, where cycles are cut, that order doesn't matter."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from schemas.events import FamilyLink
from services.assign.hierarchy import FamilyTable, record_hash
from services.assign.rules.decide import ParentView

IDS = [f"c{n}" for n in range(6)]
links = st.builds(
    lambda members, parent, territory: (tuple(sorted(members)), parent, territory),
    st.sets(st.integers(0, 7), min_size=1, max_size=3),
    st.none() | st.integers(0, 7),
    st.sampled_from(["t0", "t1"]),
)
histories = st.lists(st.tuples(st.sampled_from(IDS), st.none() | links), max_size=25)
Said = tuple[tuple[int, ...], int | None, str]


def link(client_id: str, said: Said, version: int = 1) -> FamilyLink:
    members, parent, territory = said
    return FamilyLink(client_id, version, members, parent, territory, None)


def by_hand(state: dict[str, Said], client_id: str) -> ParentView | None:
    """The parent of a client of this state, found by looking at everybody."""
    up = {child: parent for child in state if (parent := _holder(state, state[child][1])) is not None}
    parent = up.get(client_id)
    if parent is None:
        return None
    ring, at = [client_id], parent
    while at != client_id and at in up and at not in ring:
        ring.append(at)
        at = up[at]
    cut = at == client_id and min(ring) == client_id
    return ParentView(parent, state[parent][2], None, cut)


def _holder(state: dict[str, Said], record: int | None) -> str | None:
    return min((one for one, (members, _, _) in state.items() if record in members), default=None)


def views(table: FamilyTable, state: dict[str, Said]) -> dict[str, ParentView | None]:
    return {one: table.parent_of(one, state[one][1]) for one in state}


@given(histories)
def test_a_change_touches_every_client_whose_parent_stands_otherwise_now(
    history: list[tuple[str, Said | None]],
) -> None:
    table = FamilyTable()
    state: dict[str, Said] = {}
    for client_id, said in history:
        before = views(table, state)
        touched = table.put(client_id, link(client_id, said) if said is not None else None)
        state.pop(client_id, None)
        if said is not None:
            state[client_id] = said
        after = views(table, state)
        assert after == {one: by_hand(state, one) for one in state}
        changed = {one for one in state if one in before and before[one] != after[one]}
        assert changed <= set(touched)
        assert touched == sorted(touched)
    assert len(table) == len(state)


@given(st.dictionaries(st.sampled_from(IDS), links), st.randoms(use_true_random=False))
def test_the_table_is_the_same_in_whatever_order_it_was_learned(state: dict[str, Said], chance: random.Random) -> None:
    tables = []
    for _ in range(2):
        table = FamilyTable()
        order = [(one, said) for one, said in sorted(state.items())] * 2
        chance.shuffle(order)
        for one, said in order:
            table.put(one, link(one, said))
        tables.append(table)
    assert views(tables[0], state) == views(tables[1], state)


def test_a_cycle_is_cut_at_its_smallest_client_and_closing_it_touches_all_on_it() -> None:
    table = FamilyTable()
    table.put("a", link("a", ((1,), 2, "t")))
    table.put("b", link("b", ((2,), 3, "t")))
    assert table.put("c", link("c", ((3,), 1, "t"))) == ["a", "b", "c"]
    assert [view.cut for view in views(table, {"a": ((1,), 2, "t"), "b": ((2,), 3, "t")}).values() if view] == [
        True,
        False,
    ]
    assert table.put("c", link("c", ((3,), None, "t"))) == ["a", "b", "c"]
    own = table.put("d", link("d", ((9,), 9, "t")))
    assert own == ["d"]
    view = table.parent_of("d", 9)
    assert view is not None
    assert view.cut


def test_a_tombstone_and_a_moved_record_touch_the_children() -> None:
    table = FamilyTable()
    table.put("child", link("child", ((5,), 1, "t")))
    assert table.put("p", link("p", ((1, 2), None, "t"))) == ["child"]
    assert table.put("p", link("p", ((1, 2, 3), None, "t"))) == []
    assert table.put("p", link("p", ((2, 3), None, "t"))) == ["child"]
    assert table.put("q", link("q", ((1,), None, "t2"))) == ["child"]
    assert table.put("q", None) == ["child"]
    assert table.parent_of("child", 1) is None


def test_a_record_hash_has_63_bits_and_is_fixed_for_good() -> None:
    assert all(0 <= record_hash(f"crm:{n}") < 2**63 for n in range(100))
    assert record_hash("crm:1") == 5991124850908120335
