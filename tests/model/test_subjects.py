"""Tests the users and the groups that subjects of bindings stand for."""

from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.model import Subject
from rbacpsp.model.subjects import groups_of, member_of

NAMES = st.sampled_from(
    (
        *("eve", "system:anonymous", "system:unauthenticated", "system:authenticated", "system:masters"),
        *(
            "system:serviceaccounts",
            "system:serviceaccounts:a",
            "system:serviceaccount:a:x",
            "systems",
            "default",
        ),
    )
)


@given(st.sampled_from(("User", "Group", "ServiceAccount")), NAMES)
def test_the_groups_of_a_subject_are_those_of_its_members(kind: str, name: str) -> None:
    subject = Subject(kind, name, "a" if kind == "ServiceAccount" else "")
    assert groups_of(subject) == member_of(subject).groups
