PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt
OUT ?= rnngraph-study
CORE := $(wildcard rnngraph/_native/*.*pp rnngraph/_native/*/*.*pp rnngraph/_native/CMakeLists.txt)

.PHONY: study test test-slow test-sanitize lint types docs clean

study: $(VENV)/.study  ## train the default study and write its report
	$(BIN)/rnngraph study --out $(OUT)

test: $(VENV)/.dev  ## the test suite, without the slow checks
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-slow: $(VENV)/.dev  ## the slow checks: the default study at full breadth, twice
	$(BIN)/python -m pytest -m slow

test-sanitize: $(VENV)/.dev  ## the core under the address and undefined-behaviour sanitizers
	$(BIN)/cmake -S rnngraph/_native -B build/sanitize -DRNNGRAPH_SANITIZE=ON \
	  -DPython_EXECUTABLE=$(abspath $(BIN)/python) >/dev/null
	$(BIN)/cmake --build build/sanitize --parallel 2 >/dev/null
	LD_PRELOAD="$$(c++ -print-file-name=libasan.so) $$(c++ -print-file-name=libubsan.so)" \
	  ASAN_OPTIONS=detect_leaks=0:handle_segv=2 \
	  $(BIN)/python -m pytest -n 2 -p tests.sanitized -m "not slow" tests/metrics tests/nn/test_nn_native.py tests/nn/sparse

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

docs: $(VENV)/.docs  ## the documentation, warnings are errors
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

clean:
	rm -rf $(VENV) build docs/_build docs/examples $(OUT)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.study: $(VENV)/bin/python pyproject.toml constraints.txt $(CORE)
	$(INSTALL) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt $(CORE)
	$(INSTALL) -e ".[dev]"
	@touch $@ $(VENV)/.study

$(VENV)/.docs: $(VENV)/bin/python pyproject.toml constraints.txt $(CORE)
	$(INSTALL) -e ".[docs]"
	@touch $@ $(VENV)/.study
