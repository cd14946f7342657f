"""Writes assertions that a cluster passes, for people to edit.

They list the only subjects that read secrets and open shells in namespaces and that reach cluster-admin, and
the policy, or level of the Pod Security Standards, of each workload.
"""

from collections import defaultdict
from collections.abc import Iterator

from rbacpsp.assertions.demands.access import holders
from rbacpsp.assertions.inputs import AssertionCluster
from rbacpsp.assertions.outcome import CannotBeAskedError
from rbacpsp.assertions.pods import workload_verdicts
from rbacpsp.assertions.resolve import Asking
from rbacpsp.model import Identity, Request, Subject
from rbacpsp.model.json import JSONObject
from rbacpsp.model.subjects import subject_text
from rbacpsp.paths.place import CLUSTER_ADMIN, Place
from rbacpsp.pss import LevelVersion
from rbacpsp.pss.levels import BASELINE, RESTRICTED

API_VERSION = "rbacpsp.io/v1"
KIND = "AccessTest"

_LEVELS = (RESTRICTED, BASELINE)
_ACCESS_CHECKS = (
    ("read secrets", {"verbs": ["get"], "resources": ["secrets"]}),
    ("list secrets", {"verbs": ["list"], "resources": ["secrets"]}),
    ("open shells in pods", {"verbs": ["create"], "resources": ["pods"], "subresources": ["exec"]}),
)


def initial(cluster: AssertionCluster, *, include_system: bool = False) -> JSONObject:
    """An assertion file about a cluster, as plain JSON values.

    Args:
        cluster: The cluster.
        include_system: Whether Kubernetes' own subjects are listed too; then they count in the test as well.
    """
    asking = Asking(cluster, include_system=include_system)
    assertions = [*_access(asking), *_reach(asking), *_workloads(asking)]
    return {"apiVersion": API_VERSION, "kind": KIND, "assertions": assertions}


def _access(asking: Asking) -> Iterator[JSONObject]:
    for words, access in _ACCESS_CHECKS:
        [sub] = access.get("subresources", [""])
        [verb], [resource] = access["verbs"], access["resources"]
        namespaces_by_subjects: defaultdict[tuple[Subject, ...], list[str]] = defaultdict(list)
        for namespace in sorted(asking.namespaces):
            request = Request(verb, resource=resource, subresource=sub, namespace=namespace)
            namespaces_by_subjects[tuple(sorted(holders(asking, request)))].append(namespace)
        for subjects, namespaces in sorted(namespaces_by_subjects.items(), key=lambda entry: entry[1]):
            if _can_be_named(subjects):
                everywhere = len(namespaces_by_subjects) == 1
                yield {
                    "name": f"{_whom(subjects)} may {words} in {_some(namespaces, everywhere=everywhere)}",
                    "only": [subject_text(subject) for subject in subjects],
                    "can": {**access, "namespaces": ["*"] if everywhere else namespaces},
                }


def _reach(asking: Asking) -> Iterator[JSONObject]:
    paths = asking.paths.to(CLUSTER_ADMIN)
    subjects = tuple(
        sorted(_subject(path.start) for path in paths if asking.include_system or not path.kubernetes_own)
    )
    if _can_be_named(subjects) and all(subject in asking.subjects for subject in subjects):
        yield {
            "name": f"{_whom(subjects)} {'reach' if len(subjects) > 1 else 'reaches'} cluster-admin",
            "only": [subject_text(subject) for subject in subjects],
            "canReach": CLUSTER_ADMIN.kind,
        }


def _subject(place: Place) -> Subject:
    return Subject(place.kind, place.name, place.namespace)


def _can_be_named(subjects: tuple[Subject, ...]) -> bool:
    """Whether an assertion can name the subjects, since a star in a name is a pattern there."""
    return all("*" not in subject_text(subject) and subject.name for subject in subjects)


def _whom(subjects: tuple[Subject, ...]) -> str:
    if len(subjects) > 1:
        return f"only {len(subjects)} subjects"
    return f"only {subject_text(subjects[0])}" if subjects else "nobody"


def _some(namespaces: list[str], *, everywhere: bool) -> str:
    if everywhere:
        return "any namespace"
    more = f" and {len(namespaces) - 3} more namespaces" if len(namespaces) > 3 else ""
    return f"{', '.join(namespaces[:3])}{more}"


def _workloads(asking: Asking) -> Iterator[JSONObject]:
    for namespace, kind, name in sorted(asking.rows or asking.levels):
        verdict = _verdict(asking, (kind, namespace, name))
        if verdict and "/" not in kind + namespace + name and name:
            title = f"{kind}/{namespace}/{name}"
            [(key, value)] = verdict.items()
            words = {
                "admittedBy": f"{value} admits {title}",
                "refused": f"{title} is refused",
                "level": f"{title} meets {value}",
            }
            yield {"name": words[key], "workload": title, **verdict}


def _verdict(asking: Asking, workload: Identity) -> JSONObject:
    """The assertion about a workload; empty if its pods differ, or if no plugin checks it."""
    try:
        [verdict] = workload_verdicts(asking, workload)
        if verdict.message:
            return {"refused": True}
        if len(verdict.policies) == 1:
            return {"admittedBy": verdict.policies[0]}
        for level in _LEVELS:
            if not asking.rows and not verdict.failures(LevelVersion(level)):
                return {"level": level}
    except CannotBeAskedError:
        return {}
    return {}
