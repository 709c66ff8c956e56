"""Rules, alerts and dashboards name metrics that the services have, and every alert says what to do about it."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import promql_parser
import pytest
import typer.main
import yaml
from prometheus_client import REGISTRY

from deploy.prometheus.metrics_page import PAGE, metrics, page
from services.cli import build

PROMETHEUS = Path("deploy/prometheus")
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
DASHBOARDS = sorted(Path("deploy/grafana").glob("*.json"))
RUNBOOKS = Path("deploy/runbooks")
PROMTOOL = shutil.which("promtool") or shutil.which(".run/promtool")
OF_THE_SCRAPE = {"job", "instance", "service"}


def rules() -> list[dict[str, object]]:
    return [rule for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def expressions() -> list[tuple[str, str]]:
    of_rules = [(str(rule.get("alert") or rule["record"]), str(rule["expr"])) for rule in rules()]
    of_panels = [
        (f"{path.name}: {panel['title']}", target["expr"])
        for path in DASHBOARDS
        for panel in json.loads(path.read_text())["panels"]
        for target in panel["targets"]
    ]
    return of_rules + of_panels


ALERTS = [rule for rule in rules() if "alert" in rule]


def nodes(node: object) -> Iterator[object]:
    """The expression and all that it is made of."""
    yield node
    below = [getattr(node, name, None) for name in ("lhs", "rhs", "expr", "param", "vector_selector")]
    for child in (*below, *getattr(node, "args", ())):
        if child is not None:
            yield from nodes(child)


def selectors(node: object) -> Iterator[promql_parser.VectorSelector]:
    return (one for one in nodes(node) if isinstance(one, promql_parser.VectorSelector))


def groupings(node: object) -> Iterator[tuple[set[str], list[promql_parser.VectorSelector]]]:
    """The labels that something is added up or matched by, and what is."""
    for one in nodes(node):
        modifier = getattr(one, "modifier", None)
        if isinstance(one, promql_parser.BinaryExpr):
            modifier = modifier and modifier.matching
        if modifier is not None:
            yield set(modifier.labels), list(selectors(one))


def known_labels() -> dict[str, set[str]]:
    """Series → the labels that a query may name: those in the code, and those that a recording rule groups by."""
    found = {series: {*one.labels, "le"} for one in metrics() for series in one.series} | {"up": set()}
    for rule in rules():
        if "record" in rule:
            by = [labels for labels, _ in groupings(promql_parser.parse(str(rule["expr"])))]
            found[str(rule["record"])] = set().union(*by)
    return {series: labels | OF_THE_SCRAPE for series, labels in found.items()}


def test_the_page_of_metrics_is_that_of_the_code() -> None:
    assert PAGE.read_text() == page(), "run `make schemas` and commit what it writes"


def test_the_page_names_all_that_the_services_register() -> None:
    for module in {one.module for one in metrics()}:
        importlib.import_module(module)
    ours = {(family.name, family.type) for family in REGISTRY.collect() if family.name.startswith("cadastre_")}
    assert {(one.name.removesuffix("_total"), one.kind) for one in metrics()} == ours


@pytest.mark.parametrize("metric", metrics(), ids=lambda metric: metric.name)
def test_every_metric_says_what_to_do_about_it(metric: object) -> None:
    assert len(getattr(metric, "to_do", "")) > 10


@pytest.mark.parametrize(("name", "text"), expressions(), ids=lambda value: str(value)[:40])
def test_every_metric_and_label_that_a_query_names_is_in_the_code(name: str, text: str) -> None:
    known, query = known_labels(), promql_parser.parse(text)
    found = list(selectors(query))
    assert found, f"{name} asks for nothing"
    for one in found:
        assert one.name in known, f"{name}: no service has {one.name}"
        labels = {matcher.name for matcher in one.matchers.matchers}
        assert labels <= known[one.name], f"{name}: {one.name} has no {labels}"
    for labels, grouped in groupings(query):
        for one in grouped:
            assert labels <= known[str(one.name)], f"{name}: {one.name} has no {labels}"


def test_a_metric_and_a_label_that_nobody_has_are_found() -> None:
    query = promql_parser.parse("sum by (a) (rate(nobody_total[5m])) / on (b) max without (c) (other) > 1 or third")
    assert {one.name for one in selectors(query)} == {"nobody_total", "other", "third"}
    found = sorted((sorted(labels), sorted(str(one.name) for one in below)) for labels, below in groupings(query))
    assert found == [(["a"], ["nobody_total"]), (["b"], ["nobody_total", "other"]), (["c"], ["other"])]


def test_every_alert_has_its_runbook_and_every_runbook_its_alert() -> None:
    named = {str(rule["alert"]): rule["annotations"]["runbook"] for rule in ALERTS}  # type: ignore[index]
    assert named == {name: str(RUNBOOKS / f"{name}.md") for name in named}
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == named.keys()
    for path in RUNBOOKS.glob("*.md"):
        text = path.read_text()
        for part in ("**What it means.**", "**What to look at**", "**What to do**"):
            assert part in text, f"{path}: {part}"


def test_the_commands_and_metrics_of_the_runbooks_exist() -> None:
    known = {one.name for one in metrics()} | {s for one in metrics() for s in one.series}
    known |= {str(rule["record"]) for rule in rules() if "record" in rule}
    root = typer.main.get_command(build())
    for path in RUNBOOKS.glob("*.md"):
        for quoted in re.findall(r"`([^`]+)`", path.read_text()):
            if quoted.startswith("cadastre "):
                command: object = root
                for word in quoted.split()[1:]:
                    commands = getattr(command, "commands", None)
                    if commands is None:
                        break
                    assert word in commands, f"{path}: no command {quoted}"
                    command = commands[word]
            elif re.fullmatch(r"(stage:|route:)?cadastre_\w+(:\w+)*", quoted):
                assert quoted in known, f"{path}: no metric {quoted}"


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_every_alert_is_seen_to_fire_and_to_stay_silent(rule: dict[str, object]) -> None:
    tests = yaml.safe_load((PROMETHEUS / "rules_test.yml").read_text())["tests"]
    asked = [one for test in tests for one in test["alert_rule_test"] if one["alertname"] == rule["alert"]]
    assert {bool(one.get("exp_alerts")) for one in asked} == {True, False}


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool: `make promtool` fetches it")
@pytest.mark.parametrize("what", [("check", "config", "prometheus.yml"), ("test", "rules", "rules_test.yml")], ids=str)
def test_promtool_is_content(what: tuple[str, str, str]) -> None:
    command = [str(PROMTOOL), *what[:2], str(PROMETHEUS / what[2])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
