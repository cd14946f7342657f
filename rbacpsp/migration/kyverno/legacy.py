"""The ClusterPolicy of `kyverno.io/v1`, which Kyverno had before 1.14: it validates, and fills in nothing.

Its rules use the same CEL; its mutate rules (a patch or JMESPath) cannot choose among policies.
"""

from rbacpsp.migration.kyverno.manifests import with_escaped_literals
from rbacpsp.migration.kyverno.requesters import TEMPLATES
from rbacpsp.migration.kyverno.validating import cel_rule
from rbacpsp.migration.labels import JUDGED
from rbacpsp.migration.task import MigrationTask
from rbacpsp.model.json import JSONObject

API_VERSION = "kyverno.io/v1"
AUTOGEN = {"pod-policies.kyverno.io/autogen-controllers": ",".join(TEMPLATES)}
"""The annotation that names the workloads for whose templates Kyverno generates rules."""


def pods_policy_spec(task: MigrationTask) -> JSONObject:
    """The spec of the ClusterPolicy for pods, and for the templates of their controllers."""
    return _spec(task, "pods", "Pod", ["CREATE", "UPDATE"])


def debugging_policy_spec(task: MigrationTask) -> JSONObject:
    """The spec of the ClusterPolicy for containers that are added to a running pod.

    Kyverno generates rules for templates only from policies that match nothing but pods.
    """
    return _spec(task, "ephemeral-containers", "Pod/ephemeralcontainers", ["UPDATE"])


def _spec(task: MigrationTask, name: str, kind: str, operations: list[str]) -> JSONObject:
    rule_in_cel, options = cel_rule(task), task.options
    rule: JSONObject = {
        "name": name,
        "match": {"any": [{"resources": {"kinds": [kind], "operations": operations}}]},
        "celPreconditions": [{"name": "more-than-owners-and-finalizers", "expression": JUDGED}],
        "validate": {
            "failureAction": "Enforce" if "Deny" in options.actions else "Audit",
            "cel": {"variables": rule_in_cel.variables, "expressions": [rule_in_cel.validation]},
        },
    }
    if options.excluded_namespaces:
        rule["exclude"] = {"any": [{"resources": {"namespaces": list(options.excluded_namespaces)}}]}
    spec: JSONObject = {
        "admission": True,
        "background": False,
        "webhookConfiguration": {"failurePolicy": "Fail"},
        "rules": [rule],
    }
    if "Warn" in options.actions:
        spec["emitWarning"] = True
    return with_escaped_literals(spec)
