# %% [markdown]
# # Escalation paths
#
# A permission is worth what its holder can become by it. A path is a chain of actions, each allowed by a grant, that
# leads from a subject to full control or to root on a node.

# %%
import pandas as pd

import rbacpsp
from rbacpsp.paths import parse_place

pd.set_option("display.max_colwidth", 90)

cluster = rbacpsp.load("../sample_clusters/acme")
paths = cluster.paths()
cluster_admin = parse_place("cluster-admin")

# %% [markdown]
# ## Who becomes cluster-admin?
#
# One row a subject; Kubernetes' own components are left aside.

# %%
steps = cluster.frames.paths
theirs = steps[~steps.own]
first = theirs[theirs.step == 1]
first[first.goal == "cluster-admin"].sort_values("actions")[["subject", "actions", "how", "permission"]].head(
    15
)

# %% [markdown]
# ## How far is Jenkins?

# %%
jenkins = parse_place("ServiceAccount/ci:jenkins")
paths.between(jenkins, cluster_admin)

# %%
ax = cluster.plot.path(jenkins, "cluster-admin")

# %% [markdown]
# ## Which techniques are used most?

# %%
theirs.groupby(["goal", "how"], observed=True).subject.nunique().rename("subjects").reset_index().sort_values(
    ["goal", "subjects"], ascending=[True, False]
)

# %% [markdown]
# ## Which single change closes most of them?
#
# Each of these removes one subject from one binding. `closed` is how many subjects no longer become cluster-admin.

# %%
pd.DataFrame(
    [
        (cut.binding.kind, cut.binding.name, cut.subject.name, cut.closed, cut.of)
        for cut in paths.cuts(cluster_admin)
    ],
    columns=["kind", "binding", "subject", "closed", "of"],
)

# %% [markdown]
# Try it before anybody applies it: the cluster without that binding.

# %%
cut = paths.cuts(cluster_admin)[0]
fixed = cluster.changed(removed=[(cut.binding.kind, cut.binding.namespace, cut.binding.name)])
before, after = (
    sum(not path.brought for path in each.paths().to(cluster_admin)) for each in (cluster, fixed)
)
print(f"{before} subjects reach cluster-admin today, {after} without {cut.binding.kind} {cut.binding.name}")

# %% [markdown]
# ## The whole neighborhood
#
# `rbacpsp graph --to cluster-admin -o svg` draws every path in one picture, `cluster.explore()` lets you walk it, and the
# findings RBP150 to RBP153 of the audit are these paths, with a fingerprint for baselines.
