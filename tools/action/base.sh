#!/usr/bin/env bash
# Finds the commit that BASE names, fetches it if the checkout lacks it, and sets the output `commit`.
set -euo pipefail

fail() { echo "::error title=rbacpsp::$1"; exit 2; }

[ -n "$BASE" ] ||
    fail "there is no base to compare with: run this on pull_request, or give the input base a commit or a branch"
case $BASE in -*) fail "the base begins with a dash: give a commit or a branch" ;; esac
git rev-parse --git-dir >/dev/null 2>&1 || fail "there is no repository here: run actions/checkout before this"
if ! commit=$(git rev-parse --verify --quiet --end-of-options "$BASE^{commit}"); then
    git fetch --quiet --no-tags --depth=1 origin "$BASE" 2>/dev/null ||
        fail "the base cannot be fetched: check its name, and that the checkout keeps its credentials"
    commit=$(git rev-parse --verify FETCH_HEAD)
fi
echo "commit=$commit" >>"$GITHUB_OUTPUT"
