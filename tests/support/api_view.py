"""A view filled without Kafka, and an app over it: what the api's unit tests ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
from joserfc.jwk import KeySet
from starlette.testclient import TestClient

from deploy.local.issuer import Signer, User
from schemas import codec
from schemas.events import Assignment, Client, ClientFields, LiveClient, Member, Money
from schemas.reference import Advisor, Reference, Region, Territory
from schemas.rules import Activation, Condition, Rule, RuleSet, Scheduled, Tier
from services.api.adapters.store import Store
from services.api.clients import Clients
from services.api.commands import Commands
from services.api.cursors import Cursors
from services.api.gate import Gate
from services.api.handler import projectors
from services.api.history import NoWarehouse, Past, Warehouse
from services.api.http.app import create_app
from services.api.limits import Limits
from services.api.live.door import Door
from services.api.live.hub import Hub
from services.api.parts import Parts
from services.api.pipeline import Pipeline
from services.api.places import Places
from services.api.reader import Reader
from services.api.readiness import Readiness
from services.api.reasons import Reasons
from services.api.repeats import Repeats
from services.api.scope import EVERYTHING
from services.api.standing import SignIn
from services.api.view import View
from services.stream.outcome import Incoming, Output
from services.stream.sink import Position

NOW = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
SECRET = b"a secret for tests only"
ISSUER = "http://issuer.test"
IDS = {"reference": "r", "deduped": "d", "assigned": "a"}

REGIONS = (
    Region(id="world", name="World"),
    Region(id="west", name="West", parent="world"),
    Region(id="coast", name="Coast", parent="west"),
    Region(id="east", name="East", parent="world"),
)
TERRITORIES = tuple(
    Territory(id=f"t-{region}", name=f"Territory {region}", region=region) for region in ("west", "coast", "east")
)
ADVISORS = (
    Advisor(id="ann", name="Ann", territories=("t-west", "t-coast"), capacity=3),
    Advisor(id="ben", name="Ben", territories=("t-east",), capacity=2),
    Advisor(id="cat", name="Cat", territories=("t-coast", "t-east"), capacity=5),
)
RULES = (
    RuleSet(
        set="main",
        number=1,
        tiers=(
            Tier(id="gold", when=Condition(field="aum", between=(1_000_000.0, None))),
            Tier(id="base", when=Condition(all=())),
        ),
        rules=tuple(
            Rule(
                id=f"r-{city}",
                priority=i,
                territory=f"t-{city}",
                when=Condition(all=(Condition(field="city", equals=city),)),
            )
            for i, city in enumerate(("west", "coast", "east"))
        ),
        default_territory="t-east",
    ),
    Activation(set="main", schedule=(Scheduled(number=1, effective_from=datetime(2026, 1, 1, tzinfo=UTC)),)),
)
REFERENCE: tuple[Reference, ...] = (*REGIONS, *TERRITORIES, *ADVISORS, *RULES)

USERS = {
    "ada": User(name="Ada", role="analyst"),
    "eli": User(name="Eli", role="engineer"),
    "olga": User(name="Olga", role="operator"),
    "wes": User(name="Wes", role="leader", regions=["west"]),
    "eve": User(name="Eve", role="leader", regions=["east"]),
}


@dataclass
class Feed:
    """Values as the topics would bring them, with growing offsets and times."""

    store: Store
    offset: int = 0
    at_ms: int = int(NOW.timestamp() * 1_000) - 3_600_000
    handlers: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._handlers = {handler.topic: handler for handler in projectors({})}

    def put(self, values: Iterable[Reference | Client | Assignment]) -> None:
        """One batch."""
        outputs: list[Output] = []
        for value in values:
            self.offset += 1
            self.at_ms += 1
            topic, key = address(value)
            incoming = Incoming(topic, 0, self.offset, self.at_ms, key, codec.encode(value), [])
            outputs += self._handlers[topic].handle([incoming], NOW).outputs
        positions = {(topic, 0): Position(self.offset + 1, topic_id) for topic, topic_id in IDS.items()}
        self.store.commit(None, outputs, positions)


def address(value: Reference | Client | Assignment) -> tuple[str, str]:
    if isinstance(value, Assignment):
        return "assigned", value.client_id
    if hasattr(value, "client_id"):
        return "deduped", value.client_id
    return "reference", value.key


def live(
    client_id: str, version: int = 1, aum: str = "5.00", records: Sequence[str] = (), **fields: object
) -> LiveClient:
    said = ClientFields(**{"name": f"Name {client_id}", "country": "US", "aum": Money(aum, "USD"), **fields})  # type: ignore[arg-type]
    members = tuple(Member(record=record, fields=said) for record in (records or (f"crm:{client_id}",)))
    provenance = {"name": members[0].record}
    return LiveClient(
        client_id=client_id, version=version, engine="1", pool="US", golden=said, provenance=provenance, members=members
    )


def assigned(client_id: str, territory: str | None, advisor: str | None = None, version: int = 1) -> Assignment:
    region = territory.removeprefix("t-") if territory else None
    return Assignment(
        client_id=client_id,
        version=version,
        client_version=1,
        status="assigned" if territory else "unassigned",
        decided_by="rule" if territory else "unassigned",
        effective_from=NOW,
        trigger="client",
        territory=territory or "UNASSIGNED",
        region=region,
        advisor=advisor,
        tier="base",
    )


class Clocked:
    def now(self) -> datetime:
        return NOW


@dataclass
class Api:
    """The whole api but Kafka. `said` is what commands have said."""

    store: Store
    feed: Feed
    parts: Parts
    signer: Signer
    said: list[tuple[Reference, object]] = field(default_factory=list)
    _client: TestClient | None = None

    @property
    def http(self) -> TestClient:
        if self._client is None:
            app = create_app()
            app.state.parts = self.parts
            self._client = TestClient(app, raise_server_exceptions=False)
        return self._client

    def put(self, *values: Reference | Client | Assignment, at_ms: int | None = None) -> None:
        self.feed.at_ms = self.feed.at_ms if at_ms is None else at_ms
        self.feed.put(values)
        self.parts.view.refresh()

    def token(self, user: str) -> str:
        return self.signer.token(user, USERS[user], NOW.timestamp())

    def get(self, user: str, path: str, **headers: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(user)}", **headers}
        answer: httpx.Response = self.http.get(path, headers=headers)
        return answer

    def match(self, client_id: str) -> str:
        """What a command's If-Match says that has seen the client as it is now."""
        row = self.parts.clients.row(EVERYTHING, client_id)
        return f'"{row.version}"' if row is not None else '"none"'

    def close(self) -> None:
        self.store.close()


def api_over(
    folder: Path,
    values: Iterable[Reference | Client | Assignment] = REFERENCE,
    warehouse: Warehouse | None = None,
) -> Api:
    store = Store(folder / "view.sqlite", IDS)
    feed = Feed(store)
    feed.put(values)
    store.settle()
    view, signer, cursors = View(store.path), Signer(ISSUER), Cursors(SECRET)
    clients = Clients(view, cursors)
    reasons = Reasons(view, clients)
    said: list[tuple[Reference, object]] = []
    readiness = Readiness({}, live=True, progress=1.0)
    keys = KeySet.import_key_set(signer.keys())  # type: ignore[arg-type]
    gate = Gate(SignIn(ISSUER, "cadastre", True, "cadastre"), lambda: keys, SECRET, NOW.timestamp)
    places = Places(view, cursors)
    hub = Hub(places, clients, Clocked(), 0.05)
    store.on_commit = hub.take
    pipeline = Pipeline()
    hub.strip = lambda scope: msgspec.json.encode(pipeline.live(view.roster, scope))
    parts = Parts(
        view=view,
        reader=Reader(view),
        clients=clients,
        places=places,
        reasons=reasons,
        past=Past(view, clients, warehouse or NoWarehouse()),
        commands=Commands(view, clients, reasons, lambda one, audit: said.append((one, audit)), Clocked()),
        gate=gate,
        limits=Limits(1_000_000, 1_000_000),
        repeats=Repeats(),
        door=Door(hub, gate, view, readiness, (), 5),
        readiness=readiness,
        pipeline=pipeline,
        clock=Clocked(),
    )
    return Api(store, feed, parts, signer, said)
