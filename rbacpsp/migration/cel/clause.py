"""The CEL expressions for one control.

A clause is evaluated on a pod before defaults are filled in: `fits` says whether the policy admits the pod
with its defaults, `fills` whether it sets any. The policy admits a pod unchanged if the pod fits and gets no
defaults. The expressions work on every server that serves ValidatingAdmissionPolicy (CEL of 1.28); only the
patches, which need a MutatingAdmissionPolicy, use newer functions.
"""

import re

from msgspec import Struct

_FILLED_LISTS = ("containers", "initContainers")
"""A pod that is created has no ephemeral containers."""


EMPTY_CONTEXT = (
    "has(object.spec.securityContext) ? [] : "
    '[JSONPatch{op: "add", path: "/spec/securityContext", value: dyn({})}]'
)
"""Adds the empty securityContext that a server gives every pod before admission."""


class Clause(Struct, frozen=True):
    """One control in CEL."""

    fits: str = "true"
    """Whether the pod is allowed, once what it lacks is filled in."""
    fills: str = "false"
    """Whether something is filled in."""
    patches: tuple[str, ...] = ()
    """Lists of JSON patches that fill it in; each is empty where there is nothing to do."""

    @property
    def unchanged(self) -> str:
        """Whether the pod is allowed as it is."""
        if self.fills == "false":
            return self.fits
        return (
            f"!{_grouped(self.fills)}" if self.fits == "true" else f"{self.fits} && !{_grouped(self.fills)}"
        )


def _grouped(expression: str) -> str:
    """The expression, in parentheses if `!` in front of it would otherwise negate only a part."""
    return (
        expression
        if re.fullmatch(r"[\w.]+\(.*\)", expression) and _is_one_call(expression)
        else f"({expression})"
    )


def _is_one_call(expression: str) -> bool:
    """Whether the first parenthesis is closed by the last."""
    depth = 0
    for index, character in enumerate(expression):
        depth += (character == "(") - (character == ")")
        if character == ")" and depth == 0:
            return index == len(expression) - 1
    return False


def fill_pod(lacks: str, field: str, value: str) -> str:
    """Fill in a field of the pod's securityContext, which the server always gives a pod."""
    return f'{lacks} ? [JSONPatch{{op: "add", path: "/spec/securityContext/{field}", value: {value}}}] : []'


def fill_containers(lacks: str, field: str, value: str) -> tuple[str, ...]:
    """Fill in a field of each container that lacks it; a container without a securityContext gets one."""
    return tuple(_fill_list(name, lacks, field, value) for name in _FILLED_LISTS)


def _fill_list(name: str, lacks: str, field: str, value: str) -> str:
    listed, indexes = (
        ("object.spec.containers", "indexes")
        if name == "containers"
        else ("object.spec.?initContainers.orValue([])", "initIndexes")
    )
    path = f'"/spec/{name}/" + string(variables.{indexes}.indexOf(c.name)) + "/securityContext'
    return (
        f"{listed}.filter(c, {lacks}).map(c, has(c.securityContext) ? "
        f'JSONPatch{{op: "add", path: {path}/{field}", value: {value}}} : '
        f'JSONPatch{{op: "add", path: {path}", value: {{"{field}": {value}}}}})'
    )
