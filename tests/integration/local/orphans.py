"""A process for the tests to kill: `supervisor LOGS` keeps a sleeper, a frozen one and one deaf to SIGTERM;
`broker FOLDER` a broker. Prints the process ids of its children on one line, then goes on until it is killed."""

import sys
from pathlib import Path

from deploy.local.kafka import Broker
from deploy.local.settings import base_env
from deploy.local.supervisor import Supervisor
from tests.support.waiting import wait_until

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]


def main(kind: str, folder: Path) -> None:
    supervisor = Supervisor(folder, base_env())
    if kind == "broker":
        print(Broker(folder).start().pid, flush=True)
    else:
        for name, argv in {"sleeper": SLEEPER, "frozen": SLEEPER, "deaf": DEAF}.items():
            supervisor.start(name, argv)
        supervisor.freeze("frozen")
        log = folder / "deaf.log"
        wait_until(lambda: "deaf" in log.read_text(), "the child ignores SIGTERM")
        print(*(supervisor.pid(name) for name in ("sleeper", "frozen", "deaf")), flush=True)
    supervisor.watch()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
