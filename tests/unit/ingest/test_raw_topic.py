"""The way to Kafka: readiness follows what Kafka last said, and no original is too large to be rejected."""

from datetime import timedelta

from schemas.reasons import Reason
from schemas.topics import MAX_VALUE
from services.ingest.adapters.raw_topic import RawTopic
from services.ingest.problems import FieldProblem
from tests.support.acks import KeptAcks
from tests.unit.ingest.builders import NOW, FixedClock, accepted, change


def test_a_failure_makes_ingest_unready_until_an_acknowledgement() -> None:
    acks = KeptAcks("fail")
    topic = RawTopic(acks, 16, FixedClock())
    assert topic.not_ready() == []
    topic.publish(accepted(change()))
    assert topic.not_ready() == ["Kafka did not acknowledge the last record (_MSG_TIMED_OUT)"]
    acks.answer = "acknowledge"
    topic.publish(accepted(change()))
    assert topic.not_ready() == []


def test_traffic_may_come_again_after_a_while_since_only_a_send_shows_that_kafka_is_back() -> None:
    clock = FixedClock()
    topic = RawTopic(KeptAcks("fail"), 16, clock)
    topic.publish(accepted(change()))
    assert topic.not_ready()
    clock.moment = NOW + timedelta(seconds=6)
    assert topic.not_ready() == []


def test_an_overlarge_original_is_cut_and_says_so() -> None:
    acks = KeptAcks()
    problem = FieldProblem("", Reason.MALFORMED, "the row cannot be read")
    RawTopic(acks, 16, FixedClock()).reject("hubspot", b"x" * (MAX_VALUE + 1), [problem], "f.csv:2", NOW)
    (sent,) = acks.sent
    assert sent.value is not None
    assert len(sent.value) == MAX_VALUE
    assert b"of 1,048,577 bytes are kept" in dict(sent.headers)["cadastre_detail"]
