# %% [markdown]
# # Which policy wins
#
# Two PodSecurityPolicies, a handful of roles, and four questions: who may use a policy that nobody was ever bound to,
# which policy a pod gets, why a Deployment makes no pods although its author may create them, and what fixes that.

# %%
from pathlib import Path

import pandas as pd

import rbacpsp
from rbacpsp import User
from rbacpsp.graph import ways, workloads_reaching
from rbacpsp.pods.templates import pods_of

STEPS = Path("../sample_clusters/steps/psp-by-example")
pd.set_option("display.max_colwidth", 80)

cluster = rbacpsp.load("../sample_clusters/psp-by-example")
cluster.frames.policies.set_index("policy").T

# %% [markdown]
# ## Who may use a policy that no role names?
#
# Nobody was bound to either policy. But `*` covers the verb `use` and the resource `podsecuritypolicies`, those of
# policies that do not exist yet included:

# %%
rules = cluster.frames.rules
rules[rules.verbs.isin(["*", "use"]) & rules.resources.isin(["*", "podsecuritypolicies"])]

# %% [markdown]
# So whoever is bound to one of these roles may use every policy. The group `system:masters` may do so without any role:
# RBAC is not even asked.

# %%
users = cluster.frames.policy_users
users.loc[(users.policy == "100-psp") & users.wildcard, ["subject", "scope", "binding", "role"]]

# %% [markdown]
# ## Which policy does a pod get?
#
# An administrator in `system:masters` creates a pod. Both policies may be used, and both admit it. Both would change it,
# so the first by name wins:

# %%
admin = User.impersonate("admin", groups=["system:masters"])
pod = (STEPS / "pd.yaml").read_text(encoding="utf-8")
cluster.admit(pod, user=admin)

# %% [markdown]
# Now `200-psp` loses its annotations: it sets no profile any more, and a policy that changes nothing comes before all
# that do. `200-psp` is the laxer one. It wins not because it is first but because it does nothing.

# %%
flipped = cluster.changed(rbacpsp.load(STEPS / "200-psp-without-annotations.yaml").objects)
flipped.admit(pod, user=admin)

# %% [markdown]
# This is what the pod loses thereby, and what `100-psp` would have set:

# %%
pd.DataFrame(flipped.admit(pod, user=admin).considered["100-psp"].diff)

# %% [markdown]
# A privileged pod is refused by both. The server answers with all errors of all policies that could be used:

# %%
cluster.admit((STEPS / "pd-privileged.yaml").read_text(encoding="utf-8"), user=admin)

# %% [markdown]
# ## Why does the Deployment make no pods?
#
# Its pods are not created by the administrator but by a controller of the cluster, and neither that controller nor the
# pod's own service account may use a policy. `[]` means just that: no policy could be asked.

# %%
with_deployment = cluster.changed(rbacpsp.load(STEPS / "dm.yaml").objects)
(deployment,) = with_deployment.objects.workloads.values()
(made,) = pods_of(deployment.body)
with_deployment.admit(made.pod, user=made.creator)

# %%
{name: workloads_reaching(with_deployment.graph(), name) for name in with_deployment.objects.policies}

# %% [markdown]
# ## What fixes it
#
# Let the controller use `200-psp`:

# %%
fixed = with_deployment.changed(rbacpsp.load(STEPS / "200-psp-binding.yaml").objects)
fixed.admit(made.pod, user=made.creator)

# %%
" → ".join(ways(fixed.graph(), "Deployment:default/dm", "200-psp")[0])

# %% [markdown]
# It works, but for the pods of every Deployment in every namespace: the binding is cluster-wide and its subject creates
# all of them. `rbacpsp psp fix` finds the smallest grant instead, to the pod's own service account and in its namespace
# only.
