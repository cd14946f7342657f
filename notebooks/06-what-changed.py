# %% [markdown]
# # What changed
#
# Two states of one cluster: last week's dump and today's. Objects change all the time; what matters is who may do what
# now that could not before, and the reverse.

# %%
import rbacpsp

last_week = rbacpsp.load("../sample_clusters/steps/acme/last-week.json")
today = rbacpsp.load("../sample_clusters/acme")
difference = rbacpsp.diff(last_week, today)
difference

# %% [markdown]
# Decisions are compared, not objects: a role that is written differently and allows the same is no change.
#
# ## As a frame

# %%
changes = difference.frame()
changes[["change", "subject", "scope", "verbs", "resources", "roles"]].drop_duplicates().head(20)

# %% [markdown]
# ## What became risky, and what is fixed?

# %%
found = difference.findings
[(str(each.severity), each.rule.id, each.title) for each in found.new], len(found.gone)

# %% [markdown]
# ## Who reaches more than before?

# %%
[(each.start.words, each.goal.words, each.length) for each in difference.paths.new]

# %% [markdown]
# ## Two clusters side by side
#
# `concat` puts the frames of several clusters below each other and keeps their dtypes, so that any question about one
# is a question about all:

# %%
from rbacpsp.frames import concat

both = concat({"last week": last_week.frames.findings, "today": today.frames.findings})
both.pivot_table(
    index="severity", columns="cluster", values="rule", aggfunc="count", observed=True, fill_value=0
)

# %% [markdown]
# In a pull request `rbacpsp diff OLD NEW --fail-on gained` does the same, and writes SARIF for code scanning.
