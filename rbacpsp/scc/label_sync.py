"""Which Pod Security labels OpenShift's label synchronization gives a namespace, and why.

Of all service accounts of a namespace and all constraints that each may use, the laxest level counts. Here an
account is in system:authenticated, and bindings count that name service accounts or their groups: one that
names an account as a User does not. Who creates pods counts for nothing.

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
    """What label synchronization derives for a namespace."""

    namespace: str
    level: str = ""
    """The level for the labels; empty where none is derived."""
    why_none: str = ""
    """Why none is derived."""
    not_written: str = ""
    """Why the labels are left as they are, whatever level is derived."""
    uncertain: str = ""
    """Why the level may not be derived: it depends on the order in which constraints are looked at."""
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=FrozenDict)
    """The constraints that each account may use, by their names."""
    levels: Mapping[str, str] = field(default_factory=FrozenDict)
    """The level of each of these constraints here; why there is none, where it cannot be told."""

    @property
    def deciding(self) -> tuple[tuple[str, str], ...]:
        """The accounts and constraints that the level comes from."""
        return tuple(
            (account, name)
            for account, names in self.accounts.items()
            for name in names
            if self.levels.get(name) == self.level
        )

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels that are written; empty where none are.

        The enforced level is not among them: it is written only where the feature
        OpenShiftPodSecurityAdmission is on.
        """
        if not self.level or self.not_written:
            return FrozenDict()
        told = {"": self.level, "-version": "latest"}
        return FrozenDict(
            {f"{_PREFIX}{mode}{part}": text for mode in ("audit", "warn") for part, text in told.items()}
        )


class LabelSyncer:
    """Derives the levels of the namespaces of one cluster."""

    def __init__(
        self,
        objects: Objects,
        authorizer: Authorizer,
        constraints: Iterable[SecurityContextConstraints],
    ) -> None:
        """Prepare to answer; the constraints are defaulted."""
        self._objects = objects
        self._authorizer = authorizer
        self._constraints = {each.name: each for each in constraints}

    def sync(self, namespace: str) -> LabelSync:
        """What is derived for a namespace."""
        found = self._objects.namespaces.get(namespace)
        if found is None:
            return LabelSync(namespace, why_none="the namespace was not loaded")
        not_written = _not_written(namespace, found.metadata.labels)
        accounts = FrozenDict(
            {
                name: self.usable(namespace, name)
                for place, name in sorted(self._objects.service_accounts)
                if place == namespace
            }
        )
        levels: dict[str, str] = {}
        problems: dict[str, str] = {}
        for name in sorted({name for names in accounts.values() for name in names}):
            try:
                levels[name] = psa_level(self._constraints[name], found.metadata.annotations)
            except LevelError as error:
                problems[name] = levels[name] = str(error)
        told = [level for name, level in levels.items() if name not in problems]
        level, why_none, uncertain = "", "", ""
        problem = next((f"{name}: {why}" for name, why in problems.items()), "")
        if not found.metadata.annotations.get(UID_RANGE):
            why_none = f"the namespace has no annotation {UID_RANGE}, or an empty one"
        elif not accounts:
            why_none = "the namespace has no service account"
        elif not levels:
            why_none = "no service account may use any constraints"
        elif problem and LEVELS[-1] not in told:
            why_none = problem
        else:
            level, uncertain = max(told, key=LEVELS.index), problem
        return LabelSync(namespace, level, why_none, not_written, uncertain, accounts, FrozenDict(levels))

    def usable(self, namespace: str, account: str) -> tuple[str, ...]:
        """The constraints that an account may use in the eyes of the synchronization, sorted."""
        name = f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{account}"
        user = User(name, (*service_account_groups(namespace), _AUTHENTICATED))
        return tuple(
            each
            for each, constraint in sorted(self._constraints.items())
            if name in constraint.users
            or not set(user.groups).isdisjoint(constraint.groups)
            or self._bound(user, namespace, each)
        )

    def _bound(self, user: User, namespace: str, name: str) -> bool:
        request = Request("use", group=GROUP, resource=RESOURCE, name=name, namespace=namespace)
        return any(_counts(each.subject) for each in self._authorizer.supports(user, request))


def _counts(subject: Subject) -> bool:
    """Whether the synchronization looks at bindings by this subject."""
    if subject.kind == "ServiceAccount":
        return not subject.api_group
    known = subject.name in {_AUTHENTICATED, _ACCOUNT_GROUPS} or subject.name.startswith(
        f"{_ACCOUNT_GROUPS}:"
    )
    return subject.kind == "Group" and subject.api_group == RBAC_GROUP and known


def _not_written(namespace: str, labels: Mapping[str, str]) -> str:
    """Why the labels of a namespace are left as they are; empty where they are written."""
    word = labels.get(SYNC_LABEL)
    if namespace in _KUBERNETES:
        return f"the labels of {namespace} are not synchronized"
    if namespace.startswith(_OPENSHIFT) and word != "true":
        return f"a namespace named {_OPENSHIFT}* needs the label {SYNC_LABEL}=true"
    return f"the namespace has the label {SYNC_LABEL}=false" if word == "false" else ""
