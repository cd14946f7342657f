"""Reads a PodSecurityPolicy refusal back, in the words of any version, from an error or an event."""

import re
from dataclasses import dataclass

from rbacpsp.pods.templates import HASH

_REFUSAL = re.compile(
    r'pods "(?P<name>[^"]*)" is forbidden: (?:PodSecurityPolicy: )?'
    r"(?:(?P<none>no providers available to validate pod request)"
    r"|unable to (?:admit pod|validate pod|validate against any pod security policy): \[(?P<errors>.*)\])",
    re.DOTALL,
)
_KINDS = "(?:Invalid value|Forbidden|Required value|Not found|Unsupported value|Duplicate value)"
_NEXT = re.compile(rf" (?=[a-z][\w.\[\]/\-]*: {_KINDS}: )")
_HASHED = re.compile(r"-[bcdfghjklmnpqrstvwxz2456789]{5,10}")


@dataclass(frozen=True, slots=True)
class PolicyRefusal:
    """What the server said of a pod that no policy admitted."""

    pod: str
    """The pod's name, or its generateName when it had none yet (it then ends in `-`)."""
    errors: tuple[str, ...]
    """What the policies that could be used said; none means that none could be used."""
    no_policies: bool
    """The server has no policy at all."""

    @property
    def generated(self) -> bool:
        """A controller was creating the pod."""
        return self.pod.endswith("-")

    def made_by(self, workload: str) -> bool:
        """Whether the pod's name is one that a controller makes for a workload of this name."""
        rest = self.pod.removeprefix(workload)
        if rest == self.pod or not rest.startswith("-"):
            return False
        ends = {"-", f"-{HASH}-"}
        return rest in ends or bool(_HASHED.fullmatch(rest.rstrip("-"))) or rest[1:].rstrip("-").isdigit()


def read_policy_refusal(text: str) -> PolicyRefusal | None:
    """The refusal that a text holds, or None when it holds none; anything may stand around it."""
    found = _REFUSAL.search(text)
    if not found:
        return None
    errors = found["errors"] or ""
    return PolicyRefusal(found["name"], tuple(_NEXT.split(errors)) if errors else (), bool(found["none"]))
