# %% [markdown]
# # Security review from frames
#
# The audit finds what is known to be risky. The questions that only this cluster has are answered by pandas. `CLUSTER`
# in the environment names another cluster's files.

# %%
import os

import rbacpsp

cluster = rbacpsp.load(os.environ.get("CLUSTER", "../sample_clusters/acme"))
audit = cluster.audit()
audit

# %% [markdown]
# ## Where to begin
#
# Every finding is a row. Who has the gravest ones?

# %%
findings = audit.frame()
order = ["critical", "high", "medium", "low", "info"]
graves = findings[findings.severity.isin(["critical", "high"]) & (findings.subject != "")]
worst = graves.pivot_table(
    index="subject", columns="severity", values="rule", aggfunc="count", observed=True, fill_value=0
)
worst.reindex(columns=order[:2], fill_value=0).sort_values(order[:2], ascending=False).head(10)

# %% [markdown]
# ## Risky permissions at a glance

# %%
ax = cluster.plot.risky_verbs(limit=20)

# %% [markdown]
# ## Questions of our own
#
# Who reads secrets, and in how many namespaces? A grant is a row, and `subject` is plain text in every frame. A rule
# lists verbs and resources joined by commas; `*` is every one.

# %%
grants = cluster.frames.grants
by_resource = grants.resources.str.split(", ").apply(lambda names: bool({"*", "secrets"} & set(names)))
by_verb = grants.verbs.str.split(", ").apply(lambda names: bool({"*", "get", "list"} & set(names)))
readers = grants[
    by_resource & by_verb & grants.api_groups.str.contains(r"(?:^|, )(?:$|\*|,)") & ~grants.assumed
]
places = readers.groupby("subject").scope.agg(
    lambda scopes: "everywhere" if "" in set(scopes) else len(set(scopes))
)
places.rename("where secrets are read").to_frame().head(15)

# %% [markdown]
# Which grants to people are not through a group?

# %%
people = grants[(grants.subject_kind == "User") & ~grants.subject.str.startswith("User/system:")]
people.groupby(["subject", "binding", "role"], observed=True).size().rename("rules").reset_index().head(10)

# %% [markdown]
# Which roles does nobody use, and which bindings lead nowhere?

# %%
roles, bindings = cluster.frames.roles, cluster.frames.bindings
unused = roles[(roles.bindings == 0) & ~roles.assumed & ~roles.name.str.startswith("system:")]
unused[["kind", "namespace", "name", "rules"]].head(10)

# %%
bindings[bindings.error != ""][["namespace", "name", "role", "error"]].head(10)

# %% [markdown]
# ## What do the workloads hold?
#
# A join: each workload with the findings about the account that its pods run as.

# %%
workloads = cluster.frames.workloads
held = workloads.merge(findings[["subject", "severity", "rule", "title"]], on="subject")
held = held[held.severity == "critical"]
held[["namespace", "kind", "name", "rule", "title"]].drop_duplicates().head(12)

# %% [markdown]
# ## What is most urgent

# %%
findings[findings.severity == "critical"].groupby(["rule", "title"], observed=True).size().rename("findings")

# %% [markdown]
# ## What to hand in
#
# `rbacpsp audit -o html` is the report with the evidence and the smallest change for each finding. For a spreadsheet or
# a warehouse, frames go to CSV, Parquet and SQL as they are: `findings.to_parquet("findings.parquet")`.
