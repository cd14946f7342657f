#!/usr/bin/env sh
# Builds the engines that tests/engines/record.py asks: a program around Kyverno's packages, and one around
# Gatekeeper's, each set up as in the engine's own command line.
#
# They are built from the releases that each go.mod names: a quarter of an hour on two cores, half a minute from Go's
# cache, and only again after a change. They are put into ${XDG_CACHE_HOME:-~/.cache}/rbacpsp/engines,
# never into the repository.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/rbacpsp/engines

say() { echo "tests/engines/install.sh: $*" >&2; }

command -v go >/dev/null || { say "Go is missing, and the engines are built with it: install Go 1.26 or later"; exit 1; }

build() {
    cd "$here/$1"
    binary=$cache/$1
    if [ -x "$binary" ] && [ -z "$(find . ../install.sh -newer "$binary" -type f)" ]; then
        return
    fi
    say "$1"
    CGO_ENABLED=0 GOFLAGS=-mod=readonly nice -n 19 \
        go build -p "${GO_JOBS:-1}" -trimpath -ldflags "-s -w" -o "$binary" .
}

build kyverno
build gator
