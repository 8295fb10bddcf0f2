# make chat   talk to Unknot in this terminal          make run    a chat page; on Telegram with a token
# make test   all tests            make check  formatting, lint, types, layers, knowledge
# make bench  speed beside others, written to bench/results.md     make fast   only the tests that take no time
# make guard-speed  whether the key ratios are still those of bench/results.json
# make coverage  what the tests reach: all of bot/core, 92 % elsewhere      make mutate  changed lines that no test sees
# make nightly  all tests, the long ones whole
# make crash  500 kills under load, and what was lost
# make load   20,000 people due in one minute, and a kill half-way (a quarter of an hour)
# make browser  the chat page in a real browser (installs Chromium where it can)
# make figures  the sheet of all stretches, and one of frames to look at
# make accuracy  measures the reader, writes the figures down      make guard  words that are no typing errors
.PHONY: chat run test nightly fast check bench guard-speed coverage mutate crash load browser accuracy guard figures format clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Works with nothing but python3 and make: uv from the package index when it can be had, else plain pip.
$(VENV)/.ready: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv -c constraints.txt 2>/dev/null || true
	@if $(BIN)/python -c 'import uv' 2>/dev/null; \
	then $(BIN)/python -m uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[dev]'; \
	else $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'; fi
	@touch $@

chat: $(VENV)/.ready
	@$(BIN)/unknot chat

run: $(VENV)/.ready
	@$(BIN)/unknot

test: $(VENV)/.ready
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

nightly: $(VENV)/.ready
	@NIGHTLY=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

fast: $(VENV)/.ready
	@$(BIN)/python -m pytest -q -m 'not e2e and not slow' tests/core tests/test_*.py

check: $(VENV)/.ready
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/unknot check

install = $(BIN)/python -m uv pip install --quiet --python $(1) $(2) 2>/dev/null \
	|| $(1) -m pip install --quiet --disable-pip-version-check $(2)

# The engines that are compared. One wants older packages than ours, so it has a place of its own;
# where it cannot be had, the page says so.
$(VENV)/.bench: $(VENV)/.ready bench/screening/aiogram.txt
	@$(call install,$(BIN)/python,-c constraints.txt -e '.[bench]')
	@$(PYTHON) -m venv $(VENV)/apart/aiogram
	@$(call install,$(VENV)/apart/aiogram/bin/python,-r bench/screening/aiogram.txt) || true
	@touch $@

bench: $(VENV)/.bench
	@$(BIN)/python -m bench

guard-speed: $(VENV)/.ready
	@$(BIN)/python -m bench.guard

# Which lines and branches the tests reach, with subprocesses left out. Both lines fail below.
coverage: $(VENV)/.ready
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist worksteal --cov --cov-report=
	@$(BIN)/coverage report --skip-covered --show-missing --include='bot/core/*' --fail-under=100
	@$(BIN)/coverage report --skip-covered --omit='bot/core/*' --fail-under=92

# MODULES="triage agenda" for some only. An hour for all of them on 2 cores.
mutate: $(VENV)/.mutate
	@$(BIN)/python -m tools.mutants $(MODULES)

$(VENV)/.mutate: $(VENV)/.ready
	@$(call install,$(BIN)/python,-c constraints.txt -e '.[mutate]')
	@touch $@

crash: $(VENV)/.ready
	@$(BIN)/python -m tests.crash.campaign --kills 500

load: $(VENV)/.ready
	@$(BIN)/python -m tests.crash.load

browser: $(VENV)/.ready
	@$(BIN)/python -m pytest -q -o addopts= tests/browser

accuracy: $(VENV)/.ready
	@$(BIN)/python -m tools.accuracy

figures: $(VENV)/.ready
	@$(BIN)/python docs/figures.py

guard: $(VENV)/.ready
	@$(BIN)/python -m tools.guard_words

format: $(VENV)/.ready
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:
	@rm -rf $(VENV) dist mutants .coverage .pytest_cache .mypy_cache .ruff_cache
