#!/usr/bin/env bash
# Checks MANIFESTS against their state in the commit BASE: audit, Pod Security of what changed, paths, difference.
# Results are in the log as annotations, in the summary, and in the folder that the output `report` names.
set -euo pipefail
PATH=$RUNNER_TEMP/rbacpsp/bin:$PATH

fail() { echo "::error title=rbacpsp::$1"; exit 2; }

path=${MANIFESTS#./}
path=${path%/}
[ "$path" != . ] || path=
case /$path/ in /-* | //?* | */../*) fail "the path is not one below the top of the repository" ;; esac
[ -e "${path:-.}" ] || fail "there is no such file or folder: give the input path where the manifests are"

report=$RUNNER_TEMP/rbacpsp-report
mkdir -p "$report"
echo "report=$report" >>"$GITHUB_OUTPUT"
read -ra options <<<"$OPTIONS"
gate=()
[ "$FAIL_ON" = none ] || gate=(--fail-on "$FAIL_ON")
failed=false

# Runs rbacpsp. Exit code 1 means a failing result; any other code but 0 ends the step with an error line.
ask() {
    local code=0
    rbacpsp "$@" || code=$?
    case $code in
    0) ;;
    1) failed=true ;;
    *) exit "$code" ;;
    esac
}

before=none
baseline=()
paths_before=()
if git cat-file -e "$BASE:$path" 2>/dev/null; then
    before=git:$BASE:$path
    if rbacpsp audit -f "$before" "${options[@]}" -o json -O "$report/baseline.json" 2>/dev/null; then
        rbacpsp paths -f "$before" "${options[@]}" --limit 1000000 -o json -O "$report/paths.json" 2>/dev/null
        baseline=(--baseline "$report/baseline.json")
        paths_before=(--baseline "$report/paths.json")
    else
        echo "::warning title=rbacpsp::the manifests of the base cannot be read, so all that there is counts as new"
        before=none
    fi
fi
manifests=${path:-.}

echo "::group::audit: what is new"
ask audit -f "$manifests" "${options[@]}" "${baseline[@]}" "${gate[@]}" -o sarif -O "$report/audit.sarif"
ask audit -f "$manifests" "${options[@]}" "${baseline[@]}" -o github
echo "::endgroup::"

echo "::group::paths: who reaches cluster-admin"
ask paths --to cluster-admin -f "$manifests" "${options[@]}" "${paths_before[@]}" "${gate[@]}"
echo "::endgroup::"

echo "::group::psa check: changed pods and workloads"
mapfile -d '' -t changed < <(git diff -z --name-only --diff-filter=d "$BASE" -- "$manifests")
judged=()
for file in "${changed[@]}"; do
    case $file in *.yaml | *.yml | *.json) judged+=("./$file") ;; esac
done
if [ "${#judged[@]}" -gt 0 ]; then
    ask psa check --level "$LEVEL" --allow-empty "${judged[@]}" -o sarif -O "$report/psa.sarif"
    ask psa check --level "$LEVEL" --allow-empty "${judged[@]}" -o github
else
    echo "no manifest was changed"
fi
echo "::endgroup::"

ask diff "$before" "$manifests" "${options[@]}" --all -o markdown -O "$report/diff.md"
cat "$report/diff.md" >>"$GITHUB_STEP_SUMMARY"
rm -f "$report/baseline.json" "$report/paths.json"
echo "failed=$failed" >>"$GITHUB_OUTPUT"
