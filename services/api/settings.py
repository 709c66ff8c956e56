"""What the api is told by its environment: the stream's settings and its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from services.stream.settings import StreamSettings


class ApiSettings(StreamSettings):
    """Read once, at start, from variables named CADASTRE_…; every problem is listed at once."""

    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=1, le=65_535)] = 8_000  # REST, websocket, /livez, /readyz
    view: Path = Path("view.sqlite")  # this replica's own; it is built again from the log where it is missing
    issuer: str = "http://127.0.0.1:8001"  # of the tokens: their `iss`
    jwks_url: str = ""  # where its keys are; <issuer>/jwks.json where left out
    audience: str = "cadastre"
    issuer_is_local: bool = False  # the sign-in page then offers the issuer's users
    client_id: str = "cadastre"  # what the issuer knows the page by
    secret: Annotated[SecretStr, Field(min_length=16, validate_default=True)] = SecretStr(
        ""
    )  # required: seals cursors and tickets; one for all replicas
    origins: tuple[str, ...] = ()  # of pages elsewhere that may ask, and open sockets
    web: Path | None = None  # the built dashboard, where the api serves it too
    sockets_per_person: Annotated[int, Field(ge=1)] = 5
    tick_ms: Annotated[int, Field(ge=100, le=1_000)] = 250  # how often changes go out to the sockets
    reads_per_minute: Annotated[int, Field(ge=1)] = 3_000  # for each person
    writes_per_minute: Annotated[int, Field(ge=1)] = 60

    warehouse_account: str = ""  # this and the host empty: no warehouse, and no history
    warehouse_user: str = "api"
    warehouse_password: SecretStr = SecretStr("")
    warehouse_host: str = ""  # empty: the account's own
    warehouse_port: Annotated[int, Field(ge=1, le=65_535)] = 443
    warehouse_protocol: Literal["http", "https"] = "https"
    warehouse_role: str = "CRM_ANALYST"
    warehouse_compute: str = "CADASTRE_READ"
    warehouse_sessions: Annotated[int, Field(ge=1, le=32)] = 4  # at once; more questions wait
    warehouse_timeout_s: Annotated[int, Field(ge=1, le=60)] = 10  # of one question, from when it is asked
    warehouse_emulated: bool = False  # what answers is the local stand-in, which knows no session parameters
    core_database: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "CORE"

    @field_validator("web")
    @classmethod
    def _is_built(cls, web: Path | None) -> Path | None:
        if web is not None and not (web / "index.html").is_file():
            raise ValueError(f"no dashboard at {web}: it has no index.html; build it, or leave CADASTRE_WEB out")
        return web

    @property
    def has_warehouse(self) -> bool:
        return bool(self.warehouse_account or self.warehouse_host)

    @property
    def keys_url(self) -> str:
        return self.jwks_url or f"{self.issuer.rstrip('/')}/jwks.json"
