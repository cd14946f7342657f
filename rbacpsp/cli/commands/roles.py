"""`rbacpsp roles`: show which roles contain a permission, and whether by name or through which wildcards."""

from collections.abc import Iterator
from operator import attrgetter
from typing import TYPE_CHECKING

import click

from rbacpsp.apply import listed_roles
from rbacpsp.catalog.placement import alternatives
from rbacpsp.cli.assumption_warning import partial_source_note
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import note
from rbacpsp.cli.grants import object_json, request_json, rule_json
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.target import is_usual, read_target, require_known
from rbacpsp.model import ClusterRole, PolicyRule, Request, Role
from rbacpsp.model.json import JSONObject
from rbacpsp.rbac.match import api_group_matches, resource_matches, rule_allows, verb_matches
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_COLUMNS = ("role", "namespace", "how", "names", "rule")


@command("roles", short_help="Show which roles contain a permission.")
@click.argument("verb")
@click.argument("target", metavar="RESOURCE[/NAME]|URL")
@click.option("--subresource", default="", metavar="NAME", help="The subresource, for example log.")
@source_options
@output_options
def roles(*, verb: str, target: str, subresource: str, source: SourceOptions, output: Output) -> None:
    r"""Show which roles contain a permission, and whether by name or through which wildcards.

    Without /NAME, rules that are limited to some names are shown too, with those names. Roles are shown even
    if nobody is bound to them: who-can shows who holds a permission.

    \b
    Examples:
      rbacpsp roles use psp -f sample_clusters/psp-by-example
      rbacpsp roles get pods --subresource log -f sample_clusters/bootstrap-1.24
      rbacpsp roles delete nodes -o json -f sample_clusters/bootstrap-1.24
    """
    cluster = open_cluster(source, kinds={"ClusterRole", "Role"}, discovery=not is_usual(target))
    parsed = read_target(cluster.catalog, verb, target, subresource=subresource, namespace="")
    require_known(cluster.catalog, parsed, target)
    computed = cluster.authorizer.aggregation.roles
    request = parsed.request
    rows: list[tuple[str, ...]] = []
    items: list[JSONObject] = []
    names: list[str] = []
    containing: list[Role | ClusterRole] = []
    for role in _roles(cluster):
        for index, rule in enumerate(role.rules):
            if not _contains(rule, request):
                continue
            how = _match_kind(rule, request)
            containing.append(role)
            resource_names = ",".join(sorted(rule.resource_names))
            rows.append((f"{role.kind}/{role.name}", role.namespace, how, resource_names, str(index)))
            names.append(f"{role.kind.lower()}/{role.name}")
            items.append(
                {"role": object_json(role), "how": how, "ruleIndex": index, "rule": rule_json(rule)}
                | ({"computed": True} if role.name in computed and not role.namespace else {})
            )
    data = {"request": request_json(request), "items": items}
    output.answer(
        Answer("Roles", Table(_COLUMNS, rows, frozenset({"rule"})), data, names),
        empty=(
            f"No role allows {verb} on {target}. Members of system:masters need no role."
            f"{partial_source_note(cluster)}"
        ),
        cluster=cluster,
        granting=containing,
        access_only=True,
    )
    aggregated = sorted({item["role"]["name"] for item in items if "computed" in item})
    if output.readable and aggregated:
        note(f"Loaded without rules, so computed from their aggregationRule: {', '.join(aggregated)}")


def _roles(cluster: "Cluster") -> Iterator[Role | ClusterRole]:
    """Every role with its effective rules, ClusterRoles first."""
    computed = cluster.authorizer.aggregation.roles
    roles = listed_roles(cluster.objects)
    for role in sorted((role for role in roles if isinstance(role, ClusterRole)), key=attrgetter("name")):
        yield computed.get(role.name, role)
    local = (role for role in roles if isinstance(role, Role))
    yield from sorted(local, key=attrgetter("metadata.namespace", "metadata.name"))


def _contains(rule: PolicyRule, request: Request) -> bool:
    """Whether a rule allows a request; without a name also for some objects only."""
    if request.path is None and not request.name:
        return (
            verb_matches(rule, request.verb)
            and api_group_matches(rule, request.group)
            and resource_matches(rule, request.combined_resource, request.subresource)
        )
    return any(rule_allows(rule, alternative) for alternative in alternatives(request))


def _match_kind(rule: PolicyRule, request: Request) -> str:
    """`by name`, or the wildcards through which the rule matches the request."""
    wild = [] if request.verb in rule.verbs else ["verb *"]
    if request.path is not None:
        if request.path not in rule.non_resource_urls:
            wild += [
                f"URL {url}" for url in rule.non_resource_urls if url.endswith("*") and _covers(url, request)
            ]
        return ", ".join(wild) or "by name"
    if request.group not in rule.api_groups:
        wild.append("group *")
    if request.combined_resource not in rule.resources:
        starred = f"*/{request.subresource}"
        wild.append(f"resource {starred if request.subresource and starred in rule.resources else '*'}")
    return ", ".join(wild) or "by name"


def _covers(url: str, request: Request) -> bool:
    return rule_allows(PolicyRule(verbs=(request.verb,), non_resource_urls=(url,)), request)
