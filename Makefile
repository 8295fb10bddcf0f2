# make chat   talk to Unknot in this terminal          make run    a chat page; on Telegram with a token
# make test   all tests            make check  formatting, lint, types, layers, knowledge
# make bench  speed beside others, written to bench/results.md     make fast   only the tests that take no time
# make guard-speed  whether the key ratios are still those of bench/results.json
# make coverage  what the tests reach: all of bot/core, 92 % elsewhere      make mutate  changed lines that no test sees
# make nightly  all tests, the long ones whole
# make crash  500 kills under load, and what was lost
# make cluster  3 workers on one database, killed at random, and what was lost (a quarter of an hour)
# make load   20,000 people due in one minute, and a kill half-way (a quarter of an hour)
# make browser  the chat page in a real browser (installs Chromium where it can)
# make screenshots  the pictures of the chat page in docs/, taken by those tests
# make scale  what 1, 10 and 100 million people would take
# make figures  the sheet of all stretches, and one of frames to look at
# make accuracy  measures the reader, writes the figures down      make guard  words that are no typing errors
# make safety  plays the vignettes and writes the tables of docs/safety.md
# make settings  the table of settings in docs/operate.md
# make sbom   what is shipped, as CycloneDX       make audit  known vulnerabilities of pinned packages
.PHONY: chat run test nightly fast check bench crash cluster load browser screenshots accuracy safety
.PHONY: guard guard-speed coverage mutate figures format clean scale sbom audit settings
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SUPPLY := .venv-supply
SHIPPED := .venv-shipped

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
	@$(BIN)/python -m pytest -q -m 'not e2e and not slow' tests/core

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

cluster: $(VENV)/.ready
	@$(BIN)/python -m tests.crash.cluster

load: $(VENV)/.ready
	@$(BIN)/python -m tests.crash.load

browser: $(VENV)/.ready
	@$(BIN)/python -m pytest -q -o addopts= tests/browser

screenshots: $(VENV)/.ready
	@$(BIN)/python docs/page.py

accuracy: $(VENV)/.ready
	@$(BIN)/python -m tools.accuracy

safety: $(VENV)/.ready
	@$(BIN)/python -m tools.safety

figures: $(VENV)/.ready
	@$(BIN)/python docs/figures.py

guard: $(VENV)/.ready
	@$(BIN)/python -m tools.guard_words

settings: $(VENV)/.ready
	@$(BIN)/python -m tools.settings_table

scale: $(VENV)/.ready
	@$(BIN)/python -m bench.scale

# The tools stand apart from what they look at: neither are they listed, nor do they bring packages.
$(SUPPLY)/.ready: pyproject.toml constraints.txt
	@test -x $(SUPPLY)/bin/python || $(PYTHON) -m venv $(SUPPLY)
	@$(SUPPLY)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
		cyclonedx-bom pip-audit
	@touch $@

sbom: $(SUPPLY)/.ready
	@rm -rf $(SHIPPED) && $(PYTHON) -m venv --without-pip $(SHIPPED) && mkdir -p dist
	@$(SUPPLY)/bin/python -m pip --python $(SHIPPED)/bin/python install --quiet \
		--disable-pip-version-check -c constraints.txt '.[postgres]'
	@$(SUPPLY)/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml \
		--output-format JSON --output-file dist/unknot.cdx.json $(SHIPPED)/bin/python
	@echo "dist/unknot.cdx.json: $$(grep -c '"purl"' dist/unknot.cdx.json) packages"

audit: $(SUPPLY)/.ready
	@$(SUPPLY)/bin/python tools/audit.py

format: $(VENV)/.ready
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:
	@rm -rf $(VENV) $(SUPPLY) $(SHIPPED) dist mutants .coverage .pytest_cache .mypy_cache .ruff_cache
