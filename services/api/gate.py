"""Who comes in: bearer tokens checked against the issuer's keys, and the tickets that open a socket.

Only asymmetric algorithms are taken, only from the issuer that is set, only for this audience, only while they last.
Every refusal looks the same from outside.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Meta, Struct

from services.api.refusals import Refused
from services.api.roles import Permission, Principal, Role
from services.api.standing import SignIn, Ticket

ALGORITHMS = ["RS256", "PS256", "ES256", "Ed25519"]  # never HS256: its key would be the public one
LEEWAY_S = 30
KEYS_FOR_S = 300.0
KEYS_AGAIN_S = 5.0  # an unknown key id is looked up, but a flood of them is not
AWAY_S = 2.0  # an issuer that did not answer is not asked again for so long: else all would wait for it in turn
REMEMBERED_S = 30.0  # a checked token is not checked again for so long: a signature costs more than the rest
REMEMBERED_MAX = 10_000
TICKET_S = 30
LONGEST_TOKEN = 8_192

FetchKeys = Callable[[], KeySet]
Text = Annotated[str, Meta(min_length=1, max_length=200)]


class Claims(Struct, frozen=True):
    """What a token must say of its bearer. `regions` counts for leaders."""

    iss: str
    sub: Text
    aud: str | list[str]
    exp: int | float
    role: Role
    name: str = ""
    regions: tuple[Text, ...] = ()
    nbf: int | float = 0
    iat: int | float = 0


class Sealed(Struct, frozen=True, array_like=True):
    """What a ticket carries."""

    subject: str
    name: str
    role: Role
    regions: tuple[str, ...]
    token_ends: float
    origin: str
    ends: float


class KeysAway(Exception):
    """The issuer does not answer."""


def unauthorised() -> Refused:
    return Refused(401, "unauthorised", "No valid token", "send a bearer token of the issuer that /api/sign-in names")


class Gate:
    def __init__(
        self, sign_in: SignIn, fetch: FetchKeys, secret: bytes, clock: Callable[[], float] = time.time
    ) -> None:
        self._sign_in = sign_in
        self._fetch = fetch
        self._secret = secret
        self._clock = clock
        self._keys: KeySet | None = None
        self._asked_at = float("-inf")
        self._remembered: dict[str, tuple[float, Principal]] = {}
        self._asking = asyncio.Lock()

    def now(self) -> float:
        """Unix seconds, by the clock that tokens are judged by."""
        return self._clock()

    def sign_in(self) -> SignIn:
        return self._sign_in

    async def admit(self, authorization: Sequence[str]) -> Principal:
        """Raises `Refused`: 401 for anything but one good token, 503 where the issuer does not answer."""
        scheme, _, token = authorization[0].partition(" ") if len(authorization) == 1 else ("", "", "")
        if scheme.lower() != "bearer" or not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
            raise unauthorised()
        now = self._clock()
        until, who = self._remembered.get(token, (0.0, None))
        if who is not None and now < until:
            return who
        who = await self._checked(token, now)
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[token] = (min(now + REMEMBERED_S, who.expires_at.timestamp()), who)
        return who

    def permit(self, who: Principal, permission: Permission) -> None:
        if not who.may(permission):
            raise Refused(403, "forbidden", "Not for your role", f"the role {who.role} may not {permission.value}")

    def ticket(self, who: Principal, origin: str | None) -> Ticket:
        ends = self._clock() + TICKET_S
        sealed = Sealed(who.subject, who.name, who.role, who.regions, who.expires_at.timestamp(), origin or "", ends)
        body = msgspec.json.encode(sealed)
        return Ticket(urlsafe_b64encode(self._sign(body) + body).decode().rstrip("="), TICKET_S)

    def redeem(self, ticket: str, origin: str | None) -> Principal:
        """Whom a ticket was given to. Raises `Refused` (401)."""
        try:
            raw = urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
            seal, body = raw[:32], raw[32:]
            if not hmac.compare_digest(seal, self._sign(body)):
                raise unauthorised()
            sealed = msgspec.json.decode(body, type=Sealed)
        except (ValueError, msgspec.DecodeError):
            raise unauthorised() from None
        now = self._clock()
        if now >= min(sealed.ends, sealed.token_ends) or sealed.origin != (origin or ""):
            raise unauthorised()
        ends = datetime.fromtimestamp(sealed.token_ends, UTC)
        return Principal(sealed.subject, sealed.name, sealed.role, sealed.regions, ends)

    def _sign(self, body: bytes) -> bytes:
        return hmac.new(self._secret, b"ticket\0" + body, hashlib.sha256).digest()

    async def _checked(self, token: str, now: float) -> Principal:
        keys = await self._known(KEYS_FOR_S)
        try:
            try:
                found = jwt.decode(token, keys, algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                keys = await self._known(KEYS_AGAIN_S)  # the issuer may have a new key
                found = jwt.decode(token, keys, algorithms=ALGORITHMS)
            claims = msgspec.convert(found.claims, Claims)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError, OverflowError):
            raise unauthorised() from None
        audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        good = (
            claims.iss == self._sign_in.issuer
            and self._sign_in.audience in audience
            and now < claims.exp < 1e11
            and max(claims.nbf, claims.iat) <= now + LEEWAY_S
            and found.header.get("crit") is None
            and (claims.role != "leader" or bool(claims.regions))
        )
        if not good:
            raise unauthorised()
        ends = datetime.fromtimestamp(claims.exp, UTC)
        return Principal(claims.sub, claims.name or claims.sub, claims.role, claims.regions, ends)

    async def _known(self, for_s: float) -> KeySet:
        """The issuer's keys, asked for again after `for_s`. Where it does not answer, the old ones hold."""
        if self._is_due(for_s):
            async with self._asking:
                if self._is_due(for_s):  # nobody has asked while this one waited
                    with suppress(KeysAway):
                        self._keys = await asyncio.to_thread(self._fetch)
                    self._asked_at = self._clock()
        if self._keys is None:
            raise Refused(503, "issuer-away", "The issuer does not answer", "try again", retry_after_s=int(AWAY_S))
        return self._keys

    def _is_due(self, for_s: float) -> bool:
        return self._clock() - self._asked_at >= (AWAY_S if self._keys is None else for_s)
