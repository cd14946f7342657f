#!/bin/sh
# Writes a folder of reports named by the time below $REPORTS: the cluster's state (snapshot.json.gz), its audit for
# readers (audit.html) and programs (audit.json), and what changed since the previous folder (diff.md, diff.json). A
# folder appears when it is complete; `latest` links to the newest, and the newest $KEEP are kept.
set -eu
umask 077
cd "$REPORTS"
rm -rf .new
mkdir .new

rbacpsp snapshot --output-file .new/snapshot.json.gz "$@"
rbacpsp audit -f .new/snapshot.json.gz -o html -O .new/audit.html
rbacpsp audit -f .new/snapshot.json.gz -o json -O .new/audit.json
if [ -e latest/snapshot.json.gz ]; then
    rbacpsp diff latest/snapshot.json.gz .new/snapshot.json.gz --all -o markdown -O .new/diff.md
    rbacpsp diff latest/snapshot.json.gz .new/snapshot.json.gz --all -o json -O .new/diff.json
fi

now=$(date -u +%Y-%m-%dT%H-%M-%SZ)
mv .new "$now"
ln -sfn "$now" latest
for old in $(ls -d 20*Z | sort -r | tail -n "+$((KEEP + 1))"); do
    rm -rf "$old"
done
