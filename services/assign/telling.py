"""What is said of a client: its assignment where it differs from what was last said, and its family link likewise.

Reads and changes nothing but the draft that it is given.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, structs

from schemas import codec
from schemas.codec import Headers
from schemas.events import Assignment, FamilyLink, Previous, Trigger
from schemas.topics import ASSIGNED, FAMILY, Topic
from services.assign.client import Client, Ended, Live
from services.assign.hierarchy import FamilyTable, record_hash
from services.assign.rules.compile import Compiled
from services.assign.rules.decide import UNASSIGNED, Decision, decide
from services.assign.state import Draft
from services.stream.outcome import Output, StateKey

SOURCE = "cadastre/assign"


class Occasion(Struct, frozen=True):
    """Why a client is decided, and when. `touch`: say it again, changed or not."""

    now: datetime
    trigger: Trigger
    touch: bool = False
    traceparent: bytes | None = None


def tell(
    draft: Draft, key: StateKey, client: Client, compiled: Compiled, family: FamilyTable, occasion: Occasion
) -> None:
    """Decide a client and put into the draft what is news about it."""
    if isinstance(client, Ended):
        _tell_assignment(draft, key, client, Decision("ended"), occasion)
        tell_link(draft, key, None, occasion)
        return
    parent = _parent_of(client)
    follows = compiled.rule_set is not None and compiled.rule_set.inherit_from_parent
    view = family.parent_of(client.client_id, parent) if follows else None
    decision = decide(client, compiled, view, occasion.now)
    _tell_assignment(draft, key, client, decision, occasion)
    tell_link(draft, key, link_of(client, decision.territory, decision.advisor), occasion)


def link_of(client: Live, territory: str, advisor: str | None) -> FamilyLink:
    """How the client stands in the family, version aside."""
    members = tuple(record_hash(member.record) for member in client.members)
    return FamilyLink(client.client_id, 0, members, _parent_of(client), territory, advisor)


def _parent_of(client: Live) -> int | None:
    parent_record = client.golden.parent_record
    return record_hash(parent_record) if parent_record is not UNSET else None


def is_told(client: Live, said: bytes | None, link: FamilyLink | None) -> bool:
    """Whether both halves of what there is to say of a client were said, and say the same."""
    last = codec.assignment(said) if said is not None else None
    if last is None or link is None:
        return False
    return link_of(client, last.territory, last.advisor) == structs.replace(link, version=0)


def _tell_assignment(draft: Draft, key: StateKey, client: Client, decision: Decision, occasion: Occasion) -> None:
    standing = draft.standing(key)
    last = codec.assignment(standing.said) if standing.said is not None else None
    new = _assignment(client, decision, last, occasion)
    if last is not None and not occasion.touch and _is_same(new, last):
        return
    value = codec.encode(new)
    draft.put(key, structs.replace(standing, said=value))
    draft.moved(last.territory if last is not None else UNASSIGNED, new.territory)
    draft.effects.outputs.append(_output(ASSIGNED, key, value, f"{key.key}:{new.version}", occasion))


def _assignment(client: Client, decision: Decision, last: Assignment | None, occasion: Occasion) -> Assignment:
    return Assignment(
        client_id=client.client_id,
        version=last.version + 1 if last is not None else 1,
        client_version=client.version,
        status=_status(decision),
        decided_by=decision.decided_by,
        effective_from=occasion.now,
        trigger=occasion.trigger,
        territory=decision.territory,
        region=decision.region,
        advisor=decision.advisor,
        tier=decision.tier,
        segment=decision.segment,
        rule=decision.rule,
        source_record=decision.source_record,
        conditions=decision.conditions,
        lower=decision.lower,
        conflicts=decision.conflicts,
        previous=Previous(last.territory, last.advisor, last.tier) if last is not None else None,
    )


def _is_same(new: Assignment, last: Assignment) -> bool:
    """Whether they tell one state. Most that do differ only in what is about the telling, and that is seen sooner."""
    told = structs.replace(
        new,
        version=last.version,
        client_version=last.client_version,
        effective_from=last.effective_from,
        trigger=last.trigger,
        previous=last.previous,
    )
    return told == last or codec.canonical(new) == codec.canonical(last)


def _status(decision: Decision) -> Literal["assigned", "unassigned", "ended"]:
    if decision.decided_by == "ended":
        return "ended"
    return "unassigned" if decision.territory == UNASSIGNED else "assigned"


def tell_link(draft: Draft, key: StateKey, link: FamilyLink | None, occasion: Occasion) -> None:
    """Write the client's link where it differs from the one last written; its version follows that one's."""
    last = draft.link(key)
    version = last.version if last is not None else 0
    if link is None and last is None:
        return
    if link is not None and last is not None and structs.replace(link, version=version) == last:
        return
    version += 1
    link = structs.replace(link, version=version) if link is not None else None
    draft.put_link(key, link)
    value = codec.encode(link) if link is not None else None
    draft.effects.outputs.append(_output(FAMILY, key, value, f"{key.key}:{version}", occasion))


def _output(topic: Topic, key: StateKey, value: bytes | None, event_id: str, occasion: Occasion) -> Output:
    headers: Headers = codec.cloudevent(
        topic.event_type, event_id, SOURCE, codec.rfc3339(occasion.now), occasion.traceparent
    )
    return Output(topic.name, key.key, value, key.partition, headers)
