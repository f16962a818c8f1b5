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

# Debian splits off what `venv` needs to bring pip along. Without it: the machine's own pip, else apt-get as root.
if [ ! -x "$venv/bin/uv" ]; then
    echo "setup: making $venv with $($python --version)"
    pip=("$venv/bin/pip")
    if ! "$python" -m venv --clear "$venv" >/dev/null 2>&1; then
        if "$python" -m pip --version >/dev/null 2>&1; then
            "$python" -m venv --clear --without-pip "$venv"
            pip=("$python" -m pip --python "$venv/bin/python")
        elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            echo "setup: this Python can make no environment with pip: installing python3-venv with apt-get"
            apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
            "$python" -m venv --clear "$venv"
        else
            echo "setup: this Python cannot make a virtual environment; install python3-venv or python3-pip" >&2
            exit 1
        fi
    fi
    echo "setup: installing uv (checked by hash)"
    awk '/^uv==/{on=1} on{print} on&&!/\\$/{exit}' requirements.lock >"$venv/uv.lock"
    "${pip[@]}" install -q --disable-pip-version-check --require-hashes -r "$venv/uv.lock"
fi

# uv reads none of pip's settings: an index or certificates that this machine needs would be forgotten half-way.
if [ -n "${PIP_INDEX_URL:-}" ]; then
    export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}"
fi
if [ -n "${PIP_CERT:-}" ]; then
    export SSL_CERT_FILE="${SSL_CERT_FILE:-$PIP_CERT}"
fi
echo "setup: installing the packages of requirements.lock (checked by hash)"
"$venv/bin/uv" pip install -q --python "$venv/bin/python" --require-hashes -r requirements.lock
editable=()
for member in "$@"; do
    editable+=(-e "$member")
done
"$venv/bin/uv" pip install -q --python "$venv/bin/python" --no-deps --no-build-isolation "${editable[@]}"
echo "setup: done"
