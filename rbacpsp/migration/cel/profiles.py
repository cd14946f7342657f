"""The CEL expressions for AppArmor and seccomp profiles, as annotations and as fields."""

from rbacpsp.migration.cel.clause import Clause, fill_containers, fill_pod
from rbacpsp.migration.cel.text import container_field, literal, one_of
from rbacpsp.migration.controls import AppArmorProfiles, SeccompProfiles
from rbacpsp.pods.seccomp import CONTAINER_PREFIX, POD_KEY, field_for_annotation
from rbacpsp.psp.strategies.apparmor import CONTAINER_PREFIX as APPARMOR_PREFIX


def apparmor_profiles(control: AppArmorProfiles) -> Clause:
    """Every container's profile is allowed; those without one get the default, as an annotation.

    The server copies the annotation into the field when it stores the pod.
    """
    fits = "true"
    if control.allowed is not None:
        names = [name for name in control.allowed if name]
        if control.default in names:
            names.insert(0, "")
        fits = f"variables.appArmorProfiles.all(p, {one_of('p', names)})"
    if not control.default:
        return Clause(fits)
    path = "/metadata/annotations/" + APPARMOR_PREFIX.replace("~", "~0").replace("/", "~1")
    patch = (
        "variables.containers.filter(c, variables.appArmorProfiles[variables.names.indexOf(c.name)] == '')"
        f'.map(c, JSONPatch{{op: "add", path: "{path}" + c.name, value: {literal(control.default)}}})'
    )
    return Clause(fits, "variables.appArmorProfiles.exists(p, p == '')", (patch,))


def seccomp_profiles(control: SeccompProfiles) -> Clause:
    """The pod's profile and those of its containers are allowed; a pod without one gets the default."""
    fits = "true"
    if control.allowed is not None:
        test = one_of("p", control.allowed) if control.allowed else "p == ''"
        alone = control.default in control.allowed if control.allowed else not control.default
        pods = f"variables.podSeccomp.all(p, {test})"
        if not alone:
            pods = f"variables.podSeccomp.size() > 0 && {pods}"
        fits = f"{pods} && variables.containerSeccomp.all(p, {test})"
    field = field_for_annotation(control.default)
    if field is None:
        return Clause(fits)
    lacks = "variables.podSeccomp.size() == 0"
    return Clause(fits, lacks, (fill_pod(lacks, "seccompProfile", _value(field)),))


def _value(field: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{key}": {literal(text)}' for key, text in field.items()) + "}"


FIELD_WITHOUT_ANNOTATION = (
    f"has(variables.pod.seccompProfile) && variables.annotations[?{literal(POD_KEY)}].orValue('') == ''"
)
"""Whether every policy of 1.24 changed the pod: each wrote the annotation of the pod's seccomp field."""


def _field(annotation: str) -> str:
    """The seccomp field that is equivalent to an annotation's value; only for values that have one."""
    return (
        f"{annotation}.startsWith('localhost/') ? "
        f'{{"type": "Localhost", "localhostProfile": {annotation}.substring(10)}} : '
        f'{{"type": {annotation} == \'unconfined\' ? "Unconfined" : "RuntimeDefault"}}'
    )


def _known(annotation: str) -> str:
    """Whether an annotation's value has an equivalent field."""
    return (
        f"({annotation} in ['unconfined', 'runtime/default', 'docker/default']"
        f" || ({annotation}.startsWith('localhost/') && {annotation} != 'localhost/'))"
    )


def seccomp_fields_from_annotations() -> tuple[str, ...]:
    """Patches that set the seccomp fields of the pod and its containers from annotations, as 1.24 did."""
    pod = f"variables.annotations[{literal(POD_KEY)}]"
    key = f"{literal(CONTAINER_PREFIX)} + c.name"
    of_container = f"variables.annotations[{key}]"
    return (
        fill_pod(
            f"!has(variables.pod.seccompProfile) && {literal(POD_KEY)} in variables.annotations"
            f" && {_known(pod)}",
            "seccompProfile",
            _field(pod),
        ),
        *fill_containers(
            f"!{container_field('seccompProfile')}.hasValue() && {key} in variables.annotations"
            f" && {_known(of_container)}",
            "seccompProfile",
            f"({_field(of_container)})",
        ),
    )
