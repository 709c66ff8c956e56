"""Small clients and statements for these tests, and the stage as a toy log around its handler."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import UNSET, convert

from schemas import codec
from schemas.events import Assignment, Client, ClientFields, EndedClient, LiveClient, Member
from schemas.partition import partition_of
from schemas.reference import Advisor, NamedList, Reference, Region, Territory
from schemas.rules import Activation, Condition, Rule, RuleSet, Scheduled, Tier
from services.assign.handler import Assigner
from services.assign.rules.compile import Compiled, compile
from services.stream.outcome import Effects, Incoming, Output, StateKey

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ALWAYS = Condition(all=())


def live(
    client_id: str, records: Iterable[str] = (), version: int = 1, touch: bool = False, **fields: object
) -> LiveClient:
    golden = convert({name: value for name, value in fields.items() if value is not None}, ClientFields)
    members = tuple(Member(record=record, fields=golden) for record in sorted(records or (f"crm:{client_id}",)))
    return LiveClient(
        client_id=client_id,
        version=version,
        engine="1",
        pool="US",
        golden=golden,
        provenance={},
        members=members,
        touch=touch,
    )


def ended(client_id: str, version: int) -> EndedClient:
    return EndedClient(client_id=client_id, version=version, engine="1", pool="US")


def condition(tree: Mapping[str, object]) -> Condition:
    return convert(tree, Condition)


def country(code: str) -> Condition:
    return Condition(field="country", equals=code)


def rule(rule_id: str, priority: int, territory: str, when: Condition = ALWAYS, **more: object) -> Rule:
    given = {"id": rule_id, "priority": priority, "territory": territory, "when": when, **more}
    return convert(given, Rule)


def rules(*held: Rule, number: int = 1, active_from: datetime = NOW - DAY, **more: object) -> list[Reference]:
    given = {"kind": "rules", "set": "s", "number": number, "rules": held, **more}
    schedule = (Scheduled(active_from, number),)
    return [convert(given, RuleSet), Activation(set="s", schedule=schedule)]


def land(*territories: str, advisors: int = 2) -> list[Reference]:
    """A region with these territories and advisors of capacity 10, 20, … in each."""
    statements: list[Reference] = [Region(id="r", name="R")]
    for territory in territories:
        statements.append(Territory(id=territory, name=territory, region="r"))
        for n in range(advisors):
            statements.append(Advisor(id=f"{territory}-{n}", name="A", territories=(territory,), capacity=10 * (n + 1)))
    return statements


def tier(tier_id: str, when: Condition = ALWAYS) -> Tier:
    return Tier(id=tier_id, when=when)


def named_list(list_id: str, territory: str, black: bool = False) -> NamedList:
    return NamedList(id=list_id, name=list_id, purpose="blacklist" if black else "whitelist", territory=territory)


def compiled(*statements: Iterable[Reference], now: datetime = NOW) -> Compiled:
    return compile([one for group in statements for one in group], now)


class Stage:
    """Replicas of the handler over toy topics. What one says is in the log at once; `family` is read when it looks."""

    def __init__(self, partitions: int = 4, replicas: int = 1, now: datetime = NOW) -> None:
        self.now = now
        self.partitions = partitions
        self.topics: dict[str, list[Incoming]] = {name: [] for name in ("deduped", "assigned", "family", "reference")}
        self.handlers = [Assigner() for _ in range(replicas)]
        self.read = [0] * replicas  # how much of `family` each has learned
        self.resumed: list[str] = []  # the clients that a restart decided again
        for partition in range(partitions):
            self.handlers[partition % replicas].restored(partition, now, "")

    def owner(self, partition: int) -> Assigner:
        return self.handlers[partition % len(self.handlers)]

    def append(self, topic: str, key: str, value: bytes | None, partition: int = 0) -> Incoming:
        appended_ms = int(self.now.timestamp() * 1_000)
        message = Incoming(topic, partition, len(self.topics[topic]), appended_ms, key, value, [])
        self.topics[topic].append(message)
        return message

    def state(self, *statements: Reference) -> None:
        for statement in statements:
            self.unstate(statement.key, codec.encode(statement))

    def unstate(self, key: str, value: bytes | None = None) -> None:
        message = self.append("reference", key, value)
        for handler in self.handlers:
            handler.learn(message)

    def feed(self, clients: Sequence[Client], batch: int = 500) -> list[Output]:
        messages = []
        for client in clients:
            partition = partition_of(client.client_id, self.partitions)
            messages.append(self.append("deduped", client.client_id, codec.encode(client), partition))
        said: list[Output] = []
        for replica, handler in enumerate(self.handlers):
            own = [m for m in messages if m.partition % len(self.handlers) == replica]
            for at in range(0, len(own), batch):
                said += self._take(handler.handle(own[at : at + batch], self.now))
        return said

    def _take(self, effects: Effects) -> list[Output]:
        for output in effects.outputs:
            self.append(output.topic, output.key, output.value, output.partition)
        return effects.outputs

    def look_again(self, reading: int | None = None) -> tuple[int, list[Output]]:
        """One pass: at most `reading` of `family` is learned and what is touched decided once more.

        Returns how many keys that was, and what was said of them.
        """
        for n, handler in enumerate(self.handlers):
            news = self.topics["family"][self.read[n] :][:reading]
            for message in news:
                handler.learn(message)
            self.read[n] += len(news)
        touched = [(handler, handler.touched(self.now)) for handler in self.handlers]
        said = [out for handler, keys in touched if keys for out in self._take(handler.re_examine(keys, self.now))]
        return sum(len(keys) for _, keys in touched), said

    def settle(self) -> int:
        """Passes until nothing is touched any more; how many of them said something."""
        telling = 0
        for _ in range(100):
            keys, said = self.look_again()
            telling += bool(said)
            if not keys and self.read == [len(self.topics["family"])] * len(self.read):
                return telling
        raise AssertionError("the stage does not settle")

    def restarted(self) -> Stage:
        """Another life of the stage: global tables first, then state, then every live client again."""
        other = Stage.__new__(Stage)
        other.now, other.partitions, other.topics = self.now, self.partitions, {k: [*v] for k, v in self.topics.items()}
        other.handlers, other.resumed = [Assigner() for _ in self.handlers], []
        other.read = [len(self.topics["family"])] * len(self.handlers)
        for handler in other.handlers:
            for message in (*self.topics["reference"], *self.topics["family"]):
                handler.learn(message)
        for topic in ("deduped", "assigned"):
            for message in self.topics[topic]:
                other.owner(message.partition).restore(message)
        return other

    def resume(self, mark: str = "") -> list[Output]:
        """What a restarted stage says when all its partitions have been re-examined."""
        said: list[Output] = []
        for partition in range(self.partitions):
            keys = self.owner(partition).restored(partition, self.now, mark)
            self.resumed += [key.key for key in keys]
            said += self._take(self.owner(partition).re_examine(keys, self.now))
        return said

    def assignments(self) -> dict[str, Assignment]:
        """The latest assignment of every client that was ever said."""
        return {m.key: codec.assignment(m.value) for m in self.topics["assigned"] if m.value is not None}

    def canonical(self) -> dict[str, bytes]:
        states = ((key, codec.canonical(value)) for key, value in sorted(self.assignments().items()))
        return {key: state for key, state in states if state is not None}


def key(stage: Stage, client_id: str) -> StateKey:
    return StateKey(partition_of(client_id, stage.partitions), client_id)


def parent_of(client: LiveClient) -> str | None:
    parent = client.golden.parent_record
    return parent if parent is not UNSET else None
