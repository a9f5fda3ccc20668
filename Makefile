# 绩薪 Jixin. `make` alone lists what there is. Needs Python 3.11+, pip and make; nothing else.
PYTHON ?= python3
PYTEST_WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python

# Chinese file names and output must work under any locale, LC_ALL=C included.
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help venv demo serve test lint types contracts migrations check lock bench bench-postgres bench-scale bench-grading agreement oracle kill double-press chaos simulate-scale mutation nightly messages clean

help:  ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Stamps inside .venv: nothing is installed again until a requirements file changes, or .venv is removed.
$(VENV)/.runtime: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is older or missing. Try: make PYTHON=python3.12 ..."; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	@touch $@

venv: $(VENV)/.runtime  ## make .venv and install what the product runs on

demo: $(VENV)/.runtime  ## load the demo company, close its newest month into out/, print the summary
	$(PY) manage.py migrate --verbosity 0
	$(PY) manage.py demo

serve: $(VENV)/.runtime  ## web pages and workers on http://127.0.0.1:8000/ until Ctrl-C
	$(PY) manage.py migrate --verbosity 0
	$(PY) manage.py serve

test: $(VENV)/.dev  ## everything that CI runs: tests, lint, types, import contracts, migrations
	$(PY) -m pytest -q -n $(PYTEST_WORKERS) tests
	@$(MAKE) --no-print-directory lint types contracts migrations

lint: $(VENV)/.dev  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev  ## mypy
	$(BIN)/mypy

contracts: $(VENV)/.dev  ## the architecture: who may import whom
	$(BIN)/lint-imports

migrations: $(VENV)/.dev  ## every model change has its migration
	$(PY) manage.py makemigrations --check --dry-run --verbosity 1

check: test  ## the same as test

lock: $(VENV)/.dev  ## compile requirements*.in into pinned requirements*.txt
	$(PY) -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile requirements.in -o requirements.txt --python-version 3.11 \
	  --no-header --no-emit-index-url --no-emit-find-links
	$(BIN)/uv pip compile requirements-dev.in -o requirements-dev.txt --python-version 3.11 \
	  --no-header --no-emit-index-url --no-emit-find-links

bench: $(VENV)/.runtime  ## what grading and paying one person costs, at 1,000 and 10,000 agents
	$(PY) bench/bench_month.py

bench-postgres: $(VENV)/.dev  ## the same on a PostgreSQL server of its own, 10,000 agents, first and second year
	$(PY) bench/bench_month.py 10000 --postgres --history 0 12

bench-scale: $(VENV)/.dev  ## 100,000 agents with a year of history, two workers, PostgreSQL: seconds, CPU, memory, pages (an hour)
	$(PY) bench/bench_scale.py 10000 100000

bench-grading: $(VENV)/.dev  ## ten million messages to metrics: seconds, memory, and the ratio to plain loops
	$(PY) bench/bench_grading.py

agreement: $(VENV)/.dev  ## the metric engine against its plain reference on 500 random logs
	JIXIN_SEEDS=500 $(PY) -m pytest -q -n $(PYTEST_WORKERS) tests/grading/domain/metrics/test_agreement.py

oracle: $(VENV)/.dev  ## 100,000 agent-months of pay against the independent reference calculator
	$(PY) -m tests.scenarios.oracle_report --workers $(PYTEST_WORKERS)

kill: $(VENV)/.dev  ## a process dies at every SQL statement of a month, both engines: what is left wrong (an hour or two)
	nice -n 5 $(PY) -m tests.reliability.kill --workers $(PYTEST_WORKERS)

double-press: $(VENV)/.dev  ## 200 times 2, 8 and 32 people press the same button at once, on PostgreSQL (an hour)
	nice -n 5 $(PY) -m tests.reliability.double_press

chaos: $(VENV)/.dev  ## 100 kill -9 of Celery workers and 10 lost brokers while a month is worked (half an hour)
	nice -n 5 $(PY) -m tests.reliability.chaos

simulate-scale: $(VENV)/.runtime  ## what a million people need: workers, minutes, memory, disk; by simulation with measured costs
	$(PY) bench/simulate_scale.py

mutation: $(VENV)/.dev  ## mistakes that no test notices (hours, goes on where it was stopped; ONLY=payroll/domain)
	nice -n 19 $(PY) -m bench.mutation $(ONLY)

nightly: $(VENV)/.dev  ## the laws of grading and pay on 10,000 examples each (hours)
	LAW_EXAMPLES=10000 $(PY) -m pytest -q -n $(PYTEST_WORKERS) tests/payroll/domain/test_laws.py \
	  tests/payroll/domain/test_laws_under_law.py tests/grading/kernel tests/grading/domain

messages: $(VENV)/.dev  ## collect and compile translations (needs GNU gettext)
	$(PY) manage.py makemessages --locale zh_Hans --no-obsolete --no-location --ignore .venv
	$(PY) manage.py compilemessages --ignore .venv

clean:  ## remove caches and generated files; keeps var/ (your data) and .venv
	rm -rf out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -path ./$(VENV) -prune -o -type d -name __pycache__ -exec rm -rf {} +
