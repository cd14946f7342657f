"""The constraints of a cluster made ready for a namespace, and what stops every pod of it.

Constraints that cannot be made ready refuse every pod, whether or not anybody may use them.

Source: apiserver-library-go pkg/securitycontextconstraints, release-4.21: sccadmission/admission.go
(requireStandardSCCs) and sccmatching/matcher.go (CreateProvidersFromConstraints).
"""

from collections.abc import Iterable, Mapping

from rbacpsp.model.go import aggregate, quote
from rbacpsp.model.objects import Objects
from rbacpsp.model.scc import GROUP, RESOURCE, SecurityContextConstraints
from rbacpsp.model.version import Version
from rbacpsp.scc.answer import RefusedError
from rbacpsp.scc.constraints import constraints_of
from rbacpsp.scc.order import order_key
from rbacpsp.scc.rules import MCS, UID_RANGE, ProviderError, Rules, rules_of

STANDARD = (
    *("anyuid", "hostaccess", "hostmount-anyuid", "hostnetwork", "hostnetwork-v2", "nonroot", "nonroot-v2"),
    *("privileged", "restricted", "restricted-v2"),
)
"""The constraints without which the server refuses every pod."""
_SECOND_VERSIONS_SINCE = Version(4, 11)
_DEMANDED_SINCE = Version(4, 8)


def demanded(release: Version | None) -> frozenset[str]:
    """The constraints without which a release of OpenShift refuses every pod; None is the newest."""
    if release is None or release >= _SECOND_VERSIONS_SINCE:
        return frozenset(STANDARD)
    if release < _DEMANDED_SINCE:
        return frozenset()
    return frozenset(name for name in STANDARD if not name.endswith("-v2"))


class Providers:
    """Makes the constraints of a cluster ready, once for each namespace."""

    def __init__(self, objects: Objects, release: Version | None = None) -> None:
        """Sort the constraints; which must be there depends on the release of OpenShift.

        Raises:
            ValueError: Constraints have a field of a wrong type.
        """
        self._objects = objects
        self._demanded = demanded(release)
        self.constraints = tuple(sorted(constraints_of(objects), key=order_key))
        """Defaulted, in the server's order."""
        self._rules: dict[tuple[str, str], list[Rules]] = {}

    def ready(self, namespace: str, required: str) -> list[Rules]:
        """The constraints to try, made ready for a namespace, in order; only one where it is required.

        Raises:
            RefusedError: The server refuses every such pod.
        """
        there = self._rules.get((namespace, required))
        if there is not None:
            return there
        missing = sorted(self._demanded - {each.name for each in self.constraints})
        if missing:
            raise RefusedError(f"{RESOURCE}.{GROUP} cache is missing {', '.join(missing)}")
        constraints = self.constraints
        if required:
            constraints = tuple(each for each in constraints if each.name == required)
            if not constraints:
                name = quote(required)
                raise RefusedError(
                    f"failed to retrieve the required SCC {name}: {RESOURCE}.{GROUP} {name} not found"
                )
        rules = self.made(constraints, namespace)
        self._rules[namespace, required] = rules
        return rules

    def made(self, constraints: Iterable[SecurityContextConstraints], namespace: str) -> list[Rules]:
        """Some constraints made ready for a namespace, in their order.

        Raises:
            RefusedError: The namespace lacks what is to be set aside for it, or some cannot be made ready.
        """
        annotations = self._annotations(namespace)
        rules, problems = [], []
        for each in constraints:
            try:
                rules.append(rules_of(each, namespace, annotations))
            except ProviderError as error:
                problems.append(error)
        if problems:
            raise RefusedError(aggregate(problems))
        return rules

    def _annotations(self, namespace: str) -> Mapping[str, str]:
        """The annotations of a namespace, which must say what is set aside for it."""
        found = self._objects.namespaces.get(namespace)
        where = f"error fetching namespace {quote(namespace)}: "
        if found is None:
            raise RefusedError(f"{where}namespace {quote(namespace)} not found")
        for key in (UID_RANGE, MCS):
            if key not in found.metadata.annotations:
                raise RefusedError(f"{where}unable to find annotation {key}")
        return found.metadata.annotations
