"""`rbacpsp psa label`: try enforce labels on namespaces and their existing pods."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.admission_option import admission_config_option
from rbacpsp.cli.assumption_warning import note_server
from rbacpsp.cli.command import command
from rbacpsp.cli.custom_resources import warn_custom_resources
from rbacpsp.cli.errors import NO, InputError, note, warn
from rbacpsp.cli.options import (
    SourceOptions,
    open_cluster,
    source_options,
)
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.template_path import template_path_option
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import POD_SECURITY_KINDS, WORKLOAD_KINDS
from rbacpsp.pss import Configuration, PSAdmission, read_config
from rbacpsp.pss.holders import TemplatesTried, try_templates
from rbacpsp.pss.labels import LABEL_PREFIX
from rbacpsp.pss.levels import ON_SINCE, server_of
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.escape import line
from rbacpsp.sources.custom_resources import CUSTOM_RESOURCES

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_ENFORCE = f"{LABEL_PREFIX}enforce"
_ENFORCE_VERSION = f"{LABEL_PREFIX}enforce-version"
_COLUMNS = ("namespace", "enforce", "verdict", "message")


@dataclass(frozen=True, slots=True)
class LabelTrial:
    """A namespace with new labels, and the server's answer to them."""

    namespace: str
    before: dict[str, str]
    labels: dict[str, str]
    answer: PSAdmission
    templates: TemplatesTried | None = None
    """The checked pod templates, if no pod of the namespace was loaded."""

    @property
    def violated(self) -> bool:
        """Whether existing pods violate the new level."""
        return any(warning.startswith("existing pods in namespace ") for warning in self.answer.warnings)

    @property
    def verdict(self) -> str:
        """`refused`, `violated`, `templates violate`, `warned` or `clean`."""
        if not self.answer.allowed:
            return "refused"
        if self.violated:
            return "violated"
        if self.templates is not None and self.templates.failing:
            return "templates violate"
        return "warned" if self.answer.warnings else "clean"

    @property
    def lines(self) -> list[str]:
        """What kubectl prints: the server's warnings, then the result of the request."""
        if self.answer.message is not None:
            return [f"The {self.answer.message}"]
        outcome = "not labeled" if self.labels == self.before else "labeled"
        summary = f"namespace/{self.namespace} {outcome} (server dry run)"
        return [*(f"Warning: {warning}" for warning in self.answer.warnings), summary]

    @property
    def enforce(self) -> str:
        """The new labels, as `LEVEL:VERSION`."""
        return f"{self.labels.get(_ENFORCE, '')}:{self.labels.get(_ENFORCE_VERSION, 'latest')}"


_BAD = frozenset({"violated", "refused", "templates violate"})


@command("label", short_help="Try Pod Security labels on the existing pods of namespaces.")
@click.argument("labels", nargs=-1, metavar="[NAMESPACE=LEVEL[:VERSION]]...")
@click.option(
    "--all", "default_level", metavar="LEVEL[:VERSION]", help="The level for every other namespace."
)
@admission_config_option
@source_options
@template_path_option
@output_options
def label(
    *,
    labels: tuple[str, ...],
    default_level: str | None,
    admission_config: JSONObject | None,
    source: SourceOptions,
    output: Output,
) -> int:
    r"""Try enforce labels on namespaces and their existing pods, as kubectl label --dry-run=server does.

    The server's warnings are printed word for word. The exit code is 1 if pods violate a level or a label is
    refused. If no pod of a namespace was loaded, the templates of workloads and custom resources are checked
    instead, which the server does not do; templates that violate the level count as well. Without VERSION,
    the namespace keeps the version of its label.

    \b
    Examples:
      rbacpsp psa label non-restrictive-namespace=restricted -f sample_clusters/pod-security-standards
      rbacpsp psa label --all baseline:v1.25 -o csv -f sample_clusters/pod-security-standards
    """
    levels: dict[str, str] = {}
    for namespace, level in map(_read_label, labels):
        if levels.setdefault(namespace, level) != level:
            raise click.UsageError(
                f"{namespace} is given two levels, {levels[namespace]} and {level}: write one",
                click.get_current_context(),
            )
    if not levels and default_level is None:
        raise click.UsageError(
            "give a level: NAMESPACE=LEVEL, or --all LEVEL for every namespace", click.get_current_context()
        )
    kinds = POD_SECURITY_KINDS | {*WORKLOAD_KINDS, CUSTOM_RESOURCES}
    cluster = open_cluster(source, admission_config, kinds=kinds)
    _warn_of_old_version(cluster)
    config = read_config(admission_config) if admission_config else Configuration()
    trials = list(_try_labels(cluster, levels, default_level, config))
    if output.tabular and trials:
        output.write(f"{line(text)}\n" for trial in trials for text in trial.lines)
        note_server(cluster)
    else:
        items = [] if output.readable else list(map(_json, trials))
        names = [f"namespace/{trial.namespace}" for trial in trials if trial.verdict == "clean"]
        table = Table(_COLUMNS, [row for trial in trials for row in _rows(trial)])
        empty = "No namespace can get this label without a warning." if trials else "There is no namespace."
        output.answer(Answer("LabelDryRunList", table, {"items": items}, names), empty=empty, cluster=cluster)
    if len(trials) > 1:
        bad_count = sum(trial.verdict in _BAD for trial in trials)
        note(
            f"{len(trials)} namespaces were tried; in {bad_count} of them pods violate the level or "
            "the label is refused."
        )
    templates_by_namespace = {
        trial.namespace: trial.templates for trial in trials if trial.templates is not None
    }
    unchecked = [namespace for namespace, templates in templates_by_namespace.items() if not templates.judged]
    if unchecked:
        note(f"Nothing was judged in {', '.join(unchecked)}: no pod and no pod template was loaded there.")
    for namespace, templates in templates_by_namespace.items():
        _note_templates(namespace, templates)
    warn_custom_resources(cluster.objects)
    return NO if any(trial.verdict in _BAD for trial in trials) else 0


def _note_templates(namespace: str, checked: TemplatesTried) -> None:
    """Note which templates were checked instead of pods, and which could not create pods again."""
    if not checked.judged:
        return
    is_single = checked.judged == 1
    templates = (
        "the template of one object was" if is_single else f"the templates of {checked.judged} objects were"
    )
    ending = "" if checked.failing else f": {'it meets' if is_single else 'all meet'} {checked.level}"
    note(f"No pod of {namespace} was loaded, so that {templates} judged instead{ending}.")
    for blocker in checked.failing:
        reasons = ", ".join(dict.fromkeys(failure.reason for failure in blocker.failures))
        manifest = blocker.manifest
        title = f"{manifest.kind} {manifest.name or f'{manifest.metadata.generate_name}*'}"
        note(f"{title} could not recreate its pods: they violate {checked.level} ({reasons}).")
    for reason in checked.unread:
        warn(f"its pods are not judged: {reason}")


def _read_label(text: str) -> tuple[str, str]:
    namespace, equals, level = text.partition("=")
    if not namespace or not equals or not level:
        raise click.UsageError(
            f'"{text}" is not a label: write NAMESPACE=LEVEL or NAMESPACE=LEVEL:VERSION, for example '
            "default=restricted:v1.25",
            click.get_current_context(),
        )
    return namespace, level


def _warn_of_old_version(cluster: "Cluster") -> None:
    if cluster.kubernetes_version < ON_SINCE:
        warn(
            f"Kubernetes {cluster.kubernetes_version} does not enable the PodSecurity plugin by "
            "default: choose another version with --kubernetes-version"
        )


def _try_labels(
    cluster: "Cluster", levels: dict[str, str], default_level: str | None, config: Configuration
) -> Iterator[LabelTrial]:
    objects = cluster.listed
    known_namespaces = {*objects.namespaces, *(namespace for namespace, _ in objects.pods)}
    known_namespaces |= {namespace for _, namespace, _ in (*objects.workloads, *objects.customs) if namespace}
    missing = sorted(levels.keys() - known_namespaces)
    if missing:
        raise InputError(f'namespaces "{name}" not found' for name in missing)
    for name in sorted(known_namespaces if default_level is not None else levels):
        level, colon, version = levels.get(name, default_level or "").partition(":")
        before = dict(objects.namespace_labels(name))
        labels = before | {_ENFORCE: level} | ({_ENFORCE_VERSION: version} if colon else {})
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        answer = cluster.pss_admit(namespace, operation="UPDATE")
        inhabited = any(pod_namespace == name for pod_namespace, _ in objects.pods)
        templates = None
        if not inhabited and answer.allowed:
            templates = try_templates(name, labels, objects, config, server_of(cluster.kubernetes_version))
        yield LabelTrial(name, before, labels, answer, templates)


def _rows(trial: LabelTrial) -> list[tuple[str, str, str, str]]:
    messages = [trial.answer.message] if trial.answer.message else list(trial.answer.warnings) or [""]
    return [(trial.namespace, trial.enforce, trial.verdict, message) for message in messages]


def _json(trial: LabelTrial) -> JSONObject:
    return {
        "namespace": trial.namespace,
        "enforce": trial.enforce,
        "verdict": trial.verdict,
        "allowed": trial.answer.allowed,
        "message": trial.answer.message,
        "warnings": list(trial.answer.warnings),
        **({} if trial.templates is None else {"templates": _templates_json(trial.templates)}),
    }


def _templates_json(checked: TemplatesTried) -> JSONObject:
    return {
        "judged": checked.judged,
        "failing": [
            {
                "kind": blocker.manifest.kind,
                "name": blocker.manifest.name,
                "reasons": list(dict.fromkeys(failure.reason for failure in blocker.failures)),
            }
            for blocker in checked.failing
        ],
    }
