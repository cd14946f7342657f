"""Treats the words of rules as sets of values, and tells which words cover others.

A verb matches itself, `*` every verb. Two words of one field either have no value in common, or one of them
matches all values of the other; that makes the algebra of rules exact. Source:
pkg/apis/rbac/v1/evaluation_helpers.go (1.24).

The resource of a request contains no slash: the API server takes it from one segment of a URL, and the
subresource from another. So `*/scale` allows everything that `pods/scale` allows.
"""

from collections.abc import Callable, Iterable

from rbacpsp.rbac.match import ALL

Above = Callable[[str], Iterable[str]]
"""The words that match everything that a word matches: itself first, then wider ones."""

ANY_NAME = "\0any"
"""Matches every name and requests without one; names of objects cannot contain this character."""


def above_literal(word: str) -> Iterable[str]:
    """For a verb or an API group: itself and `*`."""
    return (word, ALL)


def above_name(word: str) -> Iterable[str]:
    """For a name: itself and any name; `*` is an ordinary name."""
    return (word, ANY_NAME)


def above_resource(word: str) -> Iterable[str]:
    """For a resource: itself, `*/` with its subresource, and `*`."""
    _, slash, subresource = word.partition("/")
    return (word, f"*/{subresource}", ALL) if slash else (word, ALL)


def above_url(word: str) -> Iterable[str]:
    """For a URL: itself and every prefix of it with a `*`."""
    stem = word.rstrip(ALL)
    return (word, *(stem[:length] + ALL for length in range(len(stem), -1, -1)))


def one_star(url: str) -> str:
    """The shortest word for the same URLs, since trailing `*`s are trimmed before comparing."""
    return url.rstrip(ALL) + ALL if url.endswith(ALL) else url


def matches_nothing(resource: str) -> bool:
    """Whether no request matches a resource, because no subresource follows its slash."""
    _, slash, subresource = resource.partition("/")
    return slash != "" and not subresource


def widest(words: Iterable[str], above: Above) -> frozenset[str]:
    """The words without those that another one covers."""
    word_set = frozenset(words)
    return frozenset(
        word for word in word_set if not any(wider in word_set and wider != word for wider in above(word))
    )


def hold(owners: frozenset[str], words: frozenset[str], above: Above) -> bool:
    """Whether some words match everything that others match."""
    return owners is words or all(any(wider in owners for wider in above(word)) for word in words)


def common(some: frozenset[str], others: frozenset[str], above: Above) -> frozenset[str]:
    """The words for the values that two sets of words both match."""
    return frozenset(
        word
        for words, owners in ((some, others), (others, some))
        for word in words
        if any(wider in owners for wider in above(word))
    )


def meet(some: frozenset[str], others: frozenset[str], above: Above) -> bool:
    """Whether two sets of words both match some value."""
    return any(
        wider in owners
        for words, owners in ((some, others), (others, some))
        for word in words
        for wider in above(word)
    )
