"""What the resolver keeps of one match pool: its records, indexed, and the last word on every client.

Restored from what was said and nothing else. Last words are kept as the bytes that were said: most are never looked at
again, and as objects they would take ten times the memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schemas.codec import client as decode_client
from schemas.events import EndedClient, LiveClient, RecordKey
from services.dedupe.kept_keys import Keys
from services.dedupe.matching import Features, blocking_keys, features
from services.dedupe.neighbours import Neighbourhood, Scoring


class Pool:
    """`home`: record → the client that last said it; `said`: its bytes; `ended`: an ended id → its last version."""

    __slots__ = ("ended", "home", "name", "neighbourhood", "said")

    def __init__(self, name: str, scoring: Scoring) -> None:
        self.name = name
        self.neighbourhood = Neighbourhood(scoring, self._recall)
        self.home: dict[RecordKey, str] = {}
        self.said: dict[str, bytes] = {}
        self.ended: dict[str, int] = {}

    def restore(
        self, client_id: str, value: bytes, client: LiveClient | EndedClient, keys: Sequence[Keys] | None
    ) -> None:
        """`keys`: of each member, where they are known."""
        if isinstance(client, EndedClient):
            self.ended[client_id] = client.version
            return
        self.said[client_id] = value
        made = keys or [blocking_keys(features(member.record, member.fields)) for member in client.members]
        for member, of_member in zip(client.members, made, strict=True):
            self.home[member.record] = client_id
            self.neighbourhood.restore(member.record, of_member)

    def keys(self, client: LiveClient) -> Iterable[Keys]:
        """The blocking keys of each member."""
        return (self.neighbourhood.keys(member.record) for member in client.members)

    def _recall(self, record: RecordKey) -> Features:
        client = self.last_word(self.home[record])
        assert client is not None, f"{record} is at home in {self.home[record]}, which isn't live"
        return next(features(record, member.fields) for member in client.members if member.record == record)

    def one_of_each(self) -> Iterable[RecordKey]:
        """One record of every live client."""
        return {client_id: record for record, client_id in self.home.items()}.values()

    def last_word(self, client_id: str) -> LiveClient | None:
        """The client as it was last said, None where it isn't live."""
        value = self.said.get(client_id)
        if value is None:
            return None
        client = decode_client(value)
        assert isinstance(client, LiveClient)
        return client
