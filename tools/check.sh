#!/usr/bin/env bash
# Every check of the project, in the order in which a mistake is cheapest to find.
#
#   tools/check.sh static        lint, format, types, import rules, dependencies
#   tools/check.sh all [ARGS]    the same, then the whole test suite; ARGS go to pytest
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode="${1:-all}"
[ $# -eq 0 ] || shift
export PATH="$PWD/.venv/bin:$PATH"

step() {
    printf '\n==> %s\n' "$*"
    "$@"
}

step ruff check .
step ruff format --check .
step mypy
step lint-imports --no-logo
step deptry .
[ "$mode" = static ] || QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}" step pytest -q "$@"
printf '\n==> all checks passed\n'
