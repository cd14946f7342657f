"""The constraints of a cluster with the ranges of a namespace, and the errors that refuse all its pods.

If the ranges of any constraints cannot be read, the server refuses every pod, even if nobody may use them.

Source: apiserver-library-go pkg/securitycontextconstraints, release-4.21: sccadmission/admission.go
(requireStandardSCCs) and sccmatching/matcher.go (CreateProvidersFromConstraints).
"""

from collections.abc import Iterable, Mapping

from rbacpsp.model.go import aggregate, quote
from rbacpsp.model.objects import Objects
from rbacpsp.model.scc import GROUP, RESOURCE, SecurityContextConstraints
from rbacpsp.model.version import Version
from rbacpsp.scc.answer import PodRefusedError
from rbacpsp.scc.constraints import constraints_of
from rbacpsp.scc.order import order_key
from rbacpsp.scc.rules import MCS, UID_RANGE, ProviderError, SCCRules, rules_of

STANDARD = (
    *("anyuid", "hostaccess", "hostmount-anyuid", "hostnetwork", "hostnetwork-v2", "nonroot", "nonroot-v2"),
    *("privileged", "restricted", "restricted-v2"),
)
"""The constraints that must exist: without one of them, the server refuses every pod."""
_SECOND_VERSIONS_SINCE = Version(4, 11)
_REQUIRED_SINCE = Version(4, 8)


def required_constraints(release: Version | None) -> frozenset[str]:
    """The constraints that must exist in a release of OpenShift; None is the newest."""
    if release is None or release >= _SECOND_VERSIONS_SINCE:
        return frozenset(STANDARD)
    if release < _REQUIRED_SINCE:
        return frozenset()
    return frozenset(name for name in STANDARD if not name.endswith("-v2"))


class Providers:
    """Resolves the ranges of a cluster's constraints, once for each namespace."""

    def __init__(self, objects: Objects, release: Version | None = None) -> None:
        """Sort the constraints; the release of OpenShift decides which of them must exist.

        Raises:
            ValueError: Constraints have a field of a wrong type.
        """
        self._objects = objects
        self._required = required_constraints(release)
        self.constraints = tuple(sorted(constraints_of(objects), key=order_key))
        """Defaulted, in the server's order."""
        self._rules: dict[tuple[str, str], list[SCCRules]] = {}

    def rules_to_try(self, namespace: str, required: str) -> list[SCCRules]:
        """The constraints to try in a namespace, in order; only the required ones if the pod names them.

        Raises:
            PodRefusedError: The server refuses every such pod.
        """
        cached_rules = self._rules.get((namespace, required))
        if cached_rules is not None:
            return cached_rules
        missing = sorted(self._required - {constraint.name for constraint in self.constraints})
        if missing:
            raise PodRefusedError(f"{RESOURCE}.{GROUP} cache is missing {', '.join(missing)}")
        constraints = self.constraints
        if required:
            constraints = tuple(constraint for constraint in constraints if constraint.name == required)
            if not constraints:
                name = quote(required)
                raise PodRefusedError(
                    f"failed to retrieve the required SCC {name}: {RESOURCE}.{GROUP} {name} not found"
                )
        rules = self.rules_for(constraints, namespace)
        self._rules[namespace, required] = rules
        return rules

    def rules_for(self, constraints: Iterable[SecurityContextConstraints], namespace: str) -> list[SCCRules]:
        """Constraints with the ranges of a namespace, in their order.

        Raises:
            PodRefusedError: The namespace lacks an annotation, or the ranges of some constraints cannot be
                read.
        """
        annotations = self._annotations(namespace)
        rules, problems = [], []
        for constraint in constraints:
            try:
                rules.append(rules_of(constraint, namespace, annotations))
            except ProviderError as error:
                problems.append(error)
        if problems:
            raise PodRefusedError(aggregate(problems))
        return rules

    def _annotations(self, namespace: str) -> Mapping[str, str]:
        """The annotations of a namespace, which must contain its ranges."""
        loaded_namespace = self._objects.namespaces.get(namespace)
        prefix = f"error fetching namespace {quote(namespace)}: "
        if loaded_namespace is None:
            raise PodRefusedError(f"{prefix}namespace {quote(namespace)} not found")
        for key in (UID_RANGE, MCS):
            if key not in loaded_namespace.metadata.annotations:
                raise PodRefusedError(f"{prefix}unable to find annotation {key}")
        return loaded_namespace.metadata.annotations
