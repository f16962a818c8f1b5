# Every workflow, local or CI, is a target here. `make` prints this list.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.ets-installed
PYTEST_WORKERS ?= 2
WINDOW_ARGS ?=
MEMBERS := libs/contracts libs/kernel libs/ledger services/mrv services/registry services/trading services/ccer-bridge services/consistency-checker simulation

.PHONY: help setup window window-faults up down test soak bench lint proto contracts manifests kafka system lock

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Install everything that Python needs into .venv, from PyPI, by hash

$(STAMP): requirements.lock deploy/local/setup.sh $(MEMBERS:%=%/pyproject.toml)
	@deploy/local/setup.sh $(VENV) $(MEMBERS)
	@touch $@

window: setup ## Play the first compliance window, 26 Oct to 31 Dec 2021, and write var/window/report.html
	@$(VENV)/bin/ets window --cycle 2019-2020 --seed 2021 $(WINDOW_ARGS)

window-faults: setup ## Play the window again while faults strike at random moments; its books must equal make window's
	@$(VENV)/bin/ets window --cycle 2019-2020 --seed 2021 --root var/faults --faults --compare var/window/report.json $(WINDOW_ARGS)

up: setup ## Start PostgreSQL, the broker and every service, and leave them running
	@$(VENV)/bin/ets up

down: setup ## Stop what `make up` started; the state in var/ stays
	@$(VENV)/bin/ets down

test: setup system ## Run all tests; installs Java, Maven and Chromium with apt when it is root
	@$(MAKE) --no-print-directory kafka || { echo "test: no Apache Kafka: its tests are NOT RUN; with CI set that is a failure." >&2; [ -z "$$CI" ]; }
	@$(PY) -m pytest -n $(PYTEST_WORKERS) --dist loadgroup

soak: setup ## Let the registry burn for minutes, and play its commands at random for long (ETS_FIRE_SECONDS, ETS_PROPERTY_EXAMPLES)
	@ETS_FIRE_SECONDS=$${ETS_FIRE_SECONDS:-300} ETS_PROPERTY_EXAMPLES=$${ETS_PROPERTY_EXAMPLES:-500} $(PY) -m pytest \
		tests/integration/test_registry_under_fire.py services/registry/tests/properties

bench: setup ## Measure ledger, gRPC, window and event latency; raw output stays in var/bench
	@$(PY) -m bench

lint: setup ## Check style, types, layers and contracts
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy libs/kernel/src libs/ledger/src services/*/src simulation/src bench deploy
	@$(VENV)/bin/lint-imports
	@$(MAKE) --no-print-directory contracts

contracts: setup ## Lint the contracts and compare them with the released image
	@$(PY) proto/build.py --image var/contracts.binpb
	@cd proto && ../$(VENV)/bin/buf lint ../var/contracts.binpb --path ets --config buf.yaml
	@cd proto && ../$(VENV)/bin/buf breaking ../var/contracts.binpb --against released.binpb --path ets --config buf.yaml
	@$(VENV)/bin/buf format --diff --exit-code proto

proto: setup ## Regenerate libs/contracts, the topic table and the manifests that follow from proto/
	@$(PY) proto/build.py
	@$(PY) deploy/generate.py

manifests: setup ## Render the Kubernetes manifests and check them without a cluster
	@$(PY) deploy/validate.py

kafka: setup ## Fetch Apache Kafka's jars through Maven and prove that a broker starts
	@deploy/local/kafka/fetch.sh $(PY)

system: ## Install Java, Maven and Chromium where they are missing (needs root; says what it does)
	@deploy/local/system.sh

lock: setup ## Renew requirements.lock from the pyproject files (hashes, no addresses)
	@$(VENV)/bin/uv lock -q --upgrade
	@$(VENV)/bin/uv export -q --all-packages --all-groups --format requirements-txt --no-emit-workspace --no-header -o requirements.lock
