"""Validates loaded objects as if they were sent to the API server.

First comes the validation of the object, then the PodSecurity plugin's of a namespace's labels.
Source: apiserver/pkg/registry/rest/create.go BeforeCreate; k8s.io/pod-security-admission
admission/admission.go ValidateNamespace, 0.24.
"""

from collections.abc import Iterator, Sequence
from functools import cache

from rbacpsp.admission.validation.checks import STATEFUL_TEMPLATES_SINCE
from rbacpsp.apply.bootstrap import exported_files
from rbacpsp.apply.disabled_fields import dropped_fields, without_fields
from rbacpsp.apply.validation import change_errors, is_plain, object_errors, object_refusal
from rbacpsp.model import AnyObject, Manifest, Namespace, Objects, Version
from rbacpsp.model.field_error import FieldError, FieldPath
from rbacpsp.model.openshift import kubernetes_of
from rbacpsp.model.refusal import Changed, Refusal, SubmissionCheck
from rbacpsp.model.scc import KIND as CONSTRAINTS
from rbacpsp.model.version import NEWEST, OPENSHIFT, V1_24

POD_SECURITY_SINCE = Version(1, 23)
"""The first version with the PodSecurity plugin on by default."""


def refusal_check(version: str | Version | None, stored: Objects | None = None) -> SubmissionCheck:
    """The check of objects that are sent to a server; objects that a server exported count as stored.

    Args:
        version: The server's; None: the version that was read, or else 1.24 where policies exist, or else the
            newest.
        stored: The objects on the server, a sent object replaces the one of its kind and name.

    Raises:
        ValueError: Unknown version.
    """
    return _RefusalCheck(Version.given(version), stored)


class _RefusalCheck:
    """See `refusal_check`."""

    def __init__(self, version: Version | None, stored: Objects | None) -> None:
        self._version = version
        self._stored = stored

    def passes(self, obj: AnyObject) -> bool:
        """See `SubmissionCheck`."""
        return is_plain(obj) and self._replaced(obj) is None

    def _replaced(self, obj: AnyObject) -> AnyObject | None:
        return None if self._stored is None else self._stored.find(obj)

    def __call__(self, read: Objects, sent: Sequence[AnyObject]) -> Iterator[Refusal | Changed]:
        """See `SubmissionCheck`."""
        stated = self._version or read.kubernetes_version or _openshift(read)
        server = stated or (V1_24 if read.policies else NEWEST)
        exported = cache(lambda: exported_files(read, server))
        for obj in sent:
            old = self._replaced(obj)
            dropped = dropped_fields(obj, server, old)
            constraints = stated is None and obj.kind == CONSTRAINTS
            errors = sent_errors(obj, OPENSHIFT if constraints else server, old)
            if (errors or dropped) and read.holds(obj) and read.document(obj).file in exported():
                continue
            for field in dropped:
                yield Changed(obj, without_fields(obj, dropped), field.words, field.at)
            for error in errors:
                changed = old is not None and error.at == ("roleRef",)
                advice = (
                    "delete the binding first (--without), or give the new one another name"
                    if changed
                    else "fix it"
                )
                yield Refusal(obj, object_refusal(obj, [error]), error.at, advice)


def _openshift(read: Objects) -> Version | None:
    """The Kubernetes version of the OpenShift release that was read."""
    return None if read.openshift_version is None else kubernetes_of(read.openshift_version)


def sent_errors(obj: AnyObject, version: Version, old: AnyObject | None = None) -> list[FieldError]:
    """The validation errors of an object that is sent; `old` is what it would replace."""
    if obj.kind == "PodSecurityPolicy":
        version = min(version, V1_24)  # no later one has any
        obj = without_fields(obj, dropped_fields(obj, version, old))
    errors = list(object_errors(obj, version) if old is None else change_errors(obj, old, version))
    if isinstance(obj, Manifest):
        errors += _pod_errors(obj, version)
    if not errors and isinstance(obj, Namespace) and version >= POD_SECURITY_SINCE:
        labels = _label_errors(obj, version)
        errors += labels if old is None or labels != _label_errors(old, version) else ()
    return errors


def _label_errors(namespace: AnyObject, version: Version) -> tuple[FieldError, ...]:
    from rbacpsp.pss.labels import Policy, policy_to_evaluate

    return policy_to_evaluate(namespace.metadata.labels, Policy(), version)[1]


def _pod_errors(manifest: Manifest, version: Version) -> Iterator[FieldError]:
    from rbacpsp.pods.defaults import TEMPLATES, set_defaults
    from rbacpsp.pods.prepare import prepare
    from rbacpsp.pods.validation import pod_errors, spec_errors

    path = TEMPLATES[manifest.kind]
    if manifest.kind == "StatefulSet" and version < STATEFUL_TEMPLATES_SINCE:
        return
    pod = prepare(manifest.kind, set_defaults(manifest.kind, manifest.body, version), version)
    if not path:
        yield from pod_errors(pod, version)
        return
    for key in path:
        pod = pod[key]
    yield from spec_errors(pod["spec"], version, FieldPath.of(*path, "spec"))
