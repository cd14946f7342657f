"""Opens the cluster for commands about security context constraints, and reports its OpenShift release."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from rbacpsp.cli.assumption_warning import Granting
from rbacpsp.cli.errors import InputError, note
from rbacpsp.cli.options import SourceOptions, open_cluster
from rbacpsp.model.similar_names import did_you_mean, likeliest

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.model import Objects

NO_CONSTRAINTS = (
    "No security context constraints were read. An OpenShift server without any refuses every pod. "
    "--openshift-version 4.21 assumes the standard ones of that release."
)


def open_constraints(
    source: SourceOptions,
    *,
    kinds: Collection[str],
    namespace: str | None = None,
    to_add: "Objects | None" = None,
) -> "Cluster":
    """Like `open_cluster`; the answer depends on objects of the `kinds`.

    Raises:
        InputError: Something could not be read.
        IncompleteError: Something was skipped or may not be read, and `--strict` was given.
    """
    return open_cluster(source, kinds=kinds, namespace=namespace, discovery=False, to_add=to_add)


def select_constraints(cluster: "Cluster", names: Iterable[str]) -> list[str]:
    """The constraints with the given names, sorted; without names, all constraints.

    Raises:
        InputError: There are no constraints of a name.
    """
    constraints = cluster.objects.constraints
    missing = [name for name in names if name not in constraints]
    if missing:
        raise InputError(
            [
                f'securitycontextconstraints.security.openshift.io "{name}" not found'
                f"{did_you_mean(likeliest(name, constraints))}"
                for name in missing
            ]
        )
    return sorted(set(names) or constraints)


def note_openshift(cluster: "Cluster", granting: Iterable[Granting] = ()) -> None:
    """Write to stderr which OpenShift release the answer is for, and which objects are assumed."""
    from rbacpsp.apply import assumed_words
    from rbacpsp.catalog.openshift import LATEST

    release = cluster.openshift_version
    if release is None:
        return
    newer = f", answered as {LATEST}" if release > LATEST else ""
    words = f"OpenShift {release}{newer}{', assumed' if cluster.openshift_is_assumed else ''}"
    number = sum(constraint.assumed for constraint in cluster.objects.constraints.values())
    standard = f", with {number} standard constraints as it creates them" if number else ""
    note(f"{words}{standard}.")
    if assumption := assumed_words(granting, cluster.kubernetes_version):
        note(assumption)
