"""S3: an object is written once, and whoever comes later takes what is there.

Every call is bounded; what fails for reasons of the store's own is `StoreAway`, and may be tried again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from services.loader.batch import Cut, adopted
from services.loader.settings import LoaderSettings
from services.stream.crash import CrashPoints

if TYPE_CHECKING:
    from botocore.client import BaseClient

CONNECT_S, READ_S = 5, 60
_TAKEN = frozenset(("PreconditionFailed", "ConditionalRequestConflict", "412", "409"))


class StoreAway(Exception):
    """The object store does not answer, or answers with an error of its own."""


class ObjectStore:
    """The bucket of a deployment."""

    def __init__(self, settings: LoaderSettings, crash: CrashPoints | None = None) -> None:
        self._bucket = settings.bucket
        self._crash = crash or CrashPoints()
        self._client = _client(settings)

    def make_bucket(self) -> None:
        """For the local stand-in; in production the bucket is made with its policies by whoever owns the account."""
        from botocore.exceptions import ClientError

        try:
            self._client.create_bucket(Bucket=self._bucket)
        except ClientError as refused:
            if refused.response["Error"]["Code"] not in ("BucketAlreadyExists", "BucketAlreadyOwnedByYou"):
                raise

    def land(self, mine: Cut, body: bytes) -> Cut:
        """Write the object where none is; else the cut of the one that is there. A broken one is replaced."""
        if self._put(mine, body, {"IfNoneMatch": "*"}):
            self._crash.reach("uploaded")
            return mine
        found, metadata, etag = self._get(mine.key)
        theirs = adopted(mine, metadata, found)
        if theirs is not None:
            return theirs
        if not self._put(mine, body, {"IfMatch": etag}):
            raise StoreAway(f"{mine.key} was replaced by somebody else meanwhile")
        self._crash.reach("replaced")
        return mine

    def read(self, key: str) -> tuple[bytes, dict[str, str]]:
        """An object's bytes and what it says of itself."""
        body, metadata, _ = self._get(key)
        return body, metadata

    def stored(self) -> Iterator[str]:
        """Every object's key, in order."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket):
                yield from (entry["Key"] for entry in page.get("Contents", ()))
        except (BotoCoreError, ClientError) as failure:
            raise _away(failure) from failure

    def _put(self, cut: Cut, body: bytes, condition: dict[str, str]) -> bool:
        """Whether it was written; False where the condition does not hold."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=cut.key,
                Body=body,
                ContentType="text/csv",
                ContentEncoding="gzip",
                ServerSideEncryption="AES256",
                Metadata=cut.metadata,
                **condition,
            )
        except ClientError as refused:
            if refused.response["Error"]["Code"] in _TAKEN:
                return False
            raise _away(refused) from refused
        except BotoCoreError as failure:
            raise _away(failure) from failure
        return True

    def _get(self, key: str) -> tuple[bytes, dict[str, str], str]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            return answer["Body"].read(), cast("dict[str, str]", answer["Metadata"]), cast("str", answer["ETag"])
        except (BotoCoreError, ClientError) as failure:
            raise _away(failure) from failure


def _away(failure: Exception) -> StoreAway:
    return StoreAway(f"{type(failure).__name__}: {failure}")


def _client(settings: LoaderSettings) -> BaseClient:
    import boto3
    from botocore.config import Config

    secret = settings.s3_secret_key
    return boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint or None,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key.get_secret_value() if settings.s3_access_key else None,
        aws_secret_access_key=secret.get_secret_value() if secret else None,
        config=Config(
            connect_timeout=CONNECT_S,
            read_timeout=READ_S,
            retries={"total_max_attempts": settings.s3_attempts, "mode": "standard"},
            s3={"addressing_style": "path" if settings.s3_endpoint else "auto"},
        ),
    )
