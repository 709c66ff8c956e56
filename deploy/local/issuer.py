"""A small issuer of real tokens, for one machine: `python -m deploy.local.issuer --port N`.

It listens on 127.0.0.1 and signs for whoever names a user of deploy/demo/users.yaml, without a password: it is for the
demo and for tests, where the person at the machine may be anybody. Its key lives as long as it does.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

import uvicorn
import yaml
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse

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


def create_issuer(signer: Signer, users: Mapping[str, User]) -> FastAPI:
    app = FastAPI(title="Local issuer")
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"])

    @app.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, object]:
        return {
            "issuer": signer.issuer,
            "jwks_uri": f"{signer.issuer}/jwks.json",
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

    @app.post("/token")
    async def token(wanted: Wanted) -> JSONResponse:
        user = users.get(wanted.username)
        if user is None:
            return JSONResponse({"error": "invalid_grant", "error_description": "no such user: see /users"}, 400)
        signed = signer.token(wanted.username, user, time.time())
        return JSONResponse({"access_token": signed, "token_type": "Bearer", "expires_in": LASTS_S})

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port: int = parser.parse_args().port
    app = create_issuer(Signer(f"http://127.0.0.1:{port}"), read_users())
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
