"""What a reader of a finding is told about its rule."""

from dataclasses import dataclass

from rbacpsp.audit.permission import Permission
from rbacpsp.audit.references import Reference
from rbacpsp.audit.severity import Severity


@dataclass(frozen=True, eq=False)
class RuleText:
    """The words of a rule, and how bad it is; compared by identity, the ids are unique."""

    id: str
    name: str
    """A word for it, as in `read-secrets`."""
    title: str
    severity: Severity
    """For a grant in the whole cluster, or in a namespace of Kubernetes' own components."""
    why: str
    """Why it matters."""
    gain: str
    """What an attacker gains."""
    remedy: str
    """How to mend it."""
    references: tuple[Reference, ...]
    fixed: bool = False
    """A policy file says how bad it is, in every case."""
    permissions: tuple[Permission, ...] = ()
    """Whoever holds one of them is a finding; empty: the rule looks at the cluster itself."""
