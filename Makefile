# `make run` opens Mentee, `make test` checks everything. Both install what they need first.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-dev run test check bench bench-serving bench-idle bench-learning bench-judge clean

INSTALLED := .venv/.installed
INSTALLED_DEV := .venv/.installed-dev

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(INSTALLED) ## install everything the program needs; leaves .venv/bin/mentee
setup-dev: $(INSTALLED_DEV) ## the same with the tools for checks and tests

$(INSTALLED): pyproject.toml tools/setup.sh
	@tools/setup.sh

$(INSTALLED_DEV): pyproject.toml tools/setup.sh
	@tools/setup.sh --dev

run: setup ## open the window (ARGS="--data-dir DIR" to keep it apart)
	@tools/run.sh $(ARGS)

test: setup-dev ## every check and the whole test suite (ARGS go to pytest)
	@tools/check.sh all $(ARGS)

check: setup-dev ## the static checks alone
	@tools/check.sh static

bench: bench-serving bench-idle bench-learning bench-judge ## every figure of the project

bench-serving: setup-dev ## speed of serving, adapter swap, first token
	@.venv/bin/python -m tests.benchmarks.serving $(ARGS)

bench-idle: setup-dev ## what window and server cost when nobody asks
	@.venv/bin/python -m tests.benchmarks.idle $(ARGS)

bench-learning: setup-dev ## simulated users teach this program and its rivals (ARGS="--quick" for ten minutes)
	@.venv/bin/python -m tests.benchmarks.learning $(ARGS)

bench-judge: setup-dev ## reading reactions: milliseconds a verdict, and how often it is right
	@.venv/bin/python -m tests.benchmarks.judging $(ARGS)

clean: ## remove build leftovers and caches; .venv and your data stay
	@rm -rf build dist *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis .pytest_cache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
