"""A pod that no PodSecurityPolicy admitted, in the words of every release, from an error or an event.

Sources: plugin/pkg/admission/security/podsecuritypolicy/admission.go (1.10 to 1.24), and the recorded answers
of the project's tests.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rbacpsp.admission.refusals.form import Form, PastedRefusal, collapse_blanks, list_end, name_of, pattern
from rbacpsp.pods.templates import MINUTES

_REFUSAL = pattern(
    r"[Pp]ods? (?P<name>@) is forbidden: (?:PodSecurityPolicy: )?"
    r"(?:(?P<none>no providers available to validate pod(?: request)?)"
    r"|unable to (?P<step>admit pod|validate pod(?! against)|validate against any pod security policy)"
    r"(?P<list>:? ?\[)?)"
)
_KINDS = "(?:Invalid value|Forbidden|Required value|Not found|Unsupported value|Duplicate value|Too long)"
_NEXT = re.compile(rf",? (?=(?:[a-z][\w.\[\]/\-]*|\S*\.kubernetes\.io\S*): {_KINDS}: )")
_TORN = re.compile(r"(?:,? [a-z]\w*[.\[][\w.\[\]/\-]*:?(?: [A-Z][a-z]*(?: [a-z]*)?:?)?)?,?$")
"""The beginning of a further error, at the end of a text that was cut off."""
_SUFFIX = "(?:[bcdfghjklmnpqrstvwxz2456789]{5})?"
"""The suffix that the server adds to a generateName (apimachinery/pkg/util/rand, 1.24), if it did already."""
_OTHERS = re.compile(f"-{_SUFFIX}")
_ENDS = {
    "CronJob": re.compile(rf"-(?:\d+|{MINUTES})-(?:\d+-)?{_SUFFIX}"),
    "Deployment": re.compile(rf"-[0-9a-z]{{1,10}}-{_SUFFIX}"),
    "Job": re.compile(rf"-(?:\d+-)?{_SUFFIX}"),
    "Pod": re.compile(r""),
    "StatefulSet": re.compile(r"-\d+"),
}
"""The suffix that each controller adds to the name of a workload; `_OTHERS` for all other kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRefusal(PastedRefusal):
    """A pod that no policy admitted."""

    pod: str
    """The pod's name, or its generateName when it had none yet (it then ends in `-`)."""
    errors: tuple[str, ...] = ()
    """The errors of the usable policies; empty means that none was usable."""
    no_policies: bool = False
    """Whether the message says that the server has no policy."""
    validating: bool = False
    """Whether it is from the validating step: of an update, or of a pod that another plugin changed."""
    listed: bool = True
    """Whether the message has the list of errors; without it they were left out."""

    @property
    def generated(self) -> bool:
        """Whether a controller was creating the pod."""
        return self.pod.endswith("-")


def is_pod_of(pod: str, kind: str, name: str) -> bool:
    """Whether a name is this pod's, or one that the controller of this workload generates."""
    if not pod.startswith(name):
        return False
    suffix = pod.removeprefix(name)
    return bool(_ENDS.get(kind, _OTHERS).fullmatch(suffix))


def find(text: str) -> Iterator[PolicyRefusal]:
    """Every such refusal in a text."""
    for match in _REFUSAL.finditer(text):
        errors: tuple[str, ...] = ()
        end, cut = match.end(), False
        if match["list"]:
            end, closed = list_end(text, match.end() - 1)
            inner = collapse_blanks(text[match.end() : end - 1 if closed else end])
            errors = tuple(_NEXT.split(inner)) if inner else ()
            cut = not closed
            if cut and errors:
                errors = (*errors[:-1], _TORN.sub("", errors[-1]))
                errors = tuple(error for error in errors if error)
        yield PolicyRefusal(
            start=match.start(),
            end=end,
            pod=name_of(match["name"]),
            errors=errors,
            no_policies=bool(match["none"]),
            validating=bool(match["step"]) and collapse_blanks(match["step"]) == "validate pod",
            listed=bool(match["list"] or match["none"]),
            cut=cut,
        )


FORM = Form(
    name="a pod that no PodSecurityPolicy admits",
    example='pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: []',
    find=find,
    hints=("pod security policy", "PodSecurityPolicy: unable", "unable to validate against any pod"),
)
