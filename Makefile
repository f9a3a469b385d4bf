# Everything runs in .venv, which `make` builds when it is not there.
BIN := .venv/bin
export SPOTTUI_CLUSTER_DIR ?= $(CURDIR)/.cluster

.PHONY: check check-cluster run bench format

check: $(BIN)/pytest
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/pytest

# Builds a Kubernetes control plane with Go (about 6 minutes the first time) and runs the tests that need one.
check-cluster: $(BIN)/pytest
	SPOTTUI_CLUSTER=1 $(BIN)/pytest tests/cluster -m cluster -n 0

run: $(BIN)/pytest
	$(BIN)/spottui

# What it costs to draw and to listen; the numbers and how they were measured are in benchmarks/.
bench: $(BIN)/pytest
	$(BIN)/python -m benchmarks.live_table
	$(BIN)/python -m benchmarks.side_by_side

format: $(BIN)/pytest
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(BIN)/pytest: pyproject.toml
	python3 -m venv .venv
	$(BIN)/pip install -q -e '.[test]'
	touch $@
