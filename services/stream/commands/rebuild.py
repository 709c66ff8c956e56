"""`cadastre rebuild dedupe|assign`: makes a stage go on whose positions were lost, while it is stopped.

dedupe: every record is touched, so that the resolver hears of all of them; assign: it re-examines every client when it
starts. Positions that are well are left alone. What is committed first can be done twice without harm.
"""

from __future__ import annotations

import getpass
import time
from collections import Counter, deque
from concurrent.futures import Future
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from schemas import codec
from schemas.events import AuditEvent
from schemas.partition import partition_of
from schemas.topics import DEDUPED, RAW, RECORDS, STAGES, TOPICS
from services.stream import admin, positions
from services.stream.idle import STALE
from services.stream.producer import AckedProducer, DeliveryFailed
from services.stream.reading import Slot
from services.stream.rebuilding import Bounds, Plan, moves, touches
from services.stream.saying import sign
from services.stream.settings import StreamSettings
from services.stream.touch import touch_event

_LOOK_EVERY_S = 0.5
_IN_FLIGHT = 5_000


class Stage(StrEnum):
    DEDUPE = "dedupe"
    ASSIGN = "assign"


def rebuild(
    stage: Annotated[Stage, typer.Argument(help="Which stage; all of its replicas are stopped.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    by: Annotated[str, typer.Option(help="Who does it; else the user of this machine.")] = "",
) -> None:
    """Go on where committed positions are gone: touch every record, or re-examine every client."""
    settings, now, author = StreamSettings(), datetime.now(UTC), by or getpass.getuser()
    _refuse_running(settings, stage)
    plan = _plan(settings, stage)
    _tell(plan, stage)
    if not yes:
        typer.confirm("Go on?", abort=True)
    _touch(settings, plan, stage, now)
    positions.move(settings, stage, plan.moves)
    if stage is Stage.ASSIGN:
        positions.forget_marks(settings, stage, _slots(settings, stage))
    details = {"touched": str(len(plan.touches)), "positions": str(len(plan.moves))}
    with admin.transaction(settings, "cli-rebuild") as tx:
        sign(tx, AuditEvent(actor=author, action="stage.rebuilt", subject=stage.value, at=now, details=details))
    typer.echo(f"done: start {stage.value}")


def _refuse_running(settings: StreamSettings, stage: str) -> None:
    """A replica that ended was heard a moment ago, and keeps its membership until its session ends: both are waited
    for. One that is heard again is running."""
    patience = settings.session_timeout_ms / 1_000 + STALE.total_seconds()
    deadline = time.monotonic() + patience
    first = _heard(settings, stage)
    heard = first
    while heard or positions.has_members(settings, stage):
        again = [replica for replica, at in heard.items() if at != first.get(replica)]
        if again or time.monotonic() > deadline:
            who = f"{stage}-{again[0]} is running" if again else f"{stage} still has members after {patience:.0f} s"
            raise _refused(f"{who}: stop every replica of {stage} first")
        time.sleep(_LOOK_EVERY_S)
        heard = _heard(settings, stage)


def _heard(settings: StreamSettings, stage: str) -> dict[str, datetime]:
    """The replicas of the stage that were heard lately, and when."""
    now = datetime.now(UTC)
    beats = [beat for beat in admin.heartbeats(settings) if beat.stage == stage and beat.state != "stopping"]
    return {beat.replica: beat.at for beat in beats if now - beat.at < STALE}


def _slots(settings: StreamSettings, stage: Stage) -> list[Slot]:
    inputs = STAGES[stage].shared
    return [(topic, p) for topic in inputs for p in range(TOPICS[topic].partitions(settings.partitions))]


def _plan(settings: StreamSettings, stage: Stage) -> Plan:
    inputs, slots = STAGES[stage].shared, _slots(settings, stage)
    first, behind = positions.starts(settings, slots), admin.ends(settings, inputs)
    bounds = {slot: Bounds(first[slot], behind[slot]) for slot in slots}
    moved = moves(bounds, positions.committed(settings, stage, slots))
    if stage is Stage.ASSIGN:
        return Plan(moved)
    records = admin.read_all(settings, RECORDS.name).values()
    clients = admin.read_all(settings, DEDUPED.name).values()
    return Plan(moved, touches(map(codec.record_state, records), map(codec.client, clients)))


def _tell(plan: Plan, stage: Stage) -> None:
    for topic, n in sorted(Counter(topic for topic, _ in plan.moves).items()):
        whence = "read again from the log's start" if topic == RAW.name else "gone on with from its end"
        typer.echo(f"{topic}: {n} partitions without a position will be {whence}")
    if not plan.moves:
        typer.echo("every position is well, and stays")
    lost = sum(counts.get("lost", 0) for _, counts in plan.moves.values())
    if lost:
        typer.echo(f"lost: {lost} records were deleted before they were read; it is kept in the counts")
    if stage is Stage.DEDUPE:
        leaving = sum(touch.leaves is not None for touch in plan.touches)
        typer.echo(
            f"raw: {len(plan.touches) - leaving} records will be touched, {leaving} taken out of pools they left"
        )
    else:
        typer.echo("every client will be re-examined when assign starts")


def _touch(settings: StreamSettings, plan: Plan, cause: str, now: datetime) -> None:
    """Before the positions move: whoever ends in between is refused as before, and touches again."""
    producer = AckedProducer(settings)
    sent: deque[Future[None]] = deque()
    try:
        for touch in plan.touches:
            if len(sent) >= _IN_FLIGHT:
                sent.popleft().result()
            event = touch_event(touch, f"rebuild {cause}", now)
            headers = codec.cloudevent(RAW.event_type, event.event_id, "cadastre/cli", codec.rfc3339(now))
            partition = partition_of(event.record, settings.partitions)
            sent.append(producer.send(RAW.name, event.record, codec.encode(event), partition, headers))
        for acknowledged in sent:
            acknowledged.result()
    except DeliveryFailed as failure:
        typer.echo(f"{failure}; nothing else was done, so that {cause} is refused as before", err=True)
        raise typer.Exit(3) from None
    finally:
        producer.close()


def _refused(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(2)
