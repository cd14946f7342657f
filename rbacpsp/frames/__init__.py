"""The pandas view of a cluster: seven DataFrames for questions that no command asks.

```python
grants = cluster.frames.grants
grants[grants.verbs == "*"].groupby(["subject_kind", "subject"], observed=True).size()
```

Columns, their order and dtypes are fixed and written down in `COLUMNS`; columns of text are categorical, with
sorted categories. What is absent is the empty text, never a missing value. A list stands as its items joined
by `, `. The rows are sorted and numbered from 0. Names are as the cluster has them: escape them for a page.
"""

from functools import cached_property

import pandas as pd

from rbacpsp.frames.columns import COLUMNS
from rbacpsp.frames.grants import grants
from rbacpsp.frames.objects import Bound, bindings, roles, rules, subjects
from rbacpsp.frames.policies import policies, policy_users
from rbacpsp.model import Objects
from rbacpsp.rbac import Authorizer

__all__ = ["COLUMNS", "Frames"]


class Frames:
    """The DataFrames of one cluster, each made when it is asked for, and then once.

    Args:
        objects: What was loaded.
        authorizer: Answers about these objects.
    """

    def __init__(self, objects: Objects, authorizer: Authorizer) -> None:
        self._objects = objects
        self._authorizer = authorizer
        self._bound = Bound(objects)

    def __repr__(self) -> str:
        return f"<Frames: {', '.join(COLUMNS)}>"

    @cached_property
    def subjects(self) -> pd.DataFrame:
        """One row a subject: those that bindings name, and the service accounts that were loaded."""
        return subjects(self._bound)

    @cached_property
    def bindings(self) -> pd.DataFrame:
        """One row a binding."""
        return bindings(self._bound)

    @cached_property
    def roles(self) -> pd.DataFrame:
        """One row a role that was loaded."""
        return roles(self._bound)

    @cached_property
    def rules(self) -> pd.DataFrame:
        """One row a rule of a role that was loaded."""
        return rules(self._bound)

    @cached_property
    def grants(self) -> pd.DataFrame:
        """One row for each rule that a binding gives to a subject, as written: groups are not expanded.

        Subjects that nobody can be and roleRefs that lead nowhere grant nothing and have no rows. What
        `system:masters` may do without RBAC is not here.
        """
        return grants(self._bound)

    @cached_property
    def policies(self) -> pd.DataFrame:
        """One row a PodSecurityPolicy."""
        return policies(self._objects)

    @cached_property
    def policy_users(self) -> pd.DataFrame:
        """One row for each grant by which a subject may `use` a loaded policy somewhere, in either API group.

        Service accounts and controllers have rows of their own for what they hold through a group or under
        a User's name. The group `system:masters` has one row a policy, with rule -1 and no binding.
        """
        return policy_users(self._objects, self._authorizer)
