"""Setting the SELinux type is restricted, and setting a custom SELinux user or role option is forbidden.

**Restricted Fields:** spec.securityContext.seLinuxOptions.type, and the same in the securityContext of
containers, initContainers and ephemeralContainers

**Allowed Values:** undefined, "", container_t, container_init_t, container_kvm_t; since 1.31
container_engine_t

**Restricted Fields:** seLinuxOptions.user and seLinuxOptions.role of the same

**Allowed Values:** undefined, ""

Source: k8s.io/pod-security-admission policy/check_seLinuxOptions.go, 0.37; the words of servers up to 1.25:
0.24 to 0.25.
"""

from functools import partial

from rbacpsp.model.version import Version
from rbacpsp.pss.checks.check import (
    CheckedPod,
    CheckRule,
    Forbidden,
    PodSecurityCheck,
    Restriction,
    context_fields,
)
from rbacpsp.pss.checks.setters import Context, bad_setters
from rbacpsp.pss.checks.words import join_quote, pluralize
from rbacpsp.pss.levels import BASELINE

TYPES_1_0 = ("", "container_t", "container_init_t", "container_kvm_t")
TYPES_1_31 = (*TYPES_1_0, "container_engine_t")


def se_linux_options(pod: CheckedPod, types: tuple[str, ...], *, silent: bool = False) -> Forbidden | None:
    """Only the given types are set, and neither a user nor a role.

    Args:
        pod: The pod.
        types: The allowed types.
        silent: Leave out a forbidden user or role where no type is wrong, as servers up to 1.25 do.
    """

    def is_bad(context: Context) -> bool:
        options = context.se_linux_options
        return options is not None and bool(options.type not in types or options.user or options.role)

    setters = bad_setters(pod, is_bad)
    if not setters:
        return None
    options = [
        (f"{path}.seLinuxOptions", context.se_linux_options)
        for path, context in setters.contexts(pod)
        if context.se_linux_options is not None
    ]
    bad_types = sorted({option.type for _, option in options if option.type not in types})
    words = [f"{pluralize('type', bad_types)} {join_quote(bad_types)}"] if bad_types else []
    if bad_types or not silent:
        if any(option.user for _, option in options):
            words.append("user may not be set")
        if any(option.role for _, option in options):
            words.append("role may not be set")
    fields = [
        f"{path}.{field}"
        for path, option in options
        for field, bad in (("type", option.type not in types), ("user", option.user), ("role", option.role))
        if bad
    ]
    return Forbidden(
        "seLinuxOptions",
        f"{setters.text} set forbidden securityContext.seLinuxOptions: {'; '.join(words)}",
        tuple(fields),
    )


def _restrictions(types: tuple[str, ...]) -> tuple[Restriction, ...]:
    return (
        Restriction(context_fields("seLinuxOptions.type"), ("undefined", '""', *types[1:])),
        Restriction(context_fields("seLinuxOptions.user", "seLinuxOptions.role"), ("undefined", '""')),
    )


CHECK = PodSecurityCheck(
    id="seLinuxOptions",
    level=BASELINE,
    demand="Setting the SELinux type is restricted, and setting a custom SELinux user or role is forbidden.",
    rules=(
        CheckRule(
            since=Version(1, 0),
            check_pod=partial(se_linux_options, types=TYPES_1_0, silent=True),
            restrictions=_restrictions(TYPES_1_0),
        ),
        CheckRule(
            since=Version(1, 0),
            server=Version(1, 26),
            check_pod=partial(se_linux_options, types=TYPES_1_0),
            restrictions=_restrictions(TYPES_1_0),
        ),
        CheckRule(
            since=Version(1, 31),
            server=Version(1, 31),
            check_pod=partial(se_linux_options, types=TYPES_1_31),
            restrictions=_restrictions(TYPES_1_31),
        ),
    ),
)
