"""`rbacpsp psp fix`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
import msgspec

from rbacpsp.cli.admission_text import refusal_lines
from rbacpsp.cli.assumption_warning import grant_objects
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import NO, note
from rbacpsp.cli.options import SourceOptions, request_namespace, source_options, user_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.pod_files import pod_files_options, submitter
from rbacpsp.cli.pod_verdicts import PolicyVerdict, judge_policies, refuse_second_stdin
from rbacpsp.cli.policies import open_policies
from rbacpsp.cli.template_path import template_path_option
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import ADMISSION_KINDS
from rbacpsp.psp.fix import Fix, Fixer
from rbacpsp.report.answer import API_VERSION
from rbacpsp.report.escape import line
from rbacpsp.report.yaml import encode as to_yaml

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.model import User


@command("fix", short_help="Write the smallest grant that admits a refused pod.")
@pod_files_options
@click.option(
    "--operation",
    type=click.Choice(["create", "update"]),
    default="create",
    show_default=True,
    help="The refused operation: creation, or an update, in which a policy cannot change the pod.",
)
@user_options
@source_options
@template_path_option
@output_options(
    formats=("yaml", "json"),
    default="yaml",
    titles=False,
    help="The output format: YAML for kubectl apply, or JSON with every alternative.",
)
def fix(
    *,
    files: tuple[str, ...],
    namespace: str | None,
    operation: str,
    user: "User | None",
    source: SourceOptions,
    output: Output,
) -> int:
    r"""Write the smallest Role and RoleBinding that admit a refused pod.

    Of the policies that would admit the pod the one that admits least is granted, to the pod's service
    account and in its namespace only. Where no policy is stricter than another, the others stand below as
    comments. What else the grant would open is said above it. Exit 1 when no grant would do.

    \b
    Examples:
      rbacpsp psp fix sample_clusters/steps/psp-by-example/dm.yaml -f sample_clusters/psp-by-example
    """
    refuse_second_stdin(files, source)
    asker = submitter(user, source)
    cluster = open_policies(source, kinds=ADMISSION_KINDS, namespace=namespace, discovery=False)
    fixer = Fixer(cluster.objects, cluster.authorizer, cluster.policy_version)
    mended: list[tuple[PolicyVerdict, tuple[Fix, ...]]] = []
    hopeless = False
    home = request_namespace(source, namespace)
    step = operation.upper()
    for judged in judge_policies(
        cluster,
        files,
        user=asker,
        namespace=namespace,
        home=home,
        named=user is not None,
        operation=step,
        reading=source.reading,
    ):
        if judged.admission.allowed:
            note(f"{judged.title} in {judged.namespace}: it is admitted, nothing needs a grant.")
            continue
        fixes = fixer.fixes(
            judged.made.pod,
            judged.admission,
            user=judged.user,
            namespace=judged.namespace,
            operation=step,
        )
        hopeless |= not fixes
        if fixes:
            mended.append((judged, fixes))
        else:
            _no_grant(judged, cluster)
    grants = (grant for _, fixes in mended for each in fixes for grant in each.admission.grants)
    output.show(_FixReport(mended), cluster=cluster, granting=grant_objects(grants))
    return NO if hopeless else 0


@dataclass(frozen=True, slots=True)
class _FixReport:
    """The grants for every format."""

    found: list[tuple[PolicyVerdict, tuple[Fix, ...]]]

    def document(self) -> JSONObject:
        """Every grant that would do."""
        items = [_fix_json(judged, each) for judged, fixes in self.found for each in fixes]
        return {"apiVersion": API_VERSION, "kind": "FixList", "items": items}

    def manifests(self) -> Iterator[str]:
        """What kubectl applies, with comments."""
        return _yamls(self.found)


def _no_grant(judged: PolicyVerdict, cluster: "Cluster") -> None:
    where = f"{judged.title} in {judged.namespace}"
    if not judged.admission.considered and judged.admission.not_judged:
        note(f"{where}: no grant would admit it: {judged.admission.message}")
    elif not cluster.objects.policies:
        note(f"{where}: there is no policy to grant: {judged.admission.message}")
    elif judged.admission.invalid_by:
        note(
            f"{where}: {judged.admission.invalid_by} admits it, but the API server then refuses it as "
            f"invalid, which no grant changes: {judged.admission.message}"
        )
    elif any(each.verdict != "refused" for each in judged.admission.considered.values()):
        note(f"{where}: no grant to its service account would admit it: {judged.admission.message}")
    else:
        note(f"{where}: no grant would admit it, because every policy refuses the pod:")
        considered = judged.admission.considered
        for text in refusal_lines(considered):
            for each in text:
                note(f"  {each}")
        for name, policy in considered.items():
            if policy.problem:
                note(f"  {name} cannot be used: {policy.problem}")


def _yamls(mended: list[tuple[PolicyVerdict, tuple[Fix, ...]]]) -> Iterator[str]:
    """What kubectl applies, a text a pod; a grant that mends several pods is written once."""
    written: dict[tuple[str, str, str], list[str]] = {}
    texts: dict[tuple[str, str, str], str] = {}
    for judged, (chosen, *others) in mended:
        key = (judged.namespace, chosen.account.name, chosen.policy.name)
        written.setdefault(key, []).append("".join(_comments(judged, chosen)))
        texts.setdefault(key, _opened(chosen) + _objects(chosen) + "".join(map(_alternative, others)))
    for key, comments in written.items():
        yield "".join(dict.fromkeys(comments)) + texts[key]


def _alternative(other: Fix) -> str:
    text = "# Or instead, since neither policy is stricter than the other:\n#\n"
    return text + "".join(f"# {each}\n" for each in (_opened(other) + _objects(other)).splitlines())


def _comments(judged: PolicyVerdict, chosen: Fix) -> Iterator[str]:
    what = "it is" if judged.made.kind == "Pod" else "its pods are"
    verdict = chosen.admission.considered[chosen.policy.name].verdict
    yield f"# {line(judged.title)} in {line(judged.namespace)}: with this grant {what} admitted by "
    yield f"{line(str(chosen.admission.policy))}{', changed' if verdict == 'changed' else ''}.\n"


def _opened(chosen: Fix) -> str:
    """What else a grant opens."""
    sentences = "".join(f"# - {line(sentence)}\n" for sentence in chosen.opens)
    return f"# Granting {line(chosen.policy.name)} also means:\n{sentences}"


def _objects(chosen: Fix) -> str:
    return f"{to_yaml(chosen.role)}---\n{to_yaml(chosen.role_binding)}"


def _fix_json(judged: PolicyVerdict, chosen: Fix) -> JSONObject:
    return {
        "object": {"kind": judged.made.kind, "namespace": judged.namespace, "name": judged.made.owner},
        "policy": chosen.policy.name,
        "account": msgspec.to_builtins(chosen.account),
        "objects": [chosen.role, chosen.role_binding],
        "admittedBy": chosen.admission.policy,
        "opens": list(chosen.opens),
    }
