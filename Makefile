# The commands of a user. Each first installs what is missing on this machine.
# ARGS is passed to pytest: make failover ARGS='-k power --keep-lab'

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
NODE_MODULES := harness/report/node_modules
# Python compiles a module at its first import, and keeps the result. Compiling all of them takes a
# third of pip's time. Images of containers often forbid keeping it; each process would then compile
# all that it imports, for 2 s.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile
# The tools of Python and of Node.js are installed at the same time.
MAKEFLAGS += --jobs=2

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

failover: ready ## run the quick failover tests on the real lab: power cuts and planned moves
	$(BIN)/pytest suites/failover -m quick $(ARGS)

test: lint ## lint, then the harness's own tests (no lab needed)
	$(BIN)/pytest suites/selftest --numprocesses=auto --timeout=120 $(ARGS)

lint: ready-dev ## style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

prove: ready ## test the verdicts: break clusters and observers on the real lab
	$(BIN)/pytest suites/prove $(ARGS)
	$(BIN)/python -m suites.prove

installed: ready ## install Quorate with pip, and run a suite outside this checkout
	$(BIN)/pytest suites/installed -m slow -s $(ARGS)

kvm-proof: ready ## run suites/smoke under KVM, in an emulated hypervisor (10 minutes or more)
	$(BIN)/python -m suites.kvm_proof

mutants: ready-dev ## check that self-tests detect mutations of the judge (minutes)
	$(BIN)/python -m suites.mutants

bench: ready ## measure the lab on this machine
	$(BIN)/python -m harness.bench

up: ready ## build the lab and leave it running
	$(BIN)/quorate up

down: ready ## take the lab down
	$(BIN)/quorate down

clean: ## take the lab down; remove it, the reports and the installed tools
	-@test ! -x $(BIN)/quorate || $(BIN)/quorate down
	rm -rf .lab .venv $(NODE_MODULES)
	find reports -mindepth 1 ! -name .gitkeep -delete

ready: host .venv/.installed $(NODE_MODULES)/.installed

ready-dev: ready .venv/.dev

host:
	@sh harness/host/install.sh

# Each stamp is written last, so an interrupted installation starts again from nothing.
# The lock lists all dependencies, so pip resolves none (--no-deps). If it did, it would choose the
# newest release for a name with an extra (coverage[toml]), for which the lock has no hash.
.venv/.locked: requirements.lock | host
	@echo "quorate: installing the Python tools into .venv (about a minute)"
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) --no-deps --require-hashes --requirement requirements.lock
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.locked
	@echo "quorate: installing the tools of development"
	@$(PIP) --no-deps --require-hashes --requirement requirements-dev.lock
	@touch $@

$(NODE_MODULES)/.installed: harness/report/package.json harness/report/package-lock.json | host
	@echo "quorate: installing the report tool"
	@npm ci --prefix harness/report --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

.PHONY: help failover test lint prove installed kvm-proof mutants bench up down clean ready ready-dev host
