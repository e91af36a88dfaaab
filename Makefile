# `make help` lists the verbs. All of them work on a machine that has Python >= 3.11 and make: the first one makes .venv.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test unit check fmt bench faults clean lock mongo-fast

BIN := .venv/bin
INSTALLED := .venv/.installed
CODE := bench libs services tests
CACHE = $(shell $(BIN)/python -m local_stack cache)
PROVIDERS := $(patsubst services/%,%,$(wildcard services/provider-*))
IMAGE_PACKAGES := api-gateway invoke-planner dispatcher insights dapi-simulator $(PROVIDERS)
EXPORT = $(BIN)/uv export --quiet --frozen --no-emit-workspace --no-header --no-annotate

help: ## the verbs there are
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: $(INSTALLED) ## everything on this machine, with a demo (ONCE=1: end after it)
	@exec $(BIN)/python -m local_stack run $(if $(ONCE),--once)

test: $(INSTALLED) ## every test
	@$(BIN)/pytest

unit: $(INSTALLED) ## the tests that need nothing running, in seconds
	@$(BIN)/pytest tests/unit tests/contract -m "not long and not cost"

check: $(INSTALLED) ## style and types
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/mypy

fmt: $(INSTALLED) ## format the code
	@$(BIN)/ruff check --fix $(CODE)
	@$(BIN)/ruff format $(CODE)

bench: $(INSTALLED) ## figures of this machine (SCENARIO=a … g, growth, adapter, overload, neighbour alone; SIZE=0.1: a tenth)
	@[ -n "$$DAPI_MONGO" ] || command -v mongod secantusd-rs "$(CACHE)/bin/secantusd-rs" "$$HOME/.cargo/bin/secantusd-rs" \
		>/dev/null || ! command -v cargo >/dev/null || $(MAKE) mongo-fast || echo "going on with the slow store"
	@exec $(BIN)/python -m bench $(if $(SCENARIO),--scenario $(SCENARIO)) --size $(or $(SIZE),1)

faults: $(INSTALLED) ## kill, freeze and cut everything under load (SEED=1 MINUTES=30)
	@exec $(BIN)/python -m tests.faults --seed $(or $(SEED),1) --minutes $(or $(MINUTES),30)

clean: ## forget the demo's data and the tools' caches (not .venv, not the downloads)
	@rm -rf .dapi .mypy_cache .ruff_cache .pytest_cache .hypothesis

lock: $(INSTALLED) ## newer versions of what we depend on, within pyproject.toml (decision 0002)
	@$(BIN)/uv lock --quiet
	@$(EXPORT) --all-packages --all-groups -o requirements.lock >/dev/null
	@$(EXPORT) --no-dev $(IMAGE_PACKAGES:%=--package %) -o deploy/image.lock >/dev/null
	@$(EXPORT) --only-group build -o deploy/build.lock >/dev/null
	@$(BIN)/python -m local_stack lock-kafka

mongo-fast: $(INSTALLED) ## build the fast document store (needs cargo, 3 minutes)
	@cargo install secantus-mdb --version 0.5.3-beta.193 --locked --ignore-rust-version --root "$(CACHE)"

$(INSTALLED): deploy/bootstrap.sh requirements.lock pyproject.toml $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)
	@deploy/bootstrap.sh
