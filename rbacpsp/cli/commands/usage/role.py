"""`rbacpsp usage role`: write the smallest roles that allow just the recorded requests of a user."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from rbacpsp.auditlog.widening import WAYS
from rbacpsp.cli.assumption_warning import note_server
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError, note, warn
from rbacpsp.cli.grant_output import request_text
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.usage_options import log_options, open_usage, user_option
from rbacpsp.model.json import JSONObject
from rbacpsp.report.escape import line
from rbacpsp.report.yaml import encode as to_yaml

if TYPE_CHECKING:
    from rbacpsp.auditlog.synthesis import Synthesis
    from rbacpsp.auditlog.widening import Generalise


@dataclass(frozen=True, slots=True)
class _RoleManifests:
    """Roles and bindings for kubectl apply, with comments above them."""

    synthesis: "Synthesis"
    comments: tuple[str, ...]

    def document(self) -> JSONObject:
        """The objects as a List."""
        return {"apiVersion": "v1", "kind": "List", "items": list(self.synthesis.objects)}

    def manifests(self) -> Iterator[str]:
        """The objects as YAML documents; the first begins with the comments."""
        opening = "".join(f"# {line(text)}\n" for text in self.comments)
        for obj in self.synthesis.objects:
            yield opening + to_yaml(obj)
            opening = ""
        if opening:
            yield opening


@command("role", short_help="Write the smallest roles that allow what was recorded.")
@log_options
@user_option
@click.option(
    "--generalise",
    type=click.Choice(WAYS),
    default="none",
    show_default=True,
    help="Allow more: all names if generated names differ, namespaces with a label, or all verbs that read.",
)
@source_options
@output_options(
    formats=("yaml", "json"),
    default="yaml",
    titles=False,
    help="The output format: YAML for kubectl apply, or a List in JSON.",
)
def role(
    *,
    logs: tuple[str, ...],
    times: tuple[str, str],
    user: str,
    generalise: "Generalise",
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Write the smallest Roles, ClusterRoles and bindings that allow just the recorded requests of a user.

    Together with Kubernetes' own objects, they allow every recorded allowed request of the user and no other
    request, with two exceptions that RBAC cannot narrow: a request without a name stands for all names, and
    one without a namespace for all namespaces. Permissions that every server grants to everyone are left out.
    --generalise allows more, and says what.

    \b
    Examples:
      rbacpsp usage role --serviceaccount shop:web sample_clusters/audit-log/log \
          -f sample_clusters/audit-log/cluster.yaml
    """
    if not user:
        raise click.UsageError(
            "name the user of the roles: --user or --serviceaccount", click.get_current_context()
        )
    cluster, log_usage = open_usage(logs, source, times, user=user)
    result = log_usage.role(user, generalise)
    if not result.requests and not result.by_kubernetes and not result.left_out:
        raise InputError([f"no request of {user} was allowed in this log: check the name, and --since"])
    comments = tuple(_comments(result, user, log_usage.window.words))
    output.show(_RoleManifests(result, comments))
    note_server(cluster, access_only=True)
    for text in result.widened:
        note(f"wider: {text}.")
    for request, reason in result.left_out:
        warn(f"{request_text(request)} was allowed but is left out: {reason}")


def _comments(result: "Synthesis", user: str, words: str) -> Iterator[str]:
    yield (
        f"The recorded requests of {user} in {words}: {result.requests:,} distinct requests, and "
        "nothing else."
    )
    if result.by_kubernetes:
        yield f"{result.by_kubernetes:,} more are allowed to everybody by Kubernetes' own roles."
    for text in result.widened:
        yield f"Wider: {text}."
    for request, reason in result.left_out:
        yield f"Left out: {request_text(request)}: {reason}."
