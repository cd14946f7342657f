#!/usr/bin/env sh
# Builds the API servers that tests/live starts, and installs etcd where it is missing (with apt, as root).
#
#   tests/apiserver/install.sh              both servers
#   tests/apiserver/install.sh v1.24        one of them: v1.24 or current
#
# A server is built from the release that its go.mod names: five to ten minutes on two cores, half a minute from Go's
# cache, and only again after a change. It is put into ${XDG_CACHE_HOME:-~/.cache}/rbacpsp/apiserver/RELEASE/, never into the repository.
# If $KUBEBUILDER_ASSETS has etcd and kube-apiserver, the tests use those, and this script is not needed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/rbacpsp/apiserver

say() { echo "tests/apiserver/install.sh: $*" >&2; }

for tool in openssl; do
    command -v $tool >/dev/null || { say "$tool is missing: install it (the tests make their keys with it)"; exit 1; }
done

if [ ! -x "${KUBEBUILDER_ASSETS:-/nowhere}/etcd" ] && ! command -v etcd >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq etcd-server >/dev/null
    else
        say "etcd is missing: install it (Debian: apt-get install etcd-server), or set KUBEBUILDER_ASSETS"
        exit 1
    fi
fi

if ! command -v go >/dev/null; then
    say "Go is missing, and the API servers are built with it: install Go 1.26 or later"
    exit 1
fi

for server in ${*:-v1.24 current}; do
    cd "$here/$server"
    release=$(sed -n 's/^.*k8s\.io\/kubernetes \(v[0-9.]*\)$/\1/p' go.mod)
    binary=$cache/$release/kube-apiserver
    if [ -x "$binary" ] && [ -z "$(find go.mod go.sum main.go ../install.sh -newer "$binary")" ]; then
        continue
    fi
    minor=${release#v1.}
    minor=${minor%%.*}
    flags="-s -w"
    # The server's own version, and the aggregator's, which answers /version in 1.24.
    for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
        flags="$flags -X $package.gitVersion=$release -X $package.gitMajor=1 -X $package.gitMinor=$minor"
    done
    # 1.24 uses internals of the runtime, which Go 1.23 and later link only with this flag.
    [ "$server" != v1.24 ] || flags="-checklinkname=0 $flags"
    say "kube-apiserver $release"
    CGO_ENABLED=0 GOFLAGS=-mod=readonly nice -n 19 \
        go build -p "${GO_JOBS:-2}" -trimpath -ldflags "$flags" -o "$binary" .
done
