"""`rbacpsp admit`."""

from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from rbacpsp.cli.admission_option import admission_config_option
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import NO, InputError, warn
from rbacpsp.cli.options import SourceOptions, need_user, open_cluster, place, source_options, user_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.pod_verdicts import read_once
from rbacpsp.cli.submission_output import ShownSubmissions, Submitted
from rbacpsp.cli.what_if import WORDS
from rbacpsp.decode import LoadError, decode_objects
from rbacpsp.model import Manifest
from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import TemplateKind, known_kinds
from rbacpsp.pss.paths import parse_path

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.decode import Located
    from rbacpsp.model import User

_PREPARES = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "Namespace",
        "PodSecurityPolicy",
        "Role",
        "RoleBinding",
        "SecurityContextConstraints",
        "ServiceAccount",
    }
)
"""The kinds on which the answers about later objects depend."""


class _Item(NamedTuple):
    """An object to ask about, and the lines of its fields."""

    body: JSONObject
    where: Callable[[str], str]
    stored: bool
    """The object is already in the cluster; only its pods are checked."""


@command("admit", short_help="Check whether the server would accept an object, and if not, what refuses it.")
@click.argument("words", nargs=-1, required=True, metavar="FILE|KIND/NAME...")
@click.option(
    "-n",
    "--namespace",
    metavar="NAME",
    help="The namespace to create it in; by default the one in its manifest.",
)
@admission_config_option
@user_options
@source_options
@output_options
def admit(
    *,
    words: tuple[str, ...],
    namespace: str | None,
    admission_config: JSONObject | None,
    user: "User | None",
    source: SourceOptions,
    output: Output,
) -> int:
    r"""Check whether the server would accept an object, and if not, what refuses it and how to fix it.

    The server's parts are asked in its order: RBAC (may the user write it, escalation included), the
    ServiceAccount plugin, PodSecurityPolicy where it exists, validation, and Pod Security by the labels of
    the namespace. Of a workload the pods are asked for too, as its controller makes them. FILE holds objects;
    each meets the cluster with those before it. KIND/NAME is an object of the source itself, custom resources
    such as rollout/web among them: why does it not run? Exit 1 when an object or a pod of it is refused.

    \b
    Examples:
      rbacpsp admit sample_clusters/steps/psp-by-example/dm.yaml -f sample_clusters/psp-by-example
      rbacpsp admit sample_clusters/steps/pod-security-standards/go-app.yaml --as alice \
          -f sample_clusters/pod-security-standards
    """
    customs = {word: kind for kind in known_kinds() for word in _words_of(kind)}
    named = [word for word in words if _names_an_object(word, customs)]
    files = [word for word in words if word not in named]
    read_once(files, source)
    asker = user if user or source.filenames or not files else need_user(user, source)
    cluster = open_cluster(source, admission_config)
    home = place(source, namespace)
    items = [*_of_files(files, namespace), *(_of_cluster(cluster, word, namespace or home) for word in named)]
    if asker is None and files:
        warn("no user was given by --as, so RBAC is not checked")
    found = list(_submitted(cluster, items, asker, namespace or home))
    output.show(ShownSubmissions(tuple(found)), cluster=cluster)
    return 0 if all(each.submission.runs for each in found) else NO


def _words_of(kind: TemplateKind) -> tuple[str, ...]:
    """How a kind of custom resource is named: `rollout`, `rollouts`, `rollout.argoproj.io`."""
    one = kind.kind.lower()
    return one, f"{one}s", f"{one}.{kind.group}", f"{one}s.{kind.group}"


def _names_an_object(word: str, customs: Container[str]) -> bool:
    kind, slash, name = word.partition("/")
    known = kind.lower() in WORDS or kind.lower() in customs
    return bool(slash and name and "/" not in name and known) and not Path(word).exists()


def _of_files(files: Iterable[str], namespace: str | None) -> Iterator[_Item]:
    from rbacpsp.sources import read_manifest_files

    for file in files:
        try:
            (manifests,) = read_manifest_files([file]) if Path(file).is_file() or file == "-" else (None,)
            every = [manifests] if manifests is not None else list(read_manifest_files([file]))
        except LoadError as error:
            raise InputError(map(str, error.problems)) from None
        for one in every:
            for located in one.objects:
                metadata = located.value.get("metadata")
                own = metadata.get("namespace") if isinstance(metadata, dict) else None
                if namespace and own and own != namespace:
                    raise click.UsageError(
                        f'{one.name} names namespace "{own}" and -n "{namespace}": leave out -n, or give the '
                        "namespace of the file",
                        click.get_current_context(),
                    )
                yield _Item(located.value, _lines(one.name, located), stored=False)


def _lines(file: str, located: "Located") -> Callable[[str], str]:
    return lambda field: f"{file}:{located.line(parse_path(field))}"


def _of_cluster(cluster: "Cluster", word: str, namespace: str) -> _Item:
    from rbacpsp.cli.explain.places import lines_of

    kind_word, _, name = word.partition("/")
    alike = [each for each in _of_kind(cluster, kind_word.lower()) if each.name == name]
    found = next((each for each in alike if (each.namespace or "default") == namespace), None)
    if found is None:
        where = ", ".join(sorted({each.namespace or "default" for each in alike}))
        hint = f"; there is one in {where}: choose with -n" if where else ""
        what = f"no {kind_word} {name} in namespace {namespace}"
        raise InputError([f"{word}: there is {what}, or it makes no pods{hint}"])
    return _Item(_body(found), lines_of(cluster, found), stored=True)


def _of_kind(cluster: "Cluster", word: str) -> Iterator[Manifest]:
    """The pods, workloads and custom resources of a kind, Kubernetes' own before those of its name."""
    objects = cluster.objects
    if word in WORDS:
        every = (*objects.pods.values(), *objects.workloads.values())
        yield from (each for each in every if each.kind == WORDS[word].name)
    for custom in objects.customs.values():
        kind = objects.template_kind(custom)
        if kind is not None and word in _words_of(kind):
            yield custom


def _body(found: Manifest) -> JSONObject:
    return {**found.body, "kind": found.body.get("kind") or found.kind, "apiVersion": found.api_version}


def _submitted(
    cluster: "Cluster", items: list[_Item], user: "User | None", namespace: str
) -> Iterator[Submitted]:
    for item in items:
        metadata = item.body.get("metadata")
        own = metadata.get("namespace") if isinstance(metadata, dict) else None
        try:
            found = cluster.submit(
                item.body, user=None if item.stored else user, namespace=str(own or namespace)
            )
        except (LoadError, ValueError) as error:
            raise InputError([str(error)]) from None
        yield Submitted(found, item.where)
        if found and len(items) > 1 and item.body.get("kind") in _PREPARES:
            home = {"namespace": namespace} if found.namespace else {}
            body = {**item.body, "metadata": {**home, **(item.body.get("metadata") or {})}}
            cluster = cluster.changed(decode_objects([body]))
