"""Pods and workloads that hold more than they should, and namespaces that let them."""

from collections.abc import Iterator

from rbacpsp.audit.finding import Finding
from rbacpsp.audit.pod_specs import (
    account_of,
    containers,
    is_mounted,
    manifests,
    out_of_pod,
    part,
    parts,
    spec_of,
)
from rbacpsp.audit.references import (
    CIS_PRIVILEGED,
    CIS_SECRETS,
    CIS_TOKENS_MOUNTED,
    CONTAINER_API,
    ESCAPE,
    LEAST_PRIVILEGE,
    PSA,
    STEAL_TOKEN,
)
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import Subject, Version

_PSA_IS_ON = Version(1, 23)
_POLICIES_ARE_GONE = Version(1, 25)
_ENFORCE = "pod-security.kubernetes.io/enforce"
_BROUGHT = {
    "kube-node-lease": "Kubernetes brings it for the leases of nodes",
    "kube-public": "Kubernetes brings it for what everybody may read",
    "kube-system": "Kubernetes' own components run there",
}


def _powerful(view: View, rule: Rule) -> Iterator[Finding]:
    for manifest in manifests(view):
        spec = spec_of(manifest)
        name = account_of(spec)
        namespace = manifest.namespace or "default"
        worst = view.powerful.get(Subject("ServiceAccount", name, namespace))
        if worst is not None and is_mounted(view, spec, namespace, name):
            yield Finding(
                rule,
                rule.severity,
                scope=namespace,
                about=manifest,
                detail=f"It runs as service account {name}: {worst.rule.id} {worst.rule.title}, "
                f"{worst.where}.",
            )


def _privileged(view: View, rule: Rule) -> Iterator[Finding]:
    for manifest in manifests(view):
        dangers = out_of_pod(spec_of(manifest))
        if dangers:
            static = any(owner.kind == "Node" for owner in manifest.metadata.owner_references)
            yield Finding(
                rule,
                rule.severity,
                scope=manifest.namespace,
                about=manifest,
                detail=f"It has {', '.join(dangers)}.",
                ruled_out="a static pod: its node runs it from a file" if static else "",
            )


def _secrets_in_environment(view: View, rule: Rule) -> Iterator[Finding]:
    for manifest in manifests(view):
        names = set()
        for container in containers(spec_of(manifest)):
            for each in parts(container, "env"):
                names.add(part(part(each, "valueFrom"), "secretKeyRef").get("name"))
            for each in parts(container, "envFrom"):
                names.add(part(each, "secretRef").get("name"))
        found = sorted(name for name in names if isinstance(name, str))
        if found:
            text = f"Its environment holds the secrets {', '.join(found)}."
            yield Finding(rule, rule.severity, scope=manifest.namespace, about=manifest, detail=text)


def _psa_decides(view: View) -> bool:
    """Whether Pod Security Admission is what limits pods here."""
    version = view.version
    return version is not None and (
        version >= _POLICIES_ARE_GONE or (version >= _PSA_IS_ON and not view.objects.policies)
    )


def _no_level(view: View, rule: Rule) -> Iterator[Finding]:
    for namespace in view.objects.namespaces.values():
        level = namespace.metadata.labels.get(_ENFORCE, "privileged")
        if level == "privileged":
            yield Finding(
                rule,
                rule.severity,
                scope=namespace.name,
                about=namespace,
                detail="The privileged level is enforced, which refuses nothing, unless the server's "
                "configuration says more.",
                remedy=f"label namespace {namespace.name} with {_ENFORCE}=baseline or =restricted",
                ruled_out=_BROUGHT.get(namespace.name, ""),
            )


RULES = (
    Rule(
        id="RBP130",
        name="powerful-pods",
        title="A pod runs as a powerful service account",
        severity=Severity.MEDIUM,
        why="Whoever breaks into the pod, or is root on its node, holds the token of its service account.",
        gain="The permissions of the service account, from within the pod.",
        remedy="Give the workload its own service account with what it needs, or do not mount the token.",
        references=(CIS_TOKENS_MOUNTED, LEAST_PRIVILEGE, STEAL_TOKEN),
        check=_powerful,
    ),
    Rule(
        id="RBP131",
        name="privileged-pods",
        title="A pod reaches into its node",
        severity=Severity.MEDIUM,
        why="Privileged containers, host namespaces, powerful capabilities and host paths lead out of the "
        "pod.",
        gain="The node, and the tokens of every pod on it.",
        remedy="Remove what is not needed; run what is needed in a namespace of its own.",
        references=(CIS_PRIVILEGED, ESCAPE, PSA),
        check=_privileged,
    ),
    Rule(
        id="RBP132",
        name="secrets-in-environment",
        title="A pod has secrets in its environment",
        severity=Severity.INFO,
        why="Environments end up in logs and crash reports, and are readable by every process of the "
        "container.",
        gain="The secrets, from whatever prints the environment.",
        remedy="Mount the secrets as files.",
        references=(CIS_SECRETS, CONTAINER_API),
        check=_secrets_in_environment,
    ),
    Rule(
        id="RBP133",
        name="no-pod-security-level",
        title="A namespace refuses no pod",
        severity=Severity.LOW,
        why="Without a Pod Security level whoever may create pods or workloads there may take over a node.",
        gain="Root on a node, for every author of pods in the namespace.",
        remedy="Enforce the baseline level at least, restricted where it is possible.",
        references=(PSA, CIS_PRIVILEGED, ESCAPE),
        check=_no_level,
        applies=_psa_decides,
    ),
)
