"""What docker-compose.yml and deploy/docker say, held against the services' settings, the locks and the broker's own
settings; no daemon is needed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from deploy.local.kafka import PROPERTIES
from services.api.http.headers import SecurityHeaders
from services.api.settings import ApiSettings
from services.ingest.settings import IngestSettings
from services.loader.settings import LoaderSettings
from services.stream.settings import StreamSettings
from tests.support import dockerfile

DOCKER = Path("deploy/docker")
SHIPPED = sorted(path for path in DOCKER.glob("*.Dockerfile") if path.name != "bases.Dockerfile")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(Path("docker-compose.yml").read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
SETTINGS: dict[str, type[StreamSettings]] = {
    "api": ApiSettings,
    "ingest": IngestSettings,
    "loader": LoaderSettings,
    "setup": LoaderSettings,
}
NOT_SETTINGS = {"CADASTRE_PROBE", "CADASTRE_ORDINAL"}  # read by the image's entry point and its health check
STATEFUL = {
    "kafka": "/var/lib/kafka/data",
    "objects": "/var/lib/emulators",
    "warehouse": "/var/lib/emulators",
    "api": "/var/lib/cadastre",
    "prometheus": "/prometheus",
    "alertmanager": "/alertmanager",
    "grafana": "/var/lib/grafana",
}


def environment(service: dict[str, Any]) -> dict[str, str]:
    """What the service is told, merged from its parts."""
    told: dict[str, str] = service.get("environment", {})
    return told


def pins(lock: str) -> dict[str, str]:
    found = re.findall(
        r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;\\]+)", Path(f"requirements/{lock}.txt").read_text(), re.MULTILINE
    )
    return dict(found)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_dockerfile_pins_hashes_and_drops_root_and_leaves_no_secret(path: Path) -> None:
    file = dockerfile.read(path)
    assert [*dockerfile.problems(file), *dockerfile.shipped(file)] == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ARG BASE=python\nFROM ${BASE}\nUSER 1:1", "names no version"),
        ("ARG BASE=python:latest\nFROM ${BASE}\nUSER 1:1", "names no version"),
        ("FROM python:3.11\nUSER 1:1", "is no variable"),
        ("FROM ${A}\nUSER root", "runs as root"),
        ("FROM ${A}\nRUN true", "runs as root"),
        ("FROM ${A}\nUSER 1:1\nRUN pip install -r x.txt", "without its hashes"),
        ("FROM ${A}\nUSER 1:1\nENV API_TOKEN=1", "would stay in the image"),
        ("FROM ${A}\nUSER 1:1\nADD https://x.test/a b", "ADD fetches"),
    ],
)
def test_a_rule_for_dockerfiles_is_told_when_it_is_broken(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(text)
    assert [one for one in dockerfile.problems(dockerfile.read(path)) if problem in one]


def test_every_third_party_image_is_a_variable_with_a_version() -> None:
    for name, service in SERVICES.items():
        image = service["image"]
        assert re.fullmatch(r"cadastre/\w+:dev|\$\{\w+_IMAGE:-[\w./-]+:[\w.-]+\}", image), f"{name}: {image}"
        assert "latest" not in image
        for value in service.get("build", {}).get("args", {}).values():
            assert re.fullmatch(r"\w+|\$\{\w+:-[\w./-]+:[\w.-]+\}", value), f"{name}: {value}"


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_can_write_to_tmp_and_its_volume_alone_and_has_no_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d+:\d+", service["user"])
    assert "/var/run/docker.sock" not in str(service)
    writable = [volume.split(":")[-1] for volume in service.get("volumes", []) if not volume.endswith(":ro")]
    assert writable == ([STATEFUL[name]] if name in STATEFUL else [])


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_says_whether_it_is_healthy_and_publishes_to_this_machine_alone(name: str) -> None:
    service = SERVICES[name]
    if name != "setup":  # ends
        checked = "healthcheck" in service or dockerfile.read(Path(service["build"]["dockerfile"])).effective(
            "HEALTHCHECK"
        )
        assert checked
        assert service.get("healthcheck", {}).get("disable") is not True
    for port in service.get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{\w+_PORT:-\d+\}:\d+", port), port


def test_a_service_waits_for_the_health_of_what_it_needs() -> None:
    for name, service in OURS.items():
        for needed, how in service.get("depends_on", {}).items():
            assert how["condition"] == ("service_completed_successfully" if needed == "setup" else "service_healthy"), (
                name
            )


@pytest.mark.parametrize("name", OURS)
def test_what_a_service_is_told_is_a_setting_that_it_reads(name: str) -> None:
    known = {f"CADASTRE_{field.upper()}" for field in SETTINGS.get(name, StreamSettings).model_fields}
    if name in ("web", "objects", "warehouse", "issuer", "kafka"):
        scripts = " ".join(path.read_text() for path in DOCKER.glob("*.sh"))
        known = set(re.findall(r"\$\{?(CADASTRE_\w+)", scripts))
    told = {variable for variable in environment(OURS[name]) if variable.startswith("CADASTRE_")}
    assert told - known - NOT_SETTINGS == set()


def test_the_example_of_the_environment_names_every_variable_that_has_no_default() -> None:
    required = set(re.findall(r"\$\{(\w+):\?", Path("docker-compose.yml").read_text()))
    given = dict(
        line.split("=", 1) for line in Path(".env.example").read_text().splitlines() if line and line[0] != "#"
    )
    assert set(given) == required | {"COMPOSE_PROFILES"}
    assert {profile for service in SERVICES.values() for profile in service["profiles"]} == {
        given["COMPOSE_PROFILES"],
        "observability",
        "grafana",
    }
    assert ApiSettings.model_validate({"secret": given["CADASTRE_SECRET"]})


def test_the_broker_in_a_container_is_told_what_the_local_one_is_told() -> None:
    told = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in SERVICES["kafka"]["environment"].items()
    }
    same = {name: value for name, value in PROPERTIES.items() if name != "listener.security.protocol.map"}
    assert {name: told.get(name) for name in same} == same


def test_an_image_gets_the_versions_that_the_tests_ran_with_and_only_its_own_extra() -> None:
    tested = pins("dev")
    project = Path("pyproject.toml").read_bytes().decode()
    for service in OURS.values():
        extra = service["build"].get("args", {}).get("EXTRA")
        if extra is not None:
            mine = pins(extra)
            assert {name: tested.get(name) for name in mine} == mine, extra
            assert f"\n{extra} = [" in project
    assert "rapidfuzz" not in pins("assign")
    assert "fastapi" not in pins("dedupe")
    assert "pandas" not in pins("api")
    assert "snowflake-connector-python" in pins("loader")


def locks() -> dict[str, list[str]]:
    """Lock → the extras that the Makefile pins in it."""
    made = dict(re.findall(r"^(\w+) = (.+)$", Path("Makefile").read_text(), re.MULTILINE))
    return {image: made.get(f"{image}_EXTRAS", image).split() for image in made["IMAGES"].split()}


@pytest.mark.parametrize(("lock", "extras"), locks().items())
def test_a_lock_holds_every_dependency_that_its_extras_name_at_a_version_that_they_take(
    lock: str, extras: list[str]
) -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    named = [*project["dependencies"], *(one for extra in extras for one in project["optional-dependencies"][extra])]
    pinned = pins(lock)
    for needed in map(Requirement, named):
        assert needed.name in pinned, f"{lock}.txt has no {needed}: run `make lock`"
        assert needed.specifier.contains(pinned[needed.name]), f"{lock}.txt: {needed}: run `make lock`"


def test_nginx_sends_the_policy_of_the_api() -> None:
    policy = SecurityHeaders(lambda *_: None, "http://issuer.test:8001/realm")._headers["Content-Security-Policy"]  # type: ignore[arg-type]
    told = re.search(r'set \$policy "([^"]+)"', (DOCKER / "nginx.conf").read_text())
    assert told is not None
    assert told[1].replace("@ISSUER@", "http://issuer.test:8001") == policy
