# Everything sets itself up in .venv from locks with hashes; nothing needs root except the optional real servers.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
  $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check install --quiet
# Many tests wait for sockets and processes: one more at a time than there are cores keeps the cores at work.
JOBS ?= $(shell expr $$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN) + 1)

.DEFAULT_GOAL := help
.PHONY: help run test check servers fuzz bench lock generated clean

help:
	@echo "make run      set up and show a live pretend site, with the daemon and its page"
	@echo "make test     set up and run the whole test suite"
	@echo "make check    ruff, mypy, pyright, import-linter, generated files"
	@echo "make fuzz     coverage-guided fuzzing of every parser (long)"
	@echo "make bench    every figure of docs/benchmarks.md (long)"
	@echo "make lock     renew the locks in requirements/ (needs uv)"

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed: apt install python3 python3-venv, or set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.run: .venv/bin/python requirements/run.txt pyproject.toml headframe.py
	@echo "setting up .venv ..." >&2
	@$(PIP) --require-hashes --requirement requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	@echo "setting up the tools for tests ..." >&2
	@$(PIP) --require-hashes --requirement requirements/dev.txt
	@touch $@

.venv/.fuzz: .venv/.dev requirements/fuzz.txt
	@$(PIP) --require-hashes --requirement requirements/fuzz.txt
	@touch $@

run: .venv/.run
	@$(BIN)/headframe demo

servers:
	@sh tests/servers/install.sh

# The tests start the command dozens of times, and where bytecode is not kept each start would compile it anew.
test: .venv/.dev servers
	@$(BIN)/python -m compileall -q -j 0 headframe.py config collectors daemon simulator
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

check: .venv/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@$(BIN)/python docs/generate.py --check

generated: .venv/.dev
	@$(BIN)/python docs/generate.py

fuzz: .venv/.fuzz
	@$(BIN)/python tests/fuzz/run.py --seconds $${SECONDS_EACH:-60}

bench: .venv/.dev
	@$(BIN)/python tests/bench/run.py $(NAMES)

COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
lock:
	$(COMPILE) --group setup pyproject.toml -o requirements/run.txt
	$(COMPILE) --all-extras --group dev pyproject.toml -o requirements/dev.txt
	$(COMPILE) --all-extras --group dev --group fuzz pyproject.toml -o requirements/fuzz.txt
	$(COMPILE) --group bench -o requirements/bench.txt

clean:
	rm -rf .venv .venv-bench build dist demo .mypy_cache .ruff_cache .pytest_cache
