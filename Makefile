# The first two targets are all that a newcomer needs. Each sets up what it needs, once.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
BIN := .venv/bin
NAME ?= stream

.PHONY: demo test check bench faults soak schemas lock format help clean

demo: .venv/ready .venv-emulators/ready ## Run Cadastre here, with a real Kafka and three CRMs' records, until Ctrl-C (ONCE=1: load, summarise, end)
	@$(BIN)/python -m deploy.local.demo $(if $(ONCE),--once)

test: .venv/ready .venv-emulators/ready ## Run all tests: unit, contract, and on a real Kafka
	$(BIN)/pytest tests -n 2 --dist loadfile

check: .venv/ready ## Format, lint, types, import walls, sizes and unit tests, in less than a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.support.sizes
	$(BIN)/pytest -q -n 2 tests/unit tests/contract

bench: .venv/ready .venv-emulators/ready ## Run one benchmark: make bench NAME=stream
	@$(BIN)/python -m tests.bench.$(NAME)

faults: .venv/ready .venv-emulators/ready ## Put in every fault, and print the table of what came of it
	@$(BIN)/python -m tests.chaos

soak: .venv/ready .venv-emulators/ready ## Run the tests again with their full counts: the whole demo instead of 2,000 records, 20 kills a stage
	CADASTRE_TEST_FULL=1 $(BIN)/pytest tests/pipeline tests/chaos

schemas: .venv/ready ## Write JSON Schema, AsyncAPI and OpenAPI from the types
	$(BIN)/python -m schemas.generate schemas/generated
	$(BIN)/python -m services.api.generate

lock: .venv/ready ## Resolve the dependencies again and pin them with their hashes
	$(BIN)/uv pip compile -q --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --all-extras --group dev pyproject.toml -o requirements/dev.txt
	echo uv | $(BIN)/uv pip compile -q --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url - -o requirements/uv.txt
	$(BIN)/uv pip compile -q --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url requirements/emulators.in -o requirements/emulators.txt

format: .venv/ready ## Format and mend what a tool can mend
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format .

clean: ## Remove what the other targets made
	rm -rf .venv .venv-emulators .run .mypy_cache .ruff_cache .pytest_cache .hypothesis

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

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
