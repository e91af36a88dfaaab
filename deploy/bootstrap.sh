#!/usr/bin/env bash
# Makes .venv from requirements.lock: what a machine needs for it is Python >= 3.11, and the network once.
set -euo pipefail
cd "$(dirname "$0")/.."

UV=0.13.8

fits() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    local name
    for name in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null && fits "$name"; then
            echo "$name"
            return
        fi
    done
    echo "This needs Python 3.11 or newer with its venv module (on Debian and Ubuntu: apt install python3-venv)." >&2
    echo "None was found as python3, python3.13, python3.12 or python3.11; PYTHON=/path/to/python3 names another." >&2
    exit 1
}

make_venv() {
    local python
    if ! fits .venv/bin/python; then
        python=$(find_python)
        "$python" -m venv --clear .venv
    fi
    .venv/bin/python -m ensurepip >/dev/null
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV"
}

[ -x .venv/bin/uv ] || make_venv
install=(.venv/bin/uv pip --quiet)
"${install[@]}" sync --python .venv/bin/python --require-hashes requirements.lock
members=()
for member in libs/*/ services/*/; do members+=(-e "$member"); done
"${install[@]}" install --python .venv/bin/python --no-deps --no-build-isolation "${members[@]}"
touch .venv/.installed
