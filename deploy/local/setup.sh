#!/usr/bin/env bash
# Usage: setup.sh VENV MEMBER... : make the virtual environment and install the locked packages and our own into it.
set -euo pipefail
venv=$1
shift

python=""
for candidate in python3.11 python3.12 python3.13 python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "setup: Python 3.11 or newer is needed and was not found" >&2
    exit 1
fi

if [ ! -x "$venv/bin/pip" ]; then
    echo "setup: making $venv with $($python --version)"
    if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            echo "setup: this Python has no venv module: installing python3-venv with apt-get"
            apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
            "$python" -m venv --clear "$venv"
        else
            echo "setup: this Python cannot make a virtual environment; install python3-venv" >&2
            exit 1
        fi
    fi
fi

echo "setup: installing the packages of requirements.lock (checked by hash)"
if [ ! -x "$venv/bin/uv" ]; then
    "$venv/bin/pip" install -q --disable-pip-version-check --require-hashes -r <(awk '/^uv==/{on=1} on{print} on&&!/\\$/{exit}' requirements.lock)
fi
"$venv/bin/uv" pip install -q --python "$venv/bin/python" --require-hashes -r requirements.lock
editable=()
for member in "$@"; do
    editable+=(-e "$member")
done
"$venv/bin/uv" pip install -q --python "$venv/bin/python" --no-deps --no-build-isolation "${editable[@]}"
echo "setup: done"
