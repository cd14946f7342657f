"""Operators as deputies: the author of what Flux or Argo CD applies acts with the operator's permissions.

A Kustomization or HelmRelease of Flux is applied as the service account that it names in its own namespace,
or else as the controller's account or that of `--default-service-account`. It can patch any source, also one
of another namespace unless `--no-cross-namespace-refs` is set. An Application of Argo CD counts in the
namespace of the application controller, and in those that its argument, its environment or the ConfigMap
argocd-cmd-params-cm names and that a project accepts; it can apply what some project allows. An
ApplicationSet of another namespace counts if its controller names that namespace as well. Argo CD acts as its
own account, or as those that projects name where argocd-cm says so.
"""

from collections.abc import Iterator

from rbacpsp.audit.argo_namespaces import APPLICATION_SETS, ARGO_CD
from rbacpsp.audit.argo_projects import Account, Project, identity, projects
from rbacpsp.audit.deputies import HELM, KUSTOMIZE, Deputy, deputies
from rbacpsp.audit.permission import WRITE, Permission
from rbacpsp.audit.references import LEAST_PRIVILEGE, VALID_ACCOUNTS, Reference
from rbacpsp.model import Subject
from rbacpsp.paths.edges.pods import MAKE_PODS, made_kind, requesters
from rbacpsp.paths.place import Place
from rbacpsp.paths.technique import ClusterFacts, GrantedPermission, ReachedPlace, Technique

_FLUX = Reference(
    "Flux: multi-tenancy lockdown",
    "https://fluxcd.io/flux/installation/configuration/multitenancy/",
)
_ARGO = Reference(
    "Argo CD: applications in any namespace",
    "https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/",
)
_KUSTOMIZATIONS = Permission(WRITE, "kustomizations", "kustomize.toolkit.fluxcd.io")
_RELEASES = Permission(WRITE, "helmreleases", "helm.toolkit.fluxcd.io")
_SOURCES = tuple(
    Permission(WRITE, name, "source.toolkit.fluxcd.io")
    for name in ("buckets", "gitrepositories", "helmcharts", "helmrepositories", "ocirepositories")
)
_ONLY_OWN_SOURCES = "no-cross-namespace-refs"
_APPLICATIONS = Permission(WRITE, "applications", "argoproj.io")
_APPLICATION_SETS = Permission(WRITE, "applicationsets", "argoproj.io")


def _flux(facts: ClusterFacts, held: GrantedPermission) -> Iterator[ReachedPlace]:
    name = KUSTOMIZE if held.match.permission is _KUSTOMIZATIONS else HELM
    for deputy in deputies(facts.view, name):
        for namespace in facts.reached(held.scope):
            if _has_source(facts, held, deputy, namespace):
                yield from _by_flux(facts, deputy, name, namespace)


def _by_flux(facts: ClusterFacts, deputy: Deputy, name: str, namespace: str) -> Iterator[ReachedPlace]:
    """What Flux applies for the author of its objects in a namespace, if it watches that."""
    if not _is_watched(deputy, namespace):
        return
    yield from facts.everybody(
        namespace, f"{_runs(deputy, name)} applies it as the service account that it names"
    )
    if not deputy.flag("default-service-account"):
        own = Place("ServiceAccount", deputy.namespace, deputy.account)
        yield ReachedPlace(own, f"{_runs(deputy, name)} applies it as its own service account")


def _is_watched(deputy: Deputy, namespace: str) -> bool:
    return namespace == deputy.namespace or deputy.switch("watch-all-namespaces", default=True)


def _has_source(facts: ClusterFacts, held: GrantedPermission, deputy: Deputy, namespace: str) -> bool:
    """Whether the holder can choose what is applied: from a source of its namespace, or any source."""
    if namespace == deputy.namespace or not deputy.switch(_ONLY_OWN_SOURCES, default=False):
        return True
    return held.subject is not None and facts.view.holds(held.subject, _SOURCES, namespace)


def _of_holder(facts: ClusterFacts) -> bool:
    return any(
        deputy.switch(_ONLY_OWN_SOURCES, default=False)
        for name in (KUSTOMIZE, HELM)
        for deputy in deputies(facts.view, name)
    )


def _argo(facts: ClusterFacts, held: GrantedPermission) -> Iterator[ReachedPlace]:
    for deputy in deputies(facts.view, ARGO_CD):
        for namespace in facts.reached(held.scope):
            if deputy.takes_from(namespace) and _makes_applications(facts, held, deputy, namespace):
                yield from _by_argo(facts, deputy, namespace)


def _by_argo(facts: ClusterFacts, deputy: Deputy, namespace: str) -> Iterator[ReachedPlace]:
    """What Argo CD applies for the author of Applications in a namespace from which it takes them."""
    for project in projects(facts.view, deputy.namespace):
        if namespace != deputy.namespace and not project.takes_from(namespace):
            continue
        reason = f"{_runs(deputy, ARGO_CD)} applies it under project {project.name}"
        own = (deputy.namespace, deputy.account)
        for account in _appliers(facts, deputy, project):
            as_whom = reason if account == own else f"{reason} as ServiceAccount/{':'.join(account)}"
            if project.permits_everything:
                yield ReachedPlace(Place("ServiceAccount", *account), as_whom)
                if account == own:
                    return
                continue
            for target, place in facts.applied(project, account, _run_by_argo):
                yield ReachedPlace(place, f"{as_whom}, into namespace {target}")


def _appliers(facts: ClusterFacts, deputy: Deputy, project: Project) -> list[Account]:
    """The service accounts as which Argo CD applies what the Applications of a project contain."""
    own = (deputy.namespace, deputy.account)
    impersonates, falls_back = identity(facts.view, deputy.namespace)
    if not impersonates:
        return [own]
    accounts = [project.account_for(namespace) for namespace in facts.permitted(project)]
    named = dict.fromkeys(account or own for account in accounts if account or falls_back)
    return [account for account in named if all(account)]


def _run_by_argo(facts: ClusterFacts, project: Project, account: Account) -> Iterator[tuple[str, Place]]:
    """The service accounts of pods that Argo CD runs as an account, each with its namespace."""
    subject = Subject("ServiceAccount", account[1], account[0])
    permitted = tuple(each for each in MAKE_PODS if project.permits_kind(*made_kind(each)))
    for namespace in facts.permitted(project):
        users = list(requesters(facts, subject, namespace, permitted))
        if any(facts.admits.pod("with-token", user, namespace) is not None for user in users):
            yield namespace, Place("accounts", namespace)
            continue
        for name, _ in facts.own_pods("with-token", namespace) if users else ():
            yield namespace, Place("ServiceAccount", namespace, name)


def _makes_applications(facts: ClusterFacts, held: GrantedPermission, deputy: Deputy, namespace: str) -> bool:
    """Whether what the holder writes in a namespace becomes an Application there.

    An ApplicationSet of another namespace than that of Argo CD must be one that its controller reads.
    """
    if held.match.permission is not _APPLICATION_SETS or namespace == deputy.namespace:
        return True
    return any(
        controller.namespace == deputy.namespace and controller.takes_from(namespace)
        for controller in deputies(facts.view, APPLICATION_SETS)
    )


def by_operators(facts: ClusterFacts, scope: str) -> Iterator[ReachedPlace]:
    """What operators apply for a subject with every permission in a scope."""
    for name in (KUSTOMIZE, HELM):
        for deputy in deputies(facts.view, name):
            for namespace in facts.reached(scope):
                yield from _by_flux(facts, deputy, name, namespace)
    for deputy in deputies(facts.view, ARGO_CD):
        for namespace in filter(deputy.takes_from, facts.reached(scope)):
            yield from _by_argo(facts, deputy, namespace)


def _runs(deputy: Deputy, name: str) -> str:
    if deputy.workload:
        return f"{deputy.workload} of namespace {deputy.namespace}"
    return f"{name}, if it runs as ServiceAccount/{deputy.namespace}:{deputy.account},"


TECHNIQUES = (
    Technique(
        name="flux",
        title="lets Flux apply objects",
        condition="create, update or patch on kustomizations.kustomize.toolkit.fluxcd.io or "
        "helmreleases.helm.toolkit.fluxcd.io in a namespace that their controller watches. The controller "
        "can act as its own service account unless --default-service-account is set. With "
        "--no-cross-namespace-refs, the subject also needs a source in the namespace.",
        references=(_FLUX, LEAST_PRIVILEGE, VALID_ACCOUNTS),
        permissions=(_KUSTOMIZATIONS, _RELEASES),
        targets=_flux,
        per_subject=_of_holder,
    ),
    Technique(
        name="argo-cd",
        title="lets Argo CD apply objects",
        condition="create, update or patch on applications or applicationsets of argoproj.io in the "
        "namespace of the application controller, or in one that a project and the controller allow, the "
        "latter by --application-namespaces, its environment or the ConfigMap argocd-cmd-params-cm; the "
        "controller of applicationsets must allow it for these. Argo CD applies only what some project "
        "allows; destinations that begin with ! are denied, and a project that permits only its own clusters "
        "permits none. It acts as the account of the application controller, or, where argocd-cm enables "
        "impersonation, as the one that the project names. In some namespaces, that account must be able to "
        "run pods of a kind that the project allows.",
        references=(_ARGO, LEAST_PRIVILEGE, VALID_ACCOUNTS),
        permissions=(_APPLICATIONS, _APPLICATION_SETS),
        targets=_argo,
    ),
)
