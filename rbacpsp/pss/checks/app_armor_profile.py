"""The default AppArmor profile is applied on supported hosts: it must not be overridden or disabled.

**Restricted Fields:** metadata.annotations["container.apparmor.security.beta.kubernetes.io/*"]

**Allowed Values:** undefined, "", runtime/default, localhost/*

**Restricted Fields:** spec.securityContext.appArmorProfile.type, and the same in the securityContext of
containers, initContainers and ephemeralContainers (servers since 1.30)

**Allowed Values:** undefined, RuntimeDefault, Localhost

Source: k8s.io/pod-security-admission policy/check_appArmorProfile.go, 0.37; servers up to 1.29: 0.24.
"""

from rbacpsp.model.go import quote
from rbacpsp.model.version import Version
from rbacpsp.pss.checks.check import (
    CheckedPod,
    CheckRule,
    Forbidden,
    PodSecurityCheck,
    Restriction,
    context_fields,
)
from rbacpsp.pss.checks.setters import bad_setters
from rbacpsp.pss.checks.words import join_quote, pluralize
from rbacpsp.pss.levels import BASELINE

ANNOTATION_PREFIX = "container.apparmor.security.beta.kubernetes.io/"
TYPES = ("RuntimeDefault", "Localhost")


def _forbidden_annotations(pod: CheckedPod) -> list[tuple[str, str]]:
    """The annotations with a forbidden profile as (`key="value"`, key), sorted."""
    return sorted(
        (f"{key}={quote(value)}", key)
        for key, value in pod.annotations.items()
        if key.startswith(ANNOTATION_PREFIX)
        and value not in {"", "runtime/default"}
        and not value.startswith("localhost/")
    )


def _annotation_fields(annotations: list[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"metadata.annotations[{key}]" for _, key in annotations)


def app_armor_annotations(pod: CheckedPod) -> Forbidden | None:
    """No annotation names a forbidden profile: the rule of servers that have no AppArmor fields."""
    annotations = _forbidden_annotations(pod)
    if not annotations:
        return None
    return Forbidden(
        pluralize("forbidden AppArmor profile", annotations),
        ", ".join(text for text, _ in annotations),
        _annotation_fields(annotations),
    )


def app_armor_profile(pod: CheckedPod) -> Forbidden | None:
    """Neither a field nor an annotation names a forbidden profile."""
    setters = bad_setters(
        pod,
        lambda context: context.app_armor_profile is not None and context.app_armor_profile.type not in TYPES,
    )
    annotations = _forbidden_annotations(pod) if pod.annotations else []
    if not setters and not annotations:
        return None
    holders = [setters.text] if setters else []
    fields = setters.fields("appArmorProfile.type") if setters else ()
    profiles = (context.app_armor_profile for _, context in (setters.contexts(pod) if setters else ()))
    values = sorted({profile.type for profile in profiles if profile is not None})
    if annotations:
        holders.append(pluralize("annotation", annotations))
        values += [text for text, _ in annotations]
    return Forbidden(
        pluralize("forbidden AppArmor profile", values),
        f"{' and '.join(holders)} must not set AppArmor profile type to {join_quote(values)}",
        (*fields, *_annotation_fields(annotations)),
    )


_ANNOTATIONS = Restriction(
    (f'metadata.annotations["{ANNOTATION_PREFIX}*"]',),
    ("undefined", '""', "runtime/default", "localhost/*"),
)

CHECK = PodSecurityCheck(
    id="appArmorProfile",
    level=BASELINE,
    demand="The default AppArmor profile must not be disabled, and only allowed profiles may replace it.",
    rules=(
        CheckRule(since=Version(1, 0), check_pod=app_armor_annotations, restrictions=(_ANNOTATIONS,)),
        CheckRule(
            since=Version(1, 0),
            server=Version(1, 30),
            check_pod=app_armor_profile,
            restrictions=(
                _ANNOTATIONS,
                Restriction(context_fields("appArmorProfile.type"), ("undefined", *TYPES)),
            ),
        ),
    ),
)
