# Rivulet: each target works on a fresh clone with nothing but make and Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
UV_VERSION := 0.13.9
# Browser tests come first, so that no long file is left to one worker at the end.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(os.cpu_count())')
SOURCES := app components providers alembic tests rxconfig.py
INSTALL := $(VENV)/bin/uv pip install --quiet --compile-bytecode --no-deps --require-hashes --python $(VENV)/bin/python

.DEFAULT_GOAL := run
.PHONY: run dev test check bench soak format lock clean

run: $(VENV)/.installed  ## install, build and serve on http://localhost:3000
	@$(VENV)/bin/python -m app

dev: $(VENV)/.installed  ## serve with hot reload
	@$(VENV)/bin/python -m app --dev

test: $(VENV)/.installed-dev  ## every test, browser tests too; WORKERS=… files at once
	@$(VENV)/bin/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(VENV)/.installed-dev  ## format, lint and type-check
	@$(VENV)/bin/ruff format --check $(SOURCES)
	@$(VENV)/bin/ruff check $(SOURCES)
	@$(VENV)/bin/pyright

bench: $(VENV)/.installed-dev  ## measure delay, bytes, long tasks and stopping in a real browser
	@$(VENV)/bin/python -m tests.performance.bench

soak: $(VENV)/.installed-dev  ## cut, kill, reload and freeze a hundred streaming answers; SEED=… plays one again
	@$(VENV)/bin/python -m tests.soak --rounds 100 $(if $(SEED),--seed $(SEED))

format: $(VENV)/.installed-dev
	@$(VENV)/bin/ruff format $(SOURCES)
	@$(VENV)/bin/ruff check --fix $(SOURCES)

lock: $(VENV)/.uv  ## resolve the newest versions that pyproject.toml allows
	$(VENV)/bin/uv pip compile -q pyproject.toml --universal --generate-hashes --no-header --no-emit-index-url -p 3.11 -o requirements.lock
	$(VENV)/bin/uv pip compile -q pyproject.toml --extra dev --universal --generate-hashes --no-header --no-emit-index-url -p 3.11 -c requirements.lock -o requirements-dev.lock

$(VENV)/.uv:
	@echo "Making a virtual environment in $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit("Rivulet needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=… to another one.") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(VENV)/.installed: requirements.lock | $(VENV)/.uv
	@echo "Installing the libraries that Rivulet runs on …"
	@$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing the tools that test it …"
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) .web .states
