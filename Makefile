PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt
OUT ?= rnngraph-study

.PHONY: study test test-slow lint types docs clean

study: $(VENV)/.study  ## train the default study and write its report
	$(BIN)/rnngraph study --out $(OUT)

test: $(VENV)/.dev  ## the test suite, without the slow checks
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-slow: $(VENV)/.dev  ## the slow checks: the default study at full breadth, twice
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

docs: $(VENV)/.docs  ## the documentation, warnings are errors
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

clean:
	rm -rf $(VENV) docs/_build docs/examples $(OUT)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.study: $(VENV)/bin/python pyproject.toml constraints.txt
	$(INSTALL) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(INSTALL) -e ".[dev]"
	@touch $@ $(VENV)/.study

$(VENV)/.docs: $(VENV)/bin/python pyproject.toml constraints.txt
	$(INSTALL) -e ".[docs]"
	@touch $@ $(VENV)/.study
