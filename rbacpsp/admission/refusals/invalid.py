"""Objects that the API server's validation refuses, in the words `KIND "NAME" is invalid: ...`.

Sources: pkg/apis/core/validation, pkg/apis/policy/validation and pkg/apis/rbac/validation (1.24);
k8s.io/pod-security-admission api/helpers.go.
"""

from functools import partial

from rbacpsp.admission.refusals.explanations import KnownMessage, find_all
from rbacpsp.admission.refusals.form import Form, pattern

_KIND = r"(?P<kind>[A-Z]\w*)(?:\.[a-z][a-z0-9.\-]*)?"
"""A kind, with its group as servers write it and without as kubectl does."""
_HEAD = rf"(?<![\w.\-])(?:The )?{_KIND} (?P<name>@) is invalid: "

KNOWN_MESSAGES = (
    KnownMessage(
        "escalation-of-a-privileged-container",
        "the API server's validation",
        pattern(
            _HEAD
            + r"(?:(?!is invalid:)[\s\S]){0,4000}?cannot set [`']allowPrivilegeEscalation[`'] to false and "
            r"[`']?(?P<what>privileged|capabilities\.Add)[`']?(?: to true| CAP_SYS_ADMIN)?\]?"
        ),
        "{kind} {name} sets allowPrivilegeEscalation: false together with {what}, which every server rejects",
        (
            (
                "no policy refused it: if the manifest leaves the field out, the PodSecurityPolicy "
                "that admitted the pod set allowPrivilegeEscalation to false in a container that is "
                "privileged or adds SYS_ADMIN"
            ),
            (
                "set allowPrivilegeEscalation: true in that container, or let its pods use a policy with "
                "allowPrivilegeEscalation: true and without defaultAllowPrivilegeEscalation: false"
            ),
        ),
    ),
    KnownMessage(
        "pod-security-label",
        "the PodSecurity admission plugin",
        pattern(
            _HEAD + r"\[?metadata\.labels\[(?P<label>pod-security\.kubernetes\.io/[a-z\-]+)\]: "
            r"Invalid value: (?P<value>@): must be (?:one of privileged, baseline, restricted|\"latest\" "
            r"or \"v1\.x\")"
        ),
        "the value {value} of the label {label} on Namespace {name} is not allowed: the label was not stored",
        ("write one of the values that the message lists; the nearest is {nearest}",),
    ),
    KnownMessage(
        "role-ref-changed",
        "the API server's validation",
        pattern(
            r"(?<!\w)(?:The )?(?P<kind>(?:Cluster)?RoleBinding)(?:\.rbac\.authorization\.k8s\.io)? "
            r"(?P<name>@) is "
            r"invalid: \[?roleRef: "
            r"Invalid value: "
            r"(?:(?!is invalid:)[\s\S]){0,600}?cannot change roleRef"
        ),
        "{kind} {name} already exists, and the role that a binding refers to can never be changed",
        (
            (
                "delete the binding and create it again: kubectl delete {lower} {name} (its subjects "
                "lose the old role in between), or kubectl auth reconcile -f FILE, which does both"
            ),
            (
                "with Helm, Flux or Argo: force the replacement of this one object, or give the new binding "
                "another name"
            ),
        ),
    ),
    KnownMessage(
        "pod-changed",
        "the API server's validation",
        pattern(
            _HEAD + r"(?:(?!is invalid:)[\s\S]){0,2000}?"
            r"pod updates may not (?P<what>change fields other than|add or remove containers)[^\n]*"
        ),
        "Pod {name} already exists, and only a few fields of a pod may be changed: its images, more "
        "tolerations, an earlier deadline",
        (
            (
                "delete the pod and create it again (kubectl replace --force -f FILE), or change the "
                "workload that creates it: its controller then creates new pods"
            ),
        ),
    ),
    KnownMessage(
        "field-immutable",
        "the API server's validation",
        pattern(
            _HEAD + r"\[?(?P<field>(?:spec|template|data|roleRef|provisioner|parameters|reclaimPolicy|"
            r"volumeBindingMode|handler|value)[\w.\[\]]*)"
            r": (?:(?!is invalid:)[\s\S]){0,4000}?field is immutable(?: when `immutable` is set)?"
        ),
        "{kind} {name} already exists, and its {field} can never be changed",
        (
            (
                "delete it and create it again (kubectl replace --force -f FILE; its pods stop in "
                "between), or give the new one another name; permissions and policies do not matter "
                "here"
            ),
        ),
    ),
    KnownMessage(
        "privileged-not-allowed",
        "the API server's validation",
        pattern(
            _HEAD + r"(?:(?!is invalid:)[\s\S]){0,2000}?\.privileged: (?:Forbidden|Invalid value: \S+): "
            r"disallowed by (?:cluster )?policy"
        ),
        "{kind} {name} has a privileged container, and the API server runs with --allow-privileged=false",
        (
            (
                "no PodSecurityPolicy and no Pod Security level refused it: start the API server "
                "with --allow-privileged=true, or remove privileged: true from the container"
            ),
        ),
    ),
    KnownMessage(
        "policy-invalid",
        "the API server's validation",
        pattern(r"(?<!\w)(?:The )?PodSecurityPolicy(?:\.policy)? (?P<name>@) is invalid: (?P<errors>[^\n]+)"),
        "PodSecurityPolicy {name} was not stored: {errors}",
        ("fix the field that the message names: a policy that is not stored admits nothing",),
    ),
    KnownMessage(
        "rbac-invalid",
        "the API server's validation",
        pattern(
            r"(?<!\w)(?:The )?(?P<kind>(?:Cluster)?Role(?:Binding)?)(?:\.rbac\.authorization\.k8s\.io)? "
            r"(?P<name>@) is invalid: "
            r"(?P<errors>[^\n]+)"
        ),
        "{kind} {name} was not stored: {errors}",
        ("fix the field that the message names: nothing is granted by an object that is not stored",),
    ),
    KnownMessage(
        "object-invalid",
        "the API server's validation",
        pattern(_HEAD + r"(?P<errors>[^\n]+)"),
        "{kind} {name} was not stored: {errors}",
        ("fix the fields that the message names; permissions and policies do not matter here",),
    ),
    KnownMessage(
        "unknown-field",
        "the API server, which reads the manifest strictly",
        pattern(r"strict decoding error: (?P<errors>[^\n]+)"),
        "the manifest has a field that the API does not have, or has one twice: {errors}",
        (
            (
                "correct the spelling and the position of the field: kubectl explain KIND.FIELD "
                "lists the fields; permissions and policies do not matter here"
            ),
        ),
    ),
    KnownMessage(
        "not-decoded",
        "the API server, which cannot read the manifest",
        pattern(
            r"(?<!\w)(?P<kind>[A-Z]\w*) in version (?P<version>@) cannot be handled as an? \w+: "
            r"(?P<errors>[^\n]+)"
        ),
        "the {kind} has a field of the wrong type: {errors}",
        (
            (
                "fix the field: write a number or true in quotes where a string is expected, and a "
                "number without quotes where a number is expected; permissions and policies do not "
                "matter here"
            ),
        ),
    ),
    KnownMessage(
        "unknown-to-kubectl",
        "kubectl, which compares the manifest with the API's schema",
        pattern(
            r"error validating data: (?P<errors>(?:(?!; if you choose)[^\n])+)"
            r"(?:; if you choose to ignore these errors[^\n]*)?"
        ),
        "the manifest does not fit the API: {errors}",
        (
            (
                "correct the spelling and the position of what it names (kubectl explain "
                "KIND.FIELD): with --validate=false an unknown field is dropped without a message"
            ),
        ),
    ),
)


FORM = Form(
    name="an object that is invalid",
    example='The Namespace "x" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid '
    'value: "restrict": must be one of privileged, baseline, restricted',
    find=partial(find_all, KNOWN_MESSAGES),
    hints=("is invalid:", "cannot be handled as"),
)
