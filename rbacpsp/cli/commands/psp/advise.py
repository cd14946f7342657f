"""`rbacpsp psp advise`: write the strictest policy that admits the pods of a namespace unchanged."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
import msgspec

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import NO, note
from rbacpsp.cli.gate_names import doubt_namespace
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.policies import open_policies
from rbacpsp.cli.simulation_rows import POD_KINDS
from rbacpsp.model import PodSecurityPolicy
from rbacpsp.model.json import JSONObject
from rbacpsp.psp.compare import Relation, compare_fields
from rbacpsp.psp.fix import RESTRICTED
from rbacpsp.report.answer import API_VERSION
from rbacpsp.report.escape import line
from rbacpsp.report.yaml import encode as to_yaml
from rbacpsp.simulate import Advice, Proof
from rbacpsp.simulate import advise as advise_on

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster


@command("advise", short_help="Write the strictest policy that admits certain pods, with its grant.")
@click.option(
    "-n",
    "--namespace",
    metavar="NAME",
    default="default",
    show_default=True,
    help="The namespace whose pods are admitted.",
)
@click.option("-A", "--all-namespaces", is_flag=True, help="Write a policy for each namespace.")
@click.option("--service-account", "account", metavar="NAME", help="Only the pods of this service account.")
@click.option("--each-account", is_flag=True, help="Write a policy for each service account.")
@source_options
@output_options(formats=("yaml", "json"), default="yaml", titles=False, help="The output format.")
def advise(
    *,
    namespace: str,
    all_namespaces: bool,
    account: str | None,
    each_account: bool,
    source: SourceOptions,
    output: Output,
) -> int:
    r"""Write the strictest policy that admits the pods of a namespace unchanged, with Role and RoleBinding.

    The policy is derived from the running pods: it forbids what no pod does, and requires what every pod
    does. For a workload without pods, the pod that its controller would create
    counts. Each policy is proved: the same pods are submitted again with it as the only policy, granted as
    written. The exit code is 1 if a pod is refused or changed.

    \b
    Examples:
      rbacpsp psp advise -n shop -f sample_clusters/psp-migration
      rbacpsp psp advise -n shop --service-account default -f sample_clusters/psp-migration
    """
    if account is not None and each_account:
        raise click.UsageError("--service-account and --each-account cannot be combined")
    cluster = open_policies(source, kinds=POD_KINDS, discovery=False)
    if not all_namespaces:
        doubt_namespace((cluster,), namespace, gate=False)
    namespaces = _namespaces(cluster) if all_namespaces else [namespace]
    advices: list[Advice] = []
    for namespace_name in namespaces:
        for account_name in _accounts(cluster, namespace_name) if each_account else [account]:
            advice = advise_on(cluster.objects, cluster.policy_version, namespace_name, account_name)
            if advice is None:
                whose = f" that run as {account_name}" if account_name else ""
                note(f"There are no pods in {namespace_name}{whose} for which a policy could be made.")
            else:
                advices.append(advice)
    for advice in advices:
        for reason in advice.passed_over:
            note(f"skipped in {advice.namespace}: {reason}")
    output.show(_AdviceList(advices), cluster=cluster)
    return 0 if all(advice.proved for advice in advices) else NO


@dataclass(frozen=True, slots=True)
class _AdviceList:
    """The policies with their proofs, for every format."""

    advices: list[Advice]

    def document(self) -> JSONObject:
        """Every policy with its proof."""
        return {"apiVersion": API_VERSION, "kind": "AdviceList", "items": list(map(_json, self.advices))}

    def manifests(self) -> Iterator[str]:
        """The manifests for kubectl apply, with comments."""
        return map(_yaml, self.advices)


def _namespaces(cluster: "Cluster") -> list[str]:
    objects = cluster.objects
    return sorted(
        {namespace for namespace, _ in objects.pods}
        | {workload.namespace for workload in objects.workloads.values()}
    )


def _accounts(cluster: "Cluster", namespace: str) -> tuple[str, ...]:
    advice = advise_on(cluster.objects, cluster.policy_version, namespace)
    return advice.accounts if advice is not None else ()


def _yaml(advice: Advice) -> str:
    comments = "".join(f"# {line(text)}\n" for text in _comments(advice))
    return comments + "---\n".join(map(to_yaml, (advice.policy, advice.role, advice.role_binding)))


def _comments(advice: Advice) -> Iterator[str]:
    accounts = ", ".join(advice.accounts)
    yield f"For the pods in {advice.namespace} that run as {accounts}."
    for proof in advice.proofs:
        yield f"{'proved' if proof.holds else 'NOT PROVED'}: {proof.source.title} {_outcome(proof)}"
    policy = msgspec.convert(advice.policy, PodSecurityPolicy)
    beyond = [
        f"{row.field}: {row.first}"
        for row in compare_fields(policy, RESTRICTED)
        if row.relation in {Relation.LAXER, Relation.INCOMPARABLE}
    ]
    if beyond:
        yield f"It allows more than a restricted policy does: {'; '.join(beyond)}."
    if "default" in advice.accounts:
        yield "Pods that name no service account run as default: give each workload its own account."


def _outcome(proof: Proof) -> str:
    admission = proof.admission
    if not admission.allowed:
        return f"is refused: {admission.message}"
    changes = [change.path for policy in admission.considered.values() for change in policy.diff]
    return f"is admitted, and gets {', '.join(changes)}" if changes else "is admitted unchanged"


def _json(advice: Advice) -> JSONObject:
    return {
        "namespace": advice.namespace,
        "accounts": list(advice.accounts),
        "proved": advice.proved,
        "objects": [advice.policy, advice.role, advice.role_binding],
        "proofs": [
            {
                "pod": proof.source.title,
                "stored": proof.source.stored,
                "holds": proof.holds,
                "outcome": _outcome(proof),
            }
            for proof in advice.proofs
        ],
        "passedOver": list(advice.passed_over),
    }
