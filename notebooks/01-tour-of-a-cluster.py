# %% [markdown]
# # Tour of a cluster
#
# A small company's cluster, read from what `kubectl get -A -o json` wrote: platform, SRE and development teams, CI,
# Argo CD, monitoring and backups. Every answer below is the API server's own. Nothing is sent anywhere.

# %%
import rbacpsp
from rbacpsp import Request, User

cluster = rbacpsp.load("../sample_clusters/acme")
cluster

# %% [markdown]
# Instead of files, `rbacpsp.connect(context="prod")` reads a running cluster.
#
# ## Who can do it?
#
# A question is written as on the command line. The answer lists subjects as the bindings write them, with the role
# and the binding that give it. `print` shows the table of the command, which leaves Kubernetes' own components out.

# %%
question = Request.parse("delete pods -n prod", cluster)
print(cluster.who_can(question))

# %% [markdown]
# The same as a picture, for every verb:

# %%
ax = cluster.plot.verbs("pods", namespace="prod")

# %% [markdown]
# ## May this user do it, and why?
#
# Bob is on call. The answer is true when allowed, and names each grant that allows it:

# %%
bob = User.impersonate("bob@example.com")
cluster.authorize(bob, question)

# %% [markdown]
# Dave should see the pods of `dev`. He does not, and the server says why: his binding refers to a role that does not
# exist. Press Tab after `cluster.subjects["` for the names that are there.

# %%
dave = cluster.subjects["User/dave@example.com"]
cluster.authorize(dave, Request.parse("list pods -n dev", cluster))

# %%
ax = cluster.plot.neighborhood(dave)

# %% [markdown]
# What is the smallest grant that fixes it? It also names an existing role that is enough, with what else that role gives.

# %%
mending = cluster.grant(Request.parse("list pods -n dev", cluster), dave)
print([role.name for role in mending.existing][:3])
mending.objects[0]["rules"]

# %% [markdown]
# ## What may somebody do, all in all?

# %%
cluster.rules_for(cluster.subjects["ServiceAccount/ci:deployer"], "prod")

# %% [markdown]
# ## Would the server take this object?
#
# RBAC, validation, admission plugins: asked in the server's order, with what fixes a refusal.

# %%
cluster.submit(
    """
apiVersion: v1
kind: Pod
metadata: {name: debug, namespace: payments}
spec:
  hostPID: true
  containers: [{name: sh, image: busybox}]
""",
    user=bob,
)

# %% [markdown]
# ## Which level of Pod Security could each namespace enforce?

# %%
ax = cluster.plot.pod_security()

# %% [markdown]
# ## Where next?
#
# `cluster.explore()` in a cell shows the explorer: one offline page with search, paths and findings.
# `cluster.explore().write("cluster.html")` is the same as a file. The other notebooks go deeper: which policy wins (02),
# a security review (03), leaving PodSecurityPolicy (04), escalation paths (05), and what changed (06).
