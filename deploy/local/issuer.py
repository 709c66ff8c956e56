"""A small issuer of real tokens, for one machine: `python -m deploy.local.issuer --port N`.

It signs for whoever names a user of deploy/demo/users.yaml, without a password: it is for the demo and for tests, where
the person at the machine may be anybody, so what it listens on should be this machine's own. Its key lives as long as
it does. It also takes the way that production's issuers take, an authorization code with PKCE (RFC 7636).
"""

from __future__ import annotations

import argparse
import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

import uvicorn
import yaml
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse

USERS = Path("deploy/demo/users.yaml")
LASTS_S = 3_600
AUDIENCE = "cadastre"


class User(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    role: str
    regions: list[str] = []


class Wanted(BaseModel):
    username: str


class Signer:
    """One key, and the tokens that it signs."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._key = ECKey.generate_key("P-256", {"kid": f"local-{time.time_ns()}", "use": "sig", "alg": "ES256"})

    def keys(self) -> dict[str, object]:
        return {"keys": [self._key.as_dict(private=False)]}

    def token(self, username: str, user: User, now: float, lasts_s: float = LASTS_S) -> str:
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": username,
            "name": user.name,
            "role": user.role,
            "regions": user.regions,
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now + lasts_s),
        }
        header = {"alg": "ES256", "kid": self._key.kid}
        return str(jwt.encode(header, claims, self._key, algorithms=["ES256"]))


def read_users(path: Path = USERS) -> dict[str, User]:
    return {name: User.model_validate(user) for name, user in yaml.safe_load(path.read_text())["users"].items()}


class Codes:
    """Authorization codes, each good once and only for who holds the verifier of its challenge."""

    def __init__(self) -> None:
        self._given: dict[str, tuple[str, str, str]] = {}

    def give(self, username: str, challenge: str, redirect_uri: str) -> str:
        code = secrets.token_urlsafe(24)
        self._given[code] = (username, challenge, redirect_uri)
        return code

    def redeem(self, code: str, verifier: str, redirect_uri: str) -> str | None:
        """Whom it was given to; None where it is not good."""
        digest = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        username, *promised = self._given.pop(code, ("", "", ""))
        return username if username and promised == [digest, redirect_uri] else None


def _refused(why: str) -> JSONResponse:
    return JSONResponse({"error": "invalid_grant", "error_description": why}, 400)


def create_issuer(signer: Signer, users: Mapping[str, User]) -> FastAPI:
    app, codes = FastAPI(title="Local issuer"), Codes()
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"])

    @app.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, object]:
        return {
            "issuer": signer.issuer,
            "jwks_uri": f"{signer.issuer}/jwks.json",
            "authorization_endpoint": f"{signer.issuer}/authorize",
            "token_endpoint": f"{signer.issuer}/token",
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    @app.get("/jwks.json")
    async def keys() -> dict[str, object]:
        return signer.keys()

    @app.get("/users")
    async def list_users() -> list[dict[str, object]]:
        return [{"username": name, **user.model_dump()} for name, user in users.items()]

    @app.get("/livez")
    @app.get("/readyz")
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    _give_tokens(app, signer, users, codes)
    _take_people(app, users, codes)
    return app


def _give_tokens(app: FastAPI, signer: Signer, users: Mapping[str, User], codes: Codes) -> None:
    """For a username as JSON, or for a code as a form."""

    def granted(username: str, user: User) -> JSONResponse:
        signed = signer.token(username, user, time.time())
        return JSONResponse({"access_token": signed, "token_type": "Bearer", "expires_in": LASTS_S})

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        if request.headers.get("content-type", "").startswith("application/json"):
            username = Wanted.model_validate_json(await request.body()).username
            user = users.get(username)
            return granted(username, user) if user is not None else _refused("no such user: see /users")
        form = {name: str(value) for name, value in parse_qsl((await request.body()).decode())}
        named = codes.redeem(form.get("code", ""), form.get("code_verifier", ""), form.get("redirect_uri", ""))
        return granted(named, users[named]) if named is not None else _refused("the code is not good, or was used")


def _take_people(app: FastAPI, users: Mapping[str, User], codes: Codes) -> None:
    """The pages that a person is sent to: who are you, and back with a code."""

    @app.get("/authorize")
    async def authorize(request: Request) -> HTMLResponse:
        asked = escape(urlencode(dict(request.query_params)))
        ways = (
            f'<p><a href="/authorize/{quote(name)}?{asked}">{escape(user.name)}</a>' for name, user in users.items()
        )
        return HTMLResponse(f"<!doctype html><title>Who are you?</title>{''.join(ways)}")

    @app.get("/authorize/{username}")
    async def authorize_as(username: str, redirect_uri: str, state: str, code_challenge: str) -> RedirectResponse:
        code = codes.give(username, code_challenge, redirect_uri)
        return RedirectResponse(f"{redirect_uri}?{urlencode({'code': code, 'state': state})}", 303)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1", help="what it listens on; in a container, all of it")
    parser.add_argument("--url", default="", help="where browsers find it: the `iss` of its tokens")
    given = parser.parse_args()
    signer = Signer(given.url or f"http://127.0.0.1:{given.port}")
    uvicorn.run(create_issuer(signer, read_users()), host=given.host, port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
