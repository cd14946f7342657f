"""Writes assertions that hold for a cluster today, as a start for people to edit.

They say who alone reads secrets and opens shells in which namespaces, who alone reaches cluster-admin, and
which policy, or level of the Pod Security Standards, each workload has. Each passes on this cluster.
"""

from collections import defaultdict
from collections.abc import Iterator

from rbacpsp.assertions.asked import Asked
from rbacpsp.assertions.asking import Asking
from rbacpsp.assertions.demands.access import holders
from rbacpsp.assertions.outcome import CannotBeAskedError
from rbacpsp.assertions.pods import workload_verdicts
from rbacpsp.model import Identity, Request, Subject
from rbacpsp.model.json import JSONObject
from rbacpsp.model.subjects import subject_text
from rbacpsp.paths.place import CLUSTER_ADMIN, Place
from rbacpsp.pss import LevelVersion
from rbacpsp.pss.levels import BASELINE, RESTRICTED

API_VERSION = "rbacpsp.io/v1"
KIND = "AccessTest"

_LEVELS = (RESTRICTED, BASELINE)
_ASKED = (
    ("read secrets", {"verbs": ["get"], "resources": ["secrets"]}),
    ("list secrets", {"verbs": ["list"], "resources": ["secrets"]}),
    ("open shells in pods", {"verbs": ["create"], "resources": ["pods"], "subresources": ["exec"]}),
)


def initial(cluster: Asked, *, include_system: bool = False) -> JSONObject:
    """An assertion file about a cluster, as plain JSON values.

    Args:
        cluster: The cluster.
        include_system: Whether Kubernetes' own subjects are listed too; then they count in the test as well.
    """
    asking = Asking(cluster, include_system=include_system)
    found = [*_access(asking), *_reach(asking), *_workloads(asking)]
    return {"apiVersion": API_VERSION, "kind": KIND, "assertions": found}


def _access(asking: Asking) -> Iterator[JSONObject]:
    for words, access in _ASKED:
        [sub] = access.get("subresources", [""])
        [verb], [resource] = access["verbs"], access["resources"]
        alike: defaultdict[tuple[Subject, ...], list[str]] = defaultdict(list)
        for namespace in sorted(asking.namespaces):
            request = Request(verb, resource=resource, subresource=sub, namespace=namespace)
            alike[tuple(sorted(holders(asking, request)))].append(namespace)
        for subjects, namespaces in sorted(alike.items(), key=lambda each: each[1]):
            if _can_be_named(subjects):
                everywhere = len(alike) == 1
                yield {
                    "name": f"{_whom(subjects)} may {words} in {_some(namespaces, everywhere=everywhere)}",
                    "only": [subject_text(subject) for subject in subjects],
                    "can": {**access, "namespaces": ["*"] if everywhere else namespaces},
                }


def _reach(asking: Asking) -> Iterator[JSONObject]:
    paths = asking.paths.to(CLUSTER_ADMIN)
    subjects = tuple(
        sorted(_subject(path.start) for path in paths if asking.include_system or not path.brought)
    )
    if _can_be_named(subjects) and all(subject in asking.subjects for subject in subjects):
        yield {
            "name": f"{_whom(subjects)} {'reach' if len(subjects) > 1 else 'reaches'} cluster-admin",
            "only": [subject_text(each) for each in subjects],
            "canReach": CLUSTER_ADMIN.kind,
        }


def _subject(place: Place) -> Subject:
    return Subject(place.kind, place.name, place.namespace)


def _can_be_named(subjects: tuple[Subject, ...]) -> bool:
    """Whether an assertion can name them: a star in a name is a pattern there."""
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
    """The assertion about a workload; empty where its pods differ, or where no plugin judges it."""
    try:
        [found] = workload_verdicts(asking, workload)
        if found.message:
            return {"refused": True}
        if len(found.policies) == 1:
            return {"admittedBy": found.policies[0]}
        for level in _LEVELS:
            if not asking.rows and not found.failures(LevelVersion(level)):
                return {"level": level}
    except CannotBeAskedError:
        return {}
    return {}
