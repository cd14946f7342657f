"""The texts and the severity of a rule, as shown to the reader of a finding."""

from dataclasses import dataclass

from rbacpsp.audit.permission import Permission
from rbacpsp.audit.references import Reference
from rbacpsp.audit.severity import Severity


@dataclass(frozen=True, eq=False)
class RuleText:
    """The texts and the severity of a rule; compared by identity, the ids are unique."""

    id: str
    name: str
    """A short name such as `read-secrets`."""
    title: str
    severity: Severity
    """The severity of a grant in the whole cluster, or in a namespace of Kubernetes' own components."""
    why: str
    """Why it matters."""
    gain: str
    """What an attacker gains."""
    remedy: str
    """How to fix it."""
    references: tuple[Reference, ...]
    fixed: bool = False
    """Whether a policy file sets the severity of all findings."""
    permissions: tuple[Permission, ...] = ()
    """The rule reports every holder of one of these; empty if it examines the objects of the cluster."""
