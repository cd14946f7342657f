#!/usr/bin/env bash
# Writes the difference in REPORT/diff.md as the comment of the pull request NUMBER; the comment of an earlier run is
# replaced. If GitHub refuses it, that is a warning: a pull request from a fork may not comment.
set -euo pipefail

mark='<!-- rbacpsp -->'
body=$(mktemp)
{
    echo "$mark"
    echo '### What this changes in access'
    # GitHub accepts 65,536 characters.
    LC_ALL=C awk '{ size += length($0) + 1 } size > 60000 { print "\nThe rest is cut: the summary of the job has it."; exit } { print }' \
        "$REPORT/diff.md"
} >"$body"

warn() { echo "::warning title=rbacpsp::the comment could not be written: give the job pull-requests: write"; exit 0; }

comments=repos/$REPOSITORY/issues/$NUMBER/comments
found=$(gh api --paginate "$comments" --jq ".[] | select(.body | startswith(\"$mark\")) | .id") || warn
found=${found%%$'\n'*}
if [ -n "$found" ]; then
    gh api --silent --method PATCH "repos/$REPOSITORY/issues/comments/$found" --field "body=@$body" || warn
elif grep -q '^\*\*' "$REPORT/diff.md"; then # no comment without a change
    gh api --silent --method POST "$comments" --field "body=@$body" || warn
fi
