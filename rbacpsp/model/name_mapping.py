"""A mapping by name for interactive use: Jupyter completes the names, and errors suggest similar ones."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NoReturn, TypeVar

from rbacpsp.model.argument_types import said
from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.similar_names import likeliest

V = TypeVar("V")

_FEW = 10
"""How many names a message lists where none is similar."""
_NO_LETTER = re.compile(r"\W+")


class UnknownNameError(KeyError):
    """Nothing has this name; the message lists similar names."""

    def __str__(self) -> str:
        return str(self.args[0])


class Named(Mapping[str, V]):
    """A mapping of names that never changes; `names["a-b"]` and `names.a_b` are the same.

    A name is also an attribute where that is unambiguous; `_` replaces what an identifier cannot contain.
    """

    __slots__ = ("_attributes", "_items", "_word")

    _attributes: Mapping[str, str]
    _items: Mapping[str, V]
    _word: str

    def __init__(self, word: str, items: Mapping[str, V]) -> None:
        """Set up the mapping.

        Args:
            word: The word for a value in messages: `policy`.
            items: The values by name.
        """
        attributes: dict[str, str | None] = {}
        for name in items:
            attribute = _NO_LETTER.sub("_", name)
            if attribute.isidentifier() and not hasattr(Mapping, attribute):
                attributes[attribute] = name if attribute not in attributes else None
        kept = {attribute: name for attribute, name in attributes.items() if name is not None}
        object.__setattr__(self, "_word", word)
        object.__setattr__(self, "_items", FrozenDict(items))
        object.__setattr__(self, "_attributes", FrozenDict(kept))

    def __reduce__(self) -> tuple[type, tuple[str, Mapping[str, V]]]:
        """Pickle and copy it."""
        return (Named, (self._word, self._items))

    def __getitem__(self, name: str) -> V:
        if name in self._items:
            return self._items[name]
        raise UnknownNameError(self._unknown(name))

    def __getattr__(self, name: str) -> V:
        if name.startswith("_"):  # what pickle, copy and IPython look for
            raise AttributeError(name)
        if name in self._attributes:
            return self._items[self._attributes[name]]
        raise AttributeError(self._unknown(name))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"the names never change: {name} cannot be set")

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __dir__(self) -> list[str]:
        return sorted(self._attributes)

    def _ipython_key_completions_(self) -> list[str]:
        """The completions that IPython offers between the brackets."""
        return list(self._items)

    def __repr__(self) -> str:
        shown = ", ".join(map(said, list(self._items)[:_FEW]))
        more = f" and {len(self) - _FEW:,} more" if len(self) > _FEW else ""
        return f"<{len(self):,} by name: {shown or 'none'}{more}>"

    def _unknown(self, name: object) -> str:
        """The message about an unknown name."""
        return unknown(self._word, name, self._items)


def unknown(word: str, name: object, names: Collection[str]) -> str:
    """The message about an unknown name, with the most similar names or the first ones."""
    if not names:
        return f"there is no {word} {said(name)}: there is none at all"
    near = likeliest(str(name), names) or likeliest(
        str(name), by_end := {known.rpartition("/")[2].rpartition(":")[2]: known for known in names}
    )
    if near:
        spelled = [known if known in names else by_end[known] for known in near]
        return f"there is no {word} {said(name)}; did you mean {' or '.join(map(said, spelled))}?"
    first = ", ".join(map(said, list(names)[:_FEW]))
    more = f" and {len(names) - _FEW:,} more" if len(names) > _FEW else ""
    return f"there is no {word} {said(name)}; there are {first}{more}"
