# Everything runs in .venv, which `make` builds when it is not there.
BIN := .venv/bin
export SPOTTUI_CLUSTER_DIR ?= $(CURDIR)/.cluster

.PHONY: check check-slow check-cluster check-survival check-kubelet run bench screenshots requirements format

check: $(BIN)/pytest
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/pytest

# Whole programs on ptys, faults in real time, every act at every step: minutes, not seconds.
check-slow: $(BIN)/pytest
	SPOTTUI_SLOW=1 $(BIN)/pytest tests -m slow -rs

# Builds a Kubernetes control plane with Go (about 6 minutes the first time) and runs the tests that need one.
check-cluster: $(BIN)/pytest
	SPOTTUI_CLUSTER=1 $(BIN)/pytest tests/cluster -m cluster -n 0

# Faults of the link, of logins and of the clock, in real time; as root with iproute2, iptables and libfaketime, else
# some are skipped. SPOTTUI_LONG=1 takes the ten minutes that a cut and a sleep last.
check-survival: $(BIN)/pytest
	SPOTTUI_CLUSTER=1 $(BIN)/pytest tests/survival -m cluster -n 2 --dist loadfile -rs

# Builds a kubelet and containerd too, and runs the tests that need containers: logs, exec, forwarded ports, figures.
# As root only; installs Debian's part where that is missing, and undoes all else at the end.
check-kubelet: $(BIN)/pytest
	@if [ "$$(id -u)" = 0 ] && ! { command -v runc && command -v busybox && [ -e /usr/lib/cni/ptp ]; } >/dev/null; then \
		apt-get install -y -qq --no-install-recommends runc containernetworking-plugins busybox-static; fi
	SPOTTUI_KUBELET=1 $(BIN)/pytest tests/kubelet -m kubelet -n 0 -rs

run: $(BIN)/pytest
	$(BIN)/spottui

# Everything that is measured, in one table (an hour); the numbers and how they were taken are in benchmarks/.
bench: $(BIN)/pytest
	$(BIN)/python -m benchmarks.run

# The pictures of the README, taken of the embedded robot: about a minute.
screenshots: $(BIN)/pytest
	$(BIN)/python docs/screenshots.py

# The versions that the tests ran with, with the hashes of every platform: requirements/tested.txt.
requirements: $(BIN)/pytest
	$(BIN)/pip freeze --exclude-editable >.venv/frozen.txt
	python3 -m venv .venv/uv && .venv/uv/bin/pip install -q uv
	{ head -2 requirements/tested.txt; .venv/uv/bin/uv pip compile pyproject.toml --extra test --python-version 3.11 \
		--constraint .venv/frozen.txt --generate-hashes --no-header --no-annotate -q; } >requirements/new
	mv requirements/new requirements/tested.txt

format: $(BIN)/pytest
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(BIN)/pytest: pyproject.toml
	python3 -m venv .venv
	$(BIN)/pip install -q -e '.[test]'
	touch $@
