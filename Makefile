# The first two targets are all that a newcomer needs. Each sets up what it needs, once.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
BIN := .venv/bin
NAME ?= stream
PIN = $(BIN)/uv pip compile -q --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url
# Each image of deploy/docker, and the extras that it holds.
IMAGES = ingest dedupe assign loader api pulse issuer cli
cli_EXTRAS = cli ingest loader

.PHONY: demo test check lint bench faults soak schemas lock format docker-smoke browser promtool help clean

demo: .venv/ready .venv-emulators/ready web/dist/index.html ## Run Cadastre here, with a real Kafka and three CRMs' records, until Ctrl-C (ONCE=1: load, summarise, end)
	@$(BIN)/python -m deploy.local.demo $(if $(ONCE),--once)

test: .venv/ready .venv-emulators/ready web/dist/index.html browser promtool ## Run all tests: unit, contract, on a real Kafka, in a real browser
	cd web && npx vitest run
	$(BIN)/pytest tests -n 2 --no-loadscope-reorder

check: lint ## Format, lint, types, import walls, sizes and unit tests, in less than a minute
	$(BIN)/pytest -q -n 2 tests/unit tests/contract

lint: .venv/ready web/node_modules/ready ## What of check needs no tests
	cd web && npm run -s check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint deploy/docker/*.Dockerfile
	$(BIN)/python -m tests.support.sizes

bench: .venv/ready .venv-emulators/ready $(if $(filter page appear,$(NAME)),web/dist/index.html browser) ## Run one benchmark: make bench NAME=stream
	@$(BIN)/python -m tests.bench.$(NAME)

faults: .venv/ready .venv-emulators/ready ## Put in every fault, and print the table of what came of it
	@$(BIN)/python -m tests.chaos

soak: .venv/ready .venv-emulators/ready ## Run the tests again with their full counts: the whole demo instead of 2,000 records, 20 kills a stage
	CADASTRE_TEST_FULL=1 $(BIN)/pytest tests/pipeline tests/chaos tests/integration/loader tests/unit/api tests/integration/api

docker-smoke: .venv/ready ## Build the images and run the demo in containers, alone and scaled, to the hashes of the local one
	@$(BIN)/python -m tests.docker

schemas: .venv/ready web/node_modules/ready ## Write JSON Schema, AsyncAPI, OpenAPI, the dashboard's types and METRICS.md from the code
	$(BIN)/python -m schemas.generate schemas/generated
	$(BIN)/python -m services.api.generate
	$(BIN)/python -m deploy.prometheus.metrics_page
	cd web && npm run -s types

lock: .venv/ready ## Resolve the dependencies again and pin them with their hashes
	$(PIN) --all-extras --group dev pyproject.toml -o requirements/dev.txt
	echo uv | $(PIN) - -o requirements/uv.txt
	$(PIN) requirements/emulators.in -o requirements/emulators.txt
	$(foreach image,$(IMAGES),$(PIN) --no-annotate -c requirements/dev.txt $(foreach extra,$(or $($(image)_EXTRAS),$(image)),--extra $(extra)) pyproject.toml -o requirements/$(image).txt;)

format: .venv/ready web/node_modules/ready ## Format and mend what a tool can mend
	cd web && npm run -s format
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format .

clean: ## Remove what the other targets made
	rm -rf .venv .venv-emulators .run .mypy_cache .ruff_cache .pytest_cache .hypothesis web/node_modules web/dist

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.venv/ready: requirements/uv.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Cadastre needs Python 3.11 or newer; $(PYTHON) is older: make PYTHON=python3.11 …" >&2; exit 2; }
	@echo 'setting up .venv (once)' >&2
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements/uv.txt requirements/dev.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

# Apart, since what stands in for AWS and Snowflake pins other versions of what the services use.
.venv-emulators/ready: .venv/ready requirements/emulators.txt
	@echo 'setting up .venv-emulators (once)' >&2
	@$(PYTHON) -m venv .venv-emulators
	@$(BIN)/uv pip sync -q --python .venv-emulators/bin/python --require-hashes requirements/emulators.txt
	@touch $@

web/node_modules/ready: web/package-lock.json web/.npmrc
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' || { echo "the dashboard needs Node 20.19 or newer on the path" >&2; exit 2; }
	@echo 'setting up web/node_modules (once)' >&2
	@cd web && npm ci --silent
	@touch $@

# Built in one go with its budget: a first visit to any page loads no more JavaScript than web/scripts/size.mjs allows.
web/dist/index.html: web/node_modules/ready web/index.html web/vite.config.ts $(shell find web/src web/public -type f 2>/dev/null)
	@echo 'building the dashboard' >&2
	@cd web && npm run -s build -- --logLevel warn >&2 && npm run -s size >&2

SUDO = $(if $(filter 0,$(shell id -u)),,sudo )

browser:
	@command -v chromium chromium-browser google-chrome >/dev/null || { echo 'installing chromium (once)' >&2; $(SUDO)apt-get -qq update && $(SUDO)apt-get -qq install -y --no-install-recommends chromium >/dev/null; }

# Taken out of Debian's package instead of installed, so that no server starts with it; elsewhere its tests are skipped.
promtool:
	@command -v promtool .run/promtool >/dev/null || ! command -v apt-get >/dev/null || { echo 'fetching promtool (once)' >&2; mkdir -p .run/deb && cd .run/deb && $(SUDO)apt-get -qq update && apt-get -qq -o APT::Sandbox::User=root download prometheus && dpkg-deb -x prometheus_*.deb . && mv usr/bin/promtool .. && rm -rf ../deb; }
