"""The CEL expressions for kernel parameters and RuntimeClasses."""

from rbacpsp.migration.cel.clause import Clause
from rbacpsp.migration.cel.text import any_of, literal, matches_pattern, one_of
from rbacpsp.migration.controls import RuntimeClasses, SysctlNames


def sysctl_names(control: SysctlNames) -> Clause:
    """Every sysctl is safe or allowed, and none is forbidden."""
    allowed = matches_pattern("s.name", control.allowed_unsafe)
    if allowed != "true":
        safe = one_of("s.name", control.safe)
        allowed = safe if allowed == "false" else any_of([safe, allowed])
    forbidden = matches_pattern("s.name", control.forbidden)
    tests = [] if allowed == "true" else [allowed]
    if forbidden != "false":
        tests.append("false" if forbidden == "true" else f"!({forbidden})")
    return Clause(f"variables.pod.?sysctls.orValue([]).all(s, {' && '.join(tests)})")


def runtime_classes(control: RuntimeClasses) -> Clause:
    """The RuntimeClass is allowed, or absent; a pod without one gets the default."""
    named = "has(object.spec.runtimeClassName)"
    allowed = "true" if control.any_allowed else one_of("object.spec.runtimeClassName", control.allowed)
    default = control.default
    if default is None:
        return Clause(f"(!{named} || {allowed})" if allowed != "true" else "true")
    if control.any_allowed:
        fits = "true"
    elif default in control.allowed:
        fits = f"(!{named} || {allowed})"
    else:
        fits = f"({named} && {allowed})"
    patch = (
        f'!{named} ? [JSONPatch{{op: "add", path: "/spec/runtimeClassName", value: {literal(default)}}}] : []'
    )
    return Clause(fits, f"!{named}", (patch,))
