"""A pod that no security context constraints of OpenShift admitted, from an error or an event.

Sources: apiserver-library-go pkg/securitycontextconstraints/sccadmission (release-4.7 to 4.22), and the
recorded answers of the project's tests.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rbacpsp.admission.refusals.form import Form, PastedRefusal, collapse_blanks, list_end, name_of, pattern

_REFUSAL = pattern(
    r"(?:[Pp]ods? (?P<name>@) is forbidden: )?(?P<exec>(?:exec|attach) operation is not allowed because "
    r"the pod's security context exceeds your permissions: (?:[Pp]ods? @ is forbidden: )?)?"
    r"unable to validate against any security context constraint(?P<list>:? ?\[)?"
)
_NEXT = re.compile(
    r",? (?=provider \S+: |no access to scc/|spec\.[\w.\[\]]+: |pod\.(?:metadata|spec)\.[\w.\[\]/\-]+: )"
)
_PROVIDER = re.compile(r'provider (?P<name>"[^"]*"|[^\s:"]+): (?P<words>.*)', re.DOTALL)
_NOT_USABLE = "Forbidden: not usable by"
_ALONE = re.compile(r":? *(?P<error>(?:provider|spec\.|pod\.|no access)[^\n]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintRefusal(PastedRefusal):
    """A pod that no constraints admitted."""

    pod: str
    """The pod's name, or its generateName, which ends in `-`; empty where the message has none."""
    errors: tuple[str, ...] = ()
    """The errors, in the server's order."""
    command: bool = False
    """Whether the request was `exec` or `attach` in a running pod."""

    @property
    def generated(self) -> bool:
        """Whether a controller was creating the pod."""
        return self.pod.endswith("-")

    @property
    def by_constraints(self) -> dict[str, tuple[str, ...]]:
        """The errors of each of the constraints; errors that name none are under the empty name."""
        errors_by_name: dict[str, list[str]] = {}
        for error in self.errors:
            provider = _PROVIDER.fullmatch(error)
            name = provider["name"].strip('"') if provider else ""
            errors_by_name.setdefault(name, []).append(provider["words"] if provider else error)
        return {name: tuple(dict.fromkeys(words)) for name, words in errors_by_name.items()}


def not_usable(words: tuple[str, ...]) -> bool:
    """Whether the only error is that neither requester nor service account may use them."""
    return all(word.startswith(_NOT_USABLE) for word in words)


def find(text: str) -> Iterator[ConstraintRefusal]:
    """Every such refusal in a text."""
    for match in _REFUSAL.finditer(text):
        end, cut = match.end(), False
        errors: tuple[str, ...] = ()
        if match["list"]:
            end, closed = list_end(text, match.end() - 1)
            inner = collapse_blanks(text[match.end() : end - 1 if closed else end])
            errors = tuple(_NEXT.split(inner)) if inner else ()
            cut = not closed
        elif alone := _ALONE.match(text, match.end()):
            end = alone.end()
            errors = (collapse_blanks(alone["error"]),)
        yield ConstraintRefusal(
            start=match.start(),
            end=end,
            pod=name_of(match["name"]),
            errors=errors,
            command=bool(match["exec"]),
            cut=cut,
        )


FORM = Form(
    name="a pod that no security context constraints admit",
    example=(
        'pods "web-" is forbidden: unable to validate against any security context constraint: '
        '[provider "anyuid": Forbidden: not usable by user or serviceaccount]'
    ),
    find=find,
    hints=("security context constraint", "not usable by user or serviceaccount"),
)
