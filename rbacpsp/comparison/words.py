"""The words of rules as sets of values, and which words contain others.

A verb stands for itself, `*` for every verb. Two words of one place either have no value in common, or one of
them stands for all values of the other; that makes the algebra of rules exact. Source:
pkg/apis/rbac/v1/evaluation_helpers.go (1.24).

The resource of a request holds no slash: the API server takes it from one segment of a URL, and the
subresource from another. So `pods/scale` allows nothing that `*/scale` does not.
"""

from collections.abc import Callable, Iterable

from rbacpsp.rbac.match import ALL

Above = Callable[[str], Iterable[str]]
"""The words that stand for everything that a word stands for: itself first, then wider ones."""

ANY_NAME = "\0any"
"""Stands for every name and for a request without one; no name of an object holds this character."""


def above_literal(word: str) -> Iterable[str]:
    """Of a verb or an API group: itself and `*`."""
    return (word, ALL)


def above_name(word: str) -> Iterable[str]:
    """Of a name: itself and any name; `*` is a name like others."""
    return (word, ANY_NAME)


def above_resource(word: str) -> Iterable[str]:
    """Of a resource: itself, `*/` and its subresource, and `*`."""
    _, slash, subresource = word.partition("/")
    return (word, f"*/{subresource}", ALL) if slash else (word, ALL)


def above_url(word: str) -> Iterable[str]:
    """Of a URL: itself and every beginning of it with a `*`."""
    stem = word.rstrip(ALL)
    return (word, *(stem[:length] + ALL for length in range(len(stem), -1, -1)))


def one_star(url: str) -> str:
    """The shortest word for the same URLs: all trailing `*`s are trimmed before a prefix is compared."""
    return url.rstrip(ALL) + ALL if url.endswith(ALL) else url


def matches_nothing(resource: str) -> bool:
    """Whether no request matches a resource: there is a slash, and no subresource behind it."""
    _, slash, subresource = resource.partition("/")
    return slash != "" and not subresource


def widest(words: Iterable[str], above: Above) -> frozenset[str]:
    """The words without those for which a wider one is there too."""
    found = frozenset(words)
    return frozenset(
        word for word in found if not any(wider in found and wider != word for wider in above(word))
    )


def hold(owners: frozenset[str], words: frozenset[str], above: Above) -> bool:
    """Whether some words stand for everything that others stand for."""
    return owners is words or all(any(wider in owners for wider in above(word)) for word in words)


def common(some: frozenset[str], others: frozenset[str], above: Above) -> frozenset[str]:
    """The words for what two sets of words have in common."""
    return frozenset(
        word
        for words, owners in ((some, others), (others, some))
        for word in words
        if any(wider in owners for wider in above(word))
    )


def meet(some: frozenset[str], others: frozenset[str], above: Above) -> bool:
    """Whether two sets of words have anything in common."""
    return any(
        wider in owners
        for words, owners in ((some, others), (others, some))
        for word in words
        for wider in above(word)
    )
