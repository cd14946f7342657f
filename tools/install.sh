#!/bin/sh
# Creates a virtual environment and installs the locked packages of some purposes into it, then this project without
# dependencies if its build tools are among the locked packages. `make` calls it.
#
#   tools/install.sh VENV PURPOSE...        requirements/PURPOSE.txt, every package verified by its hash
#   tools/install.sh VENV --newest EXTRA    the newest versions that pyproject.toml allows
#   tools/install.sh VENV --lowest EXTRA    the lowest versions that pyproject.toml names (needs uv)
#
# PYTHON names the interpreter (python3), UV the uv to install with; without one, venv and pip do the same.
# A failure is one line; the installer's output is kept in VENV/install.log.
set -eu
cd "$(dirname "$0")/.."
venv=$1
shift
python=${PYTHON:-python3}
uv=${UV:-}

fail() { echo "rbacpsp: $*" >&2; exit 1; }

command -v "$python" >/dev/null 2>&1 ||
    fail "$python is missing: install Python 3.11 or newer, or name one with make PYTHON=..."
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
    fail "$python does not run: install Python 3.11 or newer, or name one with make PYTHON=..."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$python is Python $version, and 3.11 or newer is needed: name one with make PYTHON=..."
[ -n "$uv" ] || "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python has no venv module: install it (Debian, Ubuntu: apt-get install python3-venv), or install uv"

mkdir -p "$venv"
log=$venv/install.log
: >"$log"
python_inside=$venv/bin/python

logged() { "$@" >>"$log" 2>&1; }

not_installed() {
    # The last line that is not empty is the installer's reason; the lines before it are its attempts.
    reason=$(sed -n 's/^ *//; /[^ ]/p' "$log" | grep -v -i '^\[\?notice' | tail -n 1)
    fail "$1 could not be installed: check that this machine reaches the package index (see $log: $reason)"
}

if [ -n "$uv" ]; then
    logged "$uv" venv --quiet --allow-existing --python "$python" "$venv" || fail "$venv could not be made (see $log)"
    install() { logged "$uv" pip install --compile-bytecode --python "$python_inside" "$@"; }
else
    logged "$python" -m venv "$venv" || fail "$venv could not be made (see $log)"
    install() { logged "$python_inside" -m pip install --disable-pip-version-check --no-input "$@"; }
fi

case $1 in
--newest)
    if [ -n "$uv" ]; then
        install --upgrade --editable ".[$2]" || not_installed "the newest versions"
    else
        install --upgrade --upgrade-strategy eager --editable ".[$2]" || not_installed "the newest versions"
    fi
    ;;
--lowest)
    [ -n "$uv" ] || fail "the lowest versions are found by uv, which is missing"
    install --resolution lowest-direct --upgrade --editable ".[$2]" || not_installed "the lowest versions"
    ;;
*)
    set -- $(printf -- '--requirement requirements/%s.txt ' "$@")
    install --require-hashes "$@" || not_installed "what requirements/ locks"
    # hatchling is locked too, so that building this project downloads nothing.
    if "$python_inside" -c 'import editables, hatchling' 2>/dev/null; then
        install --no-deps --no-build-isolation --editable . || not_installed "rbacpsp itself"
    fi
    ;;
esac
