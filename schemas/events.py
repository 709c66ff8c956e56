"""What travels on the topics, one type a topic.

Owns the shape of every value between two services. A new field needs a default, and no field is ever renamed or
retyped: old values in compacted topics must decode for as long as the topic lives. Times are timezone-aware UTC,
money is a decimal string with its currency, absent and null are the same thing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

UtcTime = Annotated[datetime, Meta(tz=True)]
RecordKey = str  # "source:record_id"
Amount = Annotated[str, Meta(pattern=r"^-?\d{1,24}(\.\d{1,6})?$")]


class Money(Struct, frozen=True, forbid_unknown_fields=True):
    """An exact amount: decimals travel as text, since a float would round a billion-dollar book."""

    amount: Amount
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]


class ClientFields(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a CRM may say of a client, normalised. A field that was not said is absent."""

    name: str | UnsetType = UNSET
    lei: str | UnsetType = UNSET
    tax_id: str | UnsetType = UNSET
    identifiers: dict[str, str] | UnsetType = UNSET  # scheme (crd, duns, sec, …) → value
    street: str | UnsetType = UNSET
    city: str | UnsetType = UNSET
    subdivision: str | UnsetType = UNSET  # ISO 3166-2
    postal_code: str | UnsetType = UNSET
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")] | UnsetType = UNSET  # ISO 3166-1 alpha-2
    phone: str | UnsetType = UNSET  # E.164
    email: str | UnsetType = UNSET
    website: str | UnsetType = UNSET
    client_type: str | UnsetType = UNSET
    industry: str | UnsetType = UNSET
    founded_on: str | UnsetType = UNSET  # RFC 3339 full-date
    aum: Money | UnsetType = UNSET
    revenue: Money | UnsetType = UNSET
    employees: Annotated[int, Meta(ge=0, le=2**53)] | UnsetType = UNSET
    parent_record: RecordKey | UnsetType = UNSET
    record_status: str | UnsetType = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET
    created_at: UtcTime | UnsetType = UNSET


FIELD_NAMES: tuple[str, ...] = ClientFields.__struct_fields__


class Version(Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """When the source committed a change, and its own number within that moment."""

    time: UtcTime
    sequence: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0


class Stamp(Struct, frozen=True, order=True, array_like=True):
    """A version made total by the event's id: what decides which of two changes to a field stands."""

    time: UtcTime
    sequence: int
    event_id: str


class Origin(Struct, frozen=True):
    """Where ingest took the change from: the adapter, and the position in what it read (row, offset, item)."""

    adapter: str
    position: str = ""


class ChangeEvent(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One change to one record of one source. `version` is absent where the source gives none."""

    event_id: str
    source: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    record_id: Annotated[str, Meta(min_length=1, max_length=255)]
    op: Literal["upsert", "patch", "delete", "touch"]
    received_at: UtcTime
    origin: Origin
    fields: ClientFields = ClientFields()
    cleared: tuple[str, ...] = ()
    version: Version | None = None
    originals: dict[str, str] = {}  # the values that normalising changed, as they were sent
    leaves: str | None = None  # of a touch: a match pool that may still hold the record though it has left it

    @property
    def record(self) -> RecordKey:
        return f"{self.source}:{self.record_id}"


class RecordState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record as its changes leave it: a last-writer-wins register per field.

    `base` is the stamp of every field that `stamps` does not name (None: below every stamp); `stamps` holds the
    fields that were changed after it.
    """

    record: RecordKey
    fields: ClientFields = ClientFields()
    base: Stamp | None = None
    stamps: dict[str, Stamp] = {}
    pool: str | None = None  # the match pool that it was last sent to
    deleted_at: UtcTime | None = None  # when the record table took the delete; key and floor go 7 days later
    seen: tuple[str, ...] = ()  # the last event ids of a source that gives no versions


class PooledRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record entering or changing in a match pool, or (`record` absent) leaving it."""

    key: RecordKey
    pool: str
    record: RecordState | None = None
    moved_to: str | None = None  # the pool that it left for
    touch: bool = False  # say again what stands, changed or not


class Evidence(Struct, frozen=True, array_like=True):
    """What one field says about a pair. `weight` is in hundredths of a bit."""

    field: str
    level: str  # exact, close, different
    weight: int


class Edge(Struct, frozen=True):
    """A scored pair of records, `low` < `high`. `weight`: evidence and prior, in hundredths of a bit."""

    low: RecordKey
    high: RecordKey
    weight: int
    confidence: float  # 100 × probability, two decimals
    evidence: tuple[Evidence, ...]


class Member(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record inside a client, with all that resolving it again needs."""

    record: RecordKey
    fields: ClientFields
    base: Stamp | None = None
    stamps: dict[str, Stamp] = {}


class MovedRecord(Struct, frozen=True):
    record: RecordKey
    pool: str


class LiveClient(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="status", tag="live"):
    """One client as its records tell: golden fields, where each came from, and why these records are one."""

    client_id: str
    version: int
    engine: str
    pool: str
    golden: ClientFields
    provenance: dict[str, RecordKey]  # golden field → the member it was taken from
    members: tuple[Member, ...]  # by record key
    confidence: float = 100.0  # of the weakest accepted edge
    edges: tuple[Edge, ...] = ()  # accepted, strongest first
    possible: tuple[Edge, ...] = ()  # the 20 strongest pairs with records of other clients
    oversized: bool = False  # refined harder, because the component was over its bound
    split_from: str | None = None  # the client that held the founding member before
    touch: bool = False


class EndedClient(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="status", tag="ended"):
    """An id without members. Links to it go on to `into`, and for `moved` to whoever now holds the record."""

    client_id: str
    version: int
    engine: str
    pool: str
    into: tuple[str, ...] = ()
    moved: tuple[MovedRecord, ...] = ()


Client = LiveClient | EndedClient


class RuleRef(Struct, frozen=True):
    set: str
    number: int
    id: str
    priority: int


class Conflict(Struct, frozen=True):
    """A statement that was set aside: another of the same kind, by a later author, holds for this client."""

    kind: Literal["override", "whitelist", "blacklist", "parent_cycle"]
    subject: str


class Previous(Struct, frozen=True):
    territory: str
    advisor: str | None
    tier: str | None


DecidedBy = Literal["override", "whitelist", "rule", "parent", "default", "unassigned", "ended"]
Trigger = Literal["client", "reference", "family", "time", "restart"]


class Assignment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who serves a client and why. An ended client's assignment is `ended` and names nobody."""

    client_id: str
    version: int
    client_version: int
    status: Literal["assigned", "unassigned", "ended"]
    decided_by: DecidedBy
    effective_from: UtcTime
    trigger: Trigger
    territory: str = "UNASSIGNED"
    region: str | None = None
    advisor: str | None = None
    tier: str | None = None
    segment: str | None = None
    rule: RuleRef | None = None
    source_record: RecordKey | None = None  # the record that an override or a list entry names
    conditions: tuple[str, ...] = ()  # the deciding rule's conditions that hold, as text
    lower: tuple[str, ...] = ()  # up to five lower rules that also match, by id
    conflicts: tuple[Conflict, ...] = ()
    previous: Previous | None = None


class FamilyLink(Struct, frozen=True, array_like=True):
    """What a child needs of any client, in ~40 bytes: who it is by record-key hashes, and where it stands."""

    client_id: str
    version: int
    members: tuple[int, ...]  # 63-bit hashes of the members' record keys
    parent: int | None  # the same hash of the golden parent_record
    territory: str
    advisor: str | None


class AuditEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who changed what that decides about clients."""

    actor: str
    action: str
    subject: str
    at: UtcTime
    details: dict[str, str] = {}


Tallied = Annotated[int, Meta(ge=0, le=2**53)]  # many of them still add up within 64 bits


class Heartbeat(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one replica of a stage stands. `positions` are the ends it has seen with everything before committed."""

    stage: str
    replica: str
    at: UtcTime
    state: Literal["starting", "restoring", "running", "paused", "stopping"]
    caught_up: bool
    lag: int  # records fetched or waiting behind the last committed batch, as of the last look
    re_examining: int  # keys still to be re-examined
    positions: dict[str, dict[int, int]]  # topic → partition → offset
    counts: dict[str, int] = {}  # "topic.outcome" → records, since the partitions' beginnings
    rate_per_s: float = 0.0
    failing: dict[str, int] = {}  # quality check → what it counted when last asked, where that is too much
    # What was committed since the heartbeat before:
    decided: dict[str, Tallied] = {}  # "topic.outcome" → records
    rejected: dict[str, Tallied] = {}  # reason → records
    took: dict[int, Tallied] = {}  # milliseconds from the append on the input to the commit, less than → records
    # What a stage counts of its own; of assign: arrived and left, by territory.
    tallies: dict[str, dict[str, Tallied]] = {}


class Window(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one replica of a stage did in one stretch of time: pulse's sum of its heartbeats.

    A window that has not ended yet is said too, and again as it grows: the one with more `beats` holds.
    """

    stage: str
    replica: str
    start: UtcTime
    seconds: int
    beats: int
    at: UtcTime  # when the last heartbeat in it was appended
    lag: int  # the most
    decided: dict[str, int] = {}
    rejected: dict[str, int] = {}
    took: dict[int, int] = {}
    arrived: dict[str, int] = {}  # territory → clients that came to it
    left: dict[str, int] = {}
