"""Tests the sentences about kinds that could not be read."""

import pytest

from rbacpsp.model.server import UnlistedKind, describe


def gap(
    resource: str, namespace: str = "", besides: str = "", meaning: str = "it is unknown"
) -> UnlistedKind:
    return UnlistedKind(resource.title(), resource, namespace, besides, "forbidden", meaning)


@pytest.mark.parametrize(
    ("gaps", "sentence"),
    [
        ([gap("roles")], "roles could not be listed: it is unknown"),
        ([gap("roles", "a")], "roles in a could not be listed: it is unknown"),
        ([gap("roles", "b"), gap("roles", "a")], "roles in a and b could not be listed: it is unknown"),
        (
            [gap("roles", name) for name in "abcd"],
            "roles in a, b, c and d could not be listed: it is unknown",
        ),
        (
            [gap("roles", name) for name in "abcdef"],
            "roles in a, b, c and 3 more namespaces could not be listed: it is unknown",
        ),
        ([gap("roles", besides="a")], "roles outside a could not be listed: it is unknown"),
        (
            [gap("pods", "a"), gap("jobs", "a"), gap("roles", "a")],
            "jobs, pods and roles in a could not be listed: it is unknown",
        ),
    ],
)
def test_resources_that_are_missing_for_one_reason_share_a_sentence(
    gaps: list[UnlistedKind], sentence: str
) -> None:
    assert describe(gaps) == (f"may be incomplete: {sentence}",)


def test_resources_whose_absence_means_different_things_have_a_sentence_each() -> None:
    assert describe([gap("roles", meaning="this"), gap("pods", meaning="that")]) == (
        "may be incomplete: pods could not be listed: that",
        "may be incomplete: roles could not be listed: this",
    )


@pytest.mark.parametrize(
    ("one", "kinds", "namespace", "touches"),
    [
        (gap("roles", "a"), None, None, True),
        (gap("roles", "a"), {"Roles"}, "a", True),
        (gap("roles", "a"), {"Roles"}, "b", False),
        (gap("roles", "a"), {"Pods"}, "a", False),
        (gap("roles"), {"Roles"}, "b", True),
        (gap("roles", besides="a"), {"Roles"}, "a", False),
        (gap("roles", besides="a"), {"Roles"}, "b", True),
    ],
)
def test_a_gap_touches_the_answers_that_depend_on_it(
    one: UnlistedKind, kinds: set[str] | None, namespace: str | None, touches: bool
) -> None:
    assert one.touches(kinds, namespace) is touches
