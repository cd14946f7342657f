"""Immutable mappings and classes that can be pickled and copied."""

from functools import wraps
from typing import Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


class FrozenDict(dict[K, V]):
    """A dict that refuses every change."""

    __slots__ = ()

    def _refuse(self, *_arguments: Any, **_more: Any) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} cannot be changed: copy it with dict()")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy it with all items at once, since items cannot be added."""
        return (type(self), (dict(self),))


def unchanging(cls: type[T]) -> type[T]:
    """Make a class refuse to set attributes of an instance after `__init__`.

    A `functools.cached_property` still stores its value.
    """
    initialize: Any = vars(cls)["__init__"]

    @wraps(initialize)
    def __init__(self: Any, *arguments: Any, **more: Any) -> None:  # noqa: N807 - it is that method
        initialize(self, *arguments, **more)
        vars(self)["_is_made"] = True

    def __setattr__(self: Any, name: str, value: Any) -> None:  # noqa: N807 - as above
        if "_is_made" in vars(self):
            raise AttributeError(f"a {cls.__name__} cannot be changed: {name} cannot be set")
        object.__setattr__(self, name, value)

    cls.__init__ = __init__  # type: ignore[method-assign]  # a class is open while it is decorated
    cls.__setattr__ = __setattr__  # type: ignore[method-assign]  # as above
    return cls
