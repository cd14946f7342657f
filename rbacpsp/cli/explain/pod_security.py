"""Explains a violation of Pod Security: the label that requires the level, the fields at fault, the patch."""

import json
import re
import shlex

from rbacpsp.admission.refusals.pod_security import NamespaceWarning, PodSecurityRefusal, Violation
from rbacpsp.cli.explain.context import ExplanationContext, Parts, title
from rbacpsp.cli.explain.manifest_lines import Lines, file_of, lines_of
from rbacpsp.cli.next_step import next_step
from rbacpsp.model import Manifest, Namespace
from rbacpsp.pss.checks import find_check
from rbacpsp.pss.evaluate import Failure, evaluator_for
from rbacpsp.pss.fix import fix
from rbacpsp.pss.labels import LABEL_PREFIX
from rbacpsp.pss.levels import LevelVersion, server_of, version_text
from rbacpsp.pss.reading import read_pod

_CHECKS = {
    "allowPrivilegeEscalation": "allowPrivilegeEscalation",
    "forbidden AppArmor profile": "appArmorProfile",
    "host namespaces": "hostNamespaces",
    "hostPath volumes": "hostPathVolumes",
    "hostPort": "hostPorts",
    "hostProcess": "windowsHostProcess",
    "non-default capabilities": "capabilities_baseline",
    "privileged": "privileged",
    "probe or lifecycle host": "hostProbesAndHostLifecycle",
    "procMount": "procMount",
    "restricted volume types": "restrictedVolumes",
    "runAsNonRoot": "runAsNonRoot",
    "runAsUser": "runAsUser",
    "seLinuxOptions": "seLinuxOptions",
    "seccompProfile": "seccompProfile_restricted",
    "forbidden sysctls": "sysctls",
    "unrestricted capabilities": "capabilities_restricted",
}
"""The check for the beginning of each reason."""
_CONTAINER = re.compile(r'containers? ("[^"]+"(?:, "[^"]+")*)')


def explain(refused: PodSecurityRefusal, context: ExplanationContext) -> Parts:
    """What a violation means for a cluster, and what to run next."""
    level = _level(refused.level)
    yield "it says", _refusal_words(refused)
    for violation in refused.violations:
        yield "check", _check(violation)
    if refused.cut:
        yield "note", "the message is cut off here: there may be more checks"
    makers = context.makers(refused.pod or context.about.name)
    maker = makers[0] if makers else None
    yield from _demanded(refused, maker, context)
    if maker is not None and level is not None:
        yield from _here(refused, maker, level, context)
    elif not makers and refused.pod:
        yield "here", "no loaded object makes a pod of this name"
    yield from _next(refused, maker, context)


def _refusal_words(refused: PodSecurityRefusal) -> str:
    if refused.warning:
        return (
            "nothing was refused: this is a warning that its pods would violate the level "
            f"{refused.level}, and are refused if the namespace enforces it"
        )
    pod = f"the pod {refused.pod}" if refused.pod else "the pod"
    made = ", which a controller was creating," if refused.pod.endswith("-") else ""
    return f"{pod}{made} was refused by Pod Security: it violates the level {refused.level}"


def _level(text: str) -> LevelVersion | None:
    """The level of a message, as far as it can be read."""
    try:
        return LevelVersion.parse(text)
    except ValueError:
        return None


def check_of(reason: str) -> str:
    """The id of the check that gives a reason; empty for one that is not known."""
    return next((check for beginning, check in _CHECKS.items() if reason.startswith(beginning)), "")


def _check(violation: Violation) -> str:
    name = check_of(violation.reason)
    demand = f"{find_check(name).demand} " if name else ""
    detail = f": {violation.detail}" if violation.detail else ""
    return f"{demand}{violation.reason}{detail}"


def _demanded(refused: PodSecurityRefusal, manifest: Manifest | None, context: ExplanationContext) -> Parts:
    namespace_name = context.namespace or (manifest.namespace or "default" if manifest is not None else None)
    if namespace_name is None:
        yield "demanded by", f"the labels {LABEL_PREFIX}* of the pod's namespace, or the server's own default"
        return
    namespace = context.cluster.objects.namespaces.get(namespace_name)
    modes = ("warn", "audit", "enforce") if refused.warning else ("enforce",)
    level = refused.level.partition(":")[0]
    shown = [
        f"{LABEL_PREFIX}{mode}={_label(namespace, mode)}"
        for mode in modes
        if _label(namespace, mode) == level
    ]
    version = [
        f"{LABEL_PREFIX}{mode}-version={value}"
        for mode in modes
        if (value := _label(namespace, f"{mode}-version"))
    ]
    if shown:
        yield "demanded by", f"the label {' and '.join(shown + version)} of namespace {namespace_name}"
        return
    other = _label(namespace, modes[-1])
    here = f"it has {LABEL_PREFIX}{modes[-1]}={other} here" if other else "it has no such label here"
    yield (
        "demanded by",
        (
            f"a label {LABEL_PREFIX}{modes[0]}={level} of namespace {namespace_name} ({here}), "
            "or the server's own default from its admission configuration"
        ),
    )


def _label(namespace: Namespace | None, mode: str) -> str:
    return namespace.metadata.labels.get(f"{LABEL_PREFIX}{mode}", "") if namespace is not None else ""


def _here(
    refused: PodSecurityRefusal, maker: Manifest, level: LevelVersion, context: ExplanationContext
) -> Parts:
    yield "made by", title(maker)
    lines = lines_of(context.cluster, maker)
    server = server_of(context.cluster.kubernetes_version)
    body = {**maker.body, "kind": maker.kind}
    failures = evaluator_for(server).evaluate(read_pod(body, server), level).failures
    yield from _debugged(refused, maker)
    for failure in failures:
        yield "here", _failure(failure, lines)
    if not failures:
        yield "here", f"the loaded {maker.kind} {maker.name} meets {level}"
        return
    fixed = fix(body, level.level, version_text(level.version), context.cluster.kubernetes_version)
    for edit in fixed.edits:
        where = lines(edit.field)
        yield "fix", f"{edit.field}: {json.dumps(edit.value)}{f' ({where})' if where else ''}"
    for unfixed in fixed.remaining:
        yield "by hand", f"{unfixed.failure.reason} ({', '.join(unfixed.failure.fields)}): {unfixed.why}"
    if fixed.patch and maker.name:
        kind = maker.kind.lower()
        patch = json.dumps(fixed.patch, separators=(",", ":"))
        words = ("patch", kind, maker.name, "-n", maker.namespace or "default", "--patch", patch)
        yield "patch", " ".join(["kubectl", *map(shlex.quote, words)])


def _failure(failure: Failure, lines: Lines) -> str:
    fields = []
    for field in failure.fields:
        where = lines(field)
        fields.append(f"{field} ({where})" if where else field)
    detail = f" ({failure.detail})" if failure.detail else ""
    return f"{failure.reason}{detail}: {', '.join(fields)}"


def _debugged(refused: PodSecurityRefusal, maker: Manifest) -> Parts:
    """Names the containers of the message that the workload does not have, since somebody added them."""
    named = {
        name
        for violation in refused.violations
        for match in _CONTAINER.finditer(violation.detail)
        for name in re.findall(r'"([^"]+)"', match[1])
    }
    in_template = {str(container.get("name")) for container in _containers(maker.body)}
    added = sorted(named - in_template)
    if added and in_template:
        yield (
            "container",
            (
                f"{', '.join(added)} is not a container of {maker.kind} {maker.name}: kubectl debug "
                "or a webhook adds it; with kubectl debug, --profile=restricted (or baseline) makes "
                "one that meets the level"
            ),
        )


def _containers(value: object) -> list[dict[str, object]]:
    """The containers of every pod template in a value."""
    if isinstance(value, list):
        return [container for item in value for container in _containers(item)]
    if not isinstance(value, dict):
        return []
    containers = []
    for key, member in value.items():
        if key in {"containers", "initContainers", "ephemeralContainers"} and isinstance(member, list):
            containers += [item for item in member if isinstance(item, dict)]
        elif key in {"spec", "template", "jobTemplate"}:
            containers += _containers(member)
    return containers


def _next(refused: PodSecurityRefusal, maker: Manifest | None, context: ExplanationContext) -> Parts:
    level, _, version = refused.level.partition(":")
    versioned = [("--version", version)] if version and version != "latest" else []
    file = "FILE"
    file_note = ""
    if maker is not None:
        read = file_of(context.cluster, maker)
        file = read or file
        file_note = "" if read else f" (FILE holds {maker.kind} {maker.name})"
    options = (("--level", level), *versioned, ("--fix",))
    yield "next", f"{next_step('psa check', file, options=options, source=None)}{file_note}"
    checks = dict.fromkeys(filter(None, (check_of(violation.reason) for violation in refused.violations)))
    for check in list(checks)[:2]:
        yield "next", next_step("psa explain", check, source=None)


def explain_namespace(refused: NamespaceWarning, context: ExplanationContext) -> Parts:
    """What a warning about the pods of a namespace means, and what to run next."""
    yield (
        "it says",
        (
            f"the label of namespace {refused.namespace} was accepted and is in effect: "
            f"enforce={refused.level}. The pods that run there continue to run, but some would not be "
            "admitted again"
        ),
    )
    for pod in refused.pods:
        others = f" and {pod.others} other pods" if pod.others else ""
        yield "pods", f"{pod.name}{others} violate: {', '.join(pod.reasons)}"
        for reason in pod.reasons:
            name = check_of(reason)
            if name:
                yield "check", f"{reason}: {find_check(name).demand}"
        makers = [
            maker for maker in context.makers(pod.name) if (maker.namespace or "default") == refused.namespace
        ]
        if makers:
            yield "made by", title(makers[0])
    if refused.cut:
        yield "note", "the message is cut off here: the next lines name the pods"
    yield (
        "remedy",
        (
            "fix the workloads before their pods are created again (a rollout, a drained node), or "
            "label the namespace with a level that they meet"
        ),
    )
    word = f"{refused.namespace}={refused.level}"
    yield "next", next_step("psa label", word, source=context.source)
    yield "next", next_step("psa suggest", source=context.source)
