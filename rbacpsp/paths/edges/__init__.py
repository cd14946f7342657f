"""Every family of edges: one file for each family, which begins with its condition."""

from collections.abc import Iterable

from rbacpsp.paths.edges import (
    accounts,
    certificates,
    cloud,
    constraints,
    control,
    controllers,
    deputies,
    folders,
    impersonation,
    issued,
    kubelets,
    membership,
    new_roles,
    own_pods,
    pods,
    policies,
    roles,
    running,
    tokens,
    volumes,
    webhooks,
)
from rbacpsp.paths.technique import Technique

TECHNIQUES: tuple[Technique, ...] = (
    *control.TECHNIQUES,
    *membership.TECHNIQUES,
    *impersonation.TECHNIQUES,
    *tokens.TECHNIQUES,
    *accounts.TECHNIQUES,
    *pods.TECHNIQUES,
    *controllers.TECHNIQUES,
    *running.TECHNIQUES,
    *own_pods.TECHNIQUES,
    *roles.TECHNIQUES,
    *new_roles.TECHNIQUES,
    *volumes.TECHNIQUES,
    *folders.TECHNIQUES,
    *certificates.TECHNIQUES,
    *kubelets.TECHNIQUES,
    *issued.TECHNIQUES,
    *deputies.TECHNIQUES,
    *cloud.TECHNIQUES,
    *webhooks.TECHNIQUES,
    *policies.TECHNIQUES,
    *constraints.TECHNIQUES,
)


def checked(techniques: Iterable[Technique]) -> dict[str, Technique]:
    """The families by name.

    Raises:
        ValueError: Two families share a name, or the data of one is incomplete.
    """
    by_name: dict[str, Technique] = {}
    problems = []
    for technique in techniques:
        problems += technique.problems()
        if technique.name in by_name:
            problems.append(f"{technique.name}: two families have this name")
        by_name[technique.name] = technique
    if problems:
        raise ValueError("; ".join(problems))
    return by_name


BY_NAME = checked(TECHNIQUES)
"""The families by name; importing this module fails if a family is incomplete."""
