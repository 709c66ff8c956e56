"""The folder a local Kafka runs from: its jars, a formatted log folder to copy, and a class archive.

Everything is made once, on first use, under a lock; each piece appears whole or not at all. Java and Maven are
looked for in the environment that is handed in, and a missing or unfit one is told with its remedy.
"""

import base64
import contextlib
import fcntl
import hashlib
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from deploy.local.errors import LocalError

RECIPE = Path(__file__).resolve().parent / "kafka"
OLDEST_JAVA = 17


class KafkaHome:
    """Paths and commands of one Kafka folder. The working folder of its commands must be `path`: the class
    archive fits only the class path string it was made with."""

    def __init__(self, path: Path, env: Mapping[str, str]) -> None:
        self.path = path.resolve()
        self.env = env
        self.java, java_version = find_java(env)
        self.archive = self.path / f"kafka-{java_version}.jsa"
        self.template = self.path / "template"
        self._lib = self.path / "lib"

    def command(self, main: str, *arguments: str, jvm: tuple[str, ...] = ()) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={RECIPE / 'log4j2.yaml'}"
        return [self.java, *jvm, "-XX:+UseSerialGC", logging, "-cp", "lib/*", main, *arguments]

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time fills the folder; the lock ends with its holder."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def fetch_jars(self) -> None:
        """Jars by their Maven coordinates; a changed pom fetches anew. Call it under the lock."""
        pom = RECIPE / "pom.xml"
        digest = hashlib.sha256(pom.read_bytes()).hexdigest()
        marker = self._lib / "pom.sha256"
        if marker.exists() and marker.read_text() == digest:
            return
        for old in (self._lib, self.template):
            shutil.rmtree(old, ignore_errors=True)
        for archive in self.path.glob("*.jsa"):
            archive.unlink()
        fetched = self.path / "lib.new"
        shutil.rmtree(fetched, ignore_errors=True)
        _run_maven(pom, fetched, self.env)
        (fetched / marker.name).write_text(digest)
        fetched.rename(self._lib)

    def format_template(self, properties: Path, formatted: Path) -> None:
        """Formats the log folder `formatted` that the properties name and keeps it to be copied."""
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        argv = self.command(
            "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties), jvm=("-Xmx384m",)
        )
        done = subprocess.run(argv, cwd=self.path, env=dict(self.env), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LocalError(
                f"Kafka could not format its log folder:\n{_last_lines(done.stdout + done.stderr)}",
                f"remove {self.path} and start again",
            )
        copy = self.template.with_suffix(".new")
        shutil.copytree(formatted, copy, dirs_exist_ok=True)
        copy.rename(self.template)


def find_java(env: Mapping[str, str]) -> tuple[str, str]:
    """Path and version of the Java in `JAVA_HOME`, else in `PATH`; `LocalError` when missing or too old."""
    remedy = f"install a Java runtime of version {OLDEST_JAVA} or newer and put `java` in PATH or set JAVA_HOME"
    home = env.get("JAVA_HOME")
    java = shutil.which(f"{home}/bin/java") if home else shutil.which("java", path=env.get("PATH", ""))
    if java is None:
        raise LocalError(f"no Java found in {f'JAVA_HOME={home}' if home else 'PATH'}", remedy)
    done = subprocess.run([java, "-version"], env=dict(env), capture_output=True, text=True, check=False)
    found = re.search(r'version "((\d+)[^"]*)"', done.stderr)
    if found is None:
        raise LocalError(f"{java} does not tell its version:\n{_last_lines(done.stdout + done.stderr)}", remedy)
    if int(found[2]) < OLDEST_JAVA:
        raise LocalError(f"{java} has version {found[1]}, Kafka needs {OLDEST_JAVA} or newer", remedy)
    return java, found[1]


def _run_maven(pom: Path, into: Path, env: Mapping[str, str]) -> None:
    maven = shutil.which("mvn", path=env.get("PATH", ""))
    if maven is None:
        raise LocalError(
            "no Maven found in PATH: it fetches Kafka's jars on first use", "install Maven 3.6 or newer (`mvn`)"
        )
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={into}", "-DincludeScope=runtime"]
    done = subprocess.run(
        [maven, "-q", "-B", "-f", str(pom), *goal], env=dict(env), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise LocalError(
            f"Maven could not fetch Kafka's jars (exit code {done.returncode}):\n"
            f"{_last_lines(done.stdout + done.stderr)}",
            "check the network and Maven's settings (mirror, proxy), then start again",
        )


def _last_lines(text: str, lines: int = 15) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-lines:])
