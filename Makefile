# Two commands matter: `make run` serves the app, `make test` runs every test.
# Both work on a machine with nothing but Python 3.11 or newer and make.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PORT ?= 8501

.PHONY: run test setup check format lock clean help

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

run: .venv/runtime ## load the demo into an empty workspace and serve the app on port 8501
	$(BIN)/python -m core demo --if-empty
	$(BIN)/python -m core serve --port $(PORT)

test: .venv/development ## every test, the browser tests included where a Chromium is found
	$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

setup: .venv/development ## only build .venv

check: .venv/development ## lint, types, import contracts and the unit tests, under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n auto tests/test_architecture.py tests/unit

format: .venv/development ## tidy the code
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: .venv/development ## resolve the dependencies anew into the lock files
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q requirements.txt -o requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q requirements-dev.txt -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q requirements-azure-setup.txt -c requirements.lock -o requirements-azure-setup.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q requirements-telemetry.txt -c requirements.lock -o requirements-telemetry.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q requirements-notebooks.txt -c requirements.lock -o requirements-notebooks.lock
	cp requirements.lock requirements-tracking.lock  # what need not differ stays the same
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q requirements-tracking.txt -o requirements-tracking.lock

.venv/runtime: requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/development: .venv/runtime requirements-dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

clean: ## remove the environment and the caches, never the workspace
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
