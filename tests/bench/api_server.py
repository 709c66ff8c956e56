"""The api over a view that is there: `python -m tests.bench.api_server VIEW PORT [RATE CLIENTS SECONDS]`.

Prints a token on its first line. With a rate it also changes clients at that rate, each stamped with when it did.
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
import uvloop
from joserfc.jwk import KeySet

from deploy.local.issuer import Signer, User
from schemas.codec import encode
from schemas.events import Assignment
from services.api.adapters.store import Committed, Store
from services.api.gate import Gate
from services.api.handler import projectors
from services.api.http.app import create_app
from services.api.live.door import Door
from services.api.live.hub import Hub
from services.api.parts import Parts
from services.api.pipeline import Pipeline
from services.api.readiness import Readiness
from services.api.running import parts_of
from services.api.settings import ApiSettings
from services.api.standing import SignIn
from services.api.view import View
from services.stream.outcome import Incoming
from services.stream.process import collect_seldom
from services.stream.sink import Position
from tests.bench.api_clients import placed

IDS = {"reference": "r", "deduped": "d", "assigned": "a"}
ISSUER = "http://issuer.test"
SECRET = "a secret for benchmarks"
BUILT = Path("web/dist")


def parts(view: Path, signer: Signer) -> Parts:
    settings = ApiSettings(secret=SECRET, view=view, reads_per_minute=10**9)  # type: ignore[arg-type]
    readiness = Readiness({}, live=True, progress=1.0)
    made = parts_of(View(view), readiness, Pipeline(), settings)
    keys = KeySet.import_key_set(signer.keys())  # type: ignore[arg-type]
    gate = Gate(SignIn(ISSUER, "cadastre", True, "cadastre"), lambda: keys, SECRET.encode())
    hub = Hub(made.places, made.clients, made.clock, 0.25)
    return replace(made, gate=gate, door=Door(hub, gate, made.view, readiness, (), 10_000))


def change(store: Store, per_s: int, n: int, seconds: int) -> None:
    """Clients move at a steady rate, in commits of what a tenth of a second brings."""
    draw, versions = random.Random(1), dict[str, int]()
    handler = projectors({})[2]
    batch = max(1, per_s // 10)
    offset, due = 10**9, time.monotonic() + 5  # while the sockets open
    ends = due + seconds
    while due < ends:
        due += batch / per_s
        time.sleep(max(0.0, due - time.monotonic()))
        values: list[Assignment] = []
        for _ in range(batch):
            i = draw.randrange(n)
            client_id = f"c_{i:024x}"
            versions[client_id] = versions.get(client_id, 1) + 1
            values.append(placed(client_id, i, draw, versions[client_id]))
        now_ms = int(time.time() * 1_000)
        offset += batch
        messages = [Incoming("assigned", 0, offset, now_ms, v.client_id, encode(v), []) for v in values]
        outputs = handler.handle(messages, datetime.now(UTC)).outputs
        store.commit(None, outputs, {("assigned", 0): Position(offset + 1, IDS["assigned"])})


def main() -> None:
    collect_seldom()
    view, port = Path(sys.argv[1]), int(sys.argv[2])
    signer = Signer(ISSUER)
    made = parts(view, signer)
    tokens = [signer.token("ada", User(name="Ada", role="analyst"), time.time())]
    tokens += [
        signer.token(f"l{i}", User(name=f"Leader {i}", role="leader", regions=[f"r{i}"]), time.time()) for i in range(4)
    ]
    sys.stdout.write(" ".join(tokens) + "\n")
    sys.stdout.flush()
    app = create_app(web=BUILT if BUILT.exists() else None)
    app.state.parts = made

    async def run() -> None:
        ticking = asyncio.create_task(made.door.hub.run())
        if len(sys.argv) > 3:
            store = Store(view, IDS)

            def told(committed: Committed) -> None:
                made.door.hub.took(committed)

            store.on_commit = told
            changing = (store, *(int(said) for said in sys.argv[3:6]))
            threading.Thread(target=change, args=changing, daemon=True).start()
        config = uvicorn.Config(
            app, "127.0.0.1", port, log_level="error", access_log=False, ws_per_message_deflate=False
        )
        await uvicorn.Server(config).serve()
        ticking.cancel()

    uvloop.run(run())


if __name__ == "__main__":
    main()
