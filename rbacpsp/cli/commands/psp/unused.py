"""`rbacpsp psp unused`: show the policies that no pod has or would get."""

from collections.abc import Iterator, Mapping
from typing import Any

from rbacpsp.cli.command import command
from rbacpsp.cli.commands.psp.list import NO_POLICIES
from rbacpsp.cli.grants import object_json
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.policies import open_policies
from rbacpsp.cli.simulation_rows import POD_KINDS, creator_options, run_simulation
from rbacpsp.cli.spelling import binding_text, role_text, scope_text
from rbacpsp.model.json import JSONObject
from rbacpsp.report.answer import Answer, Table
from rbacpsp.simulate import Summary


@command("unused", short_help="Show the policies and grants that nothing needs.")
@creator_options
@source_options
@output_options
def unused(*, creators: Mapping[str, Any], source: SourceOptions, output: Output) -> None:
    r"""Show the policies that no pod has or would get, and the grants that no workload needs.

    A policy is unused if no loaded pod records it and no pod would get it now. A grant is unused if no
    workload gets its policy through it. Grants for people who create pods themselves are therefore listed
    too: no workload needs them. Rules that do not name podsecuritypolicies, such as those of a cluster
    admin, are left out.

    \b
    Examples:
      rbacpsp psp unused -f sample_clusters/psp-migration
    """
    cluster = open_policies(source, kinds=POD_KINDS, discovery=False)
    simulation = run_simulation(cluster, creators)
    summary = simulation.summary
    policies = list(_unused_policies(summary))
    rows = [(f"policy/{name}", "", "", reason) for name, reason in policies]
    items: list[JSONObject] = [{"policy": name, "why": reason} for name, reason in policies]
    for idle_grant in summary.idle_grants:
        binding = idle_grant.binding
        reason = f"no workload gets {idle_grant.policy} through it"
        rows.append(
            (binding_text(binding), scope_text(binding.namespace), role_text(binding.role_ref), reason)
        )
        items.append({"policy": idle_grant.policy, "binding": object_json(binding), "why": reason})
    table = Table(("object", "scope", "role", "why"), rows)
    answer = Answer("UnusedPolicies", table, {"items": items}, list(dict.fromkeys(row[0] for row in rows)))
    used = "Every policy is used, and every grant of one is needed."
    output.answer(answer, empty=used if cluster.objects.policies else NO_POLICIES, cluster=cluster)


def _unused_policies(summary: Summary) -> Iterator[tuple[str, str]]:
    for name in summary.unused:
        if name in summary.invalid:
            titles = ", ".join(summary.invalid[name])
            yield name, f"it admits pods that the API server then refuses as invalid: {titles}"
        elif name in summary.unusable:
            yield name, "no one can use it"
        elif name in summary.shadowed:
            winners = summary.shadowed[name]
            verb = "wins" if len(winners) == 1 else "win"
            yield name, f"it admits pods, but {', '.join(winners)} always {verb} first"
        else:
            yield name, "no pod has it or would get it"
