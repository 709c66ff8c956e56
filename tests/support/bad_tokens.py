"""Thirty tokens that must not open anything, each wrong in one way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from deploy.local.issuer import Signer
from tests.support.api_view import ISSUER, NOW

Claims = dict[str, object]


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _part(value: object) -> str:
    return _b64(json.dumps(value).encode())


def bad_tokens(signer: Signer) -> dict[str, str]:
    """What is wrong → an Authorization header."""
    now = int(NOW.timestamp())
    key = signer._key
    good: Claims = {
        "iss": ISSUER, "aud": "cadastre", "sub": "ada", "name": "Ada", "role": "analyst", "regions": [],
        "iat": now, "nbf": now, "exp": now + 600,
    }  # fmt: skip

    def signed(header: Claims | None = None, by: ECKey = key, **claims: object) -> str:
        said = {name: value for name, value in (good | claims).items() if value is not ...}
        return str(jwt.encode({"alg": "ES256", "kid": key.kid, **(header or {})}, said, by, algorithms=["ES256"]))

    token = signed()
    head, body, seal = token.split(".")
    other, rsa = ECKey.generate_key("P-256"), RSAKey.generate_key(2048)
    public = json.dumps(key.as_dict(private=False)).encode()
    hs_head = _part({"alg": "HS256", "kid": key.kid})
    forged = _b64(hmac.new(public, f"{hs_head}.{body}".encode(), hashlib.sha256).digest())
    bearer = {
        "empty": "",
        "no dots": "abc",
        "two parts": f"{head}.{body}",
        "four parts": f"{token}.{seal}",
        "not base64": "!!.!!.!!",
        "alg none": f"{_part({'alg': 'none'})}.{body}.",
        "alg none with a seal": f"{_part({'alg': 'none'})}.{body}.{seal}",
        "public key as a secret": f"{hs_head}.{body}.{forged}",
        "another key": signed(by=other),
        "another key under our id": signed({"kid": key.kid}, by=other),
        "another algorithm": str(jwt.encode({"alg": "RS256", "kid": key.kid}, good, rsa, algorithms=["RS256"])),
        "own key in the header": signed({"jwk": other.as_dict(private=False)}, by=other),
        "unknown key id": signed({"kid": "nope"}, by=other),
        "cut seal": token[:-4],
        "no seal": f"{head}.{body}.",
        "changed body": f"{head}.{_part({**good, 'role': 'engineer'})}.{seal}",
        "changed header": f"{_part({'alg': 'ES256', 'kid': key.kid, 'x': 1})}.{body}.{seal}",
        "expired": signed(exp=now - 1),
        "no expiry": signed(exp=...),
        "expiry as text": signed(exp="tomorrow"),
        "not yet": signed(nbf=now + 3_600),
        "issued later": signed(iat=now + 3_600),
        "another issuer": signed(iss="http://evil.test"),
        "no issuer": signed(iss=...),
        "another audience": signed(aud="payroll"),
        "no audience": signed(aud=...),
        "no subject": signed(sub=...),
        "unknown role": signed(role="root"),
        "no role": signed(role=...),
        "leader of nothing": signed(role="leader", regions=[]),
        "regions that are none": signed(role="leader", regions="west"),
        "too long": token + "A" * 9_000,
    }
    headers = {why: f"Bearer {value}" for why, value in bearer.items()}
    return headers | {"basic": "Basic YTpi", "no scheme": token}
