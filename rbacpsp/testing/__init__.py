"""Builders of small clusters for tests, and assertion files as tests of pytest.

```python
from rbacpsp.testing import ClusterBuilder, pod, policy

cluster = (
    ClusterBuilder()
    .role("reader", {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}, namespace="team-a")
    .bind("reader", "User/alice", namespace="team-a")
    .policy("restricted")
    .may_use("restricted", "ServiceAccount/team-a:default", namespace="team-a")
    .build()
)
assert cluster.admit(pod("web", namespace="team-a"), user=User("alice")).policy == "restricted"
```

`rbacpsp.testing.pytest` is a plugin that collects assertion files.
"""

from rbacpsp.testing.assertion_files import AssertionInFileError, read_assertion_file
from rbacpsp.testing.builder import ClusterBuilder, pod, policy, subject

__all__ = [
    "AssertionInFileError",
    "ClusterBuilder",
    "pod",
    "policy",
    "read_assertion_file",
    "subject",
]
