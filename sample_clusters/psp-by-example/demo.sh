#!/bin/sh
# The main job: who may use which policy, which policy wins for each pod, and why. `make demo` runs it.
set -u
cluster=sample_clusters/psp-by-example
steps=sample_clusters/steps/psp-by-example

say() { printf '\n%s\n' "$1"; }
run() { printf '\n$ %s\n' "$*"; "$@"; }

say "A cluster with two policies: 100-psp is strict, 200-psp lets almost everything through. Who may use them?"
run rbacpsp psp users -f $cluster

say "No role names a policy, but wildcards reach them all. An administrator creates a pod, then a privileged one: which policy does each get?"
run rbacpsp psp admit $steps/pd.yaml $steps/pd-privileged.yaml --as admin --as-group system:masters -f $cluster

say "The first pod again, after 200-psp was edited so that it sets no profiles any more: the laxer policy wins."
run rbacpsp psp admit $steps/pd.yaml --as admin --as-group system:masters -f $cluster --with $steps/200-psp-without-annotations.yaml

say "The first pod from a Deployment is created by a controller, which may use no policy: []."
run rbacpsp psp admit $steps/dm.yaml -f $cluster

say "The smallest grant that fixes it, and what else it would open:"
run rbacpsp psp fix $steps/dm.yaml -f $cluster

say "The questions and answers in full: $cluster/README.md"
