# Poliedro. `make demo` runs everything on one machine; `make test` proves everything.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FRONT := poliedro/frontend
DIST := poliedro/src/poliedro/shared/static/shared/dist
export POLIEDRO_VAR ?= $(CURDIR)/var
export POLIEDRO_DATA ?= $(realpath ../shared/data)
ifeq ($(strip $(POLIEDRO_DATA)),)
unexport POLIEDRO_DATA
endif
JOBS ?= 2

.PHONY: help setup demo test coverage explore check bench clean system-browser system-postgres
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

# --- setting up -------------------------------------------------------------------------------------------------------
$(VENV)/.base: requirements/base.txt poliedro/pyproject.toml regionomics/pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/base.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e regionomics -e poliedro
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.base
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

# Where Node is missing, the Node that a Python package carries.
$(DIST)/.built: $(shell find $(FRONT) -type f -not -path '*/node_modules/*' 2>/dev/null) $(VENV)/.base
	@scripts/with-node $(BIN) sh -c 'cd $(FRONT) && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build'
	@touch $@

setup: $(VENV)/.base $(DIST)/.built ## install the site into .venv (command: .venv/bin/poliedro)
	@scripts/system pango
	@$(BIN)/poliedro messages

# --- running ----------------------------------------------------------------------------------------------------------
demo: setup ## set everything up, load the demonstration region, serve it with one login per role
	@POLIEDRO_DEMO=1 $(BIN)/poliedro demo

# --- proving ----------------------------------------------------------------------------------------------------------
test: setup $(VENV)/.dev ## lint, types, contracts, unit, property and browser tests, on SQLite and PostgreSQL
	@scripts/system chromium postgresql
	@scripts/system java
	@scripts/test $(BIN) $(JOBS)

coverage: setup $(VENV)/.dev ## which lines the tests reach (twice as long as the tests)
	@scripts/system chromium postgresql
	@scripts/coverage $(BIN) $(JOBS)

explore: setup $(VENV)/.dev ## property tests with examples that were not tried yet
	@cd regionomics && POLIEDRO_EXPLORE=1 $(abspath $(BIN))/pytest -q -n $(JOBS) -m hypothesis
	@cd poliedro && POLIEDRO_EXPLORE=1 $(abspath $(BIN))/pytest -q -n $(JOBS) --dist loadfile -m "hypothesis and not browser"

check: setup $(VENV)/.dev ## lint, types, contracts; changes nothing
	@scripts/check $(BIN)

bench: $(VENV)/.dev ## time regionomics against its peers (peers in an environment named by PEERS_PYTHON)
	@$(BIN)/python regionomics/benchmarks/bench.py $(if $(PEERS_PYTHON),--peers-python $(PEERS_PYTHON))

clean: ## remove what was built (not var/)
	rm -rf $(VENV) $(DIST) $(FRONT)/node_modules
