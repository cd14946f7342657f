"""`rbacpsp psp fix`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
import msgspec

from rbacpsp.cli.errors import NO, InputError, note
from rbacpsp.cli.judged import Judged, judge
from rbacpsp.cli.options import Source, open_cluster, source_options, user_options
from rbacpsp.psp.fix import Fix, Fixer
from rbacpsp.report.answer import API_VERSION
from rbacpsp.report.escape import line
from rbacpsp.report.json import encode as to_json
from rbacpsp.report.yaml import encode as to_yaml

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.model import User

JSONObject = dict[str, Any]


@click.command("fix", short_help="Write the smallest grant that makes a refused pod admitted.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-n", "--namespace", metavar="NAME", help="Where the pod is created; else as its manifest says."
)
@click.option(
    "-o", "--output", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True
)
@user_options
@source_options
def fix(
    *, files: tuple[str, ...], namespace: str | None, form: str, user: "User | None", source: Source
) -> int:
    r"""Write the smallest Role and RoleBinding that make a refused pod admitted.

    Of the policies that would admit the pod the one that admits least is granted, to the pod's service
    account and in its namespace only. Where two are incomparable, the second stands below as a comment.
    What else the grant would open is said above it. Exit 1 when no policy would admit a pod.

    \b
    Examples:
      rbacpsp psp fix sample_clusters/steps/psp-by-example/dm.yaml -f sample_clusters/psp-by-example
    """
    cluster = open_cluster(source)
    fixer = Fixer(cluster.objects, cluster.authorizer, cluster.policy_version)
    mended: list[tuple[Judged, tuple[Fix, ...]]] = []
    hopeless = False
    try:
        for judged in judge(cluster, files, user=user, namespace=namespace):
            if judged.admission.allowed:
                note(f"{judged.title} in {judged.namespace}: nothing to mend, it is admitted.")
                continue
            fixes = fixer.fixes(
                judged.made.pod, judged.admission, user=judged.user, namespace=judged.namespace
            )
            hopeless |= not fixes
            if fixes:
                mended.append((judged, fixes))
            else:
                _no_grant(judged, cluster)
    except ValueError as error:
        raise InputError([str(error)]) from None
    if form == "json":
        items = [_fix_json(judged, each) for judged, fixes in mended for each in fixes]
        click.echo(to_json({"apiVersion": API_VERSION, "kind": "FixList", "items": items}), nl=False)
    else:
        click.echo("---\n".join(_yaml(judged, fixes) for judged, fixes in mended), nl=False)
    return NO if hopeless else 0


def _no_grant(judged: Judged, cluster: "Cluster") -> None:
    where = f"{judged.title} in {judged.namespace}"
    if not judged.admission.considered and judged.admission.not_judged:
        note(f"{where}: no grant mends it: {judged.admission.message}")
    elif not cluster.objects.policies:
        note(f"{where}: there is no policy to grant: {judged.admission.message}")
    else:
        note(f"{where}: no grant mends it, because every policy refuses the pod itself:")
        for name, considered in judged.admission.considered.items():
            for error in considered.errors:
                note(f"  {name}: {error}")


def _yaml(judged: Judged, fixes: tuple[Fix, ...]) -> str:
    chosen, *others = fixes
    text = "".join(_comments(judged, chosen)) + _objects(chosen)
    for other in others:
        alternative = "".join(_comments(judged, other)) + _objects(other)
        text += "# Or instead, as admitting neither less nor more on the whole:\n"
        text += "".join(f"# {each}\n" for each in alternative.splitlines())
    return text


def _comments(judged: Judged, chosen: Fix) -> Iterator[str]:
    verdict = chosen.admission.considered[chosen.policy.name].verdict
    yield f"# {line(judged.title)} in {line(judged.namespace)}: with this grant it is admitted by "
    yield f"{line(str(chosen.admission.policy))}{', which changes it' if verdict == 'changed' else ''}.\n"
    for sentence in chosen.opens:
        yield f"# It also opens: {line(sentence)}.\n"


def _objects(chosen: Fix) -> str:
    return f"{to_yaml(chosen.role)}---\n{to_yaml(chosen.role_binding)}"


def _fix_json(judged: Judged, chosen: Fix) -> JSONObject:
    return {
        "object": {"kind": judged.made.kind, "namespace": judged.namespace, "name": judged.made.owner},
        "policy": chosen.policy.name,
        "account": msgspec.to_builtins(chosen.account),
        "objects": [chosen.role, chosen.role_binding],
        "admittedBy": chosen.admission.policy,
        "opens": list(chosen.opens),
    }
