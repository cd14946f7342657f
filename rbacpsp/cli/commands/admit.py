"""`rbacpsp admit`: check whether the server would accept an object, and explain a refusal."""

from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from rbacpsp.cli.admission_option import admission_config_option
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import NO, InputError, warn
from rbacpsp.cli.options import (
    SourceOptions,
    open_cluster,
    request_namespace,
    require_user,
    source_options,
    user_options,
)
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.pod_verdicts import refuse_second_stdin
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

_CONTEXT_KINDS = frozenset(
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
"""The kinds of objects that change the answers about later objects."""


class _Item(NamedTuple):
    """An object to check, and the lines of its fields."""

    body: JSONObject
    line_of: Callable[[str], str]
    """Gives the file and line of a field path."""
    stored: bool
    """Whether the object is already in the cluster, so that only its pods are checked."""


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

    The checks run in the server's order: RBAC (whether the user may write the object, including the
    escalation check), the ServiceAccount plugin, PodSecurityPolicy where it exists, validation, and Pod
    Security by the labels of the namespace. The pods of a workload are checked too, as its controller creates
    them. The objects in FILE are checked in order, each against the cluster plus the objects before it.
    KIND/NAME is an object of the cluster, or a custom resource such as rollout/web: the answer shows why its
    pods do not run. The exit code is 1 if an object or one of its pods is refused.

    \b
    Examples:
      rbacpsp admit sample_clusters/steps/psp-by-example/dm.yaml -f sample_clusters/psp-by-example
      rbacpsp admit sample_clusters/steps/pod-security-standards/go-app.yaml --as alice \
          -f sample_clusters/pod-security-standards
    """
    custom_kinds = {word: kind for kind in known_kinds() for word in _kind_words(kind)}
    object_words = [word for word in words if _names_an_object(word, custom_kinds)]
    files = [word for word in words if word not in object_words]
    refuse_second_stdin(files, source)
    asker = user if user or source.filenames or not files else require_user(user, source)
    cluster = open_cluster(source, admission_config)
    default_namespace = request_namespace(source, namespace)
    items = [
        *_file_items(files, namespace),
        *(_cluster_item(cluster, word, namespace or default_namespace) for word in object_words),
    ]
    if asker is None and files:
        warn("no user was given by --as, so RBAC is not checked")
    submissions = list(_submit(cluster, items, asker, namespace or default_namespace))
    output.show(ShownSubmissions(tuple(submissions)), cluster=cluster)
    return 0 if all(submitted.submission.runs for submitted in submissions) else NO


def _kind_words(kind: TemplateKind) -> tuple[str, ...]:
    """The words that name a kind of custom resource: `rollout`, `rollouts`, `rollout.argoproj.io`."""
    singular = kind.kind.lower()
    return singular, f"{singular}s", f"{singular}.{kind.group}", f"{singular}s.{kind.group}"


def _names_an_object(word: str, custom_kinds: Container[str]) -> bool:
    kind, slash, name = word.partition("/")
    known = kind.lower() in WORDS or kind.lower() in custom_kinds
    return bool(slash and name and "/" not in name and known) and not Path(word).exists()


def _file_items(files: Iterable[str], namespace: str | None) -> Iterator[_Item]:
    from rbacpsp.sources import read_manifest_files

    for file in files:
        try:
            manifest_files = list(read_manifest_files([file]))
        except LoadError as error:
            raise InputError(map(str, error.problems)) from None
        for manifest_file in manifest_files:
            for located in manifest_file.objects:
                metadata = located.value.get("metadata")
                object_namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
                if namespace and object_namespace and object_namespace != namespace:
                    raise click.UsageError(
                        f'{manifest_file.name} names namespace "{object_namespace}" and -n "{namespace}": '
                        "leave out -n, or give the namespace of the file",
                        click.get_current_context(),
                    )
                yield _Item(located.value, _line_finder(manifest_file.name, located), stored=False)


def _line_finder(file: str, located: "Located") -> Callable[[str], str]:
    return lambda field: f"{file}:{located.line(parse_path(field))}"


def _cluster_item(cluster: "Cluster", word: str, namespace: str) -> _Item:
    from rbacpsp.cli.explain.manifest_lines import lines_of

    kind_word, _, name = word.partition("/")
    same_name = [
        manifest for manifest in _objects_of_kind(cluster, kind_word.lower()) if manifest.name == name
    ]
    match = next((manifest for manifest in same_name if (manifest.namespace or "default") == namespace), None)
    if match is None:
        namespaces = ", ".join(sorted({manifest.namespace or "default" for manifest in same_name}))
        hint = f"; there is one in {namespaces}: choose with -n" if namespaces else ""
        missing = f"no {kind_word} {name} in namespace {namespace}"
        raise InputError([f"{word}: there is {missing}, or it makes no pods{hint}"])
    return _Item(_manifest_body(match), lines_of(cluster, match), stored=True)


def _objects_of_kind(cluster: "Cluster", word: str) -> Iterator[Manifest]:
    """The pods, workloads and custom resources of a kind; built-in kinds come before custom ones."""
    objects = cluster.objects
    if word in WORDS:
        manifests = (*objects.pods.values(), *objects.workloads.values())
        yield from (manifest for manifest in manifests if manifest.kind == WORDS[word].name)
    for custom in objects.customs.values():
        kind = objects.template_kind(custom)
        if kind is not None and word in _kind_words(kind):
            yield custom


def _manifest_body(manifest: Manifest) -> JSONObject:
    return {
        **manifest.body,
        "kind": manifest.body.get("kind") or manifest.kind,
        "apiVersion": manifest.api_version,
    }


def _submit(
    cluster: "Cluster", items: list[_Item], user: "User | None", namespace: str
) -> Iterator[Submitted]:
    for item in items:
        metadata = item.body.get("metadata")
        object_namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
        try:
            submission = cluster.submit(
                item.body, user=None if item.stored else user, namespace=str(object_namespace or namespace)
            )
        except (LoadError, ValueError) as error:
            raise InputError([str(error)]) from None
        yield Submitted(submission, item.line_of)
        if submission and len(items) > 1 and item.body.get("kind") in _CONTEXT_KINDS:
            default_metadata = {"namespace": namespace} if submission.namespace else {}
            body = {**item.body, "metadata": {**default_metadata, **(item.body.get("metadata") or {})}}
            cluster = cluster.changed(decode_objects([body]))
