# `make demo` and `make test` do all the set-up.
# Both install what requirements/ locks into a virtual environment of this folder (with uv when it is there, else venv
# and pip) and are quick the second time. CONTRIBUTING.md says when and how to lock.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)

# requirements/PURPOSE.txt locks what LOCK_PURPOSE names. `all` is resolved first and the others use its versions, so that they
# fit together in one environment.
GROUPS        := build docs fleet-tests lock mutants notebook-tests release-tests
LOCK_run      := pyproject.toml
LOCK_build    := --group build
LOCK_dev      := pyproject.toml --extra dev --group build
LOCK_notebook := pyproject.toml --extra notebook
LOCK_browser  := pyproject.toml --extra dev --extra browser --group build --group docs
LOCK_migrate  := pyproject.toml --extra migrate
LOCK_fleet    := pyproject.toml --extra fleet
LOCK_mcp      := pyproject.toml --extra mcp
LOCK_mutants  := pyproject.toml --extra dev --group build --group mutants
LOCK_docs     := pyproject.toml --group docs
LOCK_release  := --group build --group release-tests
LOCK_lock     := --group lock
LOCK_all      := pyproject.toml --all-extras $(GROUPS:%=--group %)
LOCKS         := $(sort $(patsubst LOCK_%,%,$(filter LOCK_%,$(.VARIABLES))))

# The locked packages for the tests: `dev`, or `all` as in .ci/run for the optional tests.
PURPOSE ?= dev

# More arguments for pytest, for example to repeat failed tests: AGAIN='--last-failed ...'.
AGAIN ?=

INSTALL = PYTHON='$(PYTHON)' UV='$(UV)' tools/install.sh

.PHONY: demo test check-format lint types unit mutants test-browser docs pictures test-live test-reader test-long record-engines record-boundaries fuzz test-newest test-lowest lock bench bench-fleet bench-live release reformat clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/run.stamp: pyproject.toml requirements/run.txt requirements/build.txt
	@echo "Installing what requirements/run.txt locks into $(VENV): the first time only, half a minute to two minutes."
	@$(INSTALL) $(VENV) run build
	@touch $@

$(VENV)/$(PURPOSE).stamp: pyproject.toml requirements/$(PURPOSE).txt
	@echo "Installing what requirements/$(PURPOSE).txt locks into $(VENV): the first time only, one to three minutes."
	@$(INSTALL) $(VENV) $(PURPOSE)
	@touch $@

demo: $(VENV)/run.stamp ## the main job on sample_clusters/psp-by-example
	@PATH="$(abspath $(BIN)):$$PATH" sh sample_clusters/psp-by-example/demo.sh

test: check-format lint types unit ## format check, lint, types and all tests

check-format: $(VENV)/$(PURPOSE).stamp ## is everything formatted?
	$(BIN)/ruff format --check .

lint: $(VENV)/$(PURPOSE).stamp ## ruff, every rule but those switched off with a reason
	$(BIN)/ruff check .

types: $(VENV)/$(PURPOSE).stamp ## mypy, strict
	$(BIN)/mypy

unit: $(VENV)/$(PURPOSE).stamp ## the tests alone
	$(BIN)/pytest -m "not live and not browser" $(AGAIN)

test-live: $(VENV)/$(PURPOSE).stamp ## the tests that ask real API servers, which are built first (needs Go)
	tests/apiserver/install.sh
	RBACPSP_LIVE=1 $(BIN)/pytest -n0 -m live $(AGAIN) tests/live

# The locked packages for the browser tests: `browser`, or `all` as in .ci/run.
BROWSER := $(if $(filter all,$(PURPOSE)),all,browser)

test-browser: ## the explorer and the site in a real Chromium (installed where missing, with apt), and its sources (needs Node)
	@$(MAKE) --no-print-directory $(VENV)/$(BROWSER).stamp PURPOSE=$(BROWSER)
	tests/page/browser/install.sh
	RBACPSP_BROWSER=1 timeout 1200 $(BIN)/pytest -n0 -m browser $(AGAIN) tests/page/browser tests/docs/browser

# The locked packages for the site: `docs`, or `all` as in .ci/run.
SITE := $(if $(filter all,$(PURPOSE)),all,docs)

docs: ## the documentation site, in dist/site; a link that leads nowhere is a failure
	@$(MAKE) --no-print-directory $(VENV)/$(SITE).stamp PURPOSE=$(SITE)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "It is read without a server: dist/site/index.html"

pictures: ## the pictures of the pages, and screenshots of the explorer and the site in dist/pictures (needs Chromium)
	@$(MAKE) --no-print-directory $(VENV)/$(BROWSER).stamp PURPOSE=$(BROWSER)
	tests/page/browser/install.sh
	timeout 600 $(BIN)/python -m tests.page.browser.pictures
	timeout 600 $(BIN)/python -m tests.docs.browser.pictures

test-reader: $(VENV)/$(PURPOSE).stamp ## 25,000 random documents, read by upstream's decoders too, which are built first (needs Go)
	RBACPSP_LIVE=1 $(BIN)/pytest -n0 -m live $(AGAIN) tests/reader

test-long: $(VENV)/$(PURPOSE).stamp ## all tests with random examples, every recorded pod after migrate vap, 300 manifests, 2,000 objects and 5,000 audited requests sent to each server (needs Go), 25,000 other documents, half an hour of fuzzing
	$(BIN)/pytest -m "not live and not browser" --hypothesis-profile=random
	RBACPSP_LONG=1 $(BIN)/pytest -n0 tests/fleet/test_s3.py
	tests/apiserver/install.sh
	RBACPSP_LIVE=1 RBACPSP_LONG=1 $(BIN)/pytest -n0 -m live tests/live/test_applied.py tests/live/test_audit_log.py tests/live/test_migrate.py tests/live/test_submit.py tests/reader
	$(BIN)/python -m tests.fuzz --seconds 1800

test-newest: ## the tests with the newest versions of everything
	@$(INSTALL) .venv-newest --newest dev
	.venv-newest/bin/pytest -m "not live and not browser" $(AGAIN)

test-lowest: .venv-lock/lock.stamp ## the tests with the lowest versions that pyproject.toml names
	@PYTHON='$(PYTHON)' UV=.venv-lock/bin/uv tools/install.sh .venv-lowest --lowest dev
	.venv-lowest/bin/pytest -m "not live and not browser"

.venv-lock/lock.stamp: requirements/lock.txt
	@$(INSTALL) .venv-lock lock
	@touch $@

COMPILE = .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--annotation-style line --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
	$(if $(UPDATE),--upgrade)

lock: .venv-lock/lock.stamp ## solve requirements/*.txt again; with UPDATE=1 to the newest versions
	$(COMPILE) $(LOCK_all) --output-file requirements/all.txt
	@set -e $(foreach lock,$(filter-out all,$(LOCKS)),; echo requirements/$(lock).txt; \
		$(COMPILE) $(LOCK_$(lock)) --constraints requirements/all.txt --output-file requirements/$(lock).txt)

record-engines: $(VENV)/$(PURPOSE).stamp ## record anew what Kyverno and Gatekeeper say to what is written for them (needs Go)
	tests/engines/install.sh
	$(BIN)/python -m tests.engines.record kyverno
	$(BIN)/python -m tests.engines.record gatekeeper

record-boundaries: $(VENV)/$(PURPOSE).stamp ## record anew what API servers say to fields at and beyond their limits (needs Go)
	tests/apiserver/install.sh
	$(BIN)/python -m tests.live.boundaries.record tests/conformance/data/boundaries.jsonl.gz

# The locked packages for the mutants: `mutants`, or `all` as in .ci/run.
MUTANTS := $(if $(filter all,$(PURPOSE)),all,mutants)

# The rooms to mutate (or modules of one, such as rbac/match.py), the number of mutants of each, and the seed.
ROOM ?= rbac psp pss apply admission paths
N ?= 100
SEED ?= 1

mutants: ## small changes of the decisions, each of which a test must notice: ROOM=rbac N=100 SEED=1 (half an hour a room)
	@$(MAKE) --no-print-directory $(VENV)/$(MUTANTS).stamp PURPOSE=$(MUTANTS)
	@set -e $(foreach room,$(ROOM),; echo $(room); $(BIN)/python -m tools.mutants $(room) $(N) $(SEED))

fuzz: $(VENV)/$(PURPOSE).stamp ## hostile files, servers and command lines for SECONDS (60); what fails stays a test
	$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60)

bench: $(VENV)/run.stamp ## figures at 1,000, 10,000 and 100,000 bindings beside upstream's
	$(BIN)/python -m bench

bench-fleet: ## figures of a fleet: clusters a second, memory, two processes beside one, what a task costs
	@$(MAKE) --no-print-directory $(VENV)/fleet.stamp PURPOSE=fleet
	$(BIN)/python -m bench.fleet

bench-live: $(VENV)/$(PURPOSE).stamp ## figures of a local API server beside kubectl's (needs Go and kubectl)
	tests/apiserver/install.sh current
	$(BIN)/python -m bench.live

release: ## what a release holds, in dist/release: wheel, sdist, SBOM, krew plugin, checksums; of the tag that is checked out
	@$(MAKE) --no-print-directory .venv-release/release.stamp VENV=.venv-release PURPOSE=release
	tools/release.sh .venv-release/bin dist/release

reformat: $(VENV)/$(PURPOSE).stamp ## format, and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .venv-newest .venv-lowest .venv-lock .venv-release .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
