"""Dispatches each kind of workload to its validation, on creation."""

from collections.abc import Callable, Iterator, Mapping

from rbacpsp.admission.validation.workloads.apps import (
    daemon_set_errors,
    deployment_errors,
    replica_set_errors,
    stateful_set_errors,
)
from rbacpsp.admission.validation.workloads.jobs import cron_job_errors, job_errors
from rbacpsp.admission.validation.workloads.replication import (
    pod_template_errors,
    replication_controller_errors,
)
from rbacpsp.model.field_error import FieldError
from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version

SpecErrors = Callable[[JSONObject, Version], Iterator[FieldError]]

BY_SPEC: Mapping[str, SpecErrors] = FrozenDict(
    {
        "DaemonSet": daemon_set_errors,
        "Deployment": deployment_errors,
        "ReplicaSet": replica_set_errors,
        "StatefulSet": stateful_set_errors,
        "CronJob": cron_job_errors,
    }
)
"""The kinds that need only their spec."""


def workload_errors(
    kind: str, body: JSONObject, submitted: JSONObject, version: Version
) -> Iterator[FieldError]:
    """What is wrong with a workload that is created, except for its metadata, in the server's order.

    Args:
        kind: Its kind.
        body: With the template defaulted and prepared.
        submitted: As it was sent.
        version: The server's.
    """
    spec = body.get("spec", {})
    match kind:
        case "Job":
            yield from job_errors(body.get("metadata", {}).get("name", ""), body, version)
        case "ReplicationController":
            templated = submitted.get("spec", {}).get("template") is not None
            yield from replication_controller_errors(spec, version, templated=templated)
        case "PodTemplate":
            yield from pod_template_errors(body.get("template", {}), version)
        case _:
            yield from BY_SPEC[kind](spec, version)
