"""What the loader is told by its environment: the object store, the warehouse, and larger batches than other stages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from services.loader.names import Names
from services.stream.settings import StreamSettings

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class LoaderSettings(StreamSettings):
    """`warehouse_emulated`: what answers is the local stand-in, which has no roles, no policies and one database."""

    batch_max: Annotated[int, Field(ge=1, le=50_000)] = 40_000  # what a load costs beside its rows is shared by so many
    batch_wait_ms: Annotated[int, Field(ge=0, le=10_000)] = 500  # a load costs the warehouse about that much anyway

    bucket: str = "institutional-clients-raw"
    s3_endpoint: str = ""  # empty: AWS
    s3_region: str = "us-east-1"
    s3_access_key: SecretStr | None = None  # none: what boto3 finds (a role, a profile)
    s3_secret_key: SecretStr | None = None
    s3_attempts: Annotated[int, Field(ge=1, le=10)] = 3

    warehouse_account: str = "local"
    warehouse_user: str = "loader"
    warehouse_password: SecretStr = SecretStr("")
    warehouse_host: str = ""  # empty: the account's own
    warehouse_port: Annotated[int, Field(ge=1, le=65_535)] = 443
    warehouse_protocol: Literal["http", "https"] = "https"
    warehouse_role: str = "DATA_ENGINEER"
    warehouse_compute: str = "CADASTRE_LOAD"
    warehouse_timeout_s: Annotated[int, Field(ge=1, le=3_600)] = 120
    warehouse_emulated: bool = False
    away_s: Annotated[float, Field(ge=0)] = 60.0  # how long the warehouse may be away before the process gives up
    # Of versions and removals the log keeps 7 days; who was away longer may miss some without knowing.
    longest_absence_s: Annotated[float, Field(gt=0)] = 6 * 86_400.0
    raw_database: Identifier = "RAW"
    stage_database: Identifier = "STAGE"
    core_database: Identifier = "CORE"

    @property
    def names(self) -> Names:
        return Names(self.raw_database, self.stage_database, self.core_database, self.bucket)
