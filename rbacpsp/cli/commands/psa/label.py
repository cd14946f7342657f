"""`rbacpsp psa label`."""

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
class Tried:
    """A namespace with other labels, and the server's answer to them."""

    namespace: str
    before: dict[str, str]
    labels: dict[str, str]
    answer: PSAdmission
    templates: TemplatesTried | None = None
    """What of the templates there was judged, where no pod was loaded."""

    @property
    def violated(self) -> bool:
        """Whether pods that are there violate the new level."""
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
        """What kubectl prints: the server's warnings, then what became of the request."""
        if self.answer.message is not None:
            return [f"The {self.answer.message}"]
        done = "not labeled" if self.labels == self.before else "labeled"
        said = f"namespace/{self.namespace} {done} (server dry run)"
        return [*(f"Warning: {warning}" for warning in self.answer.warnings), said]

    @property
    def enforce(self) -> str:
        """What the labels say then, as `LEVEL:VERSION`."""
        return f"{self.labels.get(_ENFORCE, '')}:{self.labels.get(_ENFORCE_VERSION, 'latest')}"


_BAD = frozenset({"violated", "refused", "templates violate"})


@command("label", short_help="Try Pod Security labels on the existing pods of namespaces.")
@click.argument("labels", nargs=-1, metavar="[NAMESPACE=LEVEL[:VERSION]]...")
@click.option(
    "--all", "every", metavar="LEVEL[:VERSION]", help="The level for every namespace that is not named."
)
@admission_config_option
@source_options
@template_path_option
@output_options
def label(
    *,
    labels: tuple[str, ...],
    every: str | None,
    admission_config: JSONObject | None,
    source: SourceOptions,
    output: Output,
) -> int:
    r"""Try enforce labels on namespaces, as kubectl label --dry-run=server does, on the pods that are there.

    The server's warnings are printed word for word; exit 1 when pods violate a level or a label is refused.
    Where no pod was loaded, the templates of workloads and of custom resources are judged instead, which the
    server does not do: what of them violates the level counts as well. Without a VERSION the version that a
    namespace is labeled with stays.

    \b
    Examples:
      rbacpsp psa label non-restrictive-namespace=restricted -f sample_clusters/pod-security-standards
      rbacpsp psa label --all baseline:v1.25 -o csv -f sample_clusters/pod-security-standards
    """
    asked = dict(map(_read, labels))
    if not asked and every is None:
        raise click.UsageError(
            "give a level: NAMESPACE=LEVEL, or --all LEVEL for every namespace", click.get_current_context()
        )
    kinds = POD_SECURITY_KINDS | {*WORKLOAD_KINDS, CUSTOM_RESOURCES}
    cluster = open_cluster(source, admission_config, kinds=kinds)
    _warn_of_old(cluster)
    config = read_config(admission_config) if admission_config else Configuration()
    tried = list(_tried(cluster, asked, every, config))
    if output.tabular and tried:
        output.write(f"{line(each)}\n" for one in tried for each in one.lines)
        note_server(cluster)
    else:
        items = [] if output.readable else list(map(_json, tried))
        names = [f"namespace/{each.namespace}" for each in tried if each.verdict == "clean"]
        table = Table(_COLUMNS, [row for each in tried for row in _rows(each)])
        empty = "No namespace can get this label without a warning." if tried else "There is no namespace."
        output.answer(Answer("LabelDryRunList", table, {"items": items}, names), empty=empty, cluster=cluster)
    if len(tried) > 1:
        bad = sum(each.verdict in _BAD for each in tried)
        note(
            f"{len(tried)} namespaces were tried; in {bad} of them pods violate the level or "
            "the label is refused."
        )
    judged = {each.namespace: each.templates for each in tried if each.templates is not None}
    bare = [namespace for namespace, templates in judged.items() if not templates.judged]
    if bare:
        note(f"Nothing was judged in {', '.join(bare)}: no pod and no pod template was loaded there.")
    for namespace, templates in judged.items():
        _say_templates(namespace, templates)
    warn_custom_resources(cluster.objects)
    return NO if any(each.verdict in _BAD for each in tried) else 0


def _say_templates(namespace: str, tried: TemplatesTried) -> None:
    """Say what was judged in place of pods, and what would not come up again."""
    if not tried.judged:
        return
    one = tried.judged == 1
    templates = "the template of one object was" if one else f"the templates of {tried.judged} objects were"
    ending = "" if tried.failing else f": {'it meets' if one else 'all meet'} {tried.level}"
    note(f"No pod of {namespace} was loaded, so that {templates} judged instead{ending}.")
    for blocker in tried.failing:
        reasons = ", ".join(dict.fromkeys(failure.reason for failure in blocker.failures))
        manifest = blocker.manifest
        title = f"{manifest.kind} {manifest.name or f'{manifest.metadata.generate_name}*'}"
        note(f"{title} could not recreate its pods: they violate {tried.level} ({reasons}).")
    for said in tried.unread:
        warn(f"its pods are not judged: {said}")


def _read(text: str) -> tuple[str, str]:
    namespace, equals, level = text.partition("=")
    if not namespace or not equals or not level:
        raise click.UsageError(
            f'"{text}" is not a label: write NAMESPACE=LEVEL or NAMESPACE=LEVEL:VERSION, for example '
            "default=restricted:v1.25",
            click.get_current_context(),
        )
    return namespace, level


def _warn_of_old(cluster: "Cluster") -> None:
    if cluster.kubernetes_version < ON_SINCE:
        warn(
            f"Kubernetes {cluster.kubernetes_version} does not enable the PodSecurity plugin by "
            "default: choose another version with --kubernetes-version"
        )


def _tried(
    cluster: "Cluster", asked: dict[str, str], every: str | None, config: Configuration
) -> Iterator[Tried]:
    objects = cluster.listed
    there = {*objects.namespaces, *(namespace for namespace, _ in objects.pods)}
    there |= {namespace for _, namespace, _ in (*objects.workloads, *objects.customs) if namespace}
    missing = sorted(asked.keys() - there)
    if missing:
        raise InputError(f'namespaces "{name}" not found' for name in missing)
    for name in sorted(there if every is not None else asked):
        level, colon, version = asked.get(name, every or "").partition(":")
        before = dict(objects.namespace_labels(name))
        labels = before | {_ENFORCE: level} | ({_ENFORCE_VERSION: version} if colon else {})
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        answer = cluster.pss_admit(namespace, operation="UPDATE")
        inhabited = any(place == name for place, _ in objects.pods)
        templates = None
        if not inhabited and answer.allowed:
            templates = try_templates(name, labels, objects, config, server_of(cluster.kubernetes_version))
        yield Tried(name, before, labels, answer, templates)


def _rows(tried: Tried) -> list[tuple[str, str, str, str]]:
    said = [tried.answer.message] if tried.answer.message else list(tried.answer.warnings) or [""]
    return [(tried.namespace, tried.enforce, tried.verdict, each) for each in said]


def _json(tried: Tried) -> JSONObject:
    return {
        "namespace": tried.namespace,
        "enforce": tried.enforce,
        "verdict": tried.verdict,
        "allowed": tried.answer.allowed,
        "message": tried.answer.message,
        "warnings": list(tried.answer.warnings),
        **({} if tried.templates is None else {"templates": _templates_json(tried.templates)}),
    }


def _templates_json(tried: TemplatesTried) -> JSONObject:
    return {
        "judged": tried.judged,
        "failing": [
            {
                "kind": blocker.manifest.kind,
                "name": blocker.manifest.name,
                "reasons": list(dict.fromkeys(failure.reason for failure in blocker.failures)),
            }
            for blocker in tried.failing
        ],
    }
