"""Derives the Pod Security labels that OpenShift's label synchronization gives a namespace.

The level is the loosest of all constraints that any service account of the namespace may use. Accounts are in
system:authenticated here. Only bindings that name service accounts or their groups count: one that names an
account as a User does not. The creators of pods do not count.

Source: openshift/cluster-policy-controller pkg/psalabelsyncer, release-4.21.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rbacpsp.model import Objects, Request, Subject, User
from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.rbac import GROUP as RBAC_GROUP
from rbacpsp.model.request import SERVICE_ACCOUNT_PREFIX, service_account_groups
from rbacpsp.model.scc import GROUP, RESOURCE, SecurityContextConstraints
from rbacpsp.rbac import Authorizer
from rbacpsp.scc.levels import LEVELS, LevelError, psa_level
from rbacpsp.scc.rules import UID_RANGE

SYNC_LABEL = "security.openshift.io/scc.podSecurityLabelSync"
"""With `false` a namespace opts out, with `true` one named openshift-* opts in."""

_PREFIX = "pod-security.kubernetes.io/"
_AUTHENTICATED = "system:authenticated"
_ACCOUNT_GROUPS = "system:serviceaccounts"
_KUBERNETES = frozenset({"default", "kube-node-lease", "kube-public", "kube-system", "openshift"})
_OPENSHIFT = "openshift-"


@dataclass(frozen=True, slots=True)
class LabelSync:
    """The result of label synchronization for a namespace."""

    namespace: str
    level: str = ""
    """The level for the labels; empty if none is derived."""
    why_none: str = ""
    """Why none is derived."""
    not_written: str = ""
    """Why the labels are not changed, whatever level is derived."""
    uncertain: str = ""
    """Why the level is uncertain: it depends on the order in which constraints are read."""
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=FrozenDict)
    """The constraints that each account may use, by their names."""
    levels: Mapping[str, str] = field(default_factory=FrozenDict)
    """The level of each of these constraints in this namespace, or why it is unknown."""

    @property
    def deciding(self) -> tuple[tuple[str, str], ...]:
        """The accounts and constraints that determine the level."""
        return tuple(
            (account, name)
            for account, names in self.accounts.items()
            for name in names
            if self.levels.get(name) == self.level
        )

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels that are written; empty if none are.

        They do not include the enforced level, which is written only if the feature
        OpenShiftPodSecurityAdmission is on.
        """
        if not self.level or self.not_written:
            return FrozenDict()
        values = {"": self.level, "-version": "latest"}
        return FrozenDict(
            {f"{_PREFIX}{mode}{part}": text for mode in ("audit", "warn") for part, text in values.items()}
        )


class LabelSyncer:
    """Derives the levels of the namespaces of one cluster."""

    def __init__(
        self,
        objects: Objects,
        authorizer: Authorizer,
        constraints: Iterable[SecurityContextConstraints],
    ) -> None:
        """Set up the syncer; the constraints must have their defaults."""
        self._objects = objects
        self._authorizer = authorizer
        self._constraints = {constraint.name: constraint for constraint in constraints}

    def sync(self, namespace: str) -> LabelSync:
        """The result for a namespace."""
        loaded_namespace = self._objects.namespaces.get(namespace)
        if loaded_namespace is None:
            return LabelSync(namespace, why_none="the namespace was not loaded")
        not_written = _not_written(namespace, loaded_namespace.metadata.labels)
        accounts = FrozenDict(
            {
                name: self.usable(namespace, name)
                for account_namespace, name in sorted(self._objects.service_accounts)
                if account_namespace == namespace
            }
        )
        levels: dict[str, str] = {}
        problems: dict[str, str] = {}
        for name in sorted({name for names in accounts.values() for name in names}):
            try:
                levels[name] = psa_level(self._constraints[name], loaded_namespace.metadata.annotations)
            except LevelError as error:
                problems[name] = levels[name] = str(error)
        known_levels = [level for name, level in levels.items() if name not in problems]
        level, why_none, uncertain = "", "", ""
        problem = next((f"{name}: {why}" for name, why in problems.items()), "")
        if not loaded_namespace.metadata.annotations.get(UID_RANGE):
            why_none = f"the namespace has no annotation {UID_RANGE}, or an empty one"
        elif not accounts:
            why_none = "the namespace has no service account"
        elif not levels:
            why_none = "no service account may use any constraints"
        elif problem and LEVELS[-1] not in known_levels:
            why_none = problem
        else:
            level, uncertain = max(known_levels, key=LEVELS.index), problem
        return LabelSync(namespace, level, why_none, not_written, uncertain, accounts, FrozenDict(levels))

    def usable(self, namespace: str, account: str) -> tuple[str, ...]:
        """The constraints that an account may use by the rules of the synchronization, sorted."""
        name = f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{account}"
        user = User(name, (*service_account_groups(namespace), _AUTHENTICATED))
        return tuple(
            constraint_name
            for constraint_name, constraint in sorted(self._constraints.items())
            if name in constraint.users
            or not set(user.groups).isdisjoint(constraint.groups)
            or self._bound(user, namespace, constraint_name)
        )

    def _bound(self, user: User, namespace: str, name: str) -> bool:
        request = Request("use", group=GROUP, resource=RESOURCE, name=name, namespace=namespace)
        return any(_is_considered(support.subject) for support in self._authorizer.supports(user, request))


def _is_considered(subject: Subject) -> bool:
    """Whether the synchronization considers bindings to this subject."""
    if subject.kind == "ServiceAccount":
        return not subject.api_group
    known = subject.name in {_AUTHENTICATED, _ACCOUNT_GROUPS} or subject.name.startswith(
        f"{_ACCOUNT_GROUPS}:"
    )
    return subject.kind == "Group" and subject.api_group == RBAC_GROUP and known


def _not_written(namespace: str, labels: Mapping[str, str]) -> str:
    """Why the labels of a namespace are not changed; empty if they are."""
    word = labels.get(SYNC_LABEL)
    if namespace in _KUBERNETES:
        return f"the labels of {namespace} are not synchronized"
    if namespace.startswith(_OPENSHIFT) and word != "true":
        return f"a namespace named {_OPENSHIFT}* needs the label {SYNC_LABEL}=true"
    return f"the namespace has the label {SYNC_LABEL}=false" if word == "false" else ""
