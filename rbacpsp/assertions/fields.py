"""Reads the values of an assertion file with their types; errors give the path and the line."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rbacpsp.assertions.resolve import Who, user_subject
from rbacpsp.model import Subject
from rbacpsp.model.argument_types import unknown_word
from rbacpsp.model.placed_problem import PlacedProblem

KINDS = ("User", "Group", "ServiceAccount")
LIVE = "live"

Path = tuple[str | int, ...]
Locate = Callable[[Path], int]


@dataclass(frozen=True, slots=True)
class AssertionProblem(PlacedProblem):
    """An error in an assertion file, with its line."""


class AssertionFileError(ValueError):
    """The file cannot be used; `problem` is the first mistake."""

    def __init__(self, problem: AssertionProblem) -> None:
        self.problem = problem
        super().__init__(str(problem))


@dataclass(frozen=True, slots=True)
class Fields:
    """Reads values, and raises an error for a wrong one."""

    locate: Locate

    def mapping(self, value: Any, path: Path, keys: Iterable[str]) -> Mapping[str, Any]:
        """A mapping that has no other keys.

        Raises:
            AssertionFileError: The value is not of this form, or has an unknown key.
        """
        if not isinstance(value, dict):
            raise self.wrong(path, f"this must be a mapping of {', '.join(keys)}, not {shown(value)}")
        for key in value:
            if key not in keys:
                raise self.wrong(
                    (*path, key) if isinstance(key, str) else path,
                    unknown_word("key", key, keys),
                )
        return value

    def text(self, value: Any, path: Path) -> str:
        """A string.

        Raises:
            AssertionFileError: The value is of another form.
        """
        if not isinstance(value, str):
            raise self.wrong(path, f"this must be a string, not {shown(value)}")
        return value

    def texts(self, value: Any, path: Path) -> tuple[str, ...]:
        """A list of strings.

        Raises:
            AssertionFileError: The value is of another form.
        """
        if not isinstance(value, list):
            raise self.wrong(path, f"{path[-1]} must be a list, not {shown(value)}")
        return tuple(self.text(item, (*path, index)) for index, item in enumerate(value))

    def some_texts(self, value: Any, path: Path) -> tuple[str, ...]:
        """A string, or a list of strings that is not empty.

        Raises:
            AssertionFileError: It is neither.
        """
        strings = self.texts(value, path) if isinstance(value, list) else (self.text(value, path),)
        if not strings:
            raise self.wrong(path, f"{path[-1]} is empty: leave it out, or name some")
        return strings

    def who(self, value: Any, path: Path) -> Who:
        """A subject or a list of them, `live` among them.

        Raises:
            AssertionFileError: One is not a subject.
        """
        items = list(self._items(value, path))
        subjects = tuple(self.subject(item, item_path) for item, item_path in items if item != LIVE)
        if not items:
            raise self.wrong(path, f"{path[-1]} names no subject")
        return Who(subjects, live=len(subjects) < len(items))

    def subjects(self, value: Any, path: Path) -> tuple[Subject, ...]:
        """A subject or a list of them, which may be empty.

        Raises:
            AssertionFileError: One is not a subject.
        """
        return tuple(self.subject(item, item_path) for item, item_path in self._items(value, path))

    def _items(self, value: Any, path: Path) -> Iterable[tuple[Any, Path]]:
        if not isinstance(value, list):
            return [(value, path)]
        return [(item, (*path, index)) for index, item in enumerate(value)]

    def subject(self, value: Any, path: Path) -> Subject:
        """`User/NAME`, `Group/NAME` or `ServiceAccount/NAMESPACE:NAME`.

        Raises:
            AssertionFileError: The value is not one of these.
        """
        text = self.text(value, path)
        kind, slash, name = text.partition("/")
        namespace, colon, account = name.partition(":")
        if kind not in KINDS or not slash or not name:
            raise self.wrong(
                path,
                f'"{text}" is not a subject: write User/NAME, Group/NAME or ServiceAccount/NAMESPACE:NAME',
            )
        if kind == "ServiceAccount":
            if not colon or not namespace or not account:
                raise self.wrong(path, f'"{text}" names no account: write ServiceAccount/NAMESPACE:NAME')
            return Subject(kind, account, namespace)
        return user_subject(name) if kind == "User" else Subject(kind, name)

    def wrong(self, path: Path, message: str) -> AssertionFileError:
        """The error for a value."""
        words = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")
        return AssertionFileError(AssertionProblem(self.locate(path), words, message))


def shown(value: Any) -> str:
    """A value as a message shows it."""
    return (
        "nothing" if value is None else f'"{value}"' if not isinstance(value, dict | list) else "a structure"
    )
