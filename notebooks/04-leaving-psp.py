# %% [markdown]
# # Leaving PodSecurityPolicy
#
# Since Kubernetes 1.25 the plugin is gone. What do policies do here today, what would Pod Security allow instead, and
# what is not as it was?

# %%
from rbacpsp import load, migrate

cluster = load("../sample_clusters/psp-migration")
cluster.simulate()

# %% [markdown]
# ## Who may use which policy?

# %%
ax = cluster.plot.policies()

# %%
users = cluster.frames.policy_users
users[["policy", "subject", "scope", "through", "wildcard"]].drop_duplicates()

# %% [markdown]
# ## Which level of Pod Security would fit?
#
# The strictest level that everything in a namespace meets, and the checks that stand in the way of the next one:

# %%
cluster.frames.pod_security[["namespace", "enforce", "could_enforce", "blockers", "checks"]]

# %%
ax = cluster.plot.pod_security()

# %% [markdown]
# ## What would be lost?
#
# A level is one of three; a policy has twenty fields. Each difference between the two is a gap: what it is about, and
# which workloads it touches.

# %%
plain = migrate(cluster, "psa")
[(gap.kind, gap.policy, gap.field) for gap in plain.gaps][:12]

# %% [markdown]
# ValidatingAdmissionPolicies are written from the policies themselves, and ask the server's own RBAC who may use which.
# What they cannot do is named, too:

# %%
exact = migrate(cluster, "vap", scope="rbac")
[(gap.kind, gap.policy, gap.field) for gap in exact.gaps][:12]

# %%
[(each["kind"], each["metadata"]["name"]) for each in exact.objects]

# %% [markdown]
# `rbacpsp migrate vap -O FOLDER` writes them, `rbacpsp migrate check FOLDER` holds every pod against both, and
# `rbacpsp migrate plan` is the whole way as a checklist.
