# Everything runs from a clean checkout with python3 (3.11+, with venv), make and git; nothing else is needed.
# The repository itself is never installed: Python gets it as its path (see ./lanshou), so no build step and no build tools.

BIN := .venv/bin
export PYTHONPATH := $(CURDIR)$(if $(PYTHONPATH),:$(PYTHONPATH))
PYTEST := $(BIN)/python -m pytest
LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo check test bench soak mutants format lock migration vendor clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

setup: ## .venv with everything for development
	@sh tools/venv.sh dev

demo: ## the product on lifelike traffic; Ctrl-C stops it
	@./lanshou demo

check: setup ## ruff, mypy --strict, the river
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict .
	$(BIN)/lint-imports --no-cache

test: setup ## all tests but the soak; ARGS="-k name" narrows them
	$(PYTEST) -q -n logical --maxprocesses 4 $(ARGS)

bench: setup ## how fast: bench/run.py; ARGS=areas for one part
	@sh tools/venv.sh bench
	$(BIN)/python -m bench.run $(ARGS)

soak: setup ## kills and long days
	$(PYTEST) -q -m soak --timeout 3600 $(ARGS)

mutants: setup ## which changes of the clocks' code no test notices, then planted faults (docs/mutants.md)
	rm -rf mutants
	env -u PYTHONPATH PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/mutmut run --max-children 4 >/dev/null
	$(BIN)/python tools/mutants.py
	$(BIN)/python tools/planted_faults.py

format: setup ## ruff's fixes and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## write the lock files again from pyproject.toml; ARGS=--upgrade moves every version
	$(LOCK) $(ARGS) pyproject.toml -o requirements.lock >/dev/null
	$(LOCK) $(ARGS) pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock >/dev/null
	$(LOCK) $(ARGS) --group bench -o requirements-bench.lock >/dev/null

migration: setup ## the next step of the schema, from storage/tables; MESSAGE="what changes"
	$(BIN)/python tools/new_migration.py "$(MESSAGE)"

vendor: setup ## fetch the browser files again (needs npm)
	$(BIN)/python tools/vendor_assets.py

clean: ## .venv, caches and the demo's data
	rm -rf .venv .venv-bench data/demo build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results test-pictures
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
