"""Who is meant by a word that does not say whether it is a user, a group or a service account."""

from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.model import Subject
from rbacpsp.model.subjects import subject_text
from rbacpsp.testing import ClusterBuilder

NAMES = st.sampled_from(["dev", "ci", "jenkins", "ci:jenkins", "deployer", "dev:default"])
ACCOUNTS = st.tuples(st.sampled_from(["dev", "ci"]), st.sampled_from(["dev", "jenkins", "deployer"]))


def texts(subjects: tuple[Subject, ...]) -> list[str]:
    return [subject_text(subject) for subject in subjects]


@given(users=st.sets(NAMES), groups=st.sets(NAMES), accounts=st.sets(ACCOUNTS), word=NAMES)
def test_whoever_is_named_by_a_word_is_found_and_nobody_else(
    users: set[str], groups: set[str], accounts: set[tuple[str, str]], word: str
) -> None:
    builder = ClusterBuilder().role("view")
    everyone = [f"User/{name}" for name in users] + [f"Group/{name}" for name in groups]
    everyone += [f"ServiceAccount/{namespace}:{name}" for namespace, name in accounts]
    for number, subject in enumerate(sorted(everyone)):
        builder = builder.bind("view", subject, namespace="" if number % 2 else "ci", name=f"b{number}")
    found = builder.build().authorizer.called(word)
    expected = [f"User/{word}"] if word in users else []
    expected += [f"Group/{word}"] if word in groups else []
    expected += [
        f"ServiceAccount/{namespace}:{name}"
        for namespace, name in sorted(accounts)
        if word in {name, f"{namespace}:{name}"}
    ]
    assert texts(found) == expected


def test_the_likeliest_names_come_first_and_worse_ones_not_at_all() -> None:
    builder = ClusterBuilder().role("view")
    people = ("User/dave@example.com", "User/carol@example.com")
    authorizer = builder.bind("view", *people, "ServiceAccount/ci:deployer").build().authorizer
    assert texts(authorizer.spelled_like("dave@exmple.com")) == ["User/dave@example.com"]
    assert texts(authorizer.spelled_like("carl")) == ["User/carol@example.com"]
    assert texts(authorizer.spelled_like("deployr")) == ["ServiceAccount/ci:deployer"]
    assert texts(authorizer.spelled_like("deployr", "User")) == []
    assert texts(authorizer.spelled_like("q" * 5_000)) == []


def test_groups_that_every_server_has_are_known_without_a_binding() -> None:
    authorizer = ClusterBuilder().build().authorizer
    assert texts(authorizer.called("system:authenticated")) == ["Group/system:authenticated"]
    assert texts(authorizer.called("system:serviceaccounts:ci")) == ["Group/system:serviceaccounts:ci"]
    assert authorizer.called("dev") == ()
