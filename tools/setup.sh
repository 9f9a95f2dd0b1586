#!/usr/bin/env bash
# Makes .venv with Mentee in it, and what Mentee needs of the system. Safe to run again at any time.
#
#   tools/setup.sh          what the program needs, the learner included
#   tools/setup.sh --dev    the same, and the tools that the checks and tests need
#
# System packages are installed with apt-get when run as root; anybody else gets one list of what to install.
# PYTHON=... picks the interpreter; CMAKE_ARGS and pip's own settings are respected.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dev=no
[ "${1:-}" = "--dev" ] && dev=yes

say() { printf '==> %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

# --- the system -------------------------------------------------------------------------------------------

# What Qt's platform plugins and llama.cpp link to, and the Debian package that has it.
libraries="
libEGL.so.1             libegl1
libGL.so.1              libgl1
libX11-xcb.so.1         libx11-xcb1
libdbus-1.so.3          libdbus-1-3
libfontconfig.so.1      libfontconfig1
libglib-2.0.so.0        libglib2.0-0
libgomp.so.1            libgomp1
libgssapi_krb5.so.2     libgssapi-krb5-2
libxcb-cursor.so.0      libxcb-cursor0
libxcb-icccm.so.4       libxcb-icccm4
libxcb-image.so.0       libxcb-image0
libxcb-keysyms.so.1     libxcb-keysyms1
libxcb-randr.so.0       libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0       libxcb-shape0
libxcb-sync.so.1        libxcb-sync1
libxcb-xfixes.so.0      libxcb-xfixes0
libxcb-xkb.so.1         libxcb-xkb1
libxkbcommon-x11.so.0   libxkbcommon-x11-0
"

missing_packages() {
    local known soname package
    known=$( (ldconfig -p || /sbin/ldconfig -p) 2>/dev/null || true)
    while read -r soname package; do
        [ -z "$soname" ] || [[ "$known" == *"$soname "* ]] || echo "$package"
    done <<<"$libraries"
    command -v gcc >/dev/null || echo gcc
    command -v g++ >/dev/null || echo g++
    command -v cmake >/dev/null || echo cmake
    [ -n "$(find -L /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts" \
        -name '*.[to]tf' -print -quit 2>/dev/null)" ] || echo fonts-dejavu-core
    if [ "$dev" = yes ]; then command -v Xvfb >/dev/null || echo xvfb; fi
    python_package
}

# The version the project is tested on comes first.
interpreters="${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3}"

# The first interpreter that is new enough and, with "complete", can make a virtual environment.
find_python() {
    local candidate modules=sys
    [ "${1:-}" = complete ] && modules="sys, venv, ensurepip"
    for candidate in $interpreters; do
        if "$candidate" -c "import $modules; sys.exit(sys.version_info < (3, 11))" >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# Debian splits venv off; its package is named by the version.
python_package() {
    local bare
    find_python complete >/dev/null && return
    if bare=$(find_python); then
        "$bare" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    else
        echo "python3 python3-venv"
    fi
}

install_system() {
    local missing
    missing=$(missing_packages | tr '\n' ' ')
    [ -n "${missing// /}" ] || return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "installing with apt-get: $missing"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq || say "apt-get update failed; going on with the package lists at hand"
        # shellcheck disable=SC2086  # a list of words is meant
        apt-get install -y -qq --no-install-recommends $missing ||
            fail "apt-get could not install: $missing"
        return
    fi
    cat >&2 <<TEXT
setup: these system packages are missing (names as in Debian and Ubuntu):

    sudo apt-get install $missing

Install them, then run the same command again.
TEXT
    exit 1
}

# --- the virtual environment --------------------------------------------------------------------------------

make_venv() {
    local python here
    here=$(pwd -P)
    if [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1 &&
        head -n 3 .venv/bin/pip | grep -qF "$here/.venv/bin/"; then
        return
    fi
    python=$(find_python complete) || fail "no Python 3.11 or newer that can make a virtual environment"
    say "making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
}

# The learner's torch for a Linux machine without an NVIDIA card. The build on PyPI brings gigabytes of CUDA
# with it; the CPU build has an index of its own, asked only where pip has its default settings.
install_cpu_torch() {
    local wanted
    [ "$(uname -s)" = Linux ] || return 0
    ! nvidia-smi -L >/dev/null 2>&1 || return 0
    ! .venv/bin/python -m pip show -q torch 2>/dev/null || return 0
    ! .venv/bin/python -m pip config list | grep -qE 'index-url|find-links|no-index' || return 0
    wanted=$(.venv/bin/python - <<'PYTHON'
import tomllib

with open("pyproject.toml", "rb") as file:
    extras = tomllib.load(file)["project"]["optional-dependencies"]
print(next(line for line in extras["learn"] if line.startswith("torch")))
PYTHON
    )
    say "installing $wanted, the build for machines without an NVIDIA card"
    .venv/bin/python -m pip install -q --index-url https://download.pytorch.org/whl/cpu "$wanted" ||
        say "the index of CPU builds did not answer; taking torch from the usual index"
}

install_python_packages() {
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    # llama.cpp is compiled here once; pip keeps the wheel in its cache.
    export CMAKE_ARGS="${CMAKE_ARGS:--DLLAVA_BUILD=OFF}"
    export CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc 2>/dev/null || echo 2)}"
    # --group is known to pip from 25.1 on.
    .venv/bin/python -m pip install -q --upgrade "pip>=25.1"
    install_cpu_torch
    local arguments=(-e ".[learn]")
    [ "$dev" = no ] || arguments+=(--group dev)
    say "installing Mentee and its Python packages (the first time takes about ten minutes: llama.cpp is compiled)"
    .venv/bin/python -m pip install -q "${arguments[@]}"
    [ -x .venv/bin/mentee ] || fail "pip finished but .venv/bin/mentee is not there"
}

[ "$(uname -s)" != Linux ] || install_system
make_venv
install_python_packages
touch .venv/.installed
if [ "$dev" = yes ]; then touch .venv/.installed-dev; fi
say "ready: .venv/bin/mentee"
