"""What the resolver keeps of one match pool: its records, indexed, and the last word on every client.

Restored from what was said and nothing else. Last words are kept as the bytes that were said: most are never looked at
again, and as objects they would take ten times the memory.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.codec import client as decode_client
from schemas.events import EndedClient, LiveClient, RecordKey
from services.dedupe.journal import Journal
from services.dedupe.matching import features
from services.dedupe.neighbours import Neighbourhood, Scoring


class Pool:
    """`home`: record → the client that last said it; `said`: its bytes; `ended`: an ended id → its last version."""

    __slots__ = ("ended", "home", "name", "neighbourhood", "said")

    def __init__(self, name: str, scoring: Scoring) -> None:
        self.name = name
        self.neighbourhood = Neighbourhood(scoring)
        self.home: dict[RecordKey, str] = {}
        self.said: dict[str, bytes] = {}
        self.ended: dict[str, int] = {}

    def restore(self, client_id: str, value: bytes, client: LiveClient | EndedClient) -> None:
        if isinstance(client, EndedClient):
            self.ended[client_id] = client.version
            return
        self.said[client_id] = value
        unlimited, journal = 2**31, Journal()
        for member in client.members:
            self.home[member.record] = client_id
            self.neighbourhood.add(features(member.record, member.fields), unlimited, journal)

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
