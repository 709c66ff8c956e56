"""The built dashboard as the api serves it: every page is index.html, nothing outside the folder is a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from starlette.testclient import TestClient

from services.api.http.app import create_app
from services.api.settings import ApiSettings
from tests.support.api_view import api_over

INDEX = "<!doctype html><title>Cadastre</title>"


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("run")
    web = folder / "dist"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text(INDEX)
    (web / "favicon.svg").write_text("<svg/>")
    (web / "assets" / "index-Bq3x.js").write_text("export {}")
    (folder / "dist-secret.txt").write_text("secret")
    (web / "assets" / "out.txt").symlink_to(folder / "dist-secret.txt")
    api = api_over(folder)
    app = create_app((), "https://issuer.test/realms/one", web)
    app.state.parts = api.parts
    yield TestClient(app, raise_server_exceptions=False)
    api.close()


@pytest.mark.parametrize(
    "path", ["/", "/clients", "/clients/c_1?q=x", "/advisors/j.doe", "/favicon.ico", "/apis", "/x/"]
)
def test_every_address_but_the_apis_own_is_the_page(http: TestClient, path: str) -> None:
    answer = http.get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "path", ["/api/none", "/api", "/ws", "/metrics", "/livez/x", "/readyz/x", "/assets/gone-1.js", "/assets"]
)
def test_what_is_not_there_is_a_problem_and_no_page(http: TestClient, path: str) -> None:
    answer = http.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.headers["cache-control"] == "no-store"


def test_the_api_answers_beside_it_as_without_it(http: TestClient) -> None:
    assert http.get("/api/clients").status_code == 401
    assert http.get("/readyz").status_code == 200
    assert http.delete("/api/clients").status_code == 405
    assert http.post("/clients").status_code == 405


def test_what_has_a_hash_in_its_name_lasts_and_the_rest_is_asked_for_again(http: TestClient) -> None:
    script, icon = http.get("/assets/index-Bq3x.js"), http.get("/favicon.svg")
    assert (script.text, script.headers["cache-control"]) == ("export {}", "public, max-age=31536000, immutable")
    assert (icon.text, icon.headers["cache-control"]) == ("<svg/>", "no-cache")
    again = http.get("/favicon.svg", headers={"If-None-Match": icon.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")


@pytest.mark.parametrize(
    "path",
    [
        "/../dist-secret.txt",
        "/%2e%2e/dist-secret.txt",
        "/..%2fdist-secret.txt",
        "/assets/../../dist-secret.txt",
        "/assets/%2e%2e/%2e%2e/dist-secret.txt",
        "/assets/..%5c..%5cdist-secret.txt",
        "/assets/out.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/view.sqlite%00",
    ],
)
def test_no_path_leads_out_of_the_folder(http: TestClient, path: str) -> None:
    answer = http.get(path)
    assert answer.status_code in (200, 404)
    assert "secret" not in answer.text
    if answer.status_code == 200:
        assert answer.text == INDEX


@pytest.mark.parametrize("path", ["/", "/assets/index-Bq3x.js", "/assets/gone-1.js", "/api/clients"])
def test_every_answer_says_whom_a_page_may_run_and_ask(http: TestClient, path: str) -> None:
    headers = http.get(path).headers
    policy = dict(one.strip().split(" ", 1) for one in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert "script-src" not in policy
    assert policy["connect-src"] == "'self' https://issuer.test"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_folder_without_a_built_dashboard_is_refused_at_start(tmp_path: Path) -> None:
    secret = SecretStr("a secret of sixteen or more")
    with pytest.raises(ValidationError, match=r"index\.html"):
        ApiSettings(secret=secret, web=tmp_path)
    assert ApiSettings(secret=secret).web is None
