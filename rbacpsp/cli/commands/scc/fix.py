"""`rbacpsp scc fix`."""

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
from rbacpsp.scc.fix import Fix, Fixer

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

    What grants nothing comes first: the fewest fields that are in the way of constraints that may be used, or
    the annotation openshift.io/required-scc where others win and make the pod invalid. The grant is that of
    the most restrictive constraints that admit the pod as it is, to its service account and in its namespace
    only. Every way is proved: the pod is judged again with it. Exit 1 when no way was found.

    \b
    Examples:
      rbacpsp scc fix sample_clusters/steps/scc-on-openshift/mail.yaml -f sample_clusters/scc-on-openshift
      rbacpsp scc fix sample_clusters/steps/scc-on-openshift/agent.yaml -f sample_clusters/scc-on-openshift
    """
    refuse_second_stdin(files, source)
    asker = submitter(user, source)
    cluster = open_constraints(source, kinds=CONSTRAINT_KINDS, namespace=namespace)
    fixer = Fixer(cluster.objects, cluster.scc)
    mended: list[tuple[PodVerdict[SCCAdmission], tuple[Fix, ...]]] = []
    hopeless = False
    for judged in judge_constraints(
        cluster,
        files,
        user=asker,
        namespace=namespace,
        home=request_namespace(source, namespace),
        named=user is not None,
        reading=source.reading,
    ):
        where = f"{judged.title} in {judged.namespace}"
        if judged.admission.allowed:
            note(f"{where}: it is admitted, nothing needs a grant.")
            continue
        fixes = fixer.fixes(judged.made.pod, judged.admission, user=judged.user, namespace=judged.namespace)
        if fixes:
            mended.append((judged, fixes))
        else:
            hopeless = True
            note(f"{where}: {_hopeless(judged.admission)}")
    output.show(_FixReport(mended))
    note_openshift(cluster)
    return NO if hopeless else 0


def _hopeless(admission: SCCAdmission) -> str:
    """Why nothing mends it."""
    if not admission.considered:
        return f"no grant and no change of a field would admit it: {admission.message}"
    return f"no grant to its service account and no field left out would admit it: {admission.message}"


@dataclass(frozen=True, slots=True)
class _FixReport:
    """The ways for every format."""

    found: list[tuple[PodVerdict[SCCAdmission], tuple[Fix, ...]]]

    def document(self) -> JSONObject:
        """Every way that would do."""
        items = [_json(judged, each) for judged, fixes in self.found for each in fixes]
        return {"apiVersion": API_VERSION, "kind": "SCCFixList", "items": items}

    def manifests(self) -> Iterator[str]:
        """What kubectl applies, with the other ways as comments."""
        written: set[str] = set()
        for judged, fixes in self.found:
            comments = "".join(f"# {line(text)}\n" for each in fixes for text in _words(judged, each))
            objects = "---\n".join(to_yaml(each) for one in fixes for each in one.objects)
            if objects in written:
                objects = ""
            written.add(objects)
            yield comments + objects


def _words(judged: PodVerdict[SCCAdmission], fix: Fix) -> Iterator[str]:
    what = "it is" if judged.made.kind == "Pod" else "its pods are"
    then = f"{what} admitted by {fix.admission.scc}"
    where = f"{judged.title} in {judged.namespace}"
    if fix.way == "fields":
        yield f"{where}: without these fields {then}, with no grant:"
        yield from (f"  {field}" for field in fix.fields)
    elif fix.way == "required-scc":
        yield f"{where}: with the annotation openshift.io/required-scc: {fix.scc} {then}, with no grant."
    else:
        account = fix.account.name if fix.account else ""
        yield f"{where}: with this grant to its service account {account} {then}."


def _json(judged: PodVerdict[SCCAdmission], fix: Fix) -> JSONObject:
    return {
        "object": {"kind": judged.made.kind, "namespace": judged.namespace, "name": judged.made.owner},
        "way": fix.way,
        "scc": fix.scc,
        "account": None if fix.account is None else msgspec.to_builtins(fix.account),
        "objects": list(fix.objects),
        "fields": list(fix.fields),
        "admittedBy": fix.admission.scc,
        "subjectType": fix.admission.subject_type,
    }
