"""`make demo`: Cadastre on this machine, with a real Kafka and three CRMs' records; Ctrl-C ends all of it.

`--once` loads, waits until nothing is pending, prints a summary as one JSON line on stdout, and ends everything.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import shutil
import signal
import sys
import time
import urllib.request
from pathlib import Path

from deploy.local import demo_data, latency
from deploy.local.errors import LocalError
from deploy.local.kafka import Broker
from deploy.local.ports import PortPair
from deploy.local.services import Layout, Running, is_built, start_services, wait_ready
from deploy.local.settings import LocalSettings, base_env
from deploy.local.summary import loaded, problems, summarise
from deploy.local.supervisor import Supervisor
from deploy.local.warehouse import start_warehouse
from services.stream.idle import IdleWatch, StillPending
from services.stream.settings import StreamSettings

IDLE_WITHIN_S = 600.0
KAFKA_PORT = 9_092


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="load, summarise as JSON, end")
    once: bool = parser.parse_args().once
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run(once=once)
    except (LocalError, StillPending) as failure:
        tell(f"demo: {failure}")
        return 1
    except KeyboardInterrupt:
        tell("demo: ended")
        return 0


def run(*, once: bool) -> int:
    """The whole demo. Everything it starts ends with it."""
    run_dir = LocalSettings().run_dir
    run_dir.mkdir(parents=True, exist_ok=True)
    with (run_dir / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LocalError(f"a demo runs in {run_dir} already", "end it first, or look at it") from None
        return _run(run_dir, once=once)


def _run(run_dir: Path, *, once: bool) -> int:
    shutil.rmtree(run_dir / "demo", ignore_errors=True)  # every demo starts from nothing
    tell("demo: starting Kafka (the first time its jars are fetched through Maven)")
    port = PortPair.prefer(KAFKA_PORT)
    port.release()  # the broker claims it again
    with (
        Broker(run_dir / "demo" / "kafka", port.first, throughput=True) as broker,
        Supervisor(run_dir / "logs", base_env(), tell=tell) as supervisor,
    ):
        tell("demo: starting the object store and the warehouse")
        warehouse = start_warehouse(supervisor, run_dir / "demo")
        given = {"CADASTRE_BOOTSTRAP": broker.bootstrap, **warehouse.environment()}
        env = {**base_env(), **given}
        settings = StreamSettings(bootstrap=broker.bootstrap)
        demo_data.cadastre(env, "topics", "create")
        demo_data.cadastre(env, "warehouse", "migrate")
        demo_data.cadastre(env, "reference", "apply", str(demo_data.DEMO / "reference.yaml"), "--by", "demo")
        running = start_services(supervisor, given, Layout())
        wait_ready(supervisor, running.ingest_url)
        wait_ready(supervisor, running.api_url)
        seconds = load(supervisor, settings, env, running)
        took = latency.measure(settings, running.ingest_url, supervisor.run_once)
        wait_idle(supervisor, settings)
        summary = summarise(settings, demo_data.truth(), api_clients(running)) | {
            "seconds": seconds,
            "ingest_to_assigned_ms": took,
        }
        summary["loaded"], differing = loaded(settings, given)
        found = problems(summary) + differing
        (run_dir / "demo" / "summary.json").write_text(json.dumps(summary))
        sys.stdout.write(json.dumps(summary) + "\n")
        sys.stdout.flush()
        for problem in found:
            tell(f"demo: {problem}")
        if not once:
            tell(look_in(broker.bootstrap, running, run_dir))
            supervisor.watch()
        return 1 if found else 0


def load(supervisor: Supervisor, settings: StreamSettings, env: dict[str, str], running: Running) -> float:
    """Load the exports and the changes; seconds from the first row until nothing is pending."""
    began = time.monotonic()
    demo_data.load_exports(env)
    accepted = demo_data.post_changes(running.ingest_url)
    tell(f"demo: {accepted} changes posted; waiting until nothing is pending")
    wait_idle(supervisor, settings)
    return round(time.monotonic() - began, 1)


def wait_idle(supervisor: Supervisor, settings: StreamSettings) -> None:
    watch = IdleWatch(settings, [*Layout().stages(), "api"])
    said = 0.0

    def progress(behind: str) -> None:
        nonlocal said
        supervisor.run_once()
        if time.monotonic() - said > 2:
            said = time.monotonic()
            tell(f"demo: {behind}")

    try:
        watch.wait(IDLE_WITHIN_S, progress)
    finally:
        watch.close()


def api_clients(running: Running) -> int:
    """How many clients the api shows to who sees all."""
    wanted = json.dumps({"username": "ada"}).encode()
    asking = urllib.request.Request(f"{running.issuer_url}/token", wanted, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asking, timeout=10) as answer:
        token: str = json.load(answer)["access_token"]
    url = f"{running.api_url}/api/clients?limit=1"
    with urllib.request.urlopen(
        urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"}), timeout=10
    ) as answer:
        total: int = json.load(answer)["total"]
    return total


def look_in(bootstrap: str, running: Running, run_dir: Path) -> str:
    dashboard = f"  Dashboard: {running.api_url}  sign in as ada, lena or wei\n" if is_built() else ""
    return (
        f"demo: running until Ctrl-C\n{dashboard}"
        f"  post changes to   {running.ingest_url}/events  (docs: {running.ingest_url}/docs)\n"
        f"  ask the api       {running.api_url}/api/openapi.json  (tokens: POST {running.issuer_url}/token)\n"
        f"  look at a client  CADASTRE_BOOTSTRAP={bootstrap} .venv/bin/cadastre clients show salesforce:…\n"
        f"  logs              {run_dir / 'logs'}: {', '.join(running.names)}"
    )


def tell(message: str) -> None:
    sys.stderr.write(message + "\n")


if __name__ == "__main__":
    sys.exit(main())
