"""`rbacpsp psa label`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.cli.errors import NO, InputError, note, warn
from rbacpsp.cli.options import Source, admission_config_option, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.load.sources import POD_SECURITY_KINDS
from rbacpsp.pss import PSAdmission
from rbacpsp.pss.labels import LABEL_PREFIX
from rbacpsp.pss.levels import ON_SINCE
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.escape import line

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

JSONObject = dict[str, Any]

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

    @property
    def violated(self) -> bool:
        """Whether pods that are there violate the new level."""
        return any(warning.startswith("existing pods in namespace ") for warning in self.answer.warnings)

    @property
    def verdict(self) -> str:
        """`refused`, `violated`, `warned` or `clean`."""
        if not self.answer.allowed:
            return "refused"
        return "violated" if self.violated else "warned" if self.answer.warnings else "clean"

    @property
    def lines(self) -> list[str]:
        """What kubectl prints: the server's warnings, then what became of the request."""
        if self.answer.message is not None:
            return [f"The {self.answer.message}"]
        done = "not labeled" if self.labels == self.before else "labeled"
        return [*(f"Warning: {each}" for each in self.answer.warnings), f"namespace/{self.namespace} {done}"]

    @property
    def enforce(self) -> str:
        """What the labels say then, as `LEVEL:VERSION`."""
        return f"{self.labels.get(_ENFORCE, '')}:{self.labels.get(_ENFORCE_VERSION, 'latest')}"


@click.command("label", short_help="Try labels of namespaces on the pods that are there.")
@click.argument("labels", nargs=-1, metavar="[NAMESPACE=LEVEL[:VERSION]]...")
@click.option("--all", "every", metavar="LEVEL[:VERSION]", help="Every namespace that is not named.")
@admission_config_option
@source_options
@output_options
def label(
    *,
    labels: tuple[str, ...],
    every: str | None,
    admission_config: JSONObject | None,
    source: Source,
    output: Output,
) -> int:
    r"""Try enforce labels on namespaces, as kubectl label --dry-run=server does, on the pods that are there.

    The server's warnings are printed word for word; exit 1 when pods violate a level or a label is refused.
    Without a VERSION the version that a namespace is labeled with stays.

    \b
    Examples:
      rbacpsp psa label non-restrictive-namespace=restricted -f sample_clusters/pod-security-standards
      rbacpsp psa label --all baseline:v1.25 -o csv -f sample_clusters/pod-security-standards
    """
    asked = dict(map(_read, labels))
    if not asked and every is None:
        raise click.UsageError(
            "name a level: NAMESPACE=LEVEL, or --all LEVEL for every namespace", click.get_current_context()
        )
    cluster = open_cluster(source, admission_config, kinds=POD_SECURITY_KINDS, discovery=False)
    _warn_of_old(cluster)
    tried = list(_tried(cluster, asked, every))
    if output.tabular and tried:
        click.echo("".join(f"{line(each)}\n" for one in tried for each in one.lines), nl=False)
    else:
        items = [] if output.readable else list(map(_json, tried))
        names = [f"namespace/{each.namespace}" for each in tried if each.verdict == "clean"]
        table = Table(_COLUMNS, [row for each in tried for row in _rows(each)])
        empty = "No namespace can be labeled so without a warning." if tried else "There is no namespace."
        output.answer(Answer("LabelDryRunList", table, {"items": items}, names), empty=empty)
    if len(tried) > 1:
        bad = sum(each.verdict in {"violated", "refused"} for each in tried)
        note(
            f"{len(tried)} namespaces were tried; in {bad} of them pods violate it, or the label is refused."
        )
    return NO if any(each.verdict in {"violated", "refused"} for each in tried) else 0


def _read(text: str) -> tuple[str, str]:
    namespace, equals, level = text.partition("=")
    if not namespace or not equals or not level:
        raise click.UsageError(
            f'"{text}" is no label: write NAMESPACE=LEVEL or NAMESPACE=LEVEL:VERSION, for example '
            "default=restricted:v1.25",
            click.get_current_context(),
        )
    return namespace, level


def _warn_of_old(cluster: "Cluster") -> None:
    if cluster.kubernetes_version < ON_SINCE:
        warn(
            f"Kubernetes {cluster.kubernetes_version} has no PodSecurity plugin that is on by default: it "
            "says nothing; name another server by --kubernetes-version"
        )


def _tried(cluster: "Cluster", asked: dict[str, str], every: str | None) -> Iterator[Tried]:
    objects = cluster.objects
    there = {*objects.namespaces, *(namespace for namespace, _ in objects.pods)}
    missing = sorted(asked.keys() - there)
    if missing:
        raise InputError(f'namespaces "{name}" not found' for name in missing)
    for name in sorted(there if every is not None else asked):
        level, colon, version = asked.get(name, every or "").partition(":")
        stored = objects.namespaces.get(name)
        before = dict(stored.metadata.labels) if stored else {}
        labels = before | {_ENFORCE: level} | ({_ENFORCE_VERSION: version} if colon else {})
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        yield Tried(name, before, labels, cluster.pss_admit(namespace, operation="UPDATE"))


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
    }
