"""Builders of small clusters for tests, and assertion files as tests of pytest.

```python
from rbacpsp.testing import ClusterBuilder, pod, rule

cluster = (
    ClusterBuilder()
    .role("reader", rule("get list", "pods"), namespace="team-a")
    .bind("reader", "User/alice", namespace="team-a")
    .policy("restricted")
    .may_use("restricted", "ServiceAccount/team-a:default", namespace="team-a")
    .build()
)
assert cluster.admit(pod("web", namespace="team-a"), user=User("alice")).policy == "restricted"
```

A function such as `pod` returns one object, as the API serves it; `ClusterBuilder` collects objects.

`rbacpsp.testing.pytest` is a plugin that collects assertion files.
"""

from rbacpsp.testing.assertion_files import AssertionInFileError, read_assertion_file
from rbacpsp.testing.builder import ClusterBuilder
from rbacpsp.testing.manifests import (
    binding,
    deployment,
    namespace,
    pod,
    policy,
    role,
    rule,
    service_account,
    subject,
)

__all__ = [
    "AssertionInFileError",
    "ClusterBuilder",
    "binding",
    "deployment",
    "namespace",
    "pod",
    "policy",
    "read_assertion_file",
    "role",
    "rule",
    "service_account",
    "subject",
]
