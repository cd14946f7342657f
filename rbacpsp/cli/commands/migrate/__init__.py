"""`rbacpsp migrate`: the commands that translate PodSecurityPolicies into their successors."""

import click

from rbacpsp.cli.errors import InputError
from rbacpsp.cli.lazy import Lazy, LazyGroup
from rbacpsp.model.argument_types import unknown_word

COMMANDS = (
    Lazy("check", "migrate.check:check", "Compare generated files with the policies, pod by pod."),
    Lazy(
        "gatekeeper",
        "migrate.gatekeeper:gatekeeper",
        "Write the policies as constraints and mutations of Gatekeeper.",
    ),
    Lazy("kubewarden", "migrate.kubewarden:kubewarden", "Write the policies as policy groups of Kubewarden."),
    Lazy(
        "kyverno",
        "migrate.kyverno:kyverno",
        "Write the policies as ValidatingPolicy and MutatingPolicy of Kyverno.",
    ),
    Lazy("level", "migrate.level:level", "Show which Pod Security level a policy corresponds to."),
    Lazy("plan", "migrate.plan:plan", "Write a migration plan for this cluster, as a checklist."),
    Lazy("psa", "migrate.psa:psa", "Write a Pod Security level for each namespace, as labels."),
    Lazy("psp", "migrate.psp:psp", "Write OpenShift's security context constraints as policies."),
    Lazy("scc", "migrate.scc:scc", "Write the policies as OpenShift's security context constraints."),
    Lazy(
        "vap",
        "migrate.vap:vap",
        "Write the policies as ValidatingAdmissionPolicy that asks RBAC.",
    ),
)
"""Every command about migration, sorted by name."""


class Engines(LazyGroup):
    """The engines and steps; an unknown one is an input error of one line."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name.

        Raises:
            InputError: There is no such engine; the message lists all engines.
        """
        if args[0] not in self._lazy and not args[0].startswith("-"):
            known = sorted(self._lazy)
            raise InputError([unknown_word("engine or step", args[0], known, "engines and steps")])
        return super().resolve_command(ctx, args)


migrate = Engines(
    name="migrate",
    commands=COMMANDS,
    short_help="Translate PodSecurityPolicies into their successors.",
    help="""Translate PodSecurityPolicies into their successors, and report every difference.

    \b
    Examples:
      rbacpsp migrate plan -f sample_clusters/psp-migration
      rbacpsp migrate vap -f sample_clusters/psp-by-example
    """,
)
