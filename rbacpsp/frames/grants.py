"""Builds the frame of grants, combining bindings, subjects and rules with numpy."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rbacpsp.frames.objects import ResolvedBindings, binding_subjects, is_real
from rbacpsp.frames.table import Cells, TextColumn, joined, table
from rbacpsp.model import PolicyRule
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.table import RoleRules


def grants(bound: ResolvedBindings) -> pd.DataFrame:
    """One row for each rule that a binding gives to a subject."""
    pairs: list[tuple[str, str, str, str, str, str, str, str, str]] = []
    roles: list[int] = []
    assumed: list[bool] = []
    blocks = _Blocks()
    for scope, binding in bound:
        role_rules = bound.roles.resolve(binding.role_ref, scope)
        if not role_rules.rules:
            continue
        number = blocks.number(role_rules)
        rests = bound.rests_on_assumed(binding, scope)
        kind, name, ref = binding.kind, binding.name, binding.role_ref
        for subject in binding_subjects(binding, scope):
            if is_real(subject):
                roles.append(number)
                assumed.append(rests)
                pairs.append(
                    (
                        subject_text(subject),
                        subject.kind,
                        subject.namespace,
                        subject.name,
                        scope,
                        kind,
                        name,
                        ref.kind,
                        ref.name,
                    )
                )
    of_role = np.array(roles, dtype=np.int64)
    starts, counts = blocks.starts[of_role], blocks.counts[of_role]
    pair = np.repeat(np.arange(len(pairs)), counts)
    ends = np.cumsum(counts)
    index = np.arange(len(pair)) - np.repeat(ends - counts, counts)
    rule = np.repeat(starts, counts) + index
    cells: dict[str, Cells] = {
        "rule": index,
        "assumed": np.repeat(np.array(assumed, dtype=np.int64), counts),
    }
    names = (
        "subject",
        "subject_kind",
        "subject_namespace",
        "subject_name",
        "scope",
        "binding_kind",
        "binding",
        "role_kind",
        "role",
    )
    for name, values in zip(names, zip(*pairs, strict=True) if pairs else [()] * len(names), strict=True):
        cells[name] = TextColumn.of(values).take(pair)
    for name, column in blocks.columns().items():
        cells[name] = column.take(rule)
    return table(
        "grants",
        cells,
        ("scope", "binding", "binding_kind", "subject_kind", "subject_namespace", "subject_name", "rule"),
    )


class _Blocks:
    """The rules of all roles in one sequence, those of a role side by side."""

    def __init__(self) -> None:
        self._numbers: dict[RoleRules, int] = {}
        self._rules: list[PolicyRule] = []

    def number(self, role: RoleRules) -> int:
        """The number of a role, whose rules are added if it is new."""
        role_number = self._numbers.get(role)
        if role_number is None:
            role_number = self._numbers[role] = len(self._numbers)
            self._rules += role.rules
        return role_number

    @property
    def counts(self) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """How many rules each role has."""
        return np.array([len(role.rules) for role in self._numbers], dtype=np.int64)

    @property
    def starts(self) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """Where the rules of each role begin."""
        counts = self.counts
        return np.cumsum(counts) - counts

    def columns(self) -> Mapping[str, TextColumn]:
        """The parts of the rules."""
        return {
            "verbs": TextColumn.of([joined(rule.verbs) for rule in self._rules]),
            "api_groups": TextColumn.of([joined(rule.api_groups) for rule in self._rules]),
            "resources": TextColumn.of([joined(rule.resources) for rule in self._rules]),
            "resource_names": TextColumn.of([joined(rule.resource_names) for rule in self._rules]),
            "non_resource_urls": TextColumn.of([joined(rule.non_resource_urls) for rule in self._rules]),
        }
