"""`rbacpsp psp fix`: write the smallest Role and RoleBinding that admit a refused pod."""

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
from rbacpsp.psp.fix import PSPFix, PSPFixer
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

    The grant is for the strictest policy that admits the pod, to the pod's service account and in its
    namespace only. If several policies are the strictest, since none of them is stricter than another, the
    others follow as comments. Comments above the grant name the risks that it adds. The exit code is 1 if no
    grant admits the pod.

    \b
    Examples:
      rbacpsp psp fix sample_clusters/steps/psp-by-example/dm.yaml -f sample_clusters/psp-by-example
    """
    refuse_second_stdin(files, source)
    asker = submitter(user, source)
    cluster = open_policies(source, kinds=ADMISSION_KINDS, namespace=namespace, discovery=False)
    fixer = PSPFixer(cluster.objects, cluster.authorizer, cluster.policy_version)
    fixes_by_pod: list[tuple[PolicyVerdict, tuple[PSPFix, ...]]] = []
    unfixable = False
    default_namespace = request_namespace(source, namespace)
    step = operation.upper()
    for pod_verdict in judge_policies(
        cluster,
        files,
        user=asker,
        namespace=namespace,
        home=default_namespace,
        named=user is not None,
        operation=step,
        reading=source.reading,
    ):
        if pod_verdict.admission.allowed:
            note(f"{pod_verdict.title} in {pod_verdict.namespace}: it is admitted, nothing needs a grant.")
            continue
        fixes = fixer.fixes(
            pod_verdict.made.pod,
            pod_verdict.admission,
            user=pod_verdict.user,
            namespace=pod_verdict.namespace,
            operation=step,
        )
        unfixable |= not fixes
        if fixes:
            fixes_by_pod.append((pod_verdict, fixes))
        else:
            _note_unfixable(pod_verdict, cluster)
    grants = (grant for _, fixes in fixes_by_pod for fix in fixes for grant in fix.admission.grants)
    output.show(_FixReport(fixes_by_pod), cluster=cluster, granting=grant_objects(grants))
    return NO if unfixable else 0


@dataclass(frozen=True, slots=True)
class _FixReport:
    """The grants for every format."""

    fixes_by_pod: list[tuple[PolicyVerdict, tuple[PSPFix, ...]]]

    def document(self) -> JSONObject:
        """Every grant that admits a pod."""
        items = [_fix_json(pod_verdict, fix) for pod_verdict, fixes in self.fixes_by_pod for fix in fixes]
        return {"apiVersion": API_VERSION, "kind": "FixList", "items": items}

    def manifests(self) -> Iterator[str]:
        """The manifests for kubectl apply, with comments."""
        return _yamls(self.fixes_by_pod)


def _note_unfixable(pod_verdict: PolicyVerdict, cluster: "Cluster") -> None:
    title = f"{pod_verdict.title} in {pod_verdict.namespace}"
    if not pod_verdict.admission.considered and pod_verdict.admission.not_judged:
        note(f"{title}: no grant would admit it: {pod_verdict.admission.message}")
    elif not cluster.objects.policies:
        note(f"{title}: there is no policy to grant: {pod_verdict.admission.message}")
    elif pod_verdict.admission.invalid_by:
        note(
            f"{title}: {pod_verdict.admission.invalid_by} admits it, but the API server then refuses it as "
            f"invalid, which no grant changes: {pod_verdict.admission.message}"
        )
    elif any(policy.verdict != "refused" for policy in pod_verdict.admission.considered.values()):
        note(f"{title}: no grant to its service account would admit it: {pod_verdict.admission.message}")
    else:
        note(f"{title}: no grant would admit it, because every policy refuses the pod:")
        considered = pod_verdict.admission.considered
        for text in refusal_lines(considered):
            for text_line in text:
                note(f"  {text_line}")
        for name, policy in considered.items():
            if policy.problem:
                note(f"  {name} cannot be used: {policy.problem}")


def _yamls(fixes_by_pod: list[tuple[PolicyVerdict, tuple[PSPFix, ...]]]) -> Iterator[str]:
    """A text for kubectl apply per grant; a grant that fixes several pods is written once."""
    comments_by_grant: dict[tuple[str, str, str], list[str]] = {}
    texts: dict[tuple[str, str, str], str] = {}
    for pod_verdict, (best, *alternatives) in fixes_by_pod:
        key = (pod_verdict.namespace, best.account.name, best.policy.name)
        comments_by_grant.setdefault(key, []).append("".join(_comments(pod_verdict, best)))
        texts.setdefault(
            key, _risk_comments(best) + _manifests(best) + "".join(map(_alternative, alternatives))
        )
    for key, comments in comments_by_grant.items():
        yield "".join(dict.fromkeys(comments)) + texts[key]


def _alternative(fix: PSPFix) -> str:
    text = "# Or instead, since neither policy is stricter than the other:\n#\n"
    return text + "".join(
        f"# {text_line}\n" for text_line in (_risk_comments(fix) + _manifests(fix)).splitlines()
    )


def _comments(pod_verdict: PolicyVerdict, fix: PSPFix) -> Iterator[str]:
    subject_words = "it is" if pod_verdict.made.kind == "Pod" else "its pods are"
    verdict = fix.admission.considered[fix.policy.name].verdict
    title = f"{line(pod_verdict.title)} in {line(pod_verdict.namespace)}"
    yield f"# {title}: with this grant {subject_words} admitted by "
    yield f"{line(str(fix.admission.policy))}{', changed' if verdict == 'changed' else ''}.\n"


def _risk_comments(fix: PSPFix) -> str:
    """Comments on the risks that a grant adds."""
    sentences = "".join(f"# - {line(sentence)}\n" for sentence in fix.opens)
    return f"# Granting {line(fix.policy.name)} also means:\n{sentences}"


def _manifests(fix: PSPFix) -> str:
    return f"{to_yaml(fix.role)}---\n{to_yaml(fix.role_binding)}"


def _fix_json(pod_verdict: PolicyVerdict, fix: PSPFix) -> JSONObject:
    return {
        "object": {
            "kind": pod_verdict.made.kind,
            "namespace": pod_verdict.namespace,
            "name": pod_verdict.made.owner,
        },
        "policy": fix.policy.name,
        "account": msgspec.to_builtins(fix.account),
        "objects": [fix.role, fix.role_binding],
        "admittedBy": fix.admission.policy,
        "opens": list(fix.opens),
    }
