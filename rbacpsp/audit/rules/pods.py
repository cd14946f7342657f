"""Pods and workloads with more access than they should have, and namespaces that admit them."""

from collections.abc import Iterator

from rbacpsp.audit.escapes import Escape, escape
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.pod_specs import (
    LoadedPod,
    account_of,
    containers,
    part,
    parts,
    pod_specs,
    tokens,
)
from rbacpsp.audit.references import (
    CIS_PRIVILEGED,
    CIS_SECRETS,
    CIS_TOKENS_MOUNTED,
    CONTAINER_API,
    ESCAPE,
    LEAST_PRIVILEGE,
    NSA_POD_SECURITY,
    NSA_POD_TOKENS,
    NSA_SECRETS,
    PSA,
    STEAL_TOKEN,
)
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import Manifest, Subject, Version
from rbacpsp.pss.evaluate import evaluate

_PSA_IS_ON = Version(1, 23)
_POLICIES_ARE_GONE = Version(1, 25)
_PREFIX = "pod-security.kubernetes.io/"
_ENFORCE = f"{_PREFIX}enforce"
_BOOTSTRAP_NAMESPACES = {
    "kube-node-lease": "Kubernetes creates it for the leases of nodes",
    "kube-public": "Kubernetes creates it for what everybody may read",
    "kube-system": "Kubernetes' own components run there",
}
_DEFAULT = "Kubernetes creates it, and the server may enforce a default Pod Security level"


def _powerful(view: View, rule: Rule) -> Iterator[Finding]:
    for pod in pod_specs(view):
        for token in tokens(view, pod):
            worst = view.powerful.get(Subject("ServiceAccount", token.account, pod.namespace))
            if worst is None:
                continue
            runs = f"It runs as service account {token.account}"
            if token.account != account_of(pod.spec):
                runs = f"It holds the token of service account {token.account}"
            token_words = "" if token.how == "mounts its token" else f" and {token.how}"
            everywhere = pod.manifest.kind == "DaemonSet"
            on_each = " A DaemonSet puts the token on every node." if everywhere else ""
            gives = f"{worst.rule.id} {worst.rule.title}, {worst.where}"
            yield Finding(
                rule,
                rule.graded(Severity.HIGH) if everywhere else rule.severity,
                scope=pod.namespace,
                about=pod.manifest,
                detail=f"{runs}{token_words}: {gives}.{on_each}{_template_words(pod)}",
                brief=_brief(pod, token.account),
            )


def _brief(pod: LoadedPod, account: str) -> str:
    """What distinguishes this finding from others about the same object: the template and the account."""
    other = account if account != account_of(pod.spec) else ""
    return ", ".join(filter(None, (pod.where, other)))


def _template_words(pod: LoadedPod) -> str:
    return f" Its pod template is at {pod.where}." if pod.where else ""


def _privileged(view: View, rule: Rule) -> Iterator[Finding]:
    for pod in pod_specs(view):
        out = escape(view, pod)
        if out.all:
            yield Finding(
                rule,
                rule.severity if out.takes else rule.graded(Severity.LOW),
                scope=pod.manifest.namespace,
                about=pod.manifest,
                detail=f"{_escape_words(out)}{_template_words(pod)}",
                ruled_out="a static pod: its node runs it from a file" if pod.is_static else "",
                brief=pod.where,
            )


def _escape_words(out: Escape) -> str:
    has = f"It has {', '.join(out.all)}."
    if out.takes:
        return f"{has} Whoever is in the pod can take over its node."
    return f"{has} That alone is not enough to take over the node."


def _secrets_in_environment(view: View, rule: Rule) -> Iterator[Finding]:
    for pod in pod_specs(view):
        names = set()
        for container in containers(pod.spec):
            for variable in parts(container, "env"):
                names.add(part(part(variable, "valueFrom"), "secretKeyRef").get("name"))
            for source in parts(container, "envFrom"):
                names.add(part(source, "secretRef").get("name"))
        secrets = sorted(name for name in names if isinstance(name, str))
        if secrets:
            text = f"Its environment holds the secrets {', '.join(secrets)}.{_template_words(pod)}"
            scope, about = pod.manifest.namespace, pod.manifest
            yield Finding(rule, rule.severity, scope=scope, about=about, detail=text, brief=pod.where)


def _psa_decides(view: View) -> bool:
    """Whether the cluster relies on Pod Security Admission to restrict pods."""
    version = view.version
    return version >= _POLICIES_ARE_GONE or (version >= _PSA_IS_ON and not view.objects.policies)


def _refused_by_baseline(view: View, namespace: str) -> list[LoadedPod]:
    """The pods and workloads of a namespace that the baseline level would refuse, by their titles."""
    refused = (
        pod
        for pod in view.lasting(_by_namespace).get(namespace, ())
        if not view.objects.is_custom(pod.manifest) and _fails_baseline(pod.manifest)
    )
    return sorted(refused, key=lambda pod: pod.title)


def _by_namespace(view: View) -> dict[str, list[LoadedPod]]:
    by_namespace: dict[str, list[LoadedPod]] = {}
    for pod in pod_specs(view):
        by_namespace.setdefault(pod.namespace, []).append(pod)
    return by_namespace


def _fails_baseline(manifest: Manifest) -> bool:
    try:
        return not evaluate(manifest, level="baseline").allowed
    except ValueError:
        return False


def _no_level(view: View, rule: Rule) -> Iterator[Finding]:
    for namespace in view.objects.namespaces.values():
        labels = namespace.metadata.labels
        level = labels.get(_ENFORCE, "privileged")
        if level == "privileged":
            refused = _refused_by_baseline(view, namespace.name)
            refused_words = (
                f" The baseline level would refuse {', '.join(pod.title for pod in refused)}."
                if refused
                else ""
            )
            bare = not any(label.startswith(_PREFIX) for label in labels)
            label_words = "It has no Pod Security label. " if bare else ""
            yield Finding(
                rule,
                rule.graded(Severity.MEDIUM) if refused else rule.severity,
                scope=namespace.name,
                about=namespace,
                detail=f"{label_words}The privileged level applies, which refuses no pod, unless the "
                f"server's configuration sets a stricter default.{refused_words}",
                remedy=f"label namespace {namespace.name} with {_ENFORCE}=baseline or =restricted",
                ruled_out=_why_no_level(view, namespace.name),
                breaks=tuple(
                    pod.qualified_title
                    for pod in refused
                    if pod.manifest.kind != "PodTemplate" and not pod.is_static
                ),
            )


def _why_no_level(view: View, namespace: str) -> str:
    """Why a namespace needs no level: Kubernetes creates it, and `default` is not used by any loaded pod."""
    if namespace == "default" and (view.version_is_assumed or namespace not in view.lasting(_by_namespace)):
        return _DEFAULT
    return _BOOTSTRAP_NAMESPACES.get(namespace, "")


RULES = (
    Rule(
        id="RBP130",
        name="powerful-pods",
        title="A pod runs as a powerful service account",
        severity=Severity.MEDIUM,
        why="Whoever breaks into the pod, or is root on its node, gets the token of its service account.",
        gain="The permissions of the service account, from within the pod.",
        remedy="Give the workload its own service account with only what it needs, or do not mount the "
        "token.",
        references=(CIS_TOKENS_MOUNTED, NSA_POD_TOKENS, LEAST_PRIVILEGE, STEAL_TOKEN),
        check=_powerful,
    ),
    Rule(
        id="RBP131",
        name="privileged-pods",
        title="A pod can reach into its node",
        severity=Severity.MEDIUM,
        why="Privileged containers, host namespaces, powerful capabilities and host paths let a process "
        "leave its pod.",
        gain="The node, and the tokens of every pod on it.",
        remedy="Remove what is not needed; run pods that need it in a namespace of their own.",
        references=(CIS_PRIVILEGED, NSA_POD_SECURITY, ESCAPE, PSA),
        check=_privileged,
    ),
    Rule(
        id="RBP132",
        name="secrets-in-environment",
        title="A pod has secrets in its environment",
        severity=Severity.INFO,
        why="Environment variables end up in logs and crash reports, and every process of the container can "
        "read them.",
        gain="The secrets, from any output that shows the environment variables.",
        remedy="Mount the secrets as files.",
        references=(CIS_SECRETS, NSA_SECRETS, CONTAINER_API),
        check=_secrets_in_environment,
    ),
    Rule(
        id="RBP133",
        name="no-pod-security-level",
        title="A namespace admits every pod",
        severity=Severity.LOW,
        why="Without a Pod Security level, whoever may create pods or workloads in the namespace may take "
        "over a node.",
        gain="Root on a node, for everybody who may create pods in the namespace.",
        remedy="Enforce at least the baseline level; the restricted level where possible.",
        references=(PSA, CIS_PRIVILEGED, NSA_POD_SECURITY, ESCAPE),
        check=_no_level,
        applies=_psa_decides,
    ),
)
