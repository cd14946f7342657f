"""PodSecurityPolicies, and the ways to bypass Pod Security, as tables."""

from typing import Any

import msgspec

from rbacpsp.model import PodSecurityPolicy
from rbacpsp.page.facts import Facts
from rbacpsp.page.numbers import Numbers
from rbacpsp.pss.bypass import Bypass, bypasses


def policies(facts: Facts) -> dict[str, Any]:
    """The policies with their fields, a summary of the simulation, and the ways to bypass Pod Security."""
    all_policies = sorted(facts.objects.policies.items())
    all_bypasses = bypasses(facts.objects, facts.configuration, facts.version)
    requests: Numbers[tuple[Any, ...]] = Numbers()
    return {
        "policies": [[name, _fields(policy)] for name, policy in all_policies],
        "policySummary": _summary(facts),
        "bypasses": [
            [bypass.way, bypass.namespace, bypass.why, requests.of(_requests(bypass)), bypass.user]
            for bypass in all_bypasses
        ],
        "bypassRequests": requests.items,
        "controllers": [
            [kind, account.namespace, account.name] for kind, account in sorted(facts.controllers.items())
        ],
    }


def _fields(policy: PodSecurityPolicy) -> list[list[str]]:
    """The fields of a policy and their values, with the annotations that apply to pods."""
    spec = msgspec.to_builtins(policy.spec)
    fields = [[key, words(value)] for key, value in spec.items()]
    return fields + [
        [key, value] for key, value in sorted(policy.metadata.annotations.items()) if _governs(key)
    ]


def _governs(annotation: str) -> bool:
    return annotation.startswith(
        ("seccomp.security.alpha.kubernetes.io/", "apparmor.security.beta.kubernetes.io/")
    )


def words(value: Any) -> str:
    """The value of a field of a policy, as a line of text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(words, value))
    if isinstance(value, dict):
        if value.keys() <= {"min", "max"}:
            return f"{value.get('min', 0)}-{value.get('max', 0)}"
        return "; ".join(f"{key} {words(inner)}" for key, inner in value.items())
    return str(value)


def _summary(facts: Facts) -> dict[str, Any]:
    simulation = facts.simulation
    if simulation is None:
        return {}
    summary = simulation.summary
    return {
        "verdicts": [[str(verdict), count] for verdict, count in summary.verdicts.items()],
        "pods": summary.pods,
        "unused": summary.unused,
        "unusable": summary.unusable,
    }


def _requests(bypass: Bypass) -> tuple[tuple[str | int, ...], ...]:
    """The requests of a bypass; 0 stands for its namespace, so that many bypasses share them."""
    return tuple(
        tuple(
            0 if bypass.namespace and value == bypass.namespace else value
            for value in (
                request.verb,
                request.group,
                request.resource,
                request.subresource,
                request.name,
                request.namespace,
            )
        )
        for request in bypass.requests
    )
