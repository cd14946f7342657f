#!/usr/bin/env bash
# Installs what `make test-browser` needs: Debian's Chromium if the machine has none, and the locked npm packages.
set -euo pipefail
cd "$(dirname "$0")/../../.."
if [ -z "${RBACPSP_CHROMIUM:-}" ] && ! command -v chromium chromium-browser google-chrome >/dev/null; then
    as_root=$([ "$(id -u)" = 0 ] || echo sudo)
    timeout 300 $as_root apt-get update -qq
    timeout 600 $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
fi
cd rbacpsp/page/ui
wanted=$(sha256sum package-lock.json)
if [ "$(cat node_modules/.installed 2>/dev/null || true)" != "$wanted" ]; then
    # `npm ci` refuses the lock if a registry lacks a package that only another system would install.
    timeout 300 npm install --no-save --silent --ignore-scripts
    echo "$wanted" >node_modules/.installed
fi
