"""What pulse is told by its environment: the stream's settings, of which it needs where Kafka is."""

from __future__ import annotations

import ssl

from faust import SASLCredentials, SSLCredentials
from pydantic import field_validator

from services.stream.settings import StreamSettings

# Of the Kafka client that all others use, what pulse's own client can do as well.
KNOWN = frozenset(
    ("security.protocol", "sasl.mechanism", "sasl.mechanisms", "sasl.username", "sasl.password", "ssl.ca.location")
)


class PulseSettings(StreamSettings):
    """Read once, at start, from variables named CADASTRE_…; every problem is listed at once."""

    @field_validator("kafka")
    @classmethod
    def _only_what_it_can_do(cls, given: dict[str, str]) -> dict[str, str]:
        unknown = sorted(given.keys() - KNOWN)
        if unknown:
            raise ValueError(f"pulse does not know {', '.join(unknown)}; it knows {', '.join(sorted(KNOWN))}")
        return given

    def brokers(self) -> str:
        """As its client wants them: `kafka://host:port;kafka://host:port`."""
        return ";".join(f"kafka://{one.strip()}" for one in self.bootstrap.split(","))

    def credentials(self) -> SASLCredentials | SSLCredentials | None:
        """None where the broker asks for nothing."""
        protocol = self.kafka.get("security.protocol", "plaintext").lower()
        tls = ssl.create_default_context(cafile=self.kafka.get("ssl.ca.location")) if protocol.endswith("ssl") else None
        if protocol.startswith("sasl_"):
            return SASLCredentials(
                username=self.kafka.get("sasl.username"),
                password=self.kafka.get("sasl.password"),
                mechanism=self.kafka.get("sasl.mechanism", self.kafka.get("sasl.mechanisms", "PLAIN")),
                ssl_context=tls,
            )
        return SSLCredentials(tls) if tls is not None else None
