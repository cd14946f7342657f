"""`RequestCombinations`: the verbs, resources, names and namespaces of an assertion's requests."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCombinations:
    """Requests: every combination of a verb and a resource, subresource, name and namespace, or a URL."""

    verbs: tuple[str, ...]
    resources: tuple[str, ...] = ()
    """As in kubectl: `secrets`, `deployments.apps`, `*`."""
    subresources: tuple[str, ...] = ()
    """None: the resource itself."""
    names: tuple[str, ...] = ()
    """None: no name, which means every object."""
    namespaces: tuple[str, ...] = ()
    """Names or patterns with `*`; none: every namespace, and the whole cluster at once."""
    urls: tuple[str, ...] = ()
