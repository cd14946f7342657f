"""`rbacpsp explain`."""

import re
import sys
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.errors import InputError
from rbacpsp.cli.explain_access import Parts, explain_access
from rbacpsp.cli.explain_grant import explain_grant
from rbacpsp.cli.explain_policy import explain_policy
from rbacpsp.cli.options import Source, open_cluster, source_options, user_options, warn_of_node_authorizer
from rbacpsp.cli.output import Output, output_options
from rbacpsp.model import Request
from rbacpsp.psp.refusal import PolicyRefusal, read_policy_refusal
from rbacpsp.rbac.refusal import read_refusal
from rbacpsp.rbac.refused_grant import RefusedGrant, read_refused_grant
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.model import User

Refusal = PolicyRefusal | RefusedGrant | tuple[str, Request]

_UNKNOWN = (
    'this is no refusal that can be explained: paste a line such as \'pods "web" is forbidden: unable to '
    "validate against any pod security policy: []' or 'services is forbidden: User \"alice\" cannot list "
    'resource "services" in API group "" in the namespace "default"\''
)

_OF_POD_SECURITY = re.compile(r"violates? PodSecurity ")
"""In a refusal, and in the warning about what would be one."""
_POD_SECURITY = (
    "these are words of Pod Security, not of a policy: rbacpsp psa check FILE judges the manifest, and "
    "rbacpsp psa explain CHECK says what a check demands"
)


@click.command("explain", short_help="Explain a refusal of the server: what it means here, what to run next.")
@click.argument("words", nargs=-1, metavar="[MESSAGE]...")
@click.option("-n", "--namespace", metavar="NAME", help="The namespace of what was refused.")
@user_options
@source_options
@output_options
def explain(
    *, words: tuple[str, ...], namespace: str | None, user: "User | None", source: Source, output: Output
) -> None:
    r"""Explain a refusal of the server: what it means for this cluster, and what to run next.

    MESSAGE is the error or the event as it was printed; without it standard input is read.

    \b
    Examples:
      rbacpsp explain -f sample_clusters/psp-by-example \
          'pods "dm-75b5689b9f-" is forbidden: unable to validate against any pod security policy: []'
      rbacpsp explain -f sample_clusters/rbac-workshop \
          'nodes is forbidden: User "alice" cannot list resource "nodes" in API group "" at the cluster scope'
    """
    text = " ".join(words) or sys.stdin.read()
    refusal: Refusal | None = read_policy_refusal(text) or read_refused_grant(text) or read_refusal(text)
    if refusal is None:
        raise InputError([_POD_SECURITY if _OF_POD_SECURITY.search(text) else _UNKNOWN])
    parts = _explained(open_cluster(source), refusal, user, namespace, source)
    table = Table(("what", "explanation"), parts)
    data = {"message": text.strip(), "explanation": [{"what": what, "text": said} for what, said in parts]}
    output.answer(Answer("Explanation", table, data), empty="")


def _explained(
    cluster: "Cluster", refusal: Refusal, user: "User | None", namespace: str | None, source: Source
) -> Parts:
    if isinstance(refusal, PolicyRefusal):
        return explain_policy(cluster, refusal, user, namespace, source)
    if isinstance(refusal, RefusedGrant):
        return explain_grant(cluster, refusal, namespace, source)
    warn_of_node_authorizer(refusal[0])
    return explain_access(cluster, *refusal, user, source)
