"""Reads a PodSecurityPolicy refusal back, in the words of any version, from an error or an event."""

import re
from dataclasses import dataclass

from rbacpsp.pods.templates import MINUTES

_REFUSAL = re.compile(
    r'pods "(?P<name>[^"]*)" is forbidden: (?:PodSecurityPolicy: )?'
    r"(?:(?P<none>no providers available to validate pod request)"
    r"|unable to (?:admit pod|validate pod|validate against any pod security policy): \[(?P<errors>.*)\])",
    re.DOTALL,
)
_KINDS = "(?:Invalid value|Forbidden|Required value|Not found|Unsupported value|Duplicate value)"
_NEXT = re.compile(rf" (?=[a-z][\w.\[\]/\-]*: {_KINDS}: )")
_ENDS = {
    "CronJob": re.compile(rf"-(?:\d+|{MINUTES})-"),
    "Deployment": re.compile(r"-[0-9a-z]{1,10}-"),
    "Job": re.compile(r"-(?:\d+-)?"),
    "Pod": re.compile(r""),
    "StatefulSet": re.compile(r"-\d+"),
}
"""What a controller adds to the name of a workload to name its pods; `-` where nothing is said."""


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

    def made_by(self, kind: str, name: str) -> bool:
        """Whether the pod's name is this pod's, or one that the controller of this workload gives."""
        if not self.pod.startswith(name):
            return False
        rest = self.pod.removeprefix(name)
        ends = _ENDS.get(kind)
        return bool(ends.fullmatch(rest)) if ends else rest == "-"


def read_policy_refusal(text: str) -> PolicyRefusal | None:
    """The refusal that a text holds, or None when it holds none; anything may stand around it."""
    found = _REFUSAL.search(text)
    if not found:
        return None
    errors = found["errors"] or ""
    return PolicyRefusal(found["name"], tuple(_NEXT.split(errors)) if errors else (), bool(found["none"]))
