"""Evaluates the pods of an assertion with the admission plugins of a cluster."""

from collections.abc import Iterator
from dataclasses import dataclass

from rbacpsp.assertions.outcome import CannotBeAskedError
from rbacpsp.assertions.resolve import Asking
from rbacpsp.decode.unknown_fields import field_issues
from rbacpsp.model import Identity, Manifest, User
from rbacpsp.model.json import JSONObject
from rbacpsp.model.meta import ALWAYS_THERE
from rbacpsp.model.value_path import path_text
from rbacpsp.pods.templates import ControllerPod, pods_of
from rbacpsp.psp import Admission
from rbacpsp.pss import Configuration, Failure, LevelVersion
from rbacpsp.pss.evaluate import evaluator_for
from rbacpsp.pss.holders import evaluate_all
from rbacpsp.pss.levels import ON_SINCE, server_of
from rbacpsp.pss.standard import Standard
from rbacpsp.rbac.decision import Grant
from rbacpsp.simulate.row import Row


@dataclass(frozen=True, slots=True)
class ObjectVerdict:
    """The answer to the pods of one object."""

    title: str
    """The object, as kubectl names it."""
    policies: tuple[str, ...]
    """The policies that admit them; none if they are refused, or policies are not enforced."""
    message: str
    """Why they are refused; empty if they are not."""
    grants: tuple[Grant, ...]
    """The grants that allow the use of the policy."""
    asking: Asking
    body: JSONObject | Manifest

    def failures(self, level: LevelVersion) -> str:
        """Their violations of a level, as the server words them; empty if they meet it."""
        server = self.asking.version
        if isinstance(self.body, Manifest):
            return _reasons(_of_manifest(self.asking, self.body, level))
        return _reasons(Standard(level, server).judge(self.body).evaluation.failures)


def given_verdicts(
    asking: Asking, objects: tuple[JSONObject, ...], user: User | None
) -> tuple[ObjectVerdict, ...]:
    """The answers to the pods of objects that a user would apply.

    Raises:
        CannotBeAskedError: The cluster has no such namespace or account, or an object is not a pod.
    """
    for body in objects:
        _require_known_fields(body)
    try:
        return tuple(
            _given(asking, body, workload_pod, user)
            for body in objects
            for workload_pod in pods_of(body, asking.policy_version)
        )
    except ValueError as error:
        raise CannotBeAskedError(str(error)) from None


def _require_known_fields(body: JSONObject) -> None:
    """Require that all fields of an object exist and have the right type: others are not judged.

    Raises:
        CannotBeAskedError: One does not.
    """
    for issue in field_issues(body):
        message = "is not a field" if issue.unknown else issue.message
        metadata = body.get("metadata")
        name = metadata.get("name", "") if isinstance(metadata, dict) else ""
        title = f"{str(body.get('kind')).lower()}/{name}"
        raise CannotBeAskedError(f"{title}: {path_text(issue.path)} {message}; {issue.advice}")


def _given(asking: Asking, body: JSONObject, workload_pod: ControllerPod, user: User | None) -> ObjectVerdict:
    namespace = workload_pod.namespace or "default"
    title = f"{workload_pod.kind.lower()}/{workload_pod.owner or '(generated name)'}"
    if namespace not in asking.namespaces | ALWAYS_THERE:
        raise CannotBeAskedError(f'{title}: there is no object in a namespace "{namespace}"')
    spec = workload_pod.pod.get("spec") or {}
    if not spec.get("containers"):
        raise CannotBeAskedError(f"{title} has no containers: the server refuses it")
    account = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    if asking.objects.accounts_were_read(namespace) and (
        (namespace, account) not in asking.objects.service_accounts
    ):
        raise CannotBeAskedError(f"{title}: there is no service account {account} in {namespace}")
    creator = workload_pod.creator or user
    admission = _policy(asking, workload_pod.pod, creator, namespace)
    message = None if admission is None else admission.message
    if message is None and asking.version >= ON_SINCE:
        stored = workload_pod.pod if admission is None else admission.pod or workload_pod.pod
        message = asking.cluster.pss_admit(stored, user=creator, namespace=namespace).message
    policy = None if admission is None or message else admission.policy
    winner = None if admission is None or policy is None else admission.considered.get(policy)
    grants = () if winner is None else winner.grants
    return ObjectVerdict(title, (policy,) if policy else (), message or "", grants, asking, body)


def _policy(asking: Asking, pod: JSONObject, user: User | None, namespace: str) -> Admission | None:
    return asking.cluster.admit(pod, user=user, namespace=namespace) if asking.has_policies else None


def workload_verdicts(asking: Asking, identity: Identity) -> tuple[ObjectVerdict, ...]:
    """The answer to the pods of a workload of the cluster.

    Raises:
        CannotBeAskedError: There is no such workload.
    """
    kind, namespace, name = identity
    manifest = find_workload(asking, identity)
    row = asking.rows.get((namespace, kind, name))
    level = asking.levels.get((namespace, kind, name))
    if manifest is None or (row is None and level is None):
        raise CannotBeAskedError(f"there is no {kind} {name} in namespace {namespace} that makes pods")
    refused = (row.message if row is not None and row.refused else None) or (level.message if level else "")
    return (
        ObjectVerdict(
            f"{kind.lower()}/{name} in {namespace}",
            _policies(row) if not refused else (),
            refused or "",
            row.grants if row is not None else (),
            asking,
            manifest,
        ),
    )


def find_workload(asking: Asking, identity: Identity) -> Manifest | None:
    """A workload of the cluster, a custom resource with pods, or a pod."""
    kind, namespace, name = identity
    objects = asking.objects
    manifest = None
    for object_namespace in (namespace, "") if namespace == "default" else (namespace,):
        key = (kind, object_namespace, name)
        manifest = manifest or objects.workloads.get(key) or objects.customs.get(key)
        if kind == "Pod":
            manifest = manifest or objects.pods.get((object_namespace, name))
    return manifest


def _policies(row: Row | None) -> tuple[str, ...]:
    return row.policies if row is not None else ()


def _of_manifest(asking: Asking, manifest: Manifest, level: LevelVersion) -> Iterator[Failure]:
    evaluator = evaluator_for(server_of(asking.version))
    try:
        results = evaluate_all([manifest], level, evaluator, asking.objects, Configuration())
    except ValueError as error:
        raise CannotBeAskedError(f"{manifest.kind} {manifest.namespace}/{manifest.name}: {error}") from None
    if results.unread:
        raise CannotBeAskedError(results.unread[0])
    for blocker in results.blockers:
        yield from blocker.failures


def _reasons(failures: Iterator[Failure] | tuple[Failure, ...]) -> str:
    return ", ".join(
        f"{failure.reason} ({failure.detail})" if failure.detail else failure.reason for failure in failures
    )
