# `make run` and `make test` do their whole set-up on a fresh Debian machine with Python 3.11.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run demo test lint bench crash differential fuzz clean

run: $(STAMP)
	@$(BIN)/python -m edi_gateway.demo.first_run
	@exec $(BIN)/edi-gateway --config config.toml run

demo: $(STAMP)
	@exec $(BIN)/edi-gateway demo

test: $(STAMP) lint
	@sh tools/install-test-servers
	$(BIN)/pytest -q -n 2

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(STAMP)
	$(BIN)/python benchmarks/run.py --write

crash: $(STAMP)
	$(BIN)/python -m pytest -q tests/crash --kills 500

differential: $(STAMP)
	$(BIN)/python -m pytest -q tests/differential --cases 30000

fuzz: $(STAMP)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes \
		-r tests/fuzz/requirements.txt || echo "no atheris to be had: a mutator of our own fuzzes"
	$(BIN)/python -m tests.fuzz.run

$(STAMP): requirements.lock pyproject.toml
	@sh tools/make-venv $(PYTHON) $(VENV)
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
