"""Security context constraints: a subject that may write them can add itself to privileged ones.

This needs create, update or patch on constraints, and creating pods in a namespace whose Pod Security level
is privileged. Users in the lists of constraints may use them without a grant.
"""

from collections.abc import Container, Iterable
from dataclasses import replace

from rbacpsp.audit.permission import WRITE, Permission, by_apply
from rbacpsp.audit.references import ESCAPE, SECURITY_CONTEXT_CONSTRAINTS
from rbacpsp.model import Subject
from rbacpsp.model.scc import GROUP, RESOURCE
from rbacpsp.paths.edges.pods import MAKE_PODS
from rbacpsp.paths.technique import (
    ClusterFacts,
    GrantedPermission,
    ReachedPlace,
    Technique,
    always,
    chosen_node,
)

_WRITE = Permission(WRITE, RESOURCE, GROUP, namespaced=False)
_APPLY = by_apply(replace(_WRITE, verbs=("create",)))


def _created(facts: ClusterFacts, subject: Subject) -> Container[str]:
    """The names of constraints that a subject may create by server-side apply."""
    return facts.view.applied(subject, _APPLY).get("", ()) if _APPLY.is_honored(facts.version) else ()


def _loosened(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    subject, names = held.subject, held.match.names
    constraints = facts.view.objects.constraints
    if not facts.admits.by_constraints or subject is None:
        return
    name = next((name for name in names if name in constraints or name in _created(facts, subject)), "")
    if names and not name:
        return
    for namespace in facts.where_held(subject, MAKE_PODS):
        if facts.admits.judged(namespace) and facts.admits.level_allows(namespace):
            what = f"constraints {name}" if name else "constraints"
            reason = f"makes {what} privileged, lists itself as a user and uses them in namespace {namespace}"
            yield from chosen_node(facts, reason)
            return


TECHNIQUES = (
    Technique(
        name="loosen-constraints",
        title="gives itself security context constraints",
        condition="create, update or patch on security context constraints, and permission to create pods or "
        "workloads in a namespace with the privileged Pod Security level. With resourceNames, the "
        "constraints must exist, or the subject must be able to create and patch them, for server-side "
        "apply.",
        references=(SECURITY_CONTEXT_CONSTRAINTS, ESCAPE),
        permissions=(_WRITE,),
        also=(MAKE_PODS,),
        targets=_loosened,
        per_subject=always,
    ),
)
