"""`rbacpsp scc fix`: write a change that admits a refused pod."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from rbacpsp.cli.command import command
from rbacpsp.cli.constraints import note_openshift, open_constraints
from rbacpsp.cli.errors import NO, note
from rbacpsp.cli.options import SourceOptions, request_namespace, source_options, user_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.pod_files import pod_files_options, submitter
from rbacpsp.cli.pod_verdicts import PodVerdict, judge_constraints, refuse_second_stdin
from rbacpsp.cli.template_path import template_path_option
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import CONSTRAINT_KINDS
from rbacpsp.report.answer import API_VERSION
from rbacpsp.report.escape import line
from rbacpsp.report.yaml import encode as to_yaml
from rbacpsp.scc import SCCAdmission
from rbacpsp.scc.fix import SCCFix, SCCFixer

if TYPE_CHECKING:
    from rbacpsp.model import User


@command("fix", short_help="Write a change that admits a refused pod.")
@pod_files_options
@user_options
@source_options
@template_path_option
@output_options(
    formats=("yaml", "json"),
    default="yaml",
    titles=False,
    help="The output format: YAML for kubectl apply, with alternatives as comments, or JSON.",
)
def fix(
    *,
    files: tuple[str, ...],
    namespace: str | None,
    user: "User | None",
    source: SourceOptions,
    output: Output,
) -> int:
    r"""Write a change that admits a refused pod: fields to leave out, constraints to require, or a grant.

    Changes without a grant come first: leaving out as few fields as possible that violate usable constraints,
    or the annotation openshift.io/required-scc if other constraints are tried first and make the pod invalid.
    The grant is for the most restrictive constraints that admit the pod as it is, to its service account and
    in its namespace only. Each change is proved: the pod is checked again with it. The exit code is 1 if no
    change admits the pod.

    \b
    Examples:
      rbacpsp scc fix sample_clusters/steps/scc-on-openshift/mail.yaml -f sample_clusters/scc-on-openshift
      rbacpsp scc fix sample_clusters/steps/scc-on-openshift/agent.yaml -f sample_clusters/scc-on-openshift
    """
    refuse_second_stdin(files, source)
    asker = submitter(user, source)
    cluster = open_constraints(source, kinds=CONSTRAINT_KINDS, namespace=namespace)
    fixer = SCCFixer(cluster.objects, cluster.scc)
    fixes_by_pod: list[tuple[PodVerdict[SCCAdmission], tuple[SCCFix, ...]]] = []
    unfixable = False
    for pod_verdict in judge_constraints(
        cluster,
        files,
        user=asker,
        namespace=namespace,
        home=request_namespace(source, namespace),
        named=user is not None,
        reading=source.reading,
    ):
        title = f"{pod_verdict.title} in {pod_verdict.namespace}"
        if pod_verdict.admission.allowed:
            note(f"{title}: it is admitted, nothing needs a grant.")
            continue
        fixes = fixer.fixes(
            pod_verdict.made.pod,
            pod_verdict.admission,
            user=pod_verdict.user,
            namespace=pod_verdict.namespace,
        )
        if fixes:
            fixes_by_pod.append((pod_verdict, fixes))
        else:
            unfixable = True
            note(f"{title}: {_unfixable_reason(pod_verdict.admission)}")
    output.show(_FixReport(fixes_by_pod))
    note_openshift(cluster)
    return NO if unfixable else 0


def _unfixable_reason(admission: SCCAdmission) -> str:
    """Why no change admits the pod."""
    if not admission.considered:
        return f"no grant and no change of a field would admit it: {admission.message}"
    return f"no grant to its service account and no field left out would admit it: {admission.message}"


@dataclass(frozen=True, slots=True)
class _FixReport:
    """The changes for every format."""

    fixes_by_pod: list[tuple[PodVerdict[SCCAdmission], tuple[SCCFix, ...]]]

    def document(self) -> JSONObject:
        """Every change that admits a pod."""
        items = [_json(pod_verdict, fix) for pod_verdict, fixes in self.fixes_by_pod for fix in fixes]
        return {"apiVersion": API_VERSION, "kind": "SCCFixList", "items": items}

    def manifests(self) -> Iterator[str]:
        """The manifests for kubectl apply, with the other changes as comments."""
        written_objects: set[str] = set()
        for pod_verdict, fixes in self.fixes_by_pod:
            comments = "".join(f"# {line(text)}\n" for fix in fixes for text in _words(pod_verdict, fix))
            objects = "---\n".join(to_yaml(obj) for fix in fixes for obj in fix.objects)
            if objects in written_objects:
                objects = ""
            written_objects.add(objects)
            yield comments + objects


def _words(pod_verdict: PodVerdict[SCCAdmission], fix: SCCFix) -> Iterator[str]:
    subject_words = "it is" if pod_verdict.made.kind == "Pod" else "its pods are"
    admitted = f"{subject_words} admitted by {fix.admission.scc}"
    title = f"{pod_verdict.title} in {pod_verdict.namespace}"
    if fix.way == "fields":
        yield f"{title}: without these fields {admitted}, with no grant:"
        yield from (f"  {field}" for field in fix.fields)
    elif fix.way == "required-scc":
        yield f"{title}: with the annotation openshift.io/required-scc: {fix.scc} {admitted}, with no grant."
    else:
        account = fix.account.name if fix.account else ""
        yield f"{title}: with this grant to its service account {account} {admitted}."


def _json(pod_verdict: PodVerdict[SCCAdmission], fix: SCCFix) -> JSONObject:
    return {
        "object": {
            "kind": pod_verdict.made.kind,
            "namespace": pod_verdict.namespace,
            "name": pod_verdict.made.owner,
        },
        "way": fix.way,
        "scc": fix.scc,
        "account": None if fix.account is None else msgspec.to_builtins(fix.account),
        "objects": list(fix.objects),
        "fields": list(fix.fields),
        "admittedBy": fix.admission.scc,
        "subjectType": fix.admission.subject_type,
    }
