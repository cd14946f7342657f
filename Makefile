# Two commands do all the set-up: `make demo` and `make test`.
# Each makes its own virtual environment (with uv when it is there, else venv and pip) and is quick the second time.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)

ifdef UV
MAKE_VENV = $(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
INSTALL   = $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python
else
MAKE_VENV = $(PYTHON) -m venv $(VENV)
INSTALL   = $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

.PHONY: demo test check-format lint types unit test-live bench bench-live krew reformat clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/run.stamp: pyproject.toml
	$(MAKE_VENV)
	$(INSTALL) --editable .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml $(VENV)/run.stamp
	$(INSTALL) --editable '.[dev]'
	@touch $@

demo: $(VENV)/run.stamp ## the main job on sample_clusters/psp-by-example
	@PATH="$(abspath $(BIN)):$$PATH" sh sample_clusters/psp-by-example/demo.sh

test: check-format lint types unit ## format check, lint, types and all tests

check-format: $(VENV)/dev.stamp ## is everything formatted?
	$(BIN)/ruff format --check .

lint: $(VENV)/dev.stamp ## ruff, every rule but those switched off with a reason
	$(BIN)/ruff check .

types: $(VENV)/dev.stamp ## mypy, strict
	$(BIN)/mypy

unit: $(VENV)/dev.stamp ## the tests alone
	$(BIN)/pytest -m "not live"

test-live: $(VENV)/dev.stamp ## the tests that ask real API servers, which are built first (needs Go)
	tests/apiserver/install.sh
	RBACPSP_LIVE=1 $(BIN)/pytest -n0 -m live tests/live

bench: $(VENV)/run.stamp ## figures at 1,000, 10,000 and 100,000 bindings beside upstream's
	$(BIN)/python -m bench

bench-live: $(VENV)/dev.stamp ## figures of a local API server beside kubectl's (needs Go and kubectl)
	tests/apiserver/install.sh current
	$(BIN)/python -m bench.live

krew: $(VENV)/run.stamp ## the archive of the krew plugin, and its manifest
	$(BIN)/python tools/krew/build.py

reformat: $(VENV)/dev.stamp ## format, and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
