"""Doubts names in questions whose answer would be "nothing", whatever the subjects may do.

A gate about a misspelt namespace or subject passes and proves nothing, so that it is an error there; in a
question the doubt is a warning.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rbacpsp.cli.errors import InputError, warn
from rbacpsp.cli.missing import has_namespace, nothing_read_of, require_namespace_in_either
from rbacpsp.cli.subject import similar_names_text
from rbacpsp.model.meta import ALWAYS_THERE
from rbacpsp.model.similar_names import did_you_mean, likeliest
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.name_search import is_of_every_server

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.model import Subject
    from rbacpsp.paths.place import Place

_GATE = ": this gate would prove nothing"


def doubt_namespace(states: "Sequence[Cluster]", namespace: str | None, *, gate: bool) -> None:
    """Doubt a namespace of which none of some states has anything.

    Raises:
        InputError: It is unknown, and the question is a gate or all namespaces were read.
    """
    require_namespace_in_either((state.objects for state in states), namespace)
    if (
        not namespace
        or namespace in ALWAYS_THERE
        or any(has_namespace(state.objects, namespace) for state in states)
    ):
        return
    known = {name for state in states for name in state.objects.namespaces}
    close = did_you_mean(likeliest(namespace, known))
    sentence = nothing_read_of(namespace)
    if gate:
        raise InputError([f"{sentence}{_GATE}{close}"])
    if any(not obj.assumed for state in states for obj in state.objects.namespaces.values()):
        warn(f"{sentence}{close}")


def require_in_gate(states: "Sequence[Cluster]", subject: "Subject") -> None:
    """Require that something in one of some states names the subject of a gate.

    Raises:
        InputError: Nothing names it.
    """
    if is_of_every_server(subject):
        return
    for state in states:
        account = (subject.namespace, subject.name)
        if state.authorizer.is_named(subject) or account in state.objects.service_accounts:
            return
    close = similar_names_text(states[0], subject.name, subject.kind)
    raise InputError([f"no binding names {subject_text(subject)}{_GATE}{close}"])


def require_place_in_gate(cluster: "Cluster", place: "Place | None") -> None:
    """Require that the start or the goal of the paths of a gate is known.

    Raises:
        InputError: Nothing names it.
    """
    from rbacpsp.model import Subject
    from rbacpsp.paths.place import IDENTITIES

    if place is None or cluster.paths().graph.find(place) is not None:
        return
    if place.kind == "secrets":
        doubt_namespace((cluster,), place.namespace, gate=True)
    elif place.kind in IDENTITIES:
        require_in_gate((cluster,), Subject(place.kind, place.name, place.namespace))
    elif place.kind == "cloud":
        raise InputError([f"nothing names {place.words}{_GATE}"])
