"""Builds the frames of workloads and of the Pod Security of namespaces."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd

from rbacpsp.frames.table import columns, joined, table
from rbacpsp.model import Manifest, Objects, Version
from rbacpsp.model.json import JSONObject
from rbacpsp.pods.templates import pods_of
from rbacpsp.pss import read_config
from rbacpsp.pss.levels import version_text
from rbacpsp.pss.suggest import Suggestion, suggest
from rbacpsp.simulate import Row, Simulation
from rbacpsp.simulate.owners import Owners

_ORDER = ("namespace", "kind", "name")


def workload_rows(simulation: Simulation) -> pd.DataFrame:
    """One row for each workload, and pod without one, with the verdict of policies."""
    return table("workloads", columns("workloads", map(_of_row, simulation)), _ORDER)


def _of_row(row: Row) -> tuple[Any, ...]:
    return (
        row.namespace,
        row.kind,
        row.name,
        _account(row.namespace, row.account),
        row.account,
        row.creator.name if row.creator else "",
        len(row.pods),
        row.verdict.value,
        row.refused,
        joined(row.policies),
        joined(name for name in row.recorded if name),
        row.message or "",
        "; ".join(row.notes),
    )


def _account(namespace: str, name: str) -> str:
    return f"ServiceAccount/{namespace}:{name}" if name else ""


def without_policies(objects: Objects, version: Version) -> pd.DataFrame:
    """The same rows for a server that has no PodSecurityPolicy."""
    return table("workloads", columns("workloads", _plain_rows(objects, version)), _ORDER)


def _plain_rows(objects: Objects, version: Version) -> Iterator[tuple[Any, ...]]:
    owners = Owners((*objects.workloads.values(), *objects.customs.values()))
    tops = {id(pod): owners.chain(pod).top for pod in objects.pods.values()}
    counts = Counter(id(top) for top in tops.values() if top is not None)
    for workload in objects.workloads.values():
        if owners.chain(workload).top is None:
            yield _plain(workload, _template_account(workload, version), counts[id(workload)])
    for pod in objects.pods.values():
        if tops[id(pod)] is None:
            yield _plain(pod, _spec_account(pod.body), 1)


def _plain(manifest: Manifest, account: str, pods: int) -> tuple[Any, ...]:
    namespace = manifest.namespace or "default"
    head = (namespace, manifest.kind, manifest.name, _account(namespace, account), account)
    return (*head, "", pods, "", False, "", "", "", "")


def _template_account(workload: Manifest, version: Version) -> str:
    pods = pods_of(workload.body, version)
    return _spec_account(pods[0].pod) if pods else ""


def _spec_account(pod: JSONObject) -> str:
    spec = pod.get("spec")
    account = spec.get("serviceAccountName") or spec.get("serviceAccount") if isinstance(spec, dict) else None
    return str(account or "default")


def pod_security(objects: Objects, version: Version, configuration: JSONObject | None) -> pd.DataFrame:
    """One row for each namespace."""
    config = read_config(configuration, version=version) if configuration else None
    suggestions = suggest(objects, kubernetes_version=version, config=config)
    return table("pod_security", columns("pod_security", map(_of_namespace, suggestions)), ("namespace",))


def _of_namespace(suggestion: Suggestion) -> tuple[Any, ...]:
    current = suggestion.current
    checks = sorted({failure.check for blocker in suggestion.blockers for failure in blocker.failures})
    return (
        suggestion.namespace,
        current.enforce.level,
        version_text(current.enforce.version),
        current.audit.level,
        current.warn.level,
        suggestion.exempt,
        suggestion.level.level,
        suggestion.pods,
        suggestion.workloads,
        len(suggestion.blockers),
        joined(checks),
    )
