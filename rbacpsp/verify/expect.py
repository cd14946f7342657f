"""Computes the answers that the analyzer expects of the server.

The order of steps for a pod: may the user create it, the service account, PodSecurityPolicy filling in,
the API's own validation (not judged here), Pod Security, PodSecurityPolicy once more.
Source: pkg/kubeapiserver/options/plugins.go AllOrderedPlugins and apiserver/pkg/registry (1.24).
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from rbacpsp.cluster import Cluster
from rbacpsp.model import PolicyRule, Request, User
from rbacpsp.model.json import JSONObject
from rbacpsp.pods.defaults import set_defaults
from rbacpsp.pods.prepare import prepare_pod
from rbacpsp.pods.service_account import apply_service_account
from rbacpsp.psp import Admission
from rbacpsp.rbac import Decision, RuleSet
from rbacpsp.rbac.escalation import compact_string
from rbacpsp.verify.ask import ServerRules
from rbacpsp.verify.questions import AccessQuestion, PodQuestion

_CREATE_PODS = Request("create", resource="pods")


@dataclass(frozen=True, slots=True)
class ExpectedAnswer:
    """An answer that the analyzer expects."""

    allowed: bool
    words: str
    """The reason, or the message of a refusal; empty where there is none."""
    also: frozenset[str] = frozenset()
    """Other reasons that the server may give, since it names any one grant."""
    refusals: tuple["ExpectedRefusal", ...] = ()
    """Refusals of policies that mean the same, since the server tries policies in any order."""
    policy: str | None = None
    pod: JSONObject | None = None
    """As it would be stored; None when refused, and for requests."""
    warnings: tuple[str, ...] = ()
    early: bool = False
    """A refusal that comes before the API validates the object."""
    invalid: bool = False
    """The API refuses the object as invalid."""

    def means(self, words: str) -> bool:
        """Whether the server's message means the same."""
        if self.invalid:
            return without_generated_parts(words) == without_generated_parts(self.words)
        return words in {self.words, *self.also} or any(refusal.means(words) for refusal in self.refusals)


def expect_access(cluster: Cluster, question: AccessQuestion) -> ExpectedAnswer:
    """Whether a request is allowed."""
    decision = cluster.authorize(question.user, question.request)
    return ExpectedAnswer(decision.allowed, decision.reason, frozenset(_reasons(decision)))


def _reasons(decision: Decision) -> tuple[str, ...]:
    return decision.reasons if decision.allowed else (decision.reason,)


def expect_pod(cluster: Cluster, question: PodQuestion, user: User, *, policies: bool) -> ExpectedAnswer:
    """The answer to a pod.

    Args:
        cluster: The cluster.
        question: The pod and its namespace.
        user: The user who submits it.
        policies: Whether PodSecurityPolicy is enforced.
    """
    request = Request(_CREATE_PODS.verb, resource=_CREATE_PODS.resource, namespace=question.namespace)
    decision = cluster.authorize(user, request)
    if decision.message is not None:
        return ExpectedAnswer(False, decision.message, early=True)
    admission = _admitted(cluster, question, user, policies=policies)
    policy_refusals: tuple[ExpectedRefusal, ...] = ()
    if not admission.allowed:
        words = admission.message or ""
        if admission.invalid_by:
            return ExpectedAnswer(False, words, invalid=True)
        if "unable to validate pod" not in words:
            return ExpectedAnswer(False, words, refusals=(_policies_refusal(admission),), early=True)
        policy_refusals = (_policies_refusal(admission),)
    stored_pod = admission.pod or question.pod
    security = cluster.pss_admit(stored_pod, user=user, namespace=question.namespace)
    if not security.allowed:
        return ExpectedAnswer(
            False, security.message or "", refusals=policy_refusals, warnings=security.warnings
        )
    if not admission.allowed:
        return ExpectedAnswer(False, admission.message or "", refusals=policy_refusals)
    return ExpectedAnswer(True, "", policy=admission.policy, pod=admission.pod, warnings=security.warnings)


def _admitted(cluster: Cluster, question: PodQuestion, user: User, *, policies: bool) -> Admission:
    if policies:
        return cluster.admit(question.pod, user=user, namespace=question.namespace)
    version = cluster.kubernetes_version
    pod = set_defaults("Pod", question.pod, version)
    pod.setdefault("metadata", {})["namespace"] = question.namespace
    message = apply_service_account(pod, question.namespace, cluster.objects, version)
    prepare_pod(pod, version)
    return Admission(allowed=message is None, policy=None, pod=None if message else pod, message=message)


def without_generated_parts(words: str) -> str:
    """A refusal of an invalid object without generated parts: memory addresses, and the end of a name."""
    return _MEMORY.sub("{...}", _GENERATED.sub(r"\1", words))


_MEMORY = re.compile(r"(?:core\.\w+)?\{.*?\}(?=: cannot)")
_GENERATED = re.compile(r'^(Pod ".*?-)[a-z0-9]{5}(?=" is invalid)')


def rules_difference(expected_rules: RuleSet, server_rules: ServerRules) -> tuple[list[str], list[str]]:
    """The rules that only the server lists, and those that only the analyzer lists, each as a text."""
    rules = [grant.rule for grant in expected_rules.grants]
    our_counts = Counter(_text(rule) for rule in rules if rule.resources)
    our_counts += Counter(_url_text(rule) for rule in rules if rule.non_resource_urls)
    server_counts = Counter(map(_text, server_rules.resource_rules)) + Counter(
        map(_url_text, server_rules.non_resource_rules)
    )
    our_counts += Counter(f"the error {error}" for error in set(expected_rules.errors))
    server_counts += Counter(f"the error {error}" for error in _errors(server_rules.evaluation_error))
    return sorted((server_counts - our_counts).elements()), sorted((our_counts - server_counts).elements())


def _text(rule: PolicyRule) -> str:
    return compact_string(replace(rule, non_resource_urls=()))


def _url_text(rule: PolicyRule) -> str:
    return compact_string(PolicyRule(verbs=rule.verbs, non_resource_urls=rule.non_resource_urls))


def _errors(text: str) -> set[str]:
    """The errors in a list of them, as the server joins them."""
    return set(text.removeprefix("[").removesuffix("]").split(", ")) if text else set()


def _policies_refusal(admission: Admission) -> "ExpectedRefusal":
    blocks = Counter(
        " ".join(map(str, considered.errors))
        for considered in admission.considered.values()
        if considered.usable and considered.errors
    )
    return ExpectedRefusal(admission.message or "", blocks)


@dataclass(frozen=True, slots=True)
class ExpectedRefusal:
    """The refusal of a pod by all policies."""

    words: str
    blocks: Counter[str]
    """The errors of each policy, and how many policies have exactly these."""

    def means(self, words: str) -> bool:
        """Whether the server's message is the same, with the policies' errors in any order."""
        start = self.words.partition(": [")[0] + ": ["
        if words == self.words:
            return True
        if not (words.startswith(start) and words.endswith("]") and len(words) == len(self.words)):
            return False
        return _consists_of(words[len(start) : -1], self.blocks)


def _consists_of(text: str, blocks: Counter[str]) -> bool:
    """Whether a text consists of all the blocks, separated by spaces."""
    if not blocks:
        return not text
    for block in blocks:
        remaining = text[len(block) :]
        if text.startswith(block) and (not remaining or remaining.startswith(" ")):
            remaining_blocks = blocks - Counter([block])
            if _consists_of(remaining.removeprefix(" "), remaining_blocks):
                return True
    return False


def decided_fields(pod: Mapping[str, Any]) -> JSONObject:
    """The fields of a stored pod that policies and defaults decide, such as security contexts and volumes.

    Fields that other plugins add (tolerations, a priority, fields of webhooks) and that the server generates
    are omitted.
    """
    spec = pod.get("spec") or {}
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    values: JSONObject = {
        f"spec.{key}": spec.get(key)
        for key in ("securityContext", "hostNetwork", "hostPID", "hostIPC", "serviceAccountName")
    }
    values["spec.volumes"] = sorted(_volume(volume) for volume in spec.get("volumes") or ())
    for kind in ("initContainers", "containers"):
        for container in spec.get(kind) or ():
            values[f"spec.{kind}[{container['name']}].securityContext"] = container.get("securityContext")
    values |= {
        f"metadata.annotations[{key}]": value
        for key, value in annotations.items()
        if "seccomp.security" in key or "apparmor.security" in key or key == "kubernetes.io/psp"
    }
    return {key: value for key, value in values.items() if value not in (None, {}, [], False)}


def _volume(volume: Mapping[str, Any]) -> str:
    """A volume's kind and name, without the random end of the token volume's name."""
    name = str(volume.get("name"))
    kind = next((key for key in volume if key != "name"), "emptyDir")
    return f"{kind} {'kube-api-access' if name.startswith('kube-api-access-') else name}"
