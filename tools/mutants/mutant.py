"""Generates the mutants of a module with cosmic-ray's operators.

Annotations and protocols are left alone, and so are options that only forbid or save something, such as
`frozen=True`.
"""

import ast
import random
import re
from collections.abc import Iterator, Sequence
from difflib import ndiff
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.variable_inserter import VariableInserter
from cosmic_ray.operators.variable_replacer import VariableReplacer
from cosmic_ray.plugins import get_operator, operator_names

NEED_ARGUMENTS = (VariableInserter, VariableReplacer)

_KEYWORD_ONLY = re.compile(r"\*\s*(,|$)")
"""The `*` among the parameters of a function."""

_SAVING = frozenset({"frozen", "slots", "gc", "kw_only"})
"""Options of classes that change no answer."""

Position = tuple[tuple[int, int], tuple[int, int]]
"""Line and column of the first character, and of the one after the last."""


class Mutant(NamedTuple):
    """One change at one position of a module."""

    module: str
    """Its path from the top of the repository."""
    operator: str
    occurrence: int
    line: int
    last_line: int

    def source(self, root: Path) -> str:
        """The source of the module with the change."""
        code = (root / self.module).read_text(encoding="utf-8")
        mutated = mutate_code(code, get_operator(self.operator)(), self.occurrence)
        if mutated is None:
            raise ValueError(f"{self.operator} has no occurrence {self.occurrence} in {self.module}")
        return str(mutated)

    def compiles(self, root: Path) -> bool:
        """Whether the change is Python at all."""
        try:
            compile(self.source(root), self.module, "exec", dont_inherit=True)
        except SyntaxError:
            return False
        return True

    def change(self, root: Path) -> tuple[str, str]:
        """The changed lines before and after."""
        code = (root / self.module).read_text(encoding="utf-8").splitlines()
        lines = list(ndiff(code, self.source(root).splitlines()))
        before = " ".join(line[2:].strip() for line in lines if line.startswith("- "))
        after = " ".join(line[2:].strip() for line in lines if line.startswith("+ "))
        return before, after


def mutants(root: Path, module: Path) -> Iterator[Mutant]:
    """All mutants of a module."""
    code = module.read_text(encoding="utf-8")
    nodes = list(ast_nodes(get_ast(code)))
    tree = ast.parse(code)
    passed_over = [*_annotations(tree), *_saving_options(tree), *_protocols(tree)]
    path = str(module.relative_to(root))
    lines = code.splitlines()
    for name in operator_names():
        operator_class = get_operator(name)
        if operator_class in NEED_ARGUMENTS:
            continue
        operator = operator_class()
        positions = (position for node in nodes for position in operator.mutation_positions(node))
        for occurrence, (start, end) in enumerate(positions):
            if _KEYWORD_ONLY.match(lines[start[0] - 1], start[1]):
                continue  # taken for a multiplication
            if not any(first <= start and end <= last for first, last in passed_over):
                yield Mutant(path, name, occurrence, start[0], end[0])


def sample(every: Sequence[Mutant], count: int, seed: str) -> list[Mutant]:
    """A seeded choice: each changed line is as likely as the other, however many operators apply to it."""
    by_line: dict[tuple[str, int], list[Mutant]] = {}
    for mutant in every:
        by_line.setdefault((mutant.module, mutant.line), []).append(mutant)
    chance = random.Random(seed)  # noqa: S311 -- a choice of tests is no secret
    for mutants_of_line in by_line.values():
        chance.shuffle(mutants_of_line)
    chosen: list[Mutant] = []
    while len(chosen) < count and by_line:
        for line in chance.sample(sorted(by_line), min(count - len(chosen), len(by_line))):
            chosen.append(by_line[line].pop())
            if not by_line[line]:
                del by_line[line]
    return chosen


def _annotations(tree: ast.AST) -> Iterator[Position]:
    """Where the annotations of a module are: no test runs them."""
    for node in ast.walk(tree):
        annotated: list[ast.expr | None] = []
        if isinstance(node, ast.AnnAssign | ast.arg):
            annotated = [node.annotation]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            annotated = [node.returns]
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and _is_type(node.value):
            annotated = [node.value]
        for part in annotated:
            if part is not None and part.end_lineno is not None and part.end_col_offset is not None:
                yield (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)


def _saving_options(tree: ast.AST) -> Iterator[Position]:
    """Where classes and their decorators have options that change no answer."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        calls = [decorator for decorator in node.decorator_list if isinstance(decorator, ast.Call)]
        for option in (*node.keywords, *(keyword for call in calls for keyword in call.keywords)):
            value = option.value
            if option.arg in _SAVING and value.end_lineno is not None and value.end_col_offset is not None:
                yield (value.lineno, value.col_offset), (value.end_lineno, value.end_col_offset)


def _protocols(tree: ast.AST) -> Iterator[Position]:
    """Where the protocols of a module are: only the type checker reads them."""
    classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    for node in classes:
        line, column = node.end_lineno, node.end_col_offset
        if line is not None and column is not None and any(map(_is_protocol, node.bases)):
            yield (node.lineno, node.col_offset), (line, column)


def _is_protocol(base: ast.expr) -> bool:
    return isinstance(base, ast.Name) and base.id == "Protocol"


def _is_type(value: ast.expr) -> bool:
    """Whether an assigned expression is an alias of types, such as `A | B | None`."""
    if isinstance(value, ast.BinOp):
        return isinstance(value.op, ast.BitOr) and _is_type(value.left) and _is_type(value.right)
    if isinstance(value, ast.Constant):
        return value.value is None
    return (isinstance(value, ast.Name) and not value.id.isupper()) or isinstance(value, ast.Subscript)
