"""Assign: `deduped` in, `assigned` out; the statements of people and the family of all clients decide with it.

A client is said again only where its canonical assignment differs from what was last said, or where a touch asks for
it. Ended ids end once. Links go to `family` in the same transaction, and count only when they come back from there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from schemas import codec
from schemas.events import Trigger
from schemas.reasons import Reason
from schemas.topics import ASSIGNED, DEDUPED, FAMILY, REFERENCE
from services.assign.client import Ended, Live, read
from services.assign.hierarchy import FamilyTable
from services.assign.rules.compile import Compiled
from services.assign.state import NEW, Draft, Held, Standing
from services.assign.statements import Statements
from services.assign.telling import Occasion, is_told, tell
from services.stream.outcome import Effects, Incoming, Rejection, StateKey


class _Said(msgspec.Struct):
    """As much of an `assigned` value as tells whether the client had ended."""

    status: str


_said = msgspec.json.Decoder(_Said).decode


def _outlives(standing: Standing) -> bool:
    """Whether the last assignment said of an ended client still serves it."""
    if standing.client is not None or not standing.version or standing.said is None:
        return False
    return _said(standing.said).status != "ended"


def _anybody(_client_id: str, _standing: Standing) -> bool:
    return True


class Assigner:
    """The handler of `deduped`. `reference` and `family` are its global tables."""

    topic = DEDUPED.name
    state_topics = (DEDUPED.name, ASSIGNED.name)

    def __init__(self) -> None:
        self._held: dict[int, Held] = {}
        self._statements = Statements()
        self._family = FamilyTable()
        self._moved: dict[str, None] = {}  # clients whose family changed, wherever they are held

    def restore(self, message: Incoming) -> None:
        standings = self._held.setdefault(message.partition, Held()).standings
        standing = standings.get(message.key, NEW)
        if message.value is None:
            return  # neither topic is ever given one
        if message.topic == ASSIGNED.name:
            standings[message.key] = Standing(standing.version, standing.client, message.value)
            return
        try:
            client = read(message.value)  # as when it was consumed: half a look would take what was rejected then
        except codec.UNREADABLE:
            return
        live = message.value if isinstance(client, Live) else None
        standings[message.key] = Standing(client.version, live, standing.said)

    @property
    def mark(self) -> str:
        """The basis of today, once all that is held was sent to be decided on it and in its present family."""
        behind = any(held.generation != self._statements.generation for held in self._held.values())
        return "" if behind or self._moved else self._statements.basis

    def restored(self, partition: int, now: datetime, mark: str) -> Sequence[StateKey]:
        """Every live client, but where the mark tells that all were decided on today's basis: then only those with a
        parent, whose family may have changed meanwhile, and those of whom not all was said, or two halves that differ.
        And those whose end was not said, which only a position that a rebuild has moved may have left behind."""
        self._statements.latest(now)
        held = self._held.setdefault(partition, Held())
        known = mark != "" and mark == self._statements.basis
        live = self._sweep(partition, held, "restart", self._is_doubtful if known else _anybody)
        unended = [StateKey(partition, key) for key, standing in held.standings.items() if _outlives(standing)]
        return [*live, *unended]

    def drop(self, partition: int) -> None:
        self._held.pop(partition, None)

    def handle(self, batch: Sequence[Incoming], now: datetime) -> Effects:
        compiled = self._statements.standing(now)
        draft = Draft(self._held, self._family)
        for message in batch:
            self._held.setdefault(message.partition, Held(generation=self._statements.generation))
            self._take(draft, message, compiled, self._statements.moment(now))
        return draft.apply()

    def _take(self, draft: Draft, message: Incoming, compiled: Compiled, now: datetime) -> None:
        try:
            client = read(message.value or b"")
        except codec.UNREADABLE as error:
            draft.effects.rejections.append(Rejection(message, Reason.MALFORMED, f"deduped value: {error}"))
            return
        draft.effects.count(message.partition, "assigned")
        key = StateKey(message.partition, message.key)
        standing = draft.standing(key)
        touch = isinstance(client, Live) and client.touch
        if client.version > standing.version:
            live = message.value if isinstance(client, Live) else None
            draft.put(key, Standing(client.version, live, standing.said))
        elif touch and standing.client is not None:
            client = read(standing.client)  # what stands, not what the older message tells
        else:
            return
        traceparent = dict(message.headers).get("traceparent")
        tell(draft, key, client, compiled, self._family, Occasion(now, "client", touch, traceparent))

    def learn(self, message: Incoming) -> None:
        if message.topic == REFERENCE.name:
            self._statements.learn(message.key, message.value)
        elif message.topic == FAMILY.name:
            self._learn_link(message)

    def _learn_link(self, message: Incoming) -> None:
        link = codec.family_link(message.value) if message.value is not None else None
        held = self._held.get(message.partition)
        if held is not None and message.key in held.standings:
            if message.key not in held.unlearned:
                self._moved[message.key] = None  # written by the partition's last owner: is it still what we'd say?
            elif held.unlearned[message.key] == link:
                del held.unlearned[message.key]
        moved = self._family.put(message.key, link)
        if self._statements.follows_parents:
            self._moved |= dict.fromkeys(moved)

    def touched(self, now: datetime) -> Sequence[StateKey]:
        self._statements.latest(now)
        keys: dict[StateKey, None] = {}
        for partition, held in sorted(self._held.items()):
            if held.generation != self._statements.generation:
                keys |= dict.fromkeys(self._sweep(partition, held, self._statements.trigger))
            here = [client_id for client_id in self._moved if client_id in held.standings]
            held.triggers |= {client_id: held.triggers.get(client_id, "family") for client_id in here}
            keys |= dict.fromkeys(StateKey(partition, client_id) for client_id in here)
        self._moved.clear()
        return list(keys)

    def _sweep(
        self, partition: int, held: Held, trigger: Trigger, of: Callable[[str, Standing], bool] = _anybody
    ) -> list[StateKey]:
        held.generation = self._statements.generation
        live = [one for one, standing in held.standings.items() if standing.client is not None and of(one, standing)]
        held.triggers |= dict.fromkeys(live, trigger)
        return [StateKey(partition, client_id) for client_id in live]

    def _is_doubtful(self, client_id: str, standing: Standing) -> bool:
        """Of a live client that was decided on today's basis."""
        client = read(standing.client or b"")
        if not isinstance(client, Live) or not is_told(client, standing.said, self._family.get(client_id)):
            return True
        return self._statements.follows_parents and client.golden.parent_record is not msgspec.UNSET

    def re_examine(self, keys: Sequence[StateKey], now: datetime) -> Effects:
        compiled = self._statements.standing(now)
        now = self._statements.moment(now)
        draft = Draft(self._held, self._family)
        for key in keys:
            if key.partition not in self._held:
                continue
            draft.examined(key)
            standing, occasion = draft.standing(key), Occasion(now, draft.trigger(key))
            if standing.client is not None:
                tell(draft, key, read(standing.client), compiled, self._family, occasion)
            elif standing.version:  # ended: whatever was said or learned since then must end too
                tell(draft, key, Ended(key.key, standing.version), compiled, self._family, occasion)
        return draft.apply()

    def next_moment(self) -> datetime | None:
        if any(held.generation != self._statements.generation for held in self._held.values()):
            return self._statements.compiled_at  # it has come: a batch met it before the loop asked
        return self._statements.until
