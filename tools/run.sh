#!/usr/bin/env bash
# Opens the window, or says in one line why it cannot. Arguments go to mentee.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "$(uname -s)" = Linux ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ]; then
    echo 'mentee: no display found (DISPLAY and WAYLAND_DISPLAY are unset); without one, try .venv/bin/mentee chat "Hello"' >&2
    exit 1
fi
exec .venv/bin/mentee "$@"
