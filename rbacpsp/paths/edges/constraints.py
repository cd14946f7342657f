"""Security context constraints: a subject that may write them can add itself to privileged ones.

This needs create, update or patch on constraints, and creating pods in a namespace whose Pod Security level
is privileged. Users in the lists of constraints may use them without a grant.
"""

from collections.abc import Iterable

from rbacpsp.audit.permission import WRITE, Permission
from rbacpsp.audit.references import ESCAPE, SECURITY_CONTEXT_CONSTRAINTS
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


def _loosened(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    subject, names = held.subject, held.match.names
    constraints = facts.view.objects.constraints
    name = next((name for name in names if name in constraints), "")
    if not facts.admits.by_constraints or subject is None or (names and not name):
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
        "workloads in a namespace with the privileged Pod Security level.",
        references=(SECURITY_CONTEXT_CONSTRAINTS, ESCAPE),
        permissions=(Permission(WRITE, RESOURCE, GROUP, namespaced=False),),
        also=(MAKE_PODS,),
        targets=_loosened,
        per_subject=always,
    ),
)
