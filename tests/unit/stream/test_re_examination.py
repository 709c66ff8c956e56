"""Keys that wait to be decided again."""

from schemas.reasons import Reason
from services.stream.outcome import Incoming, Rejection, StateKey
from services.stream.re_examination import ReExamination


def message(key: str, partition: int = 0, offset: int = 7) -> Incoming:
    return Incoming("raw", partition, offset, 0, key, b"{}", [])


def raised(key: str, partition: int = 0) -> Rejection:
    return Rejection(message(key, partition, -1), Reason.STAGE_ERROR, "ValueError was raised on it")


def keys(*names: str, partition: int = 0) -> list[StateKey]:
    return [StateKey(partition, name) for name in names]


def test_a_key_waits_once_and_the_oldest_goes_first() -> None:
    waiting = ReExamination(["raw"])
    waiting.add("raw", keys("b", "a", "b"))
    assert waiting.take("raw", 1) == keys("b")
    assert waiting.take("raw") == keys("a")
    assert len(waiting) == 0


def test_a_partition_is_done_when_none_of_its_keys_waits() -> None:
    waiting = ReExamination(["raw"])
    waiting.add("raw", keys("a", "a", "b") + keys("c", partition=1))
    waiting.take("raw", 2)
    assert not waiting.waits("raw", 0)
    assert waiting.waits("raw", 1)
    waiting.drop("raw", 1)
    assert not waiting.waits("raw", 1)


def test_a_key_that_raises_is_rejected_once_until_a_record_of_its_own_comes() -> None:
    waiting = ReExamination(["raw"])
    assert len(waiting.refuse("raw", [raised("a"), raised("b")])) == 2
    assert waiting.refuse("raw", [raised("a"), raised("b")]) == []
    waiting.renew("raw", [message("a"), message("c")])
    assert [one.incoming.key for one in waiting.refuse("raw", [raised("a"), raised("b")])] == ["a"]


def test_a_key_that_was_rejected_is_tried_again_all_the_same() -> None:
    waiting = ReExamination(["raw"])
    waiting.refuse("raw", [raised("a")])
    waiting.add("raw", keys("a"))
    assert waiting.take("raw") == keys("a")


def test_who_takes_a_partition_over_knows_nothing_of_what_was_rejected() -> None:
    waiting = ReExamination(["raw"])
    waiting.refuse("raw", [raised("a")])
    waiting.drop("raw", 0)
    assert len(waiting.refuse("raw", [raised("a")])) == 1
